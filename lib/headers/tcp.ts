/** Transmission Control Protocol (RFC 9293, section 3.1; RFC 3168 for ECE and CWR; RFC 9768 for AE). */

import { viewOf } from "../core/bytes.ts";
import { sumBytes, sumOfHalves } from "../core/checksum.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { addSequence, type SequenceNumber } from "../core/sequence.ts";
import { IpProtocol, inBytes } from "./assigned-numbers.ts";
import { checkedUint16 } from "./checked-numbers.ts";
import { decodedFields } from "./decoded-fields.ts";
import { describeWithCodec } from "./describe-with-codec.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, checksum, type Shown, tail, u16, u32 } from "./fields.ts";
import { type DecodedOf, type HeaderOf, offsetsOf } from "./header-table.ts";
import type { LayerContext } from "./layer.ts";
import { LayerKind } from "./layer.ts";
import { CLIENT_PORT, PORTS_LENGTH, SERVICE_PORT, streamFields, streamOf } from "./shared-fields.ts";
import { ALL_FLAGS, FLAG_PARTS, FLAGS_GROUP, flagFields, reservedField, TcpFlag } from "./tcp-fields.ts";
import { TCP_OPTION_FIELDS, tcpOptionFields } from "./tcp-option-fields.ts";
import type { TcpOption } from "./tcp-options.ts";
import * as tcpOptions from "./tcp-options.ts";

export type { SackBlock, TcpOption } from "./tcp-options.ts";

const LAYER = "TCP header";

/** Bytes of a word in which the header's length is counted. */
const WORD = 4;
const DEFAULT_WINDOW = 65_535;
/** As far as the window: as much of a header has to be there for anything but its ports. */
export const TCP_NUMBERS_LENGTH = 16;
const LARGEST_SEQUENCE_NUMBER = 0xffff_ffff;

const fields = {
  /** The port of who sends it, 0 to 65535. Left out in a stack: 49152. */
  sourcePort: u16({ filter: "srcport", needs: PORTS_LENGTH, label: "Source Port", about: "source port" }),
  /** The port of who it is for, 0 to 65535. Left out in a stack: 9999. */
  destinationPort: u16({
    filter: "dstport",
    needs: PORTS_LENGTH,
    label: "Destination Port",
    about: "destination port",
    after: (reader, layer) => streamFields(reader, "tcp", layer),
  }),
  /** The number of the first byte of data, 0 to 2^32 - 1; SYN and FIN count for one byte each. Default: 0. */
  sequenceNumber: u32({
    filter: "seq_raw",
    label: "Sequence Number",
    about: "sequence number as sent",
    default: 0,
    drawnWith: ["tcp.seq"],
    show: sequenceFields,
  }),
  /** With the flag ACK, the number of the next byte that is waited for, 0 to 2^32 - 1. Default: 0. */
  acknowledgmentNumber: u32({
    filter: "ack_raw",
    label: "Acknowledgment Number",
    about: "acknowledgment number as sent",
    default: 0,
    drawnWith: ["tcp.ack"],
    show: acknowledgmentFields,
  }),
  /** Length of the header in 32-bit words, 0 to 15. Computed from the options. */
  dataOffset: bits(4, {
    filter: "hdr_len",
    label: "Header Length",
    about: "bytes of the header, options included",
    drawn: "Data Offset",
    auto: { kind: "headerLength", unit: WORD, minus: 0 },
    unit: WORD,
    text: (length) => `${inBytes(length)} (${length / WORD})`,
    meaning: "counted in words of 4 bytes; what is more than 20 bytes are options",
  }),
  /** The three bits between data offset and flags, 0 to 7. Default: 0. */
  reserved: bits(3, {
    filter: "flags.res",
    label: "Reserved",
    about: "the reserved bits",
    drawn: "Rsrvd",
    default: 0,
    group: FLAGS_GROUP,
    show: reservedField,
  }),
  /** Bits of `TcpFlag`, 0 to 0x1ff; in a stack also their names, as "SYN ACK". Default: 0. */
  flags: bits(9, { default: 0, words: TcpFlag, parts: FLAG_PARTS, group: FLAGS_GROUP, show: flagFields }),
  /** Bytes that the sender of the segment can still take, as they stand in the segment, before any scaling, 0 to 65535. Default: 65535. */
  window: u16({
    filter: "window_size_value",
    label: "Window",
    about: "window as sent",
    default: DEFAULT_WINDOW,
    drawnWith: ["tcp.window_size"],
    show: windowFields,
  }),
  /**
   * The sum of pseudo-header, header and data, 0 to 65535. Computed, for which the pseudo-header is needed. 0 is a sum like
   * any other.
   */
  checksum: checksum({
    filter: "checksum",
    label: "Checksum",
    about: "checksum",
    covers: "message",
    hasPseudoHeader: true,
  }),
  /** With the flag URG, where urgent data ends, counted from the sequence number, 0 to 65535. Default: 0. */
  urgentPointer: u16({
    filter: "urgent_pointer",
    label: "Urgent Pointer",
    about: "urgent pointer",
    default: 0,
    show: (reader, _layer, { flags }) => {
      const isUrgent = ((flags as number) & TcpFlag.URG) !== 0;
      const meaning = isUrgent ? "where urgent data ends" : "means nothing without the flag URG";
      return reader.number("tcp.urgent_pointer", "Urgent Pointer", 2, { meaning });
    },
  }),
  /** As a list, or as bytes that are written as they are. Either is followed by zeros up to a multiple of 4. Default: none. */
  options: tail<Uint8Array | readonly TcpOption[], readonly TcpOption[]>(
    {
      byteLength: (options) => (options instanceof Uint8Array ? options.length : tcpOptions.byteLength(options)),
      encode: encodeOptions,
      decode: (bytes, at, end) => tcpOptions.decode(bytes, at, end),
    },
    { show: optionFields },
  ),
};

