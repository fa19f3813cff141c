/**
 * VLAN tag: IEEE 802.1Q, and the service tag of 802.1ad. The header begins behind the type that announces it, and ends with
 * the type of what it carries.
 */
import { EtherType, EXPERIMENTAL_ETHER_TYPE } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import { typeOrLengthField } from "./ethernet.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, flag, u16 } from "./fields.ts";
import { type HeaderOf, offsetsOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

const LAYER = "VLAN tag";

const PRIORITIES = [
  "Best Effort (default)",
  "Background",
  "Excellent Effort",
  "Critical Applications",
  "Video, < 100ms latency and jitter",
  "Voice, < 10ms latency and jitter",
  "Internetwork Control",
  "Network Control",
];

const priorityText = (value: number) => `${PRIORITIES[value]} (${value})`;

/** Makes VLAN tags, 4 bytes (IEEE 802.1Q, clause 9.6), and reads them. */
export const vlan = defineHeader({
  name: "vlan",
  layer: LAYER,
  kind: LayerKind.VLAN,
  follows: { etherType: [EtherType.VLAN, EtherType.OLD_PROVIDER_VLAN] },
  fields: {
    /** Priority code point, 0 to 7. Default: 0. */
    priority: bits(3, {
      filter: "priority",
      label: "Priority",
      about: "priority of a tag",
      default: 0,
      word: 2,
      text: priorityText,
    }),
    /** Whether it is dropped first where there is too much. Default: false. */
    dropEligible: flag({
      filter: "dei",
      label: "DEI",
      about: "whether the frame is among the first to be dropped",
      default: false,
      word: 2,
      text: (is) => (is ? "Eligible" : "Ineligible"),
      meaning: "whether this frame is among the first to be dropped where there is no room for all",
    }),
    /** Which VLAN the frame is in, 1 to 4094; 0 where the tag is for its priority alone, and 0 to 4095 can be written. */
    identifier: bits(12, { filter: "id", label: "ID", about: "VLAN of a tag", word: 2 }),
    /** What follows, 0 to 65535; see `EtherType`. */
    etherType: u16({
      filter: "etype",
      label: "Type",
      about: "EtherType behind a tag",
      announces: "etherType",
      show: (reader) => typeOrLengthField(reader, "vlan.etype", "vlan.len"),
    }),
  },
  about: "a tag of IEEE 802.1Q",
  blank: { etherType: EXPERIMENTAL_ETHER_TYPE },
  missing: "field",
  variant: (reader) => (typeBefore(reader) === EtherType.PROVIDER_VLAN ? serviceTag : undefined),
  summary: ({ priority, dropEligible, identifier }) =>
    `802.1Q Virtual LAN, PRI: ${priority}, DEI: ${dropEligible ? 1 : 0}, ID: ${identifier}`,
});

/** What `vlan` and `serviceTag` take: fields that are left out have their defaults. */
export type VlanTag = HeaderOf<typeof vlan.fields>;

/** Makes the tag that a provider puts before those of its customers, 4 bytes (IEEE 802.1ad), and reads it. */
export const serviceTag = defineHeader({
  name: "ieee8021ad",
  layer: LAYER,
  follows: { etherType: EtherType.PROVIDER_VLAN },
  fields: {
    /** Priority code point, 0 to 7. Default: 0. */
    priority: bits(3, { filter: "priority", label: "Priority", about: "priority of a provider's tag", default: 0 }),
    /** 1 if it is dropped first where there is too much, else 0. Default: 0. */
    dropEligible: bits(1, {
      filter: "dei",
      label: "DEI",
      about: "whether the frame is among the first to be dropped",
      default: 0,
    }),
    /** Which VLAN the frame is in, 0 to 4095. */
    identifier: bits(12, { filter: "id", label: "ID", about: "VLAN of a provider's tag" }),
    /** What follows, 0 to 65535; see `EtherType`. */
    etherType: u16({
      label: "Type",
      announces: "etherType",
      show: (reader) => typeOrLengthField(reader, "ieee8021ah.etype", "vlan.len"),
    }),
  },
  about: "a provider's tag, of IEEE 802.1ad",
  blank: { etherType: EXPERIMENTAL_ETHER_TYPE },
  missing: "field",
  summary: ({ priority, dropEligible, identifier }) =>
    `IEEE 802.1ad, PRI: ${priority}, DROP: ${dropEligible}, ID: ${identifier}`,
});

function typeBefore(reader: FieldReader): number {
  return reader.start >= 2 ? reader.memory.view.getUint16(reader.start - 2) : 0;
}

/** The byte in which each field begins, counted from the start of the header. */
export const vlanOffsets = offsetsOf(vlan.fields);
