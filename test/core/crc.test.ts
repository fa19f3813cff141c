/** Cyclic redundancy checks, against published values. */
import { expect, it } from "vitest";
import { crc32, crc32c } from "../../lib/core/crc.ts";

const text = (value: string) => new TextEncoder().encode(value);

it.each([
  ["32 bytes of 0 (RFC 3720, appendix B.4)", new Uint8Array(32), 0x8a9136aa],
  ["32 bytes of 0xff (the same)", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["0 to 31 (the same)", Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  ["31 to 0 (the same)", Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  ["digits, as catalogues of such sums have them", text("123456789"), 0xe3069283],
])("gives the CRC-32C of %s", (_, bytes, sum) => expect(crc32c(bytes, 0, bytes.length)).toBe(sum));

it("counts bytes as 0 where the sum stands", () => {
  const bytes = text("1234....9");
  const zeros = Uint8Array.from(bytes, (byte, index) => (index >= 4 && index < 8 ? 0 : byte));
  expect(crc32c(bytes, 0, 9, 4, 4)).toBe(crc32c(zeros, 0, 9));
});

it("gives the CRC-32 of digits, as catalogues have it", () => {
  expect(crc32(text("123456789"), 0, 9)).toBe(0xcbf43926);
});
