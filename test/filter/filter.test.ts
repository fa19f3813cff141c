import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketOutline } from "../../lib/dissect/outline.ts";
import { compileFilter, describeFilterFields, FilterError, type FilterSubject } from "../../lib/filter/filter.ts";
import { sampleSubjects } from "./samples.ts";

const subjects = sampleSubjects();

/** Numbers of the sample frames that a filter selects. */
function selected(filter: string, among: readonly FilterSubject[] = subjects): number[] {
  const wants = compileFilter(filter);
  return among.filter((subject) => wants(subject)).map((subject) => subject.frameNumber);
}

function errorOf(filter: string): FilterError {
  try {
    compileFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`${filter} was taken`);
}

describe("what a filter says that cannot be compiled", () => {
  it.each([
    ["", 1, "the filter is empty"],
    ["tcp and", 8, "the filter ends here, where a field or protocol is needed"],
    ["and tcp", 1, 'a field or protocol is needed here, not "and"'],
    ["tcp udp", 5, '"udp" is not expected here; put "and" or "or" before it'],
    ["tcp AND udp", 5, 'operators are written small; write "and"'],
    ["tcp.port = 80", 10, 'a single "=" does not compare; write "=="'],
    ["tcp | udp", 5, 'write "||" or "or"'],
    ["tcp and (udp or ip", 9, 'this parenthesis is never closed; add ")"'],
    ["tcp)", 4, 'this ")" has no "("'],
    ["()", 2, 'a field or protocol is needed here, not ")"'],
    ["80 == tcp.port", 1, 'a field or protocol is needed here, not "80"'],
    ["tcp.port == 80 == 81", 16, "comparisons are not chained"],
    ["tcp.port ==", 12, 'where a value after "==" is needed'],
    ['tcp.port == "http"', 13, 'tcp.port is compared with a number, not with "http"; write for example 80 or 0x50'],
    ["tcp.port == 1.5", 13, "tcp.port is compared with a number"],
    ["tcp.port == 70000", 13, "tcp.port is never more than 65535"],
    ["tcp.port == -1", 13, "tcp.port is compared with a number"],
    ["ip.ttl == 09", 11, "ip.ttl is compared with a number"],
    ['ip.addr == "10.0.0.1"', 12, "without quotes"],
    ["ip.addr == 10.0.0", 12, "ip.addr is compared with an IPv4 address"],
    ["ip.addr == 10.0.0.0/33", 21, "a prefix length is a number from 0 to 32"],
    ["ip.addr == ip.ttl", 12, "ip.addr and ip.ttl have no values in common"],
    ["ipv6.addr == 10.0.0.1", 14, "ipv6.addr is compared with an IPv6 address"],
    ["eth.addr == 02:00:00", 13, "eth.addr is compared with a MAC address"],
    ["frame.time_relative == 1.0000000001", 24, "with at most nine decimals"],
    ["tcp.flags.syn == maybe", 18, "tcp.flags.syn is compared with a truth value"],
    ["frame.comment == x", 18, 'frame.comment is compared with text, not with "x"'],
    ["tcp.payload contains GET", 22, "with the quotes"],
    ['tcp.payload contains "GET', 22, "this string has no end"],
    ['tcp.payload contains "a\\q"', 24, "is no escape"],
    ['tcp.payload contains "\\400"', 23, "more than a byte holds"],
    ["tcp.payload matches get", 21, "a pattern stands in double quotes"],
    ['tcp.payload matches "["', 21, "is not a regular expression"],
    ['tcp.payload matches r"\\Aa"', 21, "is not part of the patterns of this subset"],
    ['tcp.payload matches "[[:alpha:]]"', 21, "named classes"],
    ['tcp.payload matches "[]a]"', 21, "needs a backslash"],
    ['tcp.payload matches "(?<a>b)"', 21, "groups with (?"],
    ['tcp.port contains "80"', 1, 'tcp.port is a number, and "contains" is not for that'],
    ["tcp == 80", 1, 'tcp is a protocol, and "==" is not for that'],
    ["tcp.analysis.flags == 1", 1, "write it alone"],
    ["ip.addr & 10.0.0.1", 11, "ip.addr has no bits to choose"],
    ["tcp.flags & syn", 13, '"&" takes a number'],
    ["tcp.port in 80", 13, 'a set after "in"'],
    ["tcp.port in {}", 14, 'a value after "{"'],
    ["tcp.port in {80", 13, "this set is never closed"],
    ["tcp.port in {80 443}", 17, '"," or "}" is needed here'],
    ["tcp.port in {90..80}", 14, "this range ends before it begins"],
    ["eth.src[0:3] == 02:00:0a", 8, "slices"],
    ["len(tcp.payload) > 3", 1, "functions"],
    ["tcp.len + 1 == 3", 9, "arithmetic"],
    ["tcp é", 5, "has no meaning here"],
  ])("%s", (filter, column, words) => {
    const error = errorOf(filter);
    expect(error.message).toContain(words);
    expect(error.message).toMatch(/^Column \d+ of the filter: .*\.$/);
    expect(error).toMatchObject({ code: "FILTER_SYNTAX", column });
  });

  it("nests and goes on without end", () => {
    expect(errorOf(`${"(".repeat(300)}tcp`)).toMatchObject({ code: "FILTER_SYNTAX", column: 201 });
    expect(errorOf(`${"not ".repeat(1000)}tcp`)).toMatchObject({ code: "FILTER_SYNTAX", column: 801 });
    expect(errorOf("a".repeat(100_000))).toMatchObject({ code: "FILTER_SYNTAX", column: 65_537 });
    expect(selected(Array(5000).fill("udp").join(" or "))).toEqual(selected("udp"));
  });

  it.each([
    ["tcp and tcp.prot == 80", 9, "write tcp.port"],
    ["TCP", 1, "write tcp"],
    ["tcp.flags.psh", 1, "tcp.flags.push"],
    ["ip.address", 1, "ip.addr"],
    ["mqtt.topic", 1, "look for it in the list of fields"],
    ["__proto__", 1, "look for it in the list of fields"],
  ])("%s, of which it does not know a name", (filter, column, words) => {
    const error = errorOf(filter);
    expect(error.message).toContain(words);
    expect(error).toMatchObject({ code: "FILTER_FIELD", column });
  });

  it("is a FilterError whatever the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ..."tcp.port udp.payload ip.addr frame.comment tcp.flags == != & && || ! ( ) { } , .. in".split(" "),
      ),
      fc.constantFrom(...'matches contains "a" r"(" 80 10.0.0.1/8 ::1 1.5 00:11 " \\ and not'.split(" ")),
      fc.string({ maxLength: 4, unit: "binary" }),
    );
    const attempt = (filter: string) => {
      try {
        selected(filter);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        expect(error.column).toBeGreaterThanOrEqual(1);
        expect(error.column).toBeLessThanOrEqual(filter.length + 1);
      }
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => attempt(pieces.join(" "))),
      {
        seed: 1,
        numRuns: 2000,
      },
    );
  });
});

