/** Options of DHCP as a list (RFC 2132; RFC 2131, section 4.1): a code, a length, and so many bytes; two codes stand alone. */
import { badField, outOfRange } from "../core/errors.ts";
import type { Ipv4Address } from "./address.ts";
import { ipv4List, ipv4Of } from "./address-list.ts";
import type { TailCodec } from "./fields.ts";
import { OptionData } from "./option-kinds.ts";
import { bytesOf } from "./written-fields.ts";

const LAYER = "DHCP message";
const PAD = 0;
const END = 255;
const DATA_AT = 2;
const LONGEST_DATA = 0xff;
const LARGEST_CODE = 0xff;

/** An IPv4 address as a number, or as text in dotted decimals. */
export type Address = Ipv4Address | string;
/** Bytes as they are, or a text in UTF-8. */
export type Bytes = string | Uint8Array;

/** Options that have one IPv4 address. */
const ADDRESS = { subnetMask: 1, broadcastAddress: 28, requestedAddress: 50, serverIdentifier: 54 } as const;
/** Options that have one address or more. */
const ADDRESSES = { routers: 3, domainNameServers: 6, ntpServers: 42 } as const;
/** Options that are a text. */
const TEXT = { hostName: 12, domainName: 15, message: 56, vendorClassIdentifier: 60 } as const;
/** Options that are a number of seconds, in four bytes. */
const SECONDS = { leaseTime: 51, renewalTime: 58, rebindingTime: 59 } as const;
/** Options that are a number of one byte or two. */
const NUMBER = { overload: 52, messageType: 53, maximumMessageSize: 57 } as const;
const PARAMETER_LIST = 55;
const CLIENT_IDENTIFIER = 61;

/** One option. Codes are written by the names of RFC 2132, or as numbers, 0 to 255, with the data as they are. */
export type DhcpOptionValue =
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: keyof typeof ADDRESS;
      /** Four bytes in network byte order. */
      readonly address: Address;
    }
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: keyof typeof ADDRESSES;
      /** In the order of preference, the first before all. */
      readonly addresses: readonly Address[];
    }
  /** Up to 255 bytes in UTF-8. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: keyof typeof TEXT;
      /** The text, without an end mark. */
      readonly text: string;
    }
  /** 0 to 2^32 - 1; the largest is for ever. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: keyof typeof SECONDS;
      /** Seconds, 0 to 2^32 - 1. */
      readonly seconds: number;
    }
  /** 0 to 255, of `maximumMessageSize` 0 to 65535; see `DhcpMessageType`. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: keyof typeof NUMBER;
      /** The number. */
      readonly value: number;
    }
  /** The codes of the options that the client asks for, each 0 to 255. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: "parameterRequestList";
      /** Numbers of options, in the order of preference. */
      readonly codes: readonly number[];
    }
  /** RFC 2132, section 9.14: `type` is that of a hardware address, 0 to 255, or 0 for another identifier. Default: 1, Ethernet. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: "clientIdentifier";
      /** Hardware type of the identifier, 0 to 255. */
      readonly type?: number;
      /** What follows the type. */
      readonly identifier: Bytes;
    }
  /** A single zero. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: "pad";
    }
  /** What ends the list, and what stands behind it. Default: nothing. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: "end";
      /** What stands behind the end of the list. */
      readonly padding?: Uint8Array;
    }
  /** Any other. 0 and 255 are written with a length, too, which no reader expects. */
  | {
      /** Which option it is: a name of RFC 2132, or its number. */
      readonly code: number;
      /** What stands behind code and length, up to 255 bytes. */
      readonly data: Bytes;
    };

/** How the data of an option are written and read. */
interface Form {
  /** The property that holds them. */
  readonly field: string;
  readonly encode: (value: never, name: string, at: number) => Uint8Array;
  /** @returns undefined for data that the option cannot have */
  readonly decode: (data: Uint8Array) => unknown;
}

