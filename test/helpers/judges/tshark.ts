import { execFileSync } from "node:child_process";

/** Everything that Wireshark can validate, switched on; it leaves some of it off by default. */
const ALL_CHECKS = [
  "ip.check_checksum:TRUE",
  "tcp.check_checksum:TRUE",
  "udp.check_checksum:TRUE",
  "udplite.check_checksum:TRUE",
  "udplite.ignore_checksum_coverage:FALSE",
  "sctp.checksum:CRC-32c",
].flatMap((preference) => ["-o", preference]);

const LARGEST_OUTPUT = 1 << 30;

/** Runs tshark with all checksum validation on and gives what it prints. */
export function tshark(...args: string[]): string {
  return execFileSync("tshark", [...ALL_CHECKS, ...args], {
    encoding: "utf8",
    maxBuffer: LARGEST_OUTPUT,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** One frame as tshark sees it. Where a field occurs several times, its values are joined by commas. */
export interface JudgedFrame {
  readonly number: number;
  /** Seconds since 1970, as a decimal string with nine digits. */
  readonly time: string;
  readonly stream: number;
  readonly source: string;
  readonly destination: string;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly payload: Buffer;
}

const FIELDS = [
  "frame.number",
  "frame.time_epoch",
  "tcp.stream",
  "ip.src",
  "tcp.srcport",
  "ip.dst",
  "tcp.dstport",
  "tcp.flags",
  "tcp.seq_raw",
  "tcp.ack_raw",
  "tcp.payload",
];

/** Every TCP frame of a capture, through tshark's eyes. */
export function judgedFrames(file: string): JudgedFrame[] {
  const text = tshark("-r", file, "-T", "fields", ...FIELDS.flatMap((field) => ["-e", field]));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split("\t");
      const [number, time, stream, source, sourcePort, destination, destinationPort] = cells as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      return {
        number: Number(number),
        time,
        stream: Number(stream),
        source: `${source}:${sourcePort}`,
        destination: `${destination}:${destinationPort}`,
        flags: Number(cells[7]),
        sequence: Number(cells[8]),
        acknowledgment: Number(cells[9]),
        payload: Buffer.from(cells[10] ?? "", "hex"),
      };
    });
}

/** Wireshark's number for a severity of "warning"; errors are above it, notes and chat below. */
const WARNING = 6_291_456;

/** The frames that Wireshark has something against, each as one line: expert warnings and errors, TCP findings, bad checksums. */
export function complaints(file: string): string[] {
  const badSums = ["ip", "tcp", "udp"].map((layer) => `(${layer} && !(${layer}.checksum.status == 1))`);
  const filter = `_ws.malformed || _ws.expert.severity >= ${WARNING} || tcp.analysis.flags || ${badSums.join(" || ")}`;
  const fields = [
    "frame.number",
    "_ws.expert.message",
    "ip.checksum.status",
    "tcp.checksum.status",
    "udp.checksum.status",
  ];
  return tshark("-r", file, "-Y", filter, "-T", "fields", ...fields.flatMap((field) => ["-e", field]))
    .split("\n")
    .filter((line) => line !== "");
}

/** What "follow stream" shows of the first `count` streams: the bytes of both sides, in order. */
export function followStreams(file: string, count: number): Buffer[] {
  const requests = Array.from({ length: count }, (_, stream) => ["-z", `follow,tcp,raw,${stream}`]);
  // Each stream has a heading between rules; what the second node sent is indented by a tab.
  const sections = tshark("-r", file, "-q", ...requests.flat())
    .split(/^Follow: tcp,raw$/m)
    .slice(1);
  if (sections.length !== count) throw new Error(`tshark followed ${sections.length} of ${count} streams of ${file}`);
  const byStream: Buffer[] = [];
  for (const section of sections) {
    const stream = Number(/^Filter: tcp\.stream eq (\d+)$/m.exec(section)?.[1]);
    byStream[stream] = Buffer.from(
      (section.match(/^\t?(?:[0-9a-f]{2})+$/gm) ?? []).join("").replaceAll("\t", ""),
      "hex",
    );
  }
  return byStream;
}
