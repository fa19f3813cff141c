/** What Wireshark's packet list says about a TCP packet: `49152 → 80 [SYN] Seq=0 Win=8192 Len=14`. */
import { parseTcpFlags } from "./tcp-flags.ts";

const INFO =
  /^\s*(?:(\d{1,5})\s*(?:→|->|>)\s*(\d{1,5})\s+)?(?:\[TCP [^\]]*\]\s*)?(?:(\d{1,5})\s*(?:→|->|>)\s*(\d{1,5})\s+)?\[([^\]]+)\]\s.*\b(?:Seq|Ack|Win)=\d/;

export interface PacketInfo {
  readonly flags: number;
  readonly length: number;
  readonly sourcePort: string | undefined;
  readonly destinationPort: string | undefined;
}

export function isPacketInfo(text: string): boolean {
  return parsePacketInfo(text) !== undefined;
}

/** @returns undefined for a text that says something else */
export function parsePacketInfo(text: string): PacketInfo | undefined {
  const match = INFO.exec(text);
  if (match === null) return undefined;
  const flags = parseTcpFlags(match[5]!);
  if (flags === undefined) return undefined;
  return {
    flags,
    length: Number(/\bLen=(\d{1,6})\b/.exec(text)?.[1] ?? 0),
    sourcePort: match[1] ?? match[3],
    destinationPort: match[2] ?? match[4],
  };
}
