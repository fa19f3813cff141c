/** The view of SCTP chunks, one by one (RFC 9260, section 3.3). */
import { hex, inBytes, named } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { ShownFields } from "./header-table.ts";
import type { Field } from "./layer.ts";
import { SctpChunkType } from "./sctp-chunk-fields.ts";
import { paddingOf, START } from "./sctp-parameters.ts";

interface ChunkKind {
  readonly label: string;
  /** Bits of the flags that have a meaning: name and label of each. */
  readonly flags?: Readonly<Record<number, readonly [name: string, label: string]>>;
  /** @param length bytes of the value, by its own account: those that are missing show where the reader ends */
  readonly read?: (reader: FieldReader, length: number) => void;
}

const TAG_REFLECTED = "T-Bit";

const KINDS: Readonly<Record<number, ChunkKind>> = {
  [SctpChunkType.DATA]: {
    label: "DATA",
    flags: {
      8: ["sctp.data_i_bit", "I-Bit"],
      4: ["sctp.data_u_bit", "U-Bit"],
      2: ["sctp.data_b_bit", "B-Bit"],
      1: ["sctp.data_e_bit", "E-Bit"],
    },
    read: readData,
  },
  [SctpChunkType.INIT]: { label: "INIT", read: (reader) => readOpening(reader, "init") },
  [SctpChunkType.INIT_ACK]: { label: "INIT_ACK", read: (reader) => readOpening(reader, "initack") },
  [SctpChunkType.SACK]: { label: "SACK", read: readSack },
  [SctpChunkType.HEARTBEAT]: { label: "HEARTBEAT", read: readParameters },
  [SctpChunkType.HEARTBEAT_ACK]: { label: "HEARTBEAT_ACK", read: readParameters },
  [SctpChunkType.ABORT]: { label: "ABORT", flags: { 1: ["sctp.abort_t_bit", TAG_REFLECTED] }, read: readCauses },
  [SctpChunkType.SHUTDOWN]: {
    label: "SHUTDOWN",
    read: (reader) => void reader.number("sctp.shutdown_cumulative_tsn_ack", "Cumulative TSN Ack", 4),
  },
  [SctpChunkType.SHUTDOWN_ACK]: { label: "SHUTDOWN_ACK" },
  [SctpChunkType.ERROR]: { label: "ERROR", read: readCauses },
  [SctpChunkType.COOKIE_ECHO]: {
    label: "COOKIE_ECHO",
    read: (reader, length) => void (length > 0 && reader.raw("sctp.cookie", "Cookie", length)),
  },
  [SctpChunkType.COOKIE_ACK]: { label: "COOKIE_ACK" },
  [SctpChunkType.SHUTDOWN_COMPLETE]: {
    label: "SHUTDOWN_COMPLETE",
    flags: { 1: ["sctp.shutdown_complete_t_bit", TAG_REFLECTED] },
  },
};

const UNKNOWN: ChunkKind = {
  label: "Unknown",
  read: (reader, length) => void (length > 0 && reader.raw("sctp.chunk_value", "Chunk value", length)),
};

const CHUNK_LABELS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(KINDS).map(([type, { label }]) => [type, label]),
);

