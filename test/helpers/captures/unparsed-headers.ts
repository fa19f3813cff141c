/** Two protocols that the registry does not have: all that is known of them is the table. */

import { defineHeader } from "../../../lib/headers/define-header.ts";
import { bits, checksum, ipv4Address, u8, u16 } from "../../../lib/headers/fields.ts";

/** Internet Group Management Protocol, version 2 (RFC 2236, section 2). */
export const igmp = defineHeader({
  name: "igmp",
  protocol: "IGMP",
  layer: "IGMP message",
  follows: { ipProtocol: 2 },
  fields: {
    type: u8({ filter: "type", label: "Type" }),
    maxResponseTime: u8({ filter: "max_resp", label: "Max Resp Time", default: 0 }),
    checksum: checksum({ filter: "checksum", label: "Checksum", covers: "message", hasPseudoHeader: false }),
    groupAddress: ipv4Address({ filter: "maddr", label: "Multicast Address", default: 0 }),
  },
  about: "IGMP",
  drawing: "IGMP message (RFC 2236)",
  summary: "Internet Group Management Protocol",
});

/** A made-up tunnel, which leads back to an EtherType, under a number for experiments (RFC 3692, section 2.1). */
export const burrow = defineHeader({
  name: "burrow",
  layer: "burrow header",
  follows: { ipProtocol: 253 },
  fields: {
    depth: bits(13, { default: 0 }),
    version: bits(3, { default: 0 }),
    protocolType: u16({ filter: "proto", label: "Protocol Type", announces: "etherType" }),
  },
  about: "burrows",
  summary: "Burrow",
});
