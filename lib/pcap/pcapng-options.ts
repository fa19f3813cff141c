/**
 * Options of pcapng blocks: a code and a length of two bytes each, the value, and padding to a multiple of four
 * (draft-ietf-opsawg-pcapng, section 3.5).
 */
import { CaptureError } from "./capture-error.ts";

/** Codes that every block may have. */
export const END_OF_OPTIONS = 0;
export const COMMENT_OPTION = 1;

const OPTION_HEADER_LENGTH = 4;

/** The part of a block that is being read, and what is needed to complain about it. */
export interface BlockPart {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly isLittleEndian: boolean;
  readonly file: string;
  /** Index in the file of `bytes[0]`. */
  readonly base: number;
}

/** A CaptureError BAD_RECORD for the byte with this index in `bytes`. */
export function badBlock(part: BlockPart, at: number, problem: string): CaptureError {
  const place = { file: part.file, offset: part.base + at };
  return new CaptureError("BAD_RECORD", place, problem, "copy or record the file again");
}

/**
 * Calls back for each option. The end mark is not required, as no reader requires it.
 *
 * @param take gets the code, and the indexes of the value's first byte and the byte after its last
 * @throws CaptureError BAD_RECORD when an option is longer than what is left of the block
 */
export function forEachOption(part: BlockPart, take: (code: number, start: number, end: number) => void): void {
  const { view, end, isLittleEndian } = part;
  for (let at = part.start; at + OPTION_HEADER_LENGTH <= end; ) {
    const code = view.getUint16(at, isLittleEndian);
    if (code === END_OF_OPTIONS) return;
    const valueStart = at + OPTION_HEADER_LENGTH;
    const valueEnd = valueStart + view.getUint16(at + 2, isLittleEndian);
    if (valueEnd > end) {
      const problem = `an option of ${valueEnd - valueStart} bytes is said to follow, and the block has ${end - valueStart} left`;
      throw badBlock(part, at, problem);
    }
    take(code, valueStart, valueEnd);
    at = roundUp(valueEnd - part.start) + part.start;
  }
}

const decoder = new TextDecoder();

/** Text in UTF-8, up to the first NUL if there is one; bytes that are no UTF-8 become replacement characters. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  return decoder.decode(bytes.subarray(start, nul < 0 ? end : start + nul));
}

/** The next multiple of four. */
export function roundUp(length: number): number {
  return Math.ceil(length / 4) * 4;
}