/** Those fields that filters can ask for. */
export const SCTP_CHUNK_FIELDS: ShownFields = {
  "sctp.chunk_type": ["number", "type of each chunk", 0xff],
  "sctp.chunk_bit_1": ["boolean", "whether the rest is read where the chunk is not known"],
  "sctp.chunk_bit_2": ["boolean", "whether a chunk that is not known is reported"],
  "sctp.chunk_flags": ["number", "flags of each chunk", 0xff],
  "sctp.chunk_length": ["number", "bytes of each chunk, without padding", 0xffff],
  "sctp.chunk_value": ["bytes", "what a chunk of a type without a name here holds"],
  "sctp.chunk_padding": ["bytes", "what fills a chunk up to a multiple of 4 bytes"],
  "sctp.data_i_bit": ["boolean", "to be acknowledged at once"],
  "sctp.data_u_bit": ["boolean", "outside the order of its stream"],
  "sctp.data_b_bit": ["boolean", "the first part of a message"],
  "sctp.data_e_bit": ["boolean", "the last part of a message"],
  "sctp.data_tsn_raw": ["number", "transmission sequence number as sent"],
  "sctp.data_sid": ["number", "stream identifier", 0xffff],
  "sctp.data_ssn": ["number", "stream sequence number", 0xffff],
  "sctp.data_payload_proto_id": ["number", "what the data is, as its protocol numbers it"],
  "sctp.initiate_tag": ["number", "tag that the sender chose"],
  "sctp.init_initiate_tag": ["number", "tag that the sender of an INIT chose"],
  "sctp.init_credit": ["number", "bytes that the sender of an INIT has room for"],
  "sctp.init_nr_out_streams": ["number", "streams that an INIT asks for", 0xffff],
  "sctp.init_nr_in_streams": ["number", "streams that an INIT allows", 0xffff],
  "sctp.init_initial_tsn": ["number", "first transmission sequence number of an INIT"],
  "sctp.initack_initiate_tag": ["number", "tag that the sender of an INIT ACK chose"],
  "sctp.initack_credit": ["number", "bytes that the sender of an INIT ACK has room for"],
  "sctp.initack_nr_out_streams": ["number", "streams that an INIT ACK asks for", 0xffff],
  "sctp.initack_nr_in_streams": ["number", "streams that an INIT ACK allows", 0xffff],
  "sctp.initack_initial_tsn": ["number", "first transmission sequence number of an INIT ACK"],
  "sctp.sack_nounce_sum": ["number", "a bit of an experiment with congestion marks", 1],
  "sctp.sack_cumulative_tsn_ack_raw": ["number", "last number up to which all has arrived, as sent"],
  "sctp.sack_a_rwnd": ["number", "bytes that there is room for"],
  "sctp.sack_number_of_gap_blocks": ["number", "blocks that have arrived behind a gap", 0xffff],
  "sctp.sack_number_of_duplicated_tsns": ["number", "chunks that have arrived twice", 0xffff],
  "sctp.sack_gap_block_start": ["number", "first of a block, counted from the cumulative number", 0xffff],
  "sctp.sack_gap_block_start_tsn": ["number", "first number of a block"],
  "sctp.sack_gap_block_end": ["number", "last of a block, counted from the cumulative number", 0xffff],
  "sctp.sack_gap_block_end_tsn": ["number", "last number of a block"],
  "sctp.sack_number_of_tsns_gap_acked": ["number", "chunks in all blocks"],
  "sctp.sack_duplicate_tsn": ["number", "number of a chunk that has arrived twice"],
  "sctp.shutdown_cumulative_tsn_ack": ["number", "last number that has arrived, in a SHUTDOWN"],
  "sctp.shutdown_complete_t_bit": ["boolean", "whether a SHUTDOWN COMPLETE has the tag of the other side"],
  "sctp.abort_t_bit": ["boolean", "whether an ABORT has the tag of the other side"],
  "sctp.cookie": ["bytes", "cookie of a COOKIE ECHO"],
  "sctp.parameter_type": ["number", "type of each parameter", 0xffff],
  "sctp.parameter_bit_1": ["boolean", "whether the rest is read where the parameter is not known"],
  "sctp.parameter_bit_2": ["boolean", "whether a parameter that is not known is reported"],
  "sctp.parameter_length": ["number", "bytes of each parameter, without padding", 0xffff],
  "sctp.parameter_value": ["bytes", "what a parameter of a type without a name here holds"],
  "sctp.parameter_padding": ["bytes", "what fills a parameter up to a multiple of 4 bytes"],
  "sctp.parameter_ipv4_address": ["ipv4", "IPv4 address of the sender"],
  "sctp.parameter_ipv6_address": ["ipv6", "IPv6 address of the sender"],
  "sctp.parameter_heartbeat_information": ["bytes", "what a heartbeat holds"],
  "sctp.parameter_state_cookie": ["bytes", "cookie of an INIT ACK"],
  "sctp.parameter_cookie_preservative_incr": ["number", "milliseconds that a cookie should live longer"],
  "sctp.parameter_supported_address_type": ["number", "type of addresses that the sender can use", 0xffff],
  "sctp.cause_code": ["number", "why there is an error", 0xffff],
  "sctp.cause_length": ["number", "bytes of each cause, without padding", 0xffff],
  "sctp.cause_information": ["bytes", "what a cause has to say"],
  "sctp.cause_padding": ["bytes", "what fills a cause up to a multiple of 4 bytes"],
  "sctp.cause_stream_identifier": ["number", "stream that there is not", 0xffff],
  "sctp.cause_reserved": ["number", "reserved", 0xffff],
  "sctp.cause_measure_of_staleness": ["number", "microseconds by which a cookie is too old"],
  "sctp.cause_tsn": ["number", "number of a chunk without data"],
};

