/** What each side of each conversation of a capture has said, through the eyes of tshark. */
import { createHash } from "node:crypto";
import { tshark } from "./helpers/judges/tshark.ts";

/** One TCP stream: how many bytes, and their SHA-256. Or a flow of datagrams: the same of each of them. */
export interface Said {
  readonly client: string;
  readonly server: string;
}

const FIELDS = ["tcp.stream", "udp.stream", "tcp.srcport", "udp.srcport", "tcp.payload", "udp.payload"];

/** In the order in which they began, those of TCP first. */
export function streamsOf(file: string): Said[] {
  const output = tshark("-r", file, "-T", "fields", ...FIELDS.flatMap((field) => ["-e", field]));
  const streams = new Map<string, { readonly client: string; readonly bytes: Record<"client" | "server", Buffer[]> }>();
  for (const line of output.split("\n").filter((text) => text !== "")) {
    const [tcp = "", udp = "", tcpPort = "", udpPort = "", tcpBytes = "", udpBytes = ""] = line.split("\t");
    // Neighbour discovery and the like.
    if (tcp === "" && udp === "") continue;
    const key = tcp === "" ? `udp ${udp.padStart(6, "0")}` : `tcp ${tcp.padStart(6, "0")}`;
    const from = tcpPort || udpPort;
    const stream = streams.get(key) ?? { client: from, bytes: { client: [], server: [] } };
    streams.set(key, stream);
    stream.bytes[from === stream.client ? "client" : "server"].push(Buffer.from(tcpBytes || udpBytes, "hex"));
  }
  return [...streams]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, { bytes }]) => ({ client: tell(key, bytes.client), server: tell(key, bytes.server) }));
}

function tell(key: string, chunks: Buffer[]): string {
  return key.startsWith("udp") ? chunks.map(summary).join("; ") : summary(Buffer.concat(chunks));
}

function summary(bytes: Buffer): string {
  return `${bytes.length} bytes, ${createHash("sha256").update(bytes).digest("hex")}`;
}
