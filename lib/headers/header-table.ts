/**
 * The description of a header: what a protocol says of itself, and where that puts every field. From it comes all that is
 * known of the header elsewhere.
 */

import type { FieldReader } from "./field-reader.ts";
import type { FieldSpec, NumberSpace, PresentIf } from "./fields.ts";
import type { AddressSum } from "./final-addresses.ts";
import type { LayerContext, LayerKind } from "./layer.ts";

/** The fields of a header by their names, in the order in which they stand. */
// biome-ignore lint/suspicious/noExplicitAny: a table may hold fields of every kind
export type FieldTable = Readonly<Record<string, FieldSpec<any, any, boolean>>>;

/** What an encoder takes for a field. */
export type GivenOf<Spec> = Spec extends FieldSpec<infer Given, infer _, boolean, infer __> ? Given : never;
/** What a decoder returns for a field. */
export type DecodedValue<Spec> = Spec extends FieldSpec<infer _, infer Decoded, boolean, infer __> ? Decoded : never;
/** Whether a header can be made without the field. */
export type IsOptional<Spec> = Spec extends FieldSpec<infer _, infer __, infer Optional, infer ___> ? Optional : never;

/** The header that an encoder takes: a field that is computed or has a default may be left out; a field given is kept. */
export type HeaderOf<Table> = {
  readonly [Name in keyof Table as IsOptional<Table[Name]> extends true ? never : Name]: GivenOf<Table[Name]>;
} & {
  readonly [Name in keyof Table as IsOptional<Table[Name]> extends true ? Name : never]?:
    | GivenOf<Table[Name]>
    | undefined;
};

/** What a person may write for a field. */
export type WrittenOf<Spec> = Spec extends FieldSpec<infer _, infer __, boolean, infer Written> ? Written : never;

/** The fields that a person writes for a header in a stack, all of which may be left out: addresses as text too, flags by name. */
export type WrittenFields<Table> = { readonly [Name in keyof Table]?: WrittenOf<Table[Name]> | undefined };

/** One header of a stack: what was given of its fields. */
export interface StackedHeader<Table extends FieldTable = FieldTable> {
  /** The protocol that it is of. */
  readonly header: Header<Table>;
  /** As encoders take them. Those that are not there are computed, or take their defaults. */
  readonly fields: Partial<HeaderOf<Table>>;
  /** Bytes behind the end of the header and all that it carries, which none of its lengths counts. */
  readonly trailer?: Uint8Array | undefined;
}

/** One header of a stack, of whatever protocol. */
// biome-ignore lint/suspicious/noExplicitAny: each has fields of its own
export type AnyStackedHeader = StackedHeader<any>;

/** A header as it was read, with every field. */
export type DecodedOf<Table> = { readonly [Name in keyof Table]: DecodedValue<Table[Name]> };

/** What the fields of such a header were found to hold, as they are shown: addresses are text. */
export type ShownOf<Table> = { readonly [Name in keyof Table]: unknown };

