/** Whole captures edited, from file to file. */
import fs from "node:fs";
import path from "node:path";
import v8 from "node:v8";
import vm from "node:vm";
import { beforeEach, describe, expect, it } from "vitest";
import { parseIpRule } from "../../lib/edit/address-map.ts";
import { LINK_TARGETS } from "../../lib/edit/link-editor.ts";
import { parseFrameRanges, parseShift } from "../../lib/edit/selection.ts";
import { edit } from "../../lib/edit.ts";
import type { EditOptions } from "../../lib/edit-options.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import { frameCheckSequence } from "../../lib/headers/ethernet.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { ethernet, FOUR, hex, icmp, ip, join, letters, SIX, tcp, udp } from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";
import { little, packetsOf } from "../pcap/capture-bytes.ts";

const ETHERNET = 1;
const root = temporaryFolder();
let folder = root;
let counter = 0;
beforeEach(() => {
  folder = path.join(root, String(counter++));
  fs.mkdirSync(folder);
});

const place = (name: string) => path.join(folder, name);
const file = (name: string, bytes: Uint8Array) => captureFile(folder, name, bytes);
const frames = (...list: Uint8Array[]) =>
  pcapOf(
    ETHERNET,
    list.map((bytes, index) => ({ time: 1_000_000 * index, bytes })),
  );
const four = (protocol: number, payload: Uint8Array) => ethernet(0x0800, ip(FOUR, protocol, payload));
const mapIp = [parseIpRule("10.0.0.0/8=192.168.0.0/16")];

/** Who has 10.0.0.2? */
const arp = () => hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");

/** Edits a capture, and reads what comes out. */
async function edited(bytes: Uint8Array, options: EditOptions = {}, name = "out.pcap") {
  const summary = await edit(file("in", bytes), place(name), options);
  const output = fs.readFileSync(place(name));
  return { summary, output, packets: await packetsOf(output), capture: captureFromBytes(output, name) };
}

function readAll(bytes: Uint8Array) {
  const capture = captureFromBytes(bytes, "capture");
  while (capture.next());
  return capture;
}

const SECOND = 1_000_000_000n;
const frame = (last: number) => join(four(17, udp()), [last]);

/** Everything that pcapng can say and that is kept. */
function talkative(): Uint8Array {
  const fine = join(
    little.option(2, "eth0 10.0.0.1"),
    little.option(3, "the outer side"),
    little.option(9, Uint8Array.of(9)),
  );
  const coarse = join(
    little.option(1, "about lo"),
    little.option(2, "lo"),
    little.option(9, Uint8Array.of(3)),
    little.option(13, Uint8Array.of(0)),
  );
  const names = join(
    little.u16(1, 4 + 9),
    hex("0a000001"),
    hex("616c69636500"),
    hex("616c00"),
    Uint8Array.of(0, 0, 0),
    little.u16(0, 0),
  );
  return join(
    little.section(
      join(
        little.option(1, "first"),
        little.option(1, "second"),
        little.option(2, "a box"),
        little.option(3, "an OS"),
        little.option(4, "a program"),
      ),
    ),
    little.interface(1, 1000, fine),
    little.interface(1, 0, coarse),
    little.enhanced(
      1_700_000_000n * SECOND + 123_456_789n,
      join(little.option(1, "hello"), little.option(1, "again"), little.option(2, little.u32(1))),
      frame(1),
    ),
    little.block(4, names),
    little.block(5, little.u32(0, 0, 0)),
    little.enhanced(1_700_000_001_007n, little.option(2, little.u32(2)), frame(2), 1),
  );
}

