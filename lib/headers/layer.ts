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

/** The names of `ChecksumStatus`, for people. */
export type ChecksumStatusName = (typeof CHECKSUM_STATUS_NAMES)[number];

/** The name of a status, in small letters. */
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

// What the detailed view of a packet is made of: layers, and in them every field with the bytes that it stands in.

/** What a field holds: a number, an address as text, a flag, text or bytes; undefined for a field that only has a name. */
export type FieldValue = number | bigint | string | boolean | Uint8Array | undefined;

/** The kinds of addresses that stand in headers: 6, 4 and 16 bytes. */
export type AddressKind = "mac" | "ipv4" | "ipv6";

/** One field of a layer, with the bytes that it stands in. */
export interface Field {
  /** Wireshark's name of the field, "ip.ttl": what can be pasted into a display filter. Empty for a mere heading. */
  readonly name: string;
  /** What Wireshark calls it: "Time to Live". */
  readonly label: string;
  /** First byte, an index in the memory of the layer. */
  readonly start: number;
  /** Bytes; 0 for what is computed and stands nowhere. */
  readonly length: number;
  /** For fields that are some bits of their bytes: mask over the bytes, read as one big-endian number. */
  readonly mask?: number;
  /** That its bytes are an address of this kind, all of them. */
  readonly address?: AddressKind;
  /** The value itself; undefined for a mere heading. */
  readonly value: FieldValue;
  /** The value for people: "64", "0x1c46 [correct]", "10.0.0.1". Text out of the packet stands here as it came. */
  readonly text: string;
  /** What it means, in a sentence. */
  readonly meaning?: string;
  /** The fields that it is made of. */
  readonly children?: readonly Field[];
}

/** One layer of a packet, with its fields. */
export interface Layer {
  /** Which of the kinds it is. */
  readonly kind: LayerKind;
  /** Wireshark's name of the protocol: "eth", "ip", "tcp", "dns", "data". */
  readonly name: string;
  /** One line for the whole layer, as Wireshark words it. */
  readonly label: string;
  /**
   * What `start` of the layer and its fields counts in: the bytes of the frame, those of the reassembled datagram, or those
   * of a message that was put together from segments.
   */
  readonly memory: "frame" | "datagram" | "message";
  /** That message, where `memory` is "message". */
  readonly message?: Uint8Array;
  /** Index of its first byte, in its memory. */
  readonly start: number;
  /** Bytes of the layer. */
  readonly length: number;
  /** Whether it is part of a packet that an ICMP error quotes. */
  readonly isQuoted: boolean;
  /** Its fields, in the order in which they are shown. */
  readonly fields: readonly Field[];
}

/** What a packet does not say of itself, and whoever follows its stream knows. All of it can be left out. */
export interface StreamContext {
  /** Number of the TCP or UDP stream, from 0. */
  readonly stream?: number | undefined;
  /** Numbers of the streams of the datagrams that carry the packet, where it is in a tunnel, outermost first. */
  readonly carrierStreams?: readonly number[];
  /** Numbers of the streams of the packet that this one quotes, outermost first. */
  readonly quotedStreams?: readonly number[];
  /** Whether AE, CWR and ECE are one counter, in this segment or in the one that it quotes. */
  readonly hasAccurateEcn?: boolean | undefined;
  /** Sequence numbers counted from the first one of their side. */
  readonly relativeSequence?: number | undefined;
  /** The acknowledgment number, counted from the first sequence number of the other side. */
  readonly relativeAcknowledgment?: number | undefined;
  /** The window in bytes, after window scaling. */
  readonly scaledWindow?: number | undefined;
  /** Whether the unit of that window is known; where it is not, the window stands as in the header. Default: true. */
  readonly hasWindowScale?: boolean | undefined;
  /** Time since the first packet of the stream, for people. */
  readonly timeText?: string | undefined;
}

/** What became of a checksum, and the sum that belongs there, where it is known. */
export interface ChecksumReport {
  /** What became of it. */
  readonly status: ChecksumStatus;
  /** The sum that belongs there; undefined where it is not known. */
  readonly expected?: number | undefined;
}

/** Where a layer stands, for those of its fields that depend on more than its own bytes. */
export interface LayerContext {
  /** What is known of the stream. */
  readonly stream: StreamContext;
  /** Whether it is part of a packet that an ICMP error quotes. */
  readonly isQuoted: boolean;
  /** Whether the numbers of the stream are about this layer. */
  readonly isTransport: boolean;
  /** Number of the stream of this layer, where it is a transport header, in a tunnel or a quotation or not. */
  readonly streamNumber: number | undefined;
  /** Version of the IP packet that is quoted, where one is. */
  readonly quotedVersion: 4 | 6;
  /** Bytes of data of a TCP segment, where they are known and the segment is not quoted. */
  readonly segmentLength: number | undefined;
  /** Bytes on the wire of a transport header and all that it carries, where the packet alone gives them. */
  readonly transportLength: number | undefined;
  /** Bytes on the wire of an IPv4 packet whose header gives none. */
  packetLength(): number;
  /** Judges the checksum of the layer; it is summed up now. */
  checksum(): ChecksumReport;
}

/** What the whole layer is called. */
export interface LayerSummary {
  readonly name: string;
  readonly label: string;
  /** Bytes that the header should have had, where that is more than those that are there. */
  readonly needed?: number;
}

/** Stands where bytes are missing. */
export const SHORT = "_ws.short";
/** Stands where bytes make no sense. */
export const MALFORMED = "_ws.malformed";
