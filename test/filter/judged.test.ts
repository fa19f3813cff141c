/** Wireshark, asked with the same filters about the same frames, must select the same. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { compileFilter } from "../../lib/filter/filter.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { judgedSelections } from "../helpers/judges/judged-selections.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";
import { JUDGED_FILTERS } from "./judged-filters.ts";
import { sampleCapture, sampleSubjects } from "./samples.ts";

const file = captureFile(temporaryFolder(), "filters.pcap", sampleCapture());
const subjects = sampleSubjects();
const PREFERENCES = ["-o", "icmp.favor_icmp_mpls:FALSE", "-o", "ip.defragment:FALSE"];

function selections(filters: readonly string[]): { filter: string; frames: number[] }[] {
  return filters.map((filter) => {
    const wants = compileFilter(filter);
    return { filter, frames: subjects.filter((subject) => wants(subject)).map(({ frameNumber }) => frameNumber) };
  });
}

function expectAgreement(filters: readonly string[]): void {
  const judged = judgedSelections(file, filters, PREFERENCES);
  expect(selections(filters)).toEqual(filters.map((filter, index) => ({ filter, frames: judged[index] })));
}

const NUMERIC = [
  "tcp.port",
  "udp.port",
  "ip.ttl",
  "ip.proto",
  "tcp.flags",
  "frame.number",
  "vlan.id",
  "tcp.len",
  "ip.id",
];
const numeric = fc
  .tuple(
    fc.constantFrom(...NUMERIC),
    fc.constantFrom("==", "!=", "===", "!==", "<", ">", "<=", ">="),
    fc.constantFrom(0, 2, 5, 6, 10, 17, 18, 64, 80, 100, 200),
  )
  .map((parts) => parts.join(" "));
const address = fc
  .tuple(
    fc.constantFrom("ip.addr", "ip.src", "ip.dst", "arp.src.proto_ipv4"),
    fc.constantFrom("==", "!=", "===", "!==", "<", ">", "<=", ">="),
    fc.constantFrom("10.0.0.1", "10.0.0.2", "192.168.1.77", "10.0.0.3"),
    fc.constantFrom("", "/32", "/31", "/30", "/8", "/1", "/0"),
  )
  .map(([field, relation, value, prefix]) => `${field} ${relation} ${value}${prefix}`);
const ranged = fc
  .tuple(fc.constantFrom(...NUMERIC), fc.constantFrom("in", "not in"), fc.nat(100), fc.nat(9000))
  .map(([field, operator, from, length]) =>
    field === "ip.ttl" || field === "ip.proto"
      ? `${field} ${operator} {${from}..255}`
      : `${field} ${operator} {${from}..${Math.min(from + length, 4000)}}`,
  );
const existing = fc.constantFrom("tcp", "udp", "ip", "ipv6", "icmp", "vlan", "arp", "tcp.flags.syn", "tcp.flags & 18");
const test = fc.oneof(numeric, address, ranged, existing);
const { filter: anyFilter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    test,
    fc.tuple(tie("filter"), fc.constantFrom("and", "or", "&&", "||"), tie("filter")).map((parts) => parts.join(" ")),
    tie("filter").map((inner) => `(${inner})`),
    fc.tuple(fc.constantFrom("not ", "!"), tie("filter")).map((parts) => parts.join("")),
  ),
}));

it.skipIf(isMissing("tshark"))(
  "selects what Wireshark selects, by all that filters can say",
  () => {
    const noSet = JUDGED_FILTERS.filter((filter) => filter.includes(","));
    expect(noSet).toEqual([]);
    expectAgreement(JUDGED_FILTERS);
  },
  60_000,
);

it.skipIf(isMissing("tshark"))("selects what Wireshark selects, by sets of several members", () => {
  for (const filter of ["tcp.port in {443, 9990..9998, 0x50}", "ip.addr in {192.168.0.0/16, 10.0.0.2}"]) {
    const lines = tshark(...PREFERENCES, "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number");
    expect(selections([filter])[0]!.frames).toEqual(lines.trim().split("\n").map(Number));
  }
});

it.skipIf(isMissing("tshark"))(
  "selects what Wireshark selects, by filters that nobody would write",
  () => {
    expectAgreement([...new Set(fc.sample(anyFilter, { seed: 2, numRuns: 400 }))].filter(({ length }) => length < 300));
  },
  60_000,
);
