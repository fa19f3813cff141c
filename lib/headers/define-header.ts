/**
 * A protocol's header, described once: from the table of its fields come its encoder, its decoder, the view of its fields,
 * the fields that filters know, and its drawing. What a table cannot say is a function beside it.
 */

import { viewOf } from "../core/bytes.ts";
import { finishChecksum, sumBytes } from "../core/checksum.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { setIpv6, setMac } from "./address.ts";
import {
  type Codec,
  type FieldProblem,
  type FieldTable,
  type Header,
  type HeaderOf,
  type HeaderParts,
  type LaidField,
  lay,
  lengthFrom,
  readField,
  type StackedHeader,
} from "./header-table.ts";
import { bytesOf, FieldWriter } from "./written-fields.ts";

/**
 * Makes of a protocol's table all that is made of it.
 *
 * @param twin the same codec written by hand, where headers are made or read by the million
 * @throws PacketError BAD_FIELD for a table that cannot be: its numbers have up to 32 bits and lie in up to 4 bytes, all else
 *   begins with a byte, and nothing follows a tail
 */
export function defineHeader<const Table extends FieldTable>(
  parts: HeaderParts<Table>,
  twin?: Codec<Table>,
): Header<Table> {
  const layout = lay(parts.fields);
  requireSoundTable(parts.layer, layout);
  const fixed = layout.filter(({ spec }) => spec.type !== "tail");
  const fixedLength = fixed.at(-1)?.end ?? 0;
  const tail = layout.find(({ spec }) => spec.type === "tail");
  const lengthField = layout.find(({ spec }) => spec.auto?.kind === "headerLength");
  const codec = new HeaderCodec(parts as unknown as HeaderParts<FieldTable>, layout, fixedLength, tail, lengthField);
  const described: Description<Table> = {
    ...parts,
    layout,
    fixedLength,
    announcer: layout.find(({ spec }) => spec.announces !== undefined),
    lengthField,
    byteLength: (header) => codec.byteLength(header as Values),
    encodeInto: (header, bytes, offset, end, following, pseudoHeaderSum) =>
      codec.encodeInto(header as Values, bytes, offset, end, following, pseudoHeaderSum),
    decode: (bytes, offset, end, limitedBy) => codec.decode(bytes, offset, end, limitedBy) as never,
    ...twin,
  };
  return callable(described, new FieldWriter(parts.layer, layout, blanksOf(layout, parts)));
}

/** All of a header but that it can be called. */
type Description<Table extends FieldTable> = { readonly [Name in keyof Header<Table>]: Header<Table>[Name] };

/** The header as the function that makes one for a stack, whose own properties are all that is known of it. */
function callable<Table extends FieldTable>(described: Description<Table>, writer: FieldWriter): Header<Table> {
  const make = (written: Values = {}, trailer?: string | Uint8Array): StackedHeader<Table> => {
    const fields = writer.read(written) as Partial<HeaderOf<Table>>;
    if (trailer === undefined) return { header, fields };
    return { header, fields, trailer: bytesOf(trailer, described.layer, "trailer") };
  };
  // A function has a name of its own, which cannot be assigned to.
  const properties = Object.getOwnPropertyDescriptors(described);
  const header = Object.defineProperties(make, properties) as unknown as Header<Table>;
  return header;
}

/** What stands in fields that have to be given, where nobody gives them. */
function blanksOf(
  layout: readonly LaidField[],
  { blank, complete }: { readonly blank?: object; readonly complete?: object },
): Record<string, unknown> {
  const blanks: Record<string, unknown> = { ...blank };
  for (const { name, spec } of layout) {
    const canBeLeftOut = spec.default !== undefined || spec.auto !== undefined || spec.announces !== undefined;
    if (spec.announces !== undefined) delete blanks[name];
    if (canBeLeftOut || name in blanks || (complete !== undefined && name in complete)) continue;
    if (spec.type !== "tail" && spec.type !== "option") blanks[name] = BLANK[spec.type];
  }
  return blanks;
}

const BLANK = { number: 0, flag: false, mac: 0, ipv4: 0, ipv6: 0n, bytes: new Uint8Array(0) } as const;

function requireSoundTable(layer: string, layout: readonly LaidField[]): void {
  let before: LaidField | undefined;
  for (const field of layout) {
    const problem = problemOf(field, before);
    if (problem !== undefined) throw badField(layer, field.offset, problem);
    if (field.spec.type !== "option") before = field;
  }
  const bit = before === undefined ? 0 : before.firstBit + before.spec.bits;
  if (bit % 8 !== 0) throw badField(layer, bit >>> 3, "the fields end within a byte");
}

