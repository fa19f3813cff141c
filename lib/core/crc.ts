/** Cyclic redundancy checks of 32 bits, of which the lowest bit comes first. */

/** CRC-32 of Ethernet (IEEE 802.3, clause 3.2.9), reflected. */
const ETHERNET = 0xedb8_8320;
/** CRC-32C of SCTP (RFC 9260, appendix A), reflected. */
const CASTAGNOLI = 0x82f6_3b78;

/** What each value of a byte adds. */
function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    return rest >>> 0;
  });
}

let ethernetTable: Uint32Array | undefined;
let castagnoliTable: Uint32Array | undefined;

/** The CRC-32 of the bytes from `start` to `end`. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  ethernetTable ??= tableOf(ETHERNET);
  let rest = 0xffff_ffff;
  for (let at = start; at < end; at++) rest = (rest >>> 8) ^ ethernetTable[(rest ^ bytes[at]!) & 0xff]!;
  return ~rest >>> 0;
}

/** The CRC-32C of bytes in which `zeros` bytes from `zerosAt` on count as 0: where the sum itself stands. */
export function crc32c(bytes: Uint8Array, start: number, end: number, zerosAt = end, zeros = 0): number {
  castagnoliTable ??= tableOf(CASTAGNOLI);
  let rest = 0xffff_ffff;
  for (let at = start; at < end; at++) {
    const byte = at >= zerosAt && at < zerosAt + zeros ? 0 : bytes[at]!;
    rest = (rest >>> 8) ^ castagnoliTable[(rest ^ byte) & 0xff]!;
  }
  return ~rest >>> 0;
}

/** The four bytes of a number the other way round. */
export function swapBytes(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
