/** The handshake: what is sent to open a connection, and what comes before it stands (RFC 9293, section 3.5). */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { ControlBlock } from "./control-block.ts";
import { refuse } from "./resets.ts";
import { Segment } from "./segment.ts";

const { ACK, CWR, ECE, RST, SYN } = TcpFlag;

/** Asks for a connection. */
export function beginOpening(block: ControlBlock, now: number): void {
  block.state = "SYN-SENT";
  block.sending.next = 1;
  sendFirstSyn(block, now);
}

function sendFirstSyn(block: ControlBlock, now: number): void {
  block.synTries = 0;
  block.synSentAt = now;
  sendSyn(block, now);
  block.synAt = now + block.roundTrip.timeout;
}

/** Sends the SYN, or the SYN/ACK, for the first time or again. */
export function sendSyn(block: ControlBlock, now: number): void {
  const isAccepting = block.state === "SYN-RECEIVED";
  const segment = new Segment("syn");
  segment.flags = isAccepting ? SYN | ACK | acceptedEcn(block) : SYN | askedEcn(block);
  segment.acknowledgment = isAccepting ? block.receiving.next : 0;
  segment.window = block.receiving.synWindow;
  segment.syn = block.terms.synOptions(isAccepting);
  block.outlet.stampSyn(now, segment);
  block.outlet.sendAsIs(segment);
}

/** A SYN that was lost may have been lost for what it asked for (RFC 3168, section 6.1.1.1). */
function askedEcn(block: ControlBlock): number {
  block.asksForEcn = block.habits.ecn && block.synTries === 0;
  return block.asksForEcn ? ECE | CWR : 0;
}

function acceptedEcn(block: ControlBlock): number {
  return block.terms.ecn ? ECE : 0;
}

/** The SYN, or the SYN/ACK, was not answered in time (RFC 6298, section 5). */
export function retryOpening(block: ControlBlock, now: number): void {
  const { synRetries, synAckRetries } = block.habits;
  if (block.synTries >= (block.state === "SYN-SENT" ? synRetries : synAckRetries)) {
    block.end("timed-out");
    return;
  }
  block.synTries++;
  block.roundTrip.backOff();
  block.synAt = now + block.roundTrip.timeout;
  sendSyn(block, now);
}

/** Nobody is connected yet (section 3.10.7.2). */
export function arriveInListen(block: ControlBlock, now: number, segment: Segment): void {
  const { flags } = segment;
  if ((flags & RST) !== 0) return;
  if ((flags & ACK) !== 0) refuse(block.outlet, segment);
  else if ((flags & SYN) !== 0) acceptSyn(block, now, segment);
}

function acceptSyn(block: ControlBlock, now: number, segment: Segment): void {
  block.terms.agree(segment);
  block.terms.ecn = block.habits.ecn && (segment.flags & (ECE | CWR)) === (ECE | CWR);
  block.receiving.begin(segment.sequence);
  block.outlet.begin(now, segment);
  block.state = "SYN-RECEIVED";
  block.sending.next = 1;
  sendFirstSyn(block, now);
}

/** The SYN is under way (section 3.10.7.3). */
export function arriveInSynSent(block: ControlBlock, now: number, segment: Segment): void {
  const { flags } = segment;
  const hasAck = (flags & ACK) !== 0;
  if (hasAck && segment.acknowledgment !== 1) {
    if ((flags & RST) === 0) refuse(block.outlet, segment);
    return;
  }
  if ((flags & RST) !== 0) {
    if (hasAck) block.end("refused");
    return;
  }
  if ((flags & SYN) === 0) return;
  if (!hasAck) {
    // Both have asked at the same time (section 3.5, figure 8).
    const tries = block.synTries;
    acceptSyn(block, now, segment);
    block.synTries = tries;
    return;
  }
  block.terms.agree(segment);
  block.terms.ecn = block.asksForEcn && (flags & (ECE | CWR)) === ECE;
  block.receiving.begin(segment.sequence);
  block.outlet.begin(now, segment);
  block.establish(now, segment);
  block.receiving.answer("ack");
}
