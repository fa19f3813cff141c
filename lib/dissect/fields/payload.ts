/** What the innermost header carries: which protocol it is, and its layers. */
import { DNS_DIALECTS } from "../dns-ports.ts";
import { LayerKind } from "../layer-kinds.ts";
import type { PacketOutline } from "../outline.ts";
import { type DnsDialect, describeDns } from "./dns.ts";
import { FieldReader } from "./field-reader.ts";
import { describeHttp, isHttp } from "./http.ts";
import type { Title } from "./place.ts";
import { inBytes } from "./text.ts";

export interface PayloadPart {
  readonly title: Title;
  readonly reader: FieldReader;
}

/**
 * The layers of a payload, one after the other: several where it holds several messages, or a message and data.
 *
 * @param start,end of the payload in the memory that `reader` of the transport reads
 */
export function payloadParts(
  outline: PacketOutline,
  memory: FieldReader["memory"],
  start: number,
  end: number,
): PayloadPart[] {
  const parts: PayloadPart[] = [];
  let at = start;
  while (at < end) {
    const reader = new FieldReader(memory, at, end);
    const title = readPart(outline, reader) ?? describeData(reader);
    parts.push({ title, reader });
    // A part of no length would be read for ever.
    at = reader.at > at ? reader.at : end;
  }
  return parts;
}

function readPart(outline: PacketOutline, reader: FieldReader): Title | undefined {
  if (outline.isFragment || outline.stopped !== undefined) return undefined;
  const dialect = dnsDialect(outline);
  if (outline.transport === LayerKind.UDP) return dialect && describeDns(reader, dialect, false);
  if (outline.transport !== LayerKind.TCP) return undefined;
  if (dialect === "dns") return describeDnsOnTcp(reader);
  return isHttp(reader.memory.bytes, reader.start, reader.end) ? describeHttp(reader) : undefined;
}

function dnsDialect(outline: PacketOutline): DnsDialect | undefined {
  return DNS_DIALECTS.get(outline.destinationPort) ?? DNS_DIALECTS.get(outline.sourcePort);
}

/** One message of those that may stand in the segment: it ends where its length says. */
function describeDnsOnTcp(reader: FieldReader): Title {
  const length = 2 + reader.peek(0, 2);
  const isCut = length > reader.remaining;
  const message = reader.inside(length);
  const title = describeDns(message, "dns", true);
  // Where the segment ends first, the outer reader says how much is missing.
  for (const field of isCut ? message.fields : message.finish()) reader.fields.push(field);
  reader.at = message.end;
  return { ...title, needed: isCut ? length : 0 };
}

export function describeData(reader: FieldReader): Title {
  const length = reader.remaining;
  reader.raw("data.data", "Data", length);
  reader.generated("data.len", "Length", length, { text: inBytes(length) });
  return { name: "data", label: `Data (${inBytes(length)})` };
}