/** What is wrong with a field of a table, by the one before it. */
function problemOf({ name, spec, firstBit, offset, end, largest }: LaidField, before: LaidField | undefined) {
  if (spec.type === "option") return undefined;
  if (before?.spec.type === "tail") return `${name} stands behind ${before.name}, which is the tail`;
  if (spec.type !== "number" && spec.type !== "flag") {
    return firstBit % 8 === 0 ? undefined : `${name} begins within a byte`;
  }
  const isWhole = Number.isInteger(spec.bits) && spec.bits >= 1 && spec.bits <= MOST_BITS;
  if (!isWhole || end - offset > MOST_BITS / 8) {
    return `${name} has ${spec.bits} bits, and can have 1 to ${MOST_BITS}, in ${MOST_BITS / 8} bytes`;
  }
  const parts = spec.parts?.reduce((sum, { bits }) => sum + bits, 0);
  if (parts !== undefined && parts !== spec.bits) {
    return `the parts of ${name} have ${parts} bits, and must have ${spec.bits}`;
  }
  const isTooLarge = typeof spec.default === "number" && !(spec.default >= 0 && spec.default <= largest);
  return isTooLarge ? `the default of ${name} is ${spec.default}, and can be 0 to ${largest}` : undefined;
}

type Values = Readonly<Record<string, unknown>>;

const MOST_BITS = 32;

class HeaderCodec {
  readonly #layer: string;
  readonly #fields: readonly LaidField[];
  readonly #fixedLength: number;
  readonly #tail: LaidField | undefined;
  readonly #lengthField: LaidField | undefined;
  readonly #checksum: LaidField | undefined;
  readonly #endsWithPacket: boolean;
  readonly #lengthAt: HeaderParts<FieldTable>["lengthAt"];
  readonly #check: ((header: never) => FieldProblem | undefined) | undefined;

  constructor(
    { layer, check, endsWithPacket = false, lengthAt }: HeaderParts<FieldTable>,
    layout: readonly LaidField[],
    fixedLength: number,
    tail: LaidField | undefined,
    lengthField: LaidField | undefined,
  ) {
    this.#layer = layer;
    this.#fields = layout.filter((field) => field !== tail);
    this.#fixedLength = fixedLength;
    this.#tail = tail;
    this.#lengthField = lengthField;
    this.#checksum = layout.find(({ spec }) => spec.auto?.kind === "checksum");
    this.#endsWithPacket = endsWithPacket;
    this.#lengthAt = lengthAt;
    this.#check = check;
  }

  byteLength(header: Values): number {
    const rest = this.#tail === undefined ? undefined : header[this.#tail.name];
    const restLength = rest === undefined ? 0 : this.#tail!.spec.tail!.byteLength(rest as never);
    const length = this.#fixedLength + restLength;
    const auto = this.#lengthField?.spec.auto;
    return auto?.kind === "headerLength" ? Math.ceil(length / auto.unit) * auto.unit : length;
  }

  encodeInto(
    header: Values,
    bytes: Uint8Array,
    offset: number,
    givenEnd: number | undefined,
    following: number | undefined,
    pseudoHeaderSum: number | undefined,
  ): number {
    const length = this.byteLength(header);
    const end = givenEnd ?? offset + length;
    requireRoom(this.#layer, bytes, offset, length, end);
    const view = viewOf(bytes);
    bytes.fill(0, offset, offset + length);
    for (const field of this.#fields) {
      this.#write(view, offset, field, this.#valueOf(header, field, length, offset, end, following));
    }
    const rest = this.#tail === undefined ? undefined : header[this.#tail.name];
    if (rest !== undefined) {
      this.#tail!.spec.tail!.encode(rest as never, bytes, offset + this.#fixedLength, offset + length);
    }
    this.#sum(header, view, offset, length, end, pseudoHeaderSum);
    return length;
  }

  #valueOf(
    header: Values,
    { name, spec }: LaidField,
    length: number,
    offset: number,
    end: number,
    following: number | undefined,
  ): unknown {
    const given = header[name];
    if (given !== undefined) return given;
    const { auto } = spec;
    if (auto?.kind === "headerLength") return length / auto.unit - auto.minus;
    if (auto?.kind === "length") return auto.from === "start" ? end - offset : end - offset - length;
    if (auto !== undefined) return 0;
    return spec.announces === undefined ? spec.default : (following ?? spec.default);
  }

