/**
 * Options of neighbour discovery (RFC 4861, section 4.6; RFC 8106, section 5.1, for servers of DNS): a type, a length in units
 * of 8 bytes that counts both, and data.
 */
import { badField, PacketError } from "../core/errors.ts";
import type { Ipv6Address, MacAddress } from "./address.ts";
import { hex, inBytes, named } from "./assigned-numbers.ts";
import { lengthOfBytes, lengthOfList } from "./checked-lengths.ts";
import type { FieldReader } from "./field-reader.ts";
import type { TailCodec } from "./fields.ts";
import { type OptionKind as Kind, OptionData, OptionKinds, type UnknownOption } from "./option-kinds.ts";

/** The options that have a name. What is bytes is followed by zeros up to a multiple of 8. */
export type NamedOption =
  /** Of Ethernet, 6 bytes: a number, or text in a stack. Of whatever else, bytes. */
  | {
      readonly kind: "sourceLinkLayerAddress";
      /** The hardware address. */
      readonly address: MacAddress | string | Uint8Array;
    }
  | {
      readonly kind: "targetLinkLayerAddress";
      /** The hardware address. */
      readonly address: MacAddress | string | Uint8Array;
    }
  | PrefixInformation
  /** As much of the packet that is sent another way as there is room for, from its IPv6 header on. */
  | {
      readonly kind: "redirectedHeader";
      /** Bytes of the packet. */
      readonly data: Uint8Array;
    }
  /** In bytes, 0 to 2^32 - 1. */
  | {
      readonly kind: "mtu";
      /** Bytes, 0 to 2^32 - 1. */
      readonly mtu: number;
    }
  /** The lifetime in seconds, 0 to 2^32 - 1. */
  | {
      readonly kind: "recursiveDnsServer";
      /** Seconds that the servers may be asked, 0 to 2^32 - 1. */
      readonly lifetime: number;
      /** Servers of DNS: bigints, or text. */
      readonly addresses: readonly (Ipv6Address | string)[];
    };

/** A prefix of the link, in a router advertisement (RFC 4861, section 4.6.2). */
export interface PrefixInformation {
  readonly kind: "prefixInformation";
  /** Bits of the prefix that count, 0 to 255, of which at most 128 make sense. Default: 64. */
  readonly prefixLength?: number;
  /** Whether hosts with the prefix are neighbours (L). Default: true. */
  readonly onLink?: boolean;
  /** Whether hosts make themselves addresses of it (A). Default: true. */
  readonly autonomous?: boolean;
  /** Whether the prefix is the router's own address, whole (R; RFC 6275, section 7.2). Default: false. */
  readonly routerAddress?: boolean;
  /** In seconds, 0 to 2^32 - 1, which stands for ever. Default: 30 days, and 7 days. */
  readonly validLifetime?: number;
  /** Seconds that addresses of it are preferred, 0 to 2^32 - 1. Default: 7 days. */
  readonly preferredLifetime?: number;
  /** The prefix as an address: a bigint, or text. */
  readonly prefix: Ipv6Address | string;
}

/** An option of neighbour discovery. Of `unknown`, the data are what stands behind type and length. */
export type NeighborOption = NamedOption | UnknownOption;

const LAYER = "ICMPv6 options";
/** Bytes in which lengths are counted. */
const UNIT = 8;
/** Of type and length, which stand before the data. */
const DATA_AT = 2;
const LARGEST_LENGTH = 0xff;
const MAC_LENGTH = 6;
const ADDRESS_LENGTH = 16;

type KindOf<Name extends NamedOption["kind"]> = Kind<Extract<NamedOption, { kind: Name }>>;

