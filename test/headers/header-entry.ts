/** What the table of all headers says of each, and what most of the packets in it are made of. */
import { ethernet } from "../../lib/headers/ethernet.ts";
import type { AnyHeader, DecodedOf, FieldTable, Header, HeaderOf } from "../../lib/headers/header-table.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { udp } from "../../lib/headers/udp.ts";
import { of, type StackedHeader, type Values } from "../helpers/captures/header-stack.ts";

/** One packet with the header in it. */
export interface PacketOf<Given, Decoded> {
  readonly values: Given;
  /** What a decoder finds besides: fields that were computed, or have a default. Left out, whatever it finds. */
  readonly found?: Partial<Decoded>;
  /** What stands before the header and behind it, where that is not what the entry says. */
  readonly before?: readonly StackedHeader[];
  readonly after?: readonly StackedHeader[];
  readonly payload?: Uint8Array;
  /** Bytes without which there is no such header, where it goes on to the end of the packet. All of it, if left out. */
  readonly needed?: number;
  /** The whole frame, in hex. */
  readonly frame: string;
}

interface EntryOf<Given, All, Decoded> {
  readonly linkType: number;
  readonly before: readonly StackedHeader[];
  readonly after: readonly StackedHeader[];
  readonly payload: Uint8Array;
  readonly defaults: PacketOf<Given, Decoded>;
  readonly given: PacketOf<All, Decoded>;
  /** Others, by what is in them: where one packet cannot have all that the header can. */
  readonly more?: Readonly<Record<string, PacketOf<Given, Decoded>>>;
  /** Fields besides the computed ones that say how long something is, or how many there are. */
  readonly counts?: readonly string[];
  /** Fields by whose values others are there or not, so that no other value goes with what is given. */
  readonly decides?: readonly string[];
  /** Fields whose value no other can take the place of, so that they are given as they would be anyway. */
  readonly fixed?: readonly string[];
}

export type Packet = PacketOf<Values, Values>;

export interface Entry extends EntryOf<Values, Values, Values> {
  readonly header: AnyHeader;
}

/** Every field, but for those that are there in some headers only: other packets of the entry have them. */
type GivenOf<Table extends FieldTable> = HeaderOf<Table> & {
  readonly [Name in keyof Table as undefined extends DecodedOf<Table>[Name] ? never : Name]: HeaderOf<Table>[Name &
    keyof HeaderOf<Table>];
};

/** An entry, with the values that the table of its header asks for. */
export function entry<Table extends FieldTable>(
  header: Header<Table>,
  parts: EntryOf<HeaderOf<Table>, GivenOf<Table>, DecodedOf<Table>>,
): Entry {
  return { header, ...(parts as EntryOf<Values, Values, Values>) };
}

/** All packets of an entry with their names. */
export function packetsOf({ defaults, given, more = {} }: Entry): readonly (readonly [name: string, packet: Packet])[] {
  return [["as little as can be said", defaults], ["every field", given], ...Object.entries(more)];
}

/** The headers and the payload of one of an entry's packets. @returns also where in the stack the entry's own header is */
export function stackOf(
  { header, before, after, payload }: Entry,
  packet: Packet,
  changed: Values = {},
): { readonly stack: readonly StackedHeader[]; readonly own: number; readonly payload: Uint8Array } {
  const outer = packet.before ?? before;
  const values = { ...packet.values, ...changed };
  const stack = [...outer, { header, values }, ...(packet.after ?? after)];
  return { stack, own: outer.length, payload: packet.payload ?? payload };
}

/** Letters, so that no dissector takes them for its own. */
export const LETTERS = new TextEncoder().encode("abcdefghij");

export const ETHERNET = of(ethernet, { destination: 0x020000000002, source: 0x020000000001 });
export const IPV4 = of(ipv4, { source: 0x0a000001, destination: 0x0a000002 });
export const IPV6 = of(ipv6, {
  source: 0x20010db8_00000000_00000000_00000001n,
  destination: 0x20010db8_00000000_00000000_00000002n,
  // Also around messages that no router may pass on.
  hopLimit: 64,
});
export const UDP = of(udp, { sourcePort: 40_000, destinationPort: 9999 });
