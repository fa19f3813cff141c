/** What one side of a TCP connection has done so far, as far as the capture shows it. */
import { ChangingMoment } from "./moment.ts";

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
  /** Segments with data, and whether their sequence numbers ever differed. */
  dataSegments = 0;
  firstDataSequence = 0;
  hasMoved = false;
  /** Bytes of the largest segment's payload. */
  largestSegment = 0;
  /** Frame number of its first FIN and of its first RST; 0 where there is none. */
  finFrame = 0;
  resetFrame = 0;
}

/** The window of a side in bytes, as its scale says; undefined while the scale is not known. */
export function scaledWindow(side: TcpSide, window: number, isSyn: boolean): number | undefined {
  if (isSyn || side.windowScale === SCALE_NOT_USED) return window;
  return side.windowScale === SCALE_UNKNOWN ? undefined : window * 2 ** side.windowScale;
}