describe("pcapng", () => {
  it("keeps what is said of interfaces and packets", async () => {
    const { summary, packets, output } = await edited(talkative(), {}, "out.pcapng");
    const before = readAll(talkative());
    const after = readAll(output);
    expect(packets).toEqual(await packetsOf(talkative()));
    expect(packets[0]).toMatchObject({ nanoseconds: 123_456_789, direction: "inbound", comments: ["hello", "again"] });
    expect(after.interfaces).toEqual(before.interfaces);
    expect(after.interfaces[1]).toMatchObject({ comments: ["about lo"], ticksPerSecond: 1000, checkSequenceLength: 0 });
    expect(after.comments).toEqual(["first", "second"]);
    expect([after.application, after.hardware, after.os]).toEqual(["a program", "a box", "an OS"]);
    expect(after.resolvedNames).toEqual(new Map([["10.0.0.1", ["alice", "al"]]]));
    expect(summary.otherBlocks).toBe(1);
  });

  it("maps the addresses that have names with them", async () => {
    const { output } = await edited(talkative(), { mapIp }, "out.pcapng");
    expect(readAll(output).resolvedNames).toEqual(new Map([["192.168.0.1", ["alice", "al"]]]));
  });

  it("says nothing that could name an address, under a key", async () => {
    const { output } = await edited(talkative(), { anonymizeKey: "tea" }, "out.pcapng");
    const text = output.toString("latin1");
    for (const word of ["eth0", "10.0.0.1", "outer", "hello", "alice", "a box", "first"])
      expect(text).not.toContain(word);
    expect(output.includes(Buffer.from("0a000001", "hex"))).toBe(false);
  });

  it("becomes pcap with what that can hold, and says what was lost", async () => {
    const { summary, packets } = await edited(talkative());
    expect(packets.map(({ nanoseconds }) => nanoseconds)).toEqual([123_456_789, 7_000_000]);
    expect(summary.lost).toMatchObject({ comments: 4, names: 1, times: 0 });
  });

  it("goes on through several sections with interfaces of their own", async () => {
    const two = join(
      talkative(),
      little.section(),
      little.interface(101, 0, little.option(9, Uint8Array.of(9))),
      little.enhanced(SECOND, new Uint8Array(0), ip(FOUR, 17, udp())),
    );
    const { packets } = await edited(two, {}, "out.pcapng");
    expect(packets.map(({ linkType, interfaceId }) => [linkType, interfaceId])).toEqual([
      [1, 0],
      [1, 1],
      [101, 2],
    ]);
  });

  it("leaves out what is no packet, and counts it", async () => {
    const record = little.block(0xbad, little.u32(4711), letters(8));
    const { summary } = await edited(join(talkative(), record), {}, "out.pcapng");
    expect([...summary.leftOut]).toEqual([["no packets of any network, but records of a system", 1]]);
  });
});

describe("frame check sequences", () => {
  const checked = (bytes: Uint8Array, isRight = true) => {
    const check = new Uint8Array(4);
    new DataView(check.buffer).setUint32(0, (frameCheckSequence(bytes, 0, bytes.length) ^ (isRight ? 0 : 1)) >>> 0);
    return join(bytes, check);
  };
  const withChecks = (...list: Uint8Array[]) =>
    join(
      little.section(),
      little.interface(1, 0, little.option(13, Uint8Array.of(4))),
      ...list.map((bytes) => little.enhanced(1n, new Uint8Array(0), bytes)),
    );
  const isRight = (data: string) => {
    const bytes = Buffer.from(data, "hex");
    return frameCheckSequence(bytes, 0, bytes.length - 4) === bytes.readUInt32BE(bytes.length - 4);
  };

  it.each([
    ["other addresses", { mapIp }],
    ["another tag", { vlan: 7 }],
    ["both", { mapIp, vlan: 7 }],
  ] as const)("are right again with %s, where they were", async (_, options) => {
    const datagram = four(17, udp());
    const { packets, capture } = await edited(
      withChecks(checked(datagram), checked(datagram, false)),
      options,
      "out.pcapng",
    );
    expect(packets.map(({ data }) => isRight(data))).toEqual([true, false]);
    expect(readAll(fs.readFileSync(place("out.pcapng"))).interfaces[0]!.checkSequenceLength).toBe(4);
    expect(capture.format).toBe("pcapng");
  });

  it("are no part of another link", async () => {
    const datagram = four(17, udp());
    const { packets, output } = await edited(
      withChecks(checked(datagram)),
      { linkType: LINK_TARGETS.RAW },
      "out.pcapng",
    );
    expect(packets[0]!.data).toBe(Buffer.from(datagram.subarray(14)).toString("hex"));
    expect(readAll(output).interfaces[0]!.checkSequenceLength).toBeUndefined();
  });
});

