/**
 * An analysis as one object of JSON. The interfaces here are its documentation: what stands in them stays. Keys that do
 * not apply are left out. It is written piece by piece, so that a capture of any size can be told.
 */

import { formatAddress, type PacketOutline, protocolName } from "../../dissect/outline.ts";
import { ChecksumStatus, type ChecksumStatusName, checksumStatusName, LayerKind } from "../../headers/layer.ts";
import { headerOfKind } from "../../headers/registry.ts";
import { NO_LINK_TYPE } from "../../pcap/capture-file.ts";
import type { AnalyzedPacket } from "../../streams/analyzed-packet.ts";
import { type FindingLog, findingJson } from "../../streams/finding-log.ts";
import type { Severity } from "../../streams/findings.ts";
import type { LoggedMessage, StreamMessages } from "../message-log.ts";
import { decimalSeconds } from "../moments.ts";

export interface JsonPacket {
  readonly frame: number;
  /** Seconds since 1970, nine digits after the point. */
  readonly time?: string;
  /** Of the innermost IP header; where a route is still to be travelled, or a home address is named, those in the end. */
  readonly source?: string;
  readonly destination?: string;
  /** The innermost protocol up to the transport: "TCP", "ARP", "IPv6". */
  readonly protocol?: string;
  /** The application whose data it carries, as far as its contents show it: "HTTP", "DNS". */
  readonly application?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly tcp?: {
    readonly stream: number;
    /** Both as they stand in the header. */
    readonly sequence: number;
    readonly acknowledgment: number;
    readonly flags: number;
    /** Not scaled. */
    readonly window: number;
    /** Bytes of payload. */
    readonly length?: number;
  };
  readonly udp?: { readonly stream: number; readonly length: number };
  /** One entry for each sum that could be checked; `icmp` is that of ICMPv6 too. */
  readonly checksums?: Partial<Record<"ethernet" | "ipv4" | "tcp" | "udp" | "icmp", ChecksumStatusName>>;
  /** All headers up to the transport, outermost first, by Wireshark's names, each with what became of its own sum. */
  readonly layers?: readonly JsonLayer[];
}

export interface JsonLayer {
  /** "eth", "ip", "vxlan" */
  readonly name: string;
  /** Left out where there is none, or where it cannot be checked. */
  readonly checksum?: ChecksumStatusName;
}

export interface JsonFinding {
  readonly frame: number;
  /** The conversation that its packet belongs to; left out where it belongs to none. */
  readonly protocol?: "TCP" | "UDP";
  readonly stream?: number;
  /** Wireshark's name of the field. */
  readonly code: string;
  readonly severity: Severity;
  /** What it means, in a sentence. */
  readonly text: string;
}

export interface JsonMessage {
  readonly protocol: "TCP" | "UDP";
  readonly stream: number;
  /** Counts from 1 in its stream, in the order in which messages began. */
  readonly number: number;
  readonly from: "client" | "server";
  readonly framing: string;
  readonly bytes: number;
  /** Bytes of it that the capture lacks. */
  readonly missing?: number;
  /** False where the stream ended before the message did. */
  readonly complete: boolean;
  /** The bytes that each frame carried. */
  readonly parts: readonly { readonly frame: number; readonly offset: number; readonly length: number }[];
  /** How many parts there are, where not all are listed. */
  readonly partCount?: number;
  /** Numbers of messages in the same segments. */
  readonly sharedWith?: readonly number[];
  /** What it is, where its bytes alone do not show it: "Text" or "Ping" of a WebSocket frame. */
  readonly title?: string;
  /** The text that it begins with, up to 256 bytes; what is no UTF-8 is U+FFFD. Of WebSocket the payload, unmasked. */
  readonly begins: string;
}

export function packetJson(packet: AnalyzedPacket): JsonPacket {
  const { outline, frameNumber: frame, tcpStream, udpStream } = packet;
  if (packet.captured.linkType === NO_LINK_TYPE) return { frame };
  const { transport } = outline;
  const hasPorts = transport === LayerKind.TCP || transport === LayerKind.UDP;
  return {
    frame,
    ...(packet.hasTime && { time: decimalSeconds(packet) }),
    ...(outline.ipVersion !== 0 && {
      source: formatAddress(outline.source) ?? "",
      destination: formatAddress(outline.destination) ?? "",
    }),
    protocol: protocolName(outline),
    ...(packet.application !== undefined && { application: packet.application }),
    ...(hasPorts && { sourcePort: outline.sourcePort, destinationPort: outline.destinationPort }),
    ...(tcpStream !== undefined && {
      tcp: {
        stream: tcpStream.number,
        sequence: outline.sequenceNumber,
        acknowledgment: outline.acknowledgmentNumber,
        flags: outline.flags,
        window: outline.window,
        ...(outline.hasSegmentLength && { length: outline.payloadLength }),
      },
    }),
    ...(udpStream !== undefined && { udp: { stream: udpStream.number, length: outline.payloadLength } }),
    checksums: {
      ...checksumJson("ethernet", outline.frameCheck),
      // In a tunnel, all that is told of a packet is about its innermost header.
      ...(outline.ipVersion === 4 && checksumJson("ipv4", outline.ipv4Checksum)),
      ...checksumJson("tcp", outline.tcpChecksum),
      ...checksumJson("udp", outline.udpChecksum),
      ...checksumJson("icmp", outline.icmpChecksum),
    },
    layers: layersJson(outline),
  };
}

/** What is quoted was sent at another time. */
function layersJson({ kinds, checksums, layerCount, quotedLayer }: PacketOutline): JsonLayer[] {
  return Array.from({ length: Math.min(layerCount, quotedLayer) }, (_, layer) => {
    const name = headerOfKind(kinds[layer]!)?.name ?? "data";
    return { name, ...checksumJson("checksum", checksums[layer] as ChecksumStatus) };
  });
}

function checksumJson(name: string, status: ChecksumStatus): Record<string, ChecksumStatusName> {
  return status === ChecksumStatus.UNCHECKED ? {} : { [name]: checksumStatusName(status) };
}

export function* findingsJson(findings: FindingLog): Generator<JsonFinding> {
  for (const finding of findings.findings()) yield findingJson(finding);
}

export function* messagesJson(streams: readonly StreamMessages[]): Generator<JsonMessage> {
  for (const { stream, messages } of streams) {
    for (const message of messages) {
      yield messageJson(message, stream.protocol, stream.number, message.isFromHigher === stream.isClientHigher);
    }
  }
}

function messageJson(
  message: LoggedMessage,
  protocol: "TCP" | "UDP",
  stream: number,
  isFromClient: boolean,
): JsonMessage {
  const { number, framing, length, missing, parts, partCount, sharedWith, preview, title, isComplete } = message;
  return {
    protocol,
    stream,
    number,
    from: isFromClient ? "client" : "server",
    framing,
    bytes: length,
    ...(missing > 0 && { missing }),
    complete: isComplete,
    parts,
    ...(partCount > parts.length && { partCount }),
    ...(sharedWith.length > 0 && { sharedWith }),
    ...(title !== undefined && { title }),
    begins: new TextDecoder().decode(preview, { stream: preview.length < length }),
  };
}
