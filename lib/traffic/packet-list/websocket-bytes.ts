/** Frames of WebSocket (RFC 6455, section 5.2) of which a row tells no more than their kind and their length. */
import { IS_FINAL, IS_MASKED, LENGTH_IN_16_BITS, TEXT } from "../completers/websocket-frames.ts";
import { fillerAt } from "../filler.ts";

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
