/** The truth of a whole run, and the words in which it is told: every packet that was sent, in the order of sending. */
import type { Transmission } from "../../session/network/transmission.ts";
import { durationText } from "../moments.ts";
import type { TruthComparison } from "../truth-comparison.ts";
import { count, firstOf, plural } from "../wording.ts";

type TransmissionCause = Transmission["cause"];

/** Why a packet was sent, as it stands in a sentence. */
const WHY: Readonly<Record<TransmissionCause, string>> = {
  syn: "it opens the connection",
  new: "new data",
  fin: "its sender has nothing more to send",
  ack: "an acknowledgement",
  "duplicate-ack": "the same acknowledgement again",
  "window-update": "the window has grown",
  timeout: "the retransmission timer ran out",
  fast: "duplicate acknowledgements asked for it",
  sack: "what arrived behind it says that it is missing",
  "tail-probe": "nothing came back for the tail of the data",
  "window-probe": "it asks whether the closed window is open again",
  "keep-alive": "it asks whether the other side is still there",
  challenge: "it answers a segment that cannot be right",
  reset: "it breaks the connection off, or refuses it",
  datagram: "a datagram",
  "path-mtu": "it was larger than the path takes",
  "too-large": "it says that a packet was larger than the path takes",
  unreachable: "it says that nobody listens on the port",
};

const MOST_NAMED = 8;

/** A transmission of bytes that were sent before. */
export interface Repeat {
  readonly again: Transmission;
  /** The one of the same bytes before it. */
  readonly before: Transmission;
  /** The first one of them. */
  readonly first: Transmission;
}

export class Story {
  /** Every packet, in the order of sending. */
  readonly all: readonly Transmission[];
  /** What the capture shows of them. */
  readonly comparison: TruthComparison;
  /** All that repeat bytes. */
  readonly repeats: readonly Repeat[];
  readonly #ticksPerSecond: number;
  readonly #start: number;

  /** @param ticksPerSecond in which times are counted */
  constructor(all: readonly Transmission[], ticksPerSecond: number, comparison: TruthComparison) {
    this.all = all;
    this.comparison = comparison;
    this.#ticksPerSecond = ticksPerSecond;
    this.#start = all[0]?.sent ?? 0;
    const byId = new Map(all.map((one) => [one.id, one]));
    const latest = new Map<number, Transmission>();
    this.repeats = all.flatMap((again) => {
      const first = again.repeats === undefined ? undefined : byId.get(again.repeats);
      if (first === undefined) return [];
      const before = latest.get(first.id) ?? first;
      latest.set(first.id, again);
      return [{ again, before, first }];
    });
  }

  /** Those that were sent for one of these reasons. @param from undefined: by anybody */
  because(from: Transmission["from"] | undefined, ...causes: readonly TransmissionCause[]): Transmission[] {
    return this.all.filter((one) => (from === undefined || one.from === from) && causes.includes(one.cause));
  }

  /** Those that did not arrive. */
  get lost(): Transmission[] {
    return this.all.filter(({ fate }) => fate !== "delivered");
  }

  /** "frame 12", or what stands for it where the capture does not show it. */
  name({ id, frame }: Transmission): string {
    return frame === undefined ? `packet ${count(id)} (not in the capture)` : `frame ${count(frame)}`;
  }

  /** "frames 3, 4 and 5 more". */
  names(list: readonly Transmission[]): string {
    const unseen = list.filter(({ frame }) => frame === undefined).length;
    const frames = list.flatMap(({ frame }) => (frame === undefined ? [] : [count(frame)]));
    const shown = frames.length === 0 ? [] : [`frame${frames.length === 1 ? "" : "s"} ${firstOf(frames, MOST_NAMED)}`];
    return [...shown, ...(unseen === 0 ? [] : [`${plural(unseen, "packet")} that the capture does not show`])].join(
      " and ",
    );
  }

  /** Why it was sent, as it stands in a sentence. */
  why({ cause, repeats }: Transmission): string {
    return cause === "syn" && repeats !== undefined ? "nobody answered the one before" : WHY[cause];
  }

  /** The last one that the same side sent before. */
  beforeOf(one: Transmission): Transmission | undefined {
    return this.all.findLast((other) => isSameSide(one, other) && other.id < one.id);
  }

  /** The first one with new data that the same side sent afterwards. */
  newAfter(one: Transmission): Transmission | undefined {
    return this.all.find((other) => isSameSide(one, other) && other.id > one.id && other.cause === "new");
  }

  /** A length of time. */
  time(ticks: number): string {
    const milliseconds = (Math.abs(ticks) / this.#ticksPerSecond) * 1000;
    return `${ticks < 0 ? "-" : ""}${durationText(milliseconds)}`;
  }

  /** A moment, from the first packet on. */
  moment(ticks: number): string {
    return `${((ticks - this.#start) / this.#ticksPerSecond).toFixed(3)} s`;
  }

  /** Bits a second. */
  rate(bytes: number, ticks: number): string {
    const bits = (8 * bytes * this.#ticksPerSecond) / ticks;
    return bits >= 1e6 ? `${(bits / 1e6).toFixed(2)} Mbit/s` : `${(bits / 1e3).toFixed(1)} kbit/s`;
  }
}

function isSameSide(one: Transmission, other: Transmission): boolean {
  return other.from === one.from && other.conversation === one.conversation && other.protocol === one.protocol;
}

/** "1 to 1,460", or the number alone where there is no data. */
export function bytesOf({ sequence, length }: Transmission): string {
  if (sequence === undefined) return "";
  return length > 1 ? `${count(sequence)} to ${count(sequence + length - 1)}` : count(sequence);
}

/** "14,600 bytes (10 segments)". */
export function windowText(bytes: number, segment: number): string {
  return `${count(bytes)} bytes (${plural(Math.round((bytes / segment) * 10) / 10, "segment")})`;
}

/** Two lengths of time, one in terms of the other: "1.2". */
export function ratio(part: number, whole: number): string {
  return (part / whole).toFixed(1);
}