describe("what binds more than what", () => {
  it.each([
    ["tcp or udp and ipv6", "tcp or (udp and ipv6)"],
    ["udp and ipv6 or tcp", "(udp and ipv6) or tcp"],
    ["tcp or ip xor udp", "tcp or (ip xor udp)"],
    ["tcp xor ip and udp", "tcp xor (ip and udp)"],
    ["not tcp and ip", "(not tcp) and ip"],
    ["not tcp.port == 80", "not (tcp.port == 80)"],
    ["! ! tcp", "tcp"],
    ["tcp.flags & 2 == 2", "tcp.flags.syn == 1"],
    ["tcp ^^ ip ^^ udp", "(tcp xor ip) xor udp"],
    ["frame.number not in {1..5}", "not frame.number in {1..5}"],
  ])("%s is %s", (short, long) => {
    expect(selected(short)).toEqual(selected(long));
    expect(selected(short).length).toBeGreaterThan(0);
  });
});

describe("what only the analysis of a capture can tell", () => {
  const subject: FilterSubject = {
    outline: new PacketOutline(),
    frameNumber: 7,
    seconds: 1,
    nanoseconds: 999_999_999,
    hasTime: true,
    relativeNanoseconds: -250_000_000,
    relativeSequence: 10,
    relativeAcknowledgment: 20,
    scaledWindow: 1_000_000,
    findings: ["tcp.analysis.retransmission"],
    comments: ["Grüße an alle", "second"],
  };

  it.each([
    ["tcp.analysis.flags", true],
    ["tcp.analysis.retransmission", true],
    ["tcp.analysis.out_of_order", false],
    ["tcp.checksum_bad.expert", false],
    ["tcp.seq == 10 and tcp.ack == 20 and tcp.window_size == 1000000", true],
    ["frame.time_epoch == 1.999999999", true],
    ["frame.time_epoch < 2 and frame.time_epoch > 1.999999998", true],
    ["frame.time_relative == -0.25", true],
    ["frame.time_relative > -0.250000001 and frame.time_relative < 0", true],
    ["frame.time_relative in {-1..-0.2}", true],
    ["frame.comment", true],
    ['frame.comment contains "Grüße"', true],
    ['frame.comment == "second"', true],
    ['frame.comment != "second"', false],
    ['frame.comment matches "AN ALLE$"', true],
    ["tcp.flags.syn == true", false],
    ["tcp.port != 80", false],
  ])("%s: %s", (filter, expected) => {
    expect(compileFilter(filter)(subject)).toBe(expected);
  });

  it("has no time where the capture gives none", () => {
    const timeless = { ...subject, hasTime: false, relativeNanoseconds: undefined };
    expect(selected("frame.time_epoch or frame.time_relative", [timeless])).toEqual([]);
  });
});

describe("patterns that PCRE and JavaScript read differently", () => {
  it.each([
    ['"^hello"', [12, 13, 14]],
    ['"(?-i)^hello"', []],
    ['"World$"', [12]],
    [String.raw`r"\bagain"`, [13]],
    [String.raw`r"o,\sw"`, [12]],
    [String.raw`r"o[\s]a"`, [13]],
  ])("%s", (pattern, expected) => {
    expect(selected(`udp.payload matches ${pattern} and not vlan`)).toEqual(expected);
  });
});

it("lists its fields, each once, with a type and a meaning", () => {
  const fields = describeFilterFields();
  expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
  expect(fields).toContainEqual({ name: "tcp.port", type: "number", meaning: "source or destination port" });
  for (const { name } of fields) expect(() => compileFilter(name)).not.toThrow();
});
