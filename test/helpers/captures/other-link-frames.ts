import { parseIpv4, parseIpv6 } from "../../../lib/headers/address.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import { bytesOf, type NamedFrame } from "./frames-of-all-kinds.ts";

const udp = { sourcePort: 40_000, destinationPort: 9999 };
const payload = new TextEncoder().encode("datagram");

/** Frames that begin with another link header, by the number of their link type. */
export function otherLinkFrames(): Map<number, NamedFrame[]> {
  const ipv4 = { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") };
  const ipv6 = { source: parseIpv6("2001:db8::1"), destination: parseIpv6("2001:db8::2") };
  const packet = encodeFrame({ ipv4, udp, payload });
  const packet6 = encodeFrame({ ipv6, udp, payload });
  return new Map([
    [
      0,
      [
        { name: "NULL", bytes: bytesOf("02000000", packet) },
        { name: "NULL of the other byte order", bytes: bytesOf("00000002", packet) },
        { name: "NULL with IPv6", bytes: bytesOf("1e000000", packet6) },
      ],
    ],
    [
      101,
      [
        { name: "raw", bytes: packet },
        { name: "raw IPv6", bytes: packet6 },
      ],
    ],
    [108, [{ name: "LOOP", bytes: bytesOf("00000002", packet) }]],
    [
      113,
      [
        { name: "SLL", bytes: bytesOf("0004 0001 0006 02000a000001 0000 0800", packet) },
        { name: "SLL without an address", bytes: bytesOf("0000 0304 0000 0000000000000000 0800", packet) },
      ],
    ],
    [276, [{ name: "SLL2", bytes: bytesOf("0800 0000 00000003 0001 04 06 02000a000001 0000", packet) }]],
  ]);
}
