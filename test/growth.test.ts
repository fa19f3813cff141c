/** Twice as much takes about twice the work: counted, where a clock would depend on the machine. */
import { describe, expect, it } from "vitest";
import { parsePlainSeconds } from "../lib/csv/timestamps.ts";
import { FragmentStore } from "../lib/dissect/fragments.ts";
import { parseIpv4, parseMac } from "../lib/headers/address.ts";
import { encodeFrame } from "../lib/headers/frame.ts";
import { TcpFlag } from "../lib/headers/tcp-fields.ts";
import { MessageSplitter } from "../lib/streams/messages.ts";
import { DirectionReassembler } from "../lib/streams/reassembly.ts";
import { HEADER, readAll, toBytes } from "./csv/read-csv.ts";
import { captureFile, temporaryFolder } from "./helpers/captures/captures.ts";
import { fuzzSources, mutated } from "./helpers/captures/fuzz-captures.ts";
import { HOSTILE_PACKETS } from "./helpers/captures/hostile-packets.ts";
import { pcapOf } from "./helpers/captures/pcap-records.ts";
import { explore } from "./helpers/judges/explore-capture.ts";
import { reportOf } from "./helpers/judges/page-reader.ts";
import { expectProportional, workOf } from "./helpers/programs/work.ts";
import { completeAll, type Said } from "./traffic/completers/payload-rows.ts";

const folder = temporaryFolder();

describe("the count itself", () => {
  it("finds out what grows with the square, in steps and in what is moved", async () => {
    const bytes = (size: number) => new Uint8Array(size).fill(0x31);
    const once = (size: number) => () => parsePlainSeconds(bytes(size), 0, size, 1_000_000);
    await expectProportional(once, 10_000);
    const again = (size: number) => () => {
      for (let end = 1; end <= size; end++) parsePlainSeconds(bytes(end), 0, end, 1_000_000);
    };
    await expect(expectProportional(again, 1000)).rejects.toThrow(/^for 1000 there were \d+ steps, and for twice/);
    const joined = (size: number) => () => {
      let all = Buffer.alloc(0);
      for (let count = 0; count < size; count++) all = Buffer.concat([all, bytes(1)]);
      parsePlainSeconds(all, 0, size, 1_000_000);
    };
    await expect(expectProportional(joined, 1000)).rejects.toThrow(/^for 1000 there were \d+ moved, and for twice/);
  });

  it("is the same each time", async () => {
    const act = () => readAll(`${HEADER}\n${"1,CHAT,a,b,hello,0\n".repeat(500)}`);
    await act();
    expect((await workOf(act)).steps).toBe((await workOf(act)).steps);
  });
});

describe("the work of reading a CSV", () => {
  it.each([
    ["in quotes", '"'],
    ["without quotes", ""],
  ])("grows with the length of a message %s", async (_, quote) => {
    const prepare = (size: number) => {
      const text = toBytes(`${HEADER}\n1,CHAT,a,b,${quote}${"x".repeat(size)}${quote},0\n2,CHAT,a,b,y,1\n`);
      return () => readAll(text);
    };
    // More than the mebibyte that is looked at first.
    await expectProportional(prepare, 3_000_000);
  });

  it("grows with the number of rows, of users, and of times that take turns", async () => {
    for (const row of [
      (index: number) => `${index},CHAT,a,b,hello ${index},${index}\n`,
      (index: number) => `${index},CHAT,user${index},b,hello,${index}\n`,
      (index: number) => `${index},CHAT,a,b,"say ""${index}""\n",${index ^ 1}\n`,
    ]) {
      const prepare = (size: number) => {
        const text = toBytes(`${HEADER}\n${Array.from({ length: size }, (_, index) => row(index)).join("")}`);
        return () => readAll(text);
      };
      await expectProportional(prepare, 5000);
    }
  });
});

describe("the work of completing messages", () => {
  it("grows with their number", async () => {
    const prepare = (size: number) => {
      const rows = Array.from({ length: size }, (_, i): Said => (i % 2 ? ["server", "200 OK"] : ["client", "GET /x"]));
      return () => completeAll("HTTP", rows);
    };
    await expectProportional(prepare, 2000);
  });
});

