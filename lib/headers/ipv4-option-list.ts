/**
 * Options of IPv4 as a list (RFC 791, section 3.1; router alert RFC 2113; security RFC 1108). Headers have them as bytes, since
 * they are made and read by the million: the list is what people write and read.
 */
import type { Ipv4Address } from "./address.ts";
import { lengthOfList } from "./checked-lengths.ts";
import type { OptionKind } from "./option-kinds.ts";
import { type ListOption, OptionList } from "./option-list.ts";

/** Addresses that were passed or are to be passed: numbers, or text. */
export interface Route {
  /** The byte of the option, counted from 1, at which the next address stands, 0 to 255. Default: 4, the first. */
  readonly pointer?: number;
  /** In a record, `0.0.0.0` is room for one. */
  readonly addresses: readonly (Ipv4Address | string)[];
}

/** What a host wrote into time stamps. */
export interface Ipv4Timestamp {
  /** Given in all of them, or in none: the flag says which. */
  readonly address?: Ipv4Address | string;
  /** Milliseconds since midnight UT, 0 to 2^32 - 1. Default: 0, room for one. */
  readonly timestamp?: number;
}

/** The options that have data and a name (RFC 791, section 3.1). */
export type NamedOption =
  | (Route & { readonly kind: "recordRoute" })
  | (Route & { readonly kind: "looseSourceRoute" })
  | (Route & { readonly kind: "strictSourceRoute" })
  | {
      readonly kind: "timestamp";
      /** As in a route. Default: 5. */
      readonly pointer?: number;
      /** Hosts that found no room, 0 to 15. Default: 0. */
      readonly overflow?: number;
      /** 0 for times alone, 1 with the addresses of who wrote them, 3 with addresses given before. Default: 0. */
      readonly flag?: 0 | 1 | 3;
      /** Times, and with flags 1 and 3 whose they are. */
      readonly entries: readonly Ipv4Timestamp[];
    }
  /** 0 to 65535. Default: 0, every router is to look into the packet. */
  | {
      readonly kind: "routerAlert";
      /** 0 to 65535. Default: 0. */
      readonly value?: number;
    }
  /** 0 to 65535. */
  | {
      readonly kind: "streamIdentifier";
      /** 0 to 65535. */
      readonly identifier: number;
    }
  /** The level is 0 to 255 (RFC 1108, section 2.3); the flags of who protects it are bytes. Default: none. */
  | {
      readonly kind: "security";
      /** 0 to 255. */
      readonly classificationLevel: number;
      /** Flags as they stand in the packet. Default: none. */
      readonly protectionAuthority?: Uint8Array;
    };

/** An option of IPv4, of any kind. */
export type Ipv4Option = ListOption | NamedOption;

const LAYER = "IPv4 options";
const ADDRESS_LENGTH = 4;
const NOTHING = new Uint8Array(0);

type KindOf<Name extends NamedOption["kind"]> = OptionKind<Extract<NamedOption, { kind: Name }>>;

function route<Name extends "recordRoute" | "looseSourceRoute" | "strictSourceRoute">(name: Name, number: number) {
  const kind: OptionKind<Route & { readonly kind: Name }> = {
    numbers: [number],
    dataLength: ({ addresses }) => 1 + lengthOfList(LAYER, addresses, `addresses of ${name}`) * ADDRESS_LENGTH,
    write: ({ pointer = 4, addresses }, data, at) => {
      data.setNumber(at, 1, pointer, `pointer of ${name}`);
      for (const [index, address] of addresses.entries()) {
        data.setIpv4(at + 1 + index * ADDRESS_LENGTH, address, `an address of ${name}`);
      }
    },
    read: (data, start, end) => {
      const count = (end - start - 1) / ADDRESS_LENGTH;
      if (!Number.isInteger(count) || count < 0) return undefined;
      const addresses = Array.from({ length: count }, (_, index) => data.number(start + 1 + index * ADDRESS_LENGTH, 4));
      return { kind: name, pointer: data.number(start, 1), addresses };
    },
  };
  return kind;
}

/** Pointer, and overflow with flag, before the entries. */
const TIMESTAMP_START = 2;

const entryLength = (flag: number) => (flag === 0 ? 4 : ADDRESS_LENGTH + 4);