describe("tags", () => {
  const tagged = (tags: string) => join(hex(`020000000002 020000000001 ${tags} 0800`), ip(FOUR, 17, udp()));
  const head = ({ data }: { data: string }) => data.slice(24, -2 * ip(FOUR, 17, udp()).length);

  it.each([
    ["", 5, "810000050800"],
    ["8100a064", 5, "8100a0050800"],
    ["88a83123 81000064", 5, "88a8300581000064" + "0800"],
    ["88a83123 81000064", "none", "0800"],
    ["", "none", "0800"],
    ["8100a064", 4094, "8100affe0800"],
    ["", 0, "810000000800"],
    ["8100a064", 0, "8100a0000800"],
  ] as const)("%j and --vlan %s", async (tags, vlan, expected) => {
    const { packets } = await edited(frames(tagged(tags)), { vlan });
    expect(head(packets[0]!)).toBe(expected);
    expect(packets[0]!.wireLength).toBe(packets[0]!.data.length / 2);
  });

  it("are for Ethernet: other frames stay", async () => {
    const { packets } = await edited(pcapOf(101, [{ time: 0, bytes: ip(FOUR, 17, udp()) }]), { vlan: 5 });
    expect(packets[0]!.data).toBe(Buffer.from(ip(FOUR, 17, udp())).toString("hex"));
  });
});

describe("another link", () => {
  it.skipIf(isMissing("tshark")).each(Object.keys(LINK_TARGETS))(
    "%s, and back to Ethernet: tshark reads the same packets",
    async (name) => {
      const capture = frames(
        four(6, tcp()),
        ethernet(0x86dd, ip(SIX, 17, udp({ net: SIX }))),
        join(hex("020000000002 020000000001 81000005 0800"), ip(FOUR, 17, udp())),
        four(1, icmp(8, 0, letters(8))),
      );
      const input = file("in.pcap", capture);
      await edit(input, place("there.pcapng"), { linkType: LINK_TARGETS[name] });
      await edit(place("there.pcapng"), place("back.pcapng"), { linkType: LINK_TARGETS.ETHERNET });
      const fields = [
        "ip.src",
        "ipv6.dst",
        "ip.checksum.status",
        "tcp.checksum.status",
        "udp.checksum.status",
        "icmp.checksum.status",
        "tcp.seq_raw",
      ];
      const read = (from: string) => tshark("-r", from, "-T", "fields", ...fields.flatMap((field) => ["-e", field]));
      const kept = name === "IPV4" ? "ip" : name === "IPV6" ? "ipv6" : "ip or ipv6";
      const expected = tshark("-r", input, "-Y", kept, "-T", "fields", ...fields.flatMap((field) => ["-e", field]));
      expect(read(place("there.pcapng"))).toBe(expected);
      expect(read(place("back.pcapng"))).toBe(expected);
    },
  );

  it("makes hardware addresses up by the IP addresses, after these have changed", async () => {
    const raw = pcapOf(101, [
      { time: 0, bytes: ip(FOUR, 17, udp()) },
      { time: 1, bytes: ip(SIX, 17, udp({ net: SIX })) },
    ]);
    const { packets } = await edited(raw, { linkType: ETHERNET, mapIp });
    expect(packets.map(({ data }) => data.slice(0, 28))).toEqual([
      "0200c0a800020200c0a800010800",
      "06000000000206000000000186dd",
    ]);
  });

  it("leaves out what it cannot carry, and counts it", async () => {
    const { summary, packets } = await edited(frames(four(17, udp()), ethernet(0x0806, arp()), hex("0102")), {
      linkType: LINK_TARGETS.RAW,
    });
    expect(packets).toHaveLength(1);
    expect([...summary.leftOut]).toEqual([
      ["carrying no IP, which the link type is for", 1],
      ["too short for their link header", 1],
    ]);
  });
});

