/**
 * Packets of any headers: a stack, outermost first, in which each header says what it carries, how long that is, and what it
 * sums up to, unless those fields are given. The other way round is in `decode-packet.ts`.
 *
 *     encodePacket([
 *       ethernet({ source: "02:00:00:00:00:01" }),
 *       ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }),
 *       tcp({ destinationPort: 80, flags: "SYN" }),
 *     ])
 */
import { viewOf } from "../core/bytes.ts";
import { sumBytes } from "../core/checksum.ts";
import { badField, requireRoom } from "../core/errors.ts";
import { FRAME_CHECK_LENGTH, frameCheckSequence, LARGEST_ETHERNET_LENGTH } from "./ethernet.ts";
import { endOfRoutingHeader, homeAddress } from "./final-addresses.ts";
import type { AnyHeader, AnyStackedHeader, FieldTable, Header, StackedHeader } from "./header-table.ts";
import { IPV4_HEADER_LENGTH, ipv4, ipv4Offsets } from "./ipv4.ts";
import { endOfSourceRoute } from "./ipv4-options.ts";
import { ipv6, ipv6Offsets } from "./ipv6.ts";
import { type MadeHeader, madeHeader, requireStack } from "./made-header.ts";

export interface PacketOptions {
  /** Zeros fill the packet up to so many bytes, as Ethernet does to 60; the check sequence does not count. Default: 0. */
  readonly minimumLength?: number;
  /** Whether the check sequence of an Ethernet frame (IEEE 802.3, clause 3.2.9) stands behind it all. Default: false. */
  readonly frameCheckSequence?: boolean;
}

/**
 * A packet in bytes of its own.
 *
 * @param given headers as their makers give them, the outermost first
 * @throws PacketError BAD_FIELD, with layer, field and range, if a value does not fit its field, or if one header cannot stand
 *   behind the other
 */
export function encodePacket(given: readonly AnyStackedHeader[], options: PacketOptions = {}): Uint8Array {
  const { minimumLength = 0, frameCheckSequence: isChecked = false } = options;
  const stack = bridged(given);
  const length = lengthOf(stack);
  const padded = Math.max(length, minimumLength);
  const bytes = new Uint8Array(padded + (isChecked ? FRAME_CHECK_LENGTH : 0));
  if (stack.length > 0) put(stack, 0, bytes, 0, length, NOWHERE, 0);
  if (isChecked) viewOf(bytes).setUint32(padded, frameCheckSequence(bytes, 0, padded));
  return bytes;
}

/**
 * Writes a packet at `offset`, whatever the buffer held before.
 *
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD as `encodePacket`. The bytes of the packet are undefined then
 */
export function encodePacketInto(given: readonly AnyStackedHeader[], bytes: Uint8Array, offset: number): number {
  const stack = bridged(given);
  const length = lengthOf(stack);
  requireRoom("packet", bytes, offset, length, offset + length);
  if (stack.length > 0) put(stack, 0, bytes, offset, offset + length, NOWHERE, 0);
  return length;
}

/** Bytes that a packet takes. @throws PacketError BAD_FIELD if a header has more options than fit */
export function packetLength(stack: readonly AnyStackedHeader[]): number {
  return lengthOf(bridged(stack));
}

/** The stack with the headers that nobody has put between two others, and that belong there. */
function bridged(stack: readonly AnyStackedHeader[]): readonly AnyStackedHeader[] {
  requireStack(stack);
  for (let index = 0; index < stack.length; index++) {
    if (madeHeader(stack[index]!).rules.bridge === undefined) continue;
    return stack.flatMap((stacked, at) => [stacked, ...bridgeBehind(stack, at)]);
  }
  return stack;
}

function bridgeBehind(stack: readonly AnyStackedHeader[], index: number): readonly AnyStackedHeader[] {
  const { bridge, carries } = madeHeader(stack[index]!).rules;
  if (bridge === undefined || index + 1 >= stack.length) return [];
  const { isData, numbers } = madeHeader(stack[index + 1]!).rules;
  return isData || carries.some((space) => numbers[space] !== undefined) ? [] : [bridge()];
}

