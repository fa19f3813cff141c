/** The kinds of options that a header can have, in a table: what each has for data, and how that is written and read. */
import { viewOf } from "../core/bytes.ts";
import { badField, checkedField } from "../core/errors.ts";
import {
  getIpv6,
  getMac,
  type Ipv4Address,
  type Ipv6Address,
  type MacAddress,
  setIpv6,
  setMac,
  tryParseIpv4,
  tryParseIpv6,
  tryParseMac,
} from "./address.ts";
import { lengthOfBytes } from "./checked-lengths.ts";

/** An option of a kind without a name here, or of one that has a name, with data that it should not have. */
export interface UnknownOption {
  readonly kind: "unknown";
  /** 0 to 255, as far as it is none of a kind that is a single byte. */
  readonly number: number;
  /** What stands behind kind and length. */
  readonly data: Uint8Array;
}

/** How the data of one kind of option is written and read. */
export interface OptionKind<Option> {
  /** The number of the kind, or one for each of those that it stands for. */
  readonly numbers: readonly [number, ...number[]];
  /** Which of several it is. */
  readonly numberOf?: (option: Option) => number;
  readonly dataLength: (option: Option) => number;
  /** Writes the data at `at`, where `dataLength` bytes have room. */
  readonly write: (option: Option, data: OptionData, at: number) => void;
  /** Reads the data between `start` and `end`; undefined for data that this kind cannot have. */
  readonly read: (data: OptionData, start: number, end: number, number: number) => Option | undefined;
}

/** Memory that options are written to or read from, and what a value that does not fit is refused with. */
export class OptionData {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #layer: string;

  constructor(bytes: Uint8Array, layer: string) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.#layer = layer;
  }

  /** @throws PacketError BAD_FIELD if it does not fit */
  setNumber(at: number, length: 1 | 2 | 3 | 4, value: number, name: string): void {
    let rest = checkedField(this.#layer, value, 2 ** (8 * length) - 1, name, at);
    for (let index = length - 1; index >= 0; index--) {
      this.view.setUint8(at + index, rest & 0xff);
      rest = Math.floor(rest / 256);
    }
  }

  number(at: number, length: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 256 + this.view.getUint8(at + index);
    return value;
  }

  /** @param value a number, or the text of an address @throws PacketError BAD_FIELD for anything else */
  setIpv4(at: number, value: Ipv4Address | string, name: string): void {
    const address = typeof value === "string" ? tryParseIpv4(value) : value;
    if (address === undefined) this.#refuseAddress(at, value, name, "an IPv4 address such as 10.0.0.1");
    this.setNumber(at, 4, address, name);
  }

  /** @param value a number, or the text of an address @throws PacketError BAD_FIELD for anything else */
  setIpv6(at: number, value: Ipv6Address | string, name: string): void {
    const address = typeof value === "string" ? tryParseIpv6(value) : value;
    if (typeof address !== "bigint") this.#refuseAddress(at, value, name, "an IPv6 address such as 2001:db8::1");
    setIpv6(this.view, at, address, name, this.#layer);
  }

  ipv6(at: number): Ipv6Address {
    return getIpv6(this.view, at);
  }

  /** @param value a number, or the text of an address @throws PacketError BAD_FIELD for anything else */
  setMac(at: number, value: MacAddress | string, name: string): void {
    const address = typeof value === "string" ? tryParseMac(value) : value;
    if (address === undefined) this.#refuseAddress(at, value, name, "a MAC address such as 02:00:00:00:00:01");
    setMac(this.view, at, address, name, this.#layer);
  }

  mac(at: number): MacAddress {
    return getMac(this.view, at);
  }

  #refuseAddress(at: number, value: unknown, name: string, right: string): never {
    this.refuse(
      at,
      `${name} is ${typeof value === "string" ? JSON.stringify(value) : String(value)}, and can be ${right}`,
    );
  }

  /** @throws PacketError BAD_FIELD for what cannot be */
  refuse(at: number, problem: string): never {
    throw badField(this.#layer, at, problem);
  }
}

interface Named {
  readonly kind: string;
}

export type KindsOf<Option extends Named> = {
  readonly [Kind in Option["kind"]]: OptionKind<Extract<Option, { readonly kind: Kind }>>;
};

/** All kinds of one protocol that have a name and data. */
export class OptionKinds<Option extends Named> {
  readonly #layer: string;
  readonly #kinds: ReadonlyMap<string, OptionKind<Option>>;
  readonly #byNumber: ReadonlyMap<number, OptionKind<Option>>;
  readonly #others: readonly string[];

  /** @param others names of what stands among the options and is in no table, for errors */
  constructor(layer: string, kinds: KindsOf<Option>, others: readonly string[]) {
    this.#layer = layer;
    this.#kinds = new Map(Object.entries(kinds as unknown as Record<string, OptionKind<Option>>));
    this.#byNumber = new Map([...this.#kinds.values()].flatMap((kind) => kind.numbers.map((number) => [number, kind])));
    this.#others = others;
  }

  /** @throws PacketError BAD_FIELD for a kind that there is not */
  #kindOf(option: Named): OptionKind<Option> {
    const kind = this.#kinds.get(option.kind);
    if (kind !== undefined) return kind;
    const known = [...this.#others, "unknown", ...this.#kinds.keys()].join(", ");
    throw badField(this.#layer, 0, `there is no option ${String(option.kind)}; there are ${known}`);
  }

  /** Bytes of data. @throws PacketError BAD_FIELD for a kind that there is not */
  dataLength(option: Option | UnknownOption): number {
    return isUnknown(option)
      ? lengthOfBytes(this.#layer, option.data, "data of an unknown option")
      : this.#kindOf(option).dataLength(option);
  }

  /** @throws PacketError BAD_FIELD for a number that the kind cannot have, or there is not */
  numberOf(option: Option | UnknownOption, data: OptionData, at: number): number {
    if (isUnknown(option)) return checkedField(this.#layer, option.number, 0xff, "number of an unknown option", at);
    const kind = this.#kindOf(option);
    const number = kind.numberOf?.(option) ?? kind.numbers[0];
    if (kind.numbers.includes(number)) return number;
    data.refuse(at, `number of ${option.kind} is ${number}, and can be ${kind.numbers.join(" or ")}`);
  }

  /** Writes the data. @throws PacketError BAD_FIELD if a value does not fit */
  write(option: Option | UnknownOption, data: OptionData, at: number): void {
    if (isUnknown(option)) data.bytes.set(option.data, at);
    else this.#kindOf(option).write(option, data, at);
  }

  /** What is bytes in the option shares memory with `data`. */
  read(number: number, data: OptionData, start: number, end: number): Option | UnknownOption {
    const known = this.#byNumber.get(number)?.read(data, start, end, number);
    return known ?? { kind: "unknown", number, data: data.bytes.subarray(start, end) };
  }
}

function isUnknown(option: Named): option is UnknownOption {
  return option.kind === "unknown";
}
