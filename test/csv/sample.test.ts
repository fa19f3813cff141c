import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findInvalidUtf8 } from "../../lib/core/utf8.ts";

test.each([
  ["nothing", [], -1],
  ["all lengths", [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x91, 0x8d], -1],
  ["Latin-1", [0x61, 0xe9, 0x62], 1],
  ["a stray continuation", [0x61, 0x80], 1],
  ["a cut character", [0x61, 0xf0, 0x9f, 0x91], 1],
  ["a longer form than needed", [0xc0, 0xaf], 0],
  ["a longer form of three", [0xe0, 0x9f, 0xbf], 0],
  ["a longer form of four", [0xf0, 0x8f, 0xbf, 0xbf], 0],
  ["half a surrogate pair", [0x61, 0x61, 0xed, 0xa0, 0x80], 2],
  ["beyond the last character", [0xf4, 0x90, 0x80, 0x80], 0],
  ["a byte that is never used", [0xf5, 0x80, 0x80, 0x80], 0],
])("%s", (_name, bytes, offset) => {
  expect(findInvalidUtf8(Uint8Array.from(bytes))).toBe(offset);
});

test("agrees with Node on any bytes, and what stands before the fault is right", () => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0x9f, 0x90, 0xa0));
  const property = fc.property(fc.array(byte, { maxLength: 12 }), (values) => {
    const bytes = Uint8Array.from(values);
    const offset = findInvalidUtf8(bytes);
    expect(offset < 0).toBe(isUtf8(bytes));
    if (offset >= 0) {
      expect(isUtf8(bytes.subarray(0, offset))).toBe(true);
      for (let length = 1; length <= 4 && offset + length <= bytes.length; length++) {
        expect(isUtf8(bytes.subarray(offset, offset + length))).toBe(false);
      }
    }
  });
  fc.assert(property, { numRuns: 20_000 });
});
