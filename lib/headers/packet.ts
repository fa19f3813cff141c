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
import { badField, type PacketError, requireRoom } from "../core/errors.ts";
import { FRAME_CHECK_LENGTH, frameCheckSequence, LARGEST_ETHERNET_LENGTH } from "./ethernet.ts";
import type { NumberSpace } from "./fields.ts";
import { endOfRoutingHeader, homeAddress } from "./final-addresses.ts";
import type { AnyHeader, AnyStackedHeader, FieldTable, Header, StackedHeader } from "./header-table.ts";
import { ipv4, ipv4Offsets } from "./ipv4.ts";
import { endOfSourceRoute } from "./ipv4-options.ts";
import { ipv6, ipv6Offsets } from "./ipv6.ts";
import { rawData } from "./raw.ts";

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

type Fields = Record<string, unknown>;

/** A stack with the fields that its headers take from each other, and the bytes that each has. */
class Plan {
  readonly #stack: readonly AnyStackedHeader[];
  readonly #fields: Fields[] = [];
  readonly #lengths: number[] = [];
  /** Bytes of all headers and trailers. */
  readonly length: number;

  constructor(stack: readonly AnyStackedHeader[]) {
    this.#stack = stack;
    let length = 0;
    for (let index = 0; index < stack.length; index++) {
      const { header, trailer } = stack[index]!;
      const fields = completed(stack, index);
      const own = header.byteLength(fields);
      this.#fields.push(fields);
      this.#lengths.push(own);
      length += own + (trailer === undefined ? 0 : trailer.length);
    }
    this.length = length;
  }

