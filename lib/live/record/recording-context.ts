/** What connections and flows of datagrams need of the recorder to write down what sockets do. */
import type { Timeline } from "../../session/session.ts";

/** What says what a message is: a text, or a function that is asked for it when the packet is written, soon afterwards. */
export type About = string | (() => string);

export interface RecordingPen {
  readonly timeline: Timeline;
  /**
   * The tick of an event that happens now and brings so many bytes, later than all before it; undefined where nothing is
   * recorded any more.
   */
  stamp(bytes: number): number | undefined;
  /** Lets everything that was stamped so far happen to its end. */
  settle(): void;
  /** Something happens to a connection: it is to `rest` once all of it is written. */
  awake(connection: Resting): void;
}

/** What keeps nothing on the timeline as long as nothing happens to it. */
export interface Resting {
  /** To be called when nothing of it is under way. */
  rest(): void;
}

/**
 * A copy of bytes that comments know by a name.
 *
 * @param from who has sent them, where `about` does not say what they are
 */
export function namedCopy(
  { timeline }: RecordingPen,
  bytes: Uint8Array,
  about: About | undefined,
  from: () => string,
): Uint8Array {
  // Not `slice`, which for the buffers of Node does not copy.
  const own = new Uint8Array(bytes);
  const count = own.length;
  return timeline.named(own, about ?? (() => `${count === 1 ? "1 byte" : `${count} bytes`} from ${from()}`));
}
