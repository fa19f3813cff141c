/** A protocol that has a table and no parser of its own is read, shown, filtered and drawn all the same. */
import { expect, it, vi } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { Dissector } from "../../lib/dissect/dissector.ts";
import { protocolName } from "../../lib/dissect/outline.ts";
import { parseIpRule, RuleMap } from "../../lib/edit/address-map.ts";
import { IcmpType } from "../../lib/headers/control-types.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import type { NumberSpace } from "../../lib/headers/fields.ts";
import type { AnyHeader } from "../../lib/headers/header-table.ts";
import { icmp } from "../../lib/headers/icmp.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { type Field, MALFORMED, SHORT } from "../../lib/headers/layer.ts";
import { udp } from "../../lib/headers/udp.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { headerDiagram } from "../../lib/report/html/frames/header-diagram.ts";
import { numberFields } from "../../lib/report/html/frames/numbered-fields.ts";
import { editedPackets } from "../edit/edited-captures.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { encodeStack, of, type StackedHeader } from "../helpers/captures/header-stack.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { burrow, vrrp } from "../helpers/captures/unparsed-headers.ts";
import { differences, fieldsOf, layersOf } from "../helpers/judges/compare-fields.ts";
import { judgedFields, knownNames } from "../helpers/judges/pdml.ts";
import { isMissing } from "../helpers/judges/tools.ts";

vi.mock("../../lib/headers/registry.ts", async (importOriginal) => {
  const registry = await importOriginal<typeof import("../../lib/headers/registry.ts")>();
  const { vrrp, burrow } = await import("../helpers/captures/unparsed-headers.ts");
  const added: readonly AnyHeader[] = [vrrp, burrow];
  const kind = (header: AnyHeader) => 200 + added.indexOf(header);
  return {
    ...registry,
    allHeaders: () => [...registry.allHeaders(), ...added],
    kindOf: (header: AnyHeader) => (added.includes(header) ? kind(header) : registry.kindOf(header)),
    headerOfKind: (number: number) => added.find((header) => kind(header) === number) ?? registry.headerOfKind(number),
    headerFor: (space: NumberSpace, number: number) =>
      added.find(({ follows }) => follows?.[space] === number) ?? registry.headerFor(space, number),
    headerAt: (space: NumberSpace, number: number, ...place: [DataView, number, number, number?]) =>
      added.find(({ follows }) => follows?.[space] === number) ?? registry.headerAt(space, number, ...place),
  };
});

const ETHERNET = 1;
const VRRP = 112;
const link = of(ethernet, { destination: 0x0100_5e00_0012, source: 0x0200_0000_0001 });
const network = (protocol: number) =>
  of(ipv4, { source: 0x0a00_0001, destination: 0xe000_0012, protocol, timeToLive: 255 });
const advertisement = of(vrrp, { routerId: 5, priority: 200, interval: 3, address: 0x0a00_00fe });
const NOTHING = new Uint8Array(0);

const frameOf = (...stack: readonly StackedHeader[]) => encodeStack([link, ...stack], NOTHING);
const whole = frameOf(network(VRRP), advertisement);
const wrong = frameOf(network(VRRP), of(vrrp, { routerId: 9, checksum: 0x1234, address: 0x0a00_00fd }));
const tunnel = frameOf(
  network(253),
  of(burrow, {}),
  of(ipv4, { source: 1, destination: 2 }),
  of(udp, { sourcePort: 7, destinationPort: 9 }),
);
const quote = encodeStack([network(VRRP), advertisement], NOTHING);
const error = encodeStack([link, network(1), of(icmp, { type: IcmpType.TIME_EXCEEDED })], quote);
const records = [whole, wrong, tunnel, error].map((bytes, index) => ({ bytes, time: index }));

const named = (fields: readonly Field[], name: string) => fields.find((field) => field.name === name);

it("is encoded as elsewhere", () => {
  // The bytes of Scapy's VRRP(vrid=5, priority=200, addrlist=["10.0.0.254"], adv=3), without its authentication of zeros.
  expect(Buffer.from(whole.subarray(34)).toString("hex")).toBe("2105c80100030bf80a0000fe");
  expect(vrrp.decode(whole, 34, whole.length)).toEqual({
    version: 2,
    type: 1,
    routerId: 5,
    priority: 200,
    addressCount: 1,
    authenticationType: 0,
    interval: 3,
    checksum: 0x0bf8,
    address: 0x0a00_00fe,
  });
});

it("is shown field by field, with what became of its checksum", () => {
  const layers = layersOf(whole, ETHERNET);
  expect(layers.map(({ name }) => name)).toEqual(["eth", "ip", "vrrp"]);
  const fields = fieldsOf(layers);
  expect(named(fields, "vrrp.ip_addr")?.text).toBe("10.0.0.254");
  expect(named(fields, "vrrp.checksum")?.text).toBe("0x0bf8 [correct]");
  expect(named(fieldsOf(layersOf(wrong, ETHERNET)), "vrrp.checksum")?.text).toBe("0x1234 [should be 0x6ff7]");
});