/**
 * What `tcp` takes: a field left out is computed or takes its default; one that is given is written as it is, right or wrong.
 */
export type TcpHeader = HeaderOf<typeof fields>;
/** A header as it was read, with every field. */
export type DecodedTcpHeader = DecodedOf<typeof fields>;

/** Makes TCP headers, 20 bytes and options, and reads them. */
export const tcp = describeWithCodec(
  {
    name: "tcp",
    protocol: "TCP",
    layer: LAYER,
    kind: LayerKind.TCP,
    follows: { ipProtocol: IpProtocol.TCP },
    fields,
    about: "TCP",
    blank: { sourcePort: CLIENT_PORT, destinationPort: SERVICE_PORT },
    either: {
      filter: "port",
      about: "source or destination port",
      fields: ["sourcePort", "destinationPort"],
    },
    needs: TCP_NUMBERS_LENGTH,
    hasAddressesInTable: true,
    drawing: "TCP header (RFC 9293)",
    shows: TCP_OPTION_FIELDS,
    summary: ({ sourcePort, destinationPort, sequenceNumber }, { segmentLength }) => {
      const ports = `Transmission Control Protocol, Src Port: ${sourcePort}, Dst Port: ${destinationPort}`;
      const length = segmentLength === undefined ? "" : `, Len: ${segmentLength}`;
      return `${ports}, Seq: ${sequenceNumber}${length}`;
    },
  },
  { byteLength: tcpByteLength, encodeInto: encodeTcp, decode: decodeTcp },
);

/** The byte in which each field begins, counted from the start of the header. */
export const tcpOffsets = offsetsOf(fields);

const HEADER_LENGTH = tcp.fixedLength;
const {
  sourcePort: SOURCE_PORT_AT,
  destinationPort: DESTINATION_PORT_AT,
  sequenceNumber: SEQUENCE_AT,
  acknowledgmentNumber: ACKNOWLEDGMENT_AT,
  dataOffset: FLAGS_AT,
  window: WINDOW_AT,
  checksum: CHECKSUM_AT,
  urgentPointer: URGENT_POINTER_AT,
  options: OPTIONS_AT,
} = tcpOffsets;

const DecodedFields = decodedFields(fields);

