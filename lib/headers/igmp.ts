/**
 * Internet Group Management Protocol, versions 1 and 2 (RFC 1112, appendix I; RFC 2236, section 2), and queries and reports of
 * version 3, which have more (RFC 3376, sections 4.1 and 4.2).
 */
import type { Ipv4Address } from "./address.ts";
import { ipv4List } from "./address-list.ts";
import { hex, IpProtocol, inBytes, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, checksum, flag, ipv4Address, type Shown, tail, u8, u16 } from "./fields.ts";
import { type GroupRecord, GroupRecords } from "./group-records.ts";
import type { DecodedOf, HeaderOf } from "./header-table.ts";

/** The types that have a name here. Others pass through. */
export const IgmpType = {
  MEMBERSHIP_QUERY: 0x11,
  VERSION_1_REPORT: 0x12,
  VERSION_2_REPORT: 0x16,
  LEAVE_GROUP: 0x17,
  VERSION_3_REPORT: 0x22,
} as const;

const TYPES: Readonly<Record<number, string>> = {
  [IgmpType.MEMBERSHIP_QUERY]: "Membership Query",
  [IgmpType.VERSION_1_REPORT]: "Membership Report",
  [IgmpType.VERSION_2_REPORT]: "Membership Report",
  [IgmpType.LEAVE_GROUP]: "Leave Group",
  [IgmpType.VERSION_3_REPORT]: "Membership Report",
};

/** Bytes from which on a query is one of version 3 (RFC 3376, section 7.1). */
const QUERY_LENGTH = 12;
const ADDRESS_LENGTH = 4;
/** From this code on, a time of version 3 has an exponent. */
const EXPONENT = 0x80;

const typeText = (type: number) => `${TYPES[type] ?? "Unknown"} (${hex(type, 1)})`;

/** Shows the version before the type that it follows from. */
function typeField(reader: FieldReader): number {
  const type = reader.peek(0);
  const isKnown = reader.remaining > (type === IgmpType.MEMBERSHIP_QUERY ? 1 : 0);
  if (isKnown) reader.generated("igmp.version", "IGMP Version", versionOf(type, reader.peek(1)));
  return reader.number("igmp.type", "Type", 1, { text: typeText });
}

function typeOfVersion3(reader: FieldReader): number {
  if (reader.remaining > 0) reader.generated("igmp.version", "IGMP Version", 3);
  return reader.number("igmp.type", "Type", 1, { text: typeText });
}

/** Of a message that is not one of version 3. */
function versionOf(type: number, maxResponseTime: number): number {
  const isFirst = type === IgmpType.MEMBERSHIP_QUERY && maxResponseTime === 0;
  return isFirst || type === IgmpType.VERSION_1_REPORT ? 1 : 2;
}

/** Tenths of a second, which version 3 counts with an exponent from 128 on (RFC 3376, section 4.1.1). */
function timeField(reader: FieldReader, hasExponent: boolean): void {
  const code = reader.peek(0);
  const parts = reader.inside(1);
  if (hasExponent) {
    parts.bits("igmp.max_resp.exp", "Exponent", 1, 0x70);
    parts.bits("igmp.max_resp.mant", "Mantissa", 1, 0x0f);
  }
  const tenths = hasExponent ? ((code & 0xf) | 0x10) << (((code >>> 4) & 7) + 3) : code;
  reader.skip(1);
  reader.derived("igmp.max_resp", "Max Resp Time", 1, 1, tenths, {
    text: `${(tenths / 10).toFixed(1)} sec (${hex(code, 1)})`,
    meaning: "a host waits some time, up to this, before it answers",
    children: parts.isShort ? [] : parts.fields,
  });
}

function responseField(reader: FieldReader, _layer: unknown, { type }: Shown): void {
  if (versionOf(type as number, reader.peek(0)) === 1) reader.raw("igmp.reserved", "Reserved", 1);
  else timeField(reader, false);
}

const checksumOfMessage = () =>
  checksum({ filter: "checksum", label: "Checksum", about: "checksum", covers: "message", hasPseudoHeader: false });

const groupField = () =>
  ipv4Address({
    filter: "maddr",
    label: "Multicast Address",
    about: "group, also of each record",
    default: 0,
  });

