/** The kinds of layers that the dissector tells apart. */
export const LayerKind = {
  ETHERNET: 1,
  /** One tag of IEEE 802.1Q; more than one where tags are stacked. */
  VLAN: 2,
  /** BSD loopback, in the byte order of the machine that captured. */
  NULL: 3,
  /** OpenBSD loopback, in network byte order. */
  LOOP: 4,
  /** Linux "cooked" captures, versions 1 and 2. */
  SLL: 5,
  SLL2: 6,
  ARP: 7,
  IPV4: 8,
  IPV6: 9,
  HOP_BY_HOP: 10,
  ROUTING: 11,
  IPV6_FRAGMENT: 12,
  DESTINATION_OPTIONS: 13,
  AUTHENTICATION: 14,
  ICMP: 15,
  ICMPV6: 16,
  TCP: 17,
  UDP: 18,
  /** What the innermost header carries. */
  PAYLOAD: 19,
  /** Bytes of the frame behind the end of the packet that it carries. */
  TRAILER: 20,
  /** Logical link control (IEEE 802.2), with its SNAP extension where it has one. */
  LLC: 21,
} as const;

export type LayerKind = (typeof LayerKind)[keyof typeof LayerKind];

/** What became of a checksum. UNCHECKED: there is none, or not all that it covers is there. */
export const Verdict = {
  UNCHECKED: 0,
  GOOD: 1,
  BAD: 2,
  /** The field holds the sum of the pseudo-header: the rest was left to the network adapter. */
  PARTIAL: 3,
  /** The field holds 0 where that means that no sum was made. */
  ABSENT: 4,
} as const;

export type Verdict = (typeof Verdict)[keyof typeof Verdict];

const VERDICT_NAMES = ["unchecked", "good", "bad", "partial", "absent"] as const;

export type VerdictName = (typeof VERDICT_NAMES)[number];

export function verdictName(verdict: Verdict): VerdictName {
  return VERDICT_NAMES[verdict];
}
