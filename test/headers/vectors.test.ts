import { describe, expect, it } from "vitest";
import { viewOf } from "../../lib/core/bytes.ts";
import { finishChecksum, internetChecksum, sumBytes } from "../../lib/core/checksum.ts";
import { PacketError } from "../../lib/core/errors.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { decodeFrame, encodeFrame, encodeFrameInto, frameLength } from "../../lib/headers/frame.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { loopback } from "../../lib/headers/loopback.ts";
import { type TcpOption, tcp } from "../../lib/headers/tcp.ts";
import * as tcpOptions from "../../lib/headers/tcp-options.ts";
import * as vectors from "./vectors.ts";
import { fromHex, type HeaderVector, toHex } from "./vectors.ts";

/** What a buffer holds before anything is written: not zero, so that a byte nobody wrote is seen. */
const DIRT = 0xee;
const PLACES = [0, 1, 14, 57];

/** The error that `act` ends with. Anything but a PacketError fails. */
function packetError(act: () => unknown): PacketError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return error as PacketError;
  }
  throw new Error("nothing was thrown");
}

function expectOnlyInside(buffer: Uint8Array, offset: number, hex: string): void {
  const length = fromHex(hex).length;
  expect(toHex(buffer.subarray(offset, offset + length))).toBe(toHex(fromHex(hex)));
  const outside = [...buffer.subarray(0, offset), ...buffer.subarray(offset + length)];
  expect(outside.every((byte) => byte === DIRT)).toBe(true);
}

describe.each(vectors.sums)("sum: $name", ({ hex, sum, checksum }) => {
  const bytes = fromHex(hex);

  it("is what it should be", () => {
    expect(sumBytes(viewOf(bytes), 0, bytes.length)).toBe(sum);
    expect(finishChecksum(sum)).toBe(checksum);
    expect(internetChecksum(bytes)).toBe(checksum);
  });

  it.each(PLACES)("is the same at byte %i of a buffer", (offset) => {
    const buffer = new Uint8Array(100).fill(DIRT);
    buffer.set(bytes, offset);
    expect(sumBytes(viewOf(buffer), offset, offset + bytes.length)).toBe(sum);
  });
});

interface Codec<Header> {
  byteLength(header: Header): number;
  encodeInto(header: Header, bytes: Uint8Array, offset: number, end?: number): number;
  decode(bytes: Uint8Array, offset: number, end: number): Required<Header>;
}

function checkCodec<Header>(name: string, codec: Codec<Header>, table: readonly HeaderVector<Header>[]): void {
  describe.each(table)(`${name}: $name`, ({ hex, header, total, decoded }) => {
    const bytes = fromHex(hex);
    const room = (total ?? bytes.length) + 100;

    it("knows its length beforehand", () => {
      expect(codec.byteLength(header)).toBe(bytes.length);
      expect(codec.byteLength(decoded)).toBe(bytes.length);
    });

    it.each(PLACES)("is written, read and written again at byte %i of a buffer", (offset) => {
      const buffer = new Uint8Array(room).fill(DIRT);
      const end = total === undefined ? undefined : offset + total;
      expect(codec.encodeInto(header, buffer, offset, end)).toBe(bytes.length);
      expectOnlyInside(buffer, offset, hex);
      expect(codec.decode(buffer, offset, buffer.length)).toEqual(decoded);
      const again = new Uint8Array(room).fill(DIRT);
      expect(codec.encodeInto(codec.decode(buffer, offset, buffer.length), again, offset)).toBe(bytes.length);
      expectOnlyInside(again, offset, hex);
    });

    it("is refused when cut off anywhere", () => {
      for (let length = 0; length < bytes.length; length++) {
        const error = packetError(() => codec.decode(bytes.subarray(0, length), 0, bytes.length));
        expect(error).toMatchObject({ code: "TRUNCATED", offset: 0, available: length });
        expect(error.message).toContain("limited by the captured length");
        expect(packetError(() => codec.decode(bytes, 0, length))).toMatchObject({ code: "TRUNCATED" });
      }
    });

    it("is refused room that is too small", () => {
      for (let length = 0; length < bytes.length; length++) {
        const error = packetError(() => codec.encodeInto(header, new Uint8Array(length), 0));
        expect(error).toMatchObject({ code: "TRUNCATED", needed: bytes.length, available: length });
      }
    });
  });
}

checkCodec("Ethernet", ethernet, vectors.ethernetHeaders);
checkCodec("loopback", loopback, vectors.loopbackHeaders);
checkCodec("IPv4", ipv4, vectors.ipv4Headers);

