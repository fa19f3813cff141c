/** Virtual eXtensible Local Area Network: Ethernet frames over UDP (RFC 7348, section 5). */
import { defineHeader } from "./define-header.ts";
import { bits, flag, u8, u16 } from "./fields.ts";
import type { Following, HeaderOf } from "./header-table.ts";

const FRAME: Following = ["frame", 1];
/** Of UDP (RFC 7348, section 5). */
export const VXLAN_PORT = 4789;

const hex = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
const flags = { filter: "flags", label: "Flags", about: "all flags", text: hex };

/**
 * Makes VXLAN headers, 8 bytes, and reads them. The flags of group policies are those of draft-smith-vxlan-group-policy-05,
 * section 2.1.
 */
export const vxlan = defineHeader({
  name: "vxlan",
  protocol: "VXLAN",
  layer: "VXLAN header",
  follows: { udpPort: VXLAN_PORT },
  fields: {
    /** Whether there is a group policy. Default: false. */
    groupPolicyPresent: flag({ filter: "flag_g", label: "GBP Extension", default: false, word: 2, group: flags }),
    /** Of no meaning, 0 to 7. Default: 0. */
    reserved1: bits(3, { default: 0, group: flags }),
    /** Whether the network identifier is valid. Default: true. */
    networkIdentifierValid: flag({
      filter: "flag_i",
      label: "VXLAN Network ID (VNI)",
      about: "whether the network identifier is valid",
      default: true,
      word: 2,
      group: flags,
    }),
    /** Of no meaning, 0 to 15. Default: 0. */
    reserved2: bits(4, { default: 0, group: flags }),
    /** Whether the receiver is not to learn the sender's address. Default: false. */
    dontLearn: flag({ filter: "flag_d", label: "Don't Learn", default: false, word: 2, group: flags }),
    /** Of no meaning, 0 to 3. Default: 0. */
    reserved3: bits(2, { default: 0, group: flags }),
    /** Whether the group policy was applied already. Default: false. */
    policyApplied: flag({ filter: "flag_a", label: "Policy Applied", default: false, word: 2, group: flags }),
    /** Of no meaning, 0 to 7. Default: 0. */
    reserved4: bits(3, { default: 0, group: flags }),
    /** Group that the policy is about, 0 to 65535. Default: 0. */
    groupPolicyId: u16({ filter: "gbp", label: "Group Policy ID", default: 0 }),
    /** VXLAN network identifier (VNI), 0 to 2^24 - 1. */
    networkIdentifier: bits(24, {
      filter: "vni",
      label: "VXLAN Network Identifier (VNI)",
      about: "network that the frame inside belongs to",
    }),
    /** Of no meaning, 0 to 255. Default: 0. */
    reserved5: u8({ filter: "reserved8", label: "Reserved", default: 0 }),
  },
  carries: ["frame"],
  tunnel: { name: "VXLAN", identifier: "networkIdentifier" },
  next: () => FRAME,
  about: "VXLAN",
  drawing: "VXLAN header (RFC 7348)",
  summary: "Virtual eXtensible Local Area Network",
});

/** What `vxlan` takes: fields that are left out have their defaults. */
export type VxlanHeader = HeaderOf<typeof vxlan.fields>;
