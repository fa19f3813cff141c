import { ipv6AddressSum } from "../frame.ts";
import type { IpAddress, MacAddress } from "../headers/address.ts";
import { foldSum } from "../headers/checksum.ts";

/** One machine of the capture: what all its conversations have in common. */
export class Host {
  readonly name: string;
  readonly address: IpAddress;
  readonly isIpv4: boolean;
  /** An IPv4 address, or the last 32 bits of an IPv6 one. */
  readonly lastWord: number;
  /** The address as 32-bit words, most significant first: one for IPv4, four for IPv6. */
  readonly addressWords: readonly number[];
  readonly mac: MacAddress;
  /** The MAC address in the pieces that fill 32-bit words: as destination the first four and last two bytes ... */
  readonly macHigh32: number;
  readonly macLow16: number;
  /** ... and as source the first two and last four. */
  readonly macHigh16: number;
  readonly macLow32: number;
  /** What the address adds to a header checksum or a pseudo-header, 0 to 0xffff. */
  readonly addressSum: number;
  #identification: number;

  /** @param identification the IPv4 identification of its first packet; the lowest 16 bits count */
  constructor(name: string, address: IpAddress, mac: MacAddress, identification: number) {
    this.name = name;
    this.address = address;
    this.mac = mac;
    this.macHigh32 = Math.floor(mac / 0x1_0000);
    this.macLow16 = mac % 0x1_0000;
    this.macHigh16 = Math.floor(mac / 0x1_0000_0000);
    this.macLow32 = mac % 0x1_0000_0000;
    this.isIpv4 = typeof address === "number";
    if (typeof address === "number") {
      this.addressWords = [address];
      this.addressSum = foldSum((address >>> 16) + (address & 0xffff));
    } else {
      this.addressWords = [96n, 64n, 32n, 0n].map((shift) => Number(BigInt.asUintN(32, address >> shift)));
      this.addressSum = foldSum(ipv6AddressSum(address));
    }
    this.lastWord = this.addressWords.at(-1)!;
    this.#identification = identification & 0xffff;
  }

  /** The identification of this host's next packet: counts up, modulo 2^16. */
  takeIdentification(): number {
    const taken = this.#identification;
    this.#identification = (taken + 1) & 0xffff;
    return taken;
  }
}
