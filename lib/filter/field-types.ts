import { type ByteReader, fromHeader, type NumberReader } from "./readers.ts";
import type { FilterSubject } from "./subject.ts";

/** `label`: it is there or not, and has no value. `protocol`: the same, but its bytes can be searched. */
export type FieldType =
  | "number"
  | "boolean"
  | "ipv4"
  | "ipv6"
  | "mac"
  | "time"
  | "string"
  | "bytes"
  | "protocol"
  | "label";

interface Named {
  readonly name: string;
  readonly meaning: string;
}

export interface NumberField extends Named {
  readonly type: "number" | "boolean" | "ipv4" | "ipv6" | "mac" | "time";
  readonly read: NumberReader;
  /** The largest value that fits the field, for numbers. */
  readonly largest: number;
  /** Values that have names. */
  readonly names?: ReadonlyMap<string, number>;
}

export interface ByteField extends Named {
  readonly type: "string" | "bytes" | "protocol";
  readonly read: ByteReader;
}

interface LabelField extends Named {
  readonly type: "label";
  readonly isPresent: (subject: FilterSubject) => boolean;
}

export type FilterField = NumberField | ByteField | LabelField;

export const UINT8 = 0xff;
export const UINT16 = 0xffff;
export const UINT32 = 0xffff_ffff;

export function number(name: string, largest: number, meaning: string, read: NumberReader): NumberField {
  return { name, type: "number", largest, meaning, read };
}

export function boolean(name: string, meaning: string, read: NumberReader): NumberField {
  return { name, type: "boolean", largest: 1, meaning, read, names: TRUTH };
}

const TRUTH: ReadonlyMap<string, number> = new Map([
  ["true", 1],
  ["false", 0],
]);

export function ofType(
  type: "ipv4" | "ipv6" | "mac" | "time",
  name: string,
  meaning: string,
  read: NumberReader,
): NumberField {
  return { name, type, largest: 0, meaning, read };
}

export function protocol(name: string, meaning: string, ...kinds: readonly number[]): ByteField {
  return { name, type: "protocol", meaning, read: fromHeader(...kinds) };
}

export function label(name: string, meaning: string, isPresent: (subject: FilterSubject) => boolean): LabelField {
  return { name, type: "label", meaning, isPresent };
}

/** Present where the analysis came to this conclusion. */
export function finding(name: string, meaning: string): LabelField {
  return label(name, meaning, ({ findings }) => findings.includes(name));
}