/** Makes IGMP messages of versions 1 and 2, 8 bytes, and reads them. */
export const igmp = defineHeader({
  name: "igmp",
  protocol: "IGMP",
  layer: "IGMP message",
  follows: { ipProtocol: IpProtocol.IGMP },
  fields: {
    /** 0 to 255; see `IgmpType`. */
    type: u8({
      filter: "type",
      label: "Type",
      about: "0x11 query, 0x16 report, 0x17 leave, 0x22 report of version 3",
      show: typeField,
    }),
    /** In tenths of a second, 0 to 255; 0 in version 1. Default: 0. */
    maxResponseTime: u8({
      default: 0,
      drawn: "Max Resp Time",
      drawnWith: ["igmp.max_resp", "igmp.reserved"],
      show: responseField,
    }),
    /** Over the whole message, 0 to 65535. Computed. */
    checksum: checksumOfMessage(),
    /** The group; 0.0.0.0 in a query for all groups, and the default. */
    groupAddress: groupField(),
  },
  about: "IGMP",
  blank: { type: IgmpType.MEMBERSHIP_QUERY },
  drawing: "IGMP message (RFC 2236)",
  summary: "Internet Group Management Protocol",
  shows: {
    "igmp.version": ["number", "version, by type and length", 0xff],
    "igmp.max_resp": ["number", "tenths of a second that an answer may take"],
    "igmp.reserved": ["bytes", "what is reserved"],
  },
  variantAt: (view, at, end) => {
    const type = view.getUint8(at);
    if (type === IgmpType.VERSION_3_REPORT) return igmpReport;
    return type === IgmpType.MEMBERSHIP_QUERY && end - at >= QUERY_LENGTH ? igmpQuery : undefined;
  },
});

/** What `igmp` takes: fields that are left out have their defaults. */
export type IgmpMessage = HeaderOf<typeof igmp.fields>;
export type DecodedIgmpMessage = DecodedOf<typeof igmp.fields>;

/** Makes queries of version 3, 12 bytes and sources (RFC 3376, section 4.1), and reads them. */
export const igmpQuery = defineHeader({
  name: "igmp",
  protocol: "IGMP",
  layer: "IGMPv3 query",
  follows: { ipProtocol: IpProtocol.IGMP },
  fields: {
    /** Default: 0x11. */
    type: u8({ filter: "type", label: "Type", default: IgmpType.MEMBERSHIP_QUERY, show: typeOfVersion3 }),
    /** In tenths of a second, 0 to 127; 128 to 255 have an exponent (RFC 3376, section 4.1.1). Default: 100. */
    maxResponseCode: u8({
      default: 100,
      drawn: "Max Resp Code",
      show: (reader) => timeField(reader, reader.peek(0) >= EXPONENT),
    }),
    /** Over the whole message, 0 to 65535. Computed. */
    checksum: checksumOfMessage(),
    /** The group; 0.0.0.0 in a query for all groups, and the default. */
    groupAddress: groupField(),
    /** Of no meaning, 0 to 15. Default: 0. */
    reserved: bits(4, { default: 0, drawn: "Resv" }),
    /** Routers are not to count anew what they know of the group. Default: false. */
    suppressRouterSideProcessing: flag({ filter: "s", label: "S", about: "routers are not to change", default: false }),
    /** 0 to 7: how many packets may be lost. Default: 2. */
    querierRobustnessVariable: bits(3, { filter: "qrv", label: "QRV", about: "robustness of the querier", default: 2 }),
    /** In seconds, 0 to 127; 128 to 255 have an exponent (RFC 3376, section 4.1.7). Default: 125. */
    querierQueryIntervalCode: u8({
      filter: "qqic",
      label: "QQIC",
      about: "code of the interval between queries",
      default: 125,
    }),
    /** How many sources there are, 0 to 65535. Computed. */
    numberOfSources: u16({
      filter: "num_src",
      label: "Num Src",
      about: "number of sources, also of each record",
      auto: { kind: "headerLength", unit: ADDRESS_LENGTH, minus: QUERY_LENGTH / ADDRESS_LENGTH },
    }),
    /** Addresses, as numbers or as text. Default: none. */
    sources: tail(ipv4List("IGMPv3 query"), { drawn: "Source Addresses", show: sourceFields }),
  },
  about: "IGMP",
  drawing: "IGMPv3 query (RFC 3376)",
  summary: "Internet Group Management Protocol",
  shows: {
    "igmp.version": ["number", "version, by type and length", 0xff],
    "igmp.max_resp": ["number", "tenths of a second that an answer may take"],
    "igmp.max_resp.exp": ["number", "exponent of that time", 7],
    "igmp.max_resp.mant": ["number", "mantissa of that time", 0xf],
    "igmp.saddr": ["ipv4", "source, also of each record"],
  },
});

/** What `igmpQuery` takes: fields that are left out have their defaults. */
export type IgmpQuery = HeaderOf<typeof igmpQuery.fields>;

function sourceFields(reader: FieldReader, _layer: unknown, { numberOfSources }: Shown): void {
  const count = (numberOfSources as number | undefined) ?? 0;
  for (let index = 0; index < count && !reader.isShort; index++) reader.ipv4("igmp.saddr", "Source Address");
}

