/** The codec of a header, by nothing but the table of its fields. */
import { viewOf } from "../core/bytes.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { decodedFields } from "./decoded-fields.ts";
import { isWithin, missing, numberOf, type Step, setWord, stepsOf, writeOther } from "./field-steps.ts";
import { lengthFrom, readField } from "./header-fields-at.ts";
import { HeaderImage } from "./header-image.ts";
import type { FieldProblem, FieldTable, HeaderParts, JointTail, LaidField } from "./header-table.ts";
import { isEmpty, OptionalFields } from "./optional-fields.ts";
import { coveredEnd, sumByRule } from "./shared-fields.ts";
import { BLANK } from "./stack-rules.ts";

export type Values = Readonly<Record<string, unknown>>;

export class HeaderCodec {
  readonly #layer: string;
  readonly #fields: readonly LaidField[];
  readonly #steps: readonly Step[];
  readonly #image: HeaderImage;
  readonly #fixedLength: number;
  /** Whether every header is as long. */
  readonly #isFixed: boolean;
  /** Whether there is, besides, no checksum. */
  readonly #isPlain: boolean;
  /** Of several, a header has one at most. */
  readonly #tails: readonly LaidField[];
  /** Of each tail, its bit among the optional fields, or 0. */
  readonly #tailBits: readonly number[];
  readonly #jointTail: JointTail<FieldTable> | undefined;
  readonly #lengthField: LaidField | undefined;
  readonly #checksum: LaidField | undefined;
  readonly #endsWithPacket: boolean;
  readonly #lengthAt: HeaderParts<FieldTable>["lengthAt"];
  readonly #check: ((header: never) => FieldProblem | undefined) | undefined;
  readonly #optional: OptionalFields;
  readonly #checksumMovers: number;
  readonly #checksumBit: number;
  readonly #DecodedFields: new () => Record<string, unknown>;

  constructor(
    { fields, layer, check, endsWithPacket = false, lengthAt, tail: jointTail }: HeaderParts<FieldTable>,
    layout: readonly LaidField[],
    fixedLength: number,
    lengthField: LaidField | undefined,
  ) {
    this.#layer = layer;
    this.#DecodedFields = decodedFields(fields);
    this.#fields = layout.filter(({ spec }) => spec.type !== "tail");
    this.#fixedLength = fixedLength;
    this.#tails = layout.filter(({ spec }) => spec.type === "tail");
    this.#jointTail = jointTail;
    this.#lengthField = lengthField;
    this.#checksum = layout.find(({ spec }) => spec.auto?.kind === "checksum");
    this.#endsWithPacket = endsWithPacket;
    this.#lengthAt = lengthAt;
    this.#check = check;
    this.#optional = new OptionalFields(layer, layout);
    this.#isFixed = this.#tails.length === 0 && this.#optional.count === 0 && jointTail === undefined;
    this.#isPlain = this.#isFixed && this.#checksum === undefined;
    this.#tailBits = this.#tails.map((tail) => this.#optional.bitOf(tail));
    this.#checksumBit = this.#checksum === undefined ? 0 : this.#optional.bitOf(this.#checksum);
    this.#checksumMovers = this.#checksum === undefined ? 0 : this.#optional.movers(this.#checksum);
    this.#steps = stepsOf(this.#fields, this.#optional);
    this.#image = new HeaderImage(layer, this.#steps, this.#optional, fixedLength);
  }

  byteLength(header: Values): number {
    return this.#byteLength(header, this.#present(header));
  }

