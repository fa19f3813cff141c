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
import type {
  AnyHeader,
  AnyStackedHeader,
  FieldTable,
  Header,
  HeaderRules,
  RequiredField,
  StackedHeader,
} from "./header-table.ts";
import { ipv4, ipv4Offsets } from "./ipv4.ts";
import { endOfSourceRoute } from "./ipv4-options.ts";
import { ipv6, ipv6Offsets } from "./ipv6.ts";

export interface PacketOptions {
  /** Zeros fill the packet up to so many bytes, as Ethernet does to 60; the check sequence does not count. Default: 0. */
  readonly minimumLength?: number;
  /** Whether the check sequence of an Ethernet frame (IEEE 802.3, clause 3.2.9) stands behind it all. Default: false. */
  readonly frameCheckSequence?: boolean;
}

/**
 * A packet in bytes of its own.
 *
 * @param stack headers as their makers give them, the outermost first
 * @throws PacketError BAD_FIELD, with layer, field and range, if a value does not fit its field, or if one header cannot stand
 *   behind the other
 */
export function encodePacket(stack: readonly AnyStackedHeader[], options: PacketOptions = {}): Uint8Array {
  const plan = new Plan(stack);
  const padded = Math.max(plan.length, options.minimumLength ?? 0);
  const bytes = new Uint8Array(padded + (options.frameCheckSequence === true ? FRAME_CHECK_LENGTH : 0));
  plan.encodeInto(bytes, 0);
  if (options.frameCheckSequence === true) viewOf(bytes).setUint32(padded, frameCheckSequence(bytes, 0, padded));
  return bytes;
}

/**
 * Writes a packet at `offset`, whatever the buffer held before.
 *
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD as `encodePacket`. The bytes of the packet are undefined then
 */
export function encodePacketInto(stack: readonly AnyStackedHeader[], bytes: Uint8Array, offset: number): number {
  const plan = new Plan(stack);
  requireRoom("packet", bytes, offset, plan.length, offset + plan.length);
  plan.encodeInto(bytes, offset);
  return plan.length;
}

/** Bytes that a packet takes. @throws PacketError BAD_FIELD if a header has more options than fit */
export function packetLength(stack: readonly AnyStackedHeader[]): number {
  return new Plan(stack).length;
}

