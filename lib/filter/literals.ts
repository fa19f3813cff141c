/** The values that a field is compared with, from text to numbers or bytes. What does not fit the field is an error. */
import { ipv6Words, tryParseIpv4, tryParseIpv6, tryParseMac } from "../headers/address.ts";
import type { ByteField, NumberField } from "./field-types.ts";
import type { Token } from "./lexer.ts";
import { quote, syntaxError } from "./lexer.ts";

/** A row of numbers, as fields have them, and for a network the bits of each that count. */
export interface NumberLiteral {
  readonly numbers: readonly number[];
  readonly masks?: readonly number[];
}

const EXAMPLES = {
  number: ["a number", "80 or 0x50"],
  boolean: ["a truth value", "1, 0, true or false"],
  ipv4: ["an IPv4 address", "10.0.0.1 or 10.0.0.0/8, without quotes"],
  ipv6: ["an IPv6 address", "2001:db8::1 or 2001:db8::/32, without quotes"],
  mac: ["a MAC address", "02:00:0a:00:00:01, without quotes"],
  time: ["a number of seconds", "1.5, with at most nine decimals"],
} as const;

/** @throws FilterError FILTER_SYNTAX if the text is no value of the field's type */
export function parseNumberLiteral(field: NumberField, token: Token): NumberLiteral {
  const literal =
    namedValue(field, token) ?? (token.kind === "word" ? readers[field.type](token.text, field, token) : undefined);
  if (literal !== undefined) return literal;
  const [what, example] = EXAMPLES[field.type];
  const found = token.kind === "word" && token.text === "" ? "nothing" : quote(token.text);
  throw syntaxError(
    token.column,
    `${field.name} is compared with ${what}, not with ${found}; write for example ${example}`,
  );
}

function namedValue(field: NumberField, token: Token): NumberLiteral | undefined {
  const value = field.names?.get(token.text.toLowerCase());
  return value === undefined ? undefined : { numbers: [value] };
}

type LiteralReader = (text: string, field: NumberField, token: Token) => NumberLiteral | undefined;

const readers: Readonly<Record<NumberField["type"], LiteralReader>> = {
  number: readNumber,
  // Any number but 0 is true.
  boolean: (text) => {
    const value = parseInteger(text);
    return value === undefined ? undefined : { numbers: [value === 0 ? 0 : 1] };
  },
  ipv4: readIpv4,
  ipv6: readIpv6,
  mac: readMac,
  time: readTime,
};

function readNumber(text: string, field: NumberField, token: Token): NumberLiteral | undefined {
  const value = parseInteger(text);
  if (value === undefined) return undefined;
  if (value <= field.largest) return { numbers: [value] };
  throw syntaxError(
    token.column,
    `${field.name} is never more than ${field.largest}, and ${quote(text)} is; write a smaller number`,
  );
}

/** As in C: 0x begins a hexadecimal number, 0b a binary one, 0 an octal one. */
export function parseInteger(text: string): number | undefined {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  const isNumber = /^(?:0|[1-9]\d*|0x[0-9a-f]+|0b[01]+)$/i.test(text);
  return isNumber ? Number(text) : undefined;
}

function readIpv4(text: string, _field: NumberField, token: Token): NumberLiteral | undefined {
  const { address, prefix } = splitPrefix(text, 32, token);
  const number = tryParseIpv4(address);
  if (number === undefined) return undefined;
  return prefix === undefined ? { numbers: [number] } : masked([number], prefix);
}

function readIpv6(text: string, _field: NumberField, token: Token): NumberLiteral | undefined {
  const { address, prefix } = splitPrefix(text, 128, token);
  const number = tryParseIpv6(address);
  if (number === undefined) return undefined;
  const words = ipv6Words(number);
  return prefix === undefined ? { numbers: words } : masked(words, prefix);
}

function splitPrefix(text: string, longest: number, token: Token): { address: string; prefix: number | undefined } {
  const slash = text.indexOf("/");
  if (slash < 0) return { address: text, prefix: undefined };
  const digits = text.slice(slash + 1);
  const prefix = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.POSITIVE_INFINITY;
  if (prefix <= longest) return { address: text.slice(0, slash), prefix };
  const column = token.column + slash + 1;
  throw syntaxError(
    column,
    `a prefix length is a number from 0 to ${longest}, not ${quote(digits)}; as in /${longest / 4}`,
  );
}

function masked(words: readonly number[], prefix: number): NumberLiteral {
  const masks = words.map((_, index) => {
    const bits = Math.min(32, Math.max(0, prefix - 32 * index));
    // Shifting by 32 would shift by nothing.
    return bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
  });
  return { numbers: words.map((word, index) => (word & masks[index]!) >>> 0), masks };
}

function readMac(text: string): NumberLiteral | undefined {
  const dotted = /^([0-9a-f]{4})\.([0-9a-f]{4})\.([0-9a-f]{4})$/i.exec(text);
  const number = dotted === null ? tryParseMac(text) : Number.parseInt(dotted.slice(1).join(""), 16);
  return number === undefined ? undefined : { numbers: [number] };
}

const NANOSECONDS = 1_000_000_000;

function readTime(text: string): NumberLiteral | undefined {
  const match = /^(-?)(\d{1,15})(?:\.(\d{0,9}))?$/.exec(text);
  if (match === null) return undefined;
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? "").padEnd(9, "0"));
  if (match[1] === "") return { numbers: [seconds, nanoseconds] };
  // Nanoseconds count forwards, also before 0: -0.25 is -1 and 0.75.
  return { numbers: nanoseconds === 0 ? [0 - seconds, 0] : [-seconds - 1, NANOSECONDS - nanoseconds] };
}

/** @throws FilterError FILTER_SYNTAX */
export function parseByteLiteral(field: ByteField, token: Token): Uint8Array {
  if (token.kind === "string") return Uint8Array.from(token.text, (character) => character.charCodeAt(0));
  const bytes = field.type === "string" ? undefined : parseBytes(token.text);
  if (bytes !== undefined) return bytes;
  const what = field.type === "string" ? "text" : "text or bytes";
  const example = field.type === "string" ? '"GET"' : '"GET", with the quotes, or 47:45:54';
  throw syntaxError(
    token.column,
    `${field.name} is compared with ${what}, not with ${quote(token.text)}; write for example ${example}`,
  );
}

const BYTES = /^(?:0x)?[0-9a-f]{2}(?:([:.-]?)[0-9a-f]{2}(?:\1[0-9a-f]{2})*)?$/i;

function parseBytes(text: string): Uint8Array | undefined {
  if (!BYTES.test(text)) return undefined;
  const digits = text.replace(/^0x|[:.-]/gi, "");
  return Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}
