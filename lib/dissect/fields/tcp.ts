/** Fields of the TCP header (RFC 9293, section 3.1; RFC 3168, section 6.1, for the bits of congestion). */

import { addSequence } from "../../core/sequence.ts";
import { TcpOffset as AT, formatTcpFlags, TCP_HEADER_LENGTH, TcpFlag } from "../../headers/tcp.ts";
import { quotedVerdict } from "../header-checksums.ts";
import { Verdict } from "../layer-kinds.ts";
import { checksumField } from "./checksum-field.ts";
import type { Field, FieldContext } from "./field.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Place, Title } from "./place.ts";
import { streamFields } from "./stream-fields.ts";
import { tcpOptions } from "./tcp-options.ts";
import { inBytes } from "./text.ts";
import { expectedChecksum } from "./transport-checksum.ts";

/** Masks over the byte, and over the two, that begin with them. */
const HEADER_LENGTH_BITS = 0xf0;
const RESERVED = 0xe00;
const ALL_FLAGS = 0xfff;

export function describeTcp(reader: FieldReader, place: Place): Title {
  const source = reader.number("tcp.srcport", "Source Port", 2);
  const destination = reader.number("tcp.dstport", "Destination Port", 2);
  const context = contextOf(place);
  streamFields(reader, "tcp", context);
  const length = place.isTransport && place.outline.hasSegmentLength ? place.outline.payloadLength : undefined;
  const sequence = sequenceFields(reader, context.relativeSequence, length, rawName(place));
  const acknowledged = reader.peek(0, 4);
  acknowledgmentFields(reader, context.relativeAcknowledgment);
  const headerLength = headerLengthField(reader);
  const flags = flagFields(reader, place.context.hasAccurateEcn === true);
  windowFields(reader, context.scaledWindow);
  const { verdict, expected } = checksumOf(place);
  checksumField(reader, "tcp", "Checksum", verdict, expected);
  reader.number("tcp.urgent_pointer", "Urgent Pointer", 2, {
    meaning: (flags & TcpFlag.URG) === 0 ? "means nothing without the flag URG" : "where urgent data ends",
  });
  const { relativeAcknowledgment } = context;
  const base = relativeAcknowledgment === undefined ? undefined : addSequence(acknowledged, -relativeAcknowledgment);
  tcpOptions(reader, headerLength - TCP_HEADER_LENGTH, base);
  return {
    name: "tcp",
    label: titleOf(source, destination, sequence, length),
    needed: Math.max(TCP_HEADER_LENGTH, headerLength),
  };
}

/** What a stream tells of a segment: of one that is quoted, only which it is. */
function contextOf({ isTransport, isQuoted, context }: Place): FieldContext {
  if (isTransport) return context;
  return isQuoted ? { stream: context.quotedStream } : {};
}

/** Wireshark shows the number of a segment that ICMP over IPv4 quotes under the name of relative ones; so do filters. */
function rawName({ isQuoted, outline }: Place): string {
  return isQuoted && outline.quotedVersion === 4 ? "tcp.seq" : "tcp.seq_raw";
}

function titleOf(source: number, destination: number, sequence: number, length: number | undefined): string {
  const ports = `Transmission Control Protocol, Src Port: ${source}, Dst Port: ${destination}, Seq: ${sequence}`;
  return length === undefined ? ports : `${ports}, Len: ${length}`;
}

/** @returns the number to call the segment by */
function sequenceFields(
  reader: FieldReader,
  relative: number | undefined,
  length: number | undefined,
  name: string,
): number {
  const meaning = "the number of the first byte of data; SYN and FIN count for one byte each";
  const raw = reader.number(name, "Sequence Number (raw)", 4, { meaning });
  if (relative !== undefined) {
    reader.derived("tcp.seq", "Sequence Number", 4, 4, relative, { text: `${relative} (relative sequence number)` });
  }
  if (length !== undefined) reader.generated("tcp.len", "TCP Segment Len", length, { text: inBytes(length) });
  return relative ?? raw;
}

function acknowledgmentFields(reader: FieldReader, relative: number | undefined): void {
  const isMeant = (reader.peek(4 + 1) & TcpFlag.ACK) !== 0;
  reader.number("tcp.ack_raw", "Acknowledgment number (raw)", 4, {
    meaning: isMeant
      ? "the number of the next byte that the sender of this segment waits for: all before it have arrived"
      : "means nothing without the flag ACK",
  });
  if (relative === undefined) return;
  reader.derived("tcp.ack", "Acknowledgment Number", 4, 4, relative, { text: `${relative} (relative ack number)` });
}

