/** The answer to a segment for which there is no connection (RFC 9293, section 3.10.7.1). */
import { markersOf, TcpFlag } from "../../headers/tcp-fields.ts";
import { Segment } from "./segment.ts";
import type { SegmentOutlet } from "./segment-outlet.ts";

const { ACK, RST } = TcpFlag;

/** Numbers that a segment takes: its data, its SYN and its FIN. */
export function sequenceLength(segment: Segment): number {
  return segment.length + markersOf(segment.flags);
}

/** Answers a segment with a reset that its sender will believe. A reset is never answered. */
export function refuse(outlet: SegmentOutlet, segment: Segment): void {
  if ((segment.flags & RST) !== 0) return;
  const reset = new Segment("reset");
  if ((segment.flags & ACK) !== 0) {
    reset.flags = RST;
    reset.sequence = segment.acknowledgment;
  } else {
    reset.flags = RST | ACK;
    reset.acknowledgment = segment.sequence + sequenceLength(segment);
  }
  outlet.sendAsIs(reset);
}
