/** Two protocols that the registry does not have: all that is known of them is the table. */

import { defineHeader } from "../../../lib/headers/define-header.ts";
import { bits, checksum, ipv4Address, u8, u16 } from "../../../lib/headers/fields.ts";

/** Virtual Router Redundancy Protocol, version 2, with one address and no authentication (RFC 3768, section 5.1). */
export const vrrp = defineHeader({
  name: "vrrp",
  protocol: "VRRP",
  layer: "VRRP message",
  follows: { ipProtocol: 112 },
  fields: {
    version: bits(4, { filter: "version", label: "VRRP protocol version", default: 2 }),
    type: bits(4, { filter: "type", label: "VRRP packet type", default: 1 }),
    routerId: u8({ filter: "virt_rtr_id", label: "Virtual Rtr ID" }),
    priority: u8({ filter: "prio", label: "Priority", default: 100 }),
    addressCount: u8({ filter: "addr_count", label: "Addr Count", default: 1 }),
    authenticationType: u8({ filter: "auth_type", label: "Auth Type", default: 0 }),
    interval: u8({ filter: "adver_int", label: "Adver Int", default: 1 }),
    checksum: checksum({ filter: "checksum", label: "Checksum", covers: "message", hasPseudoHeader: false }),
    address: ipv4Address({ filter: "ip_addr", label: "IP Address" }),
  },
  about: "VRRP",
  drawing: "VRRP message (RFC 3768)",
  summary: "Virtual Router Redundancy Protocol",
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
