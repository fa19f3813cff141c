import { execFileSync } from "node:child_process";

/** One field as tshark's PDML has it. */
export interface JudgedField {
  readonly name: string;
  readonly start: number;
  readonly length: number;
  /** What a display filter would compare with. */
  readonly show: string;
}

const PREFERENCES = [
  "ip.check_checksum:TRUE",
  "tcp.check_checksum:TRUE",
  "udp.check_checksum:TRUE",
  "udplite.check_checksum:TRUE",
  "udplite.ignore_checksum_coverage:FALSE",
  "sctp.checksum:CRC-32c",
  // Every segment for itself, so that positions count in the frame.
  "tcp.desegment_tcp_streams:FALSE",
].flatMap((preference) => ["-o", preference]);

const MOST_OUTPUT = 1 << 30;

function run(...args: string[]): string {
  return execFileSync("tshark", args, {
    encoding: "utf8",
    maxBuffer: MOST_OUTPUT,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** All fields of every packet, in the order of the dissection, the tree of them made flat. */
export function judgedFields(file: string): JudgedField[][] {
  const packets = run("-r", file, ...PREFERENCES, "-T", "pdml")
    .split("<packet>")
    .slice(1);
  return packets.map((packet) => {
    const protocols = packet.split(/(?=<proto )/).slice(1);
    const dissected = protocols.filter((text) => !/^<proto name="(?:geninfo|frame)"/.test(text));
    return dissected.flatMap((text) =>
      Array.from(text.matchAll(/<(?:field|proto) ([^>]*)>/g), (match) => fieldOf(match[1]!)),
    );
  });
}

function fieldOf(attributes: string): JudgedField {
  const of = (key: string) => unescapeXml(new RegExp(`(?:^| )${key}="([^"]*)"`).exec(attributes)?.[1] ?? "");
  return { name: of("name"), start: Number(of("pos")), length: Number(of("size")), show: of("show") };
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&apos;", "'")
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll("&amp;", "&");
}

let names: Set<string> | undefined;

/** The names of all fields and protocols that tshark has. */
export function knownNames(): ReadonlySet<string> {
  names ??= new Set(
    run("-G", "fields")
      .split("\n")
      .map((row) => row.split("\t")[2] ?? ""),
  );
  return names;
}
