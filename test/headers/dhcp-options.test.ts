/** Options of DHCP as lists: as RFC 2132 has them, read and written again, and refused with a reason. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { dhcp } from "../../lib/headers/dhcp.ts";
import type { DhcpOptionValue } from "../../lib/headers/dhcp-options.ts";
import { fromHex, toHex } from "./vectors.ts";

type Options = readonly DhcpOptionValue[] | Uint8Array;

function written(options: Options): Uint8Array {
  const bytes = new Uint8Array(
    dhcp.byteLength({ operation: 1, transactionId: 0, clientHardwareAddress: NONE, options }),
  );
  dhcp.encodeInto({ operation: 1, transactionId: 0, clientHardwareAddress: NONE, options }, bytes, 0);
  return bytes;
}

const NONE = new Uint8Array(0);
const tailOf = (options: Options) => toHex(written(options).subarray(dhcp.fixedLength));

function readAgain(tail: Uint8Array): Options {
  const bytes = written(tail);
  return dhcp.decode(bytes, 0, bytes.length).options;
}

const VECTORS: readonly [name: string, option: DhcpOptionValue, bytes: string][] = [
  ["an address", { code: "subnetMask", address: 0xffffff00 }, "0104ffffff00"],
  ["addresses", { code: "routers", addresses: [0x0a000001, 0x0a000002] }, "03080a0000010a000002"],
  ["a text", { code: "domainName", text: "é.example" }, "0f0ac3a92e6578616d706c65"],
  ["seconds", { code: "leaseTime", seconds: 0xffffffff }, "3304ffffffff"],
  ["a byte", { code: "messageType", value: 1 }, "350101"],
  ["two bytes", { code: "maximumMessageSize", value: 1500 }, "390205dc"],
  ["codes", { code: "parameterRequestList", codes: [1, 3, 255] }, "37030103ff"],
  ["an identifier", { code: "clientIdentifier", type: 0, identifier: fromHex("0102") }, "3d03000102"],
  ["nothing", { code: "pad" }, "00"],
  ["an end", { code: "end" }, "ff"],
  ["an end with padding", { code: "end", padding: fromHex("0000") }, "ff0000"],
  ["a code of no name", { code: 43, data: fromHex("0102") }, "2b020102"],
  ["a known code with other data", { code: 1, data: fromHex("01") }, "010101"],
  ["a text that is none", { code: 12, data: fromHex("ff") }, "0c01ff"],
];

describe("options of DHCP", () => {
  it.each(VECTORS)("%s: written and read", (_, option, bytes) => {
    expect(tailOf([option])).toBe(bytes);
    expect(readAgain(fromHex(bytes))).toEqual([option]);
  });

  it("take addresses and data as text, and the type of a hardware address by default", () => {
    expect(tailOf([{ code: "routers", addresses: ["10.0.0.1"] }])).toBe("03040a000001");
    expect(tailOf([{ code: "clientIdentifier", identifier: fromHex("020000000001") }])).toBe("3d0701020000000001");
    expect(tailOf([{ code: 43, data: "ab" }])).toBe("2b026162");
  });

  it("stay bytes where the list cannot be followed to its end", () => {
    expect(readAgain(fromHex("35010101"))).toEqual(fromHex("35010101"));
    expect(readAgain(fromHex("3501013305"))).toEqual(fromHex("3501013305"));
  });

  it("become the same bytes again, whatever they are", () => {
    const code = fc.oneof(fc.constantFrom(0, 1, 3, 12, 51, 53, 55, 57, 61, 255), fc.nat(255));
    const data = fc.oneof(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ minLength: 4, maxLength: 4 }));
    const option = fc.tuple(code, data).map(([code, data]) => Uint8Array.of(code, data.length, ...data));
    const list = fc.array(option, { maxLength: 6 }).map((all) => Uint8Array.from(all.flatMap((each) => [...each])));
    fc.assert(
      fc.property(list, fc.nat(3), (bytes, cut) => {
        const tail = bytes.subarray(0, Math.max(0, bytes.length - cut));
        expect(tailOf(readAgain(tail))).toBe(toHex(tail));
      }),
      { numRuns: 3000, seed: 4 },
    );
  });

  it.each([
    ["a code of no name", [{ code: "mask" }], /options\[0\]\.code is "mask", and can be a number, or of pad, end, /],
    [
      "a code too large",
      [{ code: 256, data: "" }],
      /options\[0\]\.code is 256, and can be a whole number from 0 to 255/,
    ],
    ["no address", [{ code: "subnetMask" }], "options[0].address is missing, at byte 240"],
    [
      "half an address",
      [{ code: "pad" }, { code: "subnetMask", address: "1.2" }],
      "1.2 is not an IPv4 address such as 10.0.0.1, at byte 241",
    ],
    ["too many seconds", [{ code: "leaseTime", seconds: 2 ** 32 }], /options\[0\]\.seconds is 4294967296, and can be/],
    [
      "a long text",
      [{ code: "hostName", text: "x".repeat(256) }],
      /options\[0\] has 256 bytes of data, and can have up to 255/,
    ],
    ["a number for codes", [{ code: "parameterRequestList", codes: 5 }], /options\[0\]\.codes is no list of codes/],
    ["a text for options", "x", "options is neither a list nor bytes, at byte 240"],
  ])("refuse %s", (_, options, expected) => {
    const error = (() => {
      try {
        return written(options as never);
      } catch (error) {
        return error;
      }
    })();
    expect(error).toBeInstanceOf(PacketError);
    const message = typeof expected === "string" ? `DHCP message: ${expected}` : expect.stringMatching(expected);
    expect(error).toMatchObject({ code: "BAD_FIELD", message });
  });
});
