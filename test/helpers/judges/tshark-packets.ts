/**
 * Every frame of a capture as tshark judges it, to be compared with what our analyser says.
 *
 * In tunnels and in ICMP errors, headers occur more than once in a frame. What counts is the innermost IP header that no
 * ICMP error quotes; what an ICMP error quotes is left out altogether: its ports, its stream, its sequence numbers.
 */
import { tshark } from "./tshark.ts";

/** Wireshark's words for the state of a checksum; one that was not looked at is missing. */
export type JudgedChecksum = "good" | "bad" | "absent";

export interface JudgedTcp {
  readonly stream: number;
  /** As it stands in the header. */
  readonly sequence: number;
  readonly acknowledgment: number;
  /** Twelve bits: the three reserved ones too. */
  readonly flags: number;
  /** As it stands in the header, not scaled. */
  readonly window: number;
  /** Bytes of data on the wire. */
  readonly length: number;
}

export interface JudgedPacket {
  readonly frame: number;
  /** Seconds since 1970, as a decimal string with nine digits. */
  readonly time: string;
  /** The names of all its layers, as Wireshark has them: "eth:ethertype:ip:tcp". */
  readonly layers: string;
  readonly source: string | undefined;
  readonly destination: string | undefined;
  /** What the IP header carries, behind its extension headers. */
  readonly protocol: number | undefined;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly udpStream: number | undefined;
  /** Missing where the header was cut off: ports alone can be there then. A number that Wireshark does not give is NaN. */
  readonly tcp: JudgedTcp | undefined;
  readonly checksums: {
    readonly ipv4?: JudgedChecksum;
    readonly tcp?: JudgedChecksum;
    readonly udp?: JudgedChecksum;
    /** Of ICMP or ICMPv6. */
    readonly icmp?: JudgedChecksum;
  };
  /** Data of the TCP segment or UDP datagram, as far as it was captured. Of a reset, Wireshark gives none. */
  readonly payload: Uint8Array;
  /** Names of `tcp.analysis` fields and of bad checksums, sorted. */
  readonly findings: readonly string[];
  /** Whether Wireshark gave up on the frame as malformed: not where it was merely cut off by the capture. */
  readonly isMalformed: boolean;
}

/** Findings by the names that Wireshark has for them. */
export const FINDING_FIELDS = [
  "tcp.analysis.retransmission",
  "tcp.analysis.fast_retransmission",
  "tcp.analysis.spurious_retransmission",
  "tcp.analysis.out_of_order",
  "tcp.analysis.lost_segment",
  "tcp.analysis.ack_lost_segment",
  "tcp.analysis.duplicate_ack",
  "tcp.analysis.keep_alive",
  "tcp.analysis.keep_alive_ack",
  "tcp.analysis.reused_ports",
  "tcp.analysis.window_full",
  "tcp.analysis.window_update",
  "tcp.analysis.zero_window",
  "tcp.analysis.zero_window_probe",
  "tcp.analysis.zero_window_probe_ack",
  "ip.checksum_bad.expert",
  "tcp.checksum_bad.expert",
  "udp.checksum.bad",
] as const;

const FIELDS = [
  "frame.number",
  "frame.time_epoch",
  "frame.protocols",
  "ip.src",
  "ip.dst",
  "ip.proto",
  "ip.checksum.status",
  "ipv6.src",
  "ipv6.dst",
  "ipv6.nxt",
  "ipv6.hopopts.nxt",
  "ipv6.routing.nxt",
  "ipv6.fraghdr.nxt",
  "ipv6.dstopts.nxt",
  "ah.next_header",
  "tcp.srcport",
  "tcp.dstport",
  "tcp.stream",
  "tcp.seq_raw",
  "tcp.ack_raw",
  "tcp.flags",
  "tcp.window_size_value",
  "tcp.len",
  "tcp.checksum.status",
  "tcp.payload",
  "udp.srcport",
  "udp.dstport",
  "udp.stream",
  "udp.checksum.status",
  "udp.payload",
  "icmp.checksum.status",
  "icmpv6.checksum.status",
  "_ws.malformed",
  ...FINDING_FIELDS,
] as const;

type Field = (typeof FIELDS)[number];
/** All values of each field in one frame, outermost first. */
type Cells = Record<Field, readonly string[]>;

const SEPARATOR = "|";
const CHECKSUM_WORDS: Record<string, JudgedChecksum> = { "0": "bad", "1": "good", "3": "absent" };

/** Every frame of a capture file, by one run of tshark with all its checksum checks on. */
export function judgedPackets(file: string): JudgedPacket[] {
  const format = ["-T", "fields", "-E", "occurrence=a", "-E", `aggregator=${SEPARATOR}`];
  const text = tshark("-r", file, ...format, ...FIELDS.flatMap((field) => ["-e", field]));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => judgedPacket(cellsOf(line)));
}

function cellsOf(line: string): Cells {
  const values = line.split("\t");
  const cells = {} as Record<Field, readonly string[]>;
  for (const [index, field] of FIELDS.entries()) {
    cells[field] = values[index] === undefined || values[index] === "" ? [] : values[index].split(SEPARATOR);
  }
  return cells;
}

