/** Whether the message that a datagram carries can be read to its end: DNS, and every protocol whose table knows. */
import { StoppedAt } from "../core/errors.ts";
import { DNS_DIALECTS } from "../headers/dns/dns.ts";
import type { AnyHeader } from "../headers/header-table.ts";
import { LayerKind } from "../headers/layer.ts";
import { allHeaders, isOnKnownPort } from "../headers/registry.ts";
import { checkDnsMessage } from "./dns-check.ts";
import { offsetOf, type PacketOutline } from "./outline.ts";

/** What is wrong with the message that a datagram carries; undefined where nothing is, or where nobody knows. */
export function findMessageProblem(o: PacketOutline): StoppedAt | undefined {
  if (!carriesWholeMessage(o)) return undefined;
  return findDnsProblem(o) ?? findProblemByTable(o);
}

function findDnsProblem(o: PacketOutline): StoppedAt | undefined {
  const isDns = DNS_DIALECTS.has(o.sourcePort) || DNS_DIALECTS.has(o.destinationPort);
  if (!isDns) return undefined;
  const found = checkDnsMessage(o.transportBytes, o.payloadAt, o.payloadEnd);
  if (found === undefined) return undefined;
  const offset = o.layerCount > o.datagramLayer ? found.at : found.at - o.start;
  return new StoppedAt("BAD_FIELD", { layer: "DNS message", offset, problem: found.problem });
}

/** The tables that can say what is wrong with their message. */
const BY_PORT: ReadonlyMap<number, AnyHeader> = new Map(
  allHeaders()
    .filter(({ findProblem }) => findProblem !== undefined)
    .flatMap((header) => [header.follows?.udpPort ?? []].flat().map((port) => [port, header] as const)),
);

function findProblemByTable(o: PacketOutline): StoppedAt | undefined {
  if (o.isFragment) return undefined;
  const header = BY_PORT.get(o.destinationPort) ?? BY_PORT.get(o.sourcePort);
  if (header === undefined) return undefined;
  const found = header.findProblem!(o.transportBytes, o.payloadAt, o.payloadEnd);
  if (found === undefined) return undefined;
  return new StoppedAt("BAD_FIELD", { layer: header.layer, offset: offsetOf(o, found.at), problem: found.problem });
}

/** Whether there is all of a message that somebody knows: one cut off, or that nobody could reach, is no fault of its own. */
function carriesWholeMessage(o: PacketOutline): boolean {
  if (o.transport !== LayerKind.UDP || o.stopped !== undefined || o.payloadLength === 0) return false;
  if (!isOnKnownPort(o.sourcePort, o.destinationPort)) return false;
  return o.payloadEnd - o.payloadAt === o.payloadLength;
}
