/** Tests of fields whose values are pieces of memory. */
import type { Predicate } from "./compile-numbers.ts";
import { Order, type Relation } from "./parser.ts";
import { bytesAsText } from "./pattern.ts";
import type { ByteReader } from "./readers.ts";
import { ByteValues } from "./readers.ts";

// One test is over before the next begins, so they share.
const values = new ByteValues();

type PieceTest = (memory: Uint8Array, start: number, end: number) => boolean;

export function isAnyPresent(read: ByteReader): Predicate {
  return (subject) => {
    values.length = 0;
    read(subject, values);
    return values.length > 0;
  };
}

function holdsFor(read: ByteReader, all: boolean, test: PieceTest): Predicate {
  return (subject) => {
    values.length = 0;
    read(subject, values);
    for (let i = 0; i < values.length; i++) {
      if (test(values.memories[i]!, values.starts[i]!, values.ends[i]!) !== all) return !all;
    }
    return all && values.length > 0;
  };
}

export function contains(read: ByteReader, wanted: Uint8Array): Predicate {
  return holdsFor(read, false, (memory, start, end) => includes(memory, start, end, wanted));
}

export function matches(read: ByteReader, pattern: RegExp): Predicate {
  return holdsFor(read, false, (memory, start, end) => pattern.test(bytesAsText(memory, start, end)));
}

/** @param isText text is ordered as in a dictionary; of bytes, what is shorter is less, whatever it holds */
export function compareBytes(
  read: ByteReader,
  { orders, all }: Relation,
  wanted: Uint8Array,
  isText: boolean,
): Predicate {
  return holdsFor(read, all, (memory, start, end) => {
    const byLength = orderOfNumbers(end - start, wanted.length);
    const order = isText || byLength === Order.EQUAL ? orderOf(memory, start, end, wanted) : byLength;
    return (orders & order) !== 0;
  });
}

function orderOfNumbers(left: number, right: number): number {
  if (left === right) return Order.EQUAL;
  return left < right ? Order.LESS : Order.GREATER;
}

function orderOf(memory: Uint8Array, start: number, end: number, wanted: Uint8Array): number {
  const length = end - start;
  const common = Math.min(length, wanted.length);
  for (let index = 0; index < common; index++) {
    const byte = memory[start + index]!;
    if (byte !== wanted[index]) return orderOfNumbers(byte, wanted[index]!);
  }
  return orderOfNumbers(length, wanted.length);
}

function includes(memory: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (wanted.length === 0) return true;
  const first = wanted[0]!;
  const last = end - wanted.length;
  for (let at = start; at <= last; at++) {
    if (memory[at] === first && isAt(memory, at, wanted)) return true;
  }
  return false;
}

function isAt(memory: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 1; index < wanted.length; index++) if (memory[at + index] !== wanted[index]) return false;
  return true;
}
