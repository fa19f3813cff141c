/** SCTP and UDP-Lite where their tables are not all: padding, lengths, what is given wrong, chunks that cannot be. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame } from "../../lib/headers/frame.ts";
import { sctp } from "../../lib/headers/sctp.ts";
import type { SctpChunk } from "../../lib/headers/sctp-chunk-fields.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udpLite } from "../../lib/headers/udp-lite.ts";
import { fromHex, toHex } from "./vectors.ts";

const HEADER = { sourcePort: 1, destinationPort: 2, verificationTag: 3 };

function chunksOf(chunks: readonly SctpChunk[]): string {
  const bytes = new Uint8Array(sctp.byteLength({ ...HEADER, chunks })).fill(0xee);
  sctp.encodeInto({ ...HEADER, chunks }, bytes, 0);
  return toHex(bytes.subarray(12));
}

const abc = fromHex("616263");

describe("SCTP", () => {
  it("fills chunks up, and parameters but for the last, whose chunk does it", () => {
    const parameters = [
      { type: 7, value: abc },
      { type: 9, value: fromHex("01") },
    ];
    expect(chunksOf([{ kind: "heartbeat", parameters }])).toBe(
      "04000011 0007000761626300 0009000501 000000".replaceAll(" ", ""),
    );
  });

  it("writes lengths, flags and padding that are given, right or wrong", () => {
    expect(chunksOf([{ kind: "cookieEcho", cookie: abc, length: 99, flags: 0xa5, padding: fromHex("ffff") }])).toBe(
      "0aa50063616263ffff",
    );
  });

  it("says of data that it is a whole message, unless its flags say otherwise", () => {
    const data = {
      kind: "data",
      transmissionSequenceNumber: 1,
      streamIdentifier: 2,
      streamSequenceNumber: 3,
      payloadProtocolIdentifier: 4,
      data: abc,
    } as const;
    expect(chunksOf([data])).toBe("000300130000000100020003000000046162630" + "0");
    expect(chunksOf([{ ...data, flags: 2 }]).slice(0, 4)).toBe("0002");
  });

  it.each<[string, SctpChunk]>([
    ["a kind that there is not", { kind: "shrug" } as never],
    ["a number that does not fit", { kind: "shutdown", cumulativeTransmissionSequenceNumber: 2 ** 32 }],
    ["a type that does not fit", { kind: "unknown", type: 256, value: abc }],
    ["flags that do not fit", { kind: "cookieAck", flags: 256 }],
  ])("refuses %s", (_, chunk) => {
    expect(() => chunksOf([chunk])).toThrow(expect.objectContaining({ code: "BAD_FIELD" }));
  });

  it("reads any chunks, and writes them as they were, or refuses them", () => {
    const type = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 63);
    const value = fc.uint8Array({ maxLength: 40 });
    const chunk = fc.tuple(type, fc.nat(255), value, fc.nat(4)).map(([type, flags, value, padding]) => {
      const length = 4 + value.length;
      return [
        type,
        flags,
        length >>> 8,
        length & 0xff,
        ...value,
        ...new Array<number>(Math.min(padding, -length & 3)).fill(0),
      ];
    });
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 3 }), (chunks) => {
        const bytes = Uint8Array.from([...new Array<number>(12).fill(1), ...chunks.flat()]);
        let decoded: ReturnType<typeof sctp.decode>;
        try {
          decoded = sctp.decode(bytes, 0, bytes.length);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/TRUNCATED|BAD_FIELD/) });
          return;
        }
        const again = new Uint8Array(sctp.byteLength(decoded));
        sctp.encodeInto(decoded, again, 0);
        expect(toHex(again)).toBe(toHex(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe("UDP-Lite", () => {
  it("refuses to read a coverage without all of the header", () => {
    const bytes = fromHex("0001000200071234");
    expect(() => udpLite.decode(bytes, 0, 8)).toThrow(/checksumCoverage is 7, and can be 0 or 8 to 65535, at byte 4/);
  });
});

describe("TCP", () => {
  it.each([
    ["SYN", 0x002],
    ["SYN ACK", 0x012],
    ["syn,ack", 0x012],
    [["PSH", "ACK"], 0x018],
    ["FIN SYN RST PSH ACK URG ECE CWR AE", 0x1ff],
    ["", 0],
  ])("takes flags by their names: %s", (flags, expected) => {
    expect(tcp({ flags }).fields.flags).toBe(expected);
  });

  it("refuses a name that no flag has", () => {
    expect(() => tcp({ flags: "SIN" })).toThrow(/flags is "SIN", and can be a number, or of FIN, SYN/);
  });

  it("never makes a frame of an option that cannot be read again", () => {
    const tcpOf = (number: number) => ({
      ipv4: { source: 1, destination: 2 },
      tcp: { sourcePort: 1, destinationPort: 2, options: [{ kind: "unknown", number, data: abc } as const] },
    });
    for (let number = 0; number < 256; number++) {
      if (number < 2) expect(() => encodeFrame(tcpOf(number))).toThrow(/the kinds 0 and 1 are single bytes/);
      else
        expect(toHex(encodeFrame(decodeFrame(encodeFrame(tcpOf(number)), "raw")))).toBe(
          toHex(encodeFrame(tcpOf(number))),
        );
    }
  });
});
