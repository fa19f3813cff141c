/**
 * Writing classic pcap, in little-endian byte order, with microseconds or nanoseconds
 * (draft-ietf-opsawg-pcap, sections 4 and 5).
 *
 * File header (24 bytes)                    Record header (16 bytes, before each frame)
 *   0  magic number                           0  seconds since 1970, unsigned
 *   4  major version, 2                       4  micro- or nanoseconds within the second
 *   6  minor version, 4                       8  captured length: bytes of the frame in the file
 *   8  reserved, twice four bytes            12  original length: bytes of the frame on the wire
 *  16  snap length
 *  20  link type
 */

import { WirewrightError } from "../core/errors.ts";
import type { FrameSink } from "../core/frame-sink.ts";
import { withThousands } from "../core/text.ts";
import type { Origin, TicksPerSecond } from "../core/time.ts";
import {
  CHECK_SEQUENCE_GIVEN,
  FILE_HEADER_LENGTH,
  MAGIC_MICROSECONDS,
  MAGIC_NANOSECONDS,
  RECORD_HEADER_LENGTH,
} from "./capture-file.ts";
import { USUAL_LARGEST_PACKET } from "./link-types.ts";
import { SlabFiller, type SlabStore } from "./slabs.ts";

const LAST_SECOND = 0xffffffff;

const PCAP_UNITS: readonly number[] = [1_000_000, 1_000_000_000];

/** @throws WirewrightError BAD_OPTION */
export function checkWriter(
  options: { readonly origin?: Origin } | undefined,
  linkType: unknown,
  hasUnit: boolean,
): void {
  const { seconds, ticks } = options?.origin ?? {};
  if (hasUnit && Number.isInteger(linkType) && Number.isInteger(seconds) && Number.isInteger(ticks)) return;
  throw new WirewrightError("BAD_OPTION", NO_FILE);
}

const NO_FILE =
  "A writer of captures takes a linkType, such as LinkType.ETHERNET, its ticksPerSecond, such as 1,000,000, and an origin of { seconds, ticks } as options.";

/** What Wireshark and tcpdump write by themselves: more than any frame this format is used for. */
export const DEFAULT_SNAP_LENGTH = USUAL_LARGEST_PACKET;

/** What the header of a pcap file says, and the instant that its times count from. */
export interface PcapWriterOptions {
  /** LINKTYPE number, 0 to 65535. */
  readonly linkType: number;
  /** The unit of all times: microseconds or nanoseconds, which the magic number tells. */
  readonly ticksPerSecond: TicksPerSecond;
  /** The instant that times of frames count from. */
  readonly origin: Origin;
  /** The most bytes of a frame that are kept. Default 262,144. */
  readonly snapLength?: number | undefined;
  /** Bytes of the check sequence that frames end with, even, 0 to 30; left out where that is not known. */
  readonly checkSequenceLength?: number | undefined;
}

/**
 * A sink that turns frames into the records of a pcap file. The file header stands in the first slab.
 *
 * @example
 * ```ts
 * import { encodePacket, ethernet, ipv4, LinkType, MemorySlabs, PcapWriter, udp } from "wirewright";
 *
 * const slabs = new MemorySlabs();
 * const origin = { seconds: 1_767_225_600, ticks: 0 };
 * const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000, origin });
 * writer.write(250, encodePacket([ethernet(), ipv4(), udp()]));
 * writer.finish();
 * console.log(slabs.concat().length); // 82
 * ```
 */
export class PcapWriter extends SlabFiller implements FrameSink {
  readonly #ticksPerSecond: number;
  readonly #origin: Origin;
  /** The second that the last frame fell into, and the tick it began at: most frames need no division. */
  #second: number;
  #secondStart: number;

  /**
   * Writes the file header into a first slab of `store`.
   *
   * @throws WirewrightError BAD_OPTION for what is no store, and for options that lack what a file has to say
   */
  constructor(store: SlabStore, options: PcapWriterOptions) {
    super(store, FILE_HEADER_LENGTH);
    checkWriter(options, options?.linkType, PCAP_UNITS.includes(options?.ticksPerSecond));
    this.#ticksPerSecond = options.ticksPerSecond;
    this.#origin = options.origin;
    this.#second = options.origin.seconds;
    this.#secondStart = -options.origin.ticks;
    this.#writeFileHeader(options);
  }

