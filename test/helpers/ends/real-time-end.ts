/** Runs one end of a connection by the clock of this machine: a tick is a microsecond. */
import { createHash } from "node:crypto";
import { TcpEndpoint } from "../../../lib/session/tcp/endpoint.ts";
import type { Ending, EndpointWorld } from "../../../lib/session/tcp/endpoint-world.ts";
import type { Cause, Segment } from "../../../lib/session/tcp/segment.ts";
import { linuxHabits, type TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";

export const TICKS_PER_SECOND = 1_000_000;
const TICKS_PER_MILLISECOND = 1000;

export interface EndPlan {
  readonly habits?: Partial<TcpHabits>;
  /** What its application sends as soon as the connection stands. */
  readonly send?: Uint8Array;
  /** Whether it closes its side when it has written all. Default: true. */
  readonly closes?: boolean;
  /** Whether it sends what it receives, and closes when the other side does. */
  readonly echo?: boolean;
  /** Whether it neither listens nor connects. */
  readonly isDeaf?: boolean;
}

export class RealTimeEnd implements EndpointWorld {
  readonly endpoint: TcpEndpoint;
  /** Takes the segments that this end sends. */
  onSegment: (segment: Segment) => void = () => {};
  received = 0;
  /** How many segments were sent for which reason. */
  readonly causes: Partial<Record<Cause, number>> = {};
  isOpen = false;
  hasEnd = false;
  ending: Ending | undefined = undefined;
  /** Behind the last byte that the other side has acknowledged. */
  acknowledgedUpTo = 1;
  readonly #digest = createHash("sha256");
  readonly #plan: EndPlan;
  readonly #began = process.hrtime.bigint();
  #timer: NodeJS.Timeout | undefined = undefined;
  #isStopped = false;

  constructor(plan: EndPlan) {
    this.#plan = plan;
    this.endpoint = new TcpEndpoint(this, { ...linuxHabits(TICKS_PER_SECOND), ...plan.habits }, TICKS_PER_SECOND);
  }

  /** Ticks since this end was made. */
  get now(): number {
    return Number((process.hrtime.bigint() - this.#began) / 1000n);
  }

  /** SHA-256 of all that was delivered, to be asked once. */
  sha256(): string {
    return this.#digest.digest("hex");
  }

  /** Has the endpoint do something, at the time that it is. */
  act(does: (endpoint: TcpEndpoint, now: number) => void): void {
    if (this.#isStopped) return;
    does(this.endpoint, this.now);
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.endpoint.deadline === Number.POSITIVE_INFINITY) return;
    const milliseconds = Math.ceil((this.endpoint.deadline - this.now) / TICKS_PER_MILLISECOND);
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, milliseconds));
  }

  #expire(): void {
    const { now } = this;
    if (this.endpoint.deadline <= now) this.act((endpoint) => endpoint.expire(now));
    else this.#arm();
  }

  transmit(segment: Segment): void {
    this.causes[segment.cause] = (this.causes[segment.cause] ?? 0) + 1;
    this.onSegment(segment);
  }

  deliver(data: Uint8Array, start: number, end: number): void {
    this.received += end - start;
    this.#digest.update(data.subarray(start, end));
    if (this.#plan.echo) this.#soon((endpoint, now) => endpoint.write(now, data, start, end));
  }

  opened(): void {
    this.isOpen = true;
    const { send, closes = true, echo = false } = this.#plan;
    if (echo) return;
    this.#soon((endpoint, now) => {
      if (send !== undefined) endpoint.write(now, send);
      if (closes) endpoint.shutdown(now);
    });
  }

  endOfStream(): void {
    this.hasEnd = true;
    if (this.#plan.echo) this.#soon((endpoint, now) => endpoint.shutdown(now));
  }

  acknowledged(sequence: number): void {
    if (sequence < this.acknowledgedUpTo) throw new Error(`${sequence} acknowledged after ${this.acknowledgedUpTo}`);
    this.acknowledgedUpTo = sequence;
  }

  ended(how: Ending): void {
    if (this.ending !== undefined) throw new Error(`ended ${how}, and before that ${this.ending}`);
    this.ending = how;
  }

  /** An application acts when it has its turn, and not in the middle of what TCP does. */
  #soon(does: (endpoint: TcpEndpoint, now: number) => void): void {
    setImmediate(() => this.act(does));
  }
}
