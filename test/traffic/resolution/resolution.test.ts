import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EncapsulateOptions, encapsulate } from "../../../lib/encapsulate.ts";
import { formatIp, parseIpv4 } from "../../../lib/headers/address.ts";
import { arp } from "../../../lib/headers/arp.ts";
import { EtherType } from "../../../lib/headers/assigned-numbers.ts";
import { ArpOpcode } from "../../../lib/headers/control-types.ts";
import { type DecodedFrame, decodeFrame } from "../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { framesOf, temporaryFolder } from "../../helpers/captures/captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

const folder = temporaryFolder();
let files = 0;
const HEADER = "app_protocol,src_app,dst_app,message,timestamp";

async function capture(csv: string, options: Partial<EncapsulateOptions> = {}) {
  const name = path.join(folder, `${++files}`);
  fs.writeFileSync(`${name}.csv`, csv);
  const summary = await encapsulate({ input: `${name}.csv`, output: `${name}.pcap`, ...options });
  const bytes = fs.readFileSync(`${name}.pcap`);
  return { file: `${name}.pcap`, summary, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

interface Seen {
  readonly time: number;
  readonly frame: DecodedFrame;
}

function seenIn(bytes: Uint8Array): Seen[] {
  return framesOf(bytes).map(({ time, bytes: frame }) => ({ time, frame: decodeFrame(frame, "ethernet") }));
}

const isArp = ({ frame }: Seen) => frame.ethernet!.etherType === EtherType.ARP;
const isLookup = ({ frame: { udp } }: Seen) => udp?.destinationPort === 53 || udp?.sourcePort === 53;

const NAMES = ["alice", "bob", "www.example.com", "mail.example.org", "carol"];
const row = fc.record({
  protocol: fc.constantFrom("CHAT", "HTTP", "NTP"),
  ends: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 2, maxLength: 2 }),
  message: fc.constantFrom("", "x", "GET / HTTP/1.1", "a longer one"),
  /** Tenths of a millisecond. */
  time: fc.nat(400),
});
const table = fc.record({
  rows: fc.array(row, { minLength: 1, maxLength: 12 }),
  rtt: fc.constantFrom(0, 200, 1000, 20_000),
});

function csvOf(rows: readonly { protocol: string; ends: readonly string[]; message: string; time: number }[]): string {
  const sorted = [...rows].sort((a, b) => a.time - b.time);
  const lines = sorted.map(({ protocol, ends, message, time }) =>
    [protocol, ...ends, message, (time / 10_000).toFixed(4)].join(","),
  );
  return `${HEADER}\n${lines.join("\n")}\n`;
}

/** By asker and neighbour, with which of these frames the one had the hardware address of the other. */
function acquaintances(seen: readonly Seen[]): Map<string, number> {
  const known = new Map<string, number>();
  for (const [index, one] of seen.entries()) {
    if (!isArp(one)) continue;
    const { frame } = one;
    const { opcode, senderIp, targetIp } = arp.decode(frame.payload, 0, frame.payload.length);
    // Who is asked learns it with the question, who asks with the answer.
    const pair = `${formatIp(targetIp)} ${formatIp(senderIp)}`;
    expect(known.has(pair)).toBe(false);
    known.set(pair, index);
    if (opcode === ArpOpcode.REQUEST) expect(known.has(`${formatIp(senderIp)} ${formatIp(targetIp)}`)).toBe(false);
  }
  return known;
}

/** Nobody sends to a neighbour whom it has not resolved. */
function expectResolved(seen: readonly Seen[]): void {
  const known = acquaintances(seen);
  for (const [index, { frame }] of seen.entries()) {
    if (frame.ipv4 === undefined) continue;
    const pair = `${formatIp(frame.ipv4.source)} ${formatIp(frame.ipv4.destination)}`;
    expect(known.get(pair)).toBeLessThan(index);
  }
}

const tunnel = (kind: "gre" | "vxlan") =>
  ({ kind, near: parseIpv4("192.0.2.1"), far: parseIpv4("198.51.100.1"), networkIdentifier: 5 }) as const;