describe("how much of a frame is kept", () => {
  it("is what --snap says, and its length on the wire stays told", async () => {
    const { packets, summary } = await edited(frames(four(17, udp())), { snapLength: 20, mapIp });
    expect(packets[0]).toMatchObject({ wireLength: four(17, udp()).length });
    expect(packets[0]!.data).toHaveLength(40);
    expect(summary.cutFrames).toBe(1);
  });

  it("ends with the headers, without the payload", async () => {
    const quote = join(hex("00000000"), ip(FOUR, 17, udp()).subarray(0, 28), letters(9));
    const list = [
      four(6, tcp()),
      four(17, udp()),
      four(1, icmp(8, 0, letters(24))),
      four(1, icmp(3, 1, quote)),
      ethernet(0x0806, arp()),
    ];
    const { packets } = await edited(frames(...list), { stripPayload: true });
    expect(packets.map(({ data }) => data.length / 2)).toEqual([54, 42, 42, 14 + 20 + 8 + 28, 42]);
    expect(packets.map(({ wireLength }) => wireLength)).toEqual(list.map(({ length }) => length));
  });
});

describe("which packets", () => {
  const many = () =>
    frames(...Array.from({ length: 10 }, (_, index) => four(17, udp({ ports: [40_000 + (index % 3), 50_000] }))));
  const ports = (packets: readonly { data: string }[]) =>
    packets.map(({ data }) => Number.parseInt(data.slice(68, 72), 16) - 40_000);

  it("are those of the ranges that the filter matches", async () => {
    const { packets, summary } = await edited(many(), {
      ranges: parseFrameRanges("2-4,9-"),
      filter: "udp.stream in {0, 1}",
    });
    expect(packets.map(({ seconds }) => seconds % 100)).toEqual(
      [1, 3, 9].map((second) => (1_767_225_600 + second) % 100),
    );
    expect(Object.fromEntries(summary.leftOut)).toEqual({
      "out of the range of numbers": 4,
      "that the filter does not match": 3,
    });
    expect(summary).toMatchObject({ packets: 10, written: 3 });
  });

  it("are not read beyond the last that is wanted", async () => {
    const { summary } = await edited(many(), { ranges: parseFrameRanges("-3") });
    expect(summary).toMatchObject({ packets: 3, written: 3 });
  });

  it("can be none: the file is whole all the same", async () => {
    for (const name of ["none.pcap", "none.pcapng"]) {
      expect((await edited(many(), { filter: "tcp" }, name)).packets).toEqual([]);
    }
  });

  it("are found by findings, too", async () => {
    const again = frames(four(6, tcp({ sequence: 7 })), four(6, tcp({ sequence: 27 })), four(6, tcp({ sequence: 7 })));
    const { packets } = await edited(again, {
      filter:
        "tcp.analysis.retransmission || tcp.analysis.spurious_retransmission || tcp.analysis.fast_retransmission || tcp.analysis.out_of_order",
    });
    expect(packets).toHaveLength(1);
  });

  it("go by stream into files of their own", async () => {
    const output = place("s.pcapng");
    const summary = await edit(file("in", join(many(), frames(ethernet(0x0806, arp())).subarray(24))), output, {
      splitBy: { by: "stream" },
    });
    expect(summary.files.map(({ file: name, packets }) => [path.basename(name), packets])).toEqual([
      ["s-00000.pcapng", 1],
      ["s-00001.pcapng", 4],
      ["s-00002.pcapng", 3],
      ["s-00003.pcapng", 3],
    ]);
    for (const { file: name, packets, bytes } of summary.files) {
      const read = fs.readFileSync(name);
      expect(read.length).toBe(bytes);
      expect(await packetsOf(read)).toHaveLength(packets);
    }
    expect(new Set(ports(await packetsOf(fs.readFileSync(place("s-00002.pcapng")))))).toEqual(new Set([1]));
    expect(fs.readdirSync(folder).sort()).toEqual([
      "in",
      ...summary.files.map(({ file: name }) => path.basename(name)),
    ]);
  });

  it.each([
    [{ by: "packets", count: 4 }, [4, 4, 2]],
    [{ by: "minutes", count: 0.05 }, [3, 3, 3, 1]],
    [{ by: "bytes", count: 24 + 3 * (16 + 62) }, [3, 3, 3, 1]],
  ] as const)("go by %j into one file after the other", async (splitBy, expected) => {
    const summary = await edit(file("in", many()), place("p.pcap"), { splitBy });
    expect(summary.files.map(({ packets }) => packets)).toEqual(expected);
    if (splitBy.by === "bytes") for (const { bytes } of summary.files) expect(bytes).toBeLessThanOrEqual(splitBy.count);
  });
});

