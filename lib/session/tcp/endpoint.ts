/**
 * One end of a TCP connection (RFC 9293): bytes that are written go out as segments, segments that come in are read as bytes, and
 * everything between is as the standards and the habits of this end have it. It has no clock and no chance of its own: what it does
 * is settled by the calls, and times are ticks of whoever calls.
 */
import { arrive } from "./arrival.ts";
import { ControlBlock, type TcpState } from "./control-block.ts";
import type { EndpointWorld } from "./endpoint-world.ts";
import { arriveInListen, arriveInSynSent, beginOpening, retryOpening } from "./opening.ts";
import { Owed } from "./receiving-half.ts";
import { refuse } from "./resets.ts";
import type { Segment } from "./segment.ts";
import type { SenderState } from "./sender-state.ts";
import type { TcpHabits } from "./tcp-habits.ts";

const NEVER: number = Number.POSITIVE_INFINITY;

/** One end of a connection. What it tells its world may make the world call it again: that takes effect before the first call returns. */
export class TcpEndpoint {
  /** The earliest tick at which `expire` is to be called; Infinity where nothing waits. Any call may change it. */
  deadline: number = NEVER;
  readonly #block: ControlBlock;
  readonly #world: EndpointWorld;
  /** Whether a call is under way. */
  #isBusy = false;
  /** Segments that came during one. */
  readonly #inbox: Segment[] = [];
  #acknowledged = 1;
  #hasEnded = false;

  /** @param ticksPerSecond of the times of `habits` and of all calls */
  constructor(world: EndpointWorld, habits: TcpHabits, ticksPerSecond: number) {
    this.#world = world;
    this.#block = new ControlBlock(world, habits, ticksPerSecond);
  }

  /** By its name in RFC 9293, section 3.3.2. */
  get state(): TcpState {
    return this.#block.state;
  }

  /** Waits to be connected to. */
  listen(): void {
    if (this.#block.state !== "CLOSED" || this.#hasEnded) return;
    this.#block.isPassive = true;
    this.#block.state = "LISTEN";
  }

  /** Asks the other side for a connection. */
  connect(now: number): void {
    const block = this.#block;
    if (block.state !== "CLOSED" || this.#hasEnded) return;
    this.#guard(now, () => beginOpening(block, now));
  }

  /**
   * Writes bytes behind those of before. They go out as soon as the connection stands and the windows have room. After `shutdown`,
   * and when it is over, nothing is written any more.
   * @param data which must not change until it is acknowledged
   */
  write(now: number, data: Uint8Array, start = 0, end: number = data.length): void {
    const block = this.#block;
    if (block.sending.isFinishing || block.ending !== undefined) return;
    block.sending.queue.append(data, start, end);
    this.#settle(now);
  }

  /** Sends a FIN behind all that was written. Reading goes on. */
  shutdown(now: number): void {
    const block = this.#block;
    if (block.ending !== undefined || block.state === "LISTEN") return;
    block.finish();
    this.#settle(now);
  }

  /**
   * The application has done: a FIN is sent behind all that was written, or a reset where it leaves data unread (RFC 2525, section
   * 2.17). Data that comes after draws a reset. An attempt to connect with nothing to send is given up.
   */
  close(now: number): void {
    if (this.#block.isAbandoned) return;
    this.#block.isAbandoned = true;
    this.#guard(now, () => this.#close(now));
  }

  #close(now: number): void {
    const block = this.#block;
    const { state } = block;
    if (block.ending !== undefined || state === "CLOSED") block.receiving.stop();
    else if (state === "LISTEN") block.end("closed");
    else if (state === "SYN-SENT" && block.sending.queue.end === 1) block.end("aborted");
    else if (block.receiving.queue.unread > 0) block.breakOff(now, "aborted");
    else if (state === "FIN-WAIT-2") block.enterFinWait(now);
    else block.finish();
  }

  /** Breaks the connection off, with a reset where there is one. */
  abort(now: number): void {
    const block = this.#block;
    block.isAbandoned = true;
    this.#guard(now, () => {
      if (block.ending === undefined) block.breakOff(now, "aborted");
      else block.end(block.ending);
    });
  }

  /** A segment has come. */
  receive(now: number, segment: Segment): void {
    if (this.#isBusy) this.#inbox.push(segment);
    else this.#settle(now, segment);
  }

  /**
   * Somebody on the path says that it takes no packets so large: what was sent in larger segments is sent again in smaller ones, and
   * the window stays, since a size is no congestion (RFC 1191, section 6.4; RFC 8201, section 5.4).
   * @param segmentSize the most data in a segment without options, in bytes; what is not less than now changes nothing
   */
  pathTakes(now: number, segmentSize: number): void {
    const block = this.#block;
    if (block.ending !== undefined || block.state === "LISTEN" || block.state === "CLOSED") return;
    if (block.terms.pathTakes(segmentSize)) block.sending.resegment();
    this.#settle(now);
  }

  /** Does what is due: to be called at `deadline`, or later. */
  expire(now: number): void {
    this.#guard(now, () => this.#expire(now));
  }

  #expire(now: number): void {
    const block = this.#block;
    if (block.synAt <= now) retryOpening(block, now);
    else if (block.sending.timers.due <= now && !block.sending.expire(now, block.isAbandoned)) block.end("timed-out");
    if (block.receiving.delayedAt <= now) block.receiving.oweDelayed();
    if (block.closingAt <= now) block.end("timed-out");
    if (block.keepAliveAt <= now) this.#keepAlive(now);
  }