const both = { asksNeighbours: true, asksNames: true };

describe("what is found out before packets are sent", () => {
  it("is there in time, whatever the table: nobody sends to a neighbour whom it has not resolved", async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.boolean(), async ({ rows, rtt }, asksNames) => {
        const options = { asksNeighbours: true, asksNames, roundTripTime: rtt, payload: "exact" as const };
        expectResolved(seenIn((await capture(csvOf(rows), options)).bytes));
      }),
      { numRuns: 60, seed: 616_773_945 },
    );
  });

  it("is there in time in tunnels, for their ends and, where they carry frames, for hosts", async () => {
    const kinds = fc.constantFrom("gre", "vxlan") satisfies fc.Arbitrary<"gre" | "vxlan">;
    await fc.assert(
      fc.asyncProperty(table, kinds, fc.boolean(), async ({ rows, rtt }, kind, asksNames) => {
        const encapsulation = { tunnel: tunnel(kind) };
        const { bytes } = await capture(csvOf(rows), { ...both, asksNames, roundTripTime: rtt, encapsulation });
        const outside = seenIn(bytes);
        if (outside.length === 0) return;
        expect(outside.map(isArp)).toEqual(outside.map((_, index) => index < 2));
        if (kind === "gre") return;
        const inside = outside.slice(2).map(({ time, frame: { payload } }) => ({
          time,
          frame: decodeFrame(payload.subarray(8), "ethernet"),
        }));
        expectResolved(inside);
      }),
      { numRuns: 40, seed: -406_790_380 },
    );
  });

  it("is the address that is then used, for each client and name once", async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, rtt }) => {
        const options = { asksNames: true, roundTripTime: rtt, payload: "exact" as const };
        const { bytes, summary } = await capture(csvOf(rows), options);
        const seen = seenIn(bytes);
        const answers = seen.filter(({ frame }) => frame.udp?.sourcePort === 53);
        const told = answers.map(({ time, frame }) => ({
          time,
          client: frame.ipv4!.destination,
          address: new DataView(Uint8Array.from(frame.payload.subarray(-4)).buffer).getUint32(0),
        }));
        expect(new Set(told.map(({ client, address }) => `${client} ${address}`)).size).toBe(told.length);
        expect(summary.lookupPackets).toBe(2 * told.length);
        const named = new Set<number>();
        for (const { client, server } of summary.conversations) {
          if (/\./.test(server.name) && !/^[\d.]+$/.test(server.name)) named.add(Number(server.address));
          expect(client.name).not.toBe("resolver");
        }
        for (const { time, frame } of seen) {
          if (frame.tcp?.flags !== TcpFlag.SYN || !named.has(frame.ipv4!.destination)) continue;
          const { source, destination } = frame.ipv4!;
          const answer = told.find(({ client, address }) => client === source && address === destination);
          expect(answer?.time).toBeLessThan(time + (rtt === 0 ? 1 : 0));
        }
      }),
      { numRuns: 60, seed: 616_773_945 },
    );
  });

  it("changes nothing of what comes after it, but what counts packets", async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, rtt }) => {
        const common = { roundTripTime: rtt, payload: "exact" as const };
        const shown = async (options: Partial<EncapsulateOptions>) =>
          seenIn((await capture(csvOf(rows), { ...common, ...options })).bytes)
            .filter((seen) => !isArp(seen) && !isLookup(seen))
            .map(({ time, frame: { tcp, udp, ipv4, payload } }) => ({
              ...{ time, tcp, udp, payload },
              ends: [ipv4!.source, ipv4!.destination],
            }));
        expect(await shown({ asksNeighbours: true, asksNames: true })).toEqual(await shown({}));
      }),
      { numRuns: 30, seed: 20_261_120 },
    );
  });

  it("is there in time for who begins first, however late its row comes", async () => {
    const clients = Array.from({ length: 1500 }, (_, index) => `NTP,pc${index},clock,Request,0`).join("\n");
    const rows = `NTP,alice,bob,Request,0\n${clients}\nCHAT,alice,bob,hello,0\nCHAT,bob,alice,hello,0\n`;
    for (const roundTripTime of [0, 1000]) {
      const { bytes } = await capture(`${HEADER}\n${rows}`, { asksNeighbours: true, roundTripTime });
      expectResolved(seenIn(bytes));
    }
  });

  it("is there in time for a connection that is opened again after the answer has grown old", async () => {
    const rows = ["CHAT,pc,time.example.com,hello,0", "NTP,pc,time.example.com,Request,400"];
    rows.push("CHAT,pc,time.example.com,hello,400");
    const options = { ...both, idleClose: 1_000_000 };
    const { bytes, summary } = await capture(`${HEADER}\n${rows.join("\n")}\n`, options);
    const seen = seenIn(bytes);
    expectResolved(seen);
    expect(summary.reopenedConnections).toBe(1);
    const order = seen.filter((one) => isLookup(one) || one.frame.tcp?.flags === TcpFlag.SYN);
    expect(order.map((one) => isLookup(one))).toEqual([true, true, false, true, true, false]);
  });

  it("is there in time for a message without bytes before the first one that has some", async () => {
    const rows =
      "CHAT,bob,www.example.com,,0\nCHAT,alice,mail.example.org,x,0.0001\nCHAT,bob,www.example.com,x,0.0202\n";
    for (const encapsulation of [undefined, { tunnel: tunnel("gre") }, { tunnel: tunnel("vxlan") }]) {
      const options = { asksNames: true, roundTripTime: 20_000, encapsulation };
      for (const asksNeighbours of [false, true]) {
        expect((await capture(`${HEADER}\n${rows}`, { ...options, asksNeighbours })).summary.lookupPackets).toBe(4);
      }
    }
  });

  const WEB = `${HEADER}\nHTTP,browser,www.example.com,GET /,0\nHTTP,www.example.com,browser,200 OK,0.04\n`;
  const SIX =
    "app_protocol,src_app,src_ip,dst_app,dst_ip,message,timestamp\nHTTP,pc,2001:db8::5,www.example.com,2001:db8::80,GET /,0\n";

  it.each<[string, string, Partial<EncapsulateOptions>, string, string[]]>([
    [
      "with IPv4",
      WEB,
      both,
      "f0db7036dd4f97a79266c679128eb7a9b6588c4d81574c4ca189efe3c2444a5d",
      ["arp", "arp", "udp dns", "udp dns", "arp", "arp", "tcp"],
    ],
    [
      "with IPv6",
      SIX,
      both,
      "bbff085eead73f07cbab55e0b976dd578b9928019fe189b3b5f1d35a4dd3de78",
      ["icmpv6", "icmpv6", "udp dns", "udp dns", "icmpv6", "icmpv6", "tcp"],
    ],
    [
      "in a VLAN with labels, which stand before IP alone",
      WEB,
      { ...both, encapsulation: { vlan: [5], mpls: [16] } },
      "d857e5f820a41849d884b3a078d151186658b2acf9c5cdaf562f823e708a16cf",
      ["vlan arp", "vlan arp", "vlan mpls udp dns", "vlan mpls udp dns", "vlan arp", "vlan arp", "vlan mpls tcp"],
    ],
    [
      "in GRE, where only the ends of the tunnel are neighbours",
      WEB,
      { ...both, encapsulation: { tunnel: tunnel("gre") } },
      "5938c6521a3c9ab25bcf91221afecf42a3241a196f1e22c2f7089b50481ffd2d",
      ["arp", "arp", "gre udp dns", "gre udp dns", "gre tcp"],
    ],
    [
      "in VXLAN, where all are",
      WEB,
      { ...both, encapsulation: { tunnel: tunnel("vxlan") } },
      "8d2433804a0b9cc7f59efed7cf3ddfe4aeec221831c371e91b5343a458b1d689",
      ["arp", "arp", ...["arp", "arp", "udp dns", "udp dns", "arp", "arp", "tcp"].map((inner) => `udp vxlan ${inner}`)],
    ],
  ])("stands before the first segment: %s", async (_name, csv, options, sha256, protocols) => {
    const { file, sha256: made } = await capture(csv, options);
    expect(made).toBe(sha256);
    if (isMissing("tshark")) return;
    expect(tshark("-r", file, "-Y", "_ws.malformed || _ws.expert.severity >= 6291456 || tcp.analysis.flags")).toBe("");
    const bad = ["ip", "tcp", "udp", "icmpv6"].map((layer) => `${layer}.checksum.status == 0`).join(" || ");
    expect(tshark("-r", file, "-Y", bad)).toBe("");
    const stacks = tshark("-r", file, "-T", "fields", "-e", "frame.protocols").trim().split("\n");
    const bare = (stack: string) =>
      stack
        .replace(/\b(eth|ethertype|ip|ipv6|http)\b:?/g, "")
        .replace(/:+$/, "")
        .replaceAll(":", " ");
    expect(stacks.slice(0, protocols.length).map(bare)).toEqual(protocols);
  });

  it.skipIf(isMissing("tshark"))("goes where such packets go: to all, to a group, and back to who asks", async () => {
    const fields = [
      "eth.src",
      "eth.dst",
      "arp.opcode",
      "arp.dst.hw_mac",
      "icmpv6.nd.ns.target_address",
      "ipv6.dst",
      "ipv6.hlim",
    ];
    const shown = async (csv: string) => {
      const { file } = await capture(csv, { asksNeighbours: true });
      return tshark("-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field]))
        .split("\n")
        .slice(0, 2);
    };
    expect(await shown(WEB)).toEqual([
      "02:00:0a:00:00:01\tff:ff:ff:ff:ff:ff\t1\t00:00:00:00:00:00\t\t\t",
      "02:00:0a:00:00:02\t02:00:0a:00:00:01\t2\t02:00:0a:00:00:01\t\t\t",
    ]);
    expect(await shown(SIX)).toEqual([
      "06:00:00:00:00:05\t33:33:ff:00:00:80\t\t\t2001:db8::80\tff02::1:ff00:80\t255",
      "06:00:00:00:00:80\t06:00:00:00:00:05\t\t\t\t2001:db8::5\t255",
    ]);
  });

  it("takes a name from the request where the server has none, and asks nobody for what is no host name", async () => {
    const asked = async (csv: string) => {
      const { bytes } = await capture(csv, { asksNames: true });
      return seenIn(bytes)
        .filter(({ frame }) => frame.udp?.destinationPort === 53)
        .map(({ frame: { payload } }) =>
          Array.from(payload.subarray(12, -5), (byte) => (byte < 0x20 ? "." : String.fromCharCode(byte))).join(""),
        );
    };
    const one = (protocol: string, server: string, message: string) =>
      asked(`${HEADER}\n${protocol},pc,${server},"${message}",0\n`);
    expect(await one("HTTP", "web_server", "GET / HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n")).toEqual([
      ".shop.example",
    ]);
    expect(await one("HTTP", "proxy", "GET http://www.example.com/x HTTP/1.1")).toEqual([".www.example.com"]);
    expect(await one("HTTP", "proxy.example", "GET http://www.example.com/x HTTP/1.1")).toEqual([".proxy.example"]);
    expect(await one("HTTP", "web", "GET / HTTP/1.1\r\nHost: 10.9.9.9\r\n\r\n")).toEqual([]);
    for (const name of ["web_server", "printer.local", "10.1.1.1", "v1.2", "-a.example", "localhost"]) {
      expect(await one("CHAT", name, "hello")).toEqual([]);
    }
    expect(await one("DNS", "ns1.example.net", "Query www.example.com")).toHaveLength(1);
  });

  it("is asked again when the answer has grown old, and not before", async () => {
    const rows = [0, 100, 301].map((time) => `CHAT,pc,chat.example.com,hello,${time}`).join("\n");
    const { summary } = await capture(`${HEADER}\n${rows}\n`, { asksNames: true, idleClose: 1_000_000 });
    expect(summary.lookupPackets).toBe(4);
  });

  it("leaves to the rows what they say themselves", async () => {
    const dns = `DNS,pc,resolver,Query www.example.com,0\nDNS,resolver,pc,192.0.2.7,0.01\n`;
    const web = `HTTP,pc,www.example.com,GET /,1\n`;
    expect((await capture(`${HEADER}\n${dns}${web}`, both)).summary.lookupPackets).toBe(0);
    const ask = "ARP,pc,bob,Who has 10.0.0.2? Tell 10.0.0.1,0\nCHAT,pc,bob,hello,1\n";
    expect((await capture(`${HEADER}\n${ask}`, both)).summary.neighbourPackets).toBe(0);
  });

  it("adds nothing to a table of packets, unless what is left out is to be added", async () => {
    const packets =
      "Source IP,Destination IP,Source Port,Destination Port,TCP Flags,Message,Time\n10.1.0.1,10.1.0.2,5000,80,S,,0\n";
    expect((await capture(packets, both)).summary.neighbourPackets).toBe(0);
    expect((await capture(packets, { ...both, completesTables: true })).summary.neighbourPackets).toBe(2);
  });

  it("stands before a datagram without data, where a table of packets has one", async () => {
    const packets =
      "Source IP,Destination IP,Source Port,Destination Port,Protocol,TCP Flags,Message,Time\n10.1.0.1,10.1.0.2,5000,5001,UDP,,,0\n";
    const { bytes, summary } = await capture(packets, { asksNeighbours: true, completesTables: true });
    expect(summary.neighbourPackets).toBe(2);
    expectResolved(seenIn(bytes));
  });

  it("is asked once in a tunnel, whatever tags are around it, and once in each VLAN without one", async () => {
    const rows = `${HEADER},vlan\nCHAT,alice,bob,hello,0,5\nNTP,alice,bob,Request,1,6\n`;
    const packets = async (encapsulation: EncapsulateOptions["encapsulation"]) =>
      (await capture(rows, { asksNeighbours: true, encapsulation })).summary.neighbourPackets;
    expect(await packets(undefined)).toBe(4);
    // The ends of the tunnel are in both.
    expect(await packets({ tunnel: tunnel("vxlan") })).toBe(6);
  });

  it("asks whom the rows ask, and nobody for the addresses of those who have none yet", async () => {
    const header = "app_protocol,src_app,src_ip,dst_app,dst_ip,message,timestamp\n";
    const rows =
      "DNS,pc,10.1.0.1,ns,10.1.0.9,Query www.example.org,0\nHTTP,pc,10.1.0.1,www.example.com,10.1.0.80,GET /,1\n";
    const { bytes } = await capture(header + rows, { asksNames: true });
    const asked = seenIn(bytes).filter(({ frame }) => frame.udp?.destinationPort === 53);
    expect(asked.map(({ frame }) => formatIp(frame.ipv4!.destination))).toEqual(["10.1.0.9", "10.1.0.9"]);
    expect((await capture(`${HEADER}\nDHCP,pc,router,Discover,0\n`, both)).summary.neighbourPackets).toBe(0);
  });

  it("asks whom the user says", async () => {
    const map = new Map([["resolver", { address: parseIpv4("192.0.2.53") }]]);
    const { bytes } = await capture(WEB, { asksNames: true, map });
    expect(formatIp(seenIn(bytes)[0]!.frame.ipv4!.destination)).toBe("192.0.2.53");
  });

  it.each<[Partial<EncapsulateOptions>, string]>([
    [{ asksNeighbours: true, loopback: true }, "On the loopback adapter nobody asks"],
    [{ asksNames: true, loopback: true }, "On the loopback adapter nobody asks"],
    [{ asksNeighbours: true, link: "raw" }, "need Ethernet frames"],
    [{ asksNeighbours: true, link: "null", encapsulation: { tunnel: tunnel("gre") } }, "need Ethernet frames"],
  ])("is refused where there is nobody to ask", async (options, message) => {
    await expect(capture(WEB, options)).rejects.toThrow(message);
  });
});
