import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CryptoPan } from "../../lib/edit/crypto-pan.ts";
import { anonymizerOf } from "../../lib/edit.ts";
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from "../../lib/headers/address.ts";

/** From the sample that comes with Crypto-PAn 1.0, with the key below. */
const SAMPLE: readonly (readonly [string, string])[] = [
  ["128.11.68.132", "135.242.180.132"],
  ["129.118.74.4", "134.136.186.123"],
  ["130.132.252.244", "133.68.164.234"],
  ["141.223.7.43", "141.167.8.160"],
  ["141.233.145.108", "141.129.237.235"],
];

const key = [
  21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87,
  76, 45, 42, 132, 34, 2,
];
const anonymizer = anonymizerOf(key.map((byte) => byte.toString(16).padStart(2, "0")).join(""));
const ipv4 = (text: string) => formatIpv4(anonymizer.ipv4(parseIpv4(text)));
const ipv6 = (text: string) => formatIpv6(anonymizer.ipv6(parseIpv6(text)));
const mac = (text: string) => formatMac(anonymizer.mac(parseMac(text)));

/** How many of the first bits two numbers have in common. */
function common(a: bigint, b: bigint, bits: number): number {
  const difference = a ^ b;
  return difference === 0n ? bits : bits - difference.toString(2).length;
}

describe("addresses under a key", () => {
  it.each(SAMPLE)("are those of Crypto-PAn's own sample: %s", (address, expected) => {
    expect(ipv4(address)).toBe(expected);
  });

  it("have in common afterwards what they had in common before, and no more", () => {
    const pure = new CryptoPan(
      (blocks) => blocks.map((byte, index) => byte ^ (blocks[(index + 5) % blocks.length]! * 7)),
      new Uint8Array(16).fill(0x5a),
    );
    for (const bits of [32, 48, 128]) {
      const address = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
      fc.assert(
        fc.property(address, fc.nat(bits - 1), (first, place) => {
          const second = first ^ (1n << BigInt(place));
          expect(common(pure.map(first, bits), pure.map(second, bits), bits)).toBe(bits - 1 - place);
        }),
      );
    }
  });

  it("have prefixes from 8 bits on in common also where one of them is mapped again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x0100_0000, max: 0xdfff_ffff }), fc.nat(23), (first, place) => {
        const second = (first ^ (1 << place)) >>> 0;
        fc.pre(first >>> 24 !== 127);
        const [a, b] = [anonymizer.ipv4(first), anonymizer.ipv4(second)];
        expect(Math.clz32(a ^ b)).toBe(31 - place);
        // An ordinary address stays ordinary.
        expect([0, 127]).not.toContain(a >>> 24);
        expect(a >>> 24).toBeLessThan(224);
      }),
    );
  });

  it("of IPv6 and of adapters keep their prefixes as well", () => {
    const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(word, word, fc.nat(117), (high, low, place) => {
        const first = (0x2001n << 112n) | ((high & 0xffff_ffff_ffffn) << 64n) | low;
        const second = first ^ (1n << BigInt(place % 112));
        expect(common(anonymizer.ipv6(first), anonymizer.ipv6(second), 128)).toBe(127 - (place % 112));
      }),
    );
    expect(mac("00:1b:21:00:00:01").slice(0, 8)).toBe(mac("00:1b:21:ff:00:01").slice(0, 8));
    expect(mac("00:1b:21:00:00:01").slice(0, 8)).not.toBe("00:1b:21");
  });

  it("are as many as before: no two become one", () => {
    const addresses = Array.from({ length: 70_000 }, (_, index) => (0xc0a8_0000 + 977 * index) >>> 0);
    expect(new Set(addresses.map((address) => anonymizer.ipv4(address))).size).toBe(addresses.length);
  });

  it.each(["0.0.0.0", "127.0.0.1", "224.0.0.251", "255.255.255.255", "255.255.255.0"])(
    "stay where they are nobody's: %s",
    (address) => {
      expect(ipv4(address)).toBe(address);
    },
  );

  it.each(["::", "::1", "ff02::1", "ff05::1:3"])("stay where they are nobody's: %s", (address) => {
    expect(ipv6(address)).toBe(address);
  });

  it.each(["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "33:33:00:00:00:01"])(
    "stay where they are nobody's: %s",
    (address) => {
      expect(mac(address)).toBe(address);
    },
  );

  it("keep what kind they are of", () => {
    expect(ipv6("fe80::1")).toMatch(/^fe80::/);
    expect(ipv6("fe80::1")).not.toBe("fe80::1");
    expect(parseMac(mac("02:00:0a:00:00:01")) / 2 ** 40).toSatisfy((first: number) => (Math.floor(first) & 3) === 2);
    expect(parseMac(mac("00:1b:21:00:00:01")) / 2 ** 40).toSatisfy((first: number) => (Math.floor(first) & 3) === 0);
  });

  it("of solicited nodes are the same on Ethernet as in IPv6", () => {
    const group = ipv6("ff02::1:ff12:3456");
    expect(group).toMatch(/^ff02::1:ff/);
    expect(group).not.toBe("ff02::1:ff12:3456");
    const last = formatMac(Number(BigInt.asUintN(48, parseIpv6(group)))).slice(9);
    expect(mac("33:33:ff:12:34:56")).toBe(`33:33:ff:${last}`);
  });

  it("do not show in an adapter's address that was made of an IP address", () => {
    expect(mac("02:00:0a:00:00:01").slice(6)).not.toBe(formatMac(anonymizer.ipv4(parseIpv4("10.0.0.1"))).slice(6));
  });

  it("depend on the passphrase and on nothing else", () => {
    const address = parseIpv4("192.168.1.77");
    expect(anonymizerOf("tea").ipv4(address)).toBe(anonymizerOf("tea").ipv4(address));
    expect(anonymizerOf("tea").ipv4(address)).not.toBe(anonymizerOf("coffee").ipv4(address));
    expect(() => anonymizerOf("")).toThrow(/key to anonymize with is empty/);
  });
});
