import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WirewrightError } from "../../lib/core/errors.ts";
import {
  formatIpv4,
  formatMac,
  macFromIpv4,
  parseIpv4,
  parseMac,
  tryParseIpv4,
  tryParseMac,
} from "../../lib/headers/address.ts";

describe("IPv4 addresses", () => {
  it.each([
    ["0.0.0.0", 0],
    ["10.0.0.1", 0x0a000001],
    ["127.0.0.1", 0x7f000001],
    ["192.168.0.199", 0xc0a800c7],
    ["255.255.255.255", 0xffffffff],
  ])("%s is read and written", (text, address) => {
    expect(parseIpv4(text)).toBe(address);
    expect(formatIpv4(address)).toBe(text);
  });

  it.each([
    "",
    "10",
    "10.0.0",
    "10.0.0.",
    ".10.0.0.1",
    "10..0.1",
    "10.0.0.1.2",
    "10.0.0.256",
    "10.0.0.1000",
    "10.0.0.01",
    "00.0.0.0",
    " 10.0.0.1",
    "10.0.0.1 ",
    "10.0.0.+1",
    "10.0.0.-1",
    "10.0.0.1e0",
    "0x0a.0.0.1",
    "10.0.0.١",
    "::1",
    "localhost",
  ])("%j is refused", (text) => {
    expect(tryParseIpv4(text)).toBeUndefined();
    expect(() => parseIpv4(text)).toThrow(expect.objectContaining({ code: "BAD_ADDRESS" }));
    expect(() => parseIpv4(text)).toThrow(WirewrightError);
  });

  it("says what is wrong in one sentence, without repeating a whole file", () => {
    expect(() => parseIpv4("10.0.0")).toThrow(
      '"10.0.0" is not an IPv4 address; write four numbers from 0 to 255 with dots between, as in 10.0.0.1.',
    );
    expect(() => parseIpv4(`\x1b[31m${"9".repeat(1e6)}`)).toThrow(/^"\\u001b\[31m9{35}\.\.\." is not/);
  });

  it("come back from their text, and text is read only if it is what would be written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (n) => {
        expect(parseIpv4(formatIpv4(n))).toBe(n);
      }),
    );
    const nearly = fc.array(fc.constantFrom("0", "1", "2", "9", "25", "255", "256", "."), { maxLength: 9 });
    fc.assert(
      fc.property(nearly, (pieces) => {
        const address = tryParseIpv4(pieces.join(""));
        if (address !== undefined) expect(formatIpv4(address)).toBe(pieces.join(""));
      }),
    );
  });
});

describe("MAC addresses", () => {
  it.each([
    ["00:00:00:00:00:00", 0],
    ["02:00:0a:00:00:01", 0x02000a000001],
    ["ff:ff:ff:ff:ff:ff", 0xffffffffffff],
  ])("%s is read and written", (text, address) => {
    expect(parseMac(text)).toBe(address);
    expect(parseMac(text.toUpperCase().replaceAll(":", "-"))).toBe(address);
    expect(formatMac(address)).toBe(text);
  });

  it.each([
    "",
    "02:00:0a:00:00",
    "02:00:0a:00:00:01:02",
    "02:00:0a:00:00:1",
    "02:00:0a-00:00:01",
    "0200.0a00.0001",
    "02000a000001",
    "0g:00:0a:00:00:01",
    " 02:00:0a:00:00:01",
    "02:00:0a:00:00:01\n",
  ])("%j is refused", (text) => {
    expect(tryParseMac(text)).toBeUndefined();
    expect(() => parseMac(text)).toThrow(expect.objectContaining({ code: "BAD_ADDRESS" }));
  });

  it("come back from their text", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffffffff }), (n) => {
        expect(parseMac(formatMac(n))).toBe(n);
      }),
    );
  });

  it("can be made up from an IPv4 address", () => {
    expect(formatMac(macFromIpv4(parseIpv4("10.1.2.3")))).toBe("02:00:0a:01:02:03");
    expect(formatMac(macFromIpv4(parseIpv4("255.255.255.255")))).toBe("02:00:ff:ff:ff:ff");
  });
});
