/** What people write to say what becomes of a capture. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIpRule, parseMacRule, RuleMap, tryParseIpRule, tryParseMacRule } from "../../lib/edit/address-map.ts";
import {
  isInRanges,
  parseFrameRanges,
  parseShift,
  TimeShift,
  tryParseFrameRanges,
  tryParseShift,
} from "../../lib/edit/selection.ts";
import { parseSplitRule, partName, tryParseSplitRule } from "../../lib/edit/splitter.ts";
import { formatIp, formatMac, parseIpv4, parseIpv6, parseMac } from "../../lib/headers/address.ts";

const ipv4 = (address: string, ...rules: string[]) =>
  formatIp(
    new RuleMap(
      rules.map((rule) => parseIpRule(rule)),
      [],
    ).ipv4(parseIpv4(address)),
  );
const ipv6 = (address: string, ...rules: string[]) =>
  formatIp(
    new RuleMap(
      rules.map((rule) => parseIpRule(rule)),
      [],
    ).ipv6(parseIpv6(address)),
  );
const mac = (address: string, ...rules: string[]) =>
  formatMac(
    new RuleMap(
      [],
      rules.map((rule) => parseMacRule(rule)),
    ).mac(parseMac(address)),
  );

describe("rules for addresses", () => {
  it.each([
    ["10.1.2.3", ["10.0.0.0/8=192.168.0.0/16"], "192.168.2.3"],
    ["10.1.2.3", ["10.1.0.0/16=192.0.0.0/8"], "192.1.2.3"],
    ["10.1.2.3", ["10.1.2.3=1.2.3.4", "10.0.0.0/8=9.0.0.0/8"], "1.2.3.4"],
    ["10.1.2.4", ["10.1.2.3=1.2.3.4", "10.0.0.0/8=9.0.0.0/8"], "9.1.2.4"],
    ["11.1.2.4", ["10.0.0.0/8=9.0.0.0/8"], "11.1.2.4"],
    ["200.1.2.4", ["0.0.0.0/0=10.0.0.0/8"], "10.1.2.4"],
    ["200.1.2.4", ["128.0.0.0/1=0.0.0.0/1"], "72.1.2.4"],
    ["200.1.2.4", ["0.0.0.0/0=0.0.0.0/0"], "200.1.2.4"],
  ])("make of %s by %s: %s", (address, rules, expected) => {
    expect(ipv4(address, ...rules)).toBe(expected);
  });

  it.each([
    ["2001:db8::1", ["2001:db8::/32=fd00::/48"], "fd00::1"],
    ["2001:db8::1", ["2001:db8::1=fd00::2"], "fd00::2"],
    ["2001:db8::1", ["10.0.0.0/8=9.0.0.0/8", "::/0=fe80::/10"], "fe81:db8::1"],
  ])("make of %s by %s: %s", (address, rules, expected) => {
    expect(ipv6(address, ...rules)).toBe(expected);
  });

  it.each([
    ["00:1b:21:00:00:05", ["00:1b:21=02:00:5e"], "02:00:5e:00:00:05"],
    ["00:1b:21:00:00:05", ["00-1b-21-00-00-05=06-00-00-00-00-01"], "06:00:00:00:00:01"],
    ["02:1b:21:00:00:05", ["00=ff"], "02:1b:21:00:00:05"],
    ["00:1b:21:00:00:05", ["00=fe"], "fe:1b:21:00:00:05"],
  ])("make of %s by %s: %s", (address, rules, expected) => {
    expect(mac(address, ...rules)).toBe(expected);
  });

  it.each([
    "10.0.0.0/8",
    "10.0.0.0/33=1.0.0.0/8",
    "10.0.0.0/8=fd00::/8",
    "a=b",
    "1.2.3.4=5.6.7.8=9",
    "",
    "10.0.0.0/=1.1.1.1",
  ])("are refused when they are none: %j", (text) => {
    expect(tryParseIpRule(text)).toBeUndefined();
    expect(() => parseIpRule(text)).toThrow(/ is not a .*; write /);
  });

  it.each([
    "00:1b=02",
    "0:1=2:3",
    "00:1b-21=02:00:5e",
    "001b21=02005e",
    "=",
    "00:00:00:00:00:00:00=00:00:00:00:00:00:00",
  ])("are refused when they are none: %j", (text) => {
    expect(tryParseMacRule(text)).toBeUndefined();
    expect(() => parseMacRule(text)).toThrow(/ is not a .*; write /);
  });
});

describe("ranges of frames", () => {
  it.each([
    ["5-7", [5, 6, 7]],
    ["3", [3]],
    ["-2,9-", [1, 2, 9, 10]],
    [" 1 , 4-5 ", [1, 4, 5]],
  ])("%s", (text, frames) => {
    const ranges = parseFrameRanges(text);
    expect(Array.from({ length: 10 }, (_, index) => index + 1).filter((frame) => isInRanges(ranges, frame))).toEqual(
      frames,
    );
  });

  it.each(["", "-", "5-3", "0-2", "1,,2", "a", "1-2-3", "1 2", "1.5"])("are refused when they are none: %j", (text) => {
    expect(tryParseFrameRanges(text)).toBeUndefined();
    expect(() => parseFrameRanges(text)).toThrow(/ is not a .*; write /);
  });
});

describe("shifts of time", () => {
  it.each([
    ["2h", 7200, 0],
    ["-30m", -1800, 0],
    ["1.5", 1, 500_000_000],
    ["-0.000000001", -1, 999_999_999],
    ["1h30m", 5400, 0],
    ["1d2h3m4.5s", 93_784, 500_000_000],
    ["250ms", 0, 250_000_000],
    ["3us", 0, 3000],
    ["+7ns", 0, 7],
    ["1.000000001h", 3600, 3600],
  ])("%s", (text, seconds, nanoseconds) => {
    expect(parseShift(text)).toEqual({ seconds, nanoseconds });
  });

  it.each(["", "h", "2x", "1h30", "--1", "1 h", "1e3", "9".repeat(40)])(
    "are refused when they are none: %j",
    (text) => {
      expect(tryParseShift(text)).toBeUndefined();
      expect(() => parseShift(text)).toThrow(/ is not a .*; write /);
    },
  );

  it("move every time by as much, to the nanosecond", () => {
    const moment = fc.record({ seconds: fc.nat(2 ** 31), nanoseconds: fc.nat(999_999_999) });
    fc.assert(
      fc.property(moment, moment, fc.array(moment), (start, first, others) => {
        const shift = new TimeShift({ start });
        const inNanoseconds = (time: { seconds: number; nanoseconds: number }) =>
          BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds);
        for (const time of [first, ...others]) {
          shift.move(time);
          expect(shift.nanoseconds).toBeLessThan(1_000_000_000);
          expect(inNanoseconds(shift) - inNanoseconds(start)).toBe(inNanoseconds(time) - inNanoseconds(first));
        }
      }),
    );
  });
});

describe("rules for several files", () => {
  it.each([
    ["stream", { by: "stream" }],
    ["minutes 5", { by: "minutes", count: 5 }],
    ["minutes=0.5", { by: "minutes", count: 0.5 }],
    ["packets:1000", { by: "packets", count: 1000 }],
    ["bytes 10MB", { by: "bytes", count: 10_000_000 }],
  ])("%s", (text, rule) => {
    expect(parseSplitRule(text)).toEqual(rule);
  });

  it.each(["", "minutes", "5 minutes", "packets 0", "packets 1.5", "minutes 1k", "bytes -1"])(
    "are refused when they are none: %j",
    (text) => {
      expect(tryParseSplitRule(text)).toBeUndefined();
      expect(() => parseSplitRule(text)).toThrow(/ is not a .*; write /);
    },
  );

  it("number the parts before the end of the name", () => {
    expect(partName("out/x.pcapng", 7)).toBe("out/x-00007.pcapng");
    expect(partName("out.d/x", 123_456)).toBe("out.d/x-123456");
    expect(partName(".hidden", 1)).toBe(".hidden-00001");
    expect(partName("a/.hidden", 1)).toBe("a/.hidden-00001");
  });
});
