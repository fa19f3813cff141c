import { decodeFrame } from "../../../lib/headers/frame.ts";
import { formatTcpFlags } from "../../../lib/headers/tcp-fields.ts";
import { framesOf, hostAt } from "./captures.ts";

export const CLIENT = () => ({ host: hostAt("10.0.0.1"), port: 49_152 });
export const SERVER = () => ({ host: hostAt("10.0.0.2"), port: 80 });

/**
 * The one conversation of a capture as a script in the manner of packetdrill: time in microseconds, > from the client,
 * < from the server, sequence numbers relative to the first of each side.
 */
export function linesOf(capture: Uint8Array): string[] {
  const first: { client?: number; server?: number } = {};
  return framesOf(capture).map(({ time, bytes }) => {
    const { tcp, payload } = decodeFrame(bytes, "ethernet");
    const isClient = tcp!.sourcePort === CLIENT().port;
    const [own, other] = isClient ? (["client", "server"] as const) : (["server", "client"] as const);
    first[own] ??= tcp!.sequenceNumber;
    first[other] ??= tcp!.acknowledgmentNumber === 0 ? undefined! : tcp!.acknowledgmentNumber;
    const sequence = (tcp!.sequenceNumber - first[own]) >>> 0;
    const acknowledgment =
      tcp!.acknowledgmentNumber === 0 ? 0 : (tcp!.acknowledgmentNumber - (first[other] ?? 0)) >>> 0;
    const flags = formatTcpFlags(tcp!.flags).replaceAll(", ", ",");
    return `${time} ${isClient ? ">" : "<"} ${flags} ${sequence}:${sequence + payload.length}(${payload.length}) ack ${acknowledgment}`;
  });
}
