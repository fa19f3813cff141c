/** How a connection opens and closes, as far as its segments tell. */

import { nanosecondsBetween, type PacketPlace } from "../core/time.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { hasOnlyTimestamps } from "../dissect/parse-transport.ts";
import { TCP_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { TcpOptionKind } from "../headers/tcp-options.ts";
import { type ResetReason, SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "./tcp-side.ts";
import type { TcpStream } from "./tcp-stream.ts";

const { FIN, SYN, RST, ACK, ECE, CWR, AE } = TcpFlag;
const { EOL, NOP, MSS, WINDOW_SCALE } = TcpOptionKind;
/** Greater shifts count as this one (RFC 7323, section 2.3). */
const LARGEST_SHIFT = 14;

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
  if (o.headerLength > TCP_HEADER_LENGTH) readOptions(o, from);
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

/** Remembers what the options of a segment say about the side that sends it. Stops at the first that cannot be. */
function readOptions(o: PacketOutline, side: TcpSide): void {
  const view = o.transportView;
  let at = o.transportAt + TCP_HEADER_LENGTH;
  // Not the layer's end: that stands further in where the header was cut.
  const end = Math.min(o.transportAt + o.headerLength, o.layerCount < o.datagramLayer ? o.end : o.datagram.length);
  // Timestamps are nothing to remember.
  if (end - at >= 4 && hasOnlyTimestamps(view, o.transportAt, o.headerLength)) return;
  const isSyn = (o.flags & TcpFlag.SYN) !== 0;
  while (at < end) {
    const kind = view.getUint8(at);
    if (kind === EOL) return;
    let length = 1;
    if (kind !== NOP) {
      length = at + 1 < end ? view.getUint8(at + 1) : 0;
      if (length < 2 || at + length > end) return;
      readOption(view, at, kind, length, isSyn, side);
    }
    at += length;
  }
}

function readOption(view: DataView, at: number, kind: number, length: number, isSyn: boolean, side: TcpSide): void {
  if (kind === WINDOW_SCALE && length === 3) side.windowScale = Math.min(view.getUint8(at + 2), LARGEST_SHIFT);
  else if (isSyn && kind === MSS && length === 4) side.maximumSegmentSize = view.getUint16(at + 2);
}
