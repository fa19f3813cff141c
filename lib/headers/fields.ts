/**
 * The kinds of fields that headers are made of. A header's table names its fields in the order in which they stand, and says
 * of each how wide it is, what it holds where nobody says otherwise, and what Wireshark calls it.
 */
import type { Ipv4Address, Ipv6Address, MacAddress } from "./address.ts";
import type { FieldReader } from "./field-reader.ts";
import type { LayerContext } from "./layer.ts";

/** The lists of numbers by which headers announce what follows them; Wireshark's dissector tables. */
export type NumberSpace =
  | "linkType"
  /** 1 for a frame of Ethernet in a tunnel that carries nothing else. */
  | "frame"
  | "etherType"
  | "addressFamily"
  | "ipProtocol"
  | "tcpPort"
  | "udpPort"
  /** Protocols of PPP (RFC 1661, section 2). */
  | "pppProtocol"
  /** The ways in which a frame of PPP can begin, by numbers of our own. */
  | "pppForm"
  /** What an MPLS label can carry beside IP, by numbers of our own. */
  | "pseudowire"
  /** The first four bits of a packet, where nothing but they say which version of IP it is. */
  | "ipVersion";

/** What is written where a field is left out and its value follows from the rest. */
export type Auto =
  /** Bytes of this header, divided by `unit`, less `minus`. */
  | {
      readonly kind: "headerLength";
      /** Bytes that one of the number stands for. */
      readonly unit: number;
      /** Taken off the number before it is written. */
      readonly minus: number;
    }
  /**
   * Bytes from the start of the header, or from its end, to the end of what it carries, less `minus`. With `zeroIsAll`, 0
   * stands for as many as there are.
   */
  | {
      readonly kind: "length";
      /** Where counting begins. */
      readonly from: "start" | "end";
      /** Taken off the number before it is written. */
      readonly minus?: number;
      readonly zeroIsAll?: true;
    }
  /** How many parts the tail has, or, of a tail of several lists, the list that is named. */
  | {
      readonly kind: "count";
      /** Name of the list that is counted. */
      readonly of?: string;
    }
  /** The Internet checksum (RFC 1071) of this header, or of the header and all that it carries; or another sum. */
  | {
      readonly kind: "checksum";
      /** What is summed up: the header alone, or all that it carries too. */
      readonly covers: "header" | "message";
      /** Whether the pseudo-header of IP is summed up too (RFC 9293, section 3.1). */
      readonly hasPseudoHeader: boolean;
      /** The field that says how many bytes of the message are covered, from its start: 0 for all. */
      readonly coverage?: string;
      /** The sum has 32 bits then, and its lowest byte comes first. */
      readonly algorithm?: "crc32c";
      /** What is written for a sum that comes out as 0, where 0 says that there is none. */
      readonly zeroAs?: number;
    };

/** What fields of this layer were found to hold so far, by the names of the table. Addresses are text. */
export type Shown = Readonly<Record<string, unknown>>;

/**
 * Shows a field in a way of its own. The reader stands where the field begins, and is left behind it.
 *
 * @returns what others see of the value
 */
export type ShowField = (reader: FieldReader, layer: LayerContext, shown: Shown) => unknown;

/** What a field is called and how it is shown; a field without a `filter` is not shown. */
export interface Words<Value> {
  /** Wireshark's name of the field, without that of the protocol and the dot behind it: "srcport". */
  readonly filter?: string;
  /** What Wireshark calls it: "Source Port". */
  readonly label?: string;
  /** For filters: bytes of the header that have to be there. Those up to the end of the field, if left out. */
  readonly needs?: number;
  /** What it is, for the list of fields that filters know. The label, if left out. */
  readonly about?: string;
  /** How the value is written. As a decimal number, if left out. */
  readonly text?: (value: Value) => string;
  /** What the value means, in a sentence; undefined for nothing to say. */
  readonly meaning?: string | ((value: Value) => string | undefined);
  /** What stands in its cell where the header is drawn. The label, if left out. */
  readonly drawn?: string;
  /** Whole names of other fields whose values belong in the same cell. */
  readonly drawnWith?: readonly string[];
  /** Fields with the same group stand side by side. */
  readonly group?: FieldGroup;
  /** Whether it is shown, by what was found before it. Always, if left out. */
  readonly when?: (shown: Shown) => boolean;
  /** Shows the field in a way of its own, in place of the usual one. */
  readonly show?: ShowField;
  /** Shows what follows from the field and stands nowhere. */
  readonly after?: ShowField;
  /** Where the field stands in some headers only: when it does. It has whole bytes then, and moves what is behind it. */
  readonly presentIf?: PresentIf;
}