function linkLayerAddress<Name extends "sourceLinkLayerAddress" | "targetLinkLayerAddress">(
  name: Name,
  number: number,
) {
  const kind: Kind<{ readonly kind: Name; readonly address: MacAddress | string | Uint8Array }> = {
    numbers: [number],
    dataLength: ({ address }) => (address instanceof Uint8Array ? address.length : MAC_LENGTH),
    write: ({ address }, data, at) => {
      if (address instanceof Uint8Array) data.bytes.set(address, at);
      else data.setMac(at, address, `address of ${name}`);
    },
    read: (data, start, end) => ({
      kind: name,
      address: end - start === MAC_LENGTH ? data.mac(start) : data.bytes.subarray(start, end),
    }),
  };
  return kind;
}

const ON_LINK = 0x80;
const AUTONOMOUS = 0x40;
const ROUTER_ADDRESS = 0x20;
const OTHER_FLAGS = 0x1f;
const DAY = 86_400;

const PREFIX_INFORMATION: KindOf<"prefixInformation"> = {
  numbers: [3],
  dataLength: () => 30,
  write: (option, data, at) => {
    const { onLink = true, autonomous = true, routerAddress = false } = option;
    data.setNumber(at, 1, option.prefixLength ?? 64, "prefixLength of prefixInformation");
    data.bytes[at + 1] = (onLink ? ON_LINK : 0) | (autonomous ? AUTONOMOUS : 0) | (routerAddress ? ROUTER_ADDRESS : 0);
    data.setNumber(at + 2, 4, option.validLifetime ?? 30 * DAY, "validLifetime of prefixInformation");
    data.setNumber(at + 6, 4, option.preferredLifetime ?? 7 * DAY, "preferredLifetime of prefixInformation");
    data.setIpv6(at + 14, option.prefix, "prefix of prefixInformation");
  },
  read: (data, start, end) => {
    const flags = data.number(start + 1, 1);
    if (end - start !== 30 || (flags & OTHER_FLAGS) !== 0 || data.number(start + 10, 4) !== 0) return undefined;
    return {
      kind: "prefixInformation",
      prefixLength: data.number(start, 1),
      onLink: (flags & ON_LINK) !== 0,
      autonomous: (flags & AUTONOMOUS) !== 0,
      routerAddress: (flags & ROUTER_ADDRESS) !== 0,
      validLifetime: data.number(start + 2, 4),
      preferredLifetime: data.number(start + 6, 4),
      prefix: data.ipv6(start + 14),
    };
  },
};

/** Reserved bytes before the packet. */
const BEFORE_PACKET = 6;

const REDIRECTED_HEADER: KindOf<"redirectedHeader"> = {
  numbers: [4],
  dataLength: ({ data }) => BEFORE_PACKET + lengthOfBytes(LAYER, data, "data of redirectedHeader"),
  write: ({ data: packet }, { bytes }, at) => bytes.set(packet, at + BEFORE_PACKET),
  read: (data, start, end) => {
    if (data.number(start, 4) !== 0 || data.number(start + 4, 2) !== 0) return undefined;
    return { kind: "redirectedHeader", data: data.bytes.subarray(start + BEFORE_PACKET, end) };
  },
};

const MTU: KindOf<"mtu"> = {
  numbers: [5],
  dataLength: () => 6,
  write: ({ mtu }, data, at) => data.setNumber(at + 2, 4, mtu, "mtu"),
  read: (data, start, end) => {
    const isRight = end - start === 6 && data.number(start, 2) === 0;
    return isRight ? { kind: "mtu", mtu: data.number(start + 2, 4) } : undefined;
  },
};

/** Two reserved bytes and the lifetime. */
const BEFORE_SERVERS = 6;

