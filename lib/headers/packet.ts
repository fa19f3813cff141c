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
import { sumOfHalves } from "../core/checksum.ts";
import { badField, type PacketError, requireRoom } from "../core/errors.ts";
import { notGiven } from "../core/given.ts";
import { ANYTHING, BOOLEAN, checkOptions, type OptionRules } from "../core/option-rules.ts";
import { FRAME_CHECK_LENGTH, frameCheckSequence, LARGEST_ETHERNET_LENGTH } from "./ethernet.ts";
import type { AnyHeader, AnyStackedHeader, FieldTable, Header, StackedHeader } from "./header-table.ts";
import { MadeHeader, madeHeader, requireStack } from "./made-header.ts";

/** What stands behind the headers of a packet. */
export interface PacketOptions {
  /** Zeros fill the packet up to so many bytes, as Ethernet does to 60; the check sequence does not count. Default: 0. */
  readonly minimumLength?: number;
  /** Whether the check sequence of an Ethernet frame (IEEE 802.3, clause 3.2.9) stands behind it all. Default: false. */
  readonly frameCheckSequence?: boolean;
}

const NO_OPTIONS: PacketOptions = {};
const RULES: OptionRules<PacketOptions> = { minimumLength: ANYTHING, frameCheckSequence: BOOLEAN };

/**
 * The bytes of a packet, made of a stack of headers.
 *
 * @param given headers as their makers give them, the outermost first
 * @throws PacketError BAD_FIELD, with layer, field and range, if a value does not fit its field, or if one header cannot stand
 *   behind the other
 *
 * @example
 * ```ts
 * import { encodePacket, ethernet, ipv4, raw, udp } from "wirewright";
 *
 * const addresses = ipv4({ source: "10.0.0.1", destination: "10.0.0.2", timeToLive: 32 });
 * const packet = encodePacket([ethernet(), addresses, udp({ destinationPort: 7 }), raw("hello")]);
 * console.log(packet.length); // 47
 * ```
 */
export function encodePacket(given: readonly AnyStackedHeader[], options: PacketOptions = NO_OPTIONS): Uint8Array {
  if (options !== NO_OPTIONS) checkOptions("encodePacket", options, RULES);
  const { minimumLength = 0, frameCheckSequence: isChecked = false } = options;
  const stack = bridged(given);
  const length = lengthOf(stack);
  if (!(Number.isInteger(minimumLength) && minimumLength >= 0)) throw badLength(minimumLength);
  const padded = Math.max(length, minimumLength);
  const bytes = new Uint8Array(padded + (isChecked ? FRAME_CHECK_LENGTH : 0));
  put(stack, 0, bytes, 0, length, NOWHERE, 0);
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
  if (!(bytes instanceof Uint8Array)) throw badField("packet", 0, "a packet is written into a Uint8Array");
  if (!Number.isInteger(offset))
    throw badField("packet", 0, `the offset is ${String(offset)}, and is a number of bytes`);
  const stack = bridged(given);
  const length = lengthOf(stack);
  requireRoom("packet", bytes, offset, length, offset + length);
  put(stack, 0, bytes, offset, offset + length, NOWHERE, 0);
  return length;
}

function badLength(given: unknown): PacketError {
  return badField("packet", 0, `minimumLength is ${String(given)}, and is a number of bytes`);
}

/** Bytes that a packet takes. @throws PacketError BAD_FIELD if a header has more options than fit */
export function packetLength(stack: readonly AnyStackedHeader[]): number {
  return lengthOf(bridged(stack));
}

/** The stack as its makers left it, with the headers that nobody has put between two others, and that belong there. */
function bridged(given: readonly AnyStackedHeader[]): readonly MadeHeader[] {
  requireStack(given);
  for (let index = 0; index < given.length; index++) {
    const stacked = given[index];
    if (stacked instanceof MadeHeader && stacked.rules.bridge === undefined) continue;
    const stack = given.map(madeHeader);
    return stack.flatMap((made, at) => [made, ...bridgeBetween(made, stack[at + 1])]);
  }
  return given as readonly MadeHeader[];
}

function bridgeBetween({ rules: { bridge, carries } }: MadeHeader, behind: MadeHeader | undefined): MadeHeader[] {
  if (bridge === undefined || behind === undefined) return [];
  const { isData, numbers } = behind.rules;
  return isData || carries.some((space) => numbers[space] !== undefined) ? [] : [madeHeader(bridge())];
}

function lengthOf(stack: readonly MadeHeader[]): number {
  let length = 0;
  for (let index = 0; index < stack.length; index++) {
    const made = stack[index]!;
    length += lengthOfOne(stack, index, made);
    if (made.trailer !== undefined) length += made.trailer.length;
  }
  return length;
}