describe("several captures", () => {
  it("become one by time, and by their order where times are the same", async () => {
    const at =
      (...times: number[]) =>
      (mark: number) =>
        pcapOf(
          ETHERNET,
          times.map((time) => ({ time, bytes: frame(mark) })),
        );
    const [a, b, c] = [at(0, 10, 20)(1), at(10, 15, 5)(2), at(10)(3)];
    await edit(file("a", a), place("m.pcap"), { merge: [file("b", b), file("c", c)] });
    const packets = await packetsOf(fs.readFileSync(place("m.pcap")));
    expect(packets.map(({ data }) => Number(data.slice(-2)))).toEqual([1, 1, 2, 3, 2, 2, 1]);
  });

  it("have their interfaces side by side, those that are alike as one", async () => {
    await edit(file("a", talkative()), place("m.pcapng"), {
      merge: [file("b", talkative()), file("c", pcapOf(101, [{ time: 0, bytes: ip(FOUR, 17, udp()) }]))],
    });
    const capture = readAll(fs.readFileSync(place("m.pcapng")));
    expect(capture.interfaces.map(({ name, linkType }) => [name, linkType])).toEqual([
      ["eth0 10.0.0.1", 1],
      ["lo", 1],
      [undefined, 101],
    ]);
    expect(capture.comments).toEqual(["first", "second", "first", "second"]);
    const packets = await packetsOf(fs.readFileSync(place("m.pcapng")));
    expect(packets.map(({ interfaceId }) => interfaceId)).toEqual([0, 0, 1, 1, 2]);
  });

  it("of two link types are no pcap file", async () => {
    const inputs = [
      file("a", frames(frame(1))),
      file("b", pcapOf(101, [{ time: 5, bytes: ip(FOUR, 17, udp()) }])),
    ] as const;
    await expect(edit(inputs[0], place("m.pcap"), { merge: [inputs[1]] })).rejects.toThrow(
      `${place("m.pcap")}: a pcap file has one link type, and these packets have Ethernet and Raw IP; write pcapng, or give all of them one with --link.`,
    );
    expect(fs.readdirSync(folder).sort()).toEqual(["a", "b"]);
    await edit(inputs[0], place("m.pcap"), { merge: [inputs[1]], linkType: ETHERNET });
    expect(await packetsOf(fs.readFileSync(place("m.pcap")))).toHaveLength(2);
  });
});

