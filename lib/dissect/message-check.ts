/** Whether the message that a datagram carries can be read to its end, by what the table of its protocol says of that. */
import { StoppedAt } from "../core/errors.ts";
import type { AnyHeader } from "../headers/header-table.ts";
import { LayerKind } from "../headers/layer-kinds.ts";
import { allHeaders } from "../headers/registry.ts";
import { offsetOf, type PacketOutline } from "./outline.ts";

const BY_PORT: ReadonlyMap<number, AnyHeader> = new Map(
  allHeaders()
    .filter(({ findProblem }) => findProblem !== undefined)
    .flatMap((header) => [header.follows?.udpPort ?? []].flat().map((port) => [port, header] as const)),
);

/** What is wrong with the message; undefined where nothing is, or where nobody knows. */
export function findMessageProblem(o: PacketOutline): StoppedAt | undefined {
  if (o.transport !== LayerKind.UDP) return undefined;
  const header = BY_PORT.get(o.destinationPort) ?? BY_PORT.get(o.sourcePort);
  if (header === undefined || o.stopped !== undefined || o.isFragment || o.payloadLength === 0) return undefined;
  const { transportBytes, payloadAt, payloadEnd, payloadLength } = o;
  if (payloadEnd - payloadAt !== payloadLength) return undefined;
  const found = header.findProblem!(transportBytes, payloadAt, payloadEnd);
  if (found === undefined) return undefined;
  return new StoppedAt("BAD_FIELD", { layer: header.layer, offset: offsetOf(o, found.at), problem: found.problem });
}
