import { foldSum, ipv6AddressSum } from "../core/checksum.ts";
import { WirewrightError } from "../core/errors.ts";
import { formatIp, formatMac, type IpAddress, ipv6Words, type MacAddress } from "../headers/address.ts";
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH } from "../headers/header-lengths.ts";

/**
 * One machine of the capture: what all its conversations have in common. Its numbers are numbers from the start, because
 * what is undefined for a moment has to be asked for ever after what it is.
 */
export class Host {
  /** What people call the machine. */
  readonly name: string;
  /** Its IPv4 or IPv6 address. */
  readonly address: IpAddress;
  /** Bytes of the IP headers of its packets: 20, or 40 with IPv6. */
  readonly ipHeaderLength: number = 0;
  /** The address of IPv6 as 32-bit words, most significant first. */
  readonly ipv6Words: readonly number[] | undefined;
  /** The first two bytes of the MAC address ... */
  macHigh16: number = 0;
  /** ... and the last four, as a signed number: a capture can have very many hosts, and larger ones take an object each. */
  #macLow32: number = 0;
  #isMacSettled = false;
  /** What the address adds to a header checksum or a pseudo-header, 0 to 0xffff. */
  readonly addressSum: number = 0;
  #identification = 0;

  /**
   * A machine with one address.
   *
   * @param name what comments on packets call it
   * @param identification the IPv4 identification of its first packet; the lowest 16 bits count
   * @throws WirewrightError BAD_OPTION for addresses that are text still
   */
  constructor(name: string, address: IpAddress, mac: MacAddress, identification: number) {
    if (typeof address === "string" || typeof mac !== "number") throw notParsed(name);
    this.name = name;
    this.address = address;
    this.#setMac(mac);
    if (typeof address === "number") {
      this.ipHeaderLength = IPV4_HEADER_LENGTH;
      this.ipv6Words = undefined;
      this.addressSum = foldSum((address >>> 16) + (address & 0xffff));
    } else {
      this.ipHeaderLength = IPV6_HEADER_LENGTH;
      this.ipv6Words = ipv6Words(address);
      this.addressSum = foldSum(ipv6AddressSum(address));
    }
    this.#identification = identification & 0xffff;
  }

  /** Whether that is an address of IPv4. */
  get isIpv4(): boolean {
    return this.ipHeaderLength === IPV4_HEADER_LENGTH;
  }

  /** Its hardware address. */
  get mac(): MacAddress {
    return this.macHigh16 * 0x1_0000_0000 + this.macLow32;
  }

  /** As JSON has it: with addresses as text. */
  toJSON(): object {
    return { name: this.name, address: formatIp(this.address), mac: formatMac(this.mac) };
  }

  /** Somebody tells its MAC address, which was made up. Whoever is the first is believed. */
  settleMac(mac: MacAddress): void {
    if (!this.#isMacSettled) this.#setMac(mac);
    this.#isMacSettled = true;
  }

  #setMac(mac: MacAddress): void {
    this.macHigh16 = Math.floor(mac / 0x1_0000_0000);
    this.#macLow32 = mac | 0;
  }

  /** The MAC address in the pieces that fill 32-bit words: as destination the first four and last two bytes ... */
  get macHigh32(): number {
    return ((this.macHigh16 << 16) | (this.#macLow32 >>> 16)) >>> 0;
  }

  /** The lower 16 bits of the hardware address. */
  get macLow16(): number {
    return this.#macLow32 & 0xffff;
  }

  /** ... and as source the first two and last four. */
  get macLow32(): number {
    return this.#macLow32 >>> 0;
  }

  /** The identification of this host's next packet: counts up, modulo 2^16. */
  takeIdentification(): number {
    const taken = this.#identification;
    this.#identification = (taken + 1) & 0xffff;
    return taken;
  }
}

function notParsed(name: string): WirewrightError {
  const sentence = `The addresses of the host ${name} have to be numbers; give them as parseIpv4("10.0.0.1") and macFromIp make them.`;
  return new WirewrightError("BAD_OPTION", sentence);
}