describe("an output", () => {
  it.each(["itself", "a link", "another name", "one that is merged", "a part"])(
    "is never an input: %s",
    async (which) => {
      const input = file("in-00001.pcap", frames(frame(1)));
      const other = file("other.pcap", frames(frame(2)));
      fs.symlinkSync(input, place("link.pcap"));
      fs.linkSync(input, place("hard.pcap"));
      const [output, options] = {
        itself: [input, {}],
        "a link": [place("link.pcap"), {}],
        "another name": [place("hard.pcap"), {}],
        "one that is merged": [other, { merge: [other] }],
        "a part": [place("in.pcap"), { splitBy: { by: "packets", count: 1 } }],
      }[which] as [string, EditOptions];
      const before = fs.readFileSync(input);
      await expect(edit(input, output, options)).rejects.toMatchObject({ code: "SAME_FILE" });
      expect(fs.readFileSync(input)).toEqual(before);
      expect(fs.readdirSync(folder).sort()).toEqual(["hard.pcap", "in-00001.pcap", "link.pcap", "other.pcap"]);
    },
  );

  it.each([undefined, { by: "packets", count: 1 }, { by: "stream" }] as const)(
    "is not there where something fails: %j",
    async (splitBy) => {
      const late = pcapOf(ETHERNET, [
        { time: 0, bytes: frame(1) },
        { time: 0, bytes: frame(2) },
      ]);
      new DataView(late.buffer).setUint32(24 + 16 + frame(1).length, 5, true);
      await expect(
        edit(file("in", late), place("out.pcap"), { shift: parseShift("-10s"), splitBy }),
      ).rejects.toMatchObject({ code: "TIME_RANGE" });
      expect(fs.readdirSync(folder)).toEqual(["in"]);
    },
  );

  it("of several is a file", async () => {
    const input = file("in", frames(frame(1)));
    fs.symlinkSync("/dev/null", place("p-00001.pcap"));
    const parts = edit(input, place("p.pcap"), { splitBy: { by: "packets", count: 1 } });
    await expect(parts).rejects.toThrow(
      /p-00001\.pcap is a device or a pipe, and a part of several needs a file; choose/,
    );
    expect(fs.readdirSync(folder).sort()).toEqual(["in", "p-00001.pcap"]);
  });

  it("holds what came before the damage of a damaged input, and a warning", async () => {
    const whole = frames(frame(1), frame(2));
    const { summary, packets } = await edited(whole.subarray(0, whole.length - 3));
    expect(packets).toHaveLength(1);
    expect(summary.warnings).toHaveLength(1);
  });
});

const MOMENT = { seconds: 1, nanoseconds: 0 };
const BOTH_TIMES = { shift: MOMENT, start: MOMENT };

describe("options that cannot be", () => {
  it.each([{ linkType: 9 }, { vlan: 4095 }, { vlan: -1 }, { vlan: 1.5 }, { snapLength: 0 }, BOTH_TIMES])(
    "are refused: %j",
    async (options) => {
      await expect(edit(file("in", frames(frame(1))), place("out.pcap"), options)).rejects.toMatchObject({
        code: "BAD_OPTION",
      });
      expect(fs.readdirSync(folder)).toEqual(["in"]);
    },
  );
});

describe("times", () => {
  it("keep nanoseconds, and begin when they are told to", async () => {
    const start = { seconds: 1_000_000, nanoseconds: 5 };
    const late = pcapOf(ETHERNET, [
      { time: 0.001, bytes: frame(1) },
      { time: 1.5, bytes: frame(2) },
    ]);
    const { packets, summary } = await edited(late, { start });
    expect(packets.map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual([
      [1_000_000, 5],
      [1_000_000, 1504],
    ]);
    expect(summary.lost.times).toBe(0);
  });

  it("that the output's unit is too coarse for are counted", async () => {
    const coarse = join(
      little.section(),
      little.interface(1, 0, little.option(9, Uint8Array.of(3))),
      little.enhanced(1n, new Uint8Array(0), frame(1)),
    );
    const { summary } = await edited(coarse, { shift: parseShift("1us") }, "out.pcapng");
    expect(summary.lost.times).toBe(1);
  });
});

/** A few pieces of a megabyte that are read, and a few that are written, on a machine that is slow at both. */
const MOST_HELD = 16_000_000;

describe("a large capture", () => {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;

  /** The most bytes of arrays that were held while so many rows of messages were edited. */
  async function mostHeld(rows: number): Promise<number> {
    const csv = place(`${rows}.csv`);
    const line = (index: number) => `${index},CHAT,a${index % 50},b,${"x".repeat(1000)},${index}\n`;
    fs.writeFileSync(
      csv,
      `msg_id,app_protocol,src_app,dst_app,message,timestamp\n${Array.from({ length: rows }, (_, index) => line(index)).join("")}`,
    );
    await encapsulate({ input: csv, output: place("large.pcap") });
    collect();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    await edit(place("large.pcap"), place("out.pcap"), {
      mapIp,
      anonymizeKey: "tea",
      onProgress: () => {
        collect();
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      },
    });
    return most;
  }

  it("takes no more memory than is read and written at a time", async () => {
    const most = await mostHeld(60_000);
    expect(fs.statSync(place("out.pcap")).size).toBeGreaterThan(4 * MOST_HELD);
    expect(most).toBeLessThan(MOST_HELD);
  });
});
