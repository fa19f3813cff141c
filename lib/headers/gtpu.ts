/**
 * The user plane of the GPRS Tunnelling Protocol, version 1: packets of mobile phones over UDP (3GPP TS 29.281, section 5).
 */
import { badField, checkedField } from "../core/errors.ts";
import { hex, named } from "./assigned-numbers.ts";
import { lengthOfBytes } from "./checked-lengths.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, flag, type Shown, type TailCodec, tail, u8, u16, u32 } from "./fields.ts";
import type { Following, HeaderOf } from "./header-table.ts";

const LAYER = "GTP-U header";

/** The types that have a name here (3GPP TS 29.281, section 6.1). Others pass through. */
export const GtpMessageType = {
  ECHO_REQUEST: 1,
  ECHO_RESPONSE: 2,
  ERROR_INDICATION: 26,
  SUPPORTED_EXTENSION_HEADERS: 31,
  END_MARKER: 254,
  /** A packet of the user. */
  G_PDU: 255,
} as const;

const MESSAGES: Readonly<Record<number, string>> = {
  [GtpMessageType.ECHO_REQUEST]: "Echo request",
  [GtpMessageType.ECHO_RESPONSE]: "Echo response",
  [GtpMessageType.ERROR_INDICATION]: "Error indication",
  [GtpMessageType.SUPPORTED_EXTENSION_HEADERS]: "Supported extension header notification",
  [GtpMessageType.END_MARKER]: "End marker",
  [GtpMessageType.G_PDU]: "T-PDU",
};

const EXTENSIONS: Readonly<Record<number, string>> = {
  0: "No more extension headers",
  32: "Service Class Indicator",
  64: "UDP Port number",
  133: "PDU Session container",
  192: "PDCP PDU number",
};

const VERSION = 1;
const MANDATORY_LENGTH = 8;
const OPTIONAL_LENGTH = 4;
/** Of the first byte: whether there are optional fields, and whether one of them tells of extension headers. */
const ANY_OPTIONAL = 0x07;
const HAS_EXTENSION = 0x04;
const MESSAGE_TYPE_AT = 1;
const UNIT = 4;

const IPV4: Following = ["ipVersion", 4];
const IPV6: Following = ["ipVersion", 6];

/** An extension header of GTP-U (3GPP TS 29.281, section 5.2). */
export interface GtpExtensionHeader {
  /** Two bytes, or six, or ten: with its length and the type of the next, it fills units of four bytes. Zeros fill it up. */
  readonly content: Uint8Array;
  /** The type of the extension header behind this one; 0 where it is the last. Default: 0. */
  readonly nextExtensionHeaderType?: number;
}

/** With its length before it, and the type of the next behind it. */
const unitsOf = ({ content }: GtpExtensionHeader): number =>
  Math.max(1, Math.ceil((lengthOfBytes(LAYER, content, "content of an extension header") + 2) / UNIT));

const codec: TailCodec<readonly GtpExtensionHeader[], readonly GtpExtensionHeader[]> = {
  byteLength: (headers) => headers.reduce((sum, header) => sum + unitsOf(header) * UNIT, 0),
  encode: (headers, bytes, start) => {
    let at = start;
    for (const header of headers) {
      const units = unitsOf(header);
      if (units > 0xff) throw badField(LAYER, at, `an extension header has ${units} units, and can have 255`);
      bytes[at] = units;
      bytes.set(header.content, at + 1);
      at += units * UNIT;
      const next = header.nextExtensionHeaderType ?? 0;
      bytes[at - 1] = checkedField(LAYER, next, 0xff, "nextExtensionHeaderType of an extension header", at - 1);
    }
  },
  decode: (bytes, start, end) => {
    const headers: GtpExtensionHeader[] = [];
    for (let at = start; at < end; ) {
      const next = at + bytes[at]! * UNIT;
      if (next === at || next > end) throw badField(LAYER, at, "an extension header has a length that cannot be");
      headers.push({ content: bytes.slice(at + 1, next - 1), nextExtensionHeaderType: bytes[next - 1]! });
      at = next;
    }
    return headers;
  },
};

const YES_OR_NO = (is: boolean) => (is ? "Yes" : "No");
const flags = { filter: "flags", label: "Flags", about: "all flags", text: (value: number) => hex(value, 1) };
const OPTIONAL = ["sequenceNumberPresent", "nPduNumberPresent", "extensionHeaderPresent"] as const;

