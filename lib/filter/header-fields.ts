/** The fields that filters know of every header that has a table. */
import { checksumStatusOf } from "../dissect/layer-context.ts";
import type { FieldGroup } from "../headers/fields.ts";
import { placeOf, readField } from "../headers/header-fields-at.ts";
import { type AnyHeader, type LaidField, wordOf } from "../headers/header-table.ts";
import { ChecksumStatus } from "../headers/layer.ts";
import { allHeaders, isMessage, kindOf } from "../headers/registry.ts";
import { serviceTag, vlan } from "../headers/vlan.ts";
import { describedFields } from "./described-fields.ts";
import {
  type ByteField,
  boolean,
  type FilterField,
  type NumberField,
  number,
  ofType,
  protocol,
  UINT8,
} from "./field-types.ts";
import type { ByteValues } from "./readers.ts";
import {
  bitsAt,
  both,
  fromMessage,
  fromTag,
  type HeaderReader,
  inHeader,
  inMessage,
  inOptional,
  inTag,
  ipv6At,
  macAt,
  type NumberReader,
  wordAt,
} from "./readers.ts";
import type { FilterSubject } from "./subject.ts";

/** Every field of every table, once; where several headers have fields of one name, all of them are read. */
export function headerFields(): FilterField[] {
  const fields = new Map<string, FilterField>();
  for (const header of allHeaders()) {
    for (const field of fieldsOf(header)) {
      const known = fields.get(field.name);
      fields.set(field.name, known === undefined ? field : merged(known, field));
    }
  }
  return [...fields.values()];
}

function merged(known: FilterField, other: FilterField): FilterField {
  if ("largest" in known && "largest" in other) {
    return { ...known, largest: Math.max(known.largest, other.largest), read: both(known.read, other.read) };
  }
  if (known.type === "label" || other.type === "label") {
    const isPresent = (subject: FilterSubject) => isThere(known, subject) || isThere(other, subject);
    return known.type === "label" ? { ...known, isPresent } : known;
  }
  if ("largest" in known || "largest" in other) return known;
  return {
    ...known,
    read: (subject: FilterSubject, into: ByteValues) => {
      known.read(subject, into);
      other.read(subject, into);
    },
  };
}

function isThere(field: FilterField, subject: FilterSubject): boolean {
  return field.type === "label" && field.isPresent(subject);
}

function fieldsOf(header: AnyHeader): FilterField[] {
  const either = header.either;
  const groups = new Set<FieldGroup>();
  const found: FilterField[] = [protocolField(header)];
  for (const field of header.layout) {
    const { group } = field.spec;
    if (group !== undefined && !groups.has(group)) {
      groups.add(group);
      found.push(groupField(header, group));
    }
    found.push(...ofField(header, field));
    if (either?.fields.at(-1) === field.name) found.push(eitherField(header));
  }
  found.push(...describedFields(header));
  return found;
}

function protocolField(header: AnyHeader): ByteField {
  const { name, about } = header;
  if (isMessage(header)) return { name, type: "protocol", meaning: about, read: fromMessage(header) };
  if (header === vlan || header === serviceTag) {
    return { name, type: "protocol", meaning: about, read: fromTag(header === serviceTag) };
  }
  return protocol(name, about, kindOf(header));
}

function prefixOf({ prefix, name }: AnyHeader): string {
  return prefix ?? name;
}

/** The field and its parts, or nothing where filters have no name for it. */
function ofField(header: AnyHeader, field: LaidField): FilterField[] {
  const { spec } = field;
  const parts = (spec.parts ?? []).map((_, index) => partField(header, field, index));
  if (spec.filter === undefined || spec.type === "tail" || spec.type === "bytes") return parts;
  const name = `${prefixOf(header)}.${spec.filter}`;
  const about = spec.about ?? spec.label ?? field.name;
  const read = inField(header, field, ...readersOf(field));
  if (spec.type === "mac" || spec.type === "ipv4" || spec.type === "ipv6")
    return [ofType(spec.type, name, about, read)];
  if (spec.type === "flag") return [boolean(name, about, read)];
  // In Wireshark, the scaled ones have a byte at least, however few bits are in the header.
  const largest = spec.unit === undefined ? field.largest : Math.max(UINT8, field.largest * spec.unit);
  const own = number(name, largest, about, read);
  return spec.auto?.kind === "checksum" ? [own, statusField(header, field)] : [own, ...parts];
}

function partField(header: AnyHeader, field: LaidField, index: number): NumberField {
  const parts = field.spec.parts!;
  const part = parts[index]!;
  const before = parts.slice(0, index).reduce((sum, { bits }) => sum + bits, 0);
  const name = `${prefixOf(header)}.${part.filter}`;
  const about = part.about ?? part.label;
  const read = inField(header, field, bitsAt(field.firstBit + before, part.bits));
  return part.bits === 1 ? boolean(name, about, read) : number(name, 2 ** part.bits - 1, about, read);
}

