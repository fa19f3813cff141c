/** Writing pcapng, in little-endian byte order, as one section. */

import { WirewrightError } from "../core/errors.ts";
import type { FrameNotes, FrameSink } from "../core/frame-sink.ts";
import type { Origin } from "../core/time.ts";
import { checkRecord, checkWriter, DEFAULT_SNAP_LENGTH, timeOutOfRange } from "./pcap-writer.ts";
import {
  BLOCK_HEADER_LENGTH,
  BLOCK_TRAILER_LENGTH,
  BlockType,
  BYTE_ORDER_MAGIC,
  DirectionFlag,
  INTERFACE_BODY_LENGTH,
  InterfaceOption,
  NameRecord,
  OPTION_HEADER_LENGTH,
  OptionCode,
  PACKET_BODY_LENGTH,
  PacketOption,
  roundUp,
  SECTION_BODY_LENGTH,
  SectionOption,
} from "./pcapng-format.ts";
import { SlabFiller, type SlabStore } from "./slabs.ts";

const UNKNOWN_LENGTH = 0xffffffff;
const DIRECTION_FLAG = { inbound: DirectionFlag.INBOUND, outbound: DirectionFlag.OUTBOUND } as const;

/** The option that ends a list which is not empty. */
const END_OPTION = OPTION_HEADER_LENGTH;
const FLAGS_OPTION = OPTION_HEADER_LENGTH + 4;
const LONGEST_OPTION = 0xffff;
/** A UTF-16 code unit becomes at most three bytes of UTF-8. */
const UTF8_BYTES_A_UNIT = 3;

const TWO_TO_16 = 0x1_0000;
const TWO_TO_32 = 0x1_0000_0000;

const NO_COMMENTS: readonly string[] = [];
const utf8 = new TextEncoder();

/** An interface description block: where frames were seen. */
export interface PcapngInterface {
  /** LINKTYPE number, 0 to 65535. */
  readonly linkType: number;
  /** The unit of the times of its frames: a power of ten, from 1 to 10^9. */
  readonly ticksPerSecond: number;
  /** Its name where it was captured: the option if_name. */
  readonly name?: string | undefined;
  /** What is said of it: the option if_description. */
  readonly description?: string | undefined;
  /** Each a remark of its own. */
  readonly comments?: readonly string[] | undefined;
  /** Bytes of the check sequence that its frames end with, 0 to 255; left out where that is not known. */
  readonly checkSequenceLength?: number | undefined;
  /** The most bytes of a frame that are kept; 0 for no limit. Default 262,144. */
  readonly snapLength?: number | undefined;
}

/** What a pcapng file begins with, and the instant that its times count from. */
export interface PcapngWriterOptions {
  /** At least one. `reserve` counts in the ticks of the first and writes frames of it. */
  readonly interfaces: readonly [PcapngInterface, ...PcapngInterface[]];
  /** The instant of time 0, in the ticks of the first interface. */
  readonly origin: Origin;
  /** The program that the section header names. Default: `wirewright`. Empty: none is named. */
  readonly application?: string | undefined;
  /** Of the machine that captured, and of its system. */
  readonly hardware?: string | undefined;
  /** The system that wrote the file: the option shb_os. */
  readonly os?: string | undefined;
  /** On the whole file, each a remark of its own. */
  readonly comments?: readonly string[] | undefined;
}

/**
 * A sink that turns frames and what is said about them into the blocks of a pcapng file.
 *
 * @example
 * ```ts
 * import { encodePacket, ethernet, ipv4, LinkType, MemorySlabs, PcapngWriter, udp } from "wirewright";
 *
 * const slabs = new MemorySlabs();
 * const writer = new PcapngWriter(slabs, {
 *   interfaces: [{ linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000_000, name: "lab0" }],
 *   origin: { seconds: 1_767_225_600, ticks: 0 },
 * });
 * writer.notes.comments = ["the first one"];
 * writer.write(250, encodePacket([ethernet(), ipv4(), udp()]));
 * writer.finish();
 * console.log(slabs.concat().length); // 188
 * ```
 */