/**
 * The name of a flag before the field, or several, of which any will do: the first is set where the field is given and the
 * flag is not. Or a rule on the numbers and flags before it.
 */
export type PresentIf = string | readonly string[] | ((before: Readonly<Record<string, unknown>>) => boolean);

/** Neighbouring fields that are shown as parts of one, which is no property of the header. */
export interface FieldGroup {
  /** Wireshark's name of the whole, without that of the protocol. */
  readonly filter: string;
  /** What Wireshark calls the whole. */
  readonly label: string;
  /** What it is, for the list of fields that filters know. The label, if left out. */
  readonly about?: string;
  /** How the number that all parts make up is written. */
  readonly text: (value: number, layer: LayerContext) => string;
}

/** Some bits of a field that have a meaning of their own, the highest first. One bit is a flag: its meaning is that of 1. */
export interface Part extends Pick<Words<number>, "about" | "text" | "meaning" | "drawn"> {
  /** How many bits. */
  readonly bits: number;
  /** Bytes of the aligned word that the bits are shown in. As few as hold them, if left out. */
  readonly word?: 1 | 2 | 3 | 4;
  /** Wireshark's name of the part, without that of the protocol. */
  readonly filter: string;
  /** What Wireshark calls it. */
  readonly label: string;
}

/** What is said of a field that is a number. */
export interface NumberOptions extends Words<number> {
  /** Written where it is left out; of a number that tells what follows, where nobody says what does. */
  readonly default?: number;
  /** Written where it is left out, in place of a default. */
  readonly auto?: Auto;
  /** The only value that is read: `decode` refuses others, and a header with another is not looked into. */
  readonly must?: number;
  /** The list that the number is from, where it tells what follows. Left out, it is that of what follows. */
  readonly announces?: NumberSpace;
  /** Bits of it that have meanings of their own, the highest first. */
  readonly parts?: readonly Part[];
  /** Bytes of the aligned word that the bits are shown in. As few as hold them, if left out. */
  readonly word?: 1 | 2 | 4;
  /** For filters: the value is this many times the number in the header. */
  readonly unit?: number;
  /** Names that may be written for the number, in capitals; of several, as of flags, the bits are put together. */
  readonly words?: Readonly<Record<string, number>>;
}

/** What is said of a field of one bit. */
export interface FlagOptions extends Words<boolean> {
  /** Written where it is left out. */
  readonly default?: boolean;
  /** Bytes of the aligned word that the bit is shown in. One, if left out. */
  readonly word?: 1 | 2 | 4;
}

/** What is said of a field that is an address. */
export interface AddressOptions<Address> extends Words<string> {
  /** Written where it is left out. */
  readonly default?: Address;
  /** That it is written like an address and is none: whoever changes addresses leaves it alone. */
  readonly isNoAddress?: boolean;
}

/** The kinds of fields; an "option" stands in no byte, a "tail" goes on to the end of the header. */
export type FieldType = "number" | "flag" | "mac" | "ipv4" | "ipv6" | "bytes" | "option" | "tail";

/**
 * A field in the table of a header. `Given` is what an encoder takes, `Decoded` what a decoder returns, `Written` what a person
 * may write, of which an encoder's value is made.
 */
