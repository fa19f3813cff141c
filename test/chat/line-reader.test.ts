import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Line, LineReader } from "../../lib/chat/line-reader.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** "\xff" is the byte 0xff, and so on; all else as UTF-8 would be written by its bytes. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function show(line: Line): string {
  return line.kind === "line" ? decoder.decode(line.bytes) : "TOO LONG";
}

/** All lines of the chunks, the one without an end included. */
function read(chunks: readonly Uint8Array[], maxLine = 20): string[] {
  const reader = new LineReader();
  const lines: string[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let line = reader.next(maxLine); line !== undefined; line = reader.next(maxLine)) lines.push(show(line));
  }
  for (let line = reader.end(); line !== undefined; line = reader.end()) lines.push(show(line));
  return lines;
}

function inBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

const CASES: readonly (readonly [what: string, bytes: string, lines: readonly string[]])[] = [
  ["a line", "hello\n", ["hello"]],
  ["lines glued together", "a\nb\r\nc\n", ["a", "b", "c"]],
  ["an empty line", "\n\r\nx\n", ["", "", "x"]],
  ["the last line without an end", "a\nb", ["a", "b"]],
  ["the last line with half an end", "a\r", ["a"]],
  ["nothing", "", []],
  ["a CR inside of a line", "a\rb\n", ["ab"]],
  ["a mark of byte order at the start", "\xef\xbb\xbfAlice\n\xef\xbb\xbfx\n", ["Alice", "\xef\xbb\xbfx"]],
  ["a mark of byte order alone", "\xef\xbb\xbf\nx", ["", "x"]],
  ["options of telnet", "\xff\xfb\x1f\xff\xfd\x03a\xff\xfe\x01b\xff\xfc\x01\n", ["ab"]],
  ["a subnegotiation with an LF in it", "a\xff\xfa\x1f\x00\x50\n\xff\xff\x18\xff\xf0b\n", ["ab"]],
  ["commands without an option", "a\xff\xf1b\xff\xf9\n", ["ab"]],
  ["0xff, escaped", "a\xff\xffb\n", ["a\xffb"]],
  ["0xff before what is no command", "\xffab\n", ["\xffab"]],
  ["0xff before the end of the line", "a\xff\nb\n", ["a\xff", "b"]],
  ["0xff at the very end", "a\xff", ["a\xff"]],
  ["half a command at the very end", "a\xff\xfb", ["a"]],
  ["Ctrl-C", "half a li\xff\xf4\xff\xfd\x06Bob: x\n", ["Bob: x"]],
  ["telnet's erase character and erase line", "xx\xff\xf8abc\xff\xf7d\n", ["abd"]],
  ["backspace", "helk\x08lo\n", ["hello"]],
  ["delete over two, three and four bytes", "a\xd7\xa9\x7f\xe2\x82\xac\x7f\xf0\x9f\x98\x80\x7fb\n", ["ab"]],
  ["more backspaces than characters", "\x08a\x08\x08\x08b\n\x08c\n", ["b", "c"]],
  ["backspace over what is no UTF-8", "a\x90\x90\x08\n\xe2\x82\x7fx\n", ["a\x90", "\xe2x"]],
  ["a line of exactly the limit", `${"x".repeat(20)}\r\ny\n`, ["x".repeat(20), "y"]],
  ["a line above the limit", `${"x".repeat(21)}\ny\n`, ["TOO LONG", "y"]],
  ["a line far above the limit", `${"x".repeat(500)}\ny\n`, ["TOO LONG", "y"]],
  ["a long line without an end", "x".repeat(500), ["TOO LONG"]],
  ["a line too long by an escaped 0xff", `${"x".repeat(20)}\xff\xff\ny\n`, ["TOO LONG", "y"]],
  ["a line too long by 0xff before its end", `${"x".repeat(20)}\xff\ny\n`, ["TOO LONG", "y"]],
  ["a line short again by backspaces", `${"x".repeat(20)}\x08\x08yz\n`, [`${"x".repeat(18)}yz`]],
];

