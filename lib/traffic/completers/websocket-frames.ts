/** Frames of WebSocket (RFC 6455, section 5.2): of a text, and of a length alone. */

import type { SeededRandom } from "../../core/random.ts";
import { fillerAt } from "../filler.ts";

const IS_FINAL = 0x80;
const TEXT = 1;
const IS_MASKED = 0x80;
const LENGTH_IN_16_BITS = 126;
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

const OPCODES: readonly (readonly [RegExp, number])[] = [
  [/Continuation/, 0],
  [/Binary/, 2],
  [/Connection Close/, 8],
  [/Ping/, 9],
  [/Pong/, 10],
];
/**
 * The frame that Wireshark's info column names, filled with made-up bytes; a mask of zeros leaves them as they are.
 *
 * @param length of the whole frame
 */
export function webSocketBytes(info: string, length: number): Uint8Array {
  const opcode = OPCODES.find(([pattern]) => pattern.test(info))?.[1] ?? TEXT;
  const maskLength = /\[MASKED\]/.test(info) ? 4 : 0;
  const isLong = length - 2 - maskLength >= LENGTH_IN_16_BITS;
  const headLength = (isLong ? 4 : 2) + maskLength;
  const bytes = fillerAt(0, length);
  if (length < headLength || length - headLength > 0xffff) return bytes;
  bytes.fill(0, 0, headLength);
  bytes[0] = (/\[FIN\]/.test(info) ? IS_FINAL : 0) | opcode;
  bytes[1] = (maskLength > 0 ? IS_MASKED : 0) | (isLong ? LENGTH_IN_16_BITS : length - headLength);
  if (isLong) new DataView(bytes.buffer).setUint16(2, length - headLength);
  bytes.set(fillerAt(0, length - headLength), headLength);
  return bytes;
}
