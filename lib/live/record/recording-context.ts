/** What connections and flows of datagrams need of the recorder to write down what sockets do. */
import type { Session } from "../../session/session.ts";

/** What says what a message is: a text, or a function that is asked for it when the packet is written, soon afterwards. */
export type About = string | (() => string);

export interface RecordingContext {
  readonly session: Session;
  /**
   * The tick of an event that happens now and brings so many bytes, later than all before it; undefined where nothing is
   * recorded any more.
   */
  stamp(bytes: number): number | undefined;
  /** Lets everything that was stamped so far happen to its end. */
  settle(): void;
  /** Something happens to a connection: it is to `suspend` once all of it is written. */
  resumed(connection: Suspendable): void;
}

/** What keeps nothing in the session as long as nothing happens to it. */
export interface Suspendable {
  /** To be called when nothing of it is under way. */
  suspend(): void;
}

/**
 * A copy of bytes that comments know by a name.
 *
 * @param from who has sent them, where `about` does not say what they are
 */
export function namedCopy(
  { session }: RecordingContext,
  bytes: Uint8Array,
  about: About | undefined,
  from: () => string,
): Uint8Array {
  // Not `slice`, which for the buffers of Node does not copy.
  const own = new Uint8Array(bytes);
  const count = own.length;
  return session.named(own, about ?? (() => `${count === 1 ? "1 byte" : `${count} bytes`} from ${from()}`));
}
