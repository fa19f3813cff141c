import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { formatAddress, type PacketOutline } from "../../lib/dissect/outline.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import { ChecksumStatus, checksumStatusName, LayerKind } from "../../lib/headers/layer.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import type { AnalyzedPacket } from "../../lib/streams/analyzed-packet.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { allHandMade, handMadeCaptures, randomCapture, wildCapture } from "../helpers/captures/faulty-captures.ts";
import { oddCaptures } from "../helpers/captures/odd-captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { FINDING_FIELDS, type JudgedPacket, judgedPackets } from "../helpers/judges/tshark-packets.ts";
import { PUBLIC_SAMPLES } from "./public-samples.ts";

/** What both sides say of a frame, in the same words. */
interface Statement {
  source: unknown;
  destination: unknown;
  sourcePort: unknown;
  destinationPort: unknown;
  udpStream: unknown;
  tcp: unknown;
  checksums: Record<string, string>;
  findings: string[];
  payload: string;
}

const KNOWN_FINDINGS: ReadonlySet<string> = new Set(FINDING_FIELDS);

function ourStatement(packet: AnalyzedPacket): Statement {
  const { outline: o } = packet;
  const hasPorts = o.transport === LayerKind.TCP || o.transport === LayerKind.UDP;
  return {
    source: formatAddress(o.source),
    destination: formatAddress(o.destination),
    sourcePort: hasPorts ? o.sourcePort : undefined,
    destinationPort: hasPorts ? o.destinationPort : undefined,
    udpStream: packet.udpStream?.number,
    tcp: packet.tcpStream && {
      stream: packet.tcpStream.number,
      sequence: o.sequenceNumber,
      acknowledgment: o.acknowledgmentNumber,
      flags: o.flags,
      window: o.window,
      length: o.hasSegmentLength ? o.payloadLength : Number.NaN,
    },
    checksums: ourChecksums(o),
    findings: packet.findings.filter((code) => KNOWN_FINDINGS.has(code)).toSorted(),
    payload: hasPorts ? Buffer.from(o.transportBytes.subarray(o.payloadAt, o.payloadEnd)).toString("hex") : "",
  };
}

function ourChecksums(o: PacketOutline): Record<string, string> {
  const verdicts = { ipv4: o.ipv4Checksum, tcp: o.tcpChecksum, udp: o.udpChecksum, icmp: o.icmpChecksum };
  const known = Object.entries(verdicts).filter(([, verdict]) => verdict !== ChecksumStatus.UNCHECKED);
  return Object.fromEntries(known.map(([name, verdict]) => [name, checksumStatusName(verdict)]));
}

function theirStatement(judged: JudgedPacket): Statement {
  const { source, destination, sourcePort, destinationPort, udpStream, tcp, checksums, findings } = judged;
  return {
    source,
    destination,
    sourcePort,
    destinationPort,
    udpStream,
    tcp,
    checksums: { ...checksums },
    findings: [...findings],
    payload: Buffer.from(judged.payload).toString("hex"),
  };
}

/**
 * Where we say something else than tshark 4.0 on purpose. Each rule changes tshark's statement into ours, in frames that
 * are of its kind and in no others.
 */
const DELIBERATE: readonly {
  readonly reason: string;
  apply(theirs: Statement, ours: Statement, o: PacketOutline): void;
}[] = [
  {
    reason: "a checksum field that holds the pseudo-header's sum was left to the adapter, and is no fault",
    apply(theirs, ours) {
      for (const name of ["tcp", "udp", "icmp"]) {
        if (ours.checksums[name] !== "partial" || theirs.checksums[name] !== "bad") continue;
        theirs.checksums[name] = "partial";
        const code = name === "tcp" ? "tcp.checksum_bad.expert" : "udp.checksum.bad";
        theirs.findings = theirs.findings.filter((finding) => finding !== code);
      }
    },
  },
  {
    reason: "an IP header checksum of 0 on a loopback interface is no sum, and no fault",
    apply(theirs, ours) {
      if (ours.checksums.ipv4 !== "absent" || theirs.checksums.ipv4 !== "bad") return;
      theirs.checksums.ipv4 = "absent";
      theirs.findings = theirs.findings.filter((finding) => finding !== "ip.checksum_bad.expert");
    },
  },
  {
    reason: "UDP over IPv6 must have a checksum, so 0 is bad; tshark leaves it unverified, with an error beside it",
    apply(theirs, ours, o) {
      if (o.transport !== LayerKind.UDP || o.ipVersion !== 6 || theirs.checksums.udp !== undefined) return;
      if (o.transportView.getUint16(o.transportAt + 6) === 0) theirs.checksums.udp = ours.checksums.udp!;
    },
  },
  {
    reason: "the IPv4 header of a tunnel with IPv6 in it has a checksum too; the judge looks at the inner header only",
    apply(theirs, ours, o) {
      const isTunnel = o.ipVersion === 6 && o.indexOf(LayerKind.IPV4) >= 0 && o.quotedLayer === o.kinds.length;
      if (isTunnel && theirs.checksums.ipv4 === undefined) theirs.checksums.ipv4 = ours.checksums.ipv4!;
    },
  },
  {
    reason: "the addresses of a tunnel count although the packet in it is cut; the judge finds no inner ones",
    apply(theirs, ours, o) {
      if (o.stopped?.layer !== "IPv6 header" || o.indexOf(LayerKind.IPV4) < 0) return;
      theirs.source = ours.source;
      theirs.destination = ours.destination;
      theirs.checksums.ipv4 = ours.checksums.ipv4!;
    },
  },
  {
    reason: "of an IP header that is cut off we give no addresses; tshark gives the source where that was captured",
    apply(theirs, ours, o) {
      const isCut = o.stopped?.code === "TRUNCATED" && /^IPv[46] header$/.test(o.stopped.layer);
      if (isCut && o.ipVersion === 0 && theirs.destination === undefined) theirs.source = ours.source;
    },
  },
  {
    reason:
      "after a data offset that is too small tshark shows no further fields; they stand in the header all the same",
    apply(theirs, ours, o) {
      if (o.transport === LayerKind.TCP && o.headerLength < 20 && o.isInStream) theirs.tcp = ours.tcp;
    },
  },
  {
    reason: "the data of a reset is its cause to tshark, and no payload",
    apply(theirs, ours, o) {
      if (o.transport === LayerKind.TCP && (o.flags & 4) !== 0 && theirs.payload === "") theirs.payload = ours.payload;
    },
  },
  {
    reason: "the payload of UDP ends where its length says; tshark's udp.payload goes on to the end of the packet",
    apply(theirs, ours, o) {
      const isLonger = o.transport === LayerKind.UDP && theirs.payload.length > ours.payload.length;
      if (isLonger && theirs.payload.startsWith(ours.payload)) theirs.payload = ours.payload;
    },
  },
];