function form<Value>(
  field: string,
  encode: (value: Value, name: string, at: number) => Uint8Array,
  decode: (data: Uint8Array) => Value | undefined,
): Form {
  return { field, encode, decode };
}

const addresses = ipv4List(LAYER);

function addressBytes(all: readonly Address[], name: string, at: number): Uint8Array {
  if (!Array.isArray(all)) throw badField(LAYER, at, `${name} is no list of addresses`);
  const bytes = new Uint8Array(4 * all.length);
  for (const [index, address] of all.entries()) {
    new OptionData(bytes, LAYER).setNumber(4 * index, 4, ipv4Of(address, LAYER, at), name);
  }
  return bytes;
}

function addressesOf(data: Uint8Array): readonly number[] | undefined {
  return data.length > 0 && data.length % 4 === 0 ? addresses.decode(data, 0, data.length) : undefined;
}

const addressForm = form<Address>(
  "address",
  (value, name, at) => addressBytes([value], name, at),
  (data) => (data.length === 4 ? addressesOf(data)?.[0] : undefined),
);
const addressesForm = form<readonly Address[]>("addresses", addressBytes, addressesOf);

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const textForm = form<string>(
  "text",
  (value, name) => bytesOf(value, LAYER, name),
  (data) => {
    try {
      return strictDecoder.decode(data);
    } catch {
      return undefined;
    }
  },
);

const numberForm = (field: string, length: 1 | 2 | 4): Form =>
  form<number>(
    field,
    (value, name, at) => numberBytes(value, length, name, at),
    (data) => (data.length === length ? new OptionData(data, LAYER).number(0, length) : undefined),
  );

/** @throws PacketError BAD_FIELD if it does not fit */
function numberBytes(value: number, length: 1 | 2 | 4, name: string, at: number): Uint8Array {
  const largest = 2 ** (8 * length) - 1;
  if (!(value >= 0 && value <= largest && Math.floor(value) === value))
    throw outOfRange(LAYER, at, name, value, largest);
  const bytes = new Uint8Array(length);
  new OptionData(bytes, LAYER).setNumber(0, length, value, name);
  return bytes;
}

const codesForm = form<readonly number[]>(
  "codes",
  (codes, name, at) => {
    if (!Array.isArray(codes)) throw badField(LAYER, at, `${name} is no list of codes`);
    return Uint8Array.from(codes, (code: number) => numberBytes(code, 1, name, at)[0]!);
  },
  (data) => [...data],
);

const FORMS: readonly (readonly [codes: Readonly<Record<string, number>>, form: Form])[] = [
  [ADDRESS, addressForm],
  [ADDRESSES, addressesForm],
  [TEXT, textForm],
  [SECONDS, numberForm("seconds", 4)],
  [{ overload: NUMBER.overload, messageType: NUMBER.messageType }, numberForm("value", 1)],
  [{ maximumMessageSize: NUMBER.maximumMessageSize }, numberForm("value", 2)],
  [{ parameterRequestList: PARAMETER_LIST }, codesForm],
];

interface Kind {
  readonly name: string;
  readonly number: number;
  readonly form: Form;
}

const KINDS: readonly Kind[] = FORMS.flatMap(([codes, form]) =>
  Object.entries(codes).map(([name, number]) => ({ name, number, form })),
);
const BY_NAME: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [kind.name, kind]));
const BY_NUMBER: ReadonlyMap<number, Kind> = new Map(KINDS.map((kind) => [kind.number, kind]));

