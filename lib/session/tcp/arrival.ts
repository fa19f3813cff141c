/** What becomes of a segment that comes for a connection, step by step (RFC 9293, section 3.10.7.4). */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { ControlBlock } from "./control-block.ts";
import { sendSyn } from "./opening.ts";
import { refuse, sequenceLength } from "./resets.ts";
import type { Segment } from "./segment.ts";

const { ACK, FIN, RST, SYN } = TcpFlag;

/** In every state from SYN-RECEIVED on. */
export function arrive(block: ControlBlock, now: number, segment: Segment): void {
  const { flags, sequence } = segment;
  if ((flags & (SYN | RST)) === SYN && !takesSyn(block, now, segment)) return;
  if ((flags & RST) === 0 && block.outlet.isOutdated(now, segment)) {
    block.answer(now, segment, "duplicate-ack");
    return;
  }
  const start = (flags & SYN) !== 0 ? sequence + 1 : sequence;
  if (!block.receiving.isAcceptable(start, sequence + sequenceLength(segment))) {
    if ((flags & RST) === 0) answerUnacceptable(block, now, segment);
    return;
  }
  if ((flags & RST) !== 0) takeReset(block, now, segment);
  else if ((flags & ACK) !== 0) takeAcknowledged(block, now, segment);
}

/** A SYN belongs to the handshake, or to another connection (RFC 5961, section 4). @returns whether its acknowledgement counts */
function takesSyn(block: ControlBlock, now: number, segment: Segment): boolean {
  const { state, receiving } = block;
  const isSame = segment.sequence + 1 === receiving.next;
  if (state === "SYN-RECEIVED" && isSame) {
    // Both have opened at once, and this is the other's answer; or ours was lost.
    if ((segment.flags & ACK) !== 0) return segment.acknowledgment === block.sending.next;
    sendSyn(block, now);
    return false;
  }
  if (state === "TIME-WAIT" && isReuse(block, segment)) {
    // The port is free for a new connection (RFC 6191): what is sent again will find it so.
    block.end("closed");
    return false;
  }
  block.answer(now, segment, "challenge");
  return false;
}

function isReuse(block: ControlBlock, segment: Segment): boolean {
  if ((segment.flags & ACK) !== 0) return false;
  const { timestamps } = block.terms;
  const isNewer = timestamps && ((segment.timestamp - block.outlet.recentTimestamp) | 0) > 0;
  return segment.sequence > block.receiving.next || isNewer;
}

/** What lies outside the window is answered with what would lie in it; a duplicate besides with what it was (RFC 2883). */
function answerUnacceptable(block: ControlBlock, now: number, segment: Segment): void {
  const { receiving, terms } = block;
  const end = segment.sequence + segment.length;
  if (terms.sack && segment.length > 0 && end <= receiving.next) receiving.queue.noteDuplicate(segment.sequence, end);
  block.answer(now, segment, "duplicate-ack");
  if (block.state === "TIME-WAIT" && (segment.flags & FIN) !== 0) block.enterTimeWait(now);
}

/** Only the very number that is expected proves that a reset is right (RFC 5961, section 3). */
function takeReset(block: ControlBlock, now: number, segment: Segment): void {
  if (segment.sequence !== block.receiving.next) {
    block.answer(now, segment, "challenge");
    return;
  }
  if (block.state !== "SYN-RECEIVED") block.end("reset");
  else if (block.isPassive) {
    block.renew();
    block.state = "LISTEN";
  } else block.end("refused");
}

function takeAcknowledged(block: ControlBlock, now: number, segment: Segment): void {
  const { sending } = block;
  if (block.state === "SYN-RECEIVED") {
    if (segment.acknowledgment <= sending.una || segment.acknowledgment > sending.next) {
      refuse(block.outlet, segment);
      return;
    }
    block.establish(now, segment);
  } else if (!sending.isPlausible(segment.acknowledgment)) {
    // RFC 5961, section 5.
    block.answer(now, segment, "challenge");
    return;
  }
  block.heard(now);
  if (block.terms.timestamps) block.outlet.remember(now, segment);
  sending.acknowledge(now, segment);
  if (sending.isFinished && !followFinAcknowledged(block, now)) return;
  takeText(block, now, segment);
}

/** Our FIN is acknowledged. @returns false where that ends the connection */
function followFinAcknowledged(block: ControlBlock, now: number): boolean {
  switch (block.state) {
    case "FIN-WAIT-1":
      block.enterFinWait(now);
      return true;
    case "CLOSING":
      block.enterTimeWait(now);
      return true;
    case "LAST-ACK":
      block.end("closed");
      return false;
    default:
      return true;
  }
}

function takeText(block: ControlBlock, now: number, segment: Segment): void {
  const { receiving } = block;
  const length = sequenceLength(segment);
  if (length === 0) return;
  if (receiving.hasFinished) {
    // After a FIN there is nothing new: it was sent again.
    receiving.answer("duplicate-ack");
    if (block.state === "TIME-WAIT" && (segment.flags & FIN) !== 0) block.enterTimeWait(now);
    return;
  }
  if (block.isAbandoned && segment.length > 0 && segment.sequence + segment.length > receiving.next) {
    // Nobody will ever read this (RFC 9293, section 3.6.1).
    block.end("aborted");
    refuse(block.outlet, segment);
    return;
  }
  if (receiving.take(now, segment)) takeFin(block, now);
}

function takeFin(block: ControlBlock, now: number): void {
  block.hasNewEnd = true;
  switch (block.state) {
    case "ESTABLISHED":
      block.state = "CLOSE-WAIT";
      break;
    case "FIN-WAIT-1":
      block.state = "CLOSING";
      break;
    case "FIN-WAIT-2":
      block.enterTimeWait(now);
      break;
    default:
  }
}
