/** Numbers that are written where they fit, for the codecs by hand. */
import { outOfRange } from "../core/errors.ts";

/** @throws PacketError BAD_FIELD, naming layer and field, for what is missing or no whole number from 0 to 65535 */
export function setUint16(view: DataView, at: number, value: number | undefined, field: string, layer: string): void {
  view.setUint16(at, checkedUint16(value, at, field, layer));
}

/** @returns the value. @throws PacketError BAD_FIELD, naming layer and field, for what is missing or no whole number from 0 to 255 */
export function checkedUint8(value: number | undefined, at: number, field: string, layer: string): number {
  if (value === undefined || (value & 0xff) !== value) throw outOfRange(layer, at, field, value, 0xff);
  return value;
}

/** @returns the value. @throws as `setUint16` */
export function checkedUint16(value: number | undefined, at: number, field: string, layer: string): number {
  if (value === undefined || (value & 0xffff) !== value) throw outOfRange(layer, at, field, value, 0xffff);
  return value;
}
