/** gzip files of any number of members are unpacked alike, by the runtime or without it. */
import type { Transformer } from "node:stream/web";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { gunzip, gunzipByRuntime } from "../../lib/files/gunzip.ts";
import { gunzipByPako } from "../../lib/files/pako-members.ts";

type Unpack = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** In pieces of these lengths, in memory that is used again for the next. */
async function* pieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(bytes.length);
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    const piece = bytes.subarray(at, at + length);
    at += piece.length;
    memory.fill(0xee);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
  }
}

/** What comes of it: its text, or what is wrong. */
async function outcome(unpack: Unpack, bytes: Uint8Array, lengths: readonly number[]) {
  const output: Uint8Array[] = [];
  try {
    for await (const piece of unpack(pieces(bytes, lengths))) output.push(piece.slice());
    return { text: Buffer.concat(output).toString("latin1"), problem: undefined };
  } catch (error) {
    return { text: undefined, problem: (error as Error).message };
  }
}

const text = fc.oneof(
  fc.string({ maxLength: 50 }),
  fc.nat(200_000).map((length) => "abcdefg".repeat(length / 7)),
);
const members = fc.array(text, { minLength: 1, maxLength: 4 });
const lengths = fc.array(fc.nat(60), { maxLength: 30 });
const packed = (texts: readonly string[]) => Buffer.concat(texts.map((one) => gzipSync(Buffer.from(one, "latin1"))));

describe.each([
  ["by the runtime, where it can", gunzip],
  ["without the runtime", gunzipByPako],
] as const)("a gzip file, %s", (_how, unpack) => {
  it("of several members is all that they hold, however its bytes come", async () => {
    const zeros = fc.nat(30).map((length) => Buffer.alloc(length));
    const latin = members.map((texts) => texts.map((one) => Buffer.from(one).toString("latin1")));
    await fc.assert(
      fc.asyncProperty(latin, zeros, lengths, async (texts, padding, cuts) => {
        const file = Buffer.concat([packed(texts), padding]);
        expect(await outcome(unpack, file, cuts)).toEqual({ text: texts.join(""), problem: undefined });
      }),
    );
  });

  it.each([1, 7, 20, 21, 22, 41, 1000])("is cut at every member: pieces of %i bytes", async (length) => {
    const file = packed(["a", "b", "c"]);
    const cuts = Array.from({ length: Math.floor(file.length / length) }, () => length);
    expect(await outcome(unpack, file, cuts)).toEqual({ text: "abc", problem: undefined });
  });

  it("that ends too early says so", async () => {
    const file = packed(["one", "another"]);
    for (let end = 0; end < file.length; end++) {
      const { problem } = await outcome(unpack, file.subarray(0, end), [5, 5]);
      if (end !== packed(["one"]).length) expect([end, problem]).toEqual([end, "the compressed file ends too early"]);
    }
  });

  it("with a wrong checksum, or other bytes behind it, is damaged", async () => {
    const file = packed(["one", "another"]);
    const wrong = Uint8Array.from(file);
    wrong[file.length - 6] = wrong[file.length - 6]! ^ 1;
    for (const bytes of [wrong, Buffer.concat([file, Buffer.from("some more of it")])]) {
      expect(await outcome(unpack, bytes, [5, 5])).toMatchObject({ problem: "the compressed file is damaged" });
    }
  });

  it("whose bytes cannot be had throws what they throw", async () => {
    async function* broken() {
      yield packed(["one"]).subarray(0, 5);
      throw new Error("gone");
    }
    const read = async () => {
      for await (const _ of unpack(broken()));
    };
    await expect(read()).rejects.toThrow("gone");
  });
});

it("is unpacked by this runtime, members and all", async () => {
  expect(await outcome(gunzipByRuntime, packed(["one", " two"]), [])).toEqual({ text: "one two", problem: undefined });
});

/** What browsers do behind the first member. */
const BROWSERS: readonly (readonly [string, Transformer<Uint8Array, Uint8Array>])[] = [
  ["stops there", { transform: (_, controller) => controller.enqueue(Uint8Array.of(97)) }],
  [
    "calls it junk",
    {
      transform: () => {
        throw new TypeError("Junk found after end of compressed data.");
      },
    },
  ],
];

it.each(BROWSERS)("is unpacked by a runtime that %s behind the first member", async (_does, transformer) => {
  vi.resetModules();
  vi.stubGlobal(
    "DecompressionStream",
    class extends TransformStream<Uint8Array, Uint8Array> {
      constructor() {
        super(transformer);
      }
    },
  );
  const { gunzip: fresh } = await import("../../lib/files/gunzip.ts");
  expect(await outcome(fresh, packed(["one", " two"]), [])).toEqual({ text: "one two", problem: undefined });
  vi.unstubAllGlobals();
});
