/** What one side of a TCP connection has done so far, as far as the capture shows it. */
import { ChangingMoment } from "../core/time.ts";
import type { Retransmissions } from "./retransmissions.ts";

/** The window scale is not known: no SYN of this side was seen. */
export const SCALE_UNKNOWN = -1;
/** The handshake settled that there is no scaling. */
export const SCALE_NOT_USED = -2;

/** Larger than any window: nothing is known of it yet. */
const WINDOW_UNKNOWN = 0xffff_ffff;

/**
 * The numbers that the analysis of sequence numbers compares a segment with. They are named for the side that sent them.
 * A sequence number of 0 counts as "none yet", as it does for Wireshark.
 */
export class TcpSide {
  hasBase = false;
  /** Sequence number that counts as 0. */
  base = 0;
  /** Behind the highest byte sent. */
  nextSequence = 0;
  /** When that byte was sent. */
  readonly nextSequenceMoment = new ChangingMoment();
  /** Behind the highest byte sent without a gap before it. */
  highestToAcknowledge = 0;
  /** The acknowledgment number sent last, and when. */
  lastAcknowledgment = 0;
  readonly lastMoment = new ChangingMoment();
  /** The window sent last, not scaled. */
  window = WINDOW_UNKNOWN;
  windowScale = SCALE_UNKNOWN;
  /** The window sent last was that of a SYN, which is never scaled. */
  hasUnscaledWindow = false;
  duplicateAcks = 0;
  /** Findings of the segment sent last. */
  lastFindings = 0;

  /** For people, not for the analysis. */
  maximumSegmentSize: number | undefined = undefined;
  packets = 0;
  /** Bytes of payload, those sent again included. */
  bytes = 0;
  /** Those of them that no earlier segment had; the lowest of them, and behind the highest. */
  newBytes = 0;
  dataStart = 0;
  dataEnd = 0;
  /** Bytes of keep-alives and zero-window probes, which are no data. */
  probeBytes = 0;
  /** Keep-alives, the frame of the first, and answers to those of the other side. */
  keepAlives = 0;
  keepAliveFrame = 0;
  keepAliveAcks = 0;
  /** Segments with data, and whether their sequence numbers ever differed. */
  dataSegments = 0;
  firstDataSequence = 0;
  hasMoved = false;
  /** What was sent more than once, where something was. */
  again: Retransmissions | undefined = undefined;
  /** Of its first segment with data: length, a sum of all bytes, and the first twelve, to tell whether others are the same. */
  firstDataLength = 0;
  firstDataSum = 0;
  firstDataBytes = 0;
  nextDataBytes = 0;
  /** Frame of its highest byte. */
  dataEndFrame = 0;
  /** Segments with SYN. */
  syns = 0;
  /** Flags of the segment sent last. */
  lastFlags = 0;
  /** Bytes of the largest segment's payload. */
  largestSegment = 0;
  /** Frame number of its first FIN and of its first RST; 0 where there is none. */
  finFrame = 0;
  resetFrame = 0;
  /** Segments with RST, and what the first one answers. */
  resets = 0;
  resetReason: ResetReason = "none";
  /** Whether anything but resets from this side came after a reset of the other side. */
  wentOnAfterReset = false;
  /** Whether its acknowledgment number ever changed: then something of the other side has arrived. */
  hasAcknowledgedMore = false;
}

/**
 * What a side's first reset comes after: `syn` the other side's SYN; `syn-ack` the other side's answer to a SYN; `close`
 * FINs of both sides; `fin` its own FIN; `unknown`: nothing else was seen of this side; `open`: it was in the middle of a
 * connection.
 */
export type ResetReason = "none" | "syn" | "syn-ack" | "close" | "fin" | "unknown" | "open";

/** The window of a side in bytes, as its scale says; undefined while the scale is not known. */
export function scaledWindow(side: TcpSide, window: number, isSyn: boolean): number | undefined {
  if (isSyn || side.windowScale === SCALE_NOT_USED) return window;
  return side.windowScale === SCALE_UNKNOWN ? undefined : window * 2 ** side.windowScale;
}
