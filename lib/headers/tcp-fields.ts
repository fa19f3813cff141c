/**
 * Options of the TCP header, one by one (RFC 9293, section 3.2; RFC 7323 for window scale and timestamps; RFC 2018 for
 * selective acknowledgments).
 */
import { addSequence, type SequenceNumber } from "../core/sequence.ts";
import { inBytes, named } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldGroup, Part } from "./fields.ts";
import type { LayerContext } from "./layer.ts";
import { END_OF_OPTIONS as END, LEAST_OPTION_LENGTH, NO_OPERATION, OptionFault } from "./layer.ts";

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
  readonly read?: (reader: FieldReader, base: SequenceNumber | undefined) => void;
}

const KINDS: Readonly<Record<number, OptionKind>> = {
  [END]: { name: "tcp.options.eol", label: "End of Option List (EOL)" },
  [NO_OPERATION]: { name: "tcp.options.nop", label: "No-Operation (NOP)" },
  2: { name: "tcp.options.mss", label: "Maximum segment size", length: 4, read: readMaximumSegmentSize },
  3: { name: "tcp.options.wscale", label: "Window scale", length: 3, read: readWindowScale },
  4: { name: "tcp.options.sack_perm", label: "SACK permitted", length: 2 },
  5: { name: "tcp.options.sack", label: "SACK", read: readSelectiveAcknowledgment },
  8: { name: "tcp.options.timestamp", label: "Timestamps", length: 10, read: readTimestamps },
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
    while (options.remaining > 0 && readOption(options, base) !== END);
    readPadding(options);
    const size = options.end - options.start;
    reader.raw("tcp.options", "Options", size, { text: inBytes(size), children: options.finish() });
  }
  // What is missing of them shows at the end of the list.
  if (options.end - options.start < length) reader.skip(length);
}

/** @returns the kind of the option, or that of the last one where the list cannot be followed any further */
function readOption(reader: FieldReader, base: SequenceNumber | undefined): number {
  const number = reader.peek(0);
  const isSingle = number === END || number === NO_OPERATION;
  const length = isSingle ? 1 : reader.peek(1);
  if (!isSingle && (length < 2 || length > reader.remaining)) {
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
    kind.read?.(inner, base);
  }
  reader.group(kind.name, `TCP Option - ${kind.label}`, length, inBytes(length), inner.finish());
  return number;
}

/** What follows the end of the list: zeros, which Wireshark calls ends too, or what should not be there. */
function readPadding(reader: FieldReader): void {
  while (reader.remaining > 0 && reader.peek(0) === END) readOption(reader, undefined);
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

function readSelectiveAcknowledgment(reader: FieldReader, base: SequenceNumber | undefined): void {
  const count = Math.floor(reader.remaining / 8);
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

function readUnknown(reader: FieldReader): void {
  if (reader.remaining > 0) reader.raw("tcp.options.unknown.payload", "Payload", reader.remaining);
}

/** The flags of TCP (RFC 9293, section 3.1; RFC 3168 for ECE and CWR; RFC 9768 for AE, and for the three as one counter). */

/** Bits of `flags`. */
export const TcpFlag = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
  /** Called NS before it was given to accurate ECN. */
  AE: 0x100,
} as const;

export const ALL_FLAGS = 0x1ff;

/** As Wireshark 4 has them, the highest bit first. */
export const FLAG_PARTS: readonly Part[] = [
  flagPart("ae", "AE", "Accurate ECN", "accurate ECN, formerly ns", "part of a more exact report of congestion"),
  flagPart(
    "cwr",
    "CWR",
    "Congestion Window Reduced",
    "congestion window reduced",
    "the sender has slowed down after a report of congestion",
  ),
  flagPart("ece", "ECE", "ECN-Echo", "ECN-Echo", "a packet arrived with a mark of congestion on it"),
  flagPart("urg", "URG", "Urgent", "the urgent pointer counts", "the urgent pointer holds"),
  flagPart("ack", "ACK", "Acknowledgment", "the acknowledgment number counts", "the acknowledgment number holds"),
  flagPart(
    "push",
    "PSH",
    "Push",
    "data is to be handed on at once",
    "the receiver should hand the data to its application without waiting for more",
  ),
  flagPart("reset", "RST", "Reset", "the connection is reset", "the connection ends at once, or never was"),
  flagPart(
    "syn",
    "SYN",
    "Syn",
    "synchronize sequence numbers",
    "opens the connection: numbers of this side count from here",
  ),
  flagPart("fin", "FIN", "Fin", "the sender has no more data", "the sender has no more data"),
];

function flagPart(name: string, drawn: string, label: string, about: string, meaning: string): Part {
  return { bits: 1, filter: `flags.${name}`, drawn, label, about, meaning };
}

/** The reserved bits and the flags, which Wireshark shows as one field. */
export const FLAGS_GROUP: FieldGroup = {
  filter: "flags",
  label: "Flags",
  about: "all flags as one number, with the reserved bits",
  text: (value, layer) =>
    `0x${value.toString(16).padStart(3, "0")} (${formatTcpFlags(value, hasCounter(value, layer))})`,
};

/** In the first byte of the word that the flags are in. */
const RESERVED_BITS = 0x0e;
export function reservedField(reader: FieldReader): void {
  reader.flag("tcp.flags.res", "Reserved", 1, RESERVED_BITS);
}

/** AE, CWR and ECE, where they are one number (RFC 9768, section 3.2). */
const COUNTER_BITS = TcpFlag.AE | TcpFlag.CWR | TcpFlag.ECE;
const COUNTER_SHIFT = 6;

function hasCounter(flags: number, layer: LayerContext): boolean {
  return layer.stream.hasAccurateEcn === true && (flags & TcpFlag.SYN) === 0;
}

/** Each bit in the one byte that it stands in. @returns the flags */
export function flagFields(reader: FieldReader, layer: LayerContext): number {
  const flags = reader.peek(0, 2) & ALL_FLAGS;
  const isCounter = hasCounter(flags, layer);
  if (isCounter) {
    const meaning = "accurate ECN: packets that arrived with a mark of congestion, modulo 8; it begins at 5";
    reader.bits("tcp.flags.ace", "ACE", 2, COUNTER_BITS, { meaning });
  }
  for (const [index, { filter, label, meaning }] of FLAG_PARTS.entries()) {
    const mask = 1 << (FLAG_PARTS.length - 1 - index);
    if (mask === TcpFlag.CWR) reader.skip(1);
    if (isCounter && (mask & COUNTER_BITS) !== 0) continue;
    reader.flag(`tcp.${filter}`, label, 1, mask > 0xff ? mask >>> 8 : mask, {
      meaning: (is) => (is ? (meaning as string) : undefined),
    });
  }
  reader.skip(1);
  return flags;
}

const FLAG_NAMES = Object.entries(TcpFlag);

/**
 * The names of the flags that are set, in the order and form that Wireshark has: "SYN, ACK", or "<None>".
 *
 * @param isAccurateEcn whether AE, CWR and ECE are one counter in all segments but SYNs: "ACK, ACE=5"
 */
export function formatTcpFlags(flags: number, isAccurateEcn = false): string {
  const names: string[] = [];
  const hasCounter = isAccurateEcn && (flags & TcpFlag.SYN) === 0;
  const named = hasCounter ? flags & ~COUNTER_BITS : flags;
  for (const [name, bit] of FLAG_NAMES) if ((named & bit) !== 0) names.push(name);
  if (hasCounter) names.push(`ACE=${(flags & COUNTER_BITS) >>> COUNTER_SHIFT}`);
  return names.length === 0 ? "<None>" : names.join(", ");
}
