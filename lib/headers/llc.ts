/** Logical link control (IEEE 802.2): the header behind the length of an 802.3 frame, with its SNAP extension (IEEE 802, clause 10.3). */
import { EtherType, etherTypeText, hex, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, type Part, u8, u16 } from "./fields.ts";
import type { Following, HeaderOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

const SAPS: Readonly<Record<number, string>> = {
  0: "NULL LSAP",
  66: "Spanning Tree BPDU",
  170: "SNAP",
  224: "NetWare",
  240: "NetBIOS",
  254: "ISO Network Layer",
};

const sapText = (value: number) => `${SAPS[value & 0xfe] ?? "Unknown"} (${hex(value, 1)})`;

/** Both low bits of a control field of one byte. */
const UNNUMBERED = 3;
/** The lowest bit of one that numbers frames of data. */
const SUPERVISORY = 1;
/** Both service access points of SNAP. */
const SNAP_POINT = 0xaa;
/** An unnumbered frame of information: data without any ado. */
const UNNUMBERED_INFORMATION = 3;

/** Without the SNAP extension, where the control field has one byte. */
export const LLC_HEADER_LENGTH = 3;
/** Organisation and type. */
const SNAP_LENGTH = 5;

/** What may be written for the control field of an unnumbered frame. */
const UNNUMBERED_FRAMES = {
  UI: 0x03,
  DM: 0x0f,
  DISC: 0x43,
  UA: 0x63,
  SABME: 0x6f,
  FRMR: 0x87,
  XID: 0xaf,
  TEST: 0xe3,
} as const;

type Before = Readonly<Record<string, unknown>>;

const isNumbered = ({ control }: Before) => ((control as number) & UNNUMBERED) !== UNNUMBERED;

const hasSnap = ({ destinationServiceAccessPoint: to, sourceServiceAccessPoint: from }: Before) =>
  to === SNAP_POINT && from === SNAP_POINT;

function pointParts(name: string, low: string, label: string): readonly Part[] {
  const text = (value: number) => SAPS[value * 2] ?? "Unknown";
  return [
    { bits: 7, filter: `${name}.sap`, label: "SAP", about: "service access point alone", text },
    { bits: 1, filter: `${name}.${low}`, label, about: low === "ig" ? "for a group" : "a response" },
  ];
}

/** Makes LLC headers, 3 or 4 bytes and the SNAP extension, and reads them. */
export const llc = defineHeader({
  name: "llc",
  layer: "LLC header",
  kind: LayerKind.LLC,
  fields: {
    /** Whose service it is for (IEEE 802.2), 0 to 255. Default: that of SNAP, 0xaa. */
    destinationServiceAccessPoint: u8({
      filter: "dsap",
      label: "DSAP",
      about: "destination service access point",
      default: SNAP_POINT,
      text: sapText,
      parts: pointParts("dsap", "ig", "IG Bit"),
    }),
    /** Whose service sends it (IEEE 802.2), 0 to 255. Default: that of SNAP, 0xaa. */
    sourceServiceAccessPoint: u8({
      filter: "ssap",
      label: "SSAP",
      about: "source service access point",
      default: SNAP_POINT,
      text: sapText,
      parts: pointParts("ssap", "cr", "CR Bit"),
    }),
    /**
     * The control field, or its first byte, 0 to 255: both low bits set in an unnumbered frame, in a stack also by its name,
     * as "XID". Without the lowest bit, a frame of information, and its number N(S) above; with that alone, a supervisory
     * frame. Default: unnumbered information.
     */
    control: u8({ default: UNNUMBERED_INFORMATION, words: UNNUMBERED_FRAMES, drawn: "Control", show: controlField }),
    /** The second byte of numbered frames, 0 to 255: N(R), and poll or final in the lowest bit. Default: 0. */
    controlExtension: u8({ default: 0, presentIf: isNumbered, show: () => undefined }),
    /** With SNAP, whose types those are, 0 to 2^24 - 1: 0 for EtherTypes. Default: 0. */
    organizationCode: bits(24, {
      filter: "oui",
      label: "Organization Code",
      about: "whose types those of SNAP are",
      needs: LLC_HEADER_LENGTH + SNAP_LENGTH,
      default: 0,
      presentIf: hasSnap,
      text: (value) => hex(value, 3),
    }),
    /** With SNAP, what follows, 0 to 65535; see `EtherType`. That of what does, if left out. */
    type: u16({ announces: "etherType", presentIf: hasSnap, drawn: "Type", show: typeField }),
  },
  about: "logical link control (IEEE 802.2)",
  isAnnouncedByLength: true,
  carries: ["etherType"],
  next: typeBehind,
  missing: "field",
  shows: {
    "llc.control": ["number", "control field", 0xffff],
    "llc.control.n_r": ["number", "number of the next frame that is expected", 0x7f],
    "llc.control.n_s": ["number", "number of a frame of information", 0x7f],
    "llc.control.p": ["boolean", "whether an answer is asked for"],
    "llc.control.f": ["boolean", "whether it is the answer that was asked for"],
    "llc.control.s_ftype": ["number", "what a supervisory frame says", 3],
    "llc.control.u_modifier_cmd": ["number", "what an unnumbered command says", 0x3b],
    "llc.control.u_modifier_resp": ["number", "what an unnumbered response says", 0x3b],
    "llc.control.ftype": ["number", "0 or 2 information, 1 supervisory, 3 unnumbered", 3],
    "llc.type": ["number", "EtherType behind SNAP", 0xffff],
    "llc.pid": ["number", "type of an organisation behind SNAP", 0xffff],
  },
  summary: "Logical-Link Control",
});

/** The service access point of IP. */
const IP_POINT = 0x06;

function typeBehind(view: DataView, at: number, next: number): Following | undefined {
  if (isSnap(view, at)) return snapOrganization(view, next) === 0 ? ["etherType", snapType(view, next)] : undefined;
  return next - at === LLC_HEADER_LENGTH && view.getUint8(at) === IP_POINT ? ["etherType", EtherType.IPV4] : undefined;
}

/** What `llc` takes: fields that are left out have their defaults. */
export type LlcHeader = HeaderOf<typeof llc.fields>;

/** Bytes of the header at `at`: its control field has one byte or two, and with SNAP an organisation and a type follow. */
export function llcLength(view: DataView, at: number, end: number): number {
  if (end - at < LLC_HEADER_LENGTH) return LLC_HEADER_LENGTH;
  const extension = isNumbered({ control: view.getUint8(at + 2) }) ? 1 : 0;
  return LLC_HEADER_LENGTH + extension + (isSnap(view, at) ? SNAP_LENGTH : 0);
}

/** Whether an organisation and a type end the header. @param at where it begins, 2 bytes of which are there */
export function isSnap(view: DataView, at: number): boolean {
  return view.getUint8(at) === SNAP_POINT && view.getUint8(at + 1) === SNAP_POINT;
}

/** Whose types those are that SNAP gives: 0 for EtherTypes. @param next the byte behind the whole header */
export function snapOrganization(view: DataView, next: number): number {
  return view.getUint16(next - SNAP_LENGTH) * 256 + view.getUint8(next - SNAP_LENGTH + 2);
}

/** The type that SNAP gives. @param next the byte behind the whole header */
export function snapType(view: DataView, next: number): number {
  return view.getUint16(next - 2);
}

const MODIFIERS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(UNNUMBERED_FRAMES).map(([name, control]) => [control >>> 2, name]),
);
const SUPERVISORY_FRAMES: Readonly<Record<number, string>> = {
  0: "Receiver ready",
  1: "Receiver not ready",
  2: "Reject",
};

