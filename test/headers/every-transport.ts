/** Transports other than TCP and UDP, with the frames that Scapy makes of the same values. */

import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { udpLite } from "../../lib/headers/udp-lite.ts";
import { type Entry, ETHERNET, entry, IPV4, LETTERS } from "./header-entry.ts";

const IN_IPV4 = { linkType: LinkType.ETHERNET, before: [ETHERNET, IPV4], after: [], payload: LETTERS } as const;

export const otherTransports: readonly Entry[] = [
  entry(udpLite, {
    ...IN_IPV4,
    defaults: {
      values: { sourcePort: 40_000, destinationPort: 9999 },
      found: { checksumCoverage: 0, checksum: 0x2d13 },
      frame: "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f00002d136162636465666768696a",
    },
    given: {
      values: { sourcePort: 40_001, destinationPort: 9998, checksumCoverage: 18, checksum: 0xbad1 },
      found: {},
      frame: "020000000002020000000001080045000026000000004088664e0a0000010a0000029c41270e0012bad16162636465666768696a",
    },
    more: {
      "a sum of the header alone": {
        values: { sourcePort: 40_000, destinationPort: 9999, checksumCoverage: 8 },
        frame:
          "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f0008280b6162636465666768696a",
      },
      "a sum of some of the data": {
        values: { sourcePort: 40_000, destinationPort: 9999, checksumCoverage: 12 },
        frame:
          "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f000c63406162636465666768696a",
      },
      "no sum, which is not allowed": {
        values: { sourcePort: 40_000, destinationPort: 9999, checksum: 0 },
        frame:
          "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f000000006162636465666768696a",
      },
    },
    counts: ["checksumCoverage"],
  }),
];
