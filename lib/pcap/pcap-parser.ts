/**
 * Reading classic pcap (draft-ietf-opsawg-pcap, sections 4 and 5) in either byte order, with microseconds or nanoseconds,
 * and its kin:
 *
 * - a magic number of 0xa1b2cd34: "modified" pcap, with eight more bytes in every record header;
 * - 0x1c0001ac and 0x1c0001ab: hardware and software captures of Ixia, with four more bytes in the file header;
 * - versions before 2.3, which have the two lengths of a record the other way round, and 2.3, which may have;
 * - AIX, which has the magic number of microseconds and nanoseconds, and link types of its own.
 *
 * The layout is that of `pcap-writer.ts`.
 */

import { LinkType } from "../headers/assigned-numbers.ts";
import {
  CaptureError,
  CHECK_SEQUENCE_GIVEN,
  FILE_HEADER_LENGTH,
  MAGIC_MICROSECONDS,
  MAGIC_NANOSECONDS,
  RECORD_HEADER_LENGTH,
} from "./capture-file.ts";
import { CaptureParser } from "./capture-parser.ts";
import { largestPacket } from "./link-types.ts";

/** More than the file header has: until that is read, there seem to be too few bytes for any record. */
const BEFORE_THE_HEADER = 1 << 20;
const ORIGINAL_LENGTH_AT = 12;
const CAPTURED_LENGTH_AT = 8;

interface Variant {
  readonly ticksPerSecond: 1_000_000 | 1_000_000_000;
  readonly fileHeaderLength: number;
  readonly recordHeaderLength: number;
}

function variant(ticksPerSecond: Variant["ticksPerSecond"], moreInFile = 0, moreInRecord = 0): Variant {
  return {
    ticksPerSecond,
    fileHeaderLength: FILE_HEADER_LENGTH + moreInFile,
    recordHeaderLength: RECORD_HEADER_LENGTH + moreInRecord,
  };
}

const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [MAGIC_MICROSECONDS, variant(1_000_000)],
  [MAGIC_NANOSECONDS, variant(1_000_000_000)],
  [0xa1b2cd34, variant(1_000_000, 0, 8)],
  [0x1c0001ac, variant(1_000_000_000, 4)],
  [0x1c0001ab, variant(1_000_000, 4)],
]);

/** What AIX writes, version 2.2, are the interface types of RFC 1573. */
const AIX_LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [6, LinkType.ETHERNET],
  [9, 6],
  [24, LinkType.NULL],
]);

/** DG/UX has a version of its own and the order of the lengths that was usual before 2.3. */
const DGUX_MAJOR_VERSION = 543;

/** Whether these bytes, at least four, begin a pcap file. */
export function isPcap(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  return VARIANTS.has(view.getUint32(0, true)) || VARIANTS.has(view.getUint32(0, false));
}

export class PcapParser extends CaptureParser {
  readonly format = "pcap";
  #isLittleEndian = true;
  #linkType = 0;
  #largest = 0;
  #recordHeaderLength = BEFORE_THE_HEADER;
  #capturedAt = CAPTURED_LENGTH_AT;
  #originalAt = ORIGINAL_LENGTH_AT;
  /** Version 2.3 was written in both orders; the smaller length is the captured one. */
  #isOrderOpen = false;
  #ticksPerSecond = 0;
  #nanosecondsPerTick = 0;

