/**
 * Options of the TCP header, one by one (RFC 9293, section 3.2; RFC 7323 for window scale and timestamps; RFC 2018 for
 * selective acknowledgments).
 */
import { addSequence, type SequenceNumber } from "../core/sequence.ts";
import { hex, inBytes, named } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { ShownFields } from "./header-table.ts";
import { END_OF_OPTIONS as END, LEAST_OPTION_LENGTH, NO_OPERATION, OptionFault } from "./layer.ts";
import { TcpOptionKind } from "./tcp-options.ts";

/** Lengths of whole options (RFC 9293, section 3.2; RFC 7323, 2018, 2385, 4782, 5482, 1072, 1644). */
const TCP_LENGTHS: ReadonlyMap<number, number> = new Map([
  [2, 4],
  [3, 3],
  [4, 2],
  [6, 6],
  [7, 6],
  [8, 10],
  [11, 6],
  [12, 6],
  [13, 6],
  [19, 18],
  [22, 2],
  [23, 2],
  [27, 8],
  [28, 4],
  [78, 16],
]);
/** Of authentication (RFC 5925), experiments (RFC 6994), and a maker's probe. */
const LEAST_TCP_LENGTHS: ReadonlyMap<number, number> = new Map([
  [29, 4],
  [253, 4],
  [254, 4],
  [76, 3],
]);
const SACK = 5;
const SACK_BLOCK_LENGTH = 8;
const MULTIPATH = 30;
const LEAST_MULTIPATH = 4;
/** The subtype that has one byte less (RFC 8684, section 3.3.8). */
const MULTIPATH_PRIORITY = 5;

/** @param third the byte after the length: of multipath TCP, the subtype is in its upper half */
export function tcpOptionFault(kind: number, length: number, third: number): number {
  if (kind === SACK) {
    const blocks = length - LEAST_OPTION_LENGTH;
    return blocks > 0 && blocks % SACK_BLOCK_LENGTH === 0 ? 0 : OptionFault.MALFORMED;
  }
  if (kind === MULTIPATH) {
    const isPriority = length === LEAST_MULTIPATH - 1 && third >>> 4 === MULTIPATH_PRIORITY;
    return length >= LEAST_MULTIPATH || isPriority ? 0 : OptionFault.MALFORMED;
  }
  const isRight =
    length === (TCP_LENGTHS.get(kind) ?? length) && length >= (LEAST_TCP_LENGTHS.get(kind) ?? LEAST_OPTION_LENGTH);
  return isRight ? 0 : OptionFault.TCP_LENGTH;
}

interface OptionKind {
  readonly name: string;
  readonly label: string;
  /** Length of the whole option, where it has only one. */
  readonly length?: number;
  /** @param length bytes of data that it should have, by its own account */
  readonly read?: (reader: FieldReader, length: number, base: SequenceNumber | undefined) => void;
}

const KINDS: Readonly<Record<number, OptionKind>> = {
  [END]: { name: "tcp.options.eol", label: "End of Option List (EOL)" },
  [NO_OPERATION]: { name: "tcp.options.nop", label: "No-Operation (NOP)" },
  2: { name: "tcp.options.mss", label: "Maximum segment size", length: 4, read: readMaximumSegmentSize },
  3: { name: "tcp.options.wscale", label: "Window scale", length: 3, read: readWindowScale },
  4: { name: "tcp.options.sack_perm", label: "SACK permitted", length: 2 },
  5: { name: "tcp.options.sack", label: "SACK", read: readSelectiveAcknowledgment },
  6: { name: "tcp.options.echo", label: "Echo", length: 6, read: readEcho },
  7: { name: "tcp.options.echo", label: "Echo", length: 6, read: readEcho },
  8: { name: "tcp.options.timestamp", label: "Timestamps", length: 10, read: readTimestamps },
  [TcpOptionKind.MD5_SIGNATURE]: {
    name: "tcp.options.md5",
    label: "TCP MD5 signature",
    length: 18,
    read: (reader, length) => void reader.raw("tcp.options.md5.digest", "MD5 digest", length),
  },
  [TcpOptionKind.USER_TIMEOUT]: {
    name: "tcp.options.user_to",
    label: "User Timeout",
    length: 4,
    read: readUserTimeout,
  },
  [TcpOptionKind.AUTHENTICATION]: { name: "tcp.options.ao", label: "TCP AO", read: readAuthentication },
  [TcpOptionKind.MULTIPATH]: { name: "", label: "Multipath TCP", read: readMultipath },
  [TcpOptionKind.FAST_OPEN]: { name: "tcp.options.tfo", label: "TCP Fast Open", read: readFastOpen },
  [TcpOptionKind.ACCURATE_ECN_0]: {
    name: "tcp.options.acc_ecn",
    label: "Accurate ECN",
    read: (reader, length) => readCounters(reader, length, ["ee0b", "eceb", "ee1b"]),
  },
  [TcpOptionKind.ACCURATE_ECN_1]: {
    name: "tcp.options.acc_ecn",
    label: "Accurate ECN",
    read: (reader, length) => readCounters(reader, length, ["ee1b", "eceb", "ee0b"]),
  },
  [TcpOptionKind.EXPERIMENT_1]: { name: "tcp.options.experimental", label: "Experimental", read: readExperiment },
  [TcpOptionKind.EXPERIMENT_2]: { name: "tcp.options.experimental", label: "Experimental", read: readExperiment },
};

