/** That a conversation ran in a tunnel, and between whom, in every report. */
import { readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { describe, expect, it } from "vitest";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import {
  ethernet,
  hex,
  ip,
  join,
  letters,
  type Net,
  reversed,
  SIX,
  tcp,
  u16,
  udp,
} from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { TUNNELS } from "../helpers/captures/tunnel-frames.ts";
import { viewOf } from "../helpers/programs/shown-view.ts";

const folder = temporaryFolder();
const OUTER: Net = { source: hex("0a000001"), destination: hex("0a000002") };
const AROUND: Net = { source: hex("0a010001"), destination: hex("0a010002") };
const INNER: Net = { source: hex("c0a80001"), destination: hex("c0a80002") };
const BETWEEN = "between 10.0.0.1 and 10.0.0.2";

/** A segment of the connection, from the client or from the server. */
function segment(isClient: boolean): Uint8Array {
  const net = isClient ? INNER : reversed(INNER);
  return ip(net, 6, tcp({ net, ports: isClient ? [40_000, 9999] : [9999, 40_000], flags: 0x10 }, letters(0)));
}

const over = (net: Net, protocol: number, contents: Uint8Array) => ip(net, protocol, contents);
const vxlan = (net: Net, network: number, packet: Uint8Array) =>
  over(
    net,
    17,
    udp({ net, ports: [50_001, 4789] }, join(hex("08000000"), u16(0), u16(network << 8), ethernet(0x0800, packet))),
  );
const gre = (net: Net, packet: Uint8Array) => over(net, 47, join(hex("00000800"), packet));

function fileOf(packets: readonly Uint8Array[], type = 0x0800): string {
  const records = packets.map((packet, time) => ({ bytes: ethernet(type, packet), time }));
  return captureFile(folder, "tunnel.pcap", pcapOf(1, records));
}

async function told(file: string, protocol = "TCP") {
  const text = (await viewOf(file)).replaceAll(/\s+/g, " ");
  const json = JSON.parse(await viewOf(file, { json: true }));
  const { tunnels } = json.conversations.find((stream: { protocol: string }) => stream.protocol === protocol);
  return { text, tunnels };
}

describe("a conversation in a tunnel", () => {
  it("has one tunnel, whichever way its packets go", async () => {
    const file = fileOf([vxlan(OUTER, 42, segment(true)), vxlan(reversed(OUTER), 42, segment(false))]);
    const { text, tunnels } = await told(file);
    expect(text).toContain(`Tunnel in VXLAN 42 ${BETWEEN}. Opened`);
    expect(text.match(/Tunnel in/g)).toHaveLength(1);
    const header = { name: "VXLAN", identifier: 42, between: ["10.0.0.1", "10.0.0.2"] };
    expect(tunnels).toEqual([{ headers: [header], packets: 2 }]);
  });

  it("says so on the page", async () => {
    const page = joinPath(folder, "tunnel.html");
    await viewOf(fileOf([gre(OUTER, segment(true))]), { html: page });
    expect(readFileSync(page, "utf8")).toMatch(new RegExp(`Tunnel</dt>\\s*<dd>in GRE ${BETWEEN}\\.`));
  });

  it("tells of several, and of packets in none", async () => {
    const file = fileOf([
      vxlan(OUTER, 42, segment(true)),
      vxlan(OUTER, 43, segment(true)),
      vxlan(reversed(OUTER), 43, segment(false)),
      segment(true),
    ]);
    const { text, tunnels } = await told(file);
    const sentence = `1 packet in VXLAN 42 ${BETWEEN}; 2 packets in VXLAN 43 ${BETWEEN}; 1 packet in no tunnel.`;
    expect(text).toContain(`Tunnel ${sentence}`);
    expect(tunnels.map(({ packets }: { packets: number }) => packets)).toEqual([1, 2]);
  });

  it("counts packets in more tunnels than it tells apart", async () => {
    const networks = Array.from({ length: 11 }, (_, network) => network);
    const { text, tunnels } = await told(fileOf(networks.map((network) => vxlan(OUTER, network, segment(true)))));
    expect(text).toContain("; 3 packets in further tunnels.");
    expect(tunnels).toHaveLength(8);
  });

  it("tells of a tunnel within a tunnel, and the tunnel of the datagrams that carry one", async () => {
    const file = fileOf([gre(AROUND, vxlan(OUTER, 42, segment(true)))]);
    const ends = ["10.1.0.1", "10.1.0.2"];
    expect((await told(file, "UDP")).tunnels).toEqual([{ headers: [{ name: "GRE", between: ends }], packets: 1 }]);
    const { text } = await told(file);
    expect(text).toContain(`in GRE between ${ends.join(" and ")}, and within that in VXLAN 42 ${BETWEEN}.`);
  });

  it("has no tunnel behind extension headers", async () => {
    const file = fileOf([ip(SIX, 0, join(hex("1100010400000000"), udp({ net: SIX }, letters(4))))], 0x86dd);
    expect((await told(file, "UDP")).tunnels).toBeUndefined();
  });
});

/** The names of all kinds. */
const SAID: Readonly<Record<string, string | undefined>> = {
  "VLANs in a provider's": undefined,
  MPLS: "in MPLS",
  "Ethernet over MPLS, with a control word": "in MPLS",
  PPPoE: "in PPPoE session 7",
  "GRE with a key": "in GRE between",
  "Ethernet over GRE": "in GRE between",
  PPTP: "in GRE between",
  EtherIP: "in EtherIP between",
  VXLAN: "in VXLAN 5 between",
  Geneve: "in Geneve 5 between",
  "GTP-U with an extension header": "in GTP-U between",
  "MPLS over UDP": "in MPLS between",
  "IP in IP": "in IP between",
  "IPv4 in VXLAN over IPv6": "in VXLAN 5 between",
};

it.each(TUNNELS)("is named: $name", async ({ name, wrap }) => {
  const records = [true, false].map((isClient, time) => ({ bytes: wrap(segment(isClient)), time }));
  const { text } = await told(captureFile(folder, "named.pcap", pcapOf(1, records)));
  expect(Object.keys(SAID)).toContain(name);
  if (SAID[name] === undefined) expect(text).not.toContain("Tunnel ");
  else expect(text).toContain(`Tunnel ${SAID[name]}`);
});

it("tells what became of the sum of each header", async () => {
  const bad = vxlan(OUTER, 42, segment(true)).slice();
  // The outer header's own sum, and what it covers.
  bad[8]! ^= 1;
  const json = JSON.parse(await viewOf(fileOf([bad]), { json: true, packets: true }));
  expect(json.packets[0].layers).toEqual([
    { name: "eth" },
    { name: "ip", checksum: "bad" },
    { name: "udp", checksum: "good" },
    { name: "vxlan" },
    { name: "eth" },
    { name: "ip", checksum: "good" },
    { name: "tcp", checksum: "good" },
  ]);
  expect(json.packets[0].checksums).toMatchObject({ ipv4: "good", tcp: "good" });
  expect(await viewOf(fileOf([bad]))).not.toContain("No findings");
});
