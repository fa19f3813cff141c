/** All that one end knows of its connection (the TCB of RFC 9293, section 3.3.1), and the changes that several events bring about. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import { ConnectionTerms } from "./connection-terms.ts";
import type { Ending, EndpointWorld } from "./endpoint-world.ts";
import { ReceivingHalf } from "./receiving-half.ts";
import { RoundTrip } from "./rtt.ts";
import { Segment } from "./segment.ts";
import { SegmentOutlet } from "./segment-outlet.ts";
import { SendingHalf } from "./sending-half.ts";
import type { TcpHabits } from "./tcp-habits.ts";

/** The states of RFC 9293, section 3.3.2. */
export type TcpState =
  | "CLOSED"
  | "LISTEN"
  | "SYN-SENT"
  | "SYN-RECEIVED"
  | "ESTABLISHED"
  | "FIN-WAIT-1"
  | "FIN-WAIT-2"
  | "CLOSE-WAIT"
  | "CLOSING"
  | "LAST-ACK"
  | "TIME-WAIT";

const { ACK, RST } = TcpFlag;
const NEVER: number = Number.POSITIVE_INFINITY;
/** How long an application that has gone waits for the other side's FIN, as Linux has it. */
const FIN_WAIT_SECONDS = 60;
/** The least time between two answers to what cannot be right, so that two ends do not answer each other for ever. */
const ANSWER_SECONDS = 0.5;

export class ControlBlock {
  state: TcpState = "CLOSED";
  /** Whether this end waited to be connected to. */
  isPassive = false;
  /** Whether the application has gone: nobody reads any more. */
  isAbandoned = false;
  /** The connection stands, and the application does not know yet. */
  hasNewlyOpened = false;
  /** The other side's FIN has come, and the application does not know yet. */
  hasNewEnd = false;
  /** How it ended; undefined while it goes on. */
  ending: Ending | undefined = undefined;
  /** When a SYN is sent again, how often that was done, when the first was sent, and whether the last asked for ECN. */
  synAt: number = NEVER;
  synTries = 0;
  synSentAt = 0;
  asksForEcn = false;
  /** When TIME-WAIT is over, or FIN-WAIT-2 without an application. */
  closingAt: number = NEVER;
  /** When the other side is asked whether it is there, and how often it was. */
  keepAliveAt: number = NEVER;
  keepAliveProbes = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;

  readonly habits: TcpHabits;
  readonly world: EndpointWorld;
  readonly ticksPerSecond: number;
  terms!: ConnectionTerms;
  roundTrip!: RoundTrip;
  receiving!: ReceivingHalf;
  outlet!: SegmentOutlet;
  sending!: SendingHalf;

  constructor(world: EndpointWorld, habits: TcpHabits, ticksPerSecond: number) {
    this.world = world;
    this.habits = habits;
    this.ticksPerSecond = ticksPerSecond;
    this.renew();
  }

  /** Begins from nothing. */
  renew(): void {
    const { habits, ticksPerSecond } = this;
    this.terms = new ConnectionTerms(habits);
    this.roundTrip = new RoundTrip(habits, ticksPerSecond);
    this.receiving = new ReceivingHalf(habits, this.terms, this.roundTrip, ticksPerSecond);
    this.outlet = new SegmentOutlet(this.world, this.terms, this.receiving, ticksPerSecond);
    this.sending = new SendingHalf(habits, this.terms, this.roundTrip, this.receiving, this.outlet, ticksPerSecond);
    this.synAt = NEVER;
    this.synTries = 0;
  }

  /** The handshake is done. @param segment that acknowledges the SYN */
  establish(now: number, segment: Segment): void {
    this.synAt = NEVER;
    this.#measureHandshake(now, segment);
    this.sending.begin(now, segment, this.synTries > 0);
    this.receiving.open(now);
    this.hasNewlyOpened = true;
    this.state = this.sending.isFinishing ? "FIN-WAIT-1" : "ESTABLISHED";
    this.heard(now);
  }

  #measureHandshake(now: number, segment: Segment): void {
    const { timestampEcho } = segment;
    if (this.synTries === 0) this.roundTrip.sample(now, now - this.synSentAt);
    else if (this.terms.timestamps && timestampEcho > 0) {
      this.roundTrip.sample(now, Math.max(0, this.outlet.since(now, timestampEcho)));
    } else this.roundTrip.fallBack();
  }

  /** The other side is there. */
  heard(now: number): void {
    if (this.habits.keepAlive === undefined) return;
    this.keepAliveAt = now + this.habits.keepAlive;
    this.keepAliveProbes = 0;
  }

  /** Answers what cannot be right with what would be, but not too often (RFC 5961, section 7). */
  answer(now: number, segment: Segment, cause: "challenge" | "duplicate-ack"): void {
    if (segment.length === 0 || cause === "challenge") {
      if (now - this.#answeredAt < ANSWER_SECONDS * this.ticksPerSecond) return;
      this.#answeredAt = now;
    }
    this.receiving.answer(cause);
  }

  /** The FIN goes behind all that was written (RFC 9293, section 3.10.4). */
  finish(): void {
    if (this.sending.isFinishing) return;
    this.sending.isFinishing = true;
    if (this.state === "ESTABLISHED") this.state = "FIN-WAIT-1";
    else if (this.state === "CLOSE-WAIT") this.state = "LAST-ACK";
  }

  /** Our FIN is acknowledged: the other side's is waited for, though not for ever if nobody is there to read. */
  enterFinWait(now: number): void {
    this.state = "FIN-WAIT-2";
    if (this.isAbandoned) this.closingAt = now + FIN_WAIT_SECONDS * this.ticksPerSecond;
  }

  /** Both sides have closed, and this one may have to say so again. */
  enterTimeWait(now: number): void {
    this.state = "TIME-WAIT";
    this.closingAt = now + Math.round(this.habits.timeWait);
    this.ending ??= "closed";
    this.keepAliveAt = NEVER;
    this.sending.stop();
  }

  /** The connection is no more. What has come in order can still be read, where it ended well. */
  end(how: Ending): void {
    this.state = "CLOSED";
    this.ending ??= how;
    this.synAt = this.closingAt = this.keepAliveAt = NEVER;
    this.sending.stop();
    if (this.ending === "closed") this.receiving.delayedAt = NEVER;
    else this.receiving.stop();
    this.receiving.owed = 0;
  }

  /** Breaks the connection off, and tells the other side. */
  breakOff(now: number, how: Ending): void {
    const { state } = this;
    this.end(how);
    if (state === "LISTEN" || state === "CLOSED" || state === "SYN-SENT" || state === "TIME-WAIT") return;
    const segment = new Segment("reset");
    segment.sequence = this.sending.next;
    segment.flags = RST | ACK;
    this.outlet.send(now, segment);
  }
}