const RECURSIVE_DNS_SERVER: KindOf<"recursiveDnsServer"> = {
  numbers: [25],
  dataLength: ({ addresses }) =>
    BEFORE_SERVERS + lengthOfList(LAYER, addresses, "addresses of recursiveDnsServer") * ADDRESS_LENGTH,
  write: ({ lifetime, addresses }, data, at) => {
    data.setNumber(at + 2, 4, lifetime, "lifetime of recursiveDnsServer");
    for (const [index, address] of addresses.entries()) {
      data.setIpv6(at + BEFORE_SERVERS + index * ADDRESS_LENGTH, address, "an address of recursiveDnsServer");
    }
  },
  read: (data, start, end) => {
    const count = (end - start - BEFORE_SERVERS) / ADDRESS_LENGTH;
    if (!Number.isInteger(count) || data.number(start, 2) !== 0) return undefined;
    const addresses = Array.from({ length: count }, (_, index) =>
      data.ipv6(start + BEFORE_SERVERS + index * ADDRESS_LENGTH),
    );
    return { kind: "recursiveDnsServer", lifetime: data.number(start + 2, 4), addresses };
  },
};

const kinds = new OptionKinds<NamedOption>(
  LAYER,
  {
    sourceLinkLayerAddress: linkLayerAddress("sourceLinkLayerAddress", 1),
    targetLinkLayerAddress: linkLayerAddress("targetLinkLayerAddress", 2),
    prefixInformation: PREFIX_INFORMATION,
    redirectedHeader: REDIRECTED_HEADER,
    mtu: MTU,
    recursiveDnsServer: RECURSIVE_DNS_SERVER,
  },
  [],
);

/** @throws PacketError BAD_FIELD if it is longer than its length can say */
function lengthOf(option: NeighborOption): number {
  const length = Math.ceil((DATA_AT + kinds.dataLength(option)) / UNIT) * UNIT;
  if (length <= LARGEST_LENGTH * UNIT) return length;
  throw badField(LAYER, 0, `an option takes ${length} bytes, and can take ${LARGEST_LENGTH * UNIT}`);
}

/** As a list, or as bytes: those are read as a list. */
export const neighborOptions: TailCodec<Uint8Array | readonly NeighborOption[], readonly NeighborOption[]> = {
  byteLength: (options) =>
    options instanceof Uint8Array ? options.length : options.reduce((sum, option) => sum + lengthOf(option), 0),
  encode: (options, bytes, start) => {
    if (options instanceof Uint8Array) return bytes.set(options, start);
    const data = new OptionData(bytes, LAYER);
    let at = start;
    for (const option of options) {
      const length = lengthOf(option);
      bytes[at] = kinds.numberOf(option, data, at);
      bytes[at + 1] = length / UNIT;
      kinds.write(option, data, at + DATA_AT);
      at += length;
    }
  },
  decode: (bytes, start, end) => {
    const data = new OptionData(bytes, LAYER);
    const options: NeighborOption[] = [];
    for (let at = start; at < end; ) {
      const length = checkedLength(data, at, end);
      options.push(kinds.read(bytes[at]!, data, at + DATA_AT, at + length));
      at += length;
    }
    return options;
  },
};

/** @throws PacketError BAD_FIELD for a length of 0 (RFC 4861, section 4.6), TRUNCATED for one that is not there */
function checkedLength({ bytes }: OptionData, at: number, end: number): number {
  const type = bytes[at]!;
  const length = at + 1 < end ? bytes[at + 1]! * UNIT : UNIT;
  if (length === 0) throw badField(LAYER, at + 1, `an option of type ${type} has length 0`);
  if (at + length <= end) return length;
  throw new PacketError("TRUNCATED", {
    layer: LAYER,
    offset: at,
    problem: `an option of type ${type} is cut off`,
    needed: length,
    available: end - at,
    limitedBy: "the end of the message",
  });
}

interface ShownKind {
  readonly label: string;
  readonly read: (reader: FieldReader) => void;
}

const KINDS: Readonly<Record<number, ShownKind>> = {
  1: {
    label: "Source link-layer address",
    read: (reader) => readLinkAddress(reader, "src", "Source Link-layer address"),
  },
  2: {
    label: "Target link-layer address",
    read: (reader) => readLinkAddress(reader, "target", "Target Link-layer address"),
  },
  3: { label: "Prefix information", read: readPrefix },
  4: { label: "Redirected header", read: readRedirected },
  5: { label: "MTU", read: readMtu },
  25: { label: "Recursive DNS Server", read: readDnsServers },
};