describe.each(vectors.tcpOptions)("TCP options: $name", ({ hex, options }) => {
  const bytes = fromHex(hex);
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);

  it("knows its length beforehand", () => expect(tcpOptions.byteLength(options)).toBe(padded.length));

  it.each(PLACES)("is written, read and written again at byte %i of a buffer", (offset) => {
    const buffer = new Uint8Array(offset + 100).fill(DIRT);
    expect(tcpOptions.encodeInto(options, buffer, offset)).toBe(padded.length);
    expectOnlyInside(buffer, offset, toHex(padded));
    expect(tcpOptions.decode(buffer, offset, offset + bytes.length)).toEqual(options);
    const again = new Uint8Array(offset + 100).fill(DIRT);
    tcpOptions.encodeInto(tcpOptions.decode(buffer, offset, offset + padded.length), again, offset);
    expect(again).toEqual(buffer);
  });

  it("is never misread when cut off", () => {
    for (let length = 0; length < bytes.length; length++) {
      let read: readonly TcpOption[] = [];
      try {
        read = tcpOptions.decode(bytes, 0, length);
      } catch (error) {
        expect(error).toBeInstanceOf(PacketError);
        continue;
      }
      // Cut between two options, or within the padding: what is read is what stands there.
      const again = new Uint8Array(tcpOptions.byteLength(read));
      tcpOptions.encodeInto(read, again, 0);
      expect(toHex(again.subarray(0, length))).toBe(toHex(bytes.subarray(0, length)));
    }
  });
});

describe.each(vectors.segments)("TCP: $name", ({ pseudoHeader, hex, header, payload, decoded }) => {
  const pseudo = fromHex(pseudoHeader);
  const pseudoSum = sumBytes(viewOf(pseudo), 0, pseudo.length);
  const bytes = fromHex(hex);
  const data = fromHex(payload);
  const headerLength = bytes.length - data.length;

  it("knows its length beforehand", () => {
    expect(tcp.byteLength(header)).toBe(headerLength);
    expect(tcp.byteLength(decoded)).toBe(headerLength);
  });

  it.each(PLACES)("is written, read and written again at byte %i of a buffer", (offset) => {
    const end = offset + bytes.length;
    const buffer = new Uint8Array(200).fill(DIRT);
    buffer.set(data, offset + headerLength);
    expect(tcp.encodeInto(header, buffer, offset, end, undefined, pseudoSum)).toBe(headerLength);
    expectOnlyInside(buffer, offset, hex);
    expect(tcp.decode(buffer, offset, end)).toEqual(decoded);
    const again = new Uint8Array(200).fill(DIRT);
    again.set(data, offset + headerLength);
    tcp.encodeInto(tcp.decode(buffer, offset, end), again, offset);
    expect(again).toEqual(buffer);
  });

  it("is refused when cut off anywhere in its header", () => {
    for (let length = 0; length < headerLength; length++) {
      expect(packetError(() => tcp.decode(bytes, 0, length))).toMatchObject({ code: "TRUNCATED", available: length });
    }
  });
});

describe.each(vectors.covered)("$name", ({ pseudoHeader, hex, checksumAt, computed, carried = computed }) => {
  it("has the sum that was published", () => {
    const pseudo = fromHex(pseudoHeader);
    const bytes = fromHex(hex);
    const view = viewOf(bytes);
    const pseudoSum = sumBytes(viewOf(pseudo), 0, pseudo.length);
    expect(view.getUint16(checksumAt)).toBe(carried);
    view.setUint16(checksumAt, 0);
    expect(finishChecksum(sumBytes(view, 0, bytes.length, pseudoSum))).toBe(computed);
    view.setUint16(checksumAt, computed);
    expect(finishChecksum(sumBytes(view, 0, bytes.length, pseudoSum))).toBe(0);
  });
});

describe.each(vectors.frames)("frame: $name", ({ linkType, hex, frame, decoded }) => {
  const bytes = fromHex(hex);

  it("is made from the little that has to be said", () => {
    expect(frameLength(frame)).toBe(bytes.length);
    expect(toHex(encodeFrame(frame))).toBe(toHex(bytes));
  });

  it.each(PLACES)("is written, read and written again at byte %i of a buffer", (offset) => {
    const buffer = new Uint8Array(300).fill(DIRT);
    expect(encodeFrameInto(frame, buffer, offset)).toBe(bytes.length);
    expectOnlyInside(buffer, offset, hex);
    const read = decodeFrame(buffer, linkType, offset, offset + bytes.length);
    expect(read).toMatchObject(decoded);
    expect(toHex(encodeFrame(read))).toBe(toHex(bytes));
  });

  it("is refused when cut off anywhere", () => {
    for (let length = 0; length < bytes.length; length++) {
      const error = packetError(() => decodeFrame(bytes.subarray(0, length), linkType));
      expect(error).toMatchObject({ code: "TRUNCATED", limitedBy: "the captured length" });
      expect(error.offset + error.available!).toBe(length);
      expect(packetError(() => decodeFrame(bytes.slice(0, length), linkType, 0, bytes.length)).code).toBe("TRUNCATED");
    }
  });
});