/** What a protocol is made of. */
export interface HeaderParts<Table extends FieldTable> {
  /** Wireshark's name of the protocol: "udp". */
  readonly name: string;
  /** What lists of packets call it: "UDP". Its name in capitals, for a header without a kind. */
  readonly protocol?: string;
  /** As a person would call it, in errors: "UDP header". */
  readonly layer: string;
  /** For whoever reads packets: the number of the layer's kind. A protocol that nothing else asks for needs none. */
  readonly kind?: LayerKind;
  /** The numbers that announce it. */
  readonly follows?: Readonly<Partial<Record<NumberSpace, number | readonly number[]>>>;
  /** Its fields, in the order in which they stand. */
  readonly fields: Table;
  /** Whether it stands where Ethernet has a length in place of a type (IEEE 802.3, clause 3.2.6). */
  readonly isAnnouncedByLength?: true;
  /**
   * What follows in truth, by its list and its number there, where that is not for the announcing field alone to say;
   * undefined where nothing does that anybody knows.
   *
   * @param at where the header begins
   * @param next the byte behind the header
   * @param end of what it carries
   */
  readonly next?: (view: DataView, at: number, next: number, end: number) => Following | undefined;
  /** The lists that what follows is numbered by, where no field announces it: in a stack, nothing else follows but bytes. */
  readonly carries?: readonly NumberSpace[];
  /** For a header in a stack: what stands between it and what it does not carry itself, where nobody puts it there. */
  readonly bridge?: () => AnyStackedHeader;
  /** Of a header of IP: what its addresses add to the pseudo-header in the sums of what it carries. */
  readonly addressSum?: AddressSum | undefined;
  /** Of a header that begins a tunnel: what people call that, and the field that names it, if it is the same both ways. */
  readonly tunnel?: {
    /** What people call it: "VXLAN". */
    readonly name: string;
    /** The field that tells it from other tunnels. */
    readonly identifier?: keyof Table & string;
  };
  /** For a header in a stack: fields whose values follow from those behind it, where they are not given. */
  readonly complete?: Completions<Table>;
  /** For a header in a stack: what stands in fields that nobody gives and that have no default. 0, if left out. */
  readonly blank?: Partial<HeaderOf<Table>>;
  /** The line over its fields. */
  readonly summary: string | ((shown: ShownOf<Table>, layer: LayerContext) => string);
  /** What it is, for the list of fields that filters know. */
  readonly about: string;
  /** A field of filters that is either of two, as a source or a destination. */
  readonly either?: {
    /** Its name, without that of the protocol: "port". */
    readonly filter: string;
    /** What it is, for the list of fields that filters know. */
    readonly about: string;
    /** The fields, of which either may match. */
    readonly fields: readonly (keyof Table & string)[];
  };
  /** For filters: bytes of the header that have to be there for any of its fields. Up to the field, if left out. */
  readonly needs?: number;
  /** The title of its drawing, for headers that are drawn. */
  readonly drawing?: string;
  /** Shows what follows the fields of the table, in the header or in its message. */
  readonly showRest?: (reader: FieldReader, layer: LayerContext, shown: ShownOf<Table>) => unknown;
  /** How all fields of the type tail are written and read, where there are several. */
  readonly tail?: JointTail<NoInfer<Table>>;
  /** That all addresses in it are fields of its table, of types of their own: neither its tail nor what `showRest` shows has any. */
  readonly hasAddressesInTable?: boolean;
  /** What is said to be missing of a header that is cut off: the rest of all of it, or of the field that is cut. Default: "header". */
  readonly missing?: "header" | "field";
  /** Whether the tail of the header goes on to the end of the packet, as in a message that carries nothing. */
  readonly endsWithPacket?: boolean;
  /** Bytes of the header at `at`, where no field of its table says that. What is not there before `end` does not count. */
  readonly lengthAt?: (view: DataView, at: number, end: number) => number;
  /** What else is wrong with a header that was read, so that `decode` refuses it; undefined for nothing. */
  readonly check?: (header: DecodedOf<Table>) => FieldProblem<keyof Table & string> | undefined;
  /** What keeps a message, which is there as a whole, from being read to its end, and where; undefined for nothing. */
  readonly findProblem?: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) =>
    | {
        /** What is wrong, in words. */
        readonly problem: string;
        /** Index of the byte that keeps it from being read. */
        readonly at: number;
      }
    | undefined;
  /** The header that it is in truth, of several of one protocol, by its first byte, which is there, and its length. */
  readonly variantAt?: (view: DataView, at: number, end: number) => AnyHeader | undefined;
  /** The protocol that it is in truth, where what stands before it says so. */
  readonly variant?: (reader: FieldReader) => AnyHeader | undefined;
  /** What it shows besides the fields of its table, as of its tail: filters find the values where the view has them. */
  readonly shows?: ShownFields;
  /** What the names of its fields begin with, where that is not the name of the protocol. */
  readonly prefix?: string;
}

/**
 * Several fields that a header ends with, one depending on the other as names in a message do that stand there once.
 * `tailAt` is where they begin, counted from the start of the header.
 */
export interface JointTail<Table> {
  /**
   * Bytes that it takes.
   *
   * @throws PacketError BAD_FIELD for what cannot be written, at a byte counted from the start of the header
   */
  readonly byteLength: (header: HeaderOf<Table>, tailAt: number) => number;
  /** Writes it at `at` of the buffer. */
  readonly encode: (header: HeaderOf<Table>, bytes: Uint8Array, at: number, tailAt: number) => void;
  /**
   * Reads it from `at` to `end` of the buffer.
   *
   * @param header the fields before the tail
   * @returns those of the tail, and options by which the same bytes are written again
   */
  readonly decode: (
    header: DecodedOf<Table>,
    bytes: Uint8Array,
    at: number,
    end: number,
    tailAt: number,
  ) => Partial<DecodedOf<Table>>;
}

/** What follows a header: a list of numbers, and one of them. */
export type Following = readonly [space: NumberSpace, number: number];

/** Makes the values of fields out of the stack that the header stands in at `index`. */
export type Completions<Table> = {
  readonly [Name in keyof Table]?: (stack: readonly AnyStackedHeader[], index: number) => GivenOf<Table[Name]>;
};

