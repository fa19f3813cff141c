/** Capture files as people name them: which format a name asks for, and what is wrong with a file, and where. */
import { WirewrightError } from "../core/errors.ts";
import { makeVisible } from "../core/text.ts";

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
    place: { readonly file: string; readonly offset?: number },
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
