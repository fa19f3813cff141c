/** The window that the other side has told (SND.WND of RFC 9293), and what is worth sending into it. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { ConnectionTerms } from "./connection-terms.ts";
import type { Segment } from "./segment.ts";

/** Acknowledgements that are older by less than this are late, whatever the window. */
const LEAST_PAST = 65_536;

export class PeerWindow {
  /** SND.WND in bytes. */
  size = 0;
  /** SND.UNA + SND.WND: the first number that there is no room for. */
  edge = 0;
  /** The largest that it ever was. */
  #largest = 0;
  /** Number of the segment that told it last (SND.WL1). */
  #toldBy = 0;
  readonly #terms: ConnectionTerms;

  constructor(terms: ConnectionTerms) {
    this.#terms = terms;
  }

  /** The first one, told by what acknowledges the SYN: that of a SYN is never scaled (RFC 7323, section 2.2). */
  begin(segment: Segment, una: number): void {
    const unit = (segment.flags & TcpFlag.SYN) !== 0 ? 1 : this.#terms.peerUnit;
    this.#set(segment.window * unit, segment.sequence, una);
  }

  #set(size: number, sequence: number, una: number): void {
    this.size = size;
    this.#toldBy = sequence;
    this.edge = una + size;
    if (size > this.#largest) this.#largest = size;
  }

  /**
   * RFC 9293, section 3.10.7.4: an old segment does not change the window. One of the same number may open it, or close it.
   * @param advances whether the segment acknowledges something new
   * @returns whether it has another size now
   */
  update(segment: Segment, una: number, advances: boolean): boolean {
    if (segment.acknowledgment < una) return false;
    const size = segment.window * this.#terms.peerUnit;
    if (!advances && segment.sequence <= this.#toldBy) {
      if (segment.sequence < this.#toldBy || (size <= this.size && size > 0)) return false;
    }
    const isOther = size !== this.size;
    this.#set(size, segment.sequence, una);
    return isOther;
  }

  /** Whether an acknowledgement can be one of what was sent (RFC 5961, section 5). */
  isPlausible(acknowledgment: number, una: number, next: number): boolean {
    return acknowledgment <= next && acknowledgment >= una - Math.max(this.#largest, LEAST_PAST);
  }

  /**
   * Bytes of the next segment; 0 where it is better to wait (RFC 9293, section 3.8.6.2.1).
   * @param waiting bytes that are written and not sent
   * @param mayBeShort whether nothing short is under way, or nobody cares (section 3.7.4)
   */
  sizeOfNext(waiting: number, next: number, mayBeShort: boolean): number {
    const room = this.edge - next;
    const { segmentSize } = this.#terms;
    if (waiting <= 0 || room <= 0) return 0;
    if (waiting >= segmentSize && room >= segmentSize) return segmentSize;
    if (waiting <= room && waiting < segmentSize) return mayBeShort ? waiting : 0;
    return room >= this.#largest / 2 ? Math.min(room, waiting, segmentSize) : 0;
  }
}