function groupField(header: AnyHeader, group: FieldGroup): NumberField {
  const members = header.layout.filter(({ spec }) => spec.group === group);
  const [first, last] = [members[0]!, members.at(-1)!];
  const count = last.firstBit + last.spec.bits - first.firstBit;
  const about = group.about ?? group.label;
  // All of them make one number, whether or not each is shown.
  const { when: _, ...spec } = last.spec;
  const read = inField(header, { ...last, spec }, bitsAt(first.firstBit, count));
  return number(`${prefixOf(header)}.${group.filter}`, 2 ** count - 1, about, read);
}

/** The source and the destination under one name. */
function eitherField(header: AnyHeader): NumberField {
  const { filter, about, fields } = header.either!;
  const members = header.layout.filter(({ name }) => fields.includes(name));
  const [{ spec, largest }] = members as [LaidField];
  const name = `${prefixOf(header)}.${filter}`;
  const read = members.map((field) => inField(header, field, ...readersOf(field))).reduce(both);
  return spec.type === "number" ? number(name, largest, about, read) : ofType(spec.type as "ipv4", name, about, read);
}

function readersOf({ spec, firstBit, offset }: LaidField): HeaderReader[] {
  if (spec.type === "mac") return [macAt(offset)];
  if (spec.type === "ipv4") return [wordAt(offset)];
  if (spec.type === "ipv6") return ipv6At(offset);
  const read = bitsAt(firstBit, spec.bits);
  const { unit } = spec;
  return [unit === undefined ? read : (bytes, at) => read(bytes, at) * unit];
}

/** Bytes of a header that have to be there for a field of it. */
function neededFor(header: AnyHeader, { spec, firstBit, end }: LaidField): number {
  if (spec.needs !== undefined) return spec.needs;
  const word = spec.bits > 32 ? undefined : wordOf(firstBit, spec.bits, spec.word);
  return Math.max(end, header.needs ?? 0, word === undefined ? 0 : word.offset + word.length);
}

function inField(header: AnyHeader, field: LaidField, ...read: readonly HeaderReader[]): NumberReader {
  const needed = neededFor(header, field);
  if (isMessage(header)) return inMessage(header, needed, whenOf(header, field), ...read);
  if (header === vlan || header === serviceTag) return inTag(header === serviceTag, ...read);
  if (field.isPresent !== undefined || field.movedBy.length > 0)
    return inOptional(header, field, needed, whenOf(header, field) ?? (() => true), ...read);
  return inHeader(kindOf(header), needed, ...read);
}

/** Whether a field is one of those that are shown, by those of fixed places before it. */
function whenOf(header: AnyHeader, field: LaidField): ((bytes: Uint8Array, at: number) => boolean) | undefined {
  const { when } = field.spec;
  if (when === undefined) return undefined;
  const before = header.layout
    .slice(0, header.layout.indexOf(field))
    .filter(({ isPresent, movedBy }) => isPresent === undefined && movedBy.length === 0);
  return (bytes, at) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return when(Object.fromEntries(before.map((known) => [known.name, readField(view, at, known)])));
  };
}

/** The numbers that Wireshark has for what became of a checksum, and their names. */
const STATUS_NAMES: ReadonlyMap<string, number> = new Map([
  ["bad", 0],
  ["good", 1],
  ["unverified", 2],
  ["not present", 3],
]);

function statusNumber(status: ChecksumStatus): number {
  if (status === ChecksumStatus.BAD) return 0;
  if (status === ChecksumStatus.ABSENT) return 3;
  return status === ChecksumStatus.GOOD || status === ChecksumStatus.PARTIAL ? 1 : 2;
}

/** The status of the checksum in every header that can hold one. */
function statusField(header: AnyHeader, field: LaidField): NumberField {
  const { spec, end } = field;
  const kind = kindOf(header);
  const needed = spec.auto?.kind === "checksum" && spec.auto.covers === "header" ? header.fixedLength : end;
  const read: NumberReader = ({ outline: o }, into) => {
    for (let layer = 0; layer < o.layerCount; layer++) {
      if (o.kinds[layer] !== kind || o.ends[layer]! - o.starts[layer]! < needed) continue;
      const view = layer >= o.datagramLayer ? o.transportView : o.view;
      if (field.isPresent !== undefined && placeOf(header, field, view, o.starts[layer]!) === undefined) continue;
      into.push(statusNumber(checksumStatusOf(o, layer)));
    }
  };
  const name = `${prefixOf(header)}.${spec.filter}.status`;
  return { ...number(name, UINT8, "0 bad, 1 good, 2 unverified, 3 not present", read), names: STATUS_NAMES };
}
