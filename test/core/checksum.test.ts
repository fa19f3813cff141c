import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { viewOf } from "../../lib/core/bytes.ts";
import {
  finishChecksum,
  finishShortChecksum,
  foldShortSum,
  foldSum,
  internetChecksum,
  shiftChecksum,
  shiftSum,
  sumBytes,
  updateChecksum,
} from "../../lib/core/checksum.ts";

/** The definition, a byte pair at a time, folding at once. */
function sumByDefinition(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    while (sum > 0xffff) sum = (sum % 65536) + Math.floor(sum / 65536);
  }
  while (sum > 0xffff) sum = (sum % 65536) + Math.floor(sum / 65536);
  return sum;
}

const word = fc.integer({ min: 0, max: 0xffff });
/** Bytes with many 00 and ff among them, where one's complement arithmetic has its corners. */
const bytesWithCorners = fc
  .array(fc.oneof(fc.constantFrom(0x00, 0xff), fc.integer({ min: 0, max: 0xff })), { maxLength: 200 })
  .map((bytes) => Uint8Array.from(bytes));

describe("sumBytes", () => {
  it("equals the definition, wherever in a buffer, and whatever is added to", () => {
    const start = fc.integer({ min: 0, max: 9 });
    const initial = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 0x1ffff });
    fc.assert(
      fc.property(bytesWithCorners, start, initial, (bytes, at, added) => {
        const buffer = new Uint8Array(at + bytes.length + 5).fill(0xa5);
        buffer.set(bytes, at);
        const view = new DataView(buffer.buffer);
        expect(sumBytes(view, at, at + bytes.length, added)).toBe(sumByDefinition(bytes, added));
      }),
    );
  });

  it("equals the definition at every length up to several rounds of its loop", () => {
    const bytes = Uint8Array.from({ length: 150 }, (_, i) => (i * 151 + 7) & 0xff);
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length);
      expect(sumBytes(viewOf(part), 0, length)).toBe(sumByDefinition(part));
    }
  });

  it("loses nothing over the longest packets, and well beyond", () => {
    for (const length of [65_535, 1_000_001]) {
      const bytes = new Uint8Array(length).fill(0xff);
      expect(sumBytes(viewOf(bytes), 0, length)).toBe(sumByDefinition(bytes));
    }
  });

  it("adds up in parts that are cut at even places", () => {
    fc.assert(
      fc.property(bytesWithCorners, fc.nat(100), (bytes, half) => {
        const cut = Math.min(half * 2, bytes.length & ~1);
        const view = viewOf(bytes);
        const parts = sumBytes(view, 0, cut) + sumBytes(view, cut, bytes.length);
        expect(foldSum(parts)).toBe(sumByDefinition(bytes));
        expect(sumBytes(view, cut, bytes.length, sumBytes(view, 0, cut))).toBe(sumByDefinition(bytes));
      }),
    );
  });
});

describe("foldSum", () => {
  it("keeps the value modulo ffff, and gives 0 only for 0", () => {
    expect(foldSum(0)).toBe(0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (sum) => {
        const folded = foldSum(sum);
        expect(folded).toBeGreaterThan(0);
        expect(folded).toBeLessThanOrEqual(0xffff);
        expect(folded % 0xffff).toBe(sum % 0xffff);
      }),
    );
  });

  it.each([
    [0xffff, 0xffff],
    [0x1_0000, 1],
    [0x1_ffff, 1],
    [0xffff_ffff, 0xffff],
    [0x1_0000_0000, 1],
    [Number.MAX_SAFE_INTEGER, 0x1f],
  ])("folds %i to %i", (sum, folded) => expect(foldSum(sum)).toBe(folded));
});

describe("internetChecksum", () => {
  it("is 0 over bytes that hold their own checksum", () => {
    fc.assert(
      fc.property(bytesWithCorners, (bytes) => {
        const whole = new Uint8Array(2 + bytes.length);
        whole.set(bytes, 2);
        new DataView(whole.buffer).setUint16(0, internetChecksum(whole));
        expect(internetChecksum(whole)).toBe(0);
      }),
    );
  });
});

describe("updateChecksum", () => {
  it("follows equation 3 where equation 2 goes wrong: RFC 1624, section 4", () => {
    expect(updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  it("equals computing anew", () => {
    const packet = fc.uint8Array({ minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(packet, fc.nat(), word, (bytes, place, newWord) => {
        // Something that is not 0, as all headers have it.
        const whole = Uint8Array.from([0x45, 0x00, ...bytes]);
        const at = 2 + 2 * (place % (bytes.length >> 1));
        const view = viewOf(whole);
        const before = internetChecksum(whole);
        const oldWord = view.getUint16(at);
        view.setUint16(at, newWord);
        expect(updateChecksum(before, oldWord, newWord)).toBe(internetChecksum(whole));
      }),
    );
  });
});

describe("shiftChecksum", () => {
  it("equals updateChecksum, one word after the other", () => {
    const change = fc.tuple(word, word);
    fc.assert(
      fc.property(word, fc.array(change, { maxLength: 20 }), (checksum, changes) => {
        const difference = changes.reduce((sum, [before, after]) => sum + after - before, 0);
        fc.pre(difference % 0xffff !== 0);
        const expected = changes.reduce((sum, [before, after]) => updateChecksum(sum, before, after), checksum);
        // 0 and 0xffff are one number, and of a sum that is not 0 the checksum is not 0xffff.
        expect(shiftChecksum(checksum, difference) % 0xffff).toBe(expected % 0xffff);
        expect(shiftChecksum(checksum, difference)).toBeLessThan(0xffff);
      }),
    );
  });

  it("leaves what does not change as it is, 0xffff too", () => {
    expect(shiftChecksum(0xffff, 0)).toBe(0xffff);
    expect(shiftChecksum(0xffff, 0xffff)).toBe(0xffff);
    expect(shiftChecksum(0, -0xffff)).toBe(0);
    expect(shiftSum(0xffff, 1)).toBe(1);
  });
});

describe("foldShortSum and finishShortChecksum", () => {
  it("give the same as those for longer sums", () => {
    const edges = [0, 1, 0xfffe, 0xffff, 0x1_0000, 0x1_fffe, 0x1_ffff, 0x7fff_0000, 0x7fff_8000, 0x7fff_ffff];
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...edges), fc.nat(0x7fff_ffff)), (sum) => {
        expect(foldShortSum(sum)).toBe(foldSum(sum));
        expect(finishShortChecksum(sum)).toBe(finishChecksum(sum));
      }),
    );
  });
});

describe("finishChecksum", () => {
  it("is the complement of the folded sum", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (sum) => {
        expect(finishChecksum(sum)).toBe(0xffff - foldSum(sum));
      }),
    );
  });
});