/** Those of them that filters can ask for. */
export const TCP_OPTION_FIELDS: ShownFields = {
  "tcp.options": ["bytes", "all options, as they are"],
  "tcp.option_kind": ["number", "kind of each option", 0xff],
  "tcp.option_len": ["number", "length of each option that has one", 0xff],
  "tcp.options.eol": ["label", "the end of the options is marked"],
  "tcp.options.nop": ["label", "no operation, among the options"],
  "tcp.options.mss": ["label", "there is a maximum segment size"],
  "tcp.options.mss_val": ["number", "maximum segment size in bytes", 0xffff],
  "tcp.options.wscale": ["label", "there is a window scale"],
  "tcp.options.wscale.shift": ["number", "bits that windows are shifted by", 0xff],
  "tcp.options.wscale.multiplier": ["number", "what windows are multiplied by", 0xffff],
  "tcp.options.sack_perm": ["label", "selective acknowledgments are permitted"],
  "tcp.options.sack": ["label", "there are selective acknowledgments"],
  "tcp.options.sack_le": ["number", "first byte of what has arrived, counted as the acknowledgment number is"],
  "tcp.options.sack_re": ["number", "the byte behind what has arrived"],
  "tcp.options.sack.count": ["number", "blocks of a selective acknowledgment", 0xff],
  "tcp.options.echo": ["label", "there is an echo, or its reply"],
  "tcp.options.echo_value": ["number", "what is to be echoed, or was"],
  "tcp.options.timestamp": ["label", "there are timestamps"],
  "tcp.options.timestamp.tsval": ["number", "clock of the sender"],
  "tcp.options.timestamp.tsecr": ["number", "clock of the other side, echoed"],
  "tcp.options.md5": ["label", "there is an MD5 signature"],
  "tcp.options.md5.digest": ["bytes", "MD5 signature"],
  "tcp.options.user_to": ["label", "there is a user timeout"],
  "tcp.options.user_to_granularity": ["boolean", "whether the user timeout counts minutes"],
  "tcp.options.user_to_val": ["number", "user timeout", 0x7fff],
  "tcp.options.ao": ["label", "there is an authentication"],
  "tcp.options.ao.keyid": ["number", "key of the authentication", 0xff],
  "tcp.options.ao.rnextkeyid": ["number", "key that the sender is ready for next", 0xff],
  "tcp.options.ao.mac": ["bytes", "message authentication code"],
  "tcp.options.mptcp.subtype": ["number", "subtype of multipath TCP", 0xf],
  "tcp.options.mptcp.version": ["number", "version of multipath TCP", 0xf],
  "tcp.options.tfo": ["label", "there is a fast open option"],
  "tcp.options.tfo.request": ["label", "asks for a cookie of fast open"],
  "tcp.options.tfo.cookie": ["bytes", "cookie of fast open"],
  "tcp.options.acc_ecn": ["label", "there are counters of accurate ECN"],
  "tcp.options.acc_ecn.ee0b": ["number", "bytes with ECT(0) that arrived", 0xff_ffff],
  "tcp.options.acc_ecn.eceb": ["number", "bytes with a mark of congestion that arrived", 0xff_ffff],
  "tcp.options.acc_ecn.ee1b": ["number", "bytes with ECT(1) that arrived", 0xff_ffff],
  "tcp.options.experimental": ["label", "there is an experimental option"],
  "tcp.options.experimental.exid": ["number", "identifier of the experiment", 0xffff],
  "tcp.options.experimental.data": ["bytes", "what the experiment has to say"],
  "tcp.options.unknown": ["label", "there is an option without a name here"],
  "tcp.options.unknown.payload": ["bytes", "data of an option without a name here"],
};