/** The bytes of one option. @param at where it would begin, for errors */
function encodeOption(option: DhcpOptionValue, index: number, at: number): Uint8Array {
  const name = `options[${index}]`;
  const values = option as Readonly<Record<string, unknown>>;
  const { code } = option;
  if (code === "pad") return Uint8Array.of(PAD);
  if (code === "end") return Uint8Array.of(END, ...(option.padding ?? []));
  if (typeof code === "number") {
    if (!(code >= 0 && code <= LARGEST_CODE && Math.floor(code) === code)) {
      throw outOfRange(LAYER, at, `${name}.code`, code, LARGEST_CODE);
    }
    return withLength(code, bytesOf(option.data, LAYER, `${name}.data`), name, at);
  }
  if (code === "clientIdentifier") {
    const [type] = numberBytes(option.type ?? 1, 1, `${name}.type`, at);
    const identifier = bytesOf(option.identifier, LAYER, `${name}.identifier`);
    return withLength(CLIENT_IDENTIFIER, Uint8Array.of(type!, ...identifier), name, at);
  }
  const kind = BY_NAME.get(code);
  if (kind === undefined) {
    const known = ["pad", "end", "clientIdentifier", ...BY_NAME.keys()].join(", ");
    throw badField(LAYER, at, `${name}.code is ${JSON.stringify(code)}, and can be a number, or of ${known}`);
  }
  const { field, encode } = kind.form;
  if (values[field] === undefined) throw badField(LAYER, at, `${name}.${field} is missing`);
  return withLength(kind.number, encode(values[field] as never, `${name}.${field}`, at), name, at);
}

function withLength(code: number, data: Uint8Array, name: string, at: number): Uint8Array {
  if (data.length > LONGEST_DATA) {
    throw badField(LAYER, at, `${name} has ${data.length} bytes of data, and can have up to ${LONGEST_DATA}`);
  }
  const bytes = new Uint8Array(DATA_AT + data.length);
  bytes[0] = code;
  bytes[1] = data.length;
  bytes.set(data, DATA_AT);
  return bytes;
}

/** @returns undefined for a list that cannot be followed to its end, or would be written as other bytes */
function decodeOptions(bytes: Uint8Array, start: number, end: number): DhcpOptionValue[] | undefined {
  const options: DhcpOptionValue[] = [];
  for (let at = start; at < end; ) {
    const code = bytes[at]!;
    if (code === END) {
      options.push(at + 1 < end ? { code: "end", padding: bytes.subarray(at + 1, end) } : { code: "end" });
      return options;
    }
    if (code === PAD) {
      options.push({ code: "pad" });
      at++;
      continue;
    }
    const next = at + DATA_AT + (at + 1 < end ? bytes[at + 1]! : 0);
    if (next > end) return undefined;
    options.push(decodeOption(code, bytes.subarray(at + DATA_AT, next)));
    at = next;
  }
  return options;
}

function decodeOption(code: number, data: Uint8Array): DhcpOptionValue {
  if (code === CLIENT_IDENTIFIER && data.length > 0) {
    return { code: "clientIdentifier", type: data[0]!, identifier: data.subarray(1) };
  }
  const kind = BY_NUMBER.get(code);
  const value = kind?.form.decode(data);
  if (kind === undefined || value === undefined) return { code, data };
  return { code: kind.name, [kind.form.field]: value } as unknown as DhcpOptionValue;
}

/** @inline */
type Given = readonly DhcpOptionValue[] | Uint8Array;

/** A list, or bytes as they are. What is read is a list, where that can be followed to its end. */
export const dhcpOptions: TailCodec<Given, Given> = {
  byteLength: (options, tailAt) => encoded(options, tailAt).length,
  encode: (options, bytes, at) => bytes.set(encoded(options, at), at),
  decode: (bytes, at, end) => decodeOptions(bytes, at, end) ?? bytes.subarray(at, end),
};

function encoded(options: Given, start: number): Uint8Array {
  if (options instanceof Uint8Array) return options;
  if (!Array.isArray(options)) throw badField(LAYER, start, "options is neither a list nor bytes");
  const all: number[] = [];
  for (const [index, option] of options.entries()) all.push(...encodeOption(option, index, start + all.length));
  return Uint8Array.from(all);
}
