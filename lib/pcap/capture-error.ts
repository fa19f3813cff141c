/** What is wrong with a capture file, and where. */
import { WirewrightError } from "../core/errors.ts";
import { makeVisible } from "../core/text.ts";

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
