/** What is read of a header by its table: the values of its fields, and where it ends. */
import { getIpv6, getMac } from "./address.ts";
import type { AnyHeader, LaidField } from "./header-table.ts";

/**
 * Where a header that begins at `at` would have to begin for a field of it to stand where its table says: further back by the
 * optional fields before it. @returns undefined where the field is not there
 */
export function placeOf({ layout }: AnyHeader, field: LaidField, view: DataView, at: number): number | undefined {
  const { movedBy, isPresent } = field;
  if (movedBy.length === 0 && isPresent === undefined) return at;
  const before: Record<string, unknown> = {};
  let place = at;
  for (const known of layout) {
    const isThere = known.isPresent === undefined || known.isPresent(before);
    if (known === field) return isThere ? place : undefined;
    if (!isThere) continue;
    if (place + known.end > view.byteLength) return undefined;
    before[known.name] = readField(view, place, known);
    if (known.isPresent !== undefined) place += known.spec.bits >>> 3;
  }
  return undefined;
}

/** Bytes of the fields of fixed places, those included that are there in this header only. */
function fixedLengthAt({ layout, fixedLength }: AnyHeader, view: DataView, at: number): number {
  const last = layout.findLast(({ isPresent }) => isPresent !== undefined);
  if (last === undefined) return fixedLength;
  const before: Record<string, unknown> = {};
  let place = at;
  for (const known of layout) {
    const isThere = known.isPresent === undefined || known.isPresent(before);
    if (isThere && known.spec.type !== "tail" && place + known.end <= view.byteLength) {
      before[known.name] = readField(view, place, known);
    }
    if (isThere && known.isPresent !== undefined) place += known.spec.bits >>> 3;
    if (known === last) break;
  }
  return fixedLength + place - at;
}

/** Bytes of a header that begins at `at`, by what it says itself. @param end of what it is in, which is its own where it ends with that */
export function headerLength(header: AnyHeader, view: DataView, at: number, end: number): number {
  const { lengthField, endsWithPacket, lengthAt } = header;
  if (endsWithPacket === true) return end - at;
  if (lengthAt !== undefined) return lengthAt(view, at, end);
  if (lengthField === undefined) return fixedLengthAt(header, view, at);
  return lengthFrom(lengthField, readField(view, at, lengthField) as number);
}

/** Bytes of a header whose length field holds `value`. */
export function lengthFrom({ spec }: LaidField, value: number): number {
  return spec.auto?.kind === "headerLength" ? (value + spec.auto.minus) * spec.auto.unit : 0;
}

/** Whether what begins at `at` can be such a header, as far as it goes: every field that `must` have a value has it. */
export function hasRequiredValues({ layout }: AnyHeader, view: DataView, at: number, end: number): boolean {
  for (const field of layout) {
    const { must } = field.spec;
    if (must !== undefined && at + field.end <= end && readField(view, at, field) !== must) return false;
  }
  return true;
}

/** The number, flag or address that a field holds, in a header that begins at `start`. */
export function readField(view: DataView, start: number, { spec, firstBit, offset }: LaidField): unknown {
  const at = start + offset;
  switch (spec.type) {
    case "option":
      return spec.default;
    case "flag":
      return ((view.getUint8(at) >>> (7 - (firstBit & 7))) & 1) === 1;
    case "bytes":
      return new Uint8Array(view.buffer, view.byteOffset + at, spec.bits / 8);
    case "mac":
      return getMac(view, at);
    case "ipv6":
      return getIpv6(view, at);
    default:
      return readBits(view, at, firstBit & 7, spec.bits);
  }
}

/** @param skipped bits of the first byte before the number @param count at most 32 */
function readBits(view: DataView, at: number, skipped: number, count: number): number {
  if (skipped === 0 && count === 16) return view.getUint16(at);
  if (skipped === 0 && count === 32) return view.getUint32(at);
  let value = view.getUint8(at) & (0xff >>> skipped);
  let read = 8 - skipped;
  for (let next = at + 1; read < count; next++, read += 8) value = value * 256 + view.getUint8(next);
  return Math.floor(value / 2 ** (read - count));
}