function headerLengthField(reader: FieldReader): number {
  const words = reader.peek(0) >>> 4;
  const parts = reader.inside(1);
  parts.skip(1);
  parts.derived("tcp.hdr_len", "Header Length", 1, 1, words * 4, {
    mask: HEADER_LENGTH_BITS,
    text: `${inBytes(words * 4)} (${words})`,
    meaning: "counted in words of 4 bytes; what is more than 20 bytes are options",
  });
  for (const field of parts.fields) reader.fields.push(field);
  return words * 4;
}

interface FlagField {
  readonly name: string;
  readonly label: string;
  readonly mask: number;
  readonly meaning: string;
}

const FLAGS: readonly FlagField[] = [
  { name: "ae", label: "Accurate ECN", mask: TcpFlag.AE, meaning: "part of a more exact report of congestion" },
  {
    name: "cwr",
    label: "Congestion Window Reduced",
    mask: TcpFlag.CWR,
    meaning: "the sender has slowed down after a report of congestion",
  },
  { name: "ece", label: "ECN-Echo", mask: TcpFlag.ECE, meaning: "a packet arrived with a mark of congestion on it" },
  { name: "urg", label: "Urgent", mask: TcpFlag.URG, meaning: "the urgent pointer holds" },
  { name: "ack", label: "Acknowledgment", mask: TcpFlag.ACK, meaning: "the acknowledgment number holds" },
  {
    name: "push",
    label: "Push",
    mask: TcpFlag.PSH,
    meaning: "the receiver should hand the data to its application without waiting for more",
  },
  { name: "reset", label: "Reset", mask: TcpFlag.RST, meaning: "the connection ends at once, or never was" },
  {
    name: "syn",
    label: "Syn",
    mask: TcpFlag.SYN,
    meaning: "opens the connection: numbers of this side count from here",
  },
  { name: "fin", label: "Fin", mask: TcpFlag.FIN, meaning: "the sender has no more data" },
];

/** AE, CWR and ECE, where they are one number. */
const COUNTER_BITS = 0x01c0;

/** @returns the flags */
function flagFields(reader: FieldReader, isAccurate: boolean): number {
  const parts = reader.inside(2);
  const hasCounter = isAccurate && (parts.peek(0, 2) & TcpFlag.SYN) === 0;
  // Each bit in the one byte that it stands in: the upper ones first.
  parts.flag("tcp.flags.res", "Reserved", 1, RESERVED >>> 8);
  if (hasCounter) {
    const meaning = "accurate ECN: packets that arrived with a mark of congestion, modulo 8; it begins at 5";
    parts.bits("tcp.flags.ace", "ACE", 2, COUNTER_BITS, { meaning });
  }
  for (const { name, label, mask, meaning } of FLAGS) {
    if (mask === TcpFlag.CWR) parts.skip(1);
    if (hasCounter && (mask & COUNTER_BITS) !== 0) continue;
    const ownMask = mask > 0xff ? mask >>> 8 : mask;
    parts.flag(`tcp.flags.${name}`, label, 1, ownMask, { meaning: (is) => (is ? meaning : undefined) });
  }
  const flags = reader.bits("tcp.flags", "Flags", 2, ALL_FLAGS, {
    text: (value) => `0x${value.toString(16).padStart(3, "0")} (${formatTcpFlags(value, hasCounter)})`,
    children: parts.isShort ? [] : (parts.fields as readonly Field[]),
  });
  reader.skip(2);
  return flags;
}

function windowFields(reader: FieldReader, scaled: number | undefined): void {
  const meaning = (window: number) =>
    `the receiver takes no more than ${inBytes(window)} after those acknowledged, until it says otherwise`;
  reader.number("tcp.window_size_value", "Window", 2, {
    meaning:
      scaled === undefined
        ? "what the receiver can still take; after the SYN, in the unit that it announced"
        : undefined,
  });
  if (scaled === undefined) return;
  reader.derived("tcp.window_size", "Calculated window size", 2, 2, scaled, { meaning: meaning(scaled) });
}

function checksumOf({ outline, layer, isTransport, isQuoted }: Place): {
  verdict: Verdict;
  expected?: number | undefined;
} {
  if (isQuoted) return { verdict: quotedVerdict(outline, layer) };
  if (!isTransport) return { verdict: Verdict.UNCHECKED };
  const verdict = outline.tcpChecksum;
  return { verdict, expected: verdict === Verdict.BAD ? expectedChecksum(outline, AT.CHECKSUM) : undefined };
}