const TIMESTAMP: KindOf<"timestamp"> = {
  numbers: [68],
  dataLength: ({ flag = 0, entries }) =>
    TIMESTAMP_START + lengthOfList(LAYER, entries, "entries of timestamp") * entryLength(flag),
  write: ({ pointer = 5, overflow = 0, flag = 0, entries }, data, at) => {
    if ((overflow & 0xf) !== overflow) data.refuse(at, `overflow of timestamp is ${overflow}, and can be 0 to 15`);
    if (flag !== 0 && flag !== 1 && flag !== 3) data.refuse(at, `flag of timestamp is ${flag}, and can be 0, 1 or 3`);
    data.setNumber(at, 1, pointer, "pointer of timestamp");
    data.bytes[at + 1] = overflow * 16 + flag;
    for (const [index, { address, timestamp = 0 }] of entries.entries()) {
      const place = at + TIMESTAMP_START + index * entryLength(flag);
      if ((address === undefined) !== (flag === 0)) {
        data.refuse(place, `an entry of timestamp has ${flag === 0 ? "an" : "no"} address, and its flag is ${flag}`);
      }
      if (address !== undefined) data.setIpv4(place, address, "address of timestamp");
      data.setNumber(place + entryLength(flag) - 4, 4, timestamp, "timestamp");
    }
  },
  read: (data, start, end) => {
    if (end - start < TIMESTAMP_START) return undefined;
    const [pointer, byte] = [data.number(start, 1), data.number(start + 1, 1)];
    const flag = byte & 0xf;
    const count = (end - start - TIMESTAMP_START) / entryLength(flag);
    if ((flag !== 0 && flag !== 1 && flag !== 3) || !Number.isInteger(count)) return undefined;
    const entries = Array.from({ length: count }, (_, index): Ipv4Timestamp => {
      const at = start + TIMESTAMP_START + index * entryLength(flag);
      if (flag === 0) return { timestamp: data.number(at, 4) };
      return { address: data.number(at, 4), timestamp: data.number(at + ADDRESS_LENGTH, 4) };
    });
    return { kind: "timestamp", pointer, overflow: byte >>> 4, flag, entries };
  },
};

const ROUTER_ALERT: KindOf<"routerAlert"> = {
  numbers: [148],
  dataLength: () => 2,
  write: ({ value = 0 }, data, at) => data.setNumber(at, 2, value, "value of routerAlert"),
  read: (data, start, end) => (end - start === 2 ? { kind: "routerAlert", value: data.number(start, 2) } : undefined),
};

const STREAM_IDENTIFIER: KindOf<"streamIdentifier"> = {
  numbers: [136],
  dataLength: () => 2,
  write: ({ identifier }, data, at) => data.setNumber(at, 2, identifier, "identifier of streamIdentifier"),
  read: (data, start, end) =>
    end - start === 2 ? { kind: "streamIdentifier", identifier: data.number(start, 2) } : undefined,
};

const SECURITY: KindOf<"security"> = {
  numbers: [130],
  dataLength: ({ protectionAuthority = NOTHING }) => 1 + protectionAuthority.length,
  write: ({ classificationLevel, protectionAuthority = NOTHING }, data, at) => {
    data.setNumber(at, 1, classificationLevel, "classificationLevel of security");
    data.bytes.set(protectionAuthority, at + 1);
  },
  read: (data, start, end) => {
    if (end === start) return undefined;
    const protectionAuthority = data.bytes.subarray(start + 1, end);
    return { kind: "security", classificationLevel: data.number(start, 1), protectionAuthority };
  },
};

const ipv4OptionList = new OptionList<NamedOption>(
  LAYER,
  {
    recordRoute: route("recordRoute", 7),
    looseSourceRoute: route("looseSourceRoute", 131),
    strictSourceRoute: route("strictSourceRoute", 137),
    timestamp: TIMESTAMP,
    routerAlert: ROUTER_ALERT,
    streamIdentifier: STREAM_IDENTIFIER,
    security: SECURITY,
  },
  "the header length",
);

/**
 * A list as the bytes that a header takes, with zeros behind them up to a multiple of 4; bytes stay as they are.
 *
 * @throws PacketError BAD_FIELD if a value does not fit its field or there are more than 40 bytes
 */
export function ipv4OptionBytes(options: Uint8Array | readonly Ipv4Option[]): Uint8Array {
  if (options instanceof Uint8Array) return options;
  const bytes = new Uint8Array(ipv4OptionList.byteLength(options));
  ipv4OptionList.encodeInto(options, bytes, 0);
  return bytes;
}

/**
 * The options of a header that was read, as a list. What is bytes in them shares memory with `bytes`.
 *
 * @throws PacketError TRUNCATED if an option goes on behind the end, BAD_FIELD if its length is less than 2
 */
export function ipv4OptionsOf(bytes: Uint8Array): Ipv4Option[] {
  return ipv4OptionList.decode(bytes, 0, bytes.length);
}
