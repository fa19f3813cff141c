/**
 * Internet Control Message Protocol for IPv6 (RFC 4443, section 2.1). What follows the header, the message body, depends on
 * the type; what neighbours and routers tell each other is in `neighbour-discovery.ts`.
 */
import { IpProtocol } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { checksum, u8 } from "./fields.ts";
import type { DecodedOf, HeaderOf } from "./header-table.ts";
import { LayerKind } from "./layer-kinds.ts";
import { discoveryFields } from "./neighbour-discovery.ts";
import { hex, inBytes, named } from "./value-text.ts";

/** The types that have a name here (RFC 4443, RFC 4861). Others pass through. */
export const Icmpv6Type = {
  DESTINATION_UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
  REDIRECT: 137,
} as const;

/** Whether a message is about another packet, which it quotes: those have the lower half of the numbers. */
export function isIcmpv6Error(type: number): boolean {
  return type >= Icmpv6Type.DESTINATION_UNREACHABLE && type <= Icmpv6Type.PARAMETER_PROBLEM;
}

const TYPES: Readonly<Record<number, string>> = {
  [Icmpv6Type.DESTINATION_UNREACHABLE]: "Destination Unreachable",
  [Icmpv6Type.PACKET_TOO_BIG]: "Packet Too Big",
  [Icmpv6Type.TIME_EXCEEDED]: "Time Exceeded",
  [Icmpv6Type.PARAMETER_PROBLEM]: "Parameter Problem",
  [Icmpv6Type.ECHO_REQUEST]: "Echo (ping) request",
  [Icmpv6Type.ECHO_REPLY]: "Echo (ping) reply",
  130: "Multicast Listener Query",
  131: "Multicast Listener Report",
  132: "Multicast Listener Done",
  [Icmpv6Type.ROUTER_SOLICITATION]: "Router Solicitation",
  [Icmpv6Type.ROUTER_ADVERTISEMENT]: "Router Advertisement",
  [Icmpv6Type.NEIGHBOR_SOLICITATION]: "Neighbor Solicitation",
  [Icmpv6Type.NEIGHBOR_ADVERTISEMENT]: "Neighbor Advertisement",
  [Icmpv6Type.REDIRECT]: "Redirect",
  143: "Multicast Listener Report Message v2",
};

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [Icmpv6Type.DESTINATION_UNREACHABLE]: {
    0: "no route to destination",
    1: "Administratively prohibited",
    2: "Beyond scope of source address",
    3: "Address unreachable",
    4: "Port unreachable",
  },
  [Icmpv6Type.TIME_EXCEEDED]: { 0: "hop limit exceeded in transit", 1: "fragment reassembly time exceeded" },
  [Icmpv6Type.PARAMETER_PROBLEM]: {
    0: "erroneous header field encountered",
    1: "unrecognized Next Header type encountered",
    2: "unrecognized IPv6 option encountered",
  },
};

export const icmpv6 = defineHeader({
  name: "icmpv6",
  protocol: "ICMPv6",
  layer: "ICMPv6 header",
  kind: LayerKind.ICMPV6,
  follows: { ipProtocol: IpProtocol.IPV6_ICMP },
  fields: {
    /** 0 to 255; see `Icmpv6Type`. */
    type: u8({
      filter: "type",
      label: "Type",
      about: "128 echo request, 129 reply",
      text: (type) => named(TYPES, type),
    }),
    /** 0 to 255; what it says depends on the type. Default: 0. */
    code: u8({
      filter: "code",
      label: "Code",
      about: "code within the type",
      default: 0,
      show: (reader, _layer, { type }) =>
        reader.number("icmpv6.code", "Code", 1, { text: (code) => codeText(type as number, code) }),
    }),
    /** Over pseudo-header, header and body, 0 to 65535. Computed. */
    checksum: checksum({
      filter: "checksum",
      label: "Checksum",
      about: "checksum",
      covers: "message",
      hasPseudoHeader: true,
    }),
  },
  about: "ICMPv6",
  summary: "Internet Control Message Protocol v6",
  showRest: (reader, _layer, { type }) => {
    if (!discoveryFields(reader, type as number)) readRest(reader, type as number);
  },
});

export type Icmpv6Header = HeaderOf<typeof icmpv6.fields>;
export type DecodedIcmpv6Header = DecodedOf<typeof icmpv6.fields>;

function codeText(type: number, code: number): string {
  const names = CODES[type];
  return names === undefined ? String(code) : named(names, code);
}

function readRest(reader: FieldReader, type: number): void {
  switch (type) {
    case Icmpv6Type.ECHO_REQUEST:
    case Icmpv6Type.ECHO_REPLY:
      reader.number("icmpv6.echo.identifier", "Identifier", 2, { text: (value) => hex(value, 2) });
      return void reader.number("icmpv6.echo.sequence_number", "Sequence", 2);
    case Icmpv6Type.PACKET_TOO_BIG:
      return void reader.number("icmpv6.mtu", "MTU", 4, {
        text: inBytes,
        meaning: "the largest packet that the router can pass on in this direction",
      });
    case Icmpv6Type.PARAMETER_PROBLEM:
      return void reader.number("icmpv6.pointer", "Pointer", 4, {
        meaning: "the byte of the quoted packet that is wrong",
      });
    case Icmpv6Type.DESTINATION_UNREACHABLE:
    case Icmpv6Type.TIME_EXCEEDED:
      return void reader.raw("icmpv6.reserved", "Reserved", 4);
    default:
      return;
  }
}
