/** ICMP, ARP and neighbour discovery: what is told of them, judged by tshark where it speaks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../../lib/analyze-capture.ts";
import { formatIp, formatMac } from "../../../lib/headers/address.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import type { ControlMessages } from "../../../lib/streams/control/control-log.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { icmp, join, letters, reversed, tcp, u32, udp } from "../../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../../helpers/captures/pcap-records.ts";
import { faultsOf, PageReader, reportOf, textOf } from "../../helpers/judges/page-reader.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";
import { viewOf } from "../../helpers/programs/shown-view.ts";
import { type ArpFields, arp, discovery, echo, icmpError, net, packet } from "./control-frames.ts";

const folder = temporaryFolder();
let files = 0;

/** A millisecond from frame to frame. */
const captureOf = (frames: readonly Uint8Array[]) =>
  pcapOf(
    1,
    frames.map((bytes, index) => ({ time: index * 1000, bytes })),
  );
const fileOf = (frames: readonly Uint8Array[]) => captureFile(folder, `${files++}.pcap`, captureOf(frames));
const controlOf = async (frames: readonly Uint8Array[], filter?: string): Promise<ControlMessages> => {
  const capture = captureFromBytes(captureOf(frames), "test");
  return (await analyzeCapture(capture, { filter })).control;
};
const pageOf = async (frames: readonly Uint8Array[]) => (await viewOf(fileOf(frames))).replace(/\s+/g, " ");

const A = "10.0.0.1";
const B = "10.0.0.2";
const ROUTER = "10.0.0.254";
const A6 = "20010db8000000000000000000000001";
const B6 = "20010db8000000000000000000000002";
const ROUTER6 = "20010db80000000000000000000000fe";
const ALL_NODES = "ff020000000000000000000000000001";
const NOBODY = "00000000000000000000000000000000";
const MAC_A = "020000000001";
const MAC_B = "020000000002";
const MAC_C = "020000000003";

describe("echo requests", () => {
  it("are paired with their answers by address, identifier and sequence number", async () => {
    const there = net(A, B);
    const back = reversed(there);
    const { echoes } = await controlOf([
      echo(there, true, 7, 1),
      echo(there, true, 8, 1),
      echo(back, false, 7, 1),
      echo(back, false, 8, 1),
      echo(there, true, 7, 2),
      echo(back, false, 7, 2),
      echo(back, false, 7, 2),
      echo(there, true, 7, 3),
      echo(back, false, 9, 1),
    ]);
    expect(
      echoes.map(({ identifier, sent, answered, repeatedAnswers, strayAnswers, unanswered }) => [
        identifier,
        sent,
        answered,
        repeatedAnswers,
        strayAnswers,
        unanswered,
      ]),
    ).toEqual([
      [7, 3, 2, 1, 0, [8]],
      [8, 1, 1, 0, 0, []],
      [9, 0, 0, 0, 1, []],
    ]);
    expect(echoes[0]).toMatchObject({
      shortest: 1_000_000,
      longest: 2_000_000,
      total: 3_000_000,
      firstFrame: 1,
      lastFrame: 8,
    });
  });

  it("to many are answered by whoever hears them", async () => {
    const group = net(A, "224.0.0.1");
    const { echoes } = await controlOf([
      echo(group, true, 7, 1),
      echo(net(B, A), false, 7, 1),
      echo(net(ROUTER, A), false, 7, 1),
    ]);
    expect(echoes).toMatchObject([{ sent: 1, answered: 1, repeatedAnswers: 1 }]);
    expect(echoes[0]!.otherAnswerers.map(formatIp)).toEqual([B, ROUTER]);
  });

  it.skipIf(isMissing("tshark"))("agree with tshark, whatever is lost, late or asked in between", async () => {
    // Who asks is told by the identifier: tshark pairs a request also with an answer from the asker itself.
    const step = fc.record({
      isIpv6: fc.boolean(),
      isRequest: fc.boolean(),
      identifier: fc.integer({ min: 1, max: 2 }),
      sequence: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const frames = steps.map(({ isIpv6, isRequest, identifier, sequence }) => {
          const ends = isIpv6 ? net(A6, B6) : net(A, B);
          return echo((identifier === 1) === isRequest ? ends : reversed(ends), isRequest, identifier, sequence);
        });
        const { echoes } = await controlOf(frames);
        const fields = ["icmp.resp_to", "icmpv6.resp_to", "icmp.resptime", "icmpv6.resptime"];
        const args = ["-r", fileOf(frames), "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
        const rows = tshark(...args)
          .split("\n")
          .map((row) => row.split("\t"))
          .filter(([four, six]) => (four ?? "") + (six ?? "") !== "");
        // Of several answers to one request, the first counts.
        const times = new Map(
          rows.map(([four, six, time4, time6]) => [`${four}${six}`, Number(time4 || time6)]).toReversed() as [
            string,
            number,
          ][],
        );
        expect(echoes.reduce((sum, { answered }) => sum + answered, 0)).toBe(times.size);
        const total = [...times.values()].reduce((sum, time) => sum + time, 0);
        expect(echoes.reduce((sum, echo) => sum + echo.total, 0) / 1e6).toBeCloseTo(total, 3);
      }),
      { numRuns: 15 },
    );
  });
});

