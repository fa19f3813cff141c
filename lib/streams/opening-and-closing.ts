/** How a connection opens and closes, as far as its segments tell. */

import { nanosecondsBetween, type PacketPlace } from "../core/time.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { readOptions } from "./tcp-option-scan.ts";
import { type ResetReason, SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "./tcp-side.ts";
import type { TcpStream } from "./tcp-stream.ts";

const { FIN, SYN, RST, ACK, ECE, CWR, AE } = TcpFlag;
const BASIC_HEADER_LENGTH = 20;

/** Three flags that report congestion, as one number: AE, CWR and ECE. */
const ECN_BITS = AE | CWR | ECE;
const ECN_SHIFT = 6;
/** What asks for accurate ECN in a SYN, and what agrees to it in the answer (draft-ietf-tcpm-accurate-ecn, section 3.1). */
const ACCURATE_ECN_OFFER = 7;
const ACCURATE_ECN_ANSWERS: ReadonlySet<number> = new Set([2, 3, 4, 6]);

/** What the segment adds to the opening of its connection. After the analysis, which asks what was known before. */
export function followHandshake(stream: TcpStream, isFromHigher: boolean, o: PacketOutline, place: PacketPlace): void {
  const from = isFromHigher ? stream.fromHigher : stream.fromLower;
  const to = isFromHigher ? stream.fromLower : stream.fromHigher;
  const kind = o.flags & (SYN | ACK);
  if (o.headerLength > BASIC_HEADER_LENGTH) readOptions(o, from);
  if (kind === ACK) {
    const { synMoment } = stream;
    if (stream.roundTripTime === 0 && (synMoment.seconds !== 0 || synMoment.nanoseconds !== 0)) {
      stream.roundTripTime = nanosecondsBetween(synMoment, place);
    }
    from.hasUnscaledWindow = false;
    if (
      (o.flags & RST) === 0 &&
      stream.handshakeAckFrame === 0 &&
      isFromHigher === stream.isOpenerHigher &&
      stream.synAckFrame !== 0
    ) {
      stream.handshakeAckFrame = place.number;
    }
    return;
  }
  if ((kind & SYN) === 0) return;
  from.hasUnscaledWindow = true;
  const ecn = (o.flags & ECN_BITS) >>> ECN_SHIFT;
  if (kind === SYN) stream.isAccurateEcnOffered = ecn === ACCURATE_ECN_OFFER;
  else stream.isAccurateEcnAccepted = ACCURATE_ECN_ANSWERS.has(ecn);
  if (kind === SYN) {
    stream.synMoment.set(place);
    stream.synFrame ||= place.number;
    stream.isOpenerHigher ??= isFromHigher;
  } else {
    stream.synAckFrame ||= place.number;
    stream.isOpenerHigher ??= !isFromHigher;
  }
  settleScaling(from, to, kind === (SYN | ACK));
}

/** Windows are scaled only where both SYNs ask for it (RFC 7323, section 2.2). */
function settleScaling(from: TcpSide, to: TcpSide, isSynAck: boolean): void {
  if (from.windowScale === SCALE_UNKNOWN) {
    from.windowScale = SCALE_NOT_USED;
    to.windowScale = SCALE_NOT_USED;
  } else if (isSynAck && to.windowScale === SCALE_NOT_USED) {
    from.windowScale = SCALE_NOT_USED;
  }
}

export function followClose(from: TcpSide, to: TcpSide, { flags }: PacketOutline, place: PacketPlace): void {
  if ((flags & RST) !== 0) {
    if (from.resets++ === 0) {
      from.resetFrame = place.number;
      from.resetReason = resetReasonOf(from, to);
    }
  }
  if ((flags & FIN) !== 0) from.finFrame ||= place.number;
  from.lastFlags = flags;
}

/** What the first reset of a side answers, by what both sides did before. */
function resetReasonOf(from: TcpSide, to: TcpSide): ResetReason {
  if (from.packets === 1) return (to.lastFlags & (SYN | ACK)) === SYN ? "syn" : "unknown";
  if ((to.lastFlags & (SYN | ACK)) === (SYN | ACK)) return "syn-ack";
  if (from.finFrame === 0) return "open";
  return to.finFrame === 0 ? "fin" : "close";
}
