/** Finds the first wrong byte of a text that is known not to be UTF-8 throughout (RFC 3629, section 4). */

/**
 * The offset of the first byte that is part of no whole UTF-8 character, or -1. Where a character lacks bytes, it is the
 * character's first one.
 */
export function findInvalidUtf8(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const length = characterLength(bytes, i);
    if (length === 0) return i;
    i += length;
  }
  return -1;
}

/** How many bytes the character at `offset` has; 0 when there is none. */
function characterLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (offset + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) {
    if ((bytes[offset + i]! & 0xc0) !== 0x80) return 0;
  }
  return isShortestForm(lead, bytes[offset + 1] ?? 0) ? length : 0;
}

/** Refuses longer forms than needed, halves of surrogate pairs, and what lies beyond the last character. */
function isShortestForm(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second < 0x90;
  return true;
}