// The codec by hand, since these headers are made and read by the million; its contract is that of `Codec`.
/** @throws PacketError BAD_FIELD if a list of options takes more than 40 bytes */
export function tcpByteLength(header: TcpHeader): number {
  const options = header.options;
  if (options === undefined) return HEADER_LENGTH;
  if (options instanceof Uint8Array) return HEADER_LENGTH + ((options.length + 3) & ~3);
  return HEADER_LENGTH + tcpOptions.byteLength(options);
}

export function decodeTcp(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedTcpHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const word = view.getUint16(offset + FLAGS_AT);
  const dataOffset = word >>> 12;
  const length = dataOffset * 4;
  if (length < HEADER_LENGTH) {
    const at = offset + FLAGS_AT;
    throw badField(LAYER, at, `dataOffset is ${dataOffset}, and must be at least 5`);
  }
  requireBytes(LAYER, bytes, offset, end, length, limitedBy);
  const header = new DecodedFields();
  header.sourcePort = view.getUint16(offset + SOURCE_PORT_AT);
  header.destinationPort = view.getUint16(offset + DESTINATION_PORT_AT);
  header.sequenceNumber = view.getUint32(offset + SEQUENCE_AT);
  header.acknowledgmentNumber = view.getUint32(offset + ACKNOWLEDGMENT_AT);
  header.dataOffset = dataOffset;
  header.reserved = (word >>> 9) & 0x7;
  header.flags = word & ALL_FLAGS;
  header.window = view.getUint16(offset + WINDOW_AT);
  header.checksum = view.getUint16(offset + CHECKSUM_AT);
  header.urgentPointer = view.getUint16(offset + URGENT_POINTER_AT);
  header.options = tcpOptions.decode(bytes, offset + OPTIONS_AT, offset + length);
  return header;
}

export function encodeTcp(
  header: TcpHeader,
  bytes: Uint8Array,
  offset: number,
  end?: number,
  _following?: number,
  pseudoHeaderSum?: number,
): number {
  const length = tcpByteLength(header);
  const segmentEnd = end ?? offset + length;
  requireRoom(LAYER, bytes, offset, length, segmentEnd);
  const view = viewOf(bytes);
  // In words of 32 bits, which are added up as they are written.
  const ports =
    (checkedUint16(header.sourcePort, offset + SOURCE_PORT_AT, "sourcePort", LAYER) << 16) |
    checkedUint16(header.destinationPort, offset + DESTINATION_PORT_AT, "destinationPort", LAYER);
  const sequence = checkedSequence(header.sequenceNumber ?? 0, offset + SEQUENCE_AT, "sequenceNumber");
  const acknowledgmentAt = offset + ACKNOWLEDGMENT_AT;
  const acknowledgment = checkedSequence(header.acknowledgmentNumber ?? 0, acknowledgmentAt, "acknowledgmentNumber");
  const flagsAndWindow =
    (flagWord(header, length, offset) << 16) |
    checkedUint16(header.window ?? DEFAULT_WINDOW, offset + WINDOW_AT, "window", LAYER);
  const sumAndUrgent =
    (checkedUint16(header.checksum ?? 0, offset + CHECKSUM_AT, "checksum", LAYER) << 16) |
    checkedUint16(header.urgentPointer ?? 0, offset + URGENT_POINTER_AT, "urgentPointer", LAYER);
  view.setInt32(offset + SOURCE_PORT_AT, ports);
  view.setUint32(offset + SEQUENCE_AT, sequence);
  view.setUint32(acknowledgmentAt, acknowledgment);
  view.setInt32(offset + FLAGS_AT, flagsAndWindow);
  view.setInt32(offset + CHECKSUM_AT, sumAndUrgent);
  if (header.options !== undefined) encodeOptions(header.options, bytes, offset + OPTIONS_AT, offset + length);
  if (header.checksum === undefined && pseudoHeaderSum !== undefined) {
    const halves = sumOfHalves(ports) + sumOfHalves(sequence) + sumOfHalves(acknowledgment);
    const fixed = pseudoHeaderSum + halves + sumOfHalves(flagsAndWindow) + sumOfHalves(sumAndUrgent);
    const sum = sumBytes(view, offset + OPTIONS_AT, segmentEnd, fixed);
    view.setUint16(offset + CHECKSUM_AT, ~sum & 0xffff);
  }
  return length;
}