describe("the work of putting a stream in order", () => {
  const sink = { data: () => {}, gap: () => {} };

  it.each([
    ["descending one-byte segments", (index: number) => 2_000_000 - 2 * index],
    ["one-byte segments with gaps between", (index: number) => 1 + 2 * index],
    ["one-byte segments all over the place", (index: number) => (Math.imul(index, 0x9e37_79b1) >>> 1) % 0x7fff_0000],
    ["jumps by half the circle", (index: number) => Math.imul(index, 0x7fff_fff1) >>> 0],
  ])("grows with their number: %s", async (_, place) => {
    const byte = Uint8Array.of(1);
    const prepare = (size: number) => () => {
      const stream = new DirectionReassembler(sink);
      stream.open(-1 >>> 0);
      for (let index = 0; index < size; index++) stream.push(place(index) >>> 0, byte, 1, index, false);
      stream.finish();
    };
    // More than can wait, so that the work for each of them has reached its most.
    await expectProportional(prepare, 20_000, 250);
  });

  it("grows with the number of segments that cover thousands of others", async () => {
    const prepare = (size: number) => () => {
      const stream = new DirectionReassembler(sink);
      stream.open(-1 >>> 0);
      for (let round = 0; round < size; round++) {
        const base = 1 + round * 70_000;
        for (let index = 0; index < 4000; index++) stream.push(base + 2 * index, Uint8Array.of(1), 1, 1, false);
        stream.push(base, new Uint8Array(60_000), 60_000, 1, false);
      }
      stream.finish();
    };
    await expectProportional(prepare, 5);
  });

  it("grows with the number of fragments, whenever the last of them comes", async () => {
    const bytes = new Uint8Array(8);
    for (const order of ["last first", "in order"]) {
      const prepare = (size: number) => () => {
        const fragments = new FragmentStore();
        if (order === "last first") fragments.add("one", 8 * size, false, bytes);
        for (let index = 0; index < size; index++) fragments.add("one", 8 * index, true, bytes);
      };
      await expectProportional(prepare, 4000);
    }
  });

  it("grows with the number of copies of a fragment whose datagram never gets whole", async () => {
    const bytes = new Uint8Array(8);
    const prepare = (size: number) => () => {
      const fragments = new FragmentStore();
      fragments.add("one", 65_000, false, bytes);
      for (let copy = 0; copy < size; copy++) fragments.add("one", 0, true, bytes);
    };
    await expectProportional(prepare, 10_000);
  });
});

describe("the work of finding messages in a stream", () => {
  it.each(["a\n", "abc: def\r\n", "x", "\n"])("grows with a head that comes byte by byte: %j", async (unit) => {
    const bytes = Buffer.from(unit);
    const prepare = (size: number) => () => {
      const splitter = new MessageSplitter(false, "http", { last: 0 }, () => {});
      for (let position = 0; position < size; position++) {
        const at = position % unit.length;
        splitter.data(bytes.subarray(at, at + 1), position, 1, false);
      }
    };
    await expectProportional(prepare, 10_000);
  });
});

describe("the work of explaining a capture", () => {
  /** Steps for each byte of a file, and those that any file takes. */
  const STEPS_PER_BYTE = 30;
  const STEPS = 100_000;

  it.each(HOSTILE_PACKETS)("grows with hostile packets: %s", async (_, make) => {
    const [half, whole] = [make(0.5), make(1)];
    await explore(make(0.1));
    const less = await workOf(() => explore(half));
    const more = await workOf(() => explore(whole));
    for (const kind of ["steps", "moved"] as const) expect(more[kind]).toBeLessThan(2.6 * less[kind] + 10_000);
    expect(more.steps).toBeLessThan(STEPS + STEPS_PER_BYTE * whole.length);
  });

  it("is in proportion to the bytes of captures that are changed at random", async () => {
    const sources = fuzzSources();
    for (let seed = 1; seed <= 60; seed++) {
      const { bytes, isPacked } = mutated(seed, sources);
      if (isPacked) continue;
      const { steps } = await workOf(() => explore(bytes));
      expect(steps, `seed ${seed}, ${bytes.length} bytes`).toBeLessThan(STEPS + STEPS_PER_BYTE * bytes.length);
    }
  });
});

describe("the work of a report as a page", () => {
  it("grows with the frames of its capture", async () => {
    const prepare = (size: number) => {
      const file = captureFile(folder, `${size}.pcap`, dataCapture(size));
      return () => reportOf(file);
    };
    await expectProportional(prepare, 2000);
  });
});

/** So many segments of one direction, one after the other. */
function dataCapture(count: number): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => ({
    time: index * 1000,
    bytes: encodeFrame({
      ethernet: { source: parseMac("02:00:0a:00:00:01"), destination: parseMac("02:00:0a:00:00:02") },
      ipv4: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") },
      tcp: {
        sourcePort: 50_000,
        destinationPort: 80,
        sequenceNumber: 1000 + index * 1460,
        flags: TcpFlag.PSH | TcpFlag.ACK,
      },
      payload: new Uint8Array(1460).fill(0x41 + (index % 26)),
    }),
  }));
  return pcapOf(1, records);
}
