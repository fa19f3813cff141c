/** Reading pcapng, in either byte order. */
import { CaptureError } from "./capture-file.ts";
import { type CaptureInterface, CaptureParser } from "./capture-parser.ts";
import { largestPacket } from "./link-types.ts";
import {
  MOST_LISTED,
  NANOSECOND_RESOLUTION,
  RecordBlock,
  readInterfaceOptions,
  readRecordBlock,
  readResolvedNames,
  TimestampClock,
} from "./pcapng-blocks.ts";
import {
  BLOCK_HEADER_LENGTH,
  BLOCK_TRAILER_LENGTH,
  type BlockPart,
  BlockType,
  BYTE_ORDER_MAGIC,
  DirectionFlag,
  forEachOption,
  INTERFACE_BODY_LENGTH,
  OptionCode,
  PACKET_BODY_LENGTH,
  PacketOption,
  readText,
  roundUp,
  SECTION_BODY_LENGTH,
  SectionOption,
} from "./pcapng-format.ts";

/** Blocks that are read; all others are passed over, however long they are. */
const KNOWN_BLOCKS: ReadonlySet<number> = new Set([...Object.values(BlockType), ...Object.values(RecordBlock)]);

const SHORTEST_BLOCK = BLOCK_HEADER_LENGTH + BLOCK_TRAILER_LENGTH;
/** A block has to be in memory as a whole; what is longer than its packet can be and this is damage. */
const LONGEST_BLOCK_WITHOUT_PACKET = 16 << 20;
const LONGEST_BLOCK = LONGEST_BLOCK_WITHOUT_PACKET + (128 << 20);

const PACKET_BLOCKS: ReadonlySet<number> = new Set([
  BlockType.ENHANCED_PACKET,
  BlockType.SIMPLE_PACKET,
  BlockType.OBSOLETE_PACKET,
]);

const { INBOUND, OUTBOUND } = DirectionFlag;
const NO_COMMENTS: readonly string[] = [];

/** A file can be made of nothing else; what is beyond these stops the reading. */
const MOST_INTERFACES_OF_A_SECTION = 65_536;

interface SectionInterface {
  readonly linkType: number;
  readonly largest: number;
  readonly snapLength: number;
  /** -1 where it is not given. */
  readonly checkSequenceLength: number;
  readonly clock: TimestampClock;
}

export class PcapngParser extends CaptureParser {
  readonly format = "pcapng";
  readonly #names = new Map<string, readonly string[]>();
  #isLittleEndian = true;
  #section = -1;
  #interfaces: SectionInterface[] = [];
  /** Of blocks that count nanoseconds whatever the interfaces do. */
  readonly #nanosecondClock = new TimestampClock(NANOSECOND_RESOLUTION);
  /** Total length of a block that is being passed over; 0 if none is. */
  #passed = 0;
  #blockStart = 0;
  /** The body of the block that was taken last, as indexes in the window. */
  #bodyStart = 0;
  #bodyEnd = 0;

  override get resolvedNames(): ReadonlyMap<string, readonly string[]> {
    return this.#names;
  }

