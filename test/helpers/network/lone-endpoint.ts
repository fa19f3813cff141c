/** One end of a connection, and a test in the place of the other: segments go in one by one, and come out as lines. */
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { TcpEndpoint } from "../../../lib/session/tcp/endpoint.ts";
import type { Ending, EndpointWorld } from "../../../lib/session/tcp/endpoint-world.ts";
import { Segment } from "../../../lib/session/tcp/segment.ts";
import { linuxHabits, type TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import { lettersOf, MICROSECONDS, MILLISECOND, sampleBytes } from "./endpoint-pair.ts";

/** What a segment of the test's side says; the rest is as most segments have it. */
export interface Given {
  readonly flags?: string;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly length?: number;
  readonly window?: number;
  readonly blocks?: readonly number[];
  readonly timestamp?: number;
  readonly echo?: number;
  readonly ecn?: number;
  readonly mss?: number;
  readonly scale?: number;
  readonly sack?: boolean;
}

const BITS: Readonly<Record<string, number>> = {
  F: TcpFlag.FIN,
  S: TcpFlag.SYN,
  R: TcpFlag.RST,
  P: TcpFlag.PSH,
  A: TcpFlag.ACK,
  E: TcpFlag.ECE,
  W: TcpFlag.CWR,
};

export class LoneEndpoint implements EndpointWorld {
  now = 0;
  readonly endpoint: TcpEndpoint;
  readonly sent: { readonly at: number; readonly segment: Segment }[] = [];
  readonly events: string[] = [];
  /** Bytes that the application has read. */
  read = 0;
  /** Called within the call that delivers. */
  onDeliver: (() => void) | undefined;
  #taken = 0;

  constructor(habits: Partial<TcpHabits> = {}) {
    this.endpoint = new TcpEndpoint(this, { ...linuxHabits(MICROSECONDS), ...habits }, MICROSECONDS);
  }

  /** One that has connected, with a round trip of 100 ms. */
  static connected(habits: Partial<TcpHabits> = {}, synAck: Given = {}): LoneEndpoint {
    const lone = new LoneEndpoint(habits);
    lone.endpoint.connect(0);
    lone.wait(100);
    lone.give({ flags: "SA", sequence: 0, acknowledgment: 1, mss: 1000, sack: true, window: 60_000, ...synAck });
    lone.lines();
    return lone;
  }

  /** One that was connected to. */
  static accepted(habits: Partial<TcpHabits> = {}, syn: Given = {}): LoneEndpoint {
    const lone = new LoneEndpoint(habits);
    lone.endpoint.listen();
    lone.give({ flags: "S", sequence: 0, mss: 1000, sack: true, ...syn });
    lone.wait(100);
    lone.give({ flags: "A", sequence: 1, acknowledgment: 1 });
    lone.lines();
    return lone;
  }

  transmit(segment: Segment): void {
    this.sent.push({ at: this.now, segment });
  }

  deliver(_data: Uint8Array, start: number, end: number): void {
    this.read += end - start;
    this.onDeliver?.();
  }

  opened(): void {
    this.events.push("opened");
  }

  endOfStream(): void {
    this.events.push("end of stream");
  }

  acknowledged(sequence: number): void {
    this.events.push(`acknowledged ${sequence}`);
  }

  ended(how: Ending): void {
    this.events.push(how);
  }

  /** Lets a segment arrive now. */
  give(given: Given): void {
    const segment = new Segment("new");
    const flags = given.flags ?? "A";
    for (const letter of flags) segment.flags |= BITS[letter]!;
    segment.sequence = given.sequence ?? 1;
    segment.acknowledgment = given.acknowledgment ?? (flags.includes("A") ? 1 : 0);
    segment.window = given.window ?? 60_000;
    segment.length = given.length ?? 0;
    if (segment.length > 0) segment.data = sampleBytes(segment.length);
    if (given.blocks !== undefined) segment.blocks = given.blocks;
    segment.timestamp = given.timestamp ?? segment.timestamp;
    segment.timestampEcho = given.echo ?? segment.timestampEcho;
    segment.ecn = given.ecn ?? segment.ecn;
    if (flags.includes("S")) {
      segment.syn = { maximumSegmentSize: given.mss, windowScale: given.scale, sackPermitted: given.sack ?? false };
    }
    this.endpoint.receive(this.now, segment);
  }

  write(length: number): void {
    this.endpoint.write(this.now, sampleBytes(length));
  }

  /** Lets so many milliseconds pass. */
  wait(milliseconds: number): void {
    const until = this.now + milliseconds * MILLISECOND;
    while (this.endpoint.deadline <= until) {
      this.now = Math.max(this.now, this.endpoint.deadline);
      this.endpoint.expire(this.now);
    }
    this.now = until;
  }

  /** What was sent since this was asked last: `cause flags sequence:end`, and the acknowledgement where there is one. */
  lines(): string[] {
    const fresh = this.sent.slice(this.#taken);
    this.#taken = this.sent.length;
    return fresh.map(({ segment: { cause, flags, sequence, length, acknowledgment, blocks } }) => {
      const acknowledges = (flags & TcpFlag.ACK) !== 0 ? ` ack ${acknowledgment}` : "";
      const sacks = blocks.length > 0 ? ` sack ${blocks.join(" ")}` : "";
      return `${cause} ${lettersOf(flags)} ${sequence}:${sequence + length}${acknowledges}${sacks}`;
    });
  }

  /** The same with the time in milliseconds before it. */
  timedLines(): string[] {
    const from = this.#taken;
    return this.lines().map((line, index) => `${this.sent[from + index]!.at / MILLISECOND} ${line}`);
  }

  /** What has happened since this was asked last. */
  news(): string[] {
    return this.events.splice(0);
  }

  /** The segment that was sent last. */
  get last(): Segment {
    return this.sent.at(-1)!.segment;
  }
}