const NO_TEXT = { text: "its kind cannot have this length" } as const;

const UNKNOWN: OptionKind = { name: "tcp.options.unknown", label: "Unknown", read: readUnknown };

const LABELS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(KINDS).map(([number, kind]) => [number, kind.label]),
);

/**
 * @param length bytes that the header has for options
 * @param base what numbers of the other side are counted from, where that is known
 */
export function tcpOptionFields(reader: FieldReader, length: number, base?: SequenceNumber): void {
  if (length <= 0) return;
  const options = reader.inside(length);
  if (options.remaining > 0) {
    const isCut = options.end - options.start < length;
    while (options.remaining > 0 && readOption(options, base, isCut) !== END);
    readPadding(options);
    const size = options.end - options.start;
    reader.raw("tcp.options", "Options", size, { text: inBytes(size), children: options.finish() });
  }
  // What is missing of them shows at the end of the list.
  if (options.end - options.start < length) reader.skip(length);
}

/**
 * @param isCut whether the list goes on behind the end of what there is
 * @returns the kind of the option, or that of the last one where the list cannot be followed any further
 */
function readOption(reader: FieldReader, base: SequenceNumber | undefined, isCut: boolean): number {
  const number = reader.peek(0);
  const isSingle = number === END || number === NO_OPERATION;
  const length = isSingle ? 1 : reader.peek(1);
  if (!isSingle && (length < 2 || (length > reader.remaining && !(isCut && reader.remaining > 1)))) {
    reader.malformed(`an option of kind ${number} has length ${length}, of ${inBytes(reader.remaining)} that are left`);
    return END;
  }
  const kind = kindOf(number, length);
  const inner = reader.inside(length);
  inner.number("tcp.option_kind", "Kind", 1, { text: (value) => named(LABELS, value) });
  if (!isSingle) inner.number("tcp.option_len", "Length", 1);
  if (!isSingle) {
    const fault = tcpOptionFault(number, length, inner.peek(0));
    if (fault === OptionFault.MALFORMED) inner.malformed(`an option of kind ${number} cannot have ${inBytes(length)}`);
    else if (fault !== 0) inner.generated("tcp.option.len.invalid", "Invalid length for option", undefined, NO_TEXT);
    kind.read?.(inner, length - LEAST_OPTION_LENGTH, base);
  }
  const size = Math.min(length, reader.remaining);
  reader.group(kind.name, `TCP Option - ${kind.label}`, size, inBytes(size), inner.finish());
  return number;
}

/** What follows the end of the list: zeros, which Wireshark calls ends too, or what should not be there. */
function readPadding(reader: FieldReader): void {
  while (reader.remaining > 0 && reader.peek(0) === END) readOption(reader, undefined, false);
  if (reader.remaining > 0) reader.malformed("the bytes after the end of the list should be 0");
}

function kindOf(number: number, length: number): OptionKind {
  const kind = KINDS[number];
  return kind === undefined || (kind.length !== undefined && kind.length !== length) ? UNKNOWN : kind;
}

function readMaximumSegmentSize(reader: FieldReader): void {
  reader.number("tcp.options.mss_val", "MSS Value", 2, {
    text: inBytes,
    meaning: "the sender of this segment takes no more data than this in one segment",
  });
}

const LARGEST_SHIFT = 14;

function readWindowScale(reader: FieldReader): void {
  const shift = reader.number("tcp.options.wscale.shift", "Shift count", 1, {
    meaning: "windows of the sender of this segment are to be shifted to the left by this many bits, after the SYNs",
  });
  const multiplier = 2 ** Math.min(shift, LARGEST_SHIFT);
  reader.derived("tcp.options.wscale.multiplier", "Multiplier", 1, 1, multiplier);
}

function readSelectiveAcknowledgment(reader: FieldReader, length: number, base: SequenceNumber | undefined): void {
  const count = Math.floor(length / SACK_BLOCK_LENGTH);
  for (let block = 0; block < count; block++) {
    edgeField(reader, "tcp.options.sack_le", "TCP SACK Left Edge", base, "first byte of a part that has arrived");
    edgeField(reader, "tcp.options.sack_re", "TCP SACK Right Edge", base, "the byte after that part");
  }
  reader.generated("tcp.options.sack.count", "TCP SACK Count", count);
}