  /**
   * Makes room for one frame, as `FrameSink` has it.
   *
   * @param time ticks since the origin; a safe integer with a second to spare: 285 years of microseconds, 104 days of nanoseconds
   * @throws WirewrightError TIME_RANGE when the frame's second is before 1970 or after 2106-02-07T06:28:15Z
   */
  reserve(time: number, length: number): number {
    let fraction = time - this.#secondStart;
    if (!(fraction >= 0 && fraction < this.#ticksPerSecond)) fraction = this.#moveToSecondOf(time);
    const needed = RECORD_HEADER_LENGTH + length;
    if (this.used + needed > this.bytes.length) this.nextSlab(needed);
    const start = this.used;
    const view = this.view;
    view.setUint32(start, this.#second, true);
    view.setUint32(start + 4, fraction, true);
    view.setUint32(start + 8, length, true);
    view.setUint32(start + 12, length, true);
    this.used = start + needed;
    return start + RECORD_HEADER_LENGTH;
  }

  /**
   * Makes room for a frame that was captured already, at its own time, whatever the origin.
   *
   * @param seconds whole seconds since 1970-01-01T00:00:00Z
   * @param ticks micro- or nanoseconds within that second: whole, and fewer than a second has
   * @param length bytes of the frame that there are
   * @param wireLength bytes that it had on the wire, `length` or more
   * @returns as `reserve`
   * @throws WirewrightError TIME_RANGE as `reserve`, and for ticks that are not within a second; BAD_LENGTH for a length on the
   *   wire that is below the other
   */
  reserveAt(seconds: number, ticks: number, length: number, wireLength = length): number {
    checkSecond(seconds);
    checkRecord(ticks, this.#ticksPerSecond, length, wireLength);
    const needed = RECORD_HEADER_LENGTH + length;
    if (this.used + needed > this.bytes.length) this.nextSlab(needed);
    const start = this.used;
    this.view.setUint32(start, seconds, true);
    this.view.setUint32(start + 4, ticks, true);
    this.view.setUint32(start + 8, length, true);
    this.view.setUint32(start + 12, wireLength, true);
    this.used = start + needed;
    return start + RECORD_HEADER_LENGTH;
  }

  #writeFileHeader(options: PcapWriterOptions): void {
    const view = this.view;
    view.setUint32(0, options.ticksPerSecond === 1_000_000 ? MAGIC_MICROSECONDS : MAGIC_NANOSECONDS, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(8, 0, true);
    view.setUint32(12, 0, true);
    view.setUint32(16, options.snapLength ?? DEFAULT_SNAP_LENGTH, true);
    view.setUint32(20, (options.linkType | checkSequenceBits(options.checkSequenceLength)) >>> 0, true);
    this.used = FILE_HEADER_LENGTH;
  }

  #moveToSecondOf(time: number): number {
    const ticks = time + this.#origin.ticks;
    const elapsed = Math.floor(ticks / this.#ticksPerSecond);
    this.#second = this.#origin.seconds + elapsed;
    this.#secondStart = elapsed * this.#ticksPerSecond - this.#origin.ticks;
    checkSecond(this.#second);
    return time - this.#secondStart;
  }
}

function checkSequenceBits(length: number | undefined): number {
  return length === undefined ? 0 : CHECK_SEQUENCE_GIVEN | ((length >>> 1) << 28);
}

function checkSecond(second: number): void {
  if (second >= 0 && second <= LAST_SECOND) return;
  throw timeOutOfRange(second, "a pcap file can hold, 1970 to 2106");
}

/**
 * What formats would write down without a word, and readers take for another time, or for a file that is wrong.
 *
 * @throws WirewrightError TIME_RANGE, BAD_LENGTH as `PcapWriter.reserveAt`
 */
export function checkRecord(ticks: number, ticksPerSecond: number, length: number, wireLength: number): void {
  if (ticks >>> 0 !== ticks || ticks >= ticksPerSecond) {
    const most = withThousands(ticksPerSecond - 1);
    const sentence = `A frame would be stamped ${ticks} ticks after a whole second; give a whole number from 0 to ${most}.`;
    throw new WirewrightError("TIME_RANGE", sentence);
  }
  if (wireLength >>> 0 !== wireLength || wireLength < length) {
    const sentence = `A frame of ${length} bytes would have had ${wireLength} on the wire; give ${length} or more.`;
    throw new WirewrightError("BAD_LENGTH", sentence);
  }
}

/** @param range the years that are possible, as the end of a sentence about the years that ... */
export function timeOutOfRange(second: number, range: string): WirewrightError {
  return new WirewrightError(
    "TIME_RANGE",
    `A frame would be stamped ${describeSecond(second)}, outside the years that ${range}; choose another start or other times.`,
  );
}

function describeSecond(second: number): string {
  const date = new Date(second * 1000);
  return Number.isNaN(date.getTime()) ? "far off" : date.toISOString().replace(".000Z", "Z");
}