it("is shown as far as it goes where it is cut off", () => {
  for (let length = 35; length < whole.length; length++) {
    const fields = fieldsOf(layersOf(whole.subarray(0, length), ETHERNET, whole.length));
    expect(named(fields, SHORT)?.value, `${length} bytes`).toBeGreaterThan(0);
    expect(named(fields, "vrrp.type")?.value).toBe(1);
    expect(named(fields, MALFORMED)).toBeUndefined();
  }
});

it("leads back to an EtherType, and into the packet behind it", () => {
  const layers = layersOf(tunnel, ETHERNET);
  expect(layers.map(({ name }) => name)).toEqual(["eth", "ip", "burrow", "ip", "udp"]);
  expect(named(fieldsOf(layers), "udp.checksum.status")?.text).toBe("Good");
});

it("is seen in what an ICMP error quotes", () => {
  const layers = layersOf(error, ETHERNET);
  expect(layers.map(({ name, isQuoted }) => `${name}${isQuoted ? " quoted" : ""}`)).toEqual([
    "eth",
    "ip",
    "icmp",
    "ip quoted",
    "vrrp quoted",
  ]);
});

it("is drawn", () => {
  const numbered = numberFields(layersOf(whole, ETHERNET)).at(-1)!;
  const drawing = headerDiagram(numbered, "a test")?.text;
  for (const cell of ["VRRP message (RFC 3768)", "Priority", "Adver Int", "0x0bf8", "10.0.0.254"]) {
    expect(drawing).toContain(cell);
  }
});

it.each([
  ["vrrp", 3],
  ["vrrp.prio == 200", 2],
  ["vrrp.ip_addr == 10.0.0.254/32", 2],
  ['vrrp.checksum.status == "bad"', 1],
  ["burrow.proto == 0x0800", 1],
])("is found by %s", async (filter, count) => {
  const capture = captureFromBytes(pcapOf(ETHERNET, records), "unparsed.pcap");
  expect((await analyzeCapture(capture, { filter })).capture.selectedPackets).toBe(count);
});

it("has its name in lists of packets", () => {
  const capture = captureFromBytes(pcapOf(ETHERNET, records), "unparsed.pcap");
  const dissector = new Dissector();
  const names: string[] = [];
  while (capture.next()) names.push(protocolName(dissector.dissect(capture.packet)));
  expect(names).toEqual(["VRRP", "VRRP", "UDP", "ICMP"]);
});

it.skipIf(isMissing("tshark"))("is what tshark sees", () => {
  const judged = judgedFields(captureFile(temporaryFolder(), "unparsed.pcap", pcapOf(ETHERNET, records)));
  const known = knownNames();
  const frames = records.map(({ bytes }, index) => ({ name: `frame ${index + 1}`, bytes }));
  for (const [index, { name, bytes }] of frames.entries()) {
    // Nobody else knows the tunnel.
    if (bytes === tunnel) continue;
    const ours = fieldsOf(layersOf(bytes, ETHERNET));
    expect(differences(ours, judged[index]!, known, false), name).toEqual([]);
  }
});

const folder = temporaryFolder();

it.skipIf(isMissing("tshark"))("has its addresses changed, and its checksum with them, in tunnels too", () => {
  const rules = new RuleMap([parseIpRule("0.0.0.0/8=10.0.0.0/8"), parseIpRule("10.0.0.0/8=172.0.0.0/8")], []);
  const edited = editedPackets(pcapOf(ETHERNET, records), { map: rules }).map(({ after }) => after);
  const fields = edited.map((frame) => fieldsOf(layersOf(frame, ETHERNET)));
  expect(named(fields[0]!, "vrrp.ip_addr")?.value).toBe("172.0.0.254");
  expect(named(fields[0]!, "vrrp.checksum.status")?.value).toBe(1);
  expect(named(fields[1]!, "vrrp.checksum.status")?.value).toBe(0);
  const inner = fields[2]!.filter(({ name }) => name === "ip.src" || name === "udp.checksum.status");
  expect(inner.map(({ value }) => value)).toEqual(["172.0.0.1", "10.0.0.1", 1]);
  expect(named(fields[3]!, "vrrp.ip_addr")?.value).toBe("172.0.0.254");
  const file = captureFile(
    folder,
    "edited.pcap",
    pcapOf(
      ETHERNET,
      edited.map((bytes, time) => ({ bytes, time })),
    ),
  );
  const statuses = judgedFields(file).map((list) =>
    list.filter(({ name }) => /checksum\.status$/.test(name)).map(({ show }) => show),
  );
  const before = judgedFields(captureFile(folder, "unedited.pcap", pcapOf(ETHERNET, records)));
  expect(statuses).toEqual(
    before.map((list) => list.filter(({ name }) => /checksum\.status$/.test(name)).map(({ show }) => show)),
  );
});