  override readAhead(): boolean {
    try {
      for (;;) {
        const type = this.#takeBlock();
        if (type === undefined) return this.pause();
        if (!PACKET_BLOCKS.has(type)) {
          if (!this.#readBlock(type)) continue;
          this.packet.number--;
        }
        // It stays to be read.
        this.window.at = this.#bodyStart - BLOCK_HEADER_LENGTH;
        return true;
      }
    } catch (error) {
      return this.#stopAt(error);
    }
  }

  next(): boolean {
    try {
      for (;;) {
        const type = this.#takeBlock();
        if (type === undefined) return this.pause();
        if (this.#readBlock(type)) return true;
      }
    } catch (error) {
      return this.#stopAt(error);
    }
  }

  /** @throws what is no damage of the file */
  #stopAt(error: unknown): false {
    if (error instanceof CaptureError) return this.stop(error.offset ?? this.#blockStart, error.problem);
    throw error;
  }

  protected override readHeader(): boolean {
    const { window } = this;
    if (!window.has(4)) return false;
    if (window.view.getUint32(window.at) !== BlockType.SECTION_HEADER) {
      const place = { file: this.file, offset: 0 };
      throw new CaptureError("NOT_A_CAPTURE", place, "this is no pcapng file", "check the file");
    }
    if (this.#takeBlock() === undefined) return false;
    this.#readSectionHeader();
    return true;
  }

  protected override get recordStart(): number {
    return this.#passed > 0 ? this.#blockStart : this.window.position;
  }

  /** Takes the next block that is known. @returns its type, or undefined when bytes are missing */
  #takeBlock(): number | undefined {
    const { window } = this;
    for (;;) {
      if (this.#passed > 0 && !this.#endPassing()) return undefined;
      this.#blockStart = window.position;
      if (!window.has(SHORTEST_BLOCK)) return undefined;
      const type = window.view.getUint32(window.at, this.#isLittleEndian);
      if (type === BlockType.SECTION_HEADER) this.#readByteOrder();
      const total = window.view.getUint32(window.at + 4, this.#isLittleEndian);
      // Some programs write lengths that are no multiple of four, and pad all the same.
      const length = roundUp(total);
      if (length < SHORTEST_BLOCK) {
        throw this.#bad(4, `a block of ${total} bytes is said to follow, and no block has less than ${SHORTEST_BLOCK}`);
      }
      if (!KNOWN_BLOCKS.has(type)) {
        window.skip(length - BLOCK_TRAILER_LENGTH);
        this.#passed = total;
        this.otherBlocks++;
        continue;
      }
      if (length > LONGEST_BLOCK_WITHOUT_PACKET) this.#checkLongBlock(type, total);
      if (!window.has(length)) return undefined;
      this.#checkTrailer(window.at + length - BLOCK_TRAILER_LENGTH, total);
      this.#bodyStart = window.at + BLOCK_HEADER_LENGTH;
      this.#bodyEnd = window.at + length - BLOCK_TRAILER_LENGTH;
      window.at += length;
      return type;
    }
  }

  #endPassing(): boolean {
    const { window } = this;
    if (window.isInDebt || !window.has(BLOCK_TRAILER_LENGTH)) return false;
    this.#checkTrailer(window.at, this.#passed);
    window.at += BLOCK_TRAILER_LENGTH;
    this.#passed = 0;
    return true;
  }

  #checkTrailer(at: number, total: number): void {
    const again = this.window.view.getUint32(at, this.#isLittleEndian);
    if (again === total) return;
    throw this.#bad(0, `the block's length is ${total} at its start and ${again} at its end`);
  }

  /** Only the packets of some link types can be that large. */
  #checkLongBlock(type: number, total: number): void {
    const packet = PACKET_BLOCKS.has(type) ? Math.max(0, ...this.#interfaces.map(({ largest }) => largest)) : 0;
    if (total <= LONGEST_BLOCK_WITHOUT_PACKET + packet && total <= LONGEST_BLOCK) return;
    const most = LONGEST_BLOCK_WITHOUT_PACKET + packet;
    throw this.#bad(4, `a block of ${total} bytes is said to follow, and ${most} is the most there can be`);
  }

  #readByteOrder(): void {
    const { view, at } = this.window;
    const magicAt = at + BLOCK_HEADER_LENGTH;
    if (view.getUint32(magicAt, true) === BYTE_ORDER_MAGIC) this.#isLittleEndian = true;
    else if (view.getUint32(magicAt, false) === BYTE_ORDER_MAGIC) this.#isLittleEndian = false;
    else throw this.#bad(BLOCK_HEADER_LENGTH, "the section header has no byte-order magic");
  }

  /** @returns whether it was a packet, or something that counts as one */
  #readBlock(type: number): boolean {
    switch (type) {
      case BlockType.ENHANCED_PACKET:
        this.#requireBody(PACKET_BODY_LENGTH);
        this.#readPacket(this.#word(0));
        return true;
      case BlockType.OBSOLETE_PACKET:
        this.#requireBody(PACKET_BODY_LENGTH);
        this.#readPacket(this.window.view.getUint16(this.#bodyStart, this.#isLittleEndian));
        return true;
      case BlockType.SIMPLE_PACKET:
        this.#readSimplePacket();
        return true;
      case BlockType.SECTION_HEADER:
        this.#readSectionHeader();
        return false;
      case BlockType.INTERFACE_DESCRIPTION:
        this.#readInterface();
        return false;
      case BlockType.NAME_RESOLUTION:
        readResolvedNames(this.#part(0), this.#names);
        return false;
      default:
        return this.#readRecord(type);
    }
  }

  #readPacket(interfaceId: number): void {
    const { window, packet } = this;
    const from = this.#interfaceAt(interfaceId);
    const captured = this.#word(12);
    const dataEnd = this.#checkPacket(PACKET_BODY_LENGTH, captured, from.largest);
    packet.number++;
    packet.bytes = window.bytes;
    packet.view = window.view;
    packet.start = dataEnd - captured;
    packet.end = dataEnd;
    packet.wireLength = this.#word(16);
    packet.linkType = from.linkType;
    packet.interfaceId = interfaceId;
    packet.checkSequenceLength = from.checkSequenceLength;
    from.clock.stamp(packet, this.#word(4), this.#word(8));
    packet.comments = NO_COMMENTS;
    packet.direction = undefined;
    const optionsAt = PACKET_BODY_LENGTH + roundUp(captured);
    if (this.#bodyStart + optionsAt < this.#bodyEnd) this.#readPacketOptions(optionsAt);
  }

  #readPacketOptions(at: number): void {
    const part = this.#part(at);
    const comments: string[] = [];
    const packet = this.packet;
    try {
      forEachOption(part, (code, start, end) => {
        if (code === OptionCode.COMMENT) {
          comments.push(readText(part.bytes, start, end));
        } else if (code === PacketOption.FLAGS && end - start === 4) {
          const flags = part.view.getUint32(start, part.isLittleEndian);
          const way = flags & 3;
          // 0 says nothing: then the interface tells.
          packet.checkSequenceLength = (flags >>> 5) & 0xf || packet.checkSequenceLength;
          packet.direction = way === INBOUND ? "inbound" : way === OUTBOUND ? "outbound" : undefined;
        }
      });
    } catch (error) {
      packet.number--;
      throw error;
    }
    if (comments.length > 0) packet.comments = comments;
  }

  #readSimplePacket(): void {
    const { window, packet } = this;
    this.#requireBody(4);
    const from = this.#interfaceAt(0);
    const original = this.#word(0);
    const captured = from.snapLength === 0 ? original : Math.min(original, from.snapLength);
    const dataEnd = this.#checkPacket(4, captured, from.largest);
    this.#describeWithoutTime();
    packet.number++;
    packet.bytes = window.bytes;
    packet.view = window.view;
    packet.start = dataEnd - captured;
    packet.end = dataEnd;
    packet.wireLength = original;
    packet.linkType = from.linkType;
    packet.interfaceId = 0;
    packet.checkSequenceLength = from.checkSequenceLength;
  }

  #readRecord(type: number): boolean {
    const { window, packet } = this;
    packet.bytes = window.bytes;
    packet.view = window.view;
    this.#describeWithoutTime();
    if (!readRecordBlock(type, this.#part(0), packet, this.#nanosecondClock)) return false;
    packet.number++;
    return true;
  }

  #describeWithoutTime(): void {
    const packet = this.packet;
    packet.hasTime = false;
    packet.seconds = 0;
    packet.nanoseconds = 0;
    packet.comments = NO_COMMENTS;
    packet.direction = undefined;
  }

  #readSectionHeader(): void {
    this.#requireBody(SECTION_BODY_LENGTH);
    const major = this.window.view.getUint16(this.#bodyStart + 4, this.#isLittleEndian);
    const minor = this.window.view.getUint16(this.#bodyStart + 6, this.#isLittleEndian);
    // 1.2 is 1.0 under another number, from a program that took a draft too early.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      throw this.#bad(12, `the section has version ${major}.${minor}, and only 1.0 is known`);
    }
    this.#section++;
    this.#interfaces = [];
    const isFirst = this.#section === 0;
    const part = this.#part(SECTION_BODY_LENGTH);
    forEachOption(part, (code, start, end) => {
      const text = () => readText(part.bytes, start, end);
      if (code === OptionCode.COMMENT && this.comments.length < MOST_LISTED) this.comments.push(text());
      if (code === SectionOption.HARDWARE && isFirst) this.hardware ??= text();
      if (code === SectionOption.OS && isFirst) this.os ??= text();
      if (code === SectionOption.APPLICATION && isFirst) this.application ??= text();
    });
  }

  #readInterface(): void {
    this.#requireBody(INTERFACE_BODY_LENGTH);
    const id = this.#interfaces.length;
    if (id === MOST_INTERFACES_OF_A_SECTION) throw this.#bad(0, `the section has more than ${id} interfaces`);
    const linkType = this.window.view.getUint16(this.#bodyStart, this.#isLittleEndian);
    const snapLength = this.#word(4);
    const options = readInterfaceOptions(this.#part(INTERFACE_BODY_LENGTH));
    const { name, description, comments, resolution, offset, checkSequenceLength } = options;
    const clock = new TimestampClock(resolution, offset);
    this.#interfaces.push({ linkType, largest: largestPacket(linkType), snapLength, checkSequenceLength, clock });
    if (this.interfaces.length >= MOST_LISTED) return;
    const { ticksPerSecond } = clock;
    const described: CaptureInterface = { id, section: this.#section, linkType, snapLength, ticksPerSecond };
    this.interfaces.push({
      ...described,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(comments.length > 0 && { comments }),
      ...(checkSequenceLength >= 0 && { checkSequenceLength }),
    });
  }

  #interfaceAt(id: number): SectionInterface {
    const found = this.#interfaces[id];
    if (found !== undefined) return found;
    throw this.#bad(
      BLOCK_HEADER_LENGTH,
      `the packet names interface ${id}, and the section has described ${this.#interfaces.length} so far`,
    );
  }

  /** Makes sure that the packet is within its block. @returns the index after its last byte */
  #checkPacket(bodyLength: number, captured: number, largest: number): number {
    const start = this.#bodyStart + bodyLength;
    if (captured > largest) {
      throw this.#bad(0, `the block holds a packet of ${captured} bytes, and ${largest} is the most there can be`);
    }
    if (start + captured > this.#bodyEnd) {
      throw this.#bad(
        0,
        `the block holds a packet of ${captured} bytes, and has room for ${this.#bodyEnd - start} only`,
      );
    }
    return start + captured;
  }

  #requireBody(needed: number): void {
    const length = this.#bodyEnd - this.#bodyStart;
    if (length >= needed) return;
    throw this.#bad(4, `the block needs ${needed + SHORTEST_BLOCK} bytes at least, and has ${length + SHORTEST_BLOCK}`);
  }

  #word(at: number): number {
    return this.window.view.getUint32(this.#bodyStart + at, this.#isLittleEndian);
  }

  #part(at: number): BlockPart {
    const { bytes, view, position } = this.window;
    const base = position - this.window.at;
    const start = this.#bodyStart + at;
    return { bytes, view, start, end: this.#bodyEnd, isLittleEndian: this.#isLittleEndian, file: this.file, base };
  }

  /** @param at index in the block */
  #bad(at: number, problem: string): CaptureError {
    const code = this.isOpen ? "BAD_RECORD" : "BAD_HEADER";
    const place = { file: this.file, offset: this.#blockStart + at };
    return new CaptureError(code, place, problem, "copy or record the file again");
  }
}
