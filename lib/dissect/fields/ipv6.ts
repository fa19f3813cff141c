/** Fields of the IPv6 header (RFC 8200, section 3). */
import { IPV6_HEADER_LENGTH } from "../../headers/ipv6.ts";
import { codePointText, congestionMeaning, congestionText } from "./differentiated-services.ts";
import type { FieldReader } from "./field-reader.ts";
import { IP_PROTOCOLS } from "./numbers.ts";
import type { Title } from "./place.ts";
import { hex, inBytes, named } from "./text.ts";

/** Masks over the first four bytes. */
const TRAFFIC_CLASS = 0x0ff0_0000;
const CODE_POINT = 0x0fc0_0000;
const CONGESTION = 0x0030_0000;

export function describeIpv6(reader: FieldReader): Title {
  reader.bits("ipv6.version", "Version", 1, 0xf0);
  trafficClassField(reader);
  if (reader.remaining >= 4) reader.skip(1);
  reader.bits("ipv6.flow", "Flow Label", 3, 0xf_ffff, {
    text: (value) => `0x${value.toString(16).padStart(5, "0")}`,
    meaning: (value) => (value === 0 ? undefined : "the same in all packets that belong together on their way"),
  });
  reader.skip(3);
  reader.number("ipv6.plen", "Payload Length", 2, {
    text: inBytes,
    meaning: "what follows this header, extension headers included",
  });
  reader.number("ipv6.nxt", "Next Header", 1, { text: (value) => named(IP_PROTOCOLS, value) });
  reader.number("ipv6.hlim", "Hop Limit", 1, {
    meaning: (value) => `at most ${value} more routers pass the packet on; each takes one off`,
  });
  const source = reader.ipv6("ipv6.src", "Source Address");
  const destination = reader.ipv6("ipv6.dst", "Destination Address");
  const label = `Internet Protocol Version 6, Src: ${source}, Dst: ${destination}`;
  return { name: "ipv6", label, needed: IPV6_HEADER_LENGTH };
}

function trafficClassField(reader: FieldReader): void {
  const parts = reader.inside(4);
  parts.bits("ipv6.tclass.dscp", "Differentiated Services Codepoint", 4, CODE_POINT, { text: codePointText });
  parts.bits("ipv6.tclass.ecn", "Explicit Congestion Notification", 4, CONGESTION, {
    text: congestionText,
    meaning: congestionMeaning,
  });
  reader.bits("ipv6.tclass", "Traffic Class", 4, TRAFFIC_CLASS, {
    text: (value) => hex(value, 1),
    children: parts.fields,
  });
}
