/** How long is what a part of a header holds, of options and chunks that come as lists. */
import { badField } from "../core/errors.ts";

/** Bytes of a value. @param name of the field, for errors @throws PacketError BAD_FIELD for what is missing or are no bytes */
export function lengthOfBytes(layer: string, value: Uint8Array, name: string): number {
  if (value instanceof Uint8Array) return value.length;
  throw isOther(layer, value, name, "bytes");
}

/** Entries of a list. @param name of the field, for errors @throws PacketError BAD_FIELD for what is missing or no list */
export function lengthOfList(layer: string, value: readonly unknown[], name: string): number {
  if (Array.isArray(value)) return value.length;
  throw isOther(layer, value, name, "a list");
}

function isOther(layer: string, value: unknown, name: string, right: string) {
  if (value === undefined) return badField(layer, 0, `${name} is missing`);
  const shown = typeof value === "string" ? JSON.stringify(value) : `a value of type ${typeof value}`;
  return badField(layer, 0, `${name} is ${shown}, and can be ${right}`);
}