/** All chunks up to the end of the packet. */
export function sctpChunkFields(reader: FieldReader): void {
  while (reader.remaining > 0) readChunk(reader);
}

function readChunk(reader: FieldReader): void {
  if (reader.remaining < START) return reader.malformed(`a chunk has ${inBytes(reader.remaining)}`);
  const type = reader.peek(0);
  const length = reader.peek(2, 2);
  const kind = KINDS[type] ?? UNKNOWN;
  const whole = reader.inside(Math.min(Math.max(length, START) + paddingOf(length), reader.remaining));
  const inner = whole.inside(Math.max(length, START));
  typeField(inner);
  flagsField(inner, kind);
  inner.number("sctp.chunk_length", "Chunk length", 2, { text: inBytes });
  if (length < START) inner.malformed(`a length of ${inBytes(length)} is too short for a chunk`);
  else kind.read?.(inner, length - START);
  reader.heading(
    `${kind.label} chunk`,
    whole.end - whole.start,
    inBytes(length),
    partsOf(whole, inner, length, "chunk"),
  );
  if (length < START) reader.malformed("nobody knows where the next chunk begins");
}

/** The fields of a chunk or of a part of one, with those behind it. @param length by its own account */
function partsOf(whole: FieldReader, inner: FieldReader, length: number, what: string): readonly Field[] {
  const fields = [...inner.finish(length)];
  whole.at = Math.min(whole.end, whole.start + length);
  if (whole.remaining > 0) whole.raw(`sctp.${what}_padding`, "Padding", whole.remaining);
  return [...fields, ...whole.fields];
}

function typeField(reader: FieldReader): void {
  const parts = reader.inside(1);
  parts.flag("sctp.chunk_bit_1", "Bit", 1, 0x80, {
    text: (is) => (is ? "Skip chunk and continue processing of the packet" : "Stop processing of the packet"),
  });
  parts.flag("sctp.chunk_bit_2", "Bit", 1, 0x40, { text: (is) => (is ? "Do report" : "Do not report") });
  reader.number("sctp.chunk_type", "Chunk type", 1, {
    text: (type) => named(CHUNK_LABELS, type),
    children: parts.isShort ? [] : parts.fields,
  });
}

function flagsField(reader: FieldReader, kind: ChunkKind): void {
  const parts = reader.inside(1);
  const flags = Object.entries(kind.flags ?? {}).sort(([one], [other]) => Number(other) - Number(one));
  for (const [mask, [name, label]] of flags) parts.flag(name, label, 1, Number(mask));
  if (kind.read === readSack) parts.bits("sctp.sack_nounce_sum", "Nounce sum", 1, 1);
  reader.number("sctp.chunk_flags", "Chunk flags", 1, {
    text: (value) => hex(value, 1),
    children: parts.isShort ? [] : parts.fields,
  });
}

