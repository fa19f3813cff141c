/** Capture files as people name them: which format a name asks for, and what is wrong with a file, and where. */
import { WirewrightError } from "../core/errors.ts";
import { makeVisible } from "../core/text.ts";
import { plainValue } from "../headers/plain-values.ts";

/** The formats of capture files that are written. */
export const CAPTURE_FORMATS = ["pcap", "pcapng"] as const;

/** The format of a capture file. */
export type CaptureFormat = (typeof CAPTURE_FORMATS)[number];

/** `pcapng` for names that end in `.pcapng` or `.ntar`, as older files of that format do; otherwise `pcap`. */
export function formatOfName(file: string): CaptureFormat {
  return /\.(?:pcapng|ntar)$/i.test(file) ? "pcapng" : "pcap";
}

/** Whether a name says that it is a capture's: `.pcap`, `.cap`, `.dmp`, `.pcapng`, `.ntar`. */
export function namesFormat(file: string): boolean {
  return /\.(?:pcap|cap|dmp|pcapng|ntar)$/i.test(file);
}

/**
 * The first four and BAD_GZIP: the input cannot be read. EMPTY_INPUT, NOT_A_CAPTURE, BAD_HEADER: it is no capture.
 * TRUNCATED, BAD_RECORD: it is one up to some byte.
 */
export type CaptureErrorCode =
  | "NO_SUCH_INPUT"
  | "INPUT_IS_FOLDER"
  | "INPUT_NOT_ALLOWED"
  | "INPUT_UNREADABLE"
  | "EMPTY_INPUT"
  | "NOT_A_CAPTURE"
  | "BAD_GZIP"
  | "TRUNCATED"
  | "BAD_HEADER"
  | "BAD_RECORD";

/** A capture file that cannot be read, or not beyond some byte. */
export class CaptureError extends WirewrightError {
  /** The file as the person named it. */
  readonly file: string;
  /** Index in the file, unpacked where it is compressed, of what is wrong. */
  declare readonly offset?: number;
  /** The first half of the sentence. */
  readonly problem: string;

  /** `problem` and `advice` are the two halves of the sentence, without a full stop. */
  constructor(
    code: CaptureErrorCode,
    place: {
      /** The file as the person named it. */
      readonly file: string;
      /** Index in the file of what is wrong. */
      readonly offset?: number;
    },
    problem: string,
    advice: string,
    options?: ErrorOptions,
  ) {
    super(code, `${describeCapturePlace(place.file, place.offset)}: ${problem}; ${advice}.`, options);
    this.name = "CaptureError";
    this.file = place.file;
    this.problem = problem;
    if (place.offset !== undefined) this.offset = place.offset;
  }
}

/** "x.pcap, byte 24", safe to print. */
export function describeCapturePlace(file: string, offset?: number): string {
  return offset === undefined ? makeVisible(file) : `${makeVisible(file)}, byte ${offset}`;
}

/** What a capture file says of one packet. Every reader fills in one object of this class again and again. */

/** Which way a packet went, as seen from the machine that captured it. */
export type PacketDirection = "inbound" | "outbound" | undefined;

const NOTHING = new Uint8Array(0);
const NOTHING_TO_VIEW = new DataView(NOTHING.buffer);
const NO_COMMENTS: readonly string[] = [];

const UNKNOWN_LENGTH = -1;

/** The link type of a frame that is no packet of any network, such as a custom block. */
export const NO_LINK_TYPE = -1;

/**
 * One packet. A reader hands out the same object for every packet and reuses the memory behind it: whoever wants to keep
 * something copies it before asking for the next packet.
 */
export class CapturedPacket {
  /** Counts from 1 through the whole file, as Wireshark does. */
  number = 0;
  /** The memory that the packet stands in, with other things before and after it. */
  bytes: Uint8Array = NOTHING;
  /** A view of `bytes`, with the same offsets. */
  view: DataView = NOTHING_TO_VIEW;
  /** Index in `bytes` of the packet's first byte. */
  start = 0;
  /** Index in `bytes` after the last byte that was captured. */
  end = 0;
  /** Bytes that the packet had on the wire: at least as many as were captured, unless the file is wrong. */
  wireLength = 0;
  /** Bytes of the frame check sequence that the frame ends with on the wire, or -1 where the file does not say. */
  checkSequenceLength = UNKNOWN_LENGTH;
  /** LINKTYPE number of the interface that it came from, or `NO_LINK_TYPE`. */
  linkType = NO_LINK_TYPE;
  /** Counts from 0 within the section; always 0 in a pcap file. */
  interfaceId = 0;
  /** Whether the file gives a time. Without one, `seconds` and `nanoseconds` are 0. */
  hasTime = false;
  /** Whole seconds since 1970-01-01T00:00:00Z; negative before. */
  seconds = 0;
  /** Nanoseconds within that second, 0 to 999,999,999; finer resolutions are cut. */
  nanoseconds = 0;
  /** Which way it went; undefined where the file does not say. */
  direction: PacketDirection = undefined;
  /** What the file says of this packet, in the order in which it stands there; none in a pcap file. */
  comments: readonly string[] = NO_COMMENTS;

  /** As JSON has it: with its own bytes, as hexadecimal digits, and not the memory around them. */
  toJSON(): Record<string, unknown> {
    const { view: _, bytes, start, end, ...rest } = this;
    return { ...rest, bytes: plainValue(bytes.subarray(start, end)) };
  }
}

/** The first four bytes of a pcap file, by the unit of its times, and the lengths of its headers; see `pcap-writer.ts`. */
export const MAGIC_MICROSECONDS = 0xa1b2c3d4;
export const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** In the word of the link type: whether its upper four bits are the length of a frame check sequence, in 16-bit words. */
export const CHECK_SEQUENCE_GIVEN = 0x0400_0000;
export const FILE_HEADER_LENGTH = 24;
export const RECORD_HEADER_LENGTH = 16;

/** Whether these bytes, at least four, begin like a pcapng file. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x0a && bytes[1] === 0x0d && bytes[2] === 0x0d && bytes[3] === 0x0a;
}
