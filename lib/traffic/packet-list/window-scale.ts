/** The window scale that a SYN has offered, where its row does not tell: windows of later rows show it. */
import type { ListRow, RowSegment } from "../../csv/packet-list/list-rows.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { StreamSide } from "./list-stream.ts";
import { senderOf } from "./stream-finder.ts";

const { SYN, ACK } = TcpFlag;
const MOST_ROWS = 64;
/** What fits into the field of the header. */
const LARGEST_WINDOW = 0xffff;
/** RFC 7323, section 2.3. */
const LARGEST_SHIFT = 14;

/**
 * Both sides must offer one for either to use it (RFC 7323, section 2.2).
 *
 * @param row the SYN
 * @returns the power of two; undefined where no window needs one
 */
export function scaleShown(row: ListRow, side: StreamSide): number | undefined {
  const { peer } = side;
  const isAnswer = ((row.content.segment?.flags ?? 0) & ACK) !== 0;
  if (isAnswer && peer.hasSentSyn && peer.windowScale === undefined) return undefined;
  const own = scaleOfRows(row, side, side);
  return own ?? (scaleOfRows(row, side, peer) === undefined ? undefined : 0);
}

function scaleOfRows(row: ListRow, side: StreamSide, wanted: StreamSide): number | undefined {
  let largest = 0;
  let { next } = row;
  for (let count = 0; next !== undefined && count < MOST_ROWS; count++, next = next.next) {
    const { segment } = next.content;
    if (segment === undefined || senderOf(next.content, side) !== wanted) continue;
    if (((segment.flags ?? ACK) & SYN) !== 0) continue;
    const shift = scaleTold(segment);
    if (shift !== undefined) return shift === 0 ? undefined : shift;
    largest = Math.max(largest, segment.window ?? 0);
  }
  return largest > LARGEST_WINDOW
    ? Math.min(LARGEST_SHIFT, Math.ceil(Math.log2((largest + 1) / (LARGEST_WINDOW + 1))))
    : undefined;
}

/** From the window beside its field. */
function scaleTold({ window, windowField }: RowSegment): number | undefined {
  if (window === undefined || windowField === undefined || windowField === 0) return undefined;
  const shift = Math.log2(window / windowField);
  return Number.isInteger(shift) && shift >= 0 && shift <= LARGEST_SHIFT ? shift : undefined;
}