export class PcapngWriter extends SlabFiller implements FrameSink {
  readonly notes: FrameNotes = { comments: NO_COMMENTS, direction: undefined, interfaceId: 0 };
  readonly #interfaces: PcapngInterface[] = [];
  readonly #origin: Origin;
  readonly #ticksPerSecond: number;

  /**
   * Writes what the file begins with into a first slab of `store`.
   *
   * @throws WirewrightError TOO_LONG when a text has more than 65,535 bytes of UTF-8; BAD_OPTION as for a `PcapWriter`
   */
  constructor(store: SlabStore, options: PcapngWriterOptions) {
    super(store, 0);
    const first = options?.interfaces?.[0];
    checkWriter(options, first?.linkType, (first?.ticksPerSecond ?? 0) > 0);
    this.#origin = options.origin;
    this.#ticksPerSecond = options.interfaces[0].ticksPerSecond;
    this.#writeSectionHeader(options);
    for (const description of options.interfaces) this.addInterface(description);
  }

  /**
   * Describes one more interface, before its first frame.
   *
   * @returns its index
   * @throws WirewrightError TOO_LONG as the constructor
   */
  addInterface(description: PcapngInterface): number {
    this.#writeInterface(description);
    return this.#interfaces.push(description) - 1;
  }

  /**
   * Writes names of addresses (section 4.5).
   *
   * @param names each address as its bytes, 4 or 16, with its names; together at most 65,535 bytes for one address
   * @throws WirewrightError TOO_LONG when the names of an address have more
   */
  addNames(names: Iterable<readonly [address: Uint8Array, names: readonly string[]]>): void {
    for (const [address, texts] of names) {
      const text = texts.map((name) => `${name}\0`).join("");
      const start = this.#roomFor(OPTION_HEADER_LENGTH + address.length, [text]);
      const record = start + BLOCK_HEADER_LENGTH;
      const at = record + OPTION_HEADER_LENGTH;
      this.bytes.set(address, at);
      const { written } = utf8.encodeInto(text, this.bytes.subarray(at + address.length));
      const length = checkedLength(address.length + written);
      this.view.setUint16(record, address.length === 4 ? NameRecord.IPV4 : NameRecord.IPV6, true);
      this.view.setUint16(record + 2, length, true);
      this.bytes.fill(0, at + length, at + roundUp(length));
      this.#closeBlock(BlockType.NAME_RESOLUTION, start, this.#endOptions(at + roundUp(length)));
    }
  }

