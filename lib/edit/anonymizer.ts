/**
 * Addresses made unknowable under a key, with Crypto-PAn, but for those that are nobody's in particular.
 *
 * IPv4: 0.0.0.0/8, which is nobody yet, loopback (127.0.0.0/8), multicast (224.0.0.0/4), and 240.0.0.0/4, which has broadcast
 *   and masks and nothing else, stay.
 * IPv6: ::, ::1 and multicast (ff00::/8) stay; of link-local addresses (fe80::/10) the first 64 bits. A group that is made of
 *   an address (ff02::1:ff00:0/104, RFC 4291, section 2.7.1) has its last 24 bits mapped.
 * MAC: all zeros, broadcast and groups stay, but for 33:33:ff, which is such a group of IPv6 on Ethernet (RFC 2464, section 7).
 *   In an individual address, the bit that says who gave it stays, and all others are mapped; whoever had the same maker has it
 *   afterwards, and it is another.
 *
 * An address that would become one of those that stay is mapped once more, until it does not. That keeps two addresses from
 * becoming one, and all prefixes of 10 bits and more.
 */
import type { Ipv4Address, Ipv6Address, MacAddress } from "../headers/address.ts";
import type { AddressMap } from "./address-map.ts";
import { BLOCK_LENGTH, CryptoPan, type EncryptBlocks } from "./crypto-pan.ts";

const THIS_NET = 0;
const LOOPBACK_NET = 127;
/** Multicast, and behind it what is reserved. */
const FIRST_GROUP = 224;

const LOOPBACK_6 = 1n;
const LINK_LOCAL = 0xfe80n >> 6n;
const LINK_LOCAL_SHIFT = 118n;
const LINK_LOCAL_KEPT = 64;
const GROUPS = 0xffn;
const GROUPS_SHIFT = 120n;
/** ff02::1:ff00:0/104. */
const SOLICITED = 0xff02_0000_0000_0000_0000_0001_ffn;
const SOLICITED_BITS = 24;

const MAC_BITS = 48;
/** Of the first byte: whether it is a group, and whether its owner made it up. */
const GROUP_BIT = 0x0100_0000_0000;
const LOCAL_BIT = 0x0200_0000_0000;
const SOLICITED_MAC = 0x3333ff;
const TWO_TO_24 = 0x100_0000;

/** A capture can have any number of addresses; of more than this, each is computed when it comes. */
const MOST_CACHED = 1 << 18;

export class Anonymizer implements AddressMap {
  readonly #ip: CryptoPan;
  /** With a pad of its own, so that a MAC address that was made of an IP address does not show it. */
  readonly #mac: CryptoPan;
  readonly #ipv4s = new Map<Ipv4Address, Ipv4Address>();
  readonly #ipv6s = new Map<Ipv6Address, Ipv6Address>();
  readonly #macs = new Map<MacAddress, MacAddress>();

  /**
   * @param encrypt AES-128 under the first half of the key
   * @param secondHalf of the key, 16 bytes
   */
  constructor(encrypt: EncryptBlocks, secondHalf: Uint8Array) {
    const pad = encrypt(secondHalf.slice(0, BLOCK_LENGTH)).slice();
    this.#ip = new CryptoPan(encrypt, pad);
    const other = pad.slice();
    other[0]! ^= 0xff;
    this.#mac = new CryptoPan(encrypt, encrypt(other).slice());
  }

  ipv4(address: Ipv4Address): Ipv4Address {
    return this.#ipv4s.get(address) ?? remember(this.#ipv4s, address, this.#mapIpv4(address));
  }

  ipv6(address: Ipv6Address): Ipv6Address {
    return this.#ipv6s.get(address) ?? remember(this.#ipv6s, address, this.#mapIpv6(address));
  }

  mac(address: MacAddress): MacAddress {
    return this.#macs.get(address) ?? remember(this.#macs, address, this.#mapMac(address));
  }

  #mapIpv4(address: Ipv4Address): Ipv4Address {
    if (staysIpv4(address)) return address;
    let mapped = address;
    do mapped = Number(this.#ip.map(BigInt(mapped), 32));
    while (staysIpv4(mapped));
    return mapped;
  }

  #mapIpv6(address: Ipv6Address): Ipv6Address {
    if (address >> GROUPS_SHIFT === GROUPS) return this.#mapGroup(address);
    if (staysIpv6(address)) return address;
    if (isLinkLocal(address)) return this.#ip.map(address, 128, LINK_LOCAL_KEPT);
    let mapped = address;
    do mapped = this.#ip.map(mapped, 128);
    while (staysIpv6(mapped) || isLinkLocal(mapped) || mapped >> GROUPS_SHIFT === GROUPS);
    return mapped;
  }

  #mapGroup(group: Ipv6Address): Ipv6Address {
    return group >> BigInt(SOLICITED_BITS) === SOLICITED ? this.#ip.map(group, 128, 128 - SOLICITED_BITS) : group;
  }

  #mapMac(address: MacAddress): MacAddress {
    if (Math.floor(address / TWO_TO_24) === SOLICITED_MAC) {
      const group = this.#mapGroup((SOLICITED << BigInt(SOLICITED_BITS)) | BigInt(address % TWO_TO_24));
      return SOLICITED_MAC * TWO_TO_24 + Number(BigInt.asUintN(SOLICITED_BITS, group));
    }
    if (address === 0 || bitOf(address, GROUP_BIT) !== 0) return address;
    const mapped = Number(this.#mac.map(BigInt(address), MAC_BITS));
    const individual = mapped - bitOf(mapped, GROUP_BIT) - bitOf(mapped, LOCAL_BIT);
    return individual + bitOf(address, LOCAL_BIT);
  }
}

function bitOf(address: MacAddress, bit: number): number {
  return Math.floor(address / bit) % 2 === 1 ? bit : 0;
}

function staysIpv4(address: Ipv4Address): boolean {
  const first = address >>> 24;
  return first === THIS_NET || first === LOOPBACK_NET || first >= FIRST_GROUP;
}

function staysIpv6(address: Ipv6Address): boolean {
  return address <= LOOPBACK_6;
}

function isLinkLocal(address: Ipv6Address): boolean {
  return address >> LINK_LOCAL_SHIFT === LINK_LOCAL;
}

function remember<Address>(cache: Map<Address, Address>, address: Address, mapped: Address): Address {
  if (cache.size < MOST_CACHED) cache.set(address, mapped);
  return mapped;
}