/** What kind of value a field has that is shown; of a label, there is none. */
export type ShownType = "number" | "boolean" | "ipv4" | "ipv6" | "mac" | "string" | "bytes" | "label";

/** Wireshark's whole names of fields, each with its type, what it is, and of numbers the largest, if not 2^32 - 1. */
export type ShownFields = Readonly<Record<string, readonly [type: ShownType, about: string, largest?: number]>>;

/** What is wrong with a field, in words. */
export interface FieldProblem<Name extends string = string> {
  /** Its name in the table. */
  readonly field: Name;
  /** What is wrong, as the end of a sentence. */
  readonly problem: string;
}

/** A field where it stands, as long as no optional field before it is there. */
export interface LaidField {
  /** Its name in the table. */
  readonly name: string;
  /** What the table says of it. */
  readonly spec: FieldSpec;
  /** Bits and whole bytes before it. */
  readonly firstBit: number;
  /** Whole bytes before it. */
  readonly offset: number;
  /** Bytes of the header that have to be there for it. */
  readonly end: number;
  /** The word whose bits are shown for a field that does not fill its bytes: where it begins, its bytes, and which bits. */
  readonly word: {
    /** Whole bytes before it. */
    readonly offset: number;
    /** Bytes of the word. */
    readonly length: 1 | 2 | 3 | 4;
    /** Its bits, of the word as one big-endian number. */
    readonly mask: number;
  };
  /** The largest number that it holds; 0 for what is no number of up to 32 bits. */
  readonly largest: number;
  /** The optional fields before it, each of which moves it by its own bytes. */
  readonly movedBy: readonly LaidField[];
  /** For an optional field: whether it is there, by the numbers and flags before it; where it is left out, always. */
  readonly isPresent?: (before: Readonly<Record<string, unknown>>) => boolean;
  /** For an optional field that a flag announces: the name of the flag that is set for it. */
  readonly flag?: string;
  /** All flags of which any will do. */
  readonly flags?: readonly string[];
}

/** A header of any protocol. */
// biome-ignore lint/suspicious/noExplicitAny: each has fields of its own
export type AnyHeader = Header<any>;

/** Headers as bytes. */
export interface Codec<Table> {
  /**
   * Bytes that the header takes, options included.
   *
   * @throws PacketError BAD_FIELD if there is more of it than the header can hold
   */
  byteLength(header: HeaderOf<Table>): number;
  /**
   * Writes the header at `offset`.
   *
   * @param end where ends what it carries, which is in place. Default: behind the header
   * @param following the number of what follows, for a header that does not say
   * @param pseudoHeaderSum what the pseudo-header adds to the checksum; without it, a checksum that covers one and is left
   *   out is written as 0
   * @returns bytes written
   * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
   */
  encodeInto(
    header: HeaderOf<Table>,
    bytes: Uint8Array,
    offset: number,
    end?: number,
    following?: number,
    pseudoHeaderSum?: number,
  ): number;
  /**
   * Reads the header at `offset`. Checksums are handed back, not verified.
   *
   * @param limitedBy what set `end`, for the error message
   * @throws PacketError TRUNCATED if the header does not end before `end`, BAD_FIELD if a value cannot be
   */
  decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedOf<Table>;
}

/** What a stack of headers asks of each, worked out beforehand. */
export interface HeaderRules {
  /** Bytes of the header where it always has as many, or else -1. */
  readonly length: number;
  /** Whether some fields are there in some headers only. */
  readonly hasOptional: boolean;
  /** As of `Codec`. */
  readonly byteLength: (fields: Readonly<Record<string, unknown>>) => number;
  /** As of `Codec`. */
  readonly encodeInto: (
    fields: Readonly<Record<string, unknown>>,
    bytes: Uint8Array,
    offset: number,
    end: number,
    following: number | undefined,
    pseudoHeaderSum: number | undefined,
  ) => number;
  /** Whether it is no header, but bytes that nobody looks into. */
  readonly isData: boolean;
  /** As of `HeaderParts`; empty where there is none. */
  readonly carries: readonly NumberSpace[];
  /** As of `HeaderParts`. */
  readonly bridge: (() => AnyStackedHeader) | undefined;
  /** The numbers that announce it, of each list the first. */
  readonly numbers: Readonly<Partial<Record<NumberSpace, number>>>;
  /** The one that is asked for most. */
  readonly etherType: number | undefined;
  /** The field that tells what follows, the list that it is numbered by, and what it holds where there is no number. */
  readonly announcer: string | undefined;
  /** The list of numbers that the announcer is from. */
  readonly space: NumberSpace | undefined;
  /** What the announcer holds where nothing that follows has a number. */
  readonly usual: number | undefined;
  /** Fields that have to be there, and what makes their values where nobody gives them. */
  readonly required: readonly RequiredField[];
  /** Whether its checksum covers what it carries, and whether it covers the pseudo-header of IP. */
  readonly coversRest: boolean;
  /** Whether its checksum covers the pseudo-header of IP. */
  readonly coversPseudoHeader: boolean;
  /** As of `HeaderParts`: there in headers of IP. */
  readonly addressSum: AddressSum | undefined;
  /** Its number among the protocols of IP. */
  readonly ipProtocol: number;
}