function readData(reader: FieldReader): void {
  reader.number("sctp.data_tsn_raw", "Transmission sequence number (absolute)", 4, {
    meaning: "each chunk of data has the next one: it is what is acknowledged",
  });
  reader.number("sctp.data_sid", "Stream identifier", 2, { text: (value) => hex(value, 2) });
  reader.number("sctp.data_ssn", "Stream sequence number", 2);
  reader.number("sctp.data_payload_proto_id", "Payload protocol identifier", 4);
  if (reader.remaining > 0) reader.raw("", "User data", reader.remaining);
}

function readOpening(reader: FieldReader, name: "init" | "initack"): void {
  reader.number(`sctp.${name}_initiate_tag`, "Initiate tag", 4, { text: (value) => hex(value, 4) });
  if (!reader.isShort) reader.derived("sctp.initiate_tag", "Initiate tag", 4, 4, backNumber(reader, 4));
  reader.number(`sctp.${name}_credit`, "Advertised receiver window credit (a_rwnd)", 4, { text: inBytes });
  reader.number(`sctp.${name}_nr_out_streams`, "Number of outbound streams", 2);
  reader.number(`sctp.${name}_nr_in_streams`, "Number of inbound streams", 2);
  reader.number(`sctp.${name}_initial_tsn`, "Initial TSN", 4);
  readParameters(reader);
}

function backNumber(reader: FieldReader, length: 4): number {
  return reader.peek(-length, length);
}

function readSack(reader: FieldReader): void {
  const start = reader.number("sctp.sack_cumulative_tsn_ack_raw", "Cumulative TSN ACK (absolute)", 4, {
    meaning: "all up to this one have arrived",
  });
  reader.number("sctp.sack_a_rwnd", "Advertised receiver window credit (a_rwnd)", 4, { text: inBytes });
  const gaps = reader.number("sctp.sack_number_of_gap_blocks", "Number of gap acknowledgement blocks", 2);
  const duplicates = reader.number("sctp.sack_number_of_duplicated_tsns", "Number of duplicated TSNs", 2);
  let count = 0;
  for (let block = 0; block < gaps && !reader.isShort; block++) count += readGap(reader, start);
  if (gaps > 0) {
    reader.generated("sctp.sack_number_of_tsns_gap_acked", "Number of TSNs in gap acknowledgement blocks", count);
  }
  for (let index = 0; index < duplicates && !reader.isShort; index++) {
    reader.number("sctp.sack_duplicate_tsn", "Duplicate TSN", 4);
  }
}

/** @returns how many chunks are in the block */
function readGap(reader: FieldReader, cumulative: number): number {
  const inner = reader.inside(4);
  const edge = (which: "start" | "end", label: string) => {
    const offset = inner.number(`sctp.sack_gap_block_${which}`, label, 2);
    inner.derived(`sctp.sack_gap_block_${which}_tsn`, `${label} TSN`, 2, 2, (cumulative + offset) % 2 ** 32);
    return offset;
  };
  const first = edge("start", "Start");
  const last = edge("end", "End");
  reader.heading("Gap Acknowledgement", 4, `from ${first} to ${last}`, inner.finish());
  if (inner.isShort) reader.skip(4);
  return Math.max(0, last + 1 - first);
}

const PARAMETER_LABELS: Readonly<Record<number, string>> = {
  1: "Heartbeat info",
  5: "IPv4 address",
  6: "IPv6 address",
  7: "State cookie",
  8: "Unrecognized parameter",
  9: "Cookie preservative",
  11: "Hostname address",
  12: "Supported address types",
  32768: "ECN",
  49152: "Forward TSN supported",
};