/** What a host says of one group (RFC 3376, section 4.2.4). */
export interface IgmpGroupRecord extends GroupRecord<Ipv4Address> {
  /** The group: a number, or text. */
  readonly groupAddress: Ipv4Address | string;
}

const RECORD_TYPES: Readonly<Record<number, string>> = {
  1: "Mode Is Include",
  2: "Mode Is Exclude",
  3: "Change To Include Mode",
  4: "Change To Exclude Mode",
  5: "Allow New Sources",
  6: "Block Old Sources",
};

const REPORT = "IGMPv3 report";

const records = new GroupRecords<Ipv4Address, Pick<IgmpGroupRecord, "groupAddress">>({
  layer: REPORT,
  addressLength: ADDRESS_LENGTH,
  list: ipv4List(REPORT),
  setGroup: (data, at, { groupAddress }) => data.setIpv4(at, groupAddress, "groupAddress of a record"),
  groupAt: (data, at) => ({ groupAddress: data.number(at, 4) }),
});

/** Makes reports of version 3, 8 bytes and records (RFC 3376, section 4.2), and reads them. */
export const igmpReport = defineHeader({
  name: "igmp",
  protocol: "IGMP",
  layer: REPORT,
  follows: { ipProtocol: IpProtocol.IGMP },
  fields: {
    /** Default: 0x22. */
    type: u8({ filter: "type", label: "Type", default: IgmpType.VERSION_3_REPORT, show: typeOfVersion3 }),
    /** Of no meaning, 0 to 255. Default: 0. */
    reserved: u8({ default: 0, show: (reader) => void reader.raw("igmp.reserved", "Reserved", 1) }),
    /** Over the whole message, 0 to 65535. Computed. */
    checksum: checksumOfMessage(),
    /** Of no meaning, 0 to 65535. Default: 0. */
    secondReserved: u16({
      default: 0,
      drawn: "Reserved",
      show: (reader) => void reader.raw("igmp.reserved", "Reserved", 2),
    }),
    /** How many records there are, 0 to 65535. Computed. */
    numberOfGroupRecords: u16({
      filter: "num_grp_recs",
      label: "Num Group Records",
      about: "number of records",
      auto: { kind: "count" },
    }),
    /** What is wanted of each group. Default: none. */
    groupRecords: tail(records, { drawn: "Group Records", show: recordFields }),
  },
  about: "IGMP",
  drawing: "IGMPv3 report (RFC 3376)",
  summary: "Internet Group Management Protocol",
  lengthAt: reportLength,
  shows: {
    "igmp.version": ["number", "version, by type and length", 0xff],
    "igmp.reserved": ["bytes", "what is reserved"],
    "igmp.record_type": ["number", "what each record says", 0xff],
    "igmp.aux_data_len": ["number", "words of auxiliary data of each record", 0xff],
    "igmp.aux_data": ["bytes", "auxiliary data of each record"],
    "igmp.num_src": ["number", "number of sources, also of each record", 0xffff],
    "igmp.maddr": ["ipv4", "group, also of each record"],
    "igmp.saddr": ["ipv4", "source, also of each record"],
  },
});

/** What `igmpReport` takes: fields that are left out have their defaults. */
export type IgmpReport = HeaderOf<typeof igmpReport.fields>;

/** As far as the records go that it counts. */
function reportLength(view: DataView, start: number, end: number): number {
  const { fixedLength } = igmpReport;
  if (end - start < fixedLength) return fixedLength;
  return fixedLength + records.lengthAt(view, start + fixedLength, end, view.getUint16(start + fixedLength - 2));
}

function recordFields(reader: FieldReader, _layer: unknown, { numberOfGroupRecords }: Shown): void {
  const count = (numberOfGroupRecords as number | undefined) ?? 0;
  for (let index = 0; index < count && !reader.isShort; index++) {
    if (reader.remaining === 0) return reader.skip(records.leastLength);
    const [words, sources] = [reader.peek(1), reader.peek(2, 2)];
    const length = records.lengthOf(sources, words);
    const inner = reader.inside(length);
    const type = inner.number("igmp.record_type", "Record Type", 1, { text: (value) => named(RECORD_TYPES, value) });
    inner.number("igmp.aux_data_len", "Aux Data Len", 1);
    inner.number("igmp.num_src", "Num Src", 2);
    const group = inner.ipv4("igmp.maddr", "Multicast Address");
    for (let source = 0; source < sources && !inner.isShort; source++) inner.ipv4("igmp.saddr", "Source Address");
    if (words > 0) inner.raw("igmp.aux_data", "Aux Data", length - records.lengthOf(sources, 0));
    const size = Math.min(length, reader.remaining);
    const text = `${group} ${RECORD_TYPES[type] ?? "Unknown"}, ${inBytes(length)}`;
    reader.heading("Group Record", size, text, inner.finish());
  }
}
