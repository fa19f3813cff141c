/** A header in a stack as its maker leaves it: with what the stack would otherwise have to look for, packet by packet. */
import { badField, type PacketError } from "../core/errors.ts";
import type { AnyHeader, AnyStackedHeader, HeaderRules } from "./header-table.ts";
import { plainFields, plainValue } from "./plain-values.ts";
import type { ReadFields } from "./written-fields.ts";

/** No fields at all. */
export const NOTHING: Readonly<Record<string, unknown>> = {};

/** A header of a stack as JSON has it. */
function stackedJson({ header, fields, trailer }: AnyStackedHeader): object {
  const plain = { header: header.name, fields: plainFields(header.fields, fields) };
  return trailer === undefined ? plain : { ...plain, trailer: plainValue(trailer) };
}

/** A header in a stack that was read. */
export class ReadHeader implements AnyStackedHeader {
  readonly header: AnyHeader;
  readonly fields: Readonly<Record<string, unknown>>;
  declare readonly trailer?: Uint8Array;

  constructor(header: AnyHeader, fields: Readonly<Record<string, unknown>>, trailer: Uint8Array | undefined) {
    this.header = header;
    this.fields = fields;
    if (trailer !== undefined) this.trailer = trailer;
  }

  toJSON(): object {
    return stackedJson(this);
  }
}

export class MadeHeader implements ReadFields {
  readonly header: AnyHeader;
  readonly trailer: Uint8Array | undefined;
  readonly rules: HeaderRules;
  fields: Readonly<Record<string, unknown>>;
  isComplete: boolean;
  isAnnouncing: boolean;
  /** Bytes of the header, or -1 until they have been counted. */
  length: number;

  constructor(header: AnyHeader, rules: HeaderRules, trailer: Uint8Array | undefined) {
    this.header = header;
    this.rules = rules;
    this.trailer = trailer;
    this.fields = NOTHING;
    this.isComplete = false;
    this.isAnnouncing = false;
    this.length = rules.length;
  }

  toJSON(): object {
    return stackedJson(this);
  }
}

/**
 * What is known of a header in a stack, whoever made it: of one put together by hand, nothing but what it is.
 *
 * @throws PacketError BAD_FIELD for what is none
 */
export function madeHeader(stacked: AnyStackedHeader): MadeHeader {
  if (stacked instanceof MadeHeader) return stacked;
  const rules = stacked?.header?.rules;
  if (rules === undefined) throw notMade(stacked);
  const made = new MadeHeader(stacked.header, rules, stacked.trailer);
  made.fields = stacked.fields;
  made.isAnnouncing = rules.announcer !== undefined && made.fields[rules.announcer] !== undefined;
  return made;
}

function notMade(stacked: unknown): PacketError {
  const what = typeof stacked === "function" ? "a header that is not called" : "something that is no header";
  return badField("stack", 0, `there is ${what}; headers are made as udp(), data as raw("hello")`);
}

/** @throws PacketError BAD_FIELD for what is no list of headers, and for an empty one */
export function requireStack(stack: readonly AnyStackedHeader[]): void {
  if (!Array.isArray(stack)) throw badField("stack", 0, "headers stand in a list: [ethernet(), ipv4(), udp()]");
  if (stack.length === 0)
    throw badField("stack", 0, "there is no header in the list; write [ethernet(), ipv4(), udp()]");
}