  /** The set of optional fields that are there. */
  #present(header: Values): number {
    return this.#optional.count === 0 ? 0 : this.#optional.presentIn(header);
  }

  #byteLength(header: Values, present: number): number {
    if (this.#isFixed) return this.#fixedLength;
    const tail = this.#tailIn(present);
    const auto = this.#lengthField?.spec.auto;
    let length = this.#fixedLength + (present === 0 ? 0 : this.#optional.lengthOf(present));
    if (this.#jointTail !== undefined) length += this.#jointTail.byteLength(header, length);
    else if (tail !== undefined) {
      const rest = header[tail.name];
      if (rest !== undefined) length += tail.spec.tail!.byteLength(rest as never, length);
    }
    return auto?.kind === "headerLength" ? Math.ceil(length / auto.unit) * auto.unit : length;
  }

  #tailIn(present: number): LaidField | undefined {
    for (let index = 0; index < this.#tails.length; index++) {
      const bit = this.#tailBits[index]!;
      if (bit === 0 || (present & bit) !== 0) return this.#tails[index];
    }
    return undefined;
  }

  encodeInto(
    header: Values,
    bytes: Uint8Array,
    offset: number,
    givenEnd: number | undefined,
    following: number | undefined,
    pseudoHeaderSum: number | undefined,
  ): number {
    const present = this.#present(header);
    const length = this.#byteLength(header, present);
    const end = givenEnd ?? offset + length;
    requireRoom(this.#layer, bytes, offset, length, end);
    const view = viewOf(bytes);
    const next = this.#writeFields(header, present, bytes, view, offset, length, end, following);
    if (this.#isPlain) return length;
    if (this.#jointTail !== undefined) this.#jointTail.encode(header, bytes, next, next - offset);
    else if (next < offset + length) {
      bytes.fill(0, next, offset + length);
      const tail = this.#tailIn(present);
      const rest = tail === undefined ? undefined : header[tail.name];
      if (rest !== undefined) tail!.spec.tail!.encode(rest as never, bytes, next, offset + length);
    }
    this.#sum(header, present, view, offset, length, end, pseudoHeaderSum);
    return length;
  }

  /** @returns where the last of them ends */
  #writeFields(
    header: Values,
    present: number,
    bytes: Uint8Array,
    view: DataView,
    offset: number,
    length: number,
    end: number,
    following: number | undefined,
  ): number {
    const isLikeImage = this.#optional.count === 0 || isEmpty(header);
    if (!isLikeImage) return this.#writeInOrder(header, present, view, offset, length, end, following);
    try {
      return this.#copyFields(header, bytes, view, offset, length, end, following);
    } catch {
      // Of several that do not fit, the first in the header is named, and not the first that was given.
      return this.#writeInOrder(header, present, view, offset, length, end, following);
    }
  }

  /** All that is usual at once, then what is given, then what follows from what stands around. @returns where they end */
  #copyFields(
    header: Values,
    bytes: Uint8Array,
    view: DataView,
    offset: number,
    length: number,
    end: number,
    following: number | undefined,
  ): number {
    const image = this.#image;
    const next = image.copyInto(bytes, offset);
    image.writeGiven(header, view, offset);
    for (let index = 0; index < image.open.length; index++) {
      const place = image.open[index]!;
      if (header[place.name] !== undefined) continue;
      const isTold = place.isAnnouncer && following !== undefined;
      const value = isTold ? following : this.#leftOut(header, place.field, length, offset, end, following);
      image.write(place, view, offset, value);
    }
    return next;
  }

  /** One field after the other. @returns where the last of them ends */
  #writeInOrder(
    header: Values,
    present: number,
    view: DataView,
    offset: number,
    length: number,
    end: number,
    following: number | undefined,
  ): number {
    let at = offset;
    let word = 0;
    for (const step of this.#steps) {
      const { field, largest } = step;
      if (step.optionalBit !== 0 && (present & step.optionalBit) === 0) continue;
      const value = header[step.name] ?? step.usual ?? this.#leftOut(header, field, length, offset, end, following);
      if (value === undefined) throw missing(this.#layer, at + step.distance, step);
      if (largest < 0) {
        writeOther(this.#layer, view, at, field, value);
        at += field.spec.bits >>> 3;
        continue;
      }
      const number = numberOf(value);
      if (!isWithin(number, largest))
        throw outOfRange(this.#layer, at + step.distance, step.name, value as number, largest);
      word = step.isFirst ? number : word * step.factor + number;
      if (step.bytes === 0) continue;
      setWord(view, at, word, step.bytes);
      at += step.bytes;
    }
    return at;
  }

  #leftOut(
    header: Values,
    { name, spec }: LaidField,
    length: number,
    offset: number,
    end: number,
    following: number | undefined,
  ): unknown {
    const { auto } = spec;
    if (auto?.kind === "count") return this.#count(header, auto.of);
    if (auto?.kind === "headerLength") return length / auto.unit - auto.minus;
    if (auto?.kind === "length") return end - offset - (auto.from === "start" ? 0 : length) - (auto.minus ?? 0);
    if (auto !== undefined) return 0;
    const usual = spec.default ?? (spec.presentIf === undefined ? undefined : BLANK[spec.type as keyof typeof BLANK]);
    if (spec.announces !== undefined) return following ?? usual;
    return this.#optional.flagIn(header, name) ?? usual;
  }

  /** Parts of the tail, or of one of its lists. */
  #count(header: Values, of: string | undefined): number {
    if (of !== undefined) return (header[of] as readonly unknown[] | undefined)?.length ?? 0;
    const tail = this.#tails.find(({ name }) => header[name] !== undefined);
    return tail === undefined ? 0 : (tail.spec.tail!.count?.(header[tail.name] as never) ?? 0);
  }

  #sum(
    header: Values,
    present: number,
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
    if (this.#checksumBit !== 0 && (present & this.#checksumBit) === 0) return;
    const at = offset + field.offset + this.#optional.lengthOf(present & this.#checksumMovers);
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
    const header: Record<string, unknown> = new this.#DecodedFields();
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
    if (this.#jointTail !== undefined) {
      const end = offset + length;
      Object.assign(header, this.#jointTail.decode(header as never, bytes, offset + fixedEnd, end, fixedEnd));
    } else {
      const tail = this.#tails.find(({ isPresent }) => isPresent === undefined || isPresent(header));
      if (tail !== undefined) header[tail.name] = tail.spec.tail!.decode(bytes, offset + fixedEnd, offset + length);
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
