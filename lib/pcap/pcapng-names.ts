/** Name resolution blocks of pcapng: names for addresses (draft-ietf-opsawg-pcapng, section 4.5). */
import { formatIpv4, formatIpv6 } from "../headers/address.ts";
import { type BlockPart, badBlock, readText, roundUp } from "./pcapng-options.ts";

const RECORD_HEADER_LENGTH = 4;
const END_RECORD = 0;
const IPV4_RECORD = 1;
const IPV6_RECORD = 2;

/** A file can have any number of names; more than this are left out. */
export const MOST_NAMED_ADDRESSES = 100_000;
const MOST_NAMES_OF_ONE = 100;

/**
 * Adds the names of one block.
 *
 * @param names by address, as text
 * @throws CaptureError BAD_RECORD when a record is longer than what is left of the block
 */
export function readResolvedNames(part: BlockPart, names: Map<string, readonly string[]>): void {
  const { view, end, isLittleEndian } = part;
  for (let at = part.start; at + RECORD_HEADER_LENGTH <= end; ) {
    const type = view.getUint16(at, isLittleEndian);
    if (type === END_RECORD) return;
    const valueStart = at + RECORD_HEADER_LENGTH;
    const valueEnd = valueStart + view.getUint16(at + 2, isLittleEndian);
    if (valueEnd > end) {
      const problem = `a name record of ${valueEnd - valueStart} bytes is said to follow, and the block has ${end - valueStart} left`;
      throw badBlock(part, at, problem);
    }
    const addressLength = type === IPV4_RECORD ? 4 : type === IPV6_RECORD ? 16 : 0;
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
