/**
 * The layout of pcapng (draft-ietf-opsawg-pcapng): sections in either byte order, each a run of blocks.
 *
 * Block (section 3.1)                       Section header, body (section 4.1)
 *   0  type                                   0  byte-order magic
 *   4  total length of the block              4  major version, 1
 *   8  body, padded to a multiple of four     6  minor version, 0
 *      total length again                     8  length of the section, 64 bits
 *                                            16  options
 *
 * Interface description (section 4.2)       Enhanced packet (section 4.3)
 *   0  link type, two reserved bytes          0  interface, from 0
 *   4  snap length                            4  time stamp, upper half, then lower half
 *   8  options                               12  captured length
 *                                            16  original length
 * Simple packet (section 4.4)                20  packet, padded; options
 *   0  original length                      Obsolete packet (appendix A): the same, but
 *   4  packet                                 0  interface (two bytes), drops (two bytes)
 *
 * Option (section 3.5): code and length, two bytes each; the value, padded to a multiple of four.
 */
import { CaptureError } from "./capture-file.ts";

export const BlockType = {
  /** The same in both byte orders. */
  SECTION_HEADER: 0x0a0d0d0a,
  INTERFACE_DESCRIPTION: 1,
  OBSOLETE_PACKET: 2,
  SIMPLE_PACKET: 3,
  NAME_RESOLUTION: 4,
  ENHANCED_PACKET: 6,
} as const;

/** Codes of options: those of every block, then those of sections, interfaces and packets. */
export const OptionCode = { END: 0, COMMENT: 1 } as const;
export const SectionOption = { HARDWARE: 2, OS: 3, APPLICATION: 4 } as const;
export const InterfaceOption = { NAME: 2, DESCRIPTION: 3, RESOLUTION: 9, CHECK_SEQUENCE: 13, OFFSET: 14 } as const;
export const PacketOption = { FLAGS: 2 } as const;

/** What a record of names is about (section 4.5). */
export const NameRecord = { END: 0, IPV4: 1, IPV6: 2 } as const;

/** Bits 0 and 1 of a packet's flags (section 4.3.1). */
export const DirectionFlag = { INBOUND: 1, OUTBOUND: 2 } as const;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and total length. */
export const BLOCK_HEADER_LENGTH = 8;
/** The total length again. */
export const BLOCK_TRAILER_LENGTH = 4;
export const SECTION_BODY_LENGTH = 16;
export const INTERFACE_BODY_LENGTH = 8;
/** Of enhanced and obsolete packets, without the packet. */
export const PACKET_BODY_LENGTH = 20;
export const OPTION_HEADER_LENGTH = 4;

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
    if (code === OptionCode.END) return;
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

/** The next multiple of four. @param length 0 to 2^32 - 1 */
export function roundUp(length: number): number {
  return length + (-length & 3);
}
