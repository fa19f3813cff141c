import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBytes, viewOf, withView } from "../../lib/core/bytes.ts";
import { copyAndSum, sumBytes } from "../../lib/core/checksum.ts";

const ROOM = 16;

/** A piece of an array, of a length on either side of every limit, and where it is to go. */
const copying = fc
  .record({ bytes: fc.uint8Array({ maxLength: 300, size: "max" }), from: fc.nat(300), offset: fc.nat(ROOM) })
  .chain(({ bytes, from, offset }) => {
    const start = Math.min(from, bytes.length);
    return fc.record({
      bytes: fc.constant(bytes),
      start: fc.constantFrom(0, start),
      end: fc.constantFrom(start, bytes.length, Math.min(bytes.length, start + 7)),
      offset: fc.constant(offset),
    });
  });

describe("copying bytes", () => {
  it("copies exactly what `set` copies, and nothing beside it", () => {
    fc.assert(
      fc.property(copying, ({ bytes, start, end, offset }) => {
        const expected = new Uint8Array(bytes.length + 2 * ROOM).fill(0xee);
        expected.set(bytes.subarray(start, end), offset);
        for (const copy of [copyBytes, copyAndSum]) {
          const to = withView(new Uint8Array(expected.length).fill(0xee));
          copy(withView(bytes), start, end, to, offset);
          expect(to.bytes).toEqual(expected);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("gives the sum of what was copied", () => {
    fc.assert(
      fc.property(copying, ({ bytes, start, end, offset }) => {
        const from = withView(bytes);
        const to = withView(new Uint8Array(bytes.length + 2 * ROOM));
        expect(copyAndSum(from, start, end, to, offset)).toBe(sumBytes(from.view, start, end));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("viewOf", () => {
  it("has the offsets of the array, which may begin inside its buffer", () => {
    const bytes = Uint8Array.from([1, 2, 3, 4, 5]).subarray(2);
    expect(viewOf(bytes).getUint8(0)).toBe(3);
    expect(viewOf(bytes).byteLength).toBe(3);
  });

  it("gives each of two arrays its own, in turns", () => {
    const a = Uint8Array.of(1);
    const b = Uint8Array.of(2);
    expect([a, b, a, b, a].map((bytes) => viewOf(bytes).getUint8(0))).toEqual([1, 2, 1, 2, 1]);
  });
});