  #write(view: DataView, start: number, field: LaidField, value: unknown): void {
    const { name, spec, offset, largest } = field;
    const at = start + offset;
    if (value === undefined) throw badField(this.#layer, at, `${name} is missing`);
    switch (spec.type) {
      case "option":
        return;
      case "flag":
        return orBits(view, start, field, value === true ? 1 : 0);
      case "bytes":
        return this.#writeBytes(view, at, field, value as Uint8Array);
      case "mac":
        return setMac(view, at, value as number, name, this.#layer);
      case "ipv6":
        return setIpv6(view, at, value as bigint, name, this.#layer);
      default: {
        const number = value as number;
        if (!(number >= 0 && number <= largest && Math.floor(number) === number)) {
          throw outOfRange(this.#layer, at, name, number, largest);
        }
        orBits(view, start, field, number);
      }
    }
  }

  #writeBytes(view: DataView, at: number, { name, spec }: LaidField, value: Uint8Array): void {
    const room = spec.bits / 8;
    if (value.length > room)
      throw badField(this.#layer, at, `${name} takes ${value.length} bytes, and can take ${room}`);
    for (let index = 0; index < value.length; index++) view.setUint8(at + index, value[index]!);
  }

  #sum(
    header: Values,
    view: DataView,
    offset: number,
    length: number,
    end: number,
    pseudoHeaderSum: number | undefined,
  ): void {
    const field = this.#checksum;
    if (field === undefined || header[field.name] !== undefined || field.spec.auto?.kind !== "checksum") return;
    const { covers, hasPseudoHeader } = field.spec.auto;
    if (hasPseudoHeader && pseudoHeaderSum === undefined) return;
    const sum = sumBytes(
      view,
      offset,
      covers === "header" ? offset + length : end,
      hasPseudoHeader ? pseudoHeaderSum : 0,
    );
    const checksum = finishChecksum(sum);
    view.setUint16(offset + field.offset, checksum === 0 ? (field.spec.auto.zeroAs ?? 0) : checksum);
  }

  decode(bytes: Uint8Array, offset: number, end: number, limitedBy: string | undefined): Values {
    const layer = this.#layer;
    requireBytes(layer, bytes, offset, end, this.#fixedLength, limitedBy);
    const view = viewOf(bytes);
    const header: Record<string, unknown> = {};
    for (const field of this.#fields) {
      const value = readField(view, offset, field);
      const { must } = field.spec;
      if (must !== undefined && value !== must) {
        throw badField(layer, offset + field.offset, `${field.name} is ${value}, and must be ${must}`);
      }
      header[field.name] = value;
    }
    const ownLength = this.#lengthAt?.(view, offset, Math.min(end, bytes.length));
    const length = this.#endsWithPacket ? end - offset : (ownLength ?? this.#lengthOf(header, offset));
    requireBytes(layer, bytes, offset, end, length, limitedBy);
    const wrong = this.#check?.(header as never);
    if (wrong !== undefined) throw badField(layer, offset + this.#offsetOf(wrong.field), wrong.problem);
    if (this.#tail !== undefined) {
      header[this.#tail.name] = this.#tail.spec.tail!.decode(bytes, offset + this.#fixedLength, offset + length);
    }
    return header;
  }

  #offsetOf(name: string): number {
    return this.#fields.find((field) => field.name === name)?.offset ?? 0;
  }

  /** @throws PacketError BAD_FIELD if the header says that it is shorter than its fields */
  #lengthOf(header: Values, offset: number): number {
    const field = this.#lengthField;
    if (field === undefined) return this.#fixedLength;
    const length = lengthFrom(field, header[field.name] as number);
    if (length >= this.#fixedLength) return length;
    const { unit, minus } = field.spec.auto as { unit: number; minus: number };
    const least = Math.ceil(this.#fixedLength / unit) - minus;
    const problem = `${field.name} is ${header[field.name]}, and must be at least ${least}`;
    throw badField(this.#layer, offset + field.offset, problem);
  }
}

/** Puts a number in its place, where zeros are. */
function orBits(view: DataView, start: number, { firstBit, spec, end }: LaidField, value: number): void {
  let rest = value * 2 ** (end * 8 - firstBit - spec.bits);
  for (let at = start + end - 1; rest > 0; at--) {
    view.setUint8(at, view.getUint8(at) | (rest % 256));
    rest = Math.floor(rest / 256);
  }
}
