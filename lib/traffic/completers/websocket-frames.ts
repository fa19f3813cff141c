/** Frames of WebSocket (RFC 6455, section 5.2) with a text in them. */

import type { SeededRandom } from "../../core/random.ts";

export const IS_FINAL = 0x80;
export const TEXT = 1;
export const IS_MASKED = 0x80;
export const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/**
 * A whole message of text.
 *
 * @param random gives the masking key; only the client masks (section 5.3)
 */
export function textFrame(text: Uint8Array, isFromClient: boolean, random: SeededRandom): Uint8Array {
  const { length } = text;
  const extended = length < LENGTH_IN_16_BITS ? 0 : length < 0x1_0000 ? 2 : 8;
  const maskOffset = 2 + extended;
  const frame = new Uint8Array(maskOffset + (isFromClient ? 4 : 0) + length);
  const view = new DataView(frame.buffer);
  const marker = extended === 0 ? length : extended === 2 ? LENGTH_IN_16_BITS : LENGTH_IN_64_BITS;
  frame[0] = IS_FINAL | TEXT;
  frame[1] = marker | (isFromClient ? IS_MASKED : 0);
  if (extended === 2) view.setUint16(2, length);
  // Lengths of rows have no more than 32 bits.
  else if (extended === 8) view.setUint32(6, length);
  if (!isFromClient) {
    frame.set(text, maskOffset);
    return frame;
  }
  view.setUint32(maskOffset, random.next());
  const data = maskOffset + 4;
  for (let i = 0; i < length; i++) frame[data + i] = text[i]! ^ frame[maskOffset + (i & 3)]!;
  return frame;
}
