/**
 * Options of the hop-by-hop and destination headers as a list (RFC 8200, section 4.2): a type, a length that counts the data
 * alone, and data. Some are to begin at certain places: what moves them there and what fills the header up is put in between.
 */
import { badField, PacketError } from "../core/errors.ts";
import type { Ipv6Address } from "./address.ts";
import { lengthOfBytes, lengthOfList } from "./checked-lengths.ts";
import { PAD_1, PAD_N } from "./ipv6-options.ts";
import { OptionData, type OptionKind, OptionKinds, type UnknownOption } from "./option-kinds.ts";

/** The options that have data and a name. */
export type NamedOption =
  /** 0 to 65535: what routers are to look for; 0 for listeners of groups (RFC 2711). Default: 0. */
  | {
      readonly kind: "routerAlert";
      /** 0 to 65535. Default: 0. */
      readonly value?: number;
    }
  /** Bytes behind the IPv6 header, 0 to 2^32 - 1, of which those above 65535 make sense (RFC 2675). */
  | {
      readonly kind: "jumboPayload";
      /** Bytes, 0 to 2^32 - 1. */
      readonly length: number;
    }
  /** How many more tunnels it may enter, 0 to 255 (RFC 2473, section 4.1.1). */
  | {
      readonly kind: "tunnelEncapsulationLimit";
      /** 0 to 255. */
      readonly limit: number;
    }
  /** Where a mobile node is at home (RFC 6275, section 6.3). */
  | {
      readonly kind: "homeAddress";
      /** The home address: a bigint, or text. */
      readonly address: Ipv6Address | string;
    }
  /** Padding of 2 bytes and these. */
  | {
      readonly kind: "padN";
      /** What stands behind type and length, usually zeros. */
      readonly data: Uint8Array;
    };

/** An option of a hop-by-hop or destination options header. */
export type Ipv6Option = NamedOption | { readonly kind: "pad1" } | UnknownOption;

const LAYER = "IPv6 options";
/** Next header and length, before the options: places are counted from the start of the header. */
const OPTIONS_START = 2;
/** Type and length. */
const DATA_AT = 2;
const UNIT = 8;
const LARGEST_DATA = 0xff;
/** What a length of one byte leaves for options. */
const LARGEST_LIST = 256 * UNIT - OPTIONS_START;

type KindOf<Name extends NamedOption["kind"]> = OptionKind<Extract<NamedOption, { kind: Name }>>;

const ROUTER_ALERT: KindOf<"routerAlert"> = {
  numbers: [5],
  dataLength: () => 2,
  write: ({ value = 0 }, data, at) => data.setNumber(at, 2, value, "value of routerAlert"),
  read: (data, start, end) => (end - start === 2 ? { kind: "routerAlert", value: data.number(start, 2) } : undefined),
};

const JUMBO_PAYLOAD: KindOf<"jumboPayload"> = {
  numbers: [194],
  dataLength: () => 4,
  write: ({ length }, data, at) => data.setNumber(at, 4, length, "length of jumboPayload"),
  read: (data, start, end) => (end - start === 4 ? { kind: "jumboPayload", length: data.number(start, 4) } : undefined),
};

const TUNNEL_LIMIT: KindOf<"tunnelEncapsulationLimit"> = {
  numbers: [4],
  dataLength: () => 1,
  write: ({ limit }, data, at) => data.setNumber(at, 1, limit, "limit of tunnelEncapsulationLimit"),
  read: (data, start, end) =>
    end - start === 1 ? { kind: "tunnelEncapsulationLimit", limit: data.number(start, 1) } : undefined,
};

const HOME_ADDRESS: KindOf<"homeAddress"> = {
  numbers: [201],
  dataLength: () => 16,
  write: ({ address }, data, at) => data.setIpv6(at, address, "address of homeAddress"),
  read: (data, start, end) => (end - start === 16 ? { kind: "homeAddress", address: data.ipv6(start) } : undefined),
};

const PADDING: KindOf<"padN"> = {
  numbers: [PAD_N],
  dataLength: ({ data }) => lengthOfBytes(LAYER, data, "data of padN"),
  write: ({ data: padding }, { bytes }, at) => bytes.set(padding, at),
  read: ({ bytes }, start, end) => ({ kind: "padN", data: bytes.subarray(start, end) }),
};