function edgeField(
  reader: FieldReader,
  name: string,
  label: string,
  base: SequenceNumber | undefined,
  meaning: string,
): void {
  const raw = reader.peek(0, 4);
  reader.skip(4);
  const relative = base === undefined ? raw : addSequence(raw, -base);
  reader.derived(name, label, 4, 4, relative, {
    text: base === undefined ? String(raw) : `${relative} (relative), ${raw} (raw)`,
    meaning,
  });
}

function readTimestamps(reader: FieldReader): void {
  reader.number("tcp.options.timestamp.tsval", "Timestamp value", 4, { meaning: "the clock of the sender" });
  reader.number("tcp.options.timestamp.tsecr", "Timestamp echo reply", 4, {
    meaning: "the clock of the other side, as it stood in a segment that this one answers",
  });
}

function readEcho(reader: FieldReader): void {
  reader.number("tcp.options.echo_value", "TCP Echo Option", 4);
}

function readUserTimeout(reader: FieldReader): void {
  const isInMinutes = reader.flag("tcp.options.user_to_granularity", "Granularity", 2, 0x8000, {
    text: (is) => (is ? "Minutes" : "Seconds"),
  });
  reader.bits("tcp.options.user_to_val", "User Timeout", 2, 0x7fff, {
    meaning: `how many ${isInMinutes ? "minutes" : "seconds"} the sender waits for an acknowledgment`,
  });
  reader.skip(2);
}

function readAuthentication(reader: FieldReader, length: number): void {
  reader.number("tcp.options.ao.keyid", "AO KeyID", 1);
  reader.number("tcp.options.ao.rnextkeyid", "AO RNextKeyID", 1, {
    meaning: "the key that the sender is ready for next",
  });
  if (length > 2) reader.raw("tcp.options.ao.mac", "AO MAC", length - 2);
}

const SUBTYPES: Readonly<Record<number, string>> = {
  0: "Multipath Capable",
  1: "Join Connection",
  2: "Data Sequence Signal",
  3: "Add Address",
  4: "Remove Address",
  5: "Change Subflow Priority",
  6: "TCP Fallback",
  7: "Fast Close",
  8: "Subflow Reset",
};

/** The first byte of every subtype: what the rest means is another protocol. */
function readMultipath(reader: FieldReader, length: number): void {
  const subtype = reader.bits("tcp.options.mptcp.subtype", "Multipath TCP subtype", 1, 0xf0, {
    text: (value) => named(SUBTYPES, value),
  });
  if (subtype === 0) reader.bits("tcp.options.mptcp.version", "Multipath TCP version", 1, 0x0f);
  reader.skip(1);
  if (length > 1) reader.raw("", "Data", length - 1);
}

function readFastOpen(reader: FieldReader, length: number): void {
  if (length > 0) reader.raw("tcp.options.tfo.cookie", "Fast Open Cookie", length);
  else reader.derived("tcp.options.tfo.request", "Fast Open Cookie Request", 2, 2, undefined, { text: "" });
}

const COUNTERS: Readonly<Record<string, string>> = {
  ee0b: "Accurate ECN Echo ECT(0) Byte Counter",
  eceb: "Accurate ECN Echo CE Byte Counter",
  ee1b: "Accurate ECN Echo ECT(1) Byte Counter",
};

function readCounters(reader: FieldReader, length: number, order: readonly string[]): void {
  const count = Math.floor(length / 3);
  for (const name of order.slice(0, count)) reader.number(`tcp.options.acc_ecn.${name}`, COUNTERS[name]!, 3);
}

/** The identifier that fast open had before it was given a kind of its own (RFC 7413, appendix A.1). */
const FAST_OPEN_EXPERIMENT = 0xf989;

function readExperiment(reader: FieldReader, length: number): void {
  const identifier = reader.number("tcp.options.experimental.exid", "Experiment Identifier", 2, {
    text: (value) => (value === FAST_OPEN_EXPERIMENT ? `Fast Open (${hex(value, 2)})` : hex(value, 2)),
  });
  if (identifier === FAST_OPEN_EXPERIMENT) readFastOpen(reader, length - 2);
  else if (length > 2) reader.raw("tcp.options.experimental.data", "Data", length - 2);
}

function readUnknown(reader: FieldReader, length: number): void {
  if (length > 0) reader.raw("tcp.options.unknown.payload", "Payload", length);
}
