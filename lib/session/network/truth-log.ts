/**
 * Keeps the truth about packets until all of it is known, and hands it on in the order of sending: what became of a packet is
 * decided when it is sent, but not by how many it is overtaken.
 */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { Course } from "./course.ts";
import type { Passage } from "./passage.ts";
import type { Transmission } from "./transmission.ts";

/** Flags that take a number themselves. */
const NUMBERED = TcpFlag.SYN | TcpFlag.FIN;

/** What is known of a packet that is no segment, when it is sent. */
export type OtherPacket = Pick<
  Transmission,
  | "conversation"
  | "protocol"
  | "from"
  | "length"
  | "cause"
  | "fate"
  | "lostAt"
  | "copies"
  | "sent"
  | "arrived"
  | "isMarked"
>;

const NO_SEGMENT = {
  frame: undefined,
  sequence: undefined,
  acknowledgment: undefined,
  flags: undefined,
  repeats: undefined,
  overtaken: 0,
  tap: undefined,
  sender: undefined,
} as const;

export class TruthLog {
  readonly #told: ((transmission: Transmission) => void) | undefined;
  /** In the order of sending, from the first that is not told yet. */
  readonly #open: Transmission[] = [];
  /** Of those, the ones that nothing more can happen to, by `id`. */
  readonly #settled = new Set<number>();
  #count = 0;

  /** @param told of each transmission, when all is known of it */
  constructor(told: ((transmission: Transmission) => void) | undefined) {
    this.#told = told;
  }

  /** Notes a segment that was sent, and what becomes of it, which is its course. */
  sent(passage: Passage, course: Course): void {
    const { end, segment } = passage;
    const id = ++this.#count;
    const { sequence } = segment;
    const next = sequence + segment.length + ((segment.flags & NUMBERED) === 0 ? 0 : 1);
    this.#note(passage, {
      id,
      frame: undefined,
      furtherFrames: [],
      conversation: end.connection.ordinal,
      protocol: "tcp",
      from: end.isServer ? "server" : "client",
      sequence,
      acknowledgment: (segment.flags & TcpFlag.ACK) === 0 ? undefined : segment.acknowledgment,
      length: segment.length,
      flags: segment.flags,
      cause: segment.cause,
      repeats: next > sequence ? end.truth.firstOf(sequence, next, id) : undefined,
      fate: course.fate,
      lostAt: course.lostAt,
      copies: course.copies,
      overtaken: 0,
      sent: course.sent,
      tap: undefined,
      arrived: course.arrived,
      isMarked: course.isMarked,
      sender: end.endpoint.senderState(),
    });
  }

  #note(passage: Passage, record: Transmission): void {
    passage.record = record;
    if (record.arrived !== undefined) passage.end.truth.underway.push(record);
    if (this.#told !== undefined) this.#open.push(record);
  }

  /** Notes a packet that is no segment. */
  sentOther(packet: OtherPacket): Transmission {
    const record: Transmission = { id: ++this.#count, ...NO_SEGMENT, furtherFrames: [], ...packet };
    if (this.#told !== undefined) this.#open.push(record);
    return record;
  }

  /** Notes that a packet has reached its end. */
  arrived({ end: { truth }, record }: Passage): void {
    const at = record === undefined ? -1 : truth.underway.indexOf(record);
    if (at < 0) return;
    for (let index = 0; index < at; index++) truth.underway[index]!.overtaken++;
    truth.underway.splice(at, 1);
  }

  /** Nothing more happens to it that anybody sees. */
  settle(record: Transmission | undefined): void {
    if (record === undefined || this.#told === undefined) return;
    this.#settled.add(record.id);
    let count = 0;
    while (count < this.#open.length && this.#settled.delete(this.#open[count]!.id)) count++;
    for (const settled of this.#open.splice(0, count)) this.#told(settled);
  }
}
