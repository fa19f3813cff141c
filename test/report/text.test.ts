/** The parts that views are made of. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteText, dumpRow, visibleBytes } from "../../lib/report/byte-text.ts";
import { toJson } from "../../lib/report/json/json-document.ts";
import {
  decimalSeconds,
  durationText,
  elapsed,
  formatDuration,
  formatInstant,
  milliseconds,
} from "../../lib/report/moments.ts";
import { captureRows } from "../../lib/report/text/analysis-summary.ts";
import { TextFollower } from "../../lib/report/text/follow-text.ts";
import { cellsOf, paragraph, truncate, wrap } from "../../lib/report/text/text-layout.ts";
import { firstOf } from "../../lib/report/wording.ts";
import type { CaptureFacts } from "../../lib/streams/analysis.ts";
import { paintFor } from "../../scripts/colours.ts";

const moment = (seconds: number, nanoseconds: number) => ({ seconds, nanoseconds });
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("the interfaces of a capture", () => {
  const described = (name?: string, description?: string) => ({
    id: 0,
    section: 0,
    linkType: 1,
    snapLength: 0,
    ticksPerSecond: 1,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  });
  const rowsOf = (...interfaces: ReturnType<typeof described>[]) => {
    const facts: CaptureFacts = {
      name: "x",
      format: "pcapng",
      isCompressed: false,
      packets: 0,
      selectedPackets: 0,
      capturedBytes: 0,
      wireBytes: 0,
      firstMoment: undefined,
      lastMoment: undefined,
      linkTypes: new Map(),
      protocols: new Map(),
      applications: [],
      unread: new Map(),
      interfaces,
      comments: [],
      application: undefined,
      warnings: [],
    };
    return captureRows(facts).filter(([head]) => head.startsWith("Interface"));
  };

  it("are named once each, with what they are called beside it", () => {
    expect(rowsOf(described())).toEqual([]);
    expect(rowsOf(described("eth0"))).toEqual([["Interface", "eth0"]]);
    expect(rowsOf(described("{1F}", "Wi-Fi"), described("lo"), described("{1F}", "Wi-Fi"), described())).toEqual([
      ["Interfaces", "{1F} (Wi-Fi), lo"],
    ]);
    expect(rowsOf(described("", "only this"))).toEqual([["Interface", "only this"]]);
    expect(rowsOf(...Array.from({ length: 10 }, (_, index) => described(`e${index}`)))[0]?.[1]).toMatch(
      /e7 and 2 more$/,
    );
    expect(rowsOf(described("\x1b[31mred"))[0]?.[1]).not.toContain("\x1b");
  });
});

describe("moments", () => {
  it.each([
    [moment(1_767_225_600, 999_999_999), "1767225600.999999999"],
    [moment(0, 0), "0.000000000"],
    [moment(-1, 500_000_000), "-0.500000000"],
    [moment(-2, 0), "-2.000000000"],
    [moment(9_007_199_254, 1), "9007199254.000000001"],
  ])("%j in decimal is %s", (time, text) => expect(decimalSeconds(time)).toBe(text));

  it.each([
    [moment(0, 0), "0 s"],
    [moment(0, 17), "17 ns"],
    [moment(0, 1500), "1.5 us"],
    [moment(0, 1_050_000), "1.05 ms"],
    [moment(2, 484_560_000), "2.484 s"],
    [moment(60, 0), "1 min"],
    [moment(3661, 0), "1 h 1 min"],
    [moment(90_000, 0), "1 d 1 h"],
    [moment(-1, 500_000_000), "-500 ms"],
  ])("%j takes %s", (time, text) => expect(formatDuration(time)).toBe(text));

  it.each([
    [0, "0 s"],
    [0.25, "250 us"],
    [251.3174, "251.317 ms"],
    [59_999.9, "59.999 s"],
    [60_499, "1 min"],
    [192_000, "3 min 12 s"],
    [10_799_400, "3 h"],
    [11_520_000, "3 h 12 min"],
    [86_399_999, "1 d"],
    [90_000_000, "1 d 1 h"],
  ])("%d measured milliseconds are %s", (measured, text) => expect(durationText(measured)).toBe(text));

  it("is cut, not rounded", () => {
    expect(milliseconds(moment(0, 999_999))).toBe("0.999");
    expect(milliseconds(moment(-1, 999_999_001))).toBe("-0.000");
    expect(formatDuration(moment(0, 999_999_999))).toBe("999.999 ms");
  });

  it("goes back and forth", () => {
    expect(elapsed(moment(1, 900_000_000), moment(3, 100_000_000))).toEqual(moment(1, 200_000_000));
    expect(decimalSeconds(elapsed(moment(3, 100_000_000), moment(1, 900_000_000)))).toBe("-1.200000000");
  });

  it("has instants, also beyond the calendar", () => {
    expect(formatInstant(moment(1_767_225_600, 1))).toBe("2026-01-01 00:00:00.000000001 UTC");
    expect(formatInstant(moment(10_000_000_000_000, 0))).toBe("10000000000000.000000000 s since 1970");
  });
});

describe("lines", () => {
  it("breaks at spaces, and long words anywhere", () => {
    expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(paragraph("one two three", "- ", 8)).toEqual(["- one", "  two", "  three"]);
    expect(truncate("abcdef", 4)).toBe("abc…");
    expect(truncate("a\x1b[2Jb", 20)).toBe("a\\u001b[2Jb");
  });

  it("never gets wider than it may", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 4, max: 40 }), (text, width) => {
        for (const line of wrap(text, width)) expect(cellsOf(line)).toBeLessThanOrEqual(width);
        expect(cellsOf(truncate(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("counts what it does not show", () => {
    expect(firstOf([1, 2, 3], 2)).toBe("1, 2 and 1 more");
    expect(firstOf([1, 2], 2)).toBe("1, 2");
    expect(firstOf([1, 2], 2, 5000)).toBe("1, 2 and 4,998 more");
  });
});

describe("bytes as text", () => {
  it.each([
    [Uint8Array.of(0x41, 0xff, 0x42), "A\\xffB"],
    [Uint8Array.of(0xe2, 0x82), "\\xe2\\x82"],
    [Uint8Array.of(0xed, 0xa0, 0x80), "\\xed\\xa0\\x80"],
    [Uint8Array.of(0xc0, 0x80), "\\xc0\\x80"],
    [utf8("שלום €\r\n"), "שלום €\\r\\n"],
    [utf8("\x1b[2J\u202e"), "\\u001b[2J\\u202e"],
  ])("%s is %s", (bytes, text) => expect(visibleBytes(bytes)).toBe(text));

  it("is the same however the bytes are cut", () => {
    const bytes = utf8("a€\r\nb\r שלום 👨‍👩‍👧\n");
    const whole = new ByteText();
    const text = whole.read(bytes) + whole.finish();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length }), (at) => {
        const parts = new ByteText();
        expect(parts.read(bytes.subarray(0, at)) + parts.read(bytes.subarray(at)) + parts.finish()).toBe(text);
      }),
    );
    expect(text).toBe("a€\nb\\r שלום 👨‍👩‍👧\n");
  });

  it("dumps a row", () => {
    expect(dumpRow(utf8("GET / HTTP"), 16)).toBe("0010  47 45 54 20 2f 20 48 54  54 50                    GET / HTTP");
  });
});

describe("a stream that is followed", () => {
  it("marks who speaks, and shows what is missing", () => {
    let text = "";
    const follower = new TextFollower((part) => {
      text += part;
    });
    follower.data(utf8("one\r\ntw"), true);
    follower.data(utf8("o\r\n"), true);
    follower.data(utf8("yes"), false);
    follower.data(utf8("three"), true);
    follower.gap(12, true);
    follower.data(utf8("x".repeat(100)), false);
    follower.end();
    expect(text.split("\n")).toEqual([
      "> one",
      "> two",
      "< yes",
      "> three",
      "> [12 bytes missing in the capture]",
      `< ${"x".repeat(78)}`,
      `  ${"x".repeat(22)}`,
      "",
    ]);
  });
});

describe("JSON", () => {
  it("has no character that a terminal obeys, and means the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = toJson({ text: `${text}\u009b\u202e` });
        expect(json).not.toMatch(/[\u007f-\u009f\u202e]/);
        expect(JSON.parse(json)).toEqual({ text: `${text}\u009b\u202e` });
      }),
    );
  });
});

describe("colours", () => {
  it("are for terminals, where nobody objects", () => {
    const shown = (isTerminal: boolean, environment: Record<string, string>) => {
      return paintFor(isTerminal, environment).severity("x", "error");
    };
    expect(shown(true, {})).toContain("\x1b[31m");
    expect(shown(true, { NO_COLOR: "" })).toContain("\x1b[31m");
    expect(shown(true, { NO_COLOR: "1" })).toBe("x");
    expect(shown(true, { TERM: "dumb" })).toBe("x");
    expect(shown(false, {})).toBe("x");
  });
});
