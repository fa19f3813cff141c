/** Logical link control (IEEE 802.2): the header behind the length of an 802.3 frame, with its SNAP extension (IEEE 802, clause 10.3). */
import { EtherType, etherTypeText, hex } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { restOfHeader, tail, u8 } from "./fields.ts";
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

/** Both low bits of the control field of a header that has only one byte of it. */
const UNNUMBERED = 3;
/** Without the SNAP extension, where the control field has one byte. */
export const LLC_HEADER_LENGTH = 3;
/** With it (IEEE 802, clause 10.3; RFC 1042). */
export const SNAP_HEADER_LENGTH = 8;
/** It stands behind a control field of one byte. */
const SNAP_AT = LLC_HEADER_LENGTH;
/** Both service access points of SNAP. */
const SNAP_POINTS = 0xaaaa;

/** Bytes of the header at `at`: its control field has one byte or two, and with SNAP an organisation and a type follow. */
export function llcLength(view: DataView, at: number, end: number): number {
  if (end - at < LLC_HEADER_LENGTH) return LLC_HEADER_LENGTH;
  const isUnnumbered = (view.getUint8(at + 2) & UNNUMBERED) === UNNUMBERED;
  if (!isUnnumbered) return LLC_HEADER_LENGTH + 1;
  return view.getUint16(at) === SNAP_POINTS ? SNAP_HEADER_LENGTH : LLC_HEADER_LENGTH;
}

/** Whose types those are that SNAP gives: 0 for EtherTypes. @param at where the whole header begins, extension included */
export function snapOrganization(view: DataView, at: number): number {
  return view.getUint16(at + SNAP_AT) * 256 + view.getUint8(at + SNAP_AT + 2);
}

/** The type that SNAP gives. @param at where the whole header begins, extension included */
export function snapType(view: DataView, at: number): number {
  return view.getUint16(at + SNAP_AT + 3);
}

export const llc = defineHeader({
  name: "llc",
  layer: "LLC header",
  kind: LayerKind.LLC,
  fields: {
    /** 0 to 255. */
    destinationServiceAccessPoint: u8({
      filter: "dsap",
      label: "DSAP",
      about: "destination service access point",
      text: sapText,
    }),
    /** 0 to 255. */
    sourceServiceAccessPoint: u8({
      filter: "ssap",
      label: "SSAP",
      about: "source service access point",
      text: sapText,
    }),
    /** The control field, one byte or two, and what the SNAP extension adds: organisation and type. */
    control: tail(restOfHeader, { show: controlFields }),
  },
  about: "logical link control (IEEE 802.2)",
  isAnnouncedByLength: true,
  carries: ["etherType"],
  next: typeBehind,
  missing: "field",
  lengthAt: llcLength,
  summary: "Logical-Link Control",
});

/** The service access point of IP. */
const IP_POINT = 0x06;

function typeBehind(view: DataView, at: number, next: number): Following | undefined {
  if (next - at === SNAP_HEADER_LENGTH && snapOrganization(view, at) === 0) return ["etherType", snapType(view, at)];
  return next - at === LLC_HEADER_LENGTH && view.getUint8(at) === IP_POINT ? ["etherType", EtherType.IPV4] : undefined;
}

export type LlcHeader = HeaderOf<typeof llc.fields>;

function controlFields(reader: FieldReader): void {
  const isUnnumbered = (reader.peek(0) & UNNUMBERED) === UNNUMBERED;
  reader.number("llc.control", "Control", isUnnumbered ? 1 : 2, { text: (value) => hex(value, isUnnumbered ? 1 : 2) });
  if (llcLength(reader.memory.view, reader.start, reader.end) !== SNAP_HEADER_LENGTH) return;
  reader.number("llc.oui", "Organization Code", 3, { text: (value) => hex(value, 3) });
  reader.number("llc.type", "Type", 2, { text: etherTypeText });
}