function lengthOf(stack: readonly AnyStackedHeader[]): number {
  let length = 0;
  for (let index = 0; index < stack.length; index++) {
    const made = madeHeader(stack[index]!);
    length += lengthAt(stack, index, made);
    if (made.trailer !== undefined) length += made.trailer.length;
  }
  return length;
}

function lengthAt(stack: readonly AnyStackedHeader[], index: number, made: MadeHeader): number {
  const { length, byteLength, isData } = made.rules;
  if (length >= 0) return length;
  if (made.length >= 0) return made.length;
  const own = isData ? dataOf(made).length : byteLength(completed(stack, index, made));
  if (made.isComplete) made.length = own;
  return own;
}

/** The outermost header of this protocol in a stack, with the types of its fields; undefined where there is none. */
export function findHeader<Table extends FieldTable>(
  stack: readonly AnyStackedHeader[],
  header: Header<Table>,
): StackedHeader<Table> | undefined {
  return stack.find((stacked) => stacked.header === header) as StackedHeader<Table> | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where no header of IP stands around another one. */
const NOWHERE = -1;

/**
 * Writes the header at `index`, and all behind it. From the inside out, so that each finds what its checksum covers in place;
 * but headers with addresses that are part of inner sums, whose own sums cover nothing else, are written on the way in.
 *
 * @param end of what the header and those behind it take, trailers of those around it left out
 * @param network index of the IP header around it, and where that begins
 */
function put(
  stack: readonly AnyStackedHeader[],
  index: number,
  bytes: Uint8Array,
  at: number,
  outerEnd: number,
  network: number,
  networkAt: number,
): void {
  const made = madeHeader(stack[index]!);
  const { rules, trailer } = made;
  let end = outerEnd;
  if (trailer !== undefined) {
    end -= trailer.length;
    bytes.set(trailer, end);
  }
  if (rules.isData) return putData(stack, index, made, bytes, at, end);
  const fields = made.isComplete ? made.fields : completed(stack, index, made);
  const length = lengthAt(stack, index, made);
  const following = made.isAnnouncing ? undefined : followingOf(stack, index, made, at, at + length, end);
  const hasNext = index + 1 < stack.length;
  if (rules.hasAddresses) {
    rules.encodeInto(fields, bytes, at, end, following, undefined);
    const isNetwork = rules.isNetwork;
    if (hasNext)
      put(stack, index + 1, bytes, at + length, end, isNetwork ? index : network, isNetwork ? at : networkAt);
    return;
  }
  if (hasNext) put(stack, index + 1, bytes, at + length, end, network, networkAt);
  const isSummed = rules.coversPseudoHeader && network !== NOWHERE;
  const sum = isSummed ? pseudoHeaderSum(stack, index, bytes, end - at, network, networkAt) : undefined;
  rules.encodeInto(fields, bytes, at, end, following, sum);
}

function dataOf({ fields }: MadeHeader): Uint8Array {
  return (fields as { readonly data?: Uint8Array }).data ?? NO_DATA;
}

const NO_DATA = new Uint8Array(0);
/** Up to about here, a loop is faster than `set`. */
const SHORT = 64;

function putData(
  stack: readonly AnyStackedHeader[],
  index: number,
  made: MadeHeader,
  bytes: Uint8Array,
  at: number,
  end: number,
): void {
  const data = dataOf(made);
  if (data.length > SHORT) bytes.set(data, at);
  else for (let offset = 0; offset < data.length; offset++) bytes[at + offset] = data[offset]!;
  const behind = stack[index + 1];
  if (behind === undefined) return;
  if (!behind.header.rules.isData) cannotFollow(made.header, behind.header, at, undefined);
  put(stack, index + 1, bytes, at + data.length, end, NOWHERE, 0);
}

/** The given fields, with those that have to be there and are not. */
function completed(
  stack: readonly AnyStackedHeader[],
  index: number,
  { fields, rules, isComplete }: MadeHeader,
): Fields {
  if (isComplete) return fields;
  let all: Record<string, unknown> | undefined;
  for (const { name, make } of rules.required) {
    if (fields[name] !== undefined) continue;
    all ??= { ...fields };
    all[name] = make(stack, index);
  }
  return all ?? fields;
}

/** The number of what follows, as the header announces it. @param next where what follows begins @param end of it */
function followingOf(
  stack: readonly AnyStackedHeader[],
  index: number,
  { header, rules: { announcer, space, usual } }: MadeHeader,
  at: number,
  next: number,
  end: number,
): number | undefined {
  const behind = stack[index + 1];
  if (behind === undefined) return usual;
  const { numbers, isData } = madeHeader(behind).rules;
  if (isData) return usual;
  if (announcer === undefined) return requireCarried(header, behind.header, at);
  const number = numbers[space!];
  if (number !== undefined) return number;
  if (space !== "etherType" || behind.header.isAnnouncedByLength !== true) {
    cannotFollow(header, behind.header, at, announcer);
  }
  return lengthInPlaceOfType(header, at, end - (behind.trailer?.length ?? 0) - next);
}

/** @throws PacketError BAD_FIELD where nothing says of one header that the other follows it */
function requireCarried(header: AnyHeader, behind: AnyHeader, at: number): undefined {
  const { numbers } = behind.rules;
  if (header.rules.carries.some((space) => numbers[space] !== undefined)) return undefined;
  cannotFollow(header, behind, at, undefined);
}

/** Of the IP header around it, whose final addresses count (RFC 791, section 3.1; RFC 8200, section 8.1). */
function pseudoHeaderSum(
  stack: readonly AnyStackedHeader[],
  index: number,
  bytes: Uint8Array,
  length: number,
  network: number,
  networkAt: number,
): number {
  const rest = stack[index]!.header.rules.ipProtocol + (length & 0xffff) + (length >>> 16);
  if (stack[network]!.header === ipv4) return ipv4AddressSum(bytes, networkAt) + rest;
  const view = viewOf(bytes);
  const next = networkAt + ipv6.fixedLength;
  if (index === network + 1) return sumBytes(view, networkAt + ipv6Offsets.source, next, rest);
  let source = bytes.subarray(networkAt + ipv6Offsets.source, networkAt + ipv6Offsets.destination);
  let destination = bytes.subarray(networkAt + ipv6Offsets.destination, next);
  for (let between = network + 1, at = next; between < index; between++) {
    const { name } = stack[between]!.header;
    const headerLength = lengthAt(stack, between, madeHeader(stack[between]!));
    if (name === ROUTING) destination = endOfRoutingHeader(bytes, at, headerLength, destination) ?? destination;
    else if (name === DESTINATION_OPTIONS) source = homeAddress(bytes, at, headerLength) ?? source;
    at += headerLength;
  }
  return addressSum(source) + addressSum(destination) + rest;
}

const ROUTING = "ipv6.routing";
const DESTINATION_OPTIONS = "ipv6.dstopts";

function ipv4AddressSum(bytes: Uint8Array, at: number): number {
  const view = viewOf(bytes);
  const next = at + (bytes[at]! & 0xf) * 4;
  const start = at + IPV4_HEADER_LENGTH;
  if (next <= start) return sumBytes(view, at + ipv4Offsets.source, start);
  const stop = endOfSourceRoute(bytes, start, next) || at + ipv4Offsets.destination;
  return sumBytes(view, stop, stop + 4, sumBytes(view, at + ipv4Offsets.source, at + ipv4Offsets.destination));
}

function addressSum(address: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < address.length; at += 2) sum += (address[at]! << 8) | address[at + 1]!;
  return sum;
}

function lengthInPlaceOfType(header: AnyHeader, at: number, length: number): number {
  if (length <= LARGEST_ETHERNET_LENGTH) return length;
  const problem = `what follows has ${length} bytes, and a length in place of a type can be up to ${LARGEST_ETHERNET_LENGTH}`;
  throw badField(header.layer, at, problem);
}

function cannotFollow(header: AnyHeader, behind: AnyHeader, at: number, announcer: string | undefined): never {
  const way = announcer === undefined ? "" : `, unless ${announcer} is given`;
  throw badField(header.layer, at, `nothing says that the ${behind.layer} follows${way}`);
}
