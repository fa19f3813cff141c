/** What the options of a header say, in the fields of a segment: all but the blocks, whose numbers whoever reads them has to count. */
import type { TcpOption } from "../../../lib/headers/tcp.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { NO_TIMESTAMP, type Segment } from "../../../lib/session/tcp/segment.ts";

/** Takes what a SYN alone can say where it has that flag, and the time stamps. */
export function takeOptions(segment: Segment, options: readonly TcpOption[]): void {
  if ((segment.flags & TcpFlag.SYN) !== 0) {
    segment.syn = {
      maximumSegmentSize: options.find((option) => option.kind === "mss")?.value,
      windowScale: options.find((option) => option.kind === "windowScale")?.shift,
      sackPermitted: options.some((option) => option.kind === "sackPermitted"),
    };
  }
  const stamps = options.find((option) => option.kind === "timestamps");
  segment.timestamp = stamps?.value ?? NO_TIMESTAMP;
  segment.timestampEcho = stamps?.echoReply ?? NO_TIMESTAMP;
}