  /**
   * Makes room for one frame of the first interface, as `FrameSink` has it.
   *
   * @param time ticks since the origin, a safe integer as `PcapWriter.reserve` asks for
   * @throws WirewrightError as `reserveAt`
   */
  reserve(time: number, length: number): number {
    const ticks = time + this.#origin.ticks;
    const elapsed = Math.floor(ticks / this.#ticksPerSecond);
    const { interfaceId } = this.notes;
    this.notes.interfaceId = 0;
    const seconds = this.#origin.seconds + elapsed;
    return this.reserveAt(seconds, ticks - elapsed * this.#ticksPerSecond, length, length, interfaceId);
  }

  /**
   * Makes room for a frame that was captured already, at its own time, whatever the origin.
   *
   * @param seconds whole seconds since 1970-01-01T00:00:00Z
   * @param ticks ticks of the frame's interface within that second: whole, and fewer than a second has
   * @param length bytes of the frame that there are
   * @param wireLength bytes that it had on the wire, `length` or more
   * @param interfaceId index of its interface in the options
   * @returns as `reserve`
   * @throws WirewrightError TIME_RANGE when the time is before 1970, or beyond 64 bits of ticks (of nanoseconds, in 2554), or
   *   when ticks are not within a second; BAD_LENGTH for a length on the wire that is below the other; TOO_LONG when a comment
   *   has more than 65,535 bytes of UTF-8; BAD_OPTION when there is no such interface
   */
  reserveAt(seconds: number, ticks: number, length: number, wireLength = length, interfaceId = 0): number {
    const { ticksPerSecond } = this.#interfaces[interfaceId] ?? noInterface(interfaceId);
    checkRecord(ticks, ticksPerSecond, length, wireLength);
    const padded = roundUp(length);
    const most = BLOCK_HEADER_LENGTH + PACKET_BODY_LENGTH + padded + this.#mostOfNotes() + BLOCK_TRAILER_LENGTH;
    if (this.used + most > this.bytes.length) this.nextSlab(most);
    const start = this.used;
    const view = this.view;
    const body = start + BLOCK_HEADER_LENGTH;
    view.setUint32(body, interfaceId, true);
    writeTime(view, body + 4, seconds, ticks, ticksPerSecond);
    view.setUint32(body + 12, length, true);
    view.setUint32(body + 16, wireLength, true);
    const frame = body + PACKET_BODY_LENGTH;
    // The padding's place is cleared before the frame is written; what a slab held before must not show.
    if (padded > length) view.setUint32(frame + padded - 4, 0, true);
    const end = this.#writeNotes(frame + padded);
    this.#closeBlock(BlockType.ENHANCED_PACKET, start, end);
    return frame;
  }

  #writeSectionHeader({
    application = "wirewright",
    hardware = "",
    os = "",
    comments = [],
  }: PcapngWriterOptions): void {
    const start = this.#roomFor(SECTION_BODY_LENGTH, [application, hardware, os, ...comments]);
    const view = this.view;
    const body = start + BLOCK_HEADER_LENGTH;
    view.setUint32(body, BYTE_ORDER_MAGIC, true);
    view.setUint16(body + 4, 1, true);
    view.setUint16(body + 6, 0, true);
    view.setUint32(body + 8, UNKNOWN_LENGTH, true);
    view.setUint32(body + 12, UNKNOWN_LENGTH, true);
    const options = body + SECTION_BODY_LENGTH;
    let end = this.#writeTexts(options, OptionCode.COMMENT, comments);
    end = this.#writeTexts(end, SectionOption.HARDWARE, [hardware]);
    end = this.#writeTexts(end, SectionOption.OS, [os]);
    end = this.#writeTexts(end, SectionOption.APPLICATION, [application]);
    this.#closeBlock(BlockType.SECTION_HEADER, start, end === options ? end : this.#endOptions(end));
  }

