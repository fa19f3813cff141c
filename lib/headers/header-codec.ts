/** The codec of a header, by nothing but the table of its fields. */
import { viewOf } from "../core/bytes.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { setIpv6, setMac } from "./address.ts";
import {
  type FieldProblem,
  type FieldTable,
  type HeaderParts,
  type LaidField,
  lengthFrom,
  readField,
  shiftOf,
} from "./header-table.ts";
import { coveredEnd, sumByRule } from "./shared-fields.ts";

export type Values = Readonly<Record<string, unknown>>;

/** What stands in a field that nobody gives and that has no default. */
export const BLANK = { number: 0, flag: false, mac: 0, ipv4: 0, ipv6: 0n, bytes: new Uint8Array(0) } as const;

export class HeaderCodec {
  readonly #layer: string;
  readonly #fields: readonly LaidField[];
  readonly #fixedLength: number;
  readonly #tail: LaidField | undefined;
  readonly #lengthField: LaidField | undefined;
  readonly #checksum: LaidField | undefined;
  readonly #endsWithPacket: boolean;
  readonly #lengthAt: HeaderParts<FieldTable>["lengthAt"];
  readonly #check: ((header: never) => FieldProblem | undefined) | undefined;
  readonly #optional: readonly LaidField[];
  /** What the rules of optional fields find where nothing is given. */
  readonly #defaults: Values;

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
    this.#optional = layout.filter(({ isPresent }) => isPresent !== undefined);
    const usual = this.#fields.filter(({ spec }) => spec.default !== undefined && spec.presentIf === undefined);
    this.#defaults = Object.fromEntries(usual.map(({ name, spec }) => [name, spec.default]));
  }

  byteLength(given: Values): number {
    return this.#byteLength(this.#known(given));
  }

  /** The header with all that tells which of its optional fields are there: flags that are set for them, and defaults. */
  #known(header: Values): Values {
    const optional = this.#optional;
    if (optional.length === 0) return header;
    const known: Record<string, unknown> = { ...this.#defaults, ...header };
    for (const { name, flag } of optional) {
      if (flag !== undefined && header[flag] === undefined && header[name] !== undefined) known[flag] = true;
    }
    for (const field of optional) {
      const { name, offset } = field;
      if (header[name] === undefined || field.isPresent!(known)) continue;
      throw badField(this.#layer, offset, `${name} is given, and by the fields before it there is none`);
    }
    return known;
  }

  #byteLength(header: Values): number {
    const tail = this.#tail;
    const rest = tail === undefined ? undefined : header[tail.name];
    const length = this.#tailAt(header) + (rest === undefined ? 0 : tail!.spec.tail!.byteLength(rest as never));
    const auto = this.#lengthField?.spec.auto;
    return auto?.kind === "headerLength" ? Math.ceil(length / auto.unit) * auto.unit : length;
  }

  /** Bytes of all fields that the header has, without its tail. */
  #tailAt(known: Values): number {
    let bits = 0;
    for (const field of this.#optional) if (field.isPresent!(known)) bits += field.spec.bits;
    return this.#fixedLength + (bits >>> 3);
  }

  encodeInto(
    given: Values,
    bytes: Uint8Array,
    offset: number,
    givenEnd: number | undefined,
    following: number | undefined,
    pseudoHeaderSum: number | undefined,
  ): number {
    const header = this.#known(given);
    const length = this.#byteLength(header);
    const end = givenEnd ?? offset + length;
    requireRoom(this.#layer, bytes, offset, length, end);
    const view = viewOf(bytes);
    bytes.fill(0, offset, offset + length);
    for (const field of this.#fields) {
      if (field.isPresent !== undefined && !field.isPresent(header)) continue;
      const place = field.movedBy.length === 0 ? offset : offset + shiftOf(field, header);
      this.#write(view, place, field, this.#valueOf(header, field, length, offset, end, following));
    }
    const rest = this.#tail === undefined ? undefined : header[this.#tail.name];
    if (rest !== undefined) {
      this.#tail!.spec.tail!.encode(rest as never, bytes, offset + this.#tailAt(header), offset + length);
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
    if (auto?.kind === "length") return end - offset - (auto.from === "start" ? 0 : length) - (auto.minus ?? 0);
    if (auto !== undefined) return 0;
    const usual = spec.default ?? (spec.presentIf === undefined ? undefined : BLANK[spec.type as keyof typeof BLANK]);
    return spec.announces === undefined ? usual : (following ?? usual);
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
    const rule = field.spec.auto;
    if (rule.hasPseudoHeader && pseudoHeaderSum === undefined) return;
    if (field.isPresent !== undefined && !field.isPresent(header)) return;
    const at = offset + shiftOf(field, header) + field.offset;
    const coverage = rule.coverage === undefined ? 0 : ((header[rule.coverage] ?? 0) as number);
    const covered = rule.covers === "header" ? offset + length : coveredEnd(offset, end, coverage);
    const sum = sumByRule(rule, view, offset, Math.max(covered, at + field.spec.bits / 8), at, pseudoHeaderSum);
    if (field.spec.bits === 32) view.setUint32(at, sum);
    else view.setUint16(at, sum);
  }

  decode(bytes: Uint8Array, offset: number, end: number, limitedBy: string | undefined): Values {
    const layer = this.#layer;
    requireBytes(layer, bytes, offset, end, this.#fixedLength, limitedBy);
    const view = viewOf(bytes);
    const header: Record<string, unknown> = {};
    const limit = Math.min(end, bytes.length);
    let place = offset;
    for (const field of this.#fields) {
      if (field.isPresent !== undefined && !field.isPresent(header)) continue;
      if (place + field.end > limit) requireBytes(layer, bytes, offset, end, place + field.end - offset, limitedBy);
      const value = readField(view, place, field);
      const { must } = field.spec;
      if (must !== undefined && value !== must) {
        throw badField(layer, offset + field.offset, `${field.name} is ${value}, and must be ${must}`);
      }
      header[field.name] = value;
      if (field.isPresent !== undefined) place += field.spec.bits >>> 3;
    }
    const fixedEnd = this.#fixedLength + place - offset;
    const ownLength = this.#lengthAt?.(view, offset, limit);
    const length = this.#endsWithPacket ? end - offset : (ownLength ?? this.#lengthOf(header, offset, fixedEnd));
    requireBytes(layer, bytes, offset, end, length, limitedBy);
    const wrong = this.#check?.(header as never);
    if (wrong !== undefined) throw badField(layer, offset + this.#offsetOf(wrong.field), wrong.problem);
    if (this.#tail !== undefined) {
      header[this.#tail.name] = this.#tail.spec.tail!.decode(bytes, offset + fixedEnd, offset + length);
    }
    return header;
  }

  #offsetOf(name: string): number {
    return this.#fields.find((field) => field.name === name)?.offset ?? 0;
  }

  /** @throws PacketError BAD_FIELD if the header says that it is shorter than its fields */
  #lengthOf(header: Values, offset: number, fixedEnd: number): number {
    const field = this.#lengthField;
    if (field === undefined) return fixedEnd;
    const length = lengthFrom(field, header[field.name] as number);
    if (length >= fixedEnd) return length;
    const { unit, minus } = field.spec.auto as { unit: number; minus: number };
    const least = Math.ceil(fixedEnd / unit) - minus;
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