const UNKNOWN: ShownKind = { label: "Unknown", read: (reader) => reader.skip(reader.remaining) };

const LABELS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(KINDS).map(([number, kind]) => [number, kind.label]),
);

/** Shows one option, and what keeps it from being one. */
export function neighborOptionField(reader: FieldReader): void {
  const type = reader.peek(0);
  const length = reader.peek(1) * UNIT;
  if (reader.remaining < DATA_AT) return reader.skip(DATA_AT);
  if (length === 0) return reader.malformed(`an option of type ${type} has length 0`);
  const kind = KINDS[type] ?? UNKNOWN;
  // Of an option that is cut off, what is there is shown, and what is missing at the end.
  const size = Math.min(length, reader.remaining);
  const inner = reader.inside(size);
  inner.number("icmpv6.opt.type", "Type", 1, { text: (value) => named(LABELS, value) });
  inner.number("icmpv6.opt.length", "Length", 1, { text: (value) => `${value} (${inBytes(value * UNIT)})` });
  kind.read(inner);
  reader.group("icmpv6.opt", "ICMPv6 Option", size, kind.label, inner.finish());
  if (length > size) reader.skip(length - size);
}

/** Of an IPv6 header, before its addresses, and all of it. */
const BEFORE_ADDRESSES = 8;
const IPV6_LENGTH = 40;

/** As much of the packet as there is room for (RFC 4861, section 4.6.3): who sent it to whom. */
function readRedirected(reader: FieldReader): void {
  reader.skip(6);
  if (reader.remaining < IPV6_LENGTH || reader.peek(0) >>> 4 !== 6) return reader.skip(reader.remaining);
  reader.skip(BEFORE_ADDRESSES);
  reader.ipv6("ipv6.src", "Source Address");
  reader.ipv6("ipv6.dst", "Destination Address");
}

function readLinkAddress(reader: FieldReader, which: string, label: string): void {
  const length = reader.peek(-1) * UNIT - DATA_AT;
  if (length === MAC_LENGTH) reader.mac(`icmpv6.opt.${which}_linkaddr`, label);
  else reader.raw(`icmpv6.opt.${which}_linkaddr`, label, Math.max(0, length));
}

const wholeFields = (reader: FieldReader) => (reader.isShort ? [] : reader.fields);

function readPrefix(reader: FieldReader): void {
  reader.number("icmpv6.opt.prefix.length", "Prefix Length", 1);
  const parts = reader.inside(1);
  parts.flag("icmpv6.opt.prefix.flag.l", "On-link flag(L)", 1, 0x80);
  parts.flag("icmpv6.opt.prefix.flag.a", "Autonomous address-configuration flag(A)", 1, 0x40);
  parts.flag("icmpv6.opt.prefix.flag.r", "Router address flag(R)", 1, 0x20);
  parts.bits("icmpv6.opt.prefix.flag.reserved", "Reserved", 1, 0x1f);
  reader.number("icmpv6.opt.prefix.flag", "Flag", 1, { text: (value) => hex(value, 1), children: wholeFields(parts) });
  reader.number("icmpv6.opt.prefix.valid_lifetime", "Valid Lifetime", 4);
  reader.number("icmpv6.opt.prefix.preferred_lifetime", "Preferred Lifetime", 4);
  reader.skip(4);
  reader.ipv6("icmpv6.opt.prefix", "Prefix");
}

function readMtu(reader: FieldReader): void {
  reader.skip(2);
  reader.number("icmpv6.opt.mtu", "MTU", 4, { text: inBytes });
}

function readDnsServers(reader: FieldReader): void {
  reader.skip(2);
  reader.number("icmpv6.opt.rdnss.lifetime", "Lifetime", 4);
  while (reader.remaining >= 16) reader.ipv6("icmpv6.opt.rdnss", "Recursive DNS Servers");
}
