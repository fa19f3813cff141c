/** One header of a packet changed: the packet is what it would be, had it been made so. */
import { describe, expect, it } from "vitest";
import { changePacket } from "../../lib/headers/change-packet.ts";
import { decodePacket } from "../../lib/headers/decode-packet.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { encodePacket, findHeader } from "../../lib/headers/packet.ts";
import { raw } from "../../lib/headers/raw.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";

const host = ipv4({ source: "10.0.0.1", destination: "10.0.0.2" });
const link = ethernet({ source: "02:00:0a:00:00:01", destination: "02:00:0a:00:00:02" });
const said = raw("hello");

describe("a changed packet", () => {
  it("is what it would be, had it been made so", () => {
    const bytes = encodePacket([link, host, tcp({ destinationPort: 80, flags: "PSH, ACK" }), said]);
    const port = encodePacket([link, host, tcp({ destinationPort: 443, flags: "PSH, ACK" }), said]);
    expect(changePacket(bytes, tcp, { destinationPort: 443 })).toEqual(port);
    const other = ipv4({ source: "10.0.0.9", destination: "10.0.0.2", timeToLive: 3 });
    const moved = encodePacket([link, other, tcp({ destinationPort: 80, flags: "PSH, ACK" }), said]);
    expect(changePacket(bytes, ipv4, { source: "10.0.0.9", timeToLive: 3 })).toEqual(moved);
    expect(changePacket(bytes, tcp, {})).toEqual(bytes);
  });

  it("has its lengths counted anew, whatever becomes longer", () => {
    const options = [{ kind: "mss", value: 1460 }] as const;
    const bytes = encodePacket([link, host, tcp({ flags: "SYN" }), said]);
    const longer = encodePacket([link, host, tcp({ flags: "SYN", options }), said]);
    expect(changePacket(bytes, tcp, { options })).toEqual(longer);
  });

  it("keeps what was wrong before, and takes what is given", () => {
    const bytes = encodePacket([link, host, udp({ checksum: 0 }), said]);
    expect(findHeader(decodePacket(changePacket(bytes, udp, { sourcePort: 9 })), udp)?.fields.checksum).toBe(0);
    const given = changePacket(bytes, ipv4, { headerChecksum: 0x1234, timeToLive: 5 });
    expect(findHeader(decodePacket(given), ipv4)?.fields.headerChecksum).toBe(0x1234);
  });

  it("keeps the bytes behind the end of its headers", () => {
    const bytes = encodePacket([link, host, udp()], { minimumLength: 60 });
    const changed = encodePacket([link, host, udp({ destinationPort: 5 })], { minimumLength: 60 });
    expect(changePacket(bytes, udp, { destinationPort: 5 })).toEqual(changed);
  });

  it("has to have the header that is to change", () => {
    const bytes = encodePacket([link, host, udp({ destinationPort: 7 }), said]);
    expect(() => changePacket(bytes, tcp, {})).toThrow(
      "The packet has no header tcp, which is to be changed; it has eth, ip, udp, data.",
    );
    expect(() => changePacket(bytes, ipv6, {})).toThrow(/no header ipv6/);
  });
});
