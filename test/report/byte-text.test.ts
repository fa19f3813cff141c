import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteText, dumpRow, visibleBytes } from "../../lib/report/byte-text.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

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
