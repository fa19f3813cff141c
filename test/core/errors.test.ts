import { describe, expect, it } from "vitest";
import {
  badField,
  outOfRange,
  PacketError,
  requireBytes,
  requireRoom,
  WirewrightError,
} from "../../lib/core/errors.ts";

describe("PacketError", () => {
  it("says what is missing, why and where", () => {
    const details = { layer: "IPv4 header", offset: 14, needed: 20, available: 12, limitedBy: "the captured length" };
    const error = new PacketError("TRUNCATED", details);
    expect(error.message).toBe(
      "IPv4 header: 20 bytes needed, 12 available, limited by the captured length, at byte 14",
    );
    expect(error).toBeInstanceOf(WirewrightError);
    expect(error).toMatchObject({ name: "PacketError", code: "TRUNCATED", ...details });
  });

  it("says what is wrong with a field", () => {
    expect(badField("TCP header", 46, "dataOffset is 4, and must be at least 5").message).toBe(
      "TCP header: dataOffset is 4, and must be at least 5, at byte 46",
    );
    expect(outOfRange("TCP header", 2, "destinationPort", 70_000, 65_535)).toMatchObject({
      code: "BAD_FIELD",
      offset: 2,
      message: "TCP header: destinationPort is 70000, and can be a whole number from 0 to 65535, at byte 2",
    });
    expect(outOfRange("IPv4 header", 9, "protocol", undefined, 255).message).toBe(
      "IPv4 header: protocol is missing, at byte 9",
    );
  });

  it("has only the properties it was given, and keeps its cause", () => {
    const cause = new Error("deeper");
    const error = new PacketError("BAD_FIELD", { layer: "frame", offset: 0, problem: "no" }, { cause });
    expect(Object.keys(error)).not.toContain("needed");
    expect(error.cause).toBe(cause);
  });
});

describe("requireBytes", () => {
  const bytes = new Uint8Array(30);

  it("is content with exactly enough", () => {
    expect(() => requireBytes("x", bytes, 10, 30, 20)).not.toThrow();
    expect(() => requireBytes("x", bytes, 30, 30, 0)).not.toThrow();
  });

  it("names what set the limit: the caller's, or that nothing more was captured", () => {
    expect(() => requireBytes("x", bytes, 10, 29, 20, "the total length")).toThrow(
      "x: 20 bytes needed, 19 available, limited by the total length, at byte 10",
    );
    expect(() => requireBytes("x", bytes, 10, 99, 21, "the total length")).toThrow(/20 available.*captured length/);
  });

  it("never counts below 0", () => {
    expect(() => requireBytes("x", bytes, 40, 30, 1)).toThrow(/ 0 available/);
    expect(() => requireBytes("x", bytes, -1, 30, 1)).toThrow(PacketError);
    expect(() => requireBytes("x", bytes, Number.NaN, 30, 1)).toThrow(PacketError);
  });
});

describe("requireRoom", () => {
  const bytes = new Uint8Array(30);

  it("looks at the header and at what it carries", () => {
    expect(() => requireRoom("x", bytes, 10, 20, 30)).not.toThrow();
    expect(() => requireRoom("x", bytes, 11, 20, 31)).toThrow(
      "x: 20 bytes needed, 19 available, limited by the size of the buffer, at byte 11",
    );
    expect(() => requireRoom("x", bytes, 0, 20, 40)).toThrow(/40 bytes needed, 30 available/);
    expect(() => requireRoom("x", bytes, 0, 20, 19)).toThrow(
      /20 bytes needed, 19 available, limited by the end that was given/,
    );
    expect(() => requireRoom("x", bytes, -1, 20, 19)).toThrow(PacketError);
  });
});
