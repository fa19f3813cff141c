/** What addresses become: by rules of prefixes that a person gives, and by whatever else is asked where none of them fits. */
import { notGiven, parsed } from "../core/given.ts";
import { type Ipv4Address, type Ipv6Address, type MacAddress, tryParseIpv4, tryParseIpv6 } from "../headers/address.ts";

/** A map of addresses of each kind. An address that stays as it is maps to itself. */
export interface AddressMap {
  /** What an IPv4 address becomes. */
  ipv4(address: Ipv4Address): Ipv4Address;
  /** What an IPv6 address becomes. */
  ipv6(address: Ipv6Address): Ipv6Address;
  /** What a hardware address becomes. */
  mac(address: MacAddress): MacAddress;
}

/** Leaves everything as it is. */
export const SAME_ADDRESSES: AddressMap = {
  ipv4: (address) => address,
  ipv6: (address) => address,
  mac: (address) => address,
};

/** Addresses that begin with one prefix get another one in its place; the bits behind the new one stay. */
export interface PrefixRule<Address> {
  /** The prefix that addresses begin with. */
  readonly from: Address;
  /** How many bits of it count. */
  readonly fromBits: number;
  /** The prefix that takes its place. */
  readonly to: Address;
  /** How many bits of it count. */
  readonly toBits: number;
}

/** A rule for addresses of one version of IP. */
export type IpRule =
  | ({ readonly version: 4 } & PrefixRule<Ipv4Address>)
  | ({ readonly version: 6 } & PrefixRule<Ipv6Address>);
/** A rule for hardware addresses. */
export type MacRule = PrefixRule<MacAddress>;

/**
 * Reads `10.0.0.0/8=192.168.0.0/16` or `2001:db8::/32=fd00::/48`; without a length, a prefix is a whole address.
 *
 * @throws WirewrightError BAD_OPTION for what is no such rule
 */
export function parseIpRule(text: string): IpRule {
  return parsed(
    tryParseIpRule(text),
    text,
    "a rule for IP addresses",
    'write two prefixes, as "10.0.0.0/8=192.168.0.0/16"',
  );
}

/** The same. @returns undefined for what is no such rule */
export function tryParseIpRule(text: string): IpRule | undefined {
  if (typeof text !== "string") return undefined;
  const [from, to, ...rest] = text.split("=").map((part) => parsePrefix(part.trim()));
  if (from === undefined || to === undefined || rest.length > 0) return undefined;
  if (from.version === 4 && to.version === 4) {
    return { version: 4, from: from.address, fromBits: from.bits, to: to.address, toBits: to.bits };
  }
  if (from.version === 6 && to.version === 6) {
    return { version: 6, from: from.address, fromBits: from.bits, to: to.address, toBits: to.bits };
  }
  return undefined;
}

type Prefix =
  | { readonly version: 4; readonly address: Ipv4Address; readonly bits: number }
  | { readonly version: 6; readonly address: Ipv6Address; readonly bits: number };

function parsePrefix(text: string): Prefix | undefined {
  const match = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text);
  if (match === null) return undefined;
  const four = tryParseIpv4(match[1]!);
  const bits = Number(match[2] ?? (four === undefined ? 128 : 32));
  if (four !== undefined) return bits <= 32 ? { version: 4, address: four, bits } : undefined;
  const six = tryParseIpv6(match[1]!);
  return six !== undefined && bits <= 128 ? { version: 6, address: six, bits } : undefined;
}

const MAC_BYTES = 6;

/**
 * Reads `02:00:0a:00:00:01=02:00:00:00:00:99`, or the first bytes of both, as many: `00:1b:21=02:00:5e` gives a maker's
 * adapters another maker.
 *
 * @throws WirewrightError BAD_OPTION for what is no such rule
 */
export function parseMacRule(text: string): MacRule {
  return parsed(
    tryParseMacRule(text),
    text,
    "a rule for MAC addresses",
    'write two beginnings, as "00:1b:21=02:00:5e"',
  );
}

/** The same. @returns undefined for what is no such rule */
export function tryParseMacRule(text: string): MacRule | undefined {
  if (typeof text !== "string") return undefined;
  const [from, to, ...rest] = text.split("=").map((part) => parseMacPrefix(part.trim()));
  if (from === undefined || to === undefined || rest.length > 0 || from.bits !== to.bits) return undefined;
  return { from: from.address, fromBits: from.bits, to: to.address, toBits: to.bits };
}

