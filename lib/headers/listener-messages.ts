/**
 * What multicast listener discovery has behind its fixed fields: the rest of a query of version 2, and the records of a report
 * (RFC 3810, sections 5.1 and 5.2).
 */
import type { Ipv6Address } from "./address.ts";
import { ipv6List } from "./address-list.ts";
import { hex } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { TailCodec } from "./fields.ts";
import { type GroupRecord, GroupRecords } from "./group-records.ts";
import { OptionData } from "./option-kinds.ts";

const LAYER = "MLD message";
const ADDRESS_LENGTH = 16;
const addressList = ipv6List(LAYER);

/** What a query of version 2 has that one of version 1 has not. What is left out of counts is computed. */
export interface ListenerQuery {
  /** 0 to 15. Default: 0. */
  readonly reserved?: number;
  /** Routers are not to count anew what they know of the group. Default: false. */
  readonly suppressRouterSideProcessing?: boolean;
  /** 0 to 7: how many packets may be lost. Default: 2. */
  readonly querierRobustnessVariable?: number;
  /** In seconds, 0 to 127; 128 to 255 have an exponent (RFC 3810, section 5.1.9). Default: 125. */
  readonly querierQueryIntervalCode?: number;
  /** Default: none. */
  readonly sources?: readonly (Ipv6Address | string)[];
}

/** Flags, code of the interval and number of sources, before these. */
const QUERY_START = 4;
const SUPPRESSED = 8;

/** Bytes of the rest of a query between `at` and `end`: none in version 1. */
export function queryLength(view: DataView, at: number, end: number): number {
  if (at >= end) return 0;
  return end - at < QUERY_START ? QUERY_START : QUERY_START + view.getUint16(at + 2) * ADDRESS_LENGTH;
}

export const listenerQuery: TailCodec<ListenerQuery, ListenerQuery | undefined> = {
  byteLength: ({ sources = [] }) => QUERY_START + sources.length * ADDRESS_LENGTH,
  encode: (query, bytes, at, end) => {
    const data = new OptionData(bytes, LAYER);
    const { reserved = 0, querierRobustnessVariable: robustness = 2, sources = [] } = query;
    if ((reserved & 0xf) !== reserved) data.refuse(at, `reserved of a query is ${reserved}, and can be 0 to 15`);
    if ((robustness & 7) !== robustness) {
      data.refuse(at, `querierRobustnessVariable is ${robustness}, and can be 0 to 7`);
    }
    bytes[at] = reserved * 16 + (query.suppressRouterSideProcessing ? SUPPRESSED : 0) + robustness;
    data.setNumber(at + 1, 1, query.querierQueryIntervalCode ?? 125, "querierQueryIntervalCode");
    data.setNumber(at + 2, 2, sources.length, "number of sources");
    addressList.encode(sources, bytes, at + QUERY_START, end);
  },
  decode: (bytes, at, end) => {
    if (at === end) return undefined;
    const data = new OptionData(bytes, LAYER);
    const flags = data.number(at, 1);
    return {
      reserved: flags >>> 4,
      suppressRouterSideProcessing: (flags & SUPPRESSED) !== 0,
      querierRobustnessVariable: flags & 7,
      querierQueryIntervalCode: data.number(at + 1, 1),
      sources: addressList.decode(bytes, at + QUERY_START, end),
    };
  },
};

/** What a host says of one group (RFC 3810, section 5.2.4). */
export interface ListenerRecord extends GroupRecord<Ipv6Address> {
  /** The group: a bigint, or text. */
  readonly multicastAddress: Ipv6Address | string;
}

export const listenerRecords = new GroupRecords<Ipv6Address, Pick<ListenerRecord, "multicastAddress">>({
  layer: LAYER,
  addressLength: ADDRESS_LENGTH,
  list: addressList,
  setGroup: (data, at, { multicastAddress }) => data.setIpv6(at, multicastAddress, "multicastAddress of a record"),
  groupAt: (data, at) => ({ multicastAddress: data.ipv6(at) }),
});

/** Shows the rest of a query of version 2. */
export function listenerQueryFields(reader: FieldReader): void {
  if (reader.remaining <= 0) return;
  const parts = reader.inside(1);
  parts.flag("icmpv6.mld.flag.s", "Suppress Router-Side Processing", 1, 0x08);
  parts.bits("icmpv6.mld.flag.qrv", "QRV (Querier's Robustness Variable)", 1, 0x07);
  parts.bits("icmpv6.mld.flag.reserved", "Reserved", 1, 0xf0);
  const children = parts.isShort ? [] : parts.fields;
  reader.number("icmpv6.mld.flag", "Flags", 1, { text: (value) => hex(value, 1), children });
  reader.number("icmpv6.mld.qqi", "QQIC (Querier's Query Interval Code)", 1);
  const sources = reader.number("icmpv6.mld.nb_sources", "Number of Sources", 2);
  for (let index = 0; index < sources && !reader.isShort; index++) {
    reader.ipv6("icmpv6.mld.source_address", "Source Address");
  }
}

export function listenerRecordFields(reader: FieldReader, count: number): void {
  for (let index = 0; index < count && !reader.isShort; index++) {
    if (reader.remaining > 0) readListenerRecord(reader);
    else reader.skip(listenerRecords.leastLength);
  }
}

function readListenerRecord(reader: FieldReader): void {
  const inner = reader.inside(reader.remaining);
  inner.number("icmpv6.mldr.mar.record_type", "Record Type", 1);
  const more = 4 * inner.number("icmpv6.mldr.mar.aux_data_len", "Aux Data Len", 1);
  const sources = inner.number("icmpv6.mldr.mar.nb_sources", "Number of Sources", 2);
  const group = inner.ipv6("icmpv6.mldr.mar.multicast_address", "Multicast Address");
  for (let index = 0; index < sources && !inner.isShort; index++) {
    inner.ipv6("icmpv6.mldr.mar.source_address", "Source Address");
  }
  if (more > 0) inner.raw("icmpv6.mldr.mar.auxiliary_data", "Auxiliary Data", more);
  reader.group("icmpv6.mldr.mar", "Multicast Address Record", inner.at - inner.start, group, inner.finish());
}