describe("LineReader", () => {
  it.each(CASES)("reads %s", (_what, bytes, lines) => {
    expect(read([latin1(bytes)])).toEqual(lines);
  });

  it.each(CASES)("reads %s byte by byte", (_what, bytes, lines) => {
    expect(read(inBytes(latin1(bytes)))).toEqual(lines);
  });

  it.each(CASES)("reads %s cut in two anywhere", (_what, text, lines) => {
    const bytes = latin1(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(lines);
    }
  });

  it("gives the same lines however any bytes are cut", () => {
    const special = fc.constantFrom(0x0a, 0x0d, 0x08, 0x7f, 0xff, 0xfa, 0xf0, 0xfd, 0xf4, 0x06, 0xef, 0xbb, 0xbf, 0x61);
    const bytes = fc.array(fc.oneof(special, fc.integer({ min: 0, max: 255 })), { maxLength: 80 });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(80)), fc.integer({ min: 1, max: 10 }), (values, cuts, maxLine) => {
        const whole = Uint8Array.from(values);
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((place, index) => whole.subarray(places[index], place));
        const lines = read([whole], maxLine);
        expect(read(chunks, maxLine)).toEqual(lines);
        expect(read(inBytes(whole), maxLine)).toEqual(lines);
        for (const line of lines) expect(line === "TOO LONG" || line.length <= maxLine).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds the end of every line of any text", () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\p{Cc}\ufeff]/gu, ""));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const bytes = encoder.encode(lines.map((text) => `${text}\n`).join(""));
        expect(read([bytes], 0)).toEqual(lines.map((text) => decoder.decode(encoder.encode(text))));
      }),
    );
  });

  it("takes each line with the limit of its time", () => {
    const reader = new LineReader();
    reader.push(latin1("abc\nabcdef\n"));
    expect(reader.next(3)).toMatchObject({ kind: "line" });
    expect(reader.next(6)).toMatchObject({ kind: "line" });
    expect(reader.next(6)).toBeUndefined();
  });

  it("has no limit with 0", () => {
    expect(read([latin1(`${"x".repeat(100_000)}\n`)], 0)).toEqual(["x".repeat(100_000)]);
  });

  it("counts the bytes that it holds", () => {
    const reader = new LineReader();
    reader.push(latin1("abc\ndef"));
    reader.push(latin1("g"));
    expect(reader.pendingBytes).toBe(8);
    reader.next(20);
    expect(reader.pendingBytes).toBe(4);
    reader.next(20);
    expect(reader.pendingBytes).toBe(4);
    reader.push(latin1("\nx\x08"));
    reader.next(20);
    expect(reader.pendingBytes).toBe(2);
    reader.next(20);
    expect(reader.pendingBytes).toBe(0);
  });

  it("holds nothing of 100 MB without an end", () => {
    const reader = new LineReader();
    const chunk = new Uint8Array(1 << 16).fill(0x78);
    let reports = 0;
    for (let sent = 0; sent < 100 << 20; sent += chunk.length) {
      reader.push(chunk);
      while (reader.next(4096) !== undefined) reports += 1;
      if (reader.pendingBytes > 4096) throw new Error(`${reader.pendingBytes} bytes are held`);
    }
    expect(reports).toBe(1);
    expect(reader.end()).toBeUndefined();
  });

  it("gives lines that later bytes do not change", () => {
    const reader = new LineReader();
    reader.push(latin1("abc\nxyz\n"));
    const first = reader.next(20) as Line;
    reader.next(20);
    expect(show(first)).toBe("abc");
  });

  it("answers the mark that telnet waits for after Ctrl-C, once", () => {
    const reader = new LineReader();
    for (const byte of [0xff, 0xf4, 0xff, 0xfd, 0x06]) {
      expect(reader.takeReply()).toBeUndefined();
      reader.push(Uint8Array.of(byte));
      reader.next(20);
    }
    expect(reader.takeReply()).toEqual(Uint8Array.of(0xff, 0xfc, 0x06));
    expect(reader.takeReply()).toBeUndefined();
  });

  it("looks at no more bytes than it may, and reads the same lines", () => {
    const special = fc.constantFrom(0x0a, 0x0d, 0x08, 0x7f, 0xff, 0xfa, 0xf0, 0xfd, 0xf4, 0xef, 0xbb, 0xbf, 0x61, 0x62);
    const chunk = fc.array(special, { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes));
    const limits = { most: fc.integer({ min: 1, max: 9 }), maxLine: fc.nat(9) };
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 4 }), limits.most, limits.maxLine, (chunks, most, maxLine) => {
        const reader = new LineReader();
        const lines: string[] = [];
        for (const one of chunks) reader.push(one);
        while (reader.unreadBytes > 0) {
          const before = reader.unreadBytes;
          const line = reader.next(maxLine, most);
          expect(before - reader.unreadBytes).toBeGreaterThan(0);
          expect(before - reader.unreadBytes).toBeLessThanOrEqual(most);
          if (line !== undefined) lines.push(show(line));
        }
        for (let line = reader.end(); line !== undefined; line = reader.end()) lines.push(show(line));
        expect(lines).toEqual(read(chunks, maxLine));
      }),
      { numRuns: 1000 },
    );
  });

  it("copies no line that comes whole, and one in pieces a few times at most", () => {
    const copied = vi.spyOn(Uint8Array.prototype, "set");
    const bytesCopied = () => copied.mock.calls.reduce((sum, [bytes]) => sum + (bytes as Uint8Array).length, 0);
    try {
      const reader = new LineReader();
      const line = latin1(`${"x".repeat(3000)}\r\n`);
      reader.push(latin1("first\n"));
      expect(reader.next(4096)).toBeDefined();
      const before = bytesCopied();
      for (let count = 0; count < 100; count++) {
        reader.push(line);
        expect(reader.next(4096)).toMatchObject({ kind: "line", bytes: { length: 3000 } });
      }
      expect(bytesCopied() - before).toBe(0);
      for (const byte of inBytes(line)) {
        reader.push(byte);
        reader.next(4096);
      }
      expect(bytesCopied() - before).toBeLessThan(3 * 3000);
    } finally {
      copied.mockRestore();
    }
  });
});