/** Frames that we do not look into: GRE is no protocol that this dissector knows. */
function isBeyondUs(judged: JudgedPacket): boolean {
  return judged.layers.includes(":gre:");
}

interface Comparison {
  readonly name: string;
  readonly frames: number;
  readonly differences: string[];
}

async function compare(name: string, bytes: Uint8Array, file: string): Promise<Comparison> {
  writeFileSync(file, bytes);
  const judged = judgedPackets(file);
  const differences: string[] = [];
  let frames = 0;
  const onPacket = (packet: AnalyzedPacket) => {
    frames++;
    const judgement = judged[packet.frameNumber - 1];
    if (judgement === undefined || isBeyondUs(judgement)) return;
    const ours = ourStatement(packet);
    const theirs = theirStatement(judgement);
    for (const { apply } of DELIBERATE) apply(theirs, ours, packet.outline);
    try {
      expect(ours).toEqual(theirs);
    } catch {
      differences.push(
        `${name}, frame ${packet.frameNumber}: ${JSON.stringify(ours)} is ${JSON.stringify(theirs)} to tshark`,
      );
    }
  };
  await analyzeCapture(captureFromBytes(bytes, name), { onPacket });
  if (frames !== judged.length) differences.push(`${name}: ${frames} frames, ${judged.length} to tshark`);
  return { name, frames, differences };
}

function publicCaptures(): { name: string; bytes: Uint8Array }[] {
  return PUBLIC_SAMPLES.map(({ name, linkType, hex, wireLength }) => {
    const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
    return { name, bytes: pcapOf(linkType, [{ time: 0, bytes, ...(wireLength !== undefined && { wireLength }) }]) };
  });
}

describe.skipIf(isMissing("tshark"))("every frame is to us what it is to tshark", () => {
  const folder = temporaryFolder();
  const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  it.each([
    {
      kind: "hand-made scenarios",
      captures: () => [...handMadeCaptures(), { name: "all of them", bytes: allHandMade().bytes }],
    },
    { kind: "odd frames of every link type", captures: () => oddCaptures() },
    { kind: "an honest TCP over bad networks", captures: () => seeds(15).map(randomCapture) },
    { kind: "segments that no TCP would send", captures: () => seeds(25).map(wildCapture) },
    { kind: "public samples", captures: () => publicCaptures() },
  ])("$kind", { timeout: 1_800_000 }, async ({ kind, captures }) => {
    const all: Comparison[] = [];
    for (const { name, bytes } of captures()) all.push(await compare(name, bytes, path.join(folder, "capture.pcap")));
    expect(all.flatMap(({ differences }) => differences)).toEqual([]);
    expect(
      all.reduce((sum, { frames }) => sum + frames, 0),
      kind,
    ).toBeGreaterThan(0);
  });

  it.each(["input", "chat", "unicode"])("what encapsulate makes of %s.csv, in both formats", async (fixture) => {
    for (const format of ["pcap", "pcapng"] as const) {
      const output = path.join(folder, `${fixture}.${format}`);
      await encapsulate({ input: `fixtures/${fixture}.csv`, output, format });
      const judged = judgedPackets(output);
      const capture = await openCapture(output);
      const differences: unknown[] = [];
      const onPacket = (packet: AnalyzedPacket) => {
        const ours = ourStatement(packet);
        const theirs = theirStatement(judged[packet.frameNumber - 1]!);
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) differences.push([packet.frameNumber, ours, theirs]);
      };
      const { capture: facts, findings } = await analyzeCapture(capture, { onPacket });
      await capture.close();
      expect(differences).toEqual([]);
      expect(facts.packets).toBe(judged.length);
      expect(findings.packetCount).toBe(0);
    }
  });
});
