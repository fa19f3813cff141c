/** What the checksum of a packet's transport header should be: for the text beside one that is wrong. */
import { ipv4PseudoHeaderSum, ipv6PseudoHeaderSum } from "../../headers/frame.ts";
import type { PacketOutline } from "../outline.ts";
import { checksumOf } from "./checksum-field.ts";

/**
 * @param fieldOffset of the checksum in the transport header
 * @param hasPseudoHeader false for ICMP over IPv4, which covers only itself
 * @returns undefined where not all that it covers was captured
 */
export function expectedChecksum(
  outline: PacketOutline,
  fieldOffset: number,
  hasPseudoHeader = true,
): number | undefined {
  const start = outline.transportAt;
  const end = start + outline.transportLength;
  if (end > outline.transportBytes.length || end < start + fieldOffset + 2) return undefined;
  const sum = hasPseudoHeader ? pseudoHeaderSum(outline) : 0;
  return sum === undefined ? undefined : checksumOf(outline.transportView, start, end, start + fieldOffset, sum);
}

function pseudoHeaderSum({ source, destination, protocol, transportLength }: PacketOutline): number | undefined {
  if (typeof source === "number" && typeof destination === "number") {
    return ipv4PseudoHeaderSum(source, destination, protocol, transportLength);
  }
  if (typeof source !== "bigint" || typeof destination !== "bigint") return undefined;
  return ipv6PseudoHeaderSum(source, destination, protocol, transportLength);
}
