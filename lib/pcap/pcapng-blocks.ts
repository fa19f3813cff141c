/**
 * The options of interfaces, and the blocks of pcapng besides those of sections, interfaces and packets: names for addresses (draft-ietf-opsawg-pcapng,
 * section 4.5), and what is no packet and is numbered as a frame all the same, as Wireshark does it: custom blocks
 * (section 4.7), entries of the systemd journal (section 4.9), and events of sysdig.
 */
import { formatIpv4, formatIpv6 } from "../headers/address.ts";
import { type CapturedPacket, NO_LINK_TYPE } from "./capture-file.ts";
import {
  type BlockPart,
  badBlock,
  forEachOption,
  InterfaceOption,
  NameRecord,
  OptionCode,
  readText,
  roundUp,
} from "./pcapng-format.ts";

export const RecordBlock = {
  JOURNAL: 9,
  SYSDIG_EVENT: 0x204,
  SYSDIG_EVENT_V2: 0x216,
  SYSDIG_EVENT_V2_LARGE: 0x221,
  CUSTOM: 0x0000_0bad,
  /** A custom block that programs are not to copy into another file. */
  CUSTOM_NO_COPY: 0x4000_0bad,
} as const;

/** The one enterprise whose custom blocks Wireshark looks into: only two of its kinds are frames. */
const NETFLIX = 10_949;
const NETFLIX_FRAMES: readonly number[] = [1, 2];

const SHORTEST_JOURNAL_ENTRY = 23;
const REALTIME = new TextEncoder().encode("__REALTIME_TIMESTAMP=");
const SYSDIG_HEADER_LENGTH = 24;
const SYSDIG_V2_HEADER_LENGTH = 28;

const NAME_HEADER_LENGTH = 4;

/** A file can have any number of names; more than this are left out. */
const MOST_NAMED_ADDRESSES = 100_000;
const MOST_NAMES_OF_ONE = 100;

/**
 * Fills in a packet from such a block.
 *
 * @param part the body of the block
 * @param nanoseconds the clock of events of sysdig
 * @returns false if the block is not counted as a frame
 * @throws CaptureError BAD_RECORD when the block is too short for what it is
 */
export function readRecordBlock(
  type: number,
  part: BlockPart,
  packet: CapturedPacket,
  nanoseconds: TimestampClock,
): boolean {
  packet.linkType = NO_LINK_TYPE;
  packet.interfaceId = 0;
  switch (type) {
    case RecordBlock.CUSTOM:
    case RecordBlock.CUSTOM_NO_COPY:
      return readCustomBlock(part, packet);
    case RecordBlock.JOURNAL:
      readJournalEntry(part, packet);
      return true;
    default:
      readSysdigEvent(type, part, packet, nanoseconds);
      return true;
  }
}

function readCustomBlock(part: BlockPart, packet: CapturedPacket): boolean {
  const { view, start, end, isLittleEndian } = part;
  requireLength(part, 4, "a custom block");
  packet.start = start + 4;
  packet.end = end;
  if (view.getUint32(start, isLittleEndian) === NETFLIX) {
    requireLength(part, 8, "a custom block of Netflix");
    // What kind it is stands there in little-endian order in every section.
    if (!NETFLIX_FRAMES.includes(view.getUint32(start + 4, true))) return false;
    // What they hold are options, which Wireshark does not show as bytes of the frame.
    packet.start = end;
  }
  packet.wireLength = packet.end - packet.start;
  return true;
}

/** The entry is text, but for fields with bytes that are none; padding is left out. */
function readJournalEntry(part: BlockPart, packet: CapturedPacket): void {
  requireLength(part, SHORTEST_JOURNAL_ENTRY, "an entry of the journal");
  const { bytes, start } = part;
  let end = part.end;
  for (let padding = 0; padding < 3 && bytes[end - 1] === 0; padding++) end--;
  packet.start = start;
  packet.end = end;
  packet.wireLength = end - start;
  const at = indexOfBytes(bytes, REALTIME, start, end);
  const digits = at < 0 ? undefined : /^\d{1,19}/.exec(asciiAt(bytes, at + REALTIME.length, end))?.[0];
  if (digits === undefined) return;
  const microseconds = BigInt(digits);
  packet.hasTime = true;
  packet.seconds = Number(microseconds / 1_000_000n);
  packet.nanoseconds = Number(microseconds % 1_000_000n) * 1000;
}