  next(): boolean {
    const window = this.window;
    const headerLength = this.#recordHeaderLength;
    if (!window.has(headerLength)) return this.pause();
    const isLittleEndian = this.#isLittleEndian;
    let captured = window.view.getUint32(window.at + this.#capturedAt, isLittleEndian);
    let original = window.view.getUint32(window.at + this.#originalAt, isLittleEndian);
    if (this.#isOrderOpen && captured > original) [captured, original] = [original, captured];
    if (captured > this.#largest) return this.#stopAtLength(captured);
    if (!window.has(headerLength + captured)) return this.pause();

    const { view, at } = window;
    const packet = this.packet;
    packet.number++;
    packet.bytes = window.bytes;
    packet.view = view;
    packet.start = at + headerLength;
    packet.end = packet.start + captured;
    packet.wireLength = original;
    packet.seconds = view.getUint32(at, isLittleEndian);
    const ticks = view.getUint32(at + 4, isLittleEndian);
    packet.nanoseconds = ticks * this.#nanosecondsPerTick;
    if (ticks >= this.#ticksPerSecond) this.#carryIntoSeconds(ticks);
    window.at = packet.end;
    return true;
  }

  protected override readHeader(): boolean {
    const { window } = this;
    if (!window.has(4)) return false;
    this.#isLittleEndian = VARIANTS.has(window.view.getUint32(window.at, true));
    const magic = window.view.getUint32(window.at, this.#isLittleEndian);
    const found = VARIANTS.get(magic);
    if (found === undefined) {
      throw new CaptureError("NOT_A_CAPTURE", { file: this.file, offset: 0 }, "this is no pcap file", "check the file");
    }
    if (!window.has(found.fileHeaderLength)) return false;
    this.#takeHeader(magic, found);
    window.at += found.fileHeaderLength;
    return true;
  }

  #takeHeader(magic: number, { ticksPerSecond, recordHeaderLength }: Variant): void {
    const { view, at } = this.window;
    const major = view.getUint16(at + 4, this.#isLittleEndian);
    const minor = view.getUint16(at + 6, this.#isLittleEndian);
    if (major < 2) throw this.#unknownVersion(major, minor);
    this.#orderLengths(major, minor);
    // The upper half says whether frames end with a check sequence, or is kept for later.
    const word = view.getUint32(at + 20, this.#isLittleEndian);
    const network = word & 0xffff;
    if ((word & CHECK_SEQUENCE_GIVEN) !== 0) this.packet.checkSequenceLength = (word >>> 28) * 2;
    const aix = magic === MAGIC_MICROSECONDS && major === 2 && minor === 2 ? AIX_LINK_TYPES.get(network) : undefined;
    this.#linkType = aix ?? network;
    this.#ticksPerSecond = aix === undefined ? ticksPerSecond : 1_000_000_000;
    this.#nanosecondsPerTick = 1_000_000_000 / this.#ticksPerSecond;
    this.#recordHeaderLength = recordHeaderLength;
    this.#largest = largestPacket(this.#linkType);
    this.packet.linkType = this.#linkType;
    this.packet.hasTime = true;
    this.interfaces.push({
      id: 0,
      section: 0,
      linkType: this.#linkType,
      snapLength: view.getUint32(at + 16, this.#isLittleEndian),
      ticksPerSecond: this.#ticksPerSecond,
      ...(this.packet.checkSequenceLength >= 0 && { checkSequenceLength: this.packet.checkSequenceLength }),
    });
  }

  #orderLengths(major: number, minor: number): void {
    this.#isOrderOpen = major === 2 && minor === 3;
    if (major === DGUX_MAJOR_VERSION || (major === 2 && minor < 3)) {
      this.#capturedAt = ORIGINAL_LENGTH_AT;
      this.#originalAt = CAPTURED_LENGTH_AT;
    }
  }

  /** The draft wants less than a second there; tools that put more meant it so. */
  #carryIntoSeconds(ticks: number): void {
    const whole = Math.floor(ticks / this.#ticksPerSecond);
    this.packet.seconds += whole;
    this.packet.nanoseconds = (ticks - whole * this.#ticksPerSecond) * this.#nanosecondsPerTick;
  }

  #stopAtLength(captured: number): false {
    const problem = `a packet of ${captured} bytes is said to follow, and ${this.#largest} is the most there can be`;
    return this.stop(this.window.position, problem);
  }

  #unknownVersion(major: number, minor: number): CaptureError {
    const problem = `this is a pcap file of version ${major}.${minor}, which nobody has described`;
    return new CaptureError("BAD_HEADER", { file: this.file, offset: 4 }, problem, "copy or record it again");
  }
}