/** The outermost header of this protocol in a stack, with the types of its fields; undefined where there is none. */
export function findHeader<Table extends FieldTable>(
  stack: readonly AnyStackedHeader[],
  header: Header<Table>,
): StackedHeader<Table> | undefined {
  return stack.find((stacked) => stacked.header === header) as StackedHeader<Table> | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** A stack with the fields that its headers take from each other, and the bytes that each has. */
class Plan {
  readonly #stack: readonly AnyStackedHeader[];
  readonly #rules: HeaderRules[] = [];
  readonly #fields: Fields[] = [];
  readonly #lengths: number[] = [];
  /** Bytes of all headers and trailers. */
  readonly length: number;
  /** Of all trailers. */
  readonly #trailers: number;

  constructor(stack: readonly AnyStackedHeader[]) {
    this.#stack = stack;
    let length = 0;
    let trailers = 0;
    for (let index = 0; index < stack.length; index++) {
      const { header, fields: given, trailer } = stack[index]!;
      const rules = header.rules;
      const fields = completed(given as Fields, stack, index, rules.required);
      const own = rules.length >= 0 ? rules.length : rules.byteLength(fields);
      this.#rules.push(rules);
      this.#fields.push(fields);
      this.#lengths.push(own);
      length += own;
      if (trailer !== undefined) trailers += trailer.length;
    }
    this.length = length + trailers;
    this.#trailers = trailers;
  }

  encodeInto(bytes: Uint8Array, offset: number): void {
    const stack = this.#stack;
    const rules = this.#rules;
    let end = offset + this.length;
    let network = -1;
    // From the inside out: each header finds what its checksum covers in place. But the addresses that are part of an inner
    // sum stand further out; those headers, whose own sums cover nothing else, are written beforehand.
    for (let index = 0, at = offset; index < stack.length; index++) {
      const { trailer } = stack[index]!;
      if (trailer !== undefined) {
        end -= trailer.length;
        bytes.set(trailer, end);
      }
      if (rules[index]!.hasAddresses) {
        if (rules[index]!.isNetwork) network = index;
        this.#encode(index, bytes, at, end, undefined);
      }
      at += this.#lengths[index]!;
    }
    this.#encodeRest(bytes, offset, end, network);
  }

  /** @param innermostEnd of what the innermost header carries @param innermost index of the innermost IP header */
  #encodeRest(bytes: Uint8Array, offset: number, innermostEnd: number, innermost: number): void {
    const rules = this.#rules;
    let network = innermost;
    let end = innermostEnd;
    let at = offset + this.length - this.#trailers;
    for (let index = rules.length - 1; index >= 0; index--) {
      const { hasAddresses, coversPseudoHeader } = rules[index]!;
      at -= this.#lengths[index]!;
      if (!hasAddresses) {
        const sum =
          network >= 0 && coversPseudoHeader ? this.#pseudoHeaderSum(network, index, bytes, at, end) : undefined;
        this.#encode(index, bytes, at, end, sum);
      }
      const { trailer } = this.#stack[index]!;
      if (trailer !== undefined) end += trailer.length;
      if (index === network) {
        do network--;
        while (network >= 0 && !rules[network]!.isNetwork);
      }
    }
  }

  #encode(index: number, bytes: Uint8Array, at: number, end: number, sum: number | undefined): void {
    const fields = this.#fields[index]!;
    this.#rules[index]!.encodeInto(fields, bytes, at, end, this.#following(index, at, end), sum);
  }

  /** The number of what follows, as the header announces it. @param end of what it carries */
  #following(index: number, at: number, end: number): number | undefined {
    const { announcer, space, usual, isData } = this.#rules[index]!;
    const behind = this.#rules[index + 1];
    if (announcer === undefined) {
      if (behind !== undefined && !behind.isData) this.#requireCarried(index, isData, at);
      return undefined;
    }
    if (this.#fields[index]![announcer] !== undefined) return undefined;
    if (behind === undefined || behind.isData) return usual;
    const number = behind.numbers[space!];
    if (number !== undefined) return number;
    const { header, trailer } = this.#stack[index + 1]!;
    const { header: own } = this.#stack[index]!;
    if (space !== "etherType" || header.isAnnouncedByLength !== true) cannotFollow(own, header, at, announcer);
    return lengthInPlaceOfType(own, at, end - (trailer?.length ?? 0) - at - this.#lengths[index]!);
  }

  /** @throws PacketError BAD_FIELD where nothing says of a header what stands behind it */
  #requireCarried(index: number, isData: boolean, at: number): void {
    const { header } = this.#stack[index]!;
    const { numbers } = this.#rules[index + 1]!;
    const isCarried = !isData && header.carries?.some((space) => numbers[space] !== undefined) === true;
    if (!isCarried) cannotFollow(header, this.#stack[index + 1]!.header, at, undefined);
  }

  /** Of the network header around it, whose final addresses count (RFC 791, section 3.1; RFC 8200, section 8.1). */
  #pseudoHeaderSum(network: number, index: number, bytes: Uint8Array, at: number, end: number): number {
    const length = end - at;
    const rest = this.#rules[index]!.ipProtocol + (length & 0xffff) + (length >>> 16);
    let ipAt = at;
    for (let between = network; between < index; between++) ipAt -= this.#lengths[between]!;
    if (this.#stack[network]!.header === ipv6) return this.#ipv6AddressSum(bytes, ipAt, network, index) + rest;
    return ipv4AddressSum(bytes, ipAt, ipAt + this.#lengths[network]!) + rest;
  }

  #ipv6AddressSum(bytes: Uint8Array, ipAt: number, network: number, index: number): number {
    const view = viewOf(bytes);
    const next = ipAt + ipv6.fixedLength;
    const sourceAt = ipAt + ipv6Offsets.source;
    if (index === network + 1) return sumBytes(view, sourceAt, next);
    let source = bytes.subarray(sourceAt, ipAt + ipv6Offsets.destination);
    let destination = bytes.subarray(ipAt + ipv6Offsets.destination, next);
    for (let between = network + 1, at = next; between < index; between++) {
      const length = this.#lengths[between]!;
      const { name } = this.#stack[between]!.header;
      if (name === ROUTING) destination = endOfRoutingHeader(bytes, at, length, destination) ?? destination;
      else if (name === DESTINATION_OPTIONS) source = homeAddress(bytes, at, length) ?? source;
      at += length;
    }
    return addressSum(source) + addressSum(destination);
  }
}

/** The given fields, with those that have to be there and are not. */
function completed(
  given: Fields,
  stack: readonly AnyStackedHeader[],
  index: number,
  required: readonly RequiredField[],
): Fields {
  let all: Record<string, unknown> | undefined;
  for (let at = 0; at < required.length; at++) {
    const { name, make } = required[at]!;
    if (given[name] !== undefined) continue;
    all ??= { ...given };
    all[name] = make(stack, index);
  }
  return all ?? given;
}

const ROUTING = "ipv6.routing";
const DESTINATION_OPTIONS = "ipv6.dstopts";

function ipv4AddressSum(bytes: Uint8Array, at: number, next: number): number {
  const view = viewOf(bytes);
  const stop = endOfSourceRoute(bytes, at + ipv4.fixedLength, next) || at + ipv4Offsets.destination;
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
  throw badField(header.layer, at, `nothing says that a ${behind.layer} follows${way}`);
}
