/** What is found of checksums that are bad: in a tunnel, every layer can have one. */
import type { PacketOutline } from "../dissect/outline.ts";
import { viewOf } from "../dissect/packet-bounds.ts";
import { gre } from "../headers/gre.ts";
import { igmp, igmpQuery, igmpReport } from "../headers/igmp.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { kindOf } from "../headers/registry.ts";
import { sctp } from "../headers/sctp.ts";
import { udpOffsets } from "../headers/udp.ts";
import { udpLite } from "../headers/udp-lite.ts";
import { Finding } from "./findings.ts";

const UDP_CHECKSUM_AT = udpOffsets.checksum;
const UDP_LITE = kindOf(udpLite);

/** Of all layers of a packet, as bits of `Finding`. */
export function checksumFindings(o: PacketOutline): number {
  let findings = 0;
  for (let layer = 0; layer < o.layerCount; layer++) {
    if (o.checksums[layer] === ChecksumStatus.BAD) findings |= checksumFinding(o, layer);
  }
  return findings;
}

function checksumFinding(o: PacketOutline, layer: number): number {
  switch (o.kinds[layer]) {
    case LayerKind.IPV4:
      return Finding.IP_CHECKSUM_BAD;
    case LayerKind.TCP:
      return o.hasOnesForZero ? Finding.TCP_CHECKSUM_FFFF : Finding.TCP_CHECKSUM_BAD;
    case UDP_LITE:
    case LayerKind.UDP: {
      const isAbsent = viewOf(o, layer).getUint16(o.starts[layer]! + UDP_CHECKSUM_AT) === 0;
      return isAbsent ? Finding.UDP_CHECKSUM_ZERO : Finding.UDP_CHECKSUM_BAD;
    }
    case LayerKind.ICMP:
      return Finding.ICMP_CHECKSUM_BAD;
    case LayerKind.ICMPV6:
      return Finding.ICMPV6_CHECKSUM_BAD;
    default:
      return OTHER_CHECKSUMS.get(o.kinds[layer]!) ?? 0;
  }
}

/** Of protocols that have no kind of their own. */
const OTHER_CHECKSUMS: ReadonlyMap<number, number> = new Map([
  [kindOf(gre), Finding.GRE_CHECKSUM_BAD],
  [kindOf(igmp), Finding.IGMP_CHECKSUM_BAD],
  [kindOf(igmpQuery), Finding.IGMP_CHECKSUM_BAD],
  [kindOf(igmpReport), Finding.IGMP_CHECKSUM_BAD],
  [kindOf(sctp), Finding.SCTP_CHECKSUM_BAD],
]);
