/** PPP and what carries it over Ethernet (RFC 1661, section 2; RFC 1662, section 3.1; RFC 2516, section 4). */
import { hex, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import { bits, u8, u16 } from "./fields.ts";
import type { Following, HeaderOf } from "./header-table.ts";

/** The ways in which a PPP frame can begin: with its protocol, with that in one byte, or with the address of HDLC before it. */
const PppForm = { PLAIN: 0, COMPRESSED: 1, FRAMED: 2 } as const;

const PLAIN: Following = ["pppForm", PppForm.PLAIN];
const COMPRESSED: Following = ["pppForm", PppForm.COMPRESSED];
const FRAMED: Following = ["pppForm", PppForm.FRAMED];

const ALL_STATIONS = 0xff;
const UNNUMBERED = 0x03;

/** Which header a PPP frame begins with that can be framed as in HDLC. */
export function framedPppAt(view: DataView, at: number, end: number): Following {
  return end > at && view.getUint8(at) === ALL_STATIONS ? FRAMED : pppAt(view, at, end);
}

/** The same of one that cannot. The last bit of a protocol's first byte tells whether there is a second. */
function pppAt(view: DataView, at: number, end: number): Following {
  return end > at && (view.getUint8(at) & 1) !== 0 ? COMPRESSED : PLAIN;
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  33: "Internet Protocol version 4",
  87: "Internet Protocol version 6",
  641: "MPLS Unicast",
  32801: "Internet Protocol Control Protocol",
  32855: "IPv6 Control Protocol",
  49185: "Link Control Protocol",
  49187: "Password Authentication Protocol",
  49699: "Challenge Handshake Authentication Protocol",
};

const protocolWords = {
  filter: "protocol",
  label: "Protocol",
  about: "what follows",
  announces: "pppProtocol",
  text: (value: number) => `${PROTOCOLS[value] ?? "Unknown"} (${hex(value, 2)})`,
} as const;

const shared = { protocol: "PPP", layer: "PPP header", about: "PPP", summary: "Point-to-Point Protocol" } as const;

/** Makes PPP headers of two bytes, the protocol alone, and reads them. */
export const ppp = defineHeader({
  ...shared,
  name: "ppp",
  follows: { pppForm: PppForm.PLAIN, etherType: 0x880b },
  fields: {
    /** 0 to 65535: 0x0021 IPv4, 0x0057 IPv6. That of what follows, if left out. */
    protocol: u16(protocolWords),
  },
});

/**
 * Makes PPP headers of one byte, a protocol that fits it, and reads them, where both ends have agreed on that (RFC 1661,
 * section 6.5).
 */
export const compressedPpp = defineHeader({
  ...shared,
  name: "ppp",
  follows: { pppForm: PppForm.COMPRESSED },
  fields: {
    /** 0 to 255, odd. That of what follows, if left out. */
    protocol: u8(protocolWords),
  },
});

/** Makes PPP headers of four bytes, with the address and control of HDLC (RFC 1662, section 3.1), and reads them. */
export const framedPpp = defineHeader({
  ...shared,
  name: "ppp",
  follows: { pppForm: PppForm.FRAMED },
  fields: {
    /** 0 to 255. Default: 0xff, all stations. */
    address: u8({ filter: "address", label: "Address", default: ALL_STATIONS, text: (value) => hex(value, 1) }),
    /** 0 to 255. Default: 3, unnumbered information. */
    control: u8({ filter: "control", label: "Control", default: UNNUMBERED, text: (value) => hex(value, 1) }),
    /** 0 to 65535. That of what follows, if left out. */
    protocol: u16(protocolWords),
  },
});

/**
 * Makes headers of a PPPoE session, 6 bytes (RFC 2516, section 4), and reads them; those of discovery have another EtherType.
 */
export const pppoe = defineHeader({
  name: "pppoes",
  prefix: "pppoe",
  protocol: "PPPoE",
  layer: "PPPoE header",
  follows: { etherType: 0x8864 },
  fields: {
    /** Of PPPoE, 0 to 15. Default: 1. */
    version: bits(4, { filter: "version", label: "Version", default: 1 }),
    /** Of PPPoE, 0 to 15. Default: 1. */
    type: bits(4, { filter: "type", label: "Type", default: 1 }),
    /** What it is, 0 to 255. Default: 0, data of a session. */
    code: u8({ filter: "code", label: "Code", default: 0, text: (value) => named({ 0: "Session Data" }, value) }),
    /** Which session of both ends it belongs to, 0 to 65535. */
    sessionId: u16({ filter: "session_id", label: "Session ID", text: (value) => hex(value, 2) }),
    /** Bytes behind this header, 0 to 65535. Computed. */
    payloadLength: u16({
      filter: "payload_length",
      label: "Payload Length",
      auto: { kind: "length", from: "end" },
      meaning: "what follows this header",
    }),
  },
  carries: ["pppForm"],
  bridge: () => ppp(),
  tunnel: { name: "PPPoE session", identifier: "sessionId" },
  next: pppBehind,
  about: "PPPoE",
  needs: 6,
  drawing: "PPPoE header (RFC 2516)",
  summary: "PPP-over-Ethernet Session",
});

/** What `pppoe` takes: fields that are left out have their defaults. */
export type PppoeHeader = HeaderOf<typeof pppoe.fields>;

function pppBehind(view: DataView, _at: number, next: number, end: number): Following {
  return pppAt(view, next, end);
}