export interface FieldSpec<Given = never, Decoded = unknown, IsOptional extends boolean = boolean, Written = Given>
  extends Omit<NumberOptions, "text" | "meaning" | "default"> {
  /** What kind of value it has. */
  readonly type: FieldType;
  /** That it is written like an address and is none. */
  readonly isNoAddress?: boolean;
  /** 0 for what has no fixed length. */
  readonly bits: number;
  /** Written where it is left out. */
  readonly default?: unknown;
  /** How the value is written. As a decimal number, if left out. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind of field has values of its own
  readonly text?: (value: any) => string;
  /** What a value means, in a sentence; undefined for nothing to say. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind of field has values of its own
  readonly meaning?: string | ((value: any) => string | undefined);
  /** Of a tail: how it is written and read. */
  readonly tail?: TailCodec<Given, Decoded>;
  /** Makes what a person wrote for a tail into what encoders take. */
  readonly read?: (written: never) => unknown;
  /** This and the next three are for types only: nothing stands there. */
  readonly isOptional?: IsOptional;
  /** For types only: what a person may write. */
  readonly written?: (value: Written) => void;
  /** For types only: what an encoder takes. */
  readonly given?: (value: Given) => void;
  /** For types only: what a decoder returns. */
  readonly decoded?: Decoded;
}

/** Options of which none is misspelt: in a type that is inferred, TypeScript takes any. */
export type Exactly<Options, Known> = Options & { readonly [Name in Exclude<keyof Options, keyof Known>]: never };

/** Whether a header can be made without the field: it has a default, is computed, or need not be there. */
export type CanBeLeftOut<Options> = Options extends
  | { default: unknown }
  | { auto: unknown }
  | { announces: unknown }
  | { presentIf: unknown }
  ? true
  : false;

/** What a decoder finds, of a field that may not be there. */
export type Found<Options, Value> = Options extends { presentIf: unknown } ? Value | undefined : Value;

/** An address as text, or as the bytes that it has on the wire. */
export type AddressText = string | Uint8Array;

/** A number whose values have names may be written by them: one, several with commas or blanks between, or a list. */
export type WrittenNumber<Options> = Options extends { words: unknown } ? number | string | readonly string[] : number;

/** Some bits, as an unsigned number; at most 32, in at most 4 bytes. */
export function bits<const Options extends NumberOptions>(
  count: number,
  options: Exactly<Options, NumberOptions>,
): FieldSpec<number, Found<Options, number>, CanBeLeftOut<Options>, WrittenNumber<Options>> {
  return { ...options, type: "number", bits: count };
}

/** An unsigned byte. */
export function u8<const Options extends NumberOptions>(options: Exactly<Options, NumberOptions>) {
  return bits(8, options);
}

/** Two bytes in network byte order, unsigned. */
export function u16<const Options extends NumberOptions>(options: Exactly<Options, NumberOptions>) {
  return bits(16, options);
}

/** Four bytes in network byte order, unsigned. */
export function u32<const Options extends NumberOptions>(options: Exactly<Options, NumberOptions>) {
  return bits(32, options);
}

/** One bit. */
export function flag<const Options extends FlagOptions>(
  options: Exactly<Options, FlagOptions>,
): FieldSpec<boolean, Found<Options, boolean>, CanBeLeftOut<Options>> {
  return { ...options, type: "flag", bits: 1 };
}

/** Six bytes: a hardware address. */
export function mac<const Options extends AddressOptions<MacAddress>>(
  options: Exactly<Options, AddressOptions<MacAddress>>,
): FieldSpec<MacAddress, Found<Options, MacAddress>, CanBeLeftOut<Options>, MacAddress | AddressText> {
  return { ...options, type: "mac", bits: 48 };
}

/** Four bytes: an IPv4 address. */
export function ipv4Address<const Options extends AddressOptions<Ipv4Address>>(
  options: Exactly<Options, AddressOptions<Ipv4Address>>,
): FieldSpec<Ipv4Address, Found<Options, Ipv4Address>, CanBeLeftOut<Options>, Ipv4Address | AddressText> {
  return { ...options, type: "ipv4", bits: 32 };
}

/** Sixteen bytes: an IPv6 address. */
export function ipv6Address<const Options extends AddressOptions<Ipv6Address>>(
  options: Exactly<Options, AddressOptions<Ipv6Address>>,
): FieldSpec<Ipv6Address, Found<Options, Ipv6Address>, CanBeLeftOut<Options>, Ipv6Address | AddressText> {
  return { ...options, type: "ipv6", bits: 128 };
}