/** A field without which no header can be written. */
export interface RequiredField {
  /** Its name in the table. */
  readonly name: string;
  /** Makes its value out of the stack that the header stands in at `index`. */
  readonly make: (stack: readonly AnyStackedHeader[], index: number) => unknown;
}

/** A protocol's header. Called, it makes one for a stack: `udp({ destinationPort: 53 })`. */
export interface Header<Table extends FieldTable = FieldTable> extends HeaderParts<Table>, Codec<Table> {
  /**
   * Makes a header for a stack, as `encodePacket` takes it.
   *
   * @param fields taken as they are: the object is not to be changed afterwards
   * @param trailer bytes behind all that it carries, as text in UTF-8 or as they are
   * @throws PacketError BAD_FIELD for a field that the header does not have, or a text that cannot stand for its value
   */
  (fields?: WrittenFields<Table>, trailer?: string | Uint8Array): StackedHeader<Table>;
  /** Its fields where they stand, in order. */
  readonly layout: readonly LaidField[];
  /** Bytes of the fields of fixed places: of every such header at least so many are there. */
  readonly fixedLength: number;
  /** The field that tells what follows. */
  readonly announcer: LaidField | undefined;
  /** The field that tells the length of the header. */
  readonly lengthField: LaidField | undefined;
  /** The field that is a checksum, if any. */
  readonly checksumField: LaidField | undefined;
  /** What a stack asks of it, in the order and the form in which it asks. */
  readonly rules: HeaderRules;
}

/** Where each field of a table stands. */
export function lay(table: FieldTable): LaidField[] {
  let bit = 0;
  const optional: LaidField[] = [];
  return Object.entries(table).map(([name, spec]) => {
    const firstBit = bit;
    const field = layField(name, spec, firstBit, [...optional]);
    if (spec.presentIf === undefined) bit += spec.bits;
    else optional.push(field);
    return field;
  });
}

function layField(name: string, spec: FieldSpec, firstBit: number, movedBy: readonly LaidField[]): LaidField {
  return {
    name,
    spec,
    firstBit,
    offset: firstBit >>> 3,
    end: (firstBit + spec.bits + 7) >>> 3,
    word: wordOf(firstBit, spec.bits, spec.word),
    largest: spec.bits <= 32 ? 2 ** spec.bits - 1 : 0,
    movedBy,
    ...(spec.presentIf !== undefined && presence(spec.presentIf)),
  };
}

function presence(rule: PresentIf): Required<Pick<LaidField, "isPresent">> & Pick<LaidField, "flag" | "flags"> {
  if (typeof rule === "function") return { isPresent: rule };
  const flags = typeof rule === "string" ? [rule] : rule;
  const isSet = (value: unknown) => value === true || (typeof value === "number" && value !== 0);
  return { isPresent: (before) => flags.some((flag) => isSet(before[flag])), flag: flags[0]!, flags };
}

/** The bytes that some bits are shown in. @param length of an aligned word; undefined for as few bytes as hold the bits */
export function wordOf(firstBit: number, count: number, length: number | undefined): LaidField["word"] {
  const own = firstBit >>> 3;
  const offset = length === undefined ? own : own - (own % length);
  const bytes = length ?? ((firstBit + count + 7) >>> 3) - own;
  const after = offset * 8 + bytes * 8 - firstBit - count;
  return { offset, length: bytes as 1 | 2 | 3 | 4, mask: 2 ** after * (2 ** Math.min(count, 32) - 1) };
}

/** The byte in which each field of a table begins, counted from the start of the header. */
export function offsetsOf<Table extends FieldTable>(table: Table): { readonly [Name in keyof Table]: number } {
  return Object.fromEntries(lay(table).map(({ name, offset }) => [name, offset])) as { [Name in keyof Table]: number };
}