describe("errors", () => {
  it("name the packet that they quote, its frame and its conversation", async () => {
    const first = packet(net(A, B), 17, udp({ net: net(A, B), ports: [5000, 5300] }));
    const second = packet(net(A, B), 17, udp({ net: net(A, B), ports: [5000, 5301] }));
    const frames = [first, second, icmpError(net(B, A), 3, 3, second), icmpError(net(B, A), 3, 3, first)];
    const { errors } = await controlOf(frames);
    expect(errors.map(({ frames, quotedFrames, quoted }) => [frames, quotedFrames, quoted?.stream?.number])).toEqual([
      [[3], [2], 1],
      [[4], [1], 0],
    ]);
    const text = await pageOf(frames);
    expect(text).toContain("10.0.0.2 says in frame 3: port unreachable: nobody listens on that port");
    expect(text).toContain("It quotes the UDP datagram 10.0.0.1:5000 to 10.0.0.2:5301 of frame 2 (UDP stream 1).");
    expect(text).toContain("An ICMP error in frame 4 quotes a packet of it.");
  });

  it("of IPv6 as well, and of SYNs and pings", async () => {
    const ends = net(A6, B6);
    const datagram = packet(ends, 17, udp({ net: ends, ports: [5000, 5300] }));
    const syn = packet(ends, 6, tcp({ net: ends, ports: [5001, 81], flags: 2 }, letters(0)));
    const ping = echo(net(A, B), true, 1, 1);
    const { errors, echoes } = await controlOf([
      datagram,
      syn,
      ping,
      icmpError(net(B6, A6), 1, 4, datagram),
      icmpError(net(ROUTER6, A6), 1, 3, syn),
      icmpError(net(ROUTER, A), 3, 1, ping),
    ]);
    expect(errors.map(({ quotedFrames }) => quotedFrames)).toEqual([[1], [2], [3]]);
    expect(echoes).toMatchObject([{ sent: 1, refused: 1, unansweredCount: 0 }]);
  });

  it("say how large a packet may be, and which router is better", async () => {
    const large = packet(net(A, B), 6, tcp({ net: net(A, B) }, letters(1400)));
    const text = await pageOf([
      large,
      icmpError(net(ROUTER, A), 3, 4, large, 1280),
      icmpError(net(ROUTER, A), 5, 1, large, 0x0a00_00fd),
    ]);
    expect(text).toContain(
      "fragmentation needed: the packet is too large for the next link and may not be cut. The next link takes 1,280 bytes.",
    );
    expect(text).toContain("Redirect 10.0.0.254 says in frame 3: for 10.0.0.2, 10.0.0.253 is the better first step.");
  });

  it("that are damaged say nothing", async () => {
    const datagram = packet(net(A, B), 17, udp());
    const damaged = packet(net(B, A), 1, icmp(3, 3, join(u32(0), datagram.subarray(14, 42)), "bad"));
    expect((await controlOf([datagram, damaged])).errors).toEqual([]);
  });
});

