/**
 * Blocks of pcapng that are no packets and that Wireshark numbers as frames all the same: custom blocks
 * (draft-ietf-opsawg-pcapng, section 4.7), entries of the systemd journal (section 4.9), and events of sysdig.
 */
import { type CapturedPacket, NO_LINK_TYPE } from "./captured-packet.ts";
import { type BlockPart, badBlock } from "./pcapng-options.ts";
import { TimestampClock } from "./pcapng-time.ts";

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
const nanoseconds = new TimestampClock(9);

/**
 * Fills in a packet from such a block.
 *
 * @param part the body of the block
 * @returns false if the block is not counted as a frame
 * @throws CaptureError BAD_RECORD when the block is too short for what it is
 */
export function readRecordBlock(type: number, part: BlockPart, packet: CapturedPacket): boolean {
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
      readSysdigEvent(type, part, packet);
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

function readSysdigEvent(type: number, part: BlockPart, packet: CapturedPacket): void {
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
