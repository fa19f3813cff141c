/** How many bytes of data a segment has: what its row tells, its frame leaves room for, or the numbers around it show. */

import { sequenceDifference } from "../../core/sequence.ts";
import type { ListRow, RowContent } from "../../csv/packet-list/list-rows.ts";
import { TCP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import { type FrameLengths, TIMESTAMPS_LENGTH } from "./frame-lengths.ts";
import type { StreamSide } from "./list-stream.ts";
import type { StreamFinder } from "./stream-finder.ts";
import { LONGEST_SEGMENT } from "./usual-lengths.ts";

const { SYN, FIN, PSH } = TcpFlag;

const LONGEST_OPTIONS = 40;
const WORD = 4;

export class SegmentLengths {
  readonly #lengths: FrameLengths;
  readonly #finder: StreamFinder;

  constructor(lengths: FrameLengths, finder: StreamFinder) {
    this.#lengths = lengths;
    this.#finder = finder;
  }

  /**
   * Bytes of data of a row that does not say so itself.
   *
   * @param sequence number of the first byte
   * @param text what the row has for the packet, where it has anything
   * @returns undefined where nothing tells
   */
  lengthOf(row: ListRow, side: StreamSide, sequence: number, text?: Uint8Array): number | undefined {
    const { segment } = row.content;
    // Where the flags are told, so are the numbers of most rows; a row without them has to have what its neighbours leave.
    if (segment?.flags !== undefined && segment.options === undefined) {
      return this.#lengthTold(row, side, sequence, segment.flags, text);
    }
    const ofFrame = lengthOfFrame(row.content, side, this.#lengths);
    const isSure = side.overhead !== undefined || side.peer.overhead !== undefined;
    if (ofFrame !== undefined && isSure) return ofFrame;
    const ahead = this.#finder.look(row, side);
    const [nearest] = [
      { number: ahead.sequence, rowsBetween: ahead.beforeSequence },
      { number: ahead.acknowledgedByPeer, rowsBetween: ahead.beforeAcknowledged },
    ]
      .map(({ number, rowsBetween }) => ({ bytes: sequenceDifference(number ?? sequence, sequence), rowsBetween }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => a.bytes - b.bytes);
    if (nearest === undefined) return ofFrame;
    // Rows between that tell no length either have each their share of the bytes.
    const share = Math.floor(nearest.bytes / (nearest.rowsBetween + 1));
    return share <= LONGEST_SEGMENT ? share : ofFrame;
  }

  #lengthTold(row: ListRow, side: StreamSide, sequence: number, flags: number, text: Uint8Array | undefined) {
    const room = this.#roomIn(row.content);
    if (room !== undefined && room <= 0) return 0;
    const shown = this.#lengthShown(row, side, sequence, flags, text);
    if (room === undefined) return shown ?? text?.length ?? 0;
    const overhead = (flags & SYN) === 0 ? (side.overhead ?? side.peer.overhead) : undefined;
    const isShownEmpty = shown === 0 && mayLeaveOptions(room, 0);
    // What is sent again may be cut anew, so that a frame tells more than the numbers around it.
    if (overhead !== undefined && !isShownEmpty) return Math.max(0, row.content.frameLength! - overhead);
    if (shown !== undefined && mayLeaveOptions(room, shown)) {
      if ((flags & SYN) === 0 && shown > 0) side.overhead ??= row.content.frameLength! - shown;
      return shown;
    }
    if (text !== undefined && mayLeaveOptions(room, text.length)) return text.length;
    if ((flags & SYN) !== 0) return 0;
    // Options alone fill a small frame, where nobody says that there is data.
    return (flags & PSH) === 0 && mayLeaveOptions(room, 0) ? 0 : room;
  }

  /** Bytes behind the TCP header's fixed part. */
  #roomIn({ frameLength, source }: RowContent): number | undefined {
    if (frameLength === undefined) return undefined;
    const room = frameLength - this.#lengths.headersBefore(source) - TCP_HEADER_LENGTH;
    return this.#lengths.mayBePadded(frameLength) ? undefined : room;
  }

  /**
   * What the numbers of later rows show: where the side goes on, and what the other acknowledges.
   *
   * @returns undefined where no row tells
   */
  #lengthShown(row: ListRow, side: StreamSide, sequence: number, flags: number, text: Uint8Array | undefined) {
    const { isRepeated, next, end } = this.#finder.lookBehind(row, side, sequence, text);
    // A side that goes on with the same number has sent nothing, unless it sends that again.
    if (isRepeated && (flags & PSH) === 0) return 0;
    const fin = (flags & FIN) === 0 ? 0 : 1;
    const told = [next, end].filter((number) => number !== undefined);
    const lengths = told.map((number) => sequenceDifference(number, sequence) - fin).filter((length) => length >= 0);
    // Behind a text that is whole there may be a gap.
    if (text !== undefined && lengths.some((length) => length >= text.length)) return text.length;
    const least = Math.min(...lengths);
    return least <= LONGEST_SEGMENT ? least : undefined;
  }
}

/** Whether what is left of the room can be options of TCP, which fill words. */
function mayLeaveOptions(room: number, length: number): boolean {
  const left = room - length;
  return left >= 0 && left <= LONGEST_OPTIONS && left % WORD === 0;
}

/** Bytes of data that a frame of its side has, if it is like those before; undefined where it may be padded. */
export function lengthOfFrame(
  { frameLength, source }: RowContent,
  side: StreamSide,
  lengths: FrameLengths,
): number | undefined {
  if (frameLength === undefined) return undefined;
  const usual = lengths.headersBefore(source) + TCP_HEADER_LENGTH;
  const overhead =
    side.overhead ?? side.peer.overhead ?? usual + (side.timestamp === undefined ? 0 : TIMESTAMPS_LENGTH);
  return lengths.mayBePadded(frameLength) ? undefined : Math.max(0, frameLength - overhead);
}