  encodeInto(bytes: Uint8Array, offset: number): void {
    const last = this.#stack.length - 1;
    let end = offset + this.length;
    const ends: number[] = [];
    for (const { trailer } of this.#stack) {
      if (trailer !== undefined) {
        end -= trailer.length;
        bytes.set(trailer, end);
      }
      ends.push(end);
    }
    // From the inside out: each header finds what its checksum covers in place. But the addresses that are part of an inner
    // sum stand further out; those headers, whose own sums cover nothing else, are written beforehand.
    this.#writeAddresses(bytes, offset, ends);
    for (let index = last, at = end; index >= 0; index--) {
      at -= this.#lengths[index]!;
      if (!isSummedUp(this.#stack[index]!.header)) this.#encode(index, bytes, offset, at, ends);
    }
  }

  #writeAddresses(bytes: Uint8Array, offset: number, ends: readonly number[]): void {
    let at = offset;
    for (let index = 0; index < this.#stack.length; index++) {
      if (isSummedUp(this.#stack[index]!.header)) this.#encode(index, bytes, offset, at, ends);
      at += this.#lengths[index]!;
    }
  }

  #encode(index: number, bytes: Uint8Array, offset: number, at: number, ends: readonly number[]): void {
    const { header } = this.#stack[index]!;
    const fields = this.#fields[index]!;
    const end = ends[index]!;
    const following = this.#following(index, at, ends);
    const sum = coversPseudoHeader(header) ? this.#pseudoHeaderSum(index, bytes, offset, end - at) : undefined;
    header.encodeInto(fields, bytes, at, end, following, sum);
  }

  /** The number of what follows, as the header announces it. */
  #following(index: number, at: number, ends: readonly number[]): number | undefined {
    const { header } = this.#stack[index]!;
    const { announcer } = header;
    const behind = this.#stack[index + 1]?.header;
    if (announcer === undefined) {
      if (behind !== undefined) requireCarried(header, header.carries ?? [], behind, at);
      return undefined;
    }
    if (this.#fields[index]![announcer.name] !== undefined) return undefined;
    const usual = header.blank?.[announcer.name] as number | undefined;
    if (behind === undefined || behind === rawData) return usual;
    const space = announcer.spec.announces!;
    if (space === "etherType" && behind.isAnnouncedByLength === true) {
      return lengthInPlaceOfType(header, at, ends[index + 1]! - at - this.#lengths[index]!);
    }
    requireCarried(header, [space], behind, at, announcer.name);
    return numberOf(behind, space);
  }

  /** Of the network header around it, whose final addresses count (RFC 791, section 3.1; RFC 8200, section 8.1). */
  #pseudoHeaderSum(index: number, bytes: Uint8Array, offset: number, length: number): number | undefined {
    let around = index - 1;
    while (around >= 0 && !isNetwork(this.#stack[around]!.header)) around--;
    if (around < 0) return undefined;
    let at = offset;
    for (let outer = 0; outer < around; outer++) at += this.#lengths[outer]!;
    const protocol = numberOf(this.#stack[index]!.header, "ipProtocol") ?? 0;
    const rest = protocol + (length & 0xffff) + (length >>> 16);
    const next = at + this.#lengths[around]!;
    if (this.#stack[around]!.header === ipv4) return ipv4AddressSum(bytes, at, next) + rest;
    return this.#ipv6AddressSum(bytes, at, around, index) + rest;
  }

  #ipv6AddressSum(bytes: Uint8Array, ipAt: number, around: number, index: number): number {
    let source = bytes.subarray(ipAt + ipv6Offsets.source, ipAt + ipv6Offsets.destination);
    let destination = bytes.subarray(ipAt + ipv6Offsets.destination, ipAt + this.#lengths[around]!);
    let at = ipAt + this.#lengths[around]!;
    for (let between = around + 1; between < index; between++) {
      const length = this.#lengths[between]!;
      const { name } = this.#stack[between]!.header;
      if (name === "ipv6.routing") destination = endOfRoutingHeader(bytes, at, length, destination) ?? destination;
      else if (name === "ipv6.dstopts") source = homeAddress(bytes, at, length) ?? source;
      at += length;
    }
    return addressSum(source) + addressSum(destination);
  }
}

/** The given fields, with those that follow from what stands behind. */
function completed(stack: readonly AnyStackedHeader[], index: number): Fields {
  const { header, fields } = stack[index]!;
  const { complete } = header;
  if (complete === undefined) return fields as Fields;
  let all = fields as Fields;
  for (const name in complete) {
    if (all[name] !== undefined) continue;
    if (all === fields) all = { ...fields };
    all[name] = complete[name]!(stack, index);
  }
  return all;
}

/** Headers whose addresses are part of sums further in; their own sum covers nothing but them. */
function isSummedUp(header: AnyHeader): boolean {
  return isNetwork(header) || header.name === "ipv6.routing" || header.name === "ipv6.dstopts";
}

function isNetwork(header: AnyHeader): boolean {
  return header === ipv4 || header === ipv6;
}

function coversPseudoHeader({ checksumField }: AnyHeader): boolean {
  const auto = checksumField?.spec.auto;
  return auto?.kind === "checksum" && auto.hasPseudoHeader;
}

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

/** The number that announces a header in a list: the first, where it has several. */
function numberOf({ follows }: AnyHeader, space: NumberSpace): number | undefined {
  const numbers = follows?.[space];
  return typeof numbers === "object" ? numbers[0] : numbers;
}

/** @throws PacketError BAD_FIELD where nothing says of one header that the other follows it */
function requireCarried(
  header: AnyHeader,
  spaces: readonly NumberSpace[],
  behind: AnyHeader,
  at: number,
  announcer?: string,
): void {
  if (behind === rawData || spaces.some((space) => behind.follows?.[space] !== undefined)) return;
  throw cannotFollow(header, behind, at, announcer);
}

function cannotFollow(header: AnyHeader, behind: AnyHeader, at: number, announcer: string | undefined): PacketError {
  const way = announcer === undefined ? "" : `, unless ${announcer} is given`;
  return badField(header.layer, at, `nothing says that a ${behind.layer} follows${way}`);
}
