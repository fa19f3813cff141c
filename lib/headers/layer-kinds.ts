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
export const ChecksumStatus = {
  UNCHECKED: 0,
  GOOD: 1,
  BAD: 2,
  /** The field holds the sum of the pseudo-header: the rest was left to the network adapter. */
  PARTIAL: 3,
  /** The field holds 0 where that means that no sum was made. */
  ABSENT: 4,
} as const;

export type ChecksumStatus = (typeof ChecksumStatus)[keyof typeof ChecksumStatus];

const CHECKSUM_STATUS_NAMES = ["unchecked", "good", "bad", "partial", "absent"] as const;

export type ChecksumStatusName = (typeof CHECKSUM_STATUS_NAMES)[number];

export function checksumStatusName(status: ChecksumStatus): ChecksumStatusName {
  return CHECKSUM_STATUS_NAMES[status];
}

/**
 * What can be wrong with the length of an option of TCP or IP, judged as Wireshark judges it. Bits. Some wrong lengths are only noted; others are called malformed, and come with a
 * sentence in the outline.
 */
export const OptionFault = {
  MALFORMED: 1,
  /** A TCP option whose length its kind cannot have, or that goes on behind the header. */
  TCP_LENGTH: 2,
  /** The same of an IPv4 option. */
  IPV4_LENGTH: 4,
  /** An IPv4 option that ends within one of its addresses or times. */
  IPV4_PART: 8,
} as const;

/** The options of IPv4 and TCP that are a single byte, without a length (RFC 791, section 3.1; RFC 9293, section 3.1). */
export const END_OF_OPTIONS = 0;
export const NO_OPERATION = 1;
/** Of every other option: its type and its length. */
export const LEAST_OPTION_LENGTH = 2;