function judgedPacket(cells: Cells): JudgedPacket {
  const layers = cells["frame.protocols"].join("");
  const path = unquoted(layers.split(":"));
  const tcp = path.includes("tcp") && cells["tcp.srcport"].length > 0;
  const udp = path.includes("udp") && cells["udp.srcport"].length > 0;
  const ports = tcp ? "tcp" : "udp";
  const payload = tcp ? cells["tcp.payload"][0] : udp ? cells["udp.payload"][0] : undefined;
  return {
    frame: Number(cells["frame.number"][0]),
    time: cells["frame.time_epoch"][0] ?? "",
    layers,
    ...network(cells, path),
    sourcePort: tcp || udp ? Number(cells[`${ports}.srcport`][0]) : undefined,
    destinationPort: tcp || udp ? Number(cells[`${ports}.dstport`][0]) : undefined,
    udpStream: udp ? optionalNumber(cells["udp.stream"][0]) : undefined,
    tcp: tcp && cells["tcp.stream"].length > 0 ? judgedTcp(cells) : undefined,
    checksums: checksumsOf(cells, path),
    payload: Buffer.from(payload ?? "", "hex"),
    findings: findingsOf(cells, layers.split(":").length > path.length),
    isMalformed: cells["_ws.malformed"].length > 0,
  };
}

/** The layers of a frame up to the first ICMP: what follows that is a quotation, or data. */
function unquoted(layers: readonly string[]): readonly string[] {
  const icmp = layers.findIndex((layer) => layer === "icmp" || layer === "icmpv6");
  return icmp < 0 ? layers : layers.slice(0, icmp + 1);
}

function network(cells: Cells, path: readonly string[]) {
  const fours = path.filter((layer) => layer === "ip").length;
  const sixes = path.filter((layer) => layer === "ipv6").length;
  if (path.lastIndexOf("ip") > path.lastIndexOf("ipv6")) {
    const at = fours - 1;
    return {
      source: cells["ip.src"][at],
      destination: cells["ip.dst"][at],
      protocol: optionalNumber(cells["ip.proto"][at]),
    };
  }
  const at = sixes - 1;
  return {
    source: cells["ipv6.src"][at],
    destination: cells["ipv6.dst"][at],
    protocol: sixes === 0 ? undefined : behindExtensions(cells, optionalNumber(cells["ipv6.nxt"][at])),
  };
}

/** Follows the chain of extension headers, each kind's occurrences in turn. A chain inside a quotation is never reached. */
function behindExtensions(cells: Cells, first: number | undefined): number | undefined {
  const chain = new Map<number, string[]>([
    [0, [...cells["ipv6.hopopts.nxt"]]],
    [43, [...cells["ipv6.routing.nxt"]]],
    [44, [...cells["ipv6.fraghdr.nxt"]]],
    [51, [...cells["ah.next_header"]]],
    [60, [...cells["ipv6.dstopts.nxt"]]],
  ]);
  let next = first;
  for (;;) {
    const following = next === undefined ? undefined : chain.get(next)?.shift();
    if (following === undefined) return next;
    next = Number(following);
  }
}

function judgedTcp(cells: Cells): JudgedTcp {
  return {
    stream: Number(cells["tcp.stream"][0]),
    sequence: Number(cells["tcp.seq_raw"][0]),
    acknowledgment: Number(cells["tcp.ack_raw"][0]),
    flags: Number(cells["tcp.flags"][0]),
    window: Number(cells["tcp.window_size_value"][0]),
    length: Number(cells["tcp.len"][0]),
  };
}

function checksumsOf(cells: Cells, path: readonly string[]): JudgedPacket["checksums"] {
  const innermostIsFour = path.lastIndexOf("ip") > path.lastIndexOf("ipv6");
  const fours = path.filter((layer) => layer === "ip").length;
  const icmp = path.includes("icmp") ? "icmp" : "icmpv6";
  return {
    ...named("ipv4", innermostIsFour ? word(cells["ip.checksum.status"][fours - 1]) : undefined),
    ...named("tcp", path.includes("tcp") ? word(cells["tcp.checksum.status"][0]) : undefined),
    ...named("udp", path.includes("udp") ? word(cells["udp.checksum.status"][0]) : undefined),
    ...named("icmp", path.includes(icmp) ? word(cells[`${icmp}.checksum.status`][0]) : undefined),
  };
}

function word(status: string | undefined): JudgedChecksum | undefined {
  return status === undefined ? undefined : CHECKSUM_WORDS[status];
}

function named(layer: string, verdict: JudgedChecksum | undefined): Record<string, JudgedChecksum> {
  return verdict === undefined ? {} : { [layer]: verdict };
}

function optionalNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/**
 * Wireshark sets `retransmission` beside its special kinds; only the kind is a finding. Nor is what it finds in a quoted
 * header, which routers change and cut off.
 */
function findingsOf(cells: Cells, isQuoting: boolean): string[] {
  const set = FINDING_FIELDS.filter((field) => cells[field].length > 0);
  const isSpecial =
    set.includes("tcp.analysis.fast_retransmission") || set.includes("tcp.analysis.spurious_retransmission");
  return set
    .filter((field) => !(isSpecial && field === "tcp.analysis.retransmission"))
    .filter((field) => !isQuoting || field === "ip.checksum_bad.expert")
    .sort();
}
