/** Fields of ICMPv6 messages (RFC 4443). What neighbours and routers tell each other is in `neighbour-discovery.ts`. */
import { Verdict } from "../layer-kinds.ts";
import { checksumField } from "./checksum-field.ts";
import type { FieldReader } from "./field-reader.ts";
import { discoveryFields } from "./neighbour-discovery.ts";
import type { Place, Title } from "./place.ts";
import { hex, inBytes, named } from "./text.ts";
import { expectedChecksum } from "./transport-checksum.ts";

const CHECKSUM_AT = 2;

const Type = {
  UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO: 128,
  ECHO_REPLY: 129,
} as const;

const TYPES: Readonly<Record<number, string>> = {
  1: "Destination Unreachable",
  2: "Packet Too Big",
  3: "Time Exceeded",
  4: "Parameter Problem",
  128: "Echo (ping) request",
  129: "Echo (ping) reply",
  130: "Multicast Listener Query",
  131: "Multicast Listener Report",
  132: "Multicast Listener Done",
  133: "Router Solicitation",
  134: "Router Advertisement",
  135: "Neighbor Solicitation",
  136: "Neighbor Advertisement",
  137: "Redirect",
  143: "Multicast Listener Report Message v2",
};

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [Type.UNREACHABLE]: {
    0: "no route to destination",
    1: "Administratively prohibited",
    2: "Beyond scope of source address",
    3: "Address unreachable",
    4: "Port unreachable",
  },
  [Type.TIME_EXCEEDED]: { 0: "hop limit exceeded in transit", 1: "fragment reassembly time exceeded" },
  [Type.PARAMETER_PROBLEM]: {
    0: "erroneous header field encountered",
    1: "unrecognized Next Header type encountered",
    2: "unrecognized IPv6 option encountered",
  },
};

export function describeIcmpv6(reader: FieldReader, place: Place): Title {
  const type = reader.number("icmpv6.type", "Type", 1, { text: (value) => named(TYPES, value) });
  reader.number("icmpv6.code", "Code", 1, {
    text: (code) => (CODES[type] === undefined ? String(code) : named(CODES[type], code)),
  });
  const verdict = place.isTransport ? place.outline.icmpChecksum : Verdict.UNCHECKED;
  const expected = verdict === Verdict.BAD ? expectedChecksum(place.outline, CHECKSUM_AT) : undefined;
  checksumField(reader, "icmpv6", "Checksum", verdict, expected);
  if (!discoveryFields(reader, type)) readRest(reader, type);
  return { name: "icmpv6", label: "Internet Control Message Protocol v6", needed: 4 };
}

function readRest(reader: FieldReader, type: number): void {
  switch (type) {
    case Type.ECHO:
    case Type.ECHO_REPLY:
      reader.number("icmpv6.echo.identifier", "Identifier", 2, { text: (value) => hex(value, 2) });
      return void reader.number("icmpv6.echo.sequence_number", "Sequence", 2);
    case Type.PACKET_TOO_BIG:
      return void reader.number("icmpv6.mtu", "MTU", 4, {
        text: inBytes,
        meaning: "the largest packet that the router can pass on in this direction",
      });
    case Type.PARAMETER_PROBLEM:
      return void reader.number("icmpv6.pointer", "Pointer", 4, {
        meaning: "the byte of the quoted packet that is wrong",
      });
    case Type.UNREACHABLE:
    case Type.TIME_EXCEEDED:
      return void reader.raw("icmpv6.reserved", "Reserved", 4);
    default:
      return;
  }
}
