import { describe, expect, it } from "vitest";
import { parseIpv4, parseIpv6 } from "../../../lib/headers/address.ts";
import { threefry, Words } from "../../../lib/session/network/threefry.ts";
import { conversationKey, streamKey, Variates } from "../../../lib/session/network/variates.ts";

const words = (text: string) => {
  const made = new Words();
  const [a, b, c, d] = text.split(" ").map((word) => Number.parseInt(word, 16));
  made.set(a!, b!, c!, d!);
  return made;
};
const hex = ({ a, b, c, d }: Words) => [a, b, c, d].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join(" ");

const PURPOSES = ["loss", "burst", "reorder", "duplicate", "corrupt", "position", "bit"] as const;
const socket = (address: string, port: number) => ({ host: { address: parseIpv4(address) }, port });
const CLIENT = socket("10.0.0.1", 49_152);
const SERVER = socket("10.0.0.2", 80);

/** All that is drawn for a transmission, as parts of 1. */
function drawn(variates: Variates): number[] {
  return [...PURPOSES.map((purpose) => variates[purpose]), variates.jitter / 0x1_0000_0000];
}

/** As many rows of what is drawn, for transmissions in a row. */
function rowsOf(count: number, key = streamKey(1, conversationKey(CLIENT, SERVER), "client")): number[][] {
  const variates = new Variates();
  return Array.from({ length: count }, (_, transmission) => {
    variates.turnTo(key, transmission);
    return drawn(variates);
  });
}

/** How unevenly numbers from 0 to 1 fall into 256 boxes: 255 on average, with a deviation of 22.6. */
function chiSquare(values: readonly number[]): number {
  const boxes = new Array<number>(256).fill(0);
  for (const value of values) boxes[Math.floor(value * 256)]!++;
  const expected = values.length / 256;
  return boxes.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Of two columns of numbers from 0 to 1, -1 to 1. */
function correlation(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + (value - 0.5) * (b[index]! - 0.5), 0) / a.length / (1 / 12);
}

describe("Threefry", () => {
  it("gives what its authors say that thirteen rounds give", () => {
    const vectors = [
      [
        "00000000 00000000 00000000 00000000",
        "00000000 00000000 00000000 00000000",
        "531c7e4f 39491ee5 2c855a92 3d6abf9a",
      ],
      [
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff ffffffff ffffffff",
        "c4189358 1c9cc83a d5881c67 6a0a89e0",
      ],
      [
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0 082efa98 ec4e6c89",
        "4aa71d8f 734738c2 431fc6a8 ae6debf1",
      ],
    ] as const;
    for (const [counter, key, expected] of vectors) {
      const { a, b, c, d } = words(counter);
      const result = new Words();
      threefry(words(key), a, b, c, d, result);
      expect(hex(result)).toBe(expected);
    }
  });
});