function parseMacPrefix(text: string): { readonly address: MacAddress; readonly bits: number } | undefined {
  if (!/^[0-9a-f]{2}(?:([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){0,4})?$/i.test(text)) return undefined;
  const digits = text.replace(/[:-]/g, "");
  return { address: Number.parseInt(digits.padEnd(2 * MAC_BYTES, "0"), 16), bits: 4 * digits.length };
}

/** A map of addresses by rules: the first one that fits counts, and an address that none fits is left to another map. */
export class RuleMap implements AddressMap {
  readonly #ipv4: readonly ((address: Ipv4Address) => Ipv4Address | undefined)[];
  readonly #ipv6: readonly ((address: Ipv6Address) => Ipv6Address | undefined)[];
  readonly #mac: readonly ((address: MacAddress) => MacAddress | undefined)[];
  readonly #otherwise: AddressMap;

  /**
   * Takes the rules in their order. Default for all other addresses: they stay.
   *
   * @throws WirewrightError BAD_OPTION for rules that are text still, and whatever else is none
   */
  constructor(ipRules: readonly IpRule[], macRules: readonly MacRule[], otherwise: AddressMap = SAME_ADDRESSES) {
    requireRules("IP", ipRules, IP_ADVICE);
    requireRules("MAC", macRules, MAC_ADVICE);
    this.#ipv4 = ipRules.flatMap((rule) => (rule.version === 4 ? [ipv4Rule(rule)] : []));
    this.#ipv6 = ipRules.flatMap((rule) => (rule.version === 6 ? [ipv6Rule(rule)] : []));
    this.#mac = macRules.map(macRule);
    this.#otherwise = otherwise;
  }

  /** What an IPv4 address becomes. */
  ipv4(address: Ipv4Address): Ipv4Address {
    for (const rule of this.#ipv4) {
      const mapped = rule(address);
      if (mapped !== undefined) return mapped;
    }
    return this.#otherwise.ipv4(address);
  }

  /** What an IPv6 address becomes. */
  ipv6(address: Ipv6Address): Ipv6Address {
    for (const rule of this.#ipv6) {
      const mapped = rule(address);
      if (mapped !== undefined) return mapped;
    }
    return this.#otherwise.ipv6(address);
  }

  /** What a hardware address becomes. */
  mac(address: MacAddress): MacAddress {
    for (const rule of this.#mac) {
      const mapped = rule(address);
      if (mapped !== undefined) return mapped;
    }
    return this.#otherwise.mac(address);
  }
}

const IP_ADVICE = 'give a list, as [parseIpRule("10.0.0.0/8=192.168.0.0/16")]';
const MAC_ADVICE = 'give a list, as [parseMacRule("00:1b:21=02:00:5e")]';

function requireRules(kind: string, rules: readonly (IpRule | MacRule)[], advice: string): void {
  const refuse = (given: unknown) => notGiven("A map of addresses", given, `rules for ${kind} addresses`, advice);
  if (!Array.isArray(rules)) throw refuse(rules);
  for (const rule of rules) if (typeof rule?.fromBits !== "number") throw refuse(rule);
}

function ipv4Rule({ from, fromBits, to, toBits }: PrefixRule<Ipv4Address>) {
  const [fromMask, toMask] = [mask32(fromBits), mask32(toBits)];
  const network = from & fromMask;
  const prefix = to & toMask;
  return (address: Ipv4Address) =>
    (address & fromMask) === network ? (prefix | (address & ~toMask)) >>> 0 : undefined;
}

/** Of 0 bits, none: a shift by 32 would be one by 0. */
function mask32(bits: number): number {
  return bits === 0 ? 0 : -1 << (32 - bits);
}

function ipv6Rule({ from, fromBits, to, toBits }: PrefixRule<Ipv6Address>) {
  const [fromShift, hostBits] = [BigInt(128 - fromBits), 128 - toBits];
  const network = from >> fromShift;
  const prefix = (to >> BigInt(hostBits)) << BigInt(hostBits);
  return (address: Ipv6Address) =>
    address >> fromShift === network ? prefix | BigInt.asUintN(hostBits, address) : undefined;
}

function macRule({ from, fromBits, to }: MacRule) {
  const unit = 2 ** (48 - fromBits);
  const network = Math.floor(from / unit);
  return (address: MacAddress) => (Math.floor(address / unit) === network ? to + (address % unit) : undefined);
}
