/** Tests of fields whose values are numbers. The values of a packet are written to memory that is used again for the next. */

import type { NumberField } from "./field-types.ts";
import type { Token } from "./lexer.ts";
import { syntaxError } from "./lexer.ts";
import { type NumberLiteral, parseInteger, parseNumberLiteral } from "./literals.ts";
import { type Member, Order, type Relation } from "./parser.ts";
import type { NumberReader } from "./readers.ts";
import { NumberValues } from "./readers.ts";
import type { FilterSubject } from "./subject.ts";

export type Predicate = (subject: FilterSubject) => boolean;

// One test is over before the next begins, so they share.
const left = new NumberValues();
const right = new NumberValues();

/** Numbers in a value of the field. */
function widthOf(field: NumberField): number {
  if (field.type === "ipv6") return 4;
  return field.type === "time" ? 2 : 1;
}

/** How the field is read when only the bits of `mask` count. */
export function readMasked(field: NumberField, mask: Token): NumberReader {
  const bits = field.type === "number" && mask.kind === "word" ? parseInteger(mask.text) : undefined;
  if (field.type !== "number")
    throw syntaxError(mask.column, `${field.name} has no bits to choose; "&" is for numbers`);
  if (bits === undefined || bits > 0xffff_ffff) {
    throw syntaxError(mask.column, `"&" takes a number of at most 32 bits, as in ${field.name} & 0x02`);
  }
  return (subject, into) => {
    field.read(subject, into);
    for (let index = 0; index < into.length; index++) into.numbers[index] = (into.numbers[index]! & bits) >>> 0;
  };
}

/** Whether there is any value. */
export function isPresent(read: NumberReader): Predicate {
  return (subject) => {
    left.length = 0;
    read(subject, left);
    return left.length > 0;
  };
}

/** Whether any value is not 0. */
export function hasBits(read: NumberReader): Predicate {
  return (subject) => {
    left.length = 0;
    read(subject, left);
    for (let index = 0; index < left.length; index++) if (left.numbers[index] !== 0) return true;
    return false;
  };
}

export function compareWithLiteral(
  field: NumberField,
  read: NumberReader,
  relation: Relation,
  literal: NumberLiteral,
): Predicate {
  const width = widthOf(field);
  return width === 1 && literal.masks === undefined
    ? compareSingles(read, relation, literal.numbers[0]!)
    : compareRows(read, width, relation, literal);
}

function compareSingles(read: NumberReader, { orders, all }: Relation, wanted: number): Predicate {
  return (subject) => {
    left.length = 0;
    read(subject, left);
    for (let index = 0; index < left.length; index++) {
      const value = left.numbers[index]!;
      const order = value === wanted ? Order.EQUAL : value < wanted ? Order.LESS : Order.GREATER;
      if (((orders & order) !== 0) !== all) return !all;
    }
    return all && left.length > 0;
  };
}

function compareRows(read: NumberReader, width: number, { orders, all }: Relation, literal: NumberLiteral): Predicate {
  return (subject) => {
    left.length = 0;
    read(subject, left);
    for (let at = 0; at < left.length; at += width) {
      if (((orders & orderOf(left.numbers, at, literal)) !== 0) !== all) return !all;
    }
    return all && left.length > 0;
  };
}

function orderOf(numbers: Float64Array, at: number, { numbers: wanted, masks }: NumberLiteral): number {
  for (let index = 0; index < wanted.length; index++) {
    const whole = numbers[at + index]!;
    const value = masks === undefined ? whole : (whole & masks[index]!) >>> 0;
    if (value !== wanted[index]) return value < wanted[index]! ? Order.LESS : Order.GREATER;
  }
  return Order.EQUAL;
}

/** Every value of one field with every value of the other. */
export function compareWithField(
  field: NumberField,
  read: NumberReader,
  { orders, all }: Relation,
  other: NumberField,
): Predicate {
  const width = widthOf(field);
  return (subject) => {
    left.length = 0;
    right.length = 0;
    read(subject, left);
    other.read(subject, right);
    for (let a = 0; a < left.length; a += width) {
      for (let b = 0; b < right.length; b += width) {
        if (((orders & orderOfRows(a, b, width)) !== 0) !== all) return !all;
      }
    }
    return all && left.length > 0 && right.length > 0;
  };
}

function orderOfRows(a: number, b: number, width: number): number {
  for (let index = 0; index < width; index++) {
    const one = left.numbers[a + index]!;
    const other = right.numbers[b + index]!;
    if (one !== other) return one < other ? Order.LESS : Order.GREATER;
  }
  return Order.EQUAL;
}

interface Range {
  readonly from: NumberLiteral;
  readonly to: NumberLiteral;
}

/** Whether any value is in the set. */
export function isInSet(field: NumberField, read: NumberReader, members: readonly Member[]): Predicate {
  const width = widthOf(field);
  const ranges = members.map((member) => parseMember(field, member));
  return (subject) => {
    left.length = 0;
    read(subject, left);
    for (let at = 0; at < left.length; at += width) {
      for (let index = 0; index < ranges.length; index++) if (isWithin(at, ranges[index]!)) return true;
    }
    return false;
  };
}

function isWithin(at: number, { from, to }: Range): boolean {
  return orderOf(left.numbers, at, from) !== Order.LESS && orderOf(left.numbers, at, to) !== Order.GREATER;
}

function parseMember(field: NumberField, { from, to }: Member): Range {
  const first = parseNumberLiteral(field, from);
  if (to === undefined) return { from: first, to: first };
  const last = parseNumberLiteral(field, to);
  for (const [index, number] of last.numbers.entries()) {
    if (number > first.numbers[index]!) break;
    if (number < first.numbers[index]!) {
      throw syntaxError(from.column, "this range ends before it begins, so nothing is in it; turn it round");
    }
  }
  return { from: first, to: last };
}