describe("what is drawn for transmissions", () => {
  const count = 40_000;
  const rows = rowsOf(count);
  const columns = rows[0]!.map((_, purpose) => rows.map((row) => row[purpose]!));

  it("is the same for ever", () => {
    expect(hex(conversationKey(CLIENT, SERVER))).toBe("43c1ed64 419f6a8f 236803ba ad090c55");
    expect(hex(streamKey(1, conversationKey(CLIENT, SERVER), "client"))).toBe("ad5926ba 6687152b 88f602fc cccf4fb1");
    expect(rows[0]!.map((part) => Math.floor(part * 1e6))).toEqual([
      875_967, 320_517, 184_205, 965_853, 328_553, 148_805, 373_189, 2037,
    ]);
  });

  it("falls evenly between 0 and 1, for every purpose", () => {
    for (const column of columns) {
      expect(Math.min(...column)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...column)).toBeLessThan(1);
      // Five deviations.
      expect(Math.abs(chiSquare(column) - 255)).toBeLessThan(5 * Math.sqrt(2 * 255));
    }
  });

  it("has nothing to do with what is drawn beside it, next to it, and behind that", () => {
    const bound = 5 / Math.sqrt(count);
    for (const [index, column] of columns.entries()) {
      for (const other of columns.slice(index + 1)) expect(Math.abs(correlation(column, other))).toBeLessThan(bound);
      for (const lag of [1, 2, 3, 7]) {
        expect(Math.abs(correlation(column.slice(lag), column)), `${index} ${lag}`).toBeLessThan(bound);
      }
    }
  });

  it("has pairs of neighbours that fall evenly into a square", () => {
    for (const column of columns) {
      const pairs = column
        .slice(1)
        .map((value, index) => (Math.floor(value * 16) + Math.floor(column[index]! * 16) / 16) / 16);
      expect(Math.abs(chiSquare(pairs) - 255)).toBeLessThan(5 * Math.sqrt(2 * 255));
    }
  });

  it("never comes again", () => {
    const seen = new Set(rows.map((row) => row.join()));
    expect(seen.size).toBe(count);
    const other = rowsOf(count, streamKey(2, conversationKey(CLIENT, SERVER), "client"));
    expect(other.filter((row) => seen.has(row.join()))).toEqual([]);
  });

  it("does not depend on the order in which it is asked for, nor on what is asked for", () => {
    const variates = new Variates();
    const key = streamKey(1, conversationKey(CLIENT, SERVER), "client");
    for (const transmission of [77, 3, 3, 12_345, 0]) {
      variates.turnTo(key, transmission);
      expect(drawn(variates).reverse()).toEqual([...rows[transmission]!].reverse());
    }
    variates.turnTo(key, 5);
    variates.turnTo(key, 6);
    expect(variates.bit).toBe(rows[6]![PURPOSES.indexOf("bit")]);
  });

  it("differs by seed, direction, socket, protocol and connection, and by nothing else that is alike", () => {
    const ipv6 = (address: string) => ({ host: { address: parseIpv6(address) }, port: 80 });
    const keys = [
      streamKey(1, conversationKey(CLIENT, SERVER), "client"),
      streamKey(1, conversationKey(CLIENT, SERVER), "server"),
      streamKey(2, conversationKey(CLIENT, SERVER), "client"),
      streamKey(0xffff_ffff, conversationKey(CLIENT, SERVER), "client"),
      streamKey(1, conversationKey(SERVER, CLIENT), "client"),
      streamKey(1, conversationKey(CLIENT, SERVER, 1), "client"),
      streamKey(1, conversationKey(CLIENT, SERVER, 0, "udp"), "client"),
      streamKey(1, conversationKey(socket("10.0.0.3", 49_152), SERVER), "client"),
      streamKey(1, conversationKey(socket("10.0.0.1", 49_153), SERVER), "client"),
      streamKey(1, conversationKey(ipv6("::a00:1"), SERVER), "client"),
      streamKey(1, conversationKey(CLIENT, ipv6("::a00:2")), "client"),
    ];
    const streams = keys.map((key) => rowsOf(2000, key).map(([loss]) => loss!));
    for (const [index, stream] of streams.entries()) {
      for (const other of streams.slice(index + 1)) {
        expect(Math.abs(correlation(stream, other))).toBeLessThan(5 / Math.sqrt(2000));
      }
    }
    expect(new Set(keys.map(hex)).size).toBe(keys.length);
    expect(hex(conversationKey(socket("10.0.0.1", 49_152), SERVER, 0, "tcp"))).toBe(
      hex(conversationKey(CLIENT, SERVER)),
    );
  });

  it("spreads over streams as it does over transmissions: the first packets of many conversations", () => {
    const firsts = Array.from({ length: 20_000 }, (_, port) => {
      const key = streamKey(1, conversationKey(socket("10.0.0.1", port + 1), SERVER), "client");
      return rowsOf(1, key)[0]![0]!;
    });
    expect(Math.abs(chiSquare(firsts) - 255)).toBeLessThan(5 * Math.sqrt(2 * 255));
    expect(Math.abs(correlation(firsts.slice(1), firsts))).toBeLessThan(5 / Math.sqrt(20_000));
  });

  it("loses as many as asked for in the long run", () => {
    const [losses] = columns;
    for (const part of [0.001, 0.01, 0.2, 0.5]) {
      const lost = losses!.filter((loss) => loss < part).length;
      expect(Math.abs(lost - count * part)).toBeLessThan(5 * Math.sqrt(count * part * (1 - part)));
    }
  });
});
