/**
 * The description of a header: what a protocol says of itself, and where that puts every field. From it comes all that is
 * known of the header elsewhere.
 */
import { outOfRange } from "../core/errors.ts";
import type { MacAddress } from "./address.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldSpec, NumberSpace } from "./fields.ts";
import type { LayerContext, LayerKind } from "./layer.ts";

// biome-ignore lint/suspicious/noExplicitAny: a table may hold fields of every kind
export type FieldTable = Readonly<Record<string, FieldSpec<any, any, boolean>>>;

type GivenOf<Spec> = Spec extends FieldSpec<infer Given, infer _, boolean> ? Given : never;
type DecodedValue<Spec> = Spec extends FieldSpec<infer _, infer Decoded, boolean> ? Decoded : never;
type IsOptional<Spec> = Spec extends FieldSpec<infer _, infer __, infer Optional> ? Optional : never;

/** The header that an encoder takes: a field that is computed or has a default may be left out; a field given is kept. */
export type HeaderOf<Table> = {
  readonly [Name in keyof Table as IsOptional<Table[Name]> extends true ? never : Name]: GivenOf<Table[Name]>;
} & {
  readonly [Name in keyof Table as IsOptional<Table[Name]> extends true ? Name : never]?: GivenOf<Table[Name]>;
};

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
  readonly fields: Table;
  /** The line over its fields. */
  readonly summary: string | ((shown: ShownOf<Table>, layer: LayerContext) => string);
  /** What it is, for the list of fields that filters know. */
  readonly about: string;
  /** A field of filters that is either of two, as a source or a destination. */
  readonly either?: {
    readonly filter: string;
    readonly about: string;
    readonly fields: readonly (keyof Table & string)[];
  };
  /** For filters: bytes of the header that have to be there for any of its fields. Up to the field, if left out. */
  readonly needs?: number;
  /** The title of its drawing, for headers that are drawn. */
  readonly drawing?: string;
  /** Shows what follows the fields of the table, in the header or in its message. */
  readonly showRest?: (reader: FieldReader, layer: LayerContext, shown: ShownOf<Table>) => unknown;
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
  ) => { readonly problem: string; readonly at: number } | undefined;
  /** The protocol that it is in truth, where what stands before it says so. */
  readonly variant?: (reader: FieldReader) => AnyHeader | undefined;
  /** What the names of its fields begin with, where that is not the name of the protocol. */
  readonly prefix?: string;
}

/** What is wrong with a field, in words. */
export interface FieldProblem<Name extends string = string> {
  readonly field: Name;
  readonly problem: string;
}

/** A field where it stands. */
export interface LaidField {
  readonly name: string;
  readonly spec: FieldSpec;
  /** Bits and whole bytes before it. */
  readonly firstBit: number;
  readonly offset: number;
  /** Bytes of the header that have to be there for it. */
  readonly end: number;
  /** The word whose bits are shown for a field that does not fill its bytes: where it begins, its bytes, and which bits. */
  readonly word: { readonly offset: number; readonly length: 1 | 2 | 3 | 4; readonly mask: number };
  readonly largest: number;
}

/** A header of any protocol. */
// biome-ignore lint/suspicious/noExplicitAny: each has fields of its own
export type AnyHeader = Header<any>;

/** Headers as bytes. */
export interface Codec<Table> {
  /** @throws PacketError BAD_FIELD if there is more of it than the header can hold */
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

export interface Header<Table extends FieldTable = FieldTable> extends HeaderParts<Table>, Codec<Table> {
  readonly layout: readonly LaidField[];
  /** Bytes of the fields of fixed places: of every such header at least so many are there. */
  readonly fixedLength: number;
  /** The field that tells what follows. */
  readonly announcer: LaidField | undefined;
  /** The field that tells the length of the header. */
  readonly lengthField: LaidField | undefined;
}

/** Where each field of a table stands. */
export function lay(table: FieldTable): LaidField[] {
  let bit = 0;
  return Object.entries(table).map(([name, spec]) => {
    const firstBit = bit;
    bit += spec.bits;
    const offset = firstBit >>> 3;
    return {
      name,
      spec,
      firstBit,
      offset,
      end: (bit + 7) >>> 3,
      word: wordOf(firstBit, spec.bits, spec.word),
      largest: spec.bits <= 32 ? 2 ** spec.bits - 1 : 0,
    };
  });
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

/** Bytes of a header that begins at `at`, by what it says itself. @param end of what it is in, which is its own where it ends with that */
export function headerLength(
  { lengthField, fixedLength, endsWithPacket, lengthAt }: AnyHeader,
  view: DataView,
  at: number,
  end: number,
): number {
  if (endsWithPacket === true) return end - at;
  if (lengthAt !== undefined) return lengthAt(view, at, end);
  return lengthField === undefined ? fixedLength : lengthFrom(lengthField, readField(view, at, lengthField) as number);
}

/** Bytes of a header whose length field holds `value`. */
export function lengthFrom({ spec }: LaidField, value: number): number {
  return spec.auto?.kind === "headerLength" ? (value + spec.auto.minus) * spec.auto.unit : 0;
}

/** Whether what begins at `at` can be such a header, as far as it goes: every field that `must` have a value has it. */
export function hasRequiredValues({ layout }: AnyHeader, view: DataView, at: number, end: number): boolean {
  return layout.every(
    (field) => field.spec.must === undefined || at + field.end > end || readField(view, at, field) === field.spec.must,
  );
}

const TWO_TO_32 = 0x1_0000_0000;
const LARGEST_MAC = 0xffff_ffff_ffff;

/** The number, flag or address that a field holds, in a header that begins at `start`. */
export function readField(view: DataView, start: number, { spec, firstBit, offset }: LaidField): unknown {
  const at = start + offset;
  switch (spec.type) {
    case "option":
      return spec.default;
    case "flag":
      return ((view.getUint8(at) >>> (7 - (firstBit & 7))) & 1) === 1;
    case "bytes":
      return new Uint8Array(view.buffer, view.byteOffset + at, spec.bits / 8);
    case "mac":
      return getMac(view, at);
    case "ipv6":
      return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
    default:
      return readBits(view, at, firstBit & 7, spec.bits);
  }
}

/** The hardware address of six bytes at `at`, in network byte order. */
export function getMac(view: DataView, at: number): MacAddress {
  return view.getUint16(at) * TWO_TO_32 + view.getUint32(at + 2);
}

/** @throws PacketError BAD_FIELD, naming layer and field, for more than six bytes hold */
export function setMac(view: DataView, at: number, address: MacAddress, field: string, layer: string): void {
  const high = Math.floor(address / TWO_TO_32);
  const low = address >>> 0;
  if ((high & 0xffff) !== high || high * TWO_TO_32 + low !== address) {
    throw outOfRange(layer, at, field, address, LARGEST_MAC);
  }
  view.setUint16(at, high);
  view.setUint32(at + 2, low);
}

/** @param skipped bits of the first byte before the number @param count at most 32 */
function readBits(view: DataView, at: number, skipped: number, count: number): number {
  if (skipped === 0 && count === 16) return view.getUint16(at);
  if (skipped === 0 && count === 32) return view.getUint32(at);
  let value = view.getUint8(at) & (0xff >>> skipped);
  let read = 8 - skipped;
  for (let next = at + 1; read < count; next++, read += 8) value = value * 256 + view.getUint8(next);
  return Math.floor(value / 2 ** (read - count));
}