function readParameters(reader: FieldReader): void {
  eachPart(reader, "parameter", (inner, length) => {
    const type = inner.peek(0, 2);
    const parts = inner.inside(2);
    parts.flag("sctp.parameter_bit_1", "Bit", 2, 0x8000, {
      text: (is) => (is ? "Skip parameter and continue processing of the chunk" : "Stop processing of chunk"),
    });
    parts.flag("sctp.parameter_bit_2", "Bit", 2, 0x4000, { text: (is) => (is ? "Do report" : "Do not report") });
    inner.number("sctp.parameter_type", "Parameter type", 2, {
      text: (value) => `${PARAMETER_LABELS[value] ?? "Unknown"} (${hex(value, 2)})`,
      children: parts.fields,
    });
    inner.number("sctp.parameter_length", "Parameter length", 2, { text: inBytes });
    readParameterValue(inner, type, length);
    return PARAMETER_LABELS[type] ?? "Unknown";
  });
}

function readParameterValue(reader: FieldReader, type: number, length: number): void {
  const raw = (name: string, label: string) => {
    if (length > 0) reader.raw(`sctp.parameter_${name}`, label, length);
  };
  switch (type) {
    case 1:
      return raw("heartbeat_information", "Heartbeat information");
    case 5:
      return void reader.ipv4("sctp.parameter_ipv4_address", "IP Version 4 address");
    case 6:
      return void reader.ipv6("sctp.parameter_ipv6_address", "IP Version 6 address");
    case 7:
      return raw("state_cookie", "State cookie");
    case 9:
      return void reader.number("sctp.parameter_cookie_preservative_incr", "Suggested Cookie life-span increment", 4);
    case 12:
      while (reader.remaining > 1) {
        reader.number("sctp.parameter_supported_address_type", "Supported address type", 2, {
          text: (value) => named(PARAMETER_LABELS, value),
        });
      }
      return;
    default:
      raw("value", "Parameter value");
  }
}

const CAUSE_LABELS: Readonly<Record<number, string>> = {
  1: "Invalid stream identifier",
  2: "Missing mandatory parameter",
  3: "Stale cookie",
  4: "Out of resource",
  5: "Unresolvable address",
  6: "Unrecognized chunk type",
  7: "Invalid mandatory parameter",
  8: "Unrecognized parameters",
  9: "No user data",
  10: "Cookie received while shutting down",
  11: "Restart of an association with new addresses",
  12: "User initiated ABORT",
  13: "Protocol violation",
};

function readCauses(reader: FieldReader): void {
  eachPart(reader, "cause", (inner, length) => {
    const code = inner.number("sctp.cause_code", "Cause code", 2, {
      text: (value) => `${CAUSE_LABELS[value] ?? "Unknown"} (${hex(value, 2)})`,
    });
    inner.number("sctp.cause_length", "Cause length", 2, { text: inBytes });
    if (code === 1) {
      inner.number("sctp.cause_stream_identifier", "Stream identifier", 2);
      inner.number("sctp.cause_reserved", "Reserved", 2);
    } else if (code === 3) inner.number("sctp.cause_measure_of_staleness", "Measure of staleness in usec", 4);
    else if (code === 9) inner.number("sctp.cause_tsn", "TSN", 4);
    else if (length > 0) inner.raw("sctp.cause_information", "Cause information", length);
    return CAUSE_LABELS[code] ?? "Unknown";
  });
}

/** @param read shows one part, from its type to the end of its value, and says what it is called */
function eachPart(
  reader: FieldReader,
  what: "parameter" | "cause",
  read: (inner: FieldReader, length: number) => string,
): void {
  while (reader.remaining > 0) {
    const length = reader.remaining < START ? 0 : reader.peek(2, 2);
    if (length < START) return reader.malformed(`a ${what} of ${inBytes(length)} cannot be`);
    const whole = reader.inside(Math.min(length + paddingOf(length), reader.remaining));
    const inner = whole.inside(length);
    const label = read(inner, length - START);
    const fields = partsOf(whole, inner, length, what);
    reader.heading(`${label} ${what}`, whole.end - whole.start, inBytes(length), fields);
  }
}