  #writeInterface(description: PcapngInterface): void {
    const { linkType, ticksPerSecond, snapLength = DEFAULT_SNAP_LENGTH, checkSequenceLength } = description;
    const { name = "", description: words = "", comments = [] } = description;
    const start = this.#roomFor(INTERFACE_BODY_LENGTH, [name, words, ...comments]);
    const view = this.view;
    const body = start + BLOCK_HEADER_LENGTH;
    view.setUint16(body, linkType, true);
    view.setUint16(body + 2, 0, true);
    view.setUint32(body + 4, snapLength, true);
    let end = this.#writeTexts(body + INTERFACE_BODY_LENGTH, OptionCode.COMMENT, comments);
    end = this.#writeTexts(end, InterfaceOption.NAME, [name]);
    end = this.#writeTexts(end, InterfaceOption.DESCRIPTION, [words]);
    end = this.#writeByte(end, InterfaceOption.RESOLUTION, Math.round(Math.log10(ticksPerSecond)));
    if (checkSequenceLength !== undefined)
      end = this.#writeByte(end, InterfaceOption.CHECK_SEQUENCE, checkSequenceLength);
    this.#closeBlock(BlockType.INTERFACE_DESCRIPTION, start, this.#endOptions(end));
  }

  /** Room for a block with a few short options and some texts. @returns where it starts */
  #roomFor(fields: number, texts: readonly string[]): number {
    let most = BLOCK_HEADER_LENGTH + fields + 2 * FLAGS_OPTION + END_OPTION + BLOCK_TRAILER_LENGTH;
    for (const text of texts) most += mostOfText(text);
    if (this.used + most > this.bytes.length) this.nextSlab(most);
    return this.used;
  }

  /** The most bytes that the notes on the next frame can take. */
  #mostOfNotes(): number {
    let most = FLAGS_OPTION + END_OPTION;
    for (const comment of this.notes.comments) most += mostOfText(comment);
    return most;
  }

  /** Writes the notes as options and forgets them. @returns where the options end */
  #writeNotes(offset: number): number {
    const { comments, direction } = this.notes;
    let end = offset;
    for (const comment of comments) end = this.#writeText(end, OptionCode.COMMENT, comment);
    if (direction !== undefined) {
      this.view.setUint16(end, PacketOption.FLAGS, true);
      this.view.setUint16(end + 2, 4, true);
      this.view.setUint32(end + OPTION_HEADER_LENGTH, DIRECTION_FLAG[direction], true);
      end += FLAGS_OPTION;
    }
    this.notes.comments = NO_COMMENTS;
    this.notes.direction = undefined;
    return end === offset ? end : this.#endOptions(end);
  }

  /** What is empty is left out. */
  #writeTexts(offset: number, code: number, texts: readonly string[]): number {
    return texts.reduce((end, text) => (text === "" ? end : this.#writeText(end, code, text)), offset);
  }

  /** One byte and three of padding. */
  #writeByte(offset: number, code: number, value: number): number {
    this.view.setUint16(offset, code, true);
    this.view.setUint16(offset + 2, 1, true);
    this.view.setUint32(offset + OPTION_HEADER_LENGTH, value, true);
    return offset + FLAGS_OPTION;
  }

  #writeText(offset: number, code: number, text: string): number {
    const start = offset + OPTION_HEADER_LENGTH;
    const { written: length } = utf8.encodeInto(text, this.bytes.subarray(start));
    checkedLength(length);
    this.view.setUint16(offset, code, true);
    this.view.setUint16(offset + 2, length, true);
    const end = start + roundUp(length);
    this.bytes.fill(0, start + length, end);
    return end;
  }

  #endOptions(offset: number): number {
    this.view.setUint32(offset, OptionCode.END, true);
    return offset + END_OPTION;
  }

  #closeBlock(type: number, start: number, bodyEnd: number): void {
    const length = bodyEnd + BLOCK_TRAILER_LENGTH - start;
    this.view.setUint32(start, type, true);
    this.view.setUint32(start + 4, length, true);
    this.view.setUint32(bodyEnd, length, true);
    this.used = start + length;
  }
}

function noInterface(interfaceId: number): never {
  throw new WirewrightError("BAD_OPTION", `There is no interface ${interfaceId} in this capture; describe it first.`);
}

function checkedLength(length: number): number {
  if (length <= LONGEST_OPTION) return length;
  throw new WirewrightError("TOO_LONG", `A text of ${length} bytes is too long; the most is ${LONGEST_OPTION}.`);
}

/** The most bytes that a text takes as an option. */
function mostOfText(text: string): number {
  return OPTION_HEADER_LENGTH + roundUp(UTF8_BYTES_A_UNIT * text.length);
}

/**
 * Writes a time as the number of ticks since 1970, 64 bits in two halves, the upper first (section 4.3). The product
 * exceeds what a number holds exactly, so the seconds are taken apart at 16 bits; neither part of it does.
 */
function writeTime(view: DataView, offset: number, seconds: number, ticks: number, ticksPerSecond: number): void {
  const coarse = Math.floor(seconds / TWO_TO_16) * ticksPerSecond;
  const fine = (coarse % TWO_TO_16) * TWO_TO_16 + (seconds % TWO_TO_16) * ticksPerSecond + ticks;
  const high = Math.floor(coarse / TWO_TO_16) + Math.floor(fine / TWO_TO_32);
  if (!(seconds >= 0 && high < TWO_TO_32)) {
    throw timeOutOfRange(seconds, `a pcapng file can hold, ${describeYears(ticksPerSecond)}`);
  }
  view.setUint32(offset, high, true);
  view.setUint32(offset + 4, fine % TWO_TO_32, true);
}

function describeYears(ticksPerSecond: number): string {
  return ticksPerSecond <= 1_000_000 ? "from 1970 on" : "1970 to 2554";
}