/** What is said of a field of so many bytes. */
export interface BytesOptions extends Words<Uint8Array> {
  /** Written where it is left out. */
  readonly default?: Uint8Array;
}

/** A fixed number of bytes as they are. Fewer that are given are followed by zeros. */
export function bytes<const Options extends BytesOptions>(
  count: number,
  options: Exactly<Options, BytesOptions>,
): FieldSpec<Uint8Array, Found<Options, Uint8Array>, CanBeLeftOut<Options>, Uint8Array | string> {
  return { ...options, type: "bytes", bits: 8 * count };
}

/** A property of the header that stands in none of its bytes, and says how they are written. */
export function option<Value>(value: Value): FieldSpec<Value, Value, true> {
  return { type: "option", bits: 0, default: value };
}

/** What is said of a checksum: its words, and what it covers. */
export type ChecksumOptions = Words<number> & Omit<Extract<Auto, { kind: "checksum" }>, "kind">;

/** The Internet checksum, of the header or of the whole message; or the sum that `algorithm` names. */
export function checksum<const Options extends ChecksumOptions>(
  options: Options,
): FieldSpec<number, Found<Options, number>, true> {
  const { covers, hasPseudoHeader, zeroAs, coverage, algorithm, ...words }: ChecksumOptions = options;
  const auto: Auto = {
    kind: "checksum",
    covers,
    hasPseudoHeader,
    ...(zeroAs !== undefined && { zeroAs }),
    ...(coverage !== undefined && { coverage }),
    ...(algorithm !== undefined && { algorithm }),
  };
  return { ...words, auto, type: "number", bits: algorithm === "crc32c" ? 32 : 16 };
}

/** What stands behind the fields of fixed places, up to the end of the header. */
export interface TailCodec<Given, Decoded> {
  /** Bytes that it takes, with what fills them up to the unit of the header's length. @param tailAt where in the header it begins */
  readonly byteLength: (value: Given, tailAt: number) => number;
  /** How many parts it has, for a field that counts them. */
  readonly count?: (value: Given) => number;
  /** Writes it from `at` to `end`. */
  readonly encode: (value: Given, bytes: Uint8Array, at: number, end: number) => void;
  /** Reads it from `at` to `end`. */
  readonly decode: (bytes: Uint8Array, at: number, end: number) => Decoded;
}

/**
 * Options, or whatever else a header ends with; left out, there is nothing. Where a field counts in units how long that is,
 * or how many parts it has, the field has `auto` of the kind "headerLength".
 *
 * @param words how it is shown, field by field; filters do not know these. Where it is drawn, it is called Options, or as
 *   `drawn` says
 * @param read makes what a person may write in a stack into what the encoder takes. As it is, if left out
 */
export function tail<Given, Decoded, Written = Given>(
  codec: TailCodec<Given, Decoded>,
  words?: TailWords,
  read?: (written: Written) => Given,
): FieldSpec<Given, Decoded, true, Written> {
  return { ...words, type: "tail", bits: 0, tail: codec, ...(read !== undefined && { read }) };
}

/**
 * One of several fields that a header ends with, which are written and read together: by `tail` of the header. Left out, there
 * is nothing of it.
 */
export function partOfTail<Given, Decoded = Given>(): FieldSpec<Given, Decoded, true> {
  return { type: "tail", bits: 0 };
}

/** A tail that is there in some headers only: of several, a header has one at most. */
export function tailIf<Given, Decoded>(
  presentIf: PresentIf,
  codec: TailCodec<Given, Decoded>,
  words?: TailWords,
): FieldSpec<Given, Decoded | undefined, true> {
  return { ...tail<Given, Decoded | undefined>(codec, words), presentIf };
}

/** How a tail is shown and drawn. */
export type TailWords = Pick<Words<never>, "show" | "drawn">;

/** Bytes as they are, up to where the header ends; where its length counts larger units, zeros fill it up. */
export const restOfHeader: TailCodec<Uint8Array, Uint8Array> = {
  byteLength: (value) => value.length,
  encode: (value, bytes, at) => bytes.set(value, at),
  decode: (bytes, at, end) => bytes.subarray(at, end),
};