const kinds = new OptionKinds<NamedOption>(
  LAYER,
  {
    routerAlert: ROUTER_ALERT,
    jumboPayload: JUMBO_PAYLOAD,
    tunnelEncapsulationLimit: TUNNEL_LIMIT,
    homeAddress: HOME_ADDRESS,
    padN: PADDING,
  },
  ["pad1"],
);

/** Where an option is to begin: at a multiple of the first number, and so many bytes behind it. */
const PLACES: Readonly<Partial<Record<Ipv6Option["kind"], readonly [unit: number, offset: number]>>> = {
  routerAlert: [2, 0],
  jumboPayload: [4, 2],
  homeAddress: [8, 6],
};

/** Bytes that move what begins at `at`, counted from the start of the header, to its place. */
function paddingBefore({ kind }: Ipv6Option, at: number): number {
  const [unit, offset] = PLACES[kind] ?? [1, 0];
  return (unit + offset - (at % unit)) % unit;
}

function isPad1(option: Ipv6Option): option is { readonly kind: "pad1" } {
  return option.kind === "pad1";
}

/** Bytes of an option. @throws PacketError BAD_FIELD if it has more data than its length can say */
function lengthOf(option: Ipv6Option): number {
  if (isPad1(option)) return 1;
  const length = kinds.dataLength(option);
  if (length <= LARGEST_DATA) return DATA_AT + length;
  throw badField(LAYER, 0, `an option has ${length} bytes of data, and can have ${LARGEST_DATA}`);
}

function listLength(options: readonly Ipv6Option[]): number {
  let at = OPTIONS_START;
  lengthOfList(LAYER, options, "options");
  for (const option of options) at += paddingBefore(option, at) + lengthOf(option);
  const length = Math.ceil(at / UNIT) * UNIT - OPTIONS_START;
  if (length <= LARGEST_LIST) return length;
  throw badField(LAYER, 0, `the options take ${length} bytes, and can take ${LARGEST_LIST}`);
}

/** Zeros everywhere but in the length: one byte is padding of another kind. */
function pad(bytes: Uint8Array, at: number, length: number): void {
  if (length < DATA_AT) return;
  bytes[at] = PAD_N;
  bytes[at + 1] = length - DATA_AT;
}

/**
 * A list as the bytes that a header takes, padding included; bytes stay as they are.
 *
 * @throws PacketError BAD_FIELD if a value does not fit its field or there are more than 2046 bytes
 */
export function ipv6OptionBytes(options: Uint8Array | readonly Ipv6Option[]): Uint8Array {
  if (options instanceof Uint8Array) return options;
  const bytes = new Uint8Array(listLength(options));
  const data = new OptionData(bytes, LAYER);
  let at = 0;
  for (const option of options) {
    const padding = paddingBefore(option, at + OPTIONS_START);
    pad(bytes, at, padding);
    at += padding;
    if (!isPad1(option)) writeOption(option, data, at);
    at += lengthOf(option);
  }
  pad(bytes, at, bytes.length - at);
  return bytes;
}

function writeOption(option: NamedOption | UnknownOption, data: OptionData, at: number): void {
  const number = kinds.numberOf(option, data, at);
  if (number === PAD_1) data.refuse(at, 'the type 0 is a single byte and has no data; write it as { kind: "pad1" }');
  data.bytes[at] = number;
  data.bytes[at + 1] = kinds.dataLength(option);
  kinds.write(option, data, at + DATA_AT);
}

/**
 * The options of a header that was read, as a list, padding included. What is bytes in them shares memory with `bytes`.
 *
 * @throws PacketError TRUNCATED if an option goes on behind the end
 */
export function ipv6OptionsOf(bytes: Uint8Array): Ipv6Option[] {
  const data = new OptionData(bytes, LAYER);
  const options: Ipv6Option[] = [];
  for (let at = 0; at < bytes.length; ) {
    const type = bytes[at]!;
    if (type === PAD_1) {
      options.push({ kind: "pad1" });
      at++;
      continue;
    }
    const next = at + DATA_AT + (bytes[at + 1] ?? 0);
    if (next > bytes.length) throw cutOff(type, at, next - at, bytes.length - at);
    options.push(kinds.read(type, data, at + DATA_AT, next));
    at = next;
  }
  return options;
}

function cutOff(type: number, offset: number, needed: number, available: number): PacketError {
  const problem = `an option of type ${type} is cut off`;
  const limitedBy = "the length of the header";
  return new PacketError("TRUNCATED", { layer: LAYER, offset, problem, needed, available, limitedBy });
}