  /** RFC 9293, section 3.8.4: asks with a number that was acknowledged before, and gives up where nothing answers. */
  #keepAlive(now: number): void {
    const block = this.#block;
    const { keepAlive, keepAliveInterval, keepAliveProbes } = block.habits;
    if (!block.sending.isDone) {
      block.keepAliveAt = now + (keepAlive ?? NEVER);
      return;
    }
    if (block.keepAliveProbes >= keepAliveProbes) {
      block.breakOff(now, "timed-out");
      return;
    }
    block.keepAliveProbes++;
    block.keepAliveAt = now + keepAliveInterval;
    block.outlet.sendEmpty(now, block.sending.next - 1, "keep-alive");
  }

  /** Whether all that was written is sent and acknowledged, and nothing waits: no acknowledgement, no read, no handshake. */
  get isQuiet(): boolean {
    const { state, sending, receiving, synAt } = this.#block;
    if (receiving.readAt !== NEVER) return false;
    if (synAt === NEVER && receiving.owed === Owed.NOTHING && sending.isDone) return true;
    return state === "CLOSED" || state === "LISTEN" || state === "TIME-WAIT";
  }

  /** How the sending half stands at this moment. */
  senderState(): SenderState {
    return this.#block.sending.state;
  }

  /** Does something during which segments may leave, and the world may call back. */
  #guard(now: number, action: () => void): void {
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    try {
      action();
    } finally {
      this.#isBusy = wasBusy;
    }
    this.#settle(now);
  }

  /** Takes what has come, tells the application, and then sends: until nothing is left to do. @param segment that has just come */
  #settle(now: number, segment?: Segment): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      if (segment !== undefined) this.#take(now, segment);
      do {
        if (this.#inbox.length > 0) this.#takeAll(now);
        this.#tell(now);
        if (this.#inbox.length === 0) this.#send(now);
        this.#tellEnd();
      } while (this.#inbox.length > 0);
    } finally {
      this.#isBusy = false;
    }
    this.#setDeadline();
  }

  #takeAll(now: number): void {
    for (const segment of this.#inbox.splice(0)) this.#take(now, segment);
  }

  #take(now: number, segment: Segment): void {
    const block = this.#block;
    switch (block.state) {
      case "CLOSED":
        return refuse(block.outlet, segment);
      case "LISTEN":
        return arriveInListen(block, now, segment);
      case "SYN-SENT":
        return arriveInSynSent(block, now, segment);
      default:
        return arrive(block, now, segment);
    }
  }

  #tell(now: number): void {
    const block = this.#block;
    const { sending, receiving } = block;
    if (block.hasNewlyOpened) {
      block.hasNewlyOpened = false;
      this.#world.opened();
    }
    const acknowledged = Math.min(sending.una, sending.queue.end);
    if (acknowledged > this.#acknowledged) {
      this.#acknowledged = acknowledged;
      this.#world.acknowledged(acknowledged);
    }
    receiving.read(now, this.#world);
    if (block.hasNewEnd && receiving.queue.unread === 0) {
      block.hasNewEnd = false;
      if (!block.isAbandoned) this.#world.endOfStream();
    }
  }

  #send(now: number): void {
    const { state, sending, receiving, outlet } = this.#block;
    if (state === "CLOSED" || state === "LISTEN" || state === "SYN-SENT" || state === "SYN-RECEIVED") return;
    if (receiving.mustBePure) outlet.sendEmpty(now, sending.next, receiving.cause);
    if (state !== "FIN-WAIT-2" && state !== "TIME-WAIT") sending.send(now);
    if (receiving.owed === Owed.NOW) outlet.sendEmpty(now, sending.next, receiving.cause);
  }

  /** Says that it is over: once, and where it ended well not before all was read. */
  #tellEnd(): void {
    const block = this.#block;
    if (block.ending === undefined || this.#hasEnded) return;
    if (block.ending === "closed" && block.receiving.readAt < NEVER) return;
    this.#hasEnded = true;
    this.#world.ended(block.ending);
  }

  #setDeadline(): void {
    const { synAt, closingAt, keepAliveAt, sending, receiving } = this.#block;
    const { delayedAt, readAt } = receiving;
    this.deadline = Math.min(synAt, closingAt, keepAliveAt, delayedAt, readAt, sending.timers.due);
  }
}
