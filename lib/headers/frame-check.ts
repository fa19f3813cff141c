/** The check sequence that an Ethernet frame ends with on the wire (IEEE 802.3, clause 3.2.9): CRC-32. */

export const FRAME_CHECK_LENGTH = 4;
/** The polynomial, lowest bit first, as the bits of a byte are sent. */
const POLYNOMIAL = 0xedb8_8320;

let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ POLYNOMIAL;
    return rest;
  });
}

/**
 * The check sequence of the bytes from `start` to `end`, as the big-endian number that its four bytes are in a frame: the
 * lowest byte of the CRC comes first.
 */
export function frameCheckSequence(bytes: Uint8Array, start: number, end: number): number {
  table ??= makeTable();
  let rest = 0xffff_ffff;
  for (let at = start; at < end; at++) rest = (rest >>> 8) ^ table[(rest ^ bytes[at]!) & 0xff]!;
  const crc = ~rest;
  return (((crc & 0xff) << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | (crc >>> 24)) >>> 0;
}