describe("a traceroute", () => {
  const ends = net(A, B);
  const hop = (number: number) => `10.9.0.${number}`;
  const udpProbe = (port: number, timeToLive: number) =>
    packet(ends, 17, udp({ net: ends, ports: [41_000, port] }), timeToLive);

  it("with datagrams is told hop by hop", async () => {
    const frames = [1, 1, 2, 3].flatMap((timeToLive, index) => {
      const probe = udpProbe(33_434 + index, timeToLive);
      if (timeToLive === 2) return [probe];
      return [
        probe,
        timeToLive === 3 ? icmpError(net(B, A), 3, 3, probe) : icmpError(net(hop(timeToLive), A), 11, 0, probe),
      ];
    });
    const { routes, errors } = await controlOf(frames);
    expect(routes).toHaveLength(1);
    expect(
      routes[0]!.hops.map(({ timeToLive, sent, answered, answers }) => [
        timeToLive,
        sent,
        answered,
        answers.map(({ address, kind }) => `${formatIp(address)} ${kind}`),
      ]),
    ).toEqual([
      [1, 2, 2, ["10.9.0.1 time exceeded"]],
      [2, 1, 0, []],
      [3, 1, 1, ["10.0.0.2 unreachable"]],
    ]);
    expect(errors.every(({ isOfRoute }) => isOfRoute)).toBe(true);
    const text = await pageOf(frames);
    expect(text).toContain(
      "Traceroute from 10.0.0.1 to 10.0.0.2, frames 1 to 7: UDP datagrams with a time to live of 1 to 3.",
    );
    expect(text).toContain("The destination answers from hop 3 on.");
    expect(text).toContain("hop 1 10.9.0.1 (1 ms, frames 2, 4) hop 2 no answer to 1 packet: the router keeps silent");
    expect(text).toContain("hop 3 10.0.0.2, the destination, says port unreachable (1 ms, frame 7)");
  });

  it("with echo requests, of either version", async () => {
    for (const [from, to, on, exceeded] of [
      [A, B, ROUTER, 11],
      [A6, B6, ROUTER6, 3],
    ] as const) {
      const first = echo(net(from, to), true, 5, 1, 1);
      const { routes } = await controlOf([
        first,
        icmpError(net(on, from), exceeded, 0, first),
        echo(net(from, to), true, 5, 2, 2),
        echo(net(to, from), false, 5, 2),
      ]);
      expect(
        routes.map(({ kind, hops }) => [kind, hops.map(({ answers }) => answers.map(({ kind }) => kind))]),
      ).toEqual([["ICMP", [["time exceeded"], ["echo reply"]]]]);
    }
  });

  it("with SYNs", async () => {
    const syn = (sequence: number, timeToLive: number) =>
      packet(ends, 6, tcp({ net: ends, ports: [50_000, 443], flags: 2, sequence }, letters(0)), timeToLive);
    const first = syn(100, 1);
    const answer = packet(
      net(B, A),
      6,
      tcp({ net: net(B, A), ports: [443, 50_000], flags: 0x12, sequence: 9, acknowledgment: 201 }, letters(0)),
    );
    const { routes } = await controlOf([first, icmpError(net(ROUTER, A), 11, 0, first), syn(200, 2), answer]);
    expect(routes.map(({ kind, hops }) => [kind, hops.map(({ answers }) => answers.map(({ kind }) => kind))])).toEqual([
      ["TCP", [["time exceeded"], ["SYN/ACK"]]],
    ]);
  });

  it("is not what a packet shows that goes round in a circle", async () => {
    const ping = echo(ends, true, 5, 1, 30);
    const { routes, errors } = await controlOf([ping, icmpError(net(ROUTER, A), 11, 0, ping)]);
    expect([routes, errors.map(({ isOfRoute }) => isOfRoute)]).toEqual([[], [false]]);
    expect(await pageOf([ping, icmpError(net(ROUTER, A), 11, 0, ping)])).toContain("or goes round in a circle");
  });
});

describe("ARP", () => {
  const ask = (fields: Partial<ArpFields> = {}) => arp({ operation: 1, mac: MAC_A, sender: A, target: B, ...fields });
  const answer = (fields: Partial<ArpFields> = {}) =>
    arp({ operation: 2, mac: MAC_B, sender: B, target: A, targetMac: MAC_A, ...fields });

  it("tells who asked for whom, and who answered", async () => {
    const text = await pageOf([ask(), answer(), ask({ target: "10.0.0.77" }), ask({ target: "10.0.0.77" })]);
    expect(text).toContain("No conversations.");
    expect(text).toContain("10.0.0.1 asks who has 10.0.0.2 (frame 1): 02:00:00:00:00:02 answers, in frame 2.");
    expect(text).toContain(
      "10.0.0.1 asks who has 10.0.0.77 (2 times, frames 3, 4): no answer; nobody has that address, or the answer",
    );
    expect(text).not.toContain("Conflict");
  });

  it("tells a search of a whole network in one sentence", async () => {
    const frames = Array.from({ length: 254 }, (_, index) => ask({ target: `10.0.0.${index + 1}` })).filter(
      (_, index) => index > 0,
    );
    const text = await pageOf([...frames, answer()]);
    expect(text).toContain(
      "10.0.0.1 asks 253 times for 253 addresses, from 10.0.0.2 in frame 1 to 10.0.0.254; answers are in the capture for 1 of them: 10.0.0.2 (02:00:00:00:00:02).",
    );
  });

  it("tells probes, announcements and conflicts", async () => {
    const frames = [
      ask({ sender: "0.0.0.0" }),
      ask({ sender: B, target: B, mac: MAC_B }),
      ask(),
      answer(),
      answer({ mac: MAC_C }),
    ];
    const text = await pageOf(frames);
    expect(text).toContain(
      "02:00:00:00:00:01, which has no address yet, asks whether 10.0.0.2 is free before it takes it (frame 1): no answer;",
    );
    expect(text).toContain(
      "10.0.0.2 is said to be at 02:00:00:00:00:02 and 02:00:00:00:00:03 although nobody asked (frame 2)",
    );
    expect(text).toContain(
      "10.0.0.2 is claimed by 02:00:00:00:00:02 (first in frame 2) and 02:00:00:00:00:03 (first in frame 5): two hosts",
    );
  });

  it("keeps VLANs apart", async () => {
    const { addresses } = await controlOf([answer({ vlan: 1 }), answer({ vlan: 2, mac: MAC_C })]);
    expect(addresses.map(({ claims }) => claims.map(({ mac }) => formatMac(mac)))).toEqual([
      ["02:00:00:00:00:02"],
      ["02:00:00:00:00:03"],
    ]);
  });

  it.skipIf(isMissing("tshark"))("finds two answers for one address where tshark does", async () => {
    const frames = [ask(), answer(), answer({ mac: MAC_C })];
    const judged = tshark("-r", fileOf(frames), "-T", "fields", "-e", "arp.duplicate-address-detected").split("\n");
    expect(judged.findIndex((row) => row !== "")).toBe(2);
    const { addresses } = await controlOf(frames);
    expect(addresses.filter(({ claims }) => claims.length > 1).map(({ claims }) => claims[1]?.firstFrame)).toEqual([3]);
  });
});