function readSysdigEvent(type: number, part: BlockPart, packet: CapturedPacket, nanoseconds: TimestampClock): void {
  const { view, start, end, isLittleEndian } = part;
  const headerLength = type === RecordBlock.SYSDIG_EVENT ? SYSDIG_HEADER_LENGTH : SYSDIG_V2_HEADER_LENGTH;
  requireLength(part, headerLength, "an event of sysdig");
  const first = view.getUint32(start + 2, isLittleEndian);
  const second = view.getUint32(start + 6, isLittleEndian);
  nanoseconds.stamp(packet, isLittleEndian ? second : first, isLittleEndian ? first : second);
  packet.wireLength = view.getUint32(start + 18, isLittleEndian);
  packet.start = start + headerLength;
  packet.end = end;
}

function requireLength(part: BlockPart, needed: number, what: string): void {
  const length = part.end - part.start;
  if (length >= needed) return;
  throw badBlock(part, part.start, `${what} needs ${needed} bytes at least, and has ${length}`);
}

function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array, start: number, end: number): number {
  const last = end - wanted.length;
  for (let at = bytes.indexOf(wanted[0]!, start); at >= 0 && at <= last; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function asciiAt(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 20)));
}

/**
 * Adds the names of one block.
 *
 * @param names by address, as text
 * @throws CaptureError BAD_RECORD when a record is longer than what is left of the block
 */
export function readResolvedNames(part: BlockPart, names: Map<string, readonly string[]>): void {
  const { view, end, isLittleEndian } = part;
  for (let at = part.start; at + NAME_HEADER_LENGTH <= end; ) {
    const type = view.getUint16(at, isLittleEndian);
    if (type === NameRecord.END) return;
    const valueStart = at + NAME_HEADER_LENGTH;
    const valueEnd = valueStart + view.getUint16(at + 2, isLittleEndian);
    if (valueEnd > end) {
      const problem = `a name record of ${valueEnd - valueStart} bytes is said to follow, and the block has ${end - valueStart} left`;
      throw badBlock(part, at, problem);
    }
    const addressLength = type === NameRecord.IPV4 ? 4 : type === NameRecord.IPV6 ? 16 : 0;
    if (addressLength > 0 && valueEnd - valueStart > addressLength) {
      addNames(part, valueStart, valueStart + addressLength, valueEnd, names);
    }
    at = roundUp(valueEnd - part.start) + part.start;
  }
}

function addNames(
  { bytes, view }: BlockPart,
  start: number,
  addressEnd: number,
  end: number,
  names: Map<string, readonly string[]>,
): void {
  // Addresses are in network byte order, whatever the section is in.
  const address =
    addressEnd - start === 4
      ? formatIpv4(view.getUint32(start))
      : formatIpv6((view.getBigUint64(start) << 64n) | view.getBigUint64(start + 8));
  const known = new Set(names.get(address));
  if (known.size === 0 && names.size >= MOST_NAMED_ADDRESSES) return;
  for (let at = addressEnd; at < end && known.size < MOST_NAMES_OF_ONE; ) {
    const nul = bytes.subarray(at, end).indexOf(0);
    const nameEnd = nul < 0 ? end : at + nul;
    if (nameEnd > at) known.add(readText(bytes, at, nameEnd));
    at = nameEnd + 1;
  }
  if (known.size > 0) names.set(address, [...known]);
}

/**
 * Time stamps of pcapng: 64 bits in two halves, in units that each interface chooses (draft-ietf-opsawg-pcapng,
 * sections 4.2 and 4.3).
 */

const TWO_TO_32 = 0x1_0000_0000;
const NANOSECONDS = 1_000_000_000;
const BINARY_RESOLUTION = 0x80;

/** if_tsresol where an interface has none: microseconds. */
const DEFAULT_RESOLUTION = 6;
export const NANOSECOND_RESOLUTION = 9;

/**
 * Turns the time stamps of one interface into seconds and nanoseconds, exactly; what is finer than a nanosecond is cut.
 *
 * The upper half changes rarely (with nanoseconds, every four seconds): what it comes to is kept, so that most packets need
 * no arithmetic beyond doubles.
 */
