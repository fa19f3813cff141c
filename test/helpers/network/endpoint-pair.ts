/** Two ends of a connection and a path between them that does to each segment what a test says. Times are microseconds. */
import { TcpEndpoint } from "../../../lib/session/tcp/endpoint.ts";
import type { Ending, EndpointWorld } from "../../../lib/session/tcp/endpoint-world.ts";
import type { Segment } from "../../../lib/session/tcp/segment.ts";
import { linuxHabits, type TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";

export const MICROSECONDS = 1_000_000;
export const MILLISECOND = 1000;

export type Side = "client" | "server";

/** What becomes of a segment; `delay` comes on top of that of the path, and each of `copies` arrives so much later. */
export type Fate = "deliver" | "lose" | { readonly delay: number } | { readonly copies: readonly number[] };

export interface PairOptions {
  readonly client?: Partial<TcpHabits>;
  readonly server?: Partial<TcpHabits>;
  /** Microseconds from one end to the other. Default: 10,000. */
  readonly delay?: number;
  /** @param n counts the segments of this side from 1 */
  readonly onSegment?: (side: Side, segment: Segment, n: number) => Fate | undefined;
}

/** A segment as it left. */
export interface Sent {
  readonly at: number;
  readonly side: Side;
  readonly n: number;
  readonly segment: Segment;
  readonly isLost: boolean;
}

/** An end, and what its application has learnt. */
export class PairSide implements EndpointWorld {
  readonly name: Side;
  readonly endpoint: TcpEndpoint;
  readonly received: Uint8Array[] = [];
  receivedBytes = 0;
  hasOpened = false;
  hasSeenEnd = false;
  acknowledgedTo = 1;
  readonly endings: Ending[] = [];
  /** Called when the application learns something. */
  onData: ((data: Uint8Array) => void) | undefined;
  onEnd: (() => void) | undefined;
  onOpen: (() => void) | undefined;
  count = 0;
  readonly #pair: EndpointPair;

  constructor(pair: EndpointPair, name: Side, habits: TcpHabits) {
    this.#pair = pair;
    this.name = name;
    this.endpoint = new TcpEndpoint(this, habits, MICROSECONDS);
  }

  transmit(segment: Segment): void {
    this.#pair.transmit(this, segment);
  }

  deliver(data: Uint8Array, start: number, end: number): void {
    if (this.hasSeenEnd) throw new Error("data after the end of the stream");
    const bytes = data.subarray(start, end);
    this.received.push(bytes);
    this.receivedBytes += bytes.length;
    this.onData?.(bytes);
  }

  opened(): void {
    if (this.hasOpened) throw new Error("opened twice");
    this.hasOpened = true;
    this.onOpen?.();
  }

  endOfStream(): void {
    if (this.hasSeenEnd) throw new Error("ended twice");
    this.hasSeenEnd = true;
    this.onEnd?.();
  }

  acknowledged(sequence: number): void {
    if (sequence <= this.acknowledgedTo) throw new Error("acknowledged nothing new");
    this.acknowledgedTo = sequence;
  }

  ended(how: Ending): void {
    this.endings.push(how);
  }

  /** All that the application has read, in one piece. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.received);
  }

  write(text: string | Uint8Array): void {
    this.endpoint.write(this.#pair.now, typeof text === "string" ? Buffer.from(text) : text);
  }
}

interface Flight {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

export class EndpointPair {
  now = 0;
  readonly client: PairSide;
  readonly server: PairSide;
  readonly sent: Sent[] = [];
  readonly #flights: Flight[] = [];
  #order = 0;
  readonly #options: PairOptions;

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.client = new PairSide(this, "client", { ...linuxHabits(MICROSECONDS), ...options.client });
    this.server = new PairSide(this, "server", { ...linuxHabits(MICROSECONDS), ...options.server });
  }

  /** Opens the connection and runs until it stands. */
  static opened(options: PairOptions = {}): EndpointPair {
    const pair = new EndpointPair(options);
    pair.open();
    return pair;
  }

  open(): void {
    this.server.endpoint.listen();
    this.client.endpoint.connect(this.now);
    this.runUntil(() => this.client.hasOpened && this.server.hasOpened);
  }

  other(side: PairSide): PairSide {
    return side === this.client ? this.server : this.client;
  }

  transmit(side: PairSide, segment: Segment): void {
    side.count++;
    const fate = this.#options.onSegment?.(side.name, segment, side.count) ?? "deliver";
    this.sent.push({ at: this.now, side: side.name, n: side.count, segment, isLost: fate === "lose" });
    if (fate === "lose") return;
    const path = this.#options.delay ?? 10 * MILLISECOND;
    const delays = fate === "deliver" ? [0] : "copies" in fate ? fate.copies : [fate.delay];
    for (const delay of delays)
      this.at(this.now + path + delay, () => this.other(side).endpoint.receive(this.now, segment));
  }

  /** Does something at a time. */
  at(time: number, action: () => void): void {
    const flight = { at: Math.max(time, this.now), order: this.#order++, action };
    let place = this.#flights.length;
    while (place > 0 && this.#flights[place - 1]!.at <= flight.at) place--;
    // The latest first; of the same time, the one that was put in later stands before, and is taken later.
    this.#flights.splice(place, 0, flight);
  }

  /** When something happens next. */
  get next(): number {
    const flight = this.#flights.at(-1)?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(flight, this.client.endpoint.deadline, this.server.endpoint.deadline);
  }

  /** Lets the next thing happen. @returns false where nothing will */
  step(): boolean {
    const { next } = this;
    if (next === Number.POSITIVE_INFINITY) return false;
    this.now = Math.max(this.now, next);
    if (this.#flights.at(-1)?.at === next) this.#flights.pop()!.action();
    else {
      for (const { endpoint } of [this.client, this.server])
        if (endpoint.deadline <= this.now) endpoint.expire(this.now);
    }
    return true;
  }

  /** Runs while anything happens until this time, which it is then. */
  run(until: number = Number.POSITIVE_INFINITY): void {
    for (let steps = 0; this.next <= until && this.step(); steps++) {
      if (steps > 5_000_000) throw new Error(`no end in sight at ${this.now}`);
    }
    if (until < Number.POSITIVE_INFINITY) this.now = Math.max(this.now, until);
  }

  runUntil(condition: () => boolean): void {
    while (!condition()) if (!this.step()) throw new Error("nothing happens any more");
  }

  /** What one side has sent, as lines: `time cause flags sequence:end ack`. @param from index into `sent` */
  lines(side?: Side, from = 0): string[] {
    return this.sent
      .slice(from)
      .filter((sent) => side === undefined || sent.side === side)
      .map(({ at, segment, isLost }) => {
        const { sequence, length, acknowledgment, cause, flags } = segment;
        const lost = isLost ? " lost" : "";
        return `${at / MILLISECOND} ${cause} ${lettersOf(flags)} ${sequence}:${sequence + length} ${acknowledgment}${lost}`;
      });
  }
}

const LETTERS = "FSRPAUEWN";

/** Flags as letters, `SA` for SYN and ACK. */
export function lettersOf(flags: number): string {
  return [...LETTERS].filter((_, bit) => (flags & (1 << bit)) !== 0).join("");
}

/** So many bytes, no two neighbouring thousands of which are the same. */
export function sampleBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + seed) & 255;
  return bytes;
}