describe("neighbour discovery", () => {
  it("is told likewise", async () => {
    const solicited = 0x60;
    const frames = [
      discovery(135, net(A6, "ff0200000000000000000001ff000002"), B6, MAC_A),
      discovery(136, net(B6, A6), B6, MAC_B, solicited),
      discovery(135, net(NOBODY, "ff0200000000000000000001ff000001"), A6, undefined),
      discovery(136, net(B6, ALL_NODES), B6, MAC_C, 0x20),
    ];
    const text = await pageOf(frames);
    expect(text).toContain(
      "Neighbour discovery (IPv6) Question 2001:db8::1 asks who has 2001:db8::2 (frame 1): 02:00:00:00:00:02 answers, in frame 2.",
    );
    expect(text).toContain("asks whether 2001:db8::1 is free before it takes it (frame 3): no answer;");
    expect(text).toContain("although nobody asked (frame 4)");
    expect(text).toContain(
      "2001:db8::2 is claimed by 02:00:00:00:00:02 (first in frame 2) and 02:00:00:00:00:03 (first in frame 4)",
    );
  });
});

describe("a capture of them", () => {
  const frames = [
    echo(net(A, B), true, 1, 1),
    echo(net(B, A), false, 1, 1),
    arp({ operation: 1, mac: MAC_A, sender: A, target: B }),
  ];

  it("is told as JSON, and as a page without faults", async () => {
    const file = fileOf(frames);
    const { control } = JSON.parse(await viewOf(file, { json: true }));
    expect(control.echoes).toMatchObject([
      { asker: A, asked: B, sent: 1, answered: 1, roundTrip: { mean: "0.001000000" } },
    ]);
    expect(control.neighbours.questions).toMatchObject([
      { protocol: "ARP", asker: A, target: B, asked: 1, answers: 0 },
    ]);
    const page = new PageReader(await reportOf(file));
    expect(faultsOf(page)).toEqual([]);
    expect(textOf(page.withId("icmp")!)).toContain("10.0.0.1 asks 10.0.0.2");
    expect(textOf(page.withId("arp")!)).toContain("10.0.0.1 asks who has 10.0.0.2");
  });

  it("is told as far as the filter selects packets of it", async () => {
    expect((await controlOf(frames, "arp")).echoes).toEqual([]);
    expect((await controlOf(frames, "arp")).questions).toHaveLength(1);
    // The request is not selected, but it belongs to the answer.
    expect((await controlOf(frames, "icmp.type == 0")).echoes).toMatchObject([{ sent: 1, answered: 1 }]);
  });

  it("takes only so much room, and says what it left out", async () => {
    const many = Array.from({ length: 1200 }, (_, index) =>
      echo(net(A, `10.1.${index >> 8}.${index & 255}`), true, 1, 1),
    );
    const { echoes, left } = await controlOf(many);
    expect([echoes.length, left]).toEqual([1000, 200]);
    const text = await pageOf(many);
    expect(text).toContain(
      "10.0.0.1 asks 1,000 addresses, frames 1 to 1000: 1,000 echo requests, 0 answered, 1,000 without",
    );
    expect(text).toContain("200 messages for which the tables had no room left.");
  });
});