export class TimestampClock {
  /** Rounded where it is a power of ten above 10^22. */
  readonly ticksPerSecond: number;
  readonly #units: bigint;
  readonly #offset: bigint;
  /** 0 where a tick is no whole number of nanoseconds. */
  readonly #nanosecondsPerTick: number;
  #high = -1;
  /** Seconds and ticks that the upper half alone stands for. */
  #seconds = 0;
  #ticks = 0;

  /**
   * @param resolution if_tsresol: a negative power of 10, or of 2 where the highest bit is set
   * @param offset if_tsoffset: seconds to be added
   */
  constructor(resolution = DEFAULT_RESOLUTION, offset = 0n) {
    const exponent = BigInt(resolution & ~BINARY_RESOLUTION);
    this.#units = (resolution & BINARY_RESOLUTION) === 0 ? 10n ** exponent : 2n ** exponent;
    this.#offset = offset;
    this.ticksPerSecond = Number(this.#units);
    this.#nanosecondsPerTick =
      NANOSECONDS % this.ticksPerSecond === 0 && this.ticksPerSecond <= NANOSECONDS
        ? NANOSECONDS / this.ticksPerSecond
        : 0;
  }

  /**
   * Puts a time stamp into `seconds` and `nanoseconds` of a packet.
   *
   * @param high,low the two halves, 0 to 2^32 - 1. Times beyond 2^53 seconds are rounded, and beyond 2^63 wrap around.
   */
  stamp(packet: CapturedPacket, high: number, low: number): void {
    packet.hasTime = true;
    if (this.#nanosecondsPerTick === 0) {
      this.#stampExactly(packet, high, low);
      return;
    }
    if (high !== this.#high) this.#moveTo(high);
    const ticks = this.#ticks + low;
    const whole = Math.floor(ticks / this.ticksPerSecond);
    packet.seconds = this.#seconds + whole;
    packet.nanoseconds = (ticks - whole * this.ticksPerSecond) * this.#nanosecondsPerTick;
  }

  #moveTo(high: number): void {
    const ticks = BigInt(high) * BigInt(TWO_TO_32);
    this.#high = high;
    this.#seconds = Number(BigInt.asIntN(64, ticks / this.#units + this.#offset));
    this.#ticks = Number(ticks % this.#units);
  }

  #stampExactly(packet: CapturedPacket, high: number, low: number): void {
    const ticks = BigInt(high) * BigInt(TWO_TO_32) + BigInt(low);
    packet.seconds = Number(BigInt.asIntN(64, ticks / this.#units + this.#offset));
    packet.nanoseconds = Number(((ticks % this.#units) * BigInt(NANOSECONDS)) / this.#units);
  }
}

/** A file can be made of nothing else; what is beyond these is left out. */
export const MOST_LISTED = 10_000;

/** What the description of an interface says beyond its link type and snap length. Where an option stands there twice, the first one counts. */
export function readInterfaceOptions(part: BlockPart) {
  let name: string | undefined;
  let description: string | undefined;
  let resolution: number | undefined;
  let offset: bigint | undefined;
  let checkSequence: number | undefined;
  const comments: string[] = [];
  forEachOption(part, (code, start, end) => {
    const length = end - start;
    if (code === OptionCode.COMMENT && comments.length < MOST_LISTED) comments.push(readText(part.bytes, start, end));
    if (code === InterfaceOption.NAME) name ??= readText(part.bytes, start, end);
    if (code === InterfaceOption.DESCRIPTION) description ??= readText(part.bytes, start, end);
    if (code === InterfaceOption.RESOLUTION && length === 1) resolution ??= part.view.getUint8(start);
    if (code === InterfaceOption.CHECK_SEQUENCE && length === 1) checkSequence ??= part.view.getUint8(start);
    if (code === InterfaceOption.OFFSET && length === 8) offset ??= part.view.getBigInt64(start, part.isLittleEndian);
  });
  resolution ??= DEFAULT_RESOLUTION;
  return { name, description, comments, resolution, offset: offset ?? 0n, checkSequenceLength: checkSequence ?? -1 };
}
