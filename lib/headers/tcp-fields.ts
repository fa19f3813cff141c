/** The flags of TCP (RFC 9293, section 3.1; RFC 3168 for ECE and CWR; RFC 9768 for AE, and for the three as one counter). */
import type { FieldReader } from "./field-reader.ts";
import type { FieldGroup, Part } from "./fields.ts";
import type { LayerContext } from "./layer.ts";

/** Bits of `flags` of a TCP header (RFC 9293, section 3.1). */
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

const { SYN, FIN } = TcpFlag;

/** Sequence numbers that the flags themselves take: one for a SYN, and one for a FIN (RFC 9293, section 3.4). */
export function markersOf(flags: number): number {
  return (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
}

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