/** All of the control field, whose bits lie in both bytes, the lower of which comes first. @returns the first byte */
function controlField(reader: FieldReader, _layer: unknown, { sourceServiceAccessPoint: from }: Before): number {
  const first = reader.peek(0);
  const isResponse = ((from as number) & 1) === 1;
  const numbered = isNumbered({ control: first });
  const parts = reader.inside(numbered ? 2 : 1);
  if (numbered) numberedParts(parts, first, isResponse);
  else unnumberedParts(parts, first, isResponse);
  const length = numbered ? 2 : 1;
  const value = numbered ? reader.peek(1) * 256 + first : first;
  reader.skip(length);
  const children = parts.isShort ? [] : parts.fields;
  reader.derived("llc.control", "Control field", length, length, value, { text: hex(value, length), children });
  if (numbered && !reader.isShort) reader.at--;
  return first;
}

function numberedParts(reader: FieldReader, first: number, isResponse: boolean): void {
  reader.bits("llc.control.n_r", "N(R)", 2, 0x00fe);
  const isSupervisory = (first & SUPERVISORY) !== 0;
  if (!isSupervisory) reader.bits("llc.control.n_s", "N(S)", 2, 0xfe00);
  pollField(reader, 2, 0x0001, isResponse);
  if (isSupervisory) {
    reader.bits("llc.control.s_ftype", "Supervisory frame type", 2, 0x0c00, {
      text: (value) => named(SUPERVISORY_FRAMES, value),
    });
  }
  const mask = isSupervisory ? 0x0300 : 0x0100;
  reader.bits("llc.control.ftype", "Frame type", 2, mask, {
    text: isSupervisory ? "Supervisory frame (1)" : "Information frame (0)",
  });
}

function unnumberedParts(reader: FieldReader, first: number, isResponse: boolean): void {
  pollField(reader, 1, 0x10, isResponse);
  // The bits lie on both sides of that one, and are counted where they stand.
  const modifier = (first & 0xec) >>> 2;
  const [name, label] = isResponse ? ["resp", "Response"] : ["cmd", "Command"];
  reader.skip(1);
  reader.derived(`llc.control.u_modifier_${name}`, label, 1, 1, modifier, {
    mask: 0xec,
    text: named(MODIFIERS, modifier),
  });
  if (!reader.isShort) reader.at--;
  reader.bits("llc.control.ftype", "Frame type", 1, 0x03, { text: "Unnumbered frame (3)" });
}

/** Shown where it is set. */
function pollField(reader: FieldReader, length: 1 | 2, mask: number, isResponse: boolean): void {
  if ((reader.peek(0, length) & mask) === 0) return;
  const [name, label] = isResponse ? ["f", "Final"] : ["p", "Poll"];
  reader.flag(`llc.control.${name}`, label, length, mask);
}

/** A type of somebody else than Ethernet is called otherwise. */
function typeField(reader: FieldReader, _layer: unknown, { organizationCode }: Before): number {
  if (organizationCode === 0) return reader.number("llc.type", "Type", 2, { text: etherTypeText });
  return reader.number("llc.pid", "Protocol ID", 2, { text: (value) => hex(value, 2) });
}
