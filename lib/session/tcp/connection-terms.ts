/** What the SYNs of both ends have settled. */
import type { Segment, SynOptions } from "./segment.ts";
import type { TcpHabits } from "./tcp-habits.ts";

/** Of a side that says nothing of it (RFC 9293, section 3.7.1). */
const DEFAULT_SEGMENT_SIZE = 536;
const LARGEST_SCALE = 14;
/** Bytes of the options of a header, at most, and those of a time stamp and of what stands before the blocks of a selective
 * acknowledgement, with their padding. */
const OPTION_BYTES = 40;
const TIMESTAMP_BYTES = 12;
const BLOCKS_BYTES = 4;
const BLOCK_BYTES = 8;

export class ConnectionTerms {
  readonly #habits: TcpHabits;
  #scales = false;
  /** Bytes of data that a segment to the other side holds at most, beside its constant options (RFC 6691). */
  segmentSize = DEFAULT_SEGMENT_SIZE;
  /** What the windows that this side announces count in, and those that it is told: powers of two (RFC 7323, section 2). */
  ownUnit = 1;
  peerUnit = 1;
  sack: boolean;
  rack: boolean;
  timestamps: boolean;
  ecn: boolean;

  constructor(habits: TcpHabits) {
    this.#habits = habits;
    this.sack = habits.sack;
    this.rack = habits.sack && habits.rack;
    this.timestamps = habits.timestamps;
    this.ecn = habits.ecn;
  }

  /** The shift that the buffer needs: as many bits as it has beyond 16. */
  get #wantedScale(): number {
    let scale = 0;
    while (scale < LARGEST_SCALE && this.#habits.receiveBuffer >> (scale + 16) > 0) scale++;
    return scale;
  }

  /** Options of a SYN that offers what this side can or, once `agree` was called, of one that accepts what both can. */
  synOptions(isAccepting: boolean): SynOptions {
    const { maximumSegmentSize, windowScale } = this.#habits;
    const scales = isAccepting ? this.#scales : windowScale;
    return {
      maximumSegmentSize,
      windowScale: scales ? this.#wantedScale : undefined,
      sackPermitted: this.sack,
    };
  }

  /** The other side's SYN has come: what only one side can is not done. */
  agree(segment: Segment): void {
    const { syn } = segment;
    const habits = this.#habits;
    const scales = habits.windowScale && syn?.windowScale !== undefined;
    this.#scales = scales;
    this.ownUnit = scales ? 1 << this.#wantedScale : 1;
    this.peerUnit = scales ? 1 << Math.min(syn!.windowScale!, LARGEST_SCALE) : 1;
    this.sack = habits.sack && syn?.sackPermitted === true;
    this.rack = this.sack && habits.rack;
    this.timestamps = habits.timestamps && segment.timestamp >= 0;
    const largest = Math.min(syn?.maximumSegmentSize ?? DEFAULT_SEGMENT_SIZE, habits.maximumSegmentSize);
    this.segmentSize = Math.max(1, largest - (this.timestamps ? TIMESTAMP_BYTES : 0));
  }

  /** The path takes segments only so large, without options. @returns whether that is less than before */
  pathTakes(segmentSize: number): boolean {
    const size = Math.max(1, segmentSize - (this.timestamps ? TIMESTAMP_BYTES : 0));
    if (size >= this.segmentSize) return false;
    this.segmentSize = size;
    return true;
  }

  /** Blocks that the options of a segment with so many bytes of data have room for. */
  blocksBeside(length: number): number {
    const options = OPTION_BYTES - (this.timestamps ? TIMESTAMP_BYTES : 0);
    const room = length === 0 ? options : Math.min(options, this.segmentSize - length);
    return Math.max(0, Math.floor((room - BLOCKS_BYTES) / BLOCK_BYTES));
  }
}
