/**
 * MPLS: one entry of a label stack (RFC 3032, section 2.1). The packet behind the last entry goes by its first four bits, as
 * the label does not say what it is to anybody but the routers (RFC 4928, section 2).
 */
import { EtherType } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import { bits, u16 } from "./fields.ts";
import type { Following, HeaderOf } from "./header-table.ts";

const NEXT_ENTRY: Following = ["pseudowire", 1];
const IPV4: Following = ["ipVersion", 4];
const IPV6: Following = ["ipVersion", 6];
const FRAME: Following = ["frame", 1];
const CONTROL_WORD: Following = ["pseudowire", 0];

const BOTTOM_AT = 2;

/** Makes entries of a label stack, 4 bytes each, and reads them. */
export const mpls = defineHeader({
  name: "mpls",
  protocol: "MPLS",
  layer: "MPLS label",
  follows: {
    etherType: [EtherType.MPLS, EtherType.MPLS_MULTICAST],
    ipProtocol: 137,
    udpPort: 6635,
    pppProtocol: 0x281,
    pseudowire: 1,
  },
  fields: {
    /** Where the packet goes next, for who reads it, 0 to 2^20 - 1. */
    label: bits(20, {
      filter: "label",
      label: "MPLS Label",
      about: "label",
      word: 4,
      text: (value) => `${value} (0x${value.toString(16).padStart(5, "0")})`,
    }),
    /** Formerly "experimental" (RFC 5462), 0 to 7. Default: 0. */
    trafficClass: bits(3, {
      filter: "exp",
      label: "MPLS Experimental Bits",
      about: "traffic class",
      default: 0,
      word: 4,
    }),
    /** 1 in the last entry of the stack, else 0. Default: 1; in a stack by what follows. */
    bottomOfStack: bits(1, {
      filter: "bottom",
      label: "MPLS Bottom Of Label Stack",
      about: "1 in the last entry of the stack",
      default: 1,
      word: 4,
    }),
    /** Routers that may pass it on, 0 to 255. Default: 64. */
    timeToLive: bits(8, { filter: "ttl", label: "MPLS TTL", about: "time to live", default: 64, word: 4 }),
  },
  complete: { bottomOfStack: (stack, index) => (stack[index + 1]?.header.name === "mpls" ? 0 : 1) },
  carries: ["ipVersion", "pseudowire", "frame"],
  next: (view, at, next, end) =>
    (view.getUint8(at + BOTTOM_AT) & 1) === 0 ? NEXT_ENTRY : behindStack(view, next, end),
  // Each direction has labels of its own.
  tunnel: { name: "MPLS" },
  about: "MPLS",
  drawing: "MPLS label stack entry (RFC 3032)",
  summary: ({ label, trafficClass, bottomOfStack, timeToLive }) =>
    `MultiProtocol Label Switching Header, Label: ${label}, Exp: ${trafficClass}, S: ${bottomOfStack}, TTL: ${timeToLive}`,
});

/** What `mpls` takes: fields that are left out have their defaults. */
export type MplsLabel = HeaderOf<typeof mpls.fields>;

function behindStack(view: DataView, next: number, end: number): Following | undefined {
  if (end <= next) return undefined;
  switch (view.getUint8(next) >>> 4) {
    case 4:
      return IPV4;
    case 6:
      return IPV6;
    case 0:
      return isFrame(view, next, end) && !isFrame(view, next + CONTROL_WORD_LENGTH, end) ? FRAME : CONTROL_WORD;
    default:
      return undefined;
  }
}

const CONTROL_WORD_LENGTH = 4;
const ETHERNET_LENGTH = 14;
const FRAME_TYPES: ReadonlySet<number> = new Set([EtherType.IPV4, EtherType.IPV6, EtherType.ARP, EtherType.VLAN]);

/** Whether it looks like a frame whose first address happens to begin with four bits of 0, and not like a control word. */
function isFrame(view: DataView, at: number, end: number): boolean {
  return end - at >= ETHERNET_LENGTH && FRAME_TYPES.has(view.getUint16(at + ETHERNET_LENGTH - 2));
}

/** Makes the control word of Ethernet over MPLS, 4 bytes (RFC 4448, section 4.6), and reads it. */
export const ethernetControlWord = defineHeader({
  name: "pwethcw",
  protocol: "PW Ethernet",
  prefix: "pweth",
  layer: "pseudowire control word",
  follows: { pseudowire: 0 },
  fields: {
    /** Of no meaning, 0 to 65535. Default: 0. */
    reserved: u16({ default: 0 }),
    /** Counts the frames, 0 to 65535; 0 where they are not numbered. Default: 0. */
    sequenceNumber: u16({ filter: "cw.sequence_number", label: "PW sequence number (ethernet)", default: 0 }),
  },
  carries: ["frame"],
  next: () => FRAME,
  about: "control word of Ethernet over MPLS",
  summary: "PW Ethernet Control Word",
});

/** Makes the header of Ethernet in IP, 2 bytes (RFC 3378, section 3), and reads it. */
export const etherIp = defineHeader({
  name: "etherip",
  protocol: "ETHERIP",
  layer: "EtherIP header",
  follows: { ipProtocol: 97 },
  fields: {
    /** What tells a version apart from IP: always 3. */
    version: bits(4, { filter: "ver", label: "Version", default: 3, word: 2, must: 3 }),
    /** Of no meaning, 0 to 4095. Default: 0. */
    reserved: bits(12, { filter: "reserved", label: "Reserved", default: 0, word: 2 }),
  },
  carries: ["frame"],
  next: () => FRAME,
  tunnel: { name: "EtherIP" },
  about: "Ethernet over IP",
  summary: ({ version }) => `Ethernet over IP, Version ${version}`,
});
