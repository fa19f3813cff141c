/** The fields of a table as the steps by which a header is written, worked out beforehand. */
import { badField, type PacketError } from "../core/errors.ts";
import { setIpv6, setMac } from "./address.ts";
import type { LaidField } from "./header-table.ts";
import type { OptionalFields } from "./optional-fields.ts";
import { bytesOf } from "./written-fields.ts";

/** Whether what stands in the field follows from nothing else. */
function isPlain({ name, spec }: LaidField, optional: OptionalFields): boolean {
  const follows = spec.announces !== undefined || spec.auto !== undefined;
  return !follows && optional.flagIn({}, name) === undefined;
}

/** What is done for one field, worked out beforehand: numbers that share bytes are put together, and written as one. */
export interface Step {
  readonly field: LaidField;
  readonly name: string;
  /** What is written where it is left out, if that is always the same. */
  readonly usual: unknown;
  /** Its bit among the optional fields, or 0. */
  readonly optionalBit: number;
  /** -1 for what is neither a number nor a flag. */
  readonly largest: number;
  /** Whether it begins a word, and by what the word so far is multiplied to make room for it. */
  readonly isFirst: boolean;
  readonly factor: number;
  /** Bytes of the word that it ends; 0 where more is to come. */
  readonly bytes: number;
  /** From the start of the word to the byte that the field begins in. */
  readonly distance: number;
}

/** The number of a field of one bit or more; -1 for what is none. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === true) return 1;
  return value === false ? 0 : -1;
}

export function isWithin(number: number, largest: number): boolean {
  return number >= 0 && number <= largest && Math.floor(number) === number;
}

const NUMBERS: ReadonlySet<string> = new Set(["number", "flag", "ipv4"]);

export function stepsOf(fields: readonly LaidField[], optional: OptionalFields): Step[] {
  let before = 0;
  return fields
    .filter(({ spec }) => spec.type !== "option")
    .map((field) => {
      const { name, spec } = field;
      const isNumber = NUMBERS.has(spec.type);
      const bits = before + spec.bits;
      const isLast = bits % 8 === 0;
      const step = {
        field,
        name,
        usual: isPlain(field, optional) ? spec.default : undefined,
        optionalBit: optional.bitOf(field),
        largest: isNumber ? 2 ** spec.bits - 1 : -1,
        isFirst: before === 0,
        factor: 2 ** spec.bits,
        bytes: isLast ? bits >>> 3 : 0,
        distance: before >>> 3,
      };
      before = isLast ? 0 : bits;
      return step;
    });
}

const TWO_TO_32 = 0x1_0000_0000;

export function setWord(view: DataView, at: number, word: number, length: number): void {
  if (length === 1) view.setUint8(at, word);
  else if (length === 2) view.setUint16(at, word);
  else if (length === 4) view.setUint32(at, word);
  else if (length === 3) {
    view.setUint8(at, word >>> 16);
    view.setUint16(at + 1, word & 0xffff);
  } else {
    const high = Math.floor(word / TWO_TO_32);
    setWord(view, at, high, length - 4);
    view.setUint32(at + length - 4, word % TWO_TO_32);
  }
}

/** A field that is neither a number nor a flag. @throws PacketError BAD_FIELD for what does not fit */
export function writeOther(layer: string, view: DataView, at: number, { name, spec }: LaidField, value: unknown): void {
  if (spec.type === "mac") return setMac(view, at, value as number, name, layer);
  if (spec.type === "ipv6") return setIpv6(view, at, value as bigint, name, layer);
  const data = bytesOf(value as Uint8Array, layer, name);
  const room = spec.bits / 8;
  if (data.length > room) throw badField(layer, at, `${name} takes ${data.length} bytes, and can take ${room}`);
  for (let index = 0; index < room; index++) view.setUint8(at + index, data[index] ?? 0);
}

export function missing(layer: string, at: number, { name }: Pick<Step, "name">): PacketError {
  return badField(layer, at, `${name} is missing`);
}