function flagWord(header: TcpHeader, length: number, offset: number): number {
  const at = offset + FLAGS_AT;
  const dataOffset = header.dataOffset ?? length >>> 2;
  const reserved = header.reserved ?? 0;
  const flags = header.flags ?? 0;
  if ((dataOffset & 15) !== dataOffset) throw outOfRange(LAYER, at, "dataOffset", dataOffset, 15);
  if ((reserved & 7) !== reserved) throw outOfRange(LAYER, at, "reserved", reserved, 7);
  if ((flags & ALL_FLAGS) !== flags) throw outOfRange(LAYER, at, "flags", flags, ALL_FLAGS);
  return (dataOffset << 12) | (reserved << 9) | flags;
}

function encodeOptions(
  options: Uint8Array | readonly TcpOption[],
  bytes: Uint8Array,
  offset: number,
  end: number,
): void {
  if (options instanceof Uint8Array) {
    bytes.fill(0, offset + options.length, end);
    bytes.set(options, offset);
  } else {
    tcpOptions.encodeInto(options, bytes, offset);
  }
}

function checkedSequence(value: SequenceNumber, at: number, field: string): SequenceNumber {
  if (addSequence(value, 0) !== value) throw outOfRange(LAYER, at, field, value, LARGEST_SEQUENCE_NUMBER);
  return value;
}

/** @returns the number to call the segment by */
function sequenceFields(reader: FieldReader, layer: LayerContext): number {
  const { relativeSequence: relative } = streamOf(layer);
  // Wireshark shows the number of a segment that ICMP over IPv4 quotes under the name of relative ones; so do filters.
  const name = layer.isQuoted && layer.quotedVersion === 4 ? "tcp.seq" : "tcp.seq_raw";
  const meaning = "the number of the first byte of data; SYN and FIN count for one byte each";
  const raw = reader.number(name, "Sequence Number (raw)", 4, { meaning });
  if (relative !== undefined) {
    reader.derived("tcp.seq", "Sequence Number", 4, 4, relative, { text: `${relative} (relative sequence number)` });
  }
  const length = layer.segmentLength;
  if (length !== undefined) reader.generated("tcp.len", "TCP Segment Len", length, { text: inBytes(length) });
  return relative ?? raw;
}

function acknowledgmentFields(reader: FieldReader, layer: LayerContext): number {
  const isMeant = (reader.peek(4 + 1) & TcpFlag.ACK) !== 0;
  const raw = reader.number("tcp.ack_raw", "Acknowledgment number (raw)", 4, {
    meaning: isMeant
      ? "the number of the next byte that the sender of this segment waits for: all before it have arrived"
      : "means nothing without the flag ACK",
  });
  const { relativeAcknowledgment: relative } = streamOf(layer);
  if (relative === undefined) return raw;
  reader.derived("tcp.ack", "Acknowledgment Number", 4, 4, relative, { text: `${relative} (relative ack number)` });
  return raw;
}

function windowFields(reader: FieldReader, layer: LayerContext): void {
  const { scaledWindow: scaled, hasWindowScale = true } = streamOf(layer);
  reader.number("tcp.window_size_value", "Window", 2, {
    meaning:
      scaled === undefined
        ? "what the sender of this segment can still take; after the SYN, in the unit that it announced"
        : undefined,
  });
  if (scaled === undefined) return;
  reader.derived("tcp.window_size", "Calculated window size", 2, 2, scaled, {
    meaning: hasWindowScale
      ? `the sender of this segment takes no more than ${inBytes(scaled)} after those acknowledged, until it says otherwise`
      : "as it stands here: in which unit the sender of this segment counts, only the SYNs would tell, and they were not captured",
  });
}

/** Edges of what has arrived are counted as the acknowledgment number is. */
function optionFields(reader: FieldReader, layer: LayerContext, shown: Shown): void {
  const { relativeAcknowledgment: relative } = streamOf(layer);
  const base = relative === undefined ? undefined : addSequence(shown.acknowledgmentNumber as number, -relative);
  tcpOptionFields(reader, (shown.dataOffset as number) * WORD - HEADER_LENGTH, base);
}