/** Makes GTP-U headers, 8 bytes and optional fields, and reads them. */
export const gtpu = defineHeader({
  name: "gtp",
  protocol: "GTP",
  layer: LAYER,
  follows: { udpPort: 2152 },
  fields: {
    /** Of GTP, 0 to 7. Default: 1. */
    version: bits(3, {
      filter: "flags.version",
      label: "Version",
      default: VERSION,
      must: VERSION,
      group: flags,
      text: (value) => `GTP release 99 version (${value})`,
    }),
    /** 0 or 1. Default: 1, GTP. */
    protocolType: bits(1, {
      filter: "flags.payload",
      label: "Protocol type",
      default: 1,
      must: 1,
      group: flags,
      text: (value) => named({ 1: "GTP" }, value),
    }),
    /** Of no meaning, 0 or 1. Default: 0. */
    spare: bits(1, { filter: "flags.reserved", label: "Reserved", default: 0, group: flags }),
    /** Whether there are extension headers. Default: whether the type of one is given. */
    extensionHeaderPresent: flag({
      filter: "flags.e",
      label: "Is Next Extension Header present?",
      default: false,
      group: flags,
      text: YES_OR_NO,
    }),
    /** Whether the sequence number counts. Default: whether one is given. */
    sequenceNumberPresent: flag({
      filter: "flags.s",
      label: "Is Sequence Number present?",
      default: false,
      group: flags,
      text: YES_OR_NO,
    }),
    /** Whether the number of an N-PDU counts. Default: whether one is given. */
    nPduNumberPresent: flag({
      filter: "flags.pn",
      label: "Is N-PDU number present?",
      default: false,
      group: flags,
      text: YES_OR_NO,
    }),
    /** What it is, 0 to 255; see `GtpMessageType`. Default: 255, a packet of the user. */
    messageType: u8({
      filter: "message",
      label: "Message Type",
      default: GtpMessageType.G_PDU,
      text: (value) => `${MESSAGES[value] ?? "Unknown"} (${hex(value, 1)})`,
    }),
    /** Bytes behind the first eight, 0 to 65535. Computed. */
    length: u16({
      filter: "length",
      label: "Length",
      auto: { kind: "length", from: "start", minus: MANDATORY_LENGTH },
      meaning: "what follows the first eight bytes",
    }),
    /** Tunnel endpoint identifier, of whoever receives, 0 to 2^32 - 1. */
    tunnelEndpointId: u32({
      filter: "teid",
      label: "TEID",
      about: "tunnel endpoint identifier",
      text: (value) => `${hex(value, 4)} (${value})`,
    }),
    /** 0 to 65535. There with each of the three flags, and means something with its own. Default: 0. */
    sequenceNumber: u16({
      filter: "seq_number",
      label: "Sequence number",
      default: 0,
      presentIf: OPTIONAL,
      when: (shown) => shown.sequenceNumberPresent === true,
      text: (value) => `${hex(value, 2)} (${value})`,
    }),
    /** 0 to 255, likewise. Default: 0. */
    nPduNumber: u8({
      filter: "npdu_number",
      label: "N-PDU Number",
      default: 0,
      presentIf: ["nPduNumberPresent", "sequenceNumberPresent", "extensionHeaderPresent"],
      when: (shown) => shown.nPduNumberPresent === true,
      text: (value) => hex(value, 1),
    }),
    /** 0 to 255, likewise. Default: 0, none. */
    nextExtensionHeaderType: u8({
      filter: "ext_hdr.next",
      label: "Next extension header type",
      default: 0,
      presentIf: ["extensionHeaderPresent", "sequenceNumberPresent", "nPduNumberPresent"],
      when: (shown) => shown.extensionHeaderPresent === true,
      text: extensionText,
    }),
    /** Only where the flag for them is set, and the type of the first is given. */
    extensionHeaders: tail(codec, { show: showExtensions, drawn: "Extension headers" }),
  },
  lengthAt: gtpLength,
  carries: ["ipVersion"],
  next: gtpNext,
  // Each direction has an endpoint identifier of its own.
  tunnel: { name: "GTP-U" },
  about: "GTP",
  needs: 2,
  drawing: "GTP-U header (3GPP TS 29.281)",
  summary: "GPRS Tunneling Protocol",
});

/** What `gtpu` takes: fields that are left out have their defaults. */
export type GtpuHeader = HeaderOf<typeof gtpu.fields>;

function extensionText(value: number): string {
  return `${EXTENSIONS[value] ?? "Unknown"} (${hex(value, 1)})`;
}

function gtpLength(view: DataView, at: number, end: number): number {
  const flags = view.getUint8(at);
  if ((flags & ANY_OPTIONAL) === 0) return MANDATORY_LENGTH;
  let next = at + MANDATORY_LENGTH + OPTIONAL_LENGTH;
  if ((flags & HAS_EXTENSION) === 0) return next - at;
  while (next <= end && view.getUint8(next - 1) !== 0) {
    const length = next < end ? view.getUint8(next) * UNIT : 0;
    // Where there is no length, or less than it says, the header does not end.
    if (length === 0 || next + length > end) return next + Math.max(length, 1) - at;
    next += length;
  }
  return next - at;
}

/** What phones send is IP of either version. */
function gtpNext(view: DataView, at: number, next: number, end: number): Following | undefined {
  if (view.getUint8(at + MESSAGE_TYPE_AT) !== GtpMessageType.G_PDU || end <= next) return undefined;
  const first = view.getUint8(next);
  if (first >>> 4 === 4) return IPV4;
  return first >>> 4 === 6 ? IPV6 : undefined;
}

function showExtensions(reader: FieldReader, _layer: unknown, shown: Shown): void {
  let type = shown.nextExtensionHeaderType as number;
  while (reader.remaining > 0 || (shown.extensionHeaderPresent === true && type !== 0)) {
    const length = reader.peek(0) * UNIT;
    if (reader.remaining === 0) return void reader.number("gtp.ext_hdr.length", "Extension Header Length", 1);
    if (length === 0) return reader.malformed("an extension header has no length");
    const inner = reader.inside(length);
    inner.number("gtp.ext_hdr.length", "Extension Header Length", 1);
    inner.skip(length - 2);
    const next = inner.number("gtp.ext_hdr.next", "Next extension header type", 1, { text: extensionText });
    reader.group("gtp.ext_hdr", "Extension header", length, EXTENSIONS[type] ?? "Unknown", inner.fields);
    if (reader.isShort) return;
    type = next;
  }
}