function lengthOfOne(stack: readonly MadeHeader[], index: number, made: MadeHeader): number {
  if (made.length >= 0) return made.length;
  // What nobody gives is of one length, but that it may decide which fields there are.
  const isKnown = made.isComplete || !made.rules.hasOptional;
  made.length = made.rules.byteLength(isKnown ? made.fields : completed(stack, index, made));
  return made.length;
}

/**
 * The outermost header of this protocol in a stack, with the types of its fields; undefined where there is none.
 *
 * @throws WirewrightError BAD_OPTION for what is no header, such as its name
 */
export function findHeader<Table extends FieldTable>(
  stack: readonly AnyStackedHeader[],
  header: Header<Table>,
): StackedHeader<Table> | undefined {
  if (typeof header !== "function") throw notGiven("findHeader", header, "a kind of header", FIND_ADVICE);
  return stack.find((stacked) => stacked.header === header) as StackedHeader<Table> | undefined;
}

const FIND_ADVICE = "give the function that makes it, as findHeader(stack, tcp)";

type Fields = Readonly<Record<string, unknown>>;

/** Where no header of IP stands around another one. */
const NOWHERE = -1;

/**
 * Writes the headers from `from` on. Where a checksum covers what follows, that is written first, so that the sum finds it in
 * place; all others are written on the way in, the addresses that inner sums need among them.
 *
 * @param outerEnd of what they take, trailers of the headers around them left out
 * @param outerNetwork index of the IP header around them, and where that begins
 */
function put(
  stack: readonly MadeHeader[],
  from: number,
  bytes: Uint8Array,
  start: number,
  outerEnd: number,
  outerNetwork: number,
  outerNetworkAt: number,
): void {
  let at = start;
  let end = outerEnd;
  let network = outerNetwork;
  let networkAt = outerNetworkAt;
  for (let index = from; index < stack.length; index++) {
    const made = stack[index]!;
    const behind = stack[index + 1];
    const { rules, length } = made;
    if (made.trailer !== undefined) end = putTrailer(made.trailer, bytes, end);
    if (rules.isData) putData(made, behind, bytes, at);
    else {
      const fields = made.isComplete ? made.fields : completed(stack, index, made);
      const following = made.isAnnouncing ? undefined : followingOf(made, behind, at, at + length, end);
      if (rules.coversRest) {
        put(stack, index + 1, bytes, at + length, end, network, networkAt);
        const sum = pseudoHeaderSum(stack, index, bytes, end - at, network, networkAt);
        rules.encodeInto(fields, bytes, at, end, following, sum);
        return;
      }
      rules.encodeInto(fields, bytes, at, end, following, undefined);
    }
    if (rules.addressSum !== undefined) {
      network = index;
      networkAt = at;
    }
    at += length;
  }
}

/** @returns where that ends which stands before it */
function putTrailer(trailer: Uint8Array, bytes: Uint8Array, end: number): number {
  bytes.set(trailer, end - trailer.length);
  return end - trailer.length;
}

/** Up to about here, a loop is faster than `set`. */
const SHORT = 64;

function putData(made: MadeHeader, behind: MadeHeader | undefined, bytes: Uint8Array, at: number): void {
  const { data } = made.fields as { readonly data?: Uint8Array };
  if (behind !== undefined && !behind.rules.isData) cannotFollow(made.header, behind.header, at, undefined);
  if (data === undefined) return;
  if (data.length > SHORT) bytes.set(data, at);
  else for (let offset = 0; offset < data.length; offset++) bytes[at + offset] = data[offset]!;
}

/** The given fields, with those that have to be there and are not. */
function completed(stack: readonly MadeHeader[], index: number, { fields, rules }: MadeHeader): Fields {
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
  { header, rules: { announcer, space, usual } }: MadeHeader,
  behind: MadeHeader | undefined,
  at: number,
  next: number,
  end: number,
): number | undefined {
  if (behind === undefined) return usual;
  const { etherType, numbers, isData } = behind.rules;
  if (isData) return usual;
  if (announcer === undefined) return requireCarried(header, behind.header, at);
  const number = space === "etherType" ? etherType : numbers[space!];
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

/** Of the IP header around it. Undefined where there is none, or no checksum covers it. */
function pseudoHeaderSum(
  stack: readonly MadeHeader[],
  index: number,
  bytes: Uint8Array,
  length: number,
  network: number,
  networkAt: number,
): number | undefined {
  if (network === NOWHERE || !stack[index]!.rules.coversPseudoHeader) return undefined;
  const rest = stack[index]!.rules.ipProtocol + sumOfHalves(length);
  return stack[network]!.rules.addressSum!(bytes, networkAt, stack, network, index) + rest;
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
