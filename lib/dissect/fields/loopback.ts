/** Fields of the loopback headers of BSD systems: one number, the address family (LINKTYPE_NULL, LINKTYPE_LOOP). */
import type { FieldReader } from "./field-reader.ts";
import type { Title } from "./place.ts";

const FAMILIES: Readonly<Record<number, string>> = { 2: "IP", 10: "IPv6", 24: "IPv6", 28: "IPv6", 30: "IPv6" };

/** A family is a small number: what is larger was written by a machine of the other byte order. */
const LARGEST_FAMILY = 0xffff;

/** In the byte order of the machine that captured. */
export function describeNull(reader: FieldReader): Title {
  return describeFamily(reader, true);
}

/** In network byte order. */
export function describeLoop(reader: FieldReader): Title {
  return describeFamily(reader, false);
}

function describeFamily(reader: FieldReader, isLittleEndian: boolean): Title {
  const title = { name: "null", label: "Null/Loopback" };
  if (reader.remaining < 4) {
    reader.number("null.family", "Family", 4);
    return title;
  }
  const { view } = reader.memory;
  let family = view.getUint32(reader.at, isLittleEndian);
  if (family > LARGEST_FAMILY) family = view.getUint32(reader.at, !isLittleEndian);
  reader.skip(4);
  reader.derived("null.family", "Family", 4, 4, family, { text: `${FAMILIES[family] ?? "Unknown"} (${family})` });
  return title;
}
