/**
 * What can be found in a packet, named by the field of Wireshark that shows it, so that each name is also a display
 * filter.
 */

/** What is out of the ordinary about a packet, in bits, so that the findings of one packet are one number. */
export const Finding = {
  /** Bytes are sent again that were not acknowledged in between. */
  RETRANSMISSION: 1 << 0,
  /** Bytes are sent again because duplicate acknowledgements asked for them. */
  FAST_RETRANSMISSION: 1 << 1,
  /** Bytes are sent again that were acknowledged already. */
  SPURIOUS_RETRANSMISSION: 1 << 2,
  /** The segment comes behind a later one. */
  OUT_OF_ORDER: 1 << 3,
  /** The sequence number skips bytes that were not captured. */
  LOST_SEGMENT: 1 << 4,
  /** Bytes are acknowledged that were not captured. */
  ACK_LOST_SEGMENT: 1 << 5,
  /** The same acknowledgement again. */
  DUPLICATE_ACK: 1 << 6,
  /** An idle connection is asked whether its other end is still there. */
  KEEP_ALIVE: 1 << 7,
  /** The answer to a keep-alive. */
  KEEP_ALIVE_ACK: 1 << 8,
  /** A new connection between the sockets of an earlier one. */
  REUSED_PORTS: 1 << 9,
  /** The segment fills the window of its receiver. */
  WINDOW_FULL: 1 << 10,
  /** The sender of the segment says nothing but how much room it has now. */
  WINDOW_UPDATE: 1 << 11,
  /** The sender of the segment has no room for data. */
  ZERO_WINDOW: 1 << 12,
  /** A byte is sent to find out whether there is room again. */
  ZERO_WINDOW_PROBE: 1 << 13,
  /** The answer to such a probe. */
  ZERO_WINDOW_PROBE_ACK: 1 << 14,
  /** The header checksum of IPv4 is wrong. */
  IP_CHECKSUM_BAD: 1 << 15,
  /** The checksum of TCP is wrong. */
  TCP_CHECKSUM_BAD: 1 << 16,
  /** The checksum of UDP is wrong. */
  UDP_CHECKSUM_BAD: 1 << 17,
  /** The checksum of ICMP is wrong. */
  ICMP_CHECKSUM_BAD: 1 << 18,
  /** The checksum of ICMPv6 is wrong. */
  ICMPV6_CHECKSUM_BAD: 1 << 19,
  /** The packet cannot be read to its end. */
  MALFORMED: 1 << 20,
  /** The checksum of TCP is 0xffff and should be 0. */
  TCP_CHECKSUM_FFFF: 1 << 21,
  /** The checksum of UDP is 0 where it may not be left out. */
  UDP_CHECKSUM_ZERO: 1 << 22,
  /** An option of TCP has a length that it cannot have. */
  TCP_OPTION_LENGTH: 1 << 23,
  /** An option of IPv4 has a length that it cannot have. */
  IP_OPTION_LENGTH: 1 << 24,
  /** An option of IPv4 ends within one of its addresses or times. */
  IP_OPTION_PART: 1 << 25,
  /** Bytes are sent again, and are others than before. */
  OVERLAP_CONFLICT: 1 << 26,
  /** The check sequence of the frame is wrong. */
  FRAME_CHECK_BAD: 1 << 27,
  /** The checksum of GRE is wrong. */
  GRE_CHECKSUM_BAD: 1 << 28,
  /** The checksum of IGMP is wrong. */
  IGMP_CHECKSUM_BAD: 1 << 29,
  /** The checksum of SCTP is wrong. */
  SCTP_CHECKSUM_BAD: 1 << 30,
} as const;

/** What is sent only to be answered: the byte that it may carry is no data. */
export const PROBES = Finding.KEEP_ALIVE | Finding.ZERO_WINDOW_PROBE;

/** Wireshark's levels: chat is the ordinary course of things, note is worth knowing, warning is unusual, error is wrong. */
export type Severity = "chat" | "note" | "warning" | "error";

/** What can be found in a packet, in Wireshark's words. */
export interface FindingKind {
  /** The bit of `Finding`. */
  readonly bit: number;
  /** Wireshark's name of the field. */
  readonly code: string;
  /** How grave it is, as Wireshark has it. */
  readonly severity: Severity;
  /** What Wireshark writes in its packet list. */
  readonly title: string;
  /** What it means, for somebody who learns. */
  readonly meaning: string;
}

/** All kinds of findings, by their bits, the lowest first. */
export const FINDING_KINDS: readonly FindingKind[] = [
  {
    bit: Finding.RETRANSMISSION,
    code: "tcp.analysis.retransmission",
    severity: "note",
    title: "TCP Retransmission",
    meaning: "bytes that were sent before are sent again; no acknowledgement of them was seen in between",
  },
  {
    bit: Finding.FAST_RETRANSMISSION,
    code: "tcp.analysis.fast_retransmission",
    severity: "note",
    title: "TCP Fast Retransmission",
    meaning: "duplicate acknowledgements asked for exactly these bytes, and they are sent again at once",
  },
  {
    bit: Finding.SPURIOUS_RETRANSMISSION,
    code: "tcp.analysis.spurious_retransmission",
    severity: "note",
    title: "TCP Spurious Retransmission",
    meaning: "bytes are sent again although they were acknowledged already",
  },
  {
    bit: Finding.OUT_OF_ORDER,
    code: "tcp.analysis.out_of_order",
    severity: "warning",
    title: "TCP Out-Of-Order",
    meaning: "the segment comes behind a later one: it was overtaken on its way, or sent again very soon",
  },
  {
    bit: Finding.LOST_SEGMENT,
    code: "tcp.analysis.lost_segment",
    severity: "warning",
    title: "TCP Previous segment not captured",
    meaning: "the sequence number skips bytes that this capture has not seen",
  },
  {
    bit: Finding.ACK_LOST_SEGMENT,
    code: "tcp.analysis.ack_lost_segment",
    severity: "warning",
    title: "TCP ACKed unseen segment",
    meaning: "bytes are acknowledged that this capture has not seen",
  },
  {
    bit: Finding.DUPLICATE_ACK,
    code: "tcp.analysis.duplicate_ack",
    severity: "note",
    title: "TCP Dup ACK",
    meaning: "the same acknowledgement again, as when something arrives that is not what was expected next",
  },
  {
    bit: Finding.KEEP_ALIVE,
    code: "tcp.analysis.keep_alive",
    severity: "note",
    title: "TCP Keep-Alive",
    meaning: "an idle connection is asked whether its other end is still there",
  },
  {
    bit: Finding.KEEP_ALIVE_ACK,
    code: "tcp.analysis.keep_alive_ack",
    severity: "note",
    title: "TCP Keep-Alive ACK",
    meaning: "the answer to a keep-alive",
  },
  {
    bit: Finding.REUSED_PORTS,
    code: "tcp.analysis.reused_ports",
    severity: "note",
    title: "TCP Port numbers reused",
    meaning: "a new connection between the same addresses and ports as an earlier one",
  },
  {
    bit: Finding.WINDOW_FULL,
    code: "tcp.analysis.window_full",
    severity: "warning",
    title: "TCP Window Full",
    meaning: "the segment fills the window of the other side to the last byte: its sender must wait now",
  },
  {
    bit: Finding.WINDOW_UPDATE,
    code: "tcp.analysis.window_update",
    severity: "chat",
    title: "TCP Window Update",
    meaning: "the sender of the segment has room for another number of bytes now",
  },
  {
    bit: Finding.ZERO_WINDOW,
    code: "tcp.analysis.zero_window",
    severity: "warning",
    title: "TCP ZeroWindow",
    meaning: "the sender of the segment has no room left for data: the other side must stop sending",
  },
  {
    bit: Finding.ZERO_WINDOW_PROBE,
    code: "tcp.analysis.zero_window_probe",
    severity: "note",
    title: "TCP ZeroWindowProbe",
    meaning: "one byte is sent into a closed window, to find out whether it has opened",
  },
  {
    bit: Finding.ZERO_WINDOW_PROBE_ACK,
    code: "tcp.analysis.zero_window_probe_ack",
    severity: "note",
    title: "TCP ZeroWindowProbeAck",
    meaning: "the answer to a probe: the window is still closed",
  },
  {
    bit: Finding.IP_CHECKSUM_BAD,
    code: "ip.checksum_bad.expert",
    severity: "error",
    title: "Bad IPv4 header checksum",
    meaning: "the header changed on its way, or was made wrong",
  },
  {
    bit: Finding.TCP_CHECKSUM_BAD,
    code: "tcp.checksum_bad.expert",
    severity: "error",
    title: "Bad TCP checksum",
    meaning: "the segment changed on its way, or was made wrong: a receiver throws it away",
  },
  {
    bit: Finding.UDP_CHECKSUM_BAD,
    code: "udp.checksum.bad",
    severity: "error",
    title: "Bad UDP checksum",
    meaning: "the datagram changed on its way, or was made wrong: a receiver throws it away",
  },
  {
    bit: Finding.ICMP_CHECKSUM_BAD,
    code: "icmp.checksum_bad",
    severity: "warning",
    title: "Bad ICMP checksum",
    meaning: "the message changed on its way, or was made wrong",
  },
  {
    bit: Finding.ICMPV6_CHECKSUM_BAD,
    code: "icmpv6.checksum_bad.expert",
    severity: "warning",
    title: "Bad ICMPv6 checksum",
    meaning: "the message changed on its way, or was made wrong",
  },
  {
    bit: Finding.MALFORMED,
    code: "_ws.malformed",
    severity: "error",
    title: "Malformed packet",
    meaning: "the packet contradicts itself, or ends too early",
  },
  {
    bit: Finding.TCP_CHECKSUM_FFFF,
    code: "tcp.checksum.ffff",
    severity: "warning",
    title: "TCP checksum 0xffff instead of 0x0000",
    meaning: "the sum is 0 and should be written so (RFC 1624); most receivers accept it",
  },
  {
    bit: Finding.UDP_CHECKSUM_ZERO,
    code: "udp.checksum.zero",
    severity: "error",
    title: "Illegal UDP checksum value (0)",
    meaning:
      "over IPv6, UDP must have a checksum (RFC 8200, section 8.1), and UDP-Lite must everywhere; only the outer datagrams of a tunnel may do without, where its far end is set up to take them (RFC 6935, RFC 6936), which no packet tells",
  },
  {
    bit: Finding.TCP_OPTION_LENGTH,
    code: "tcp.option.len.invalid",
    severity: "note",
    title: "Invalid length for TCP option",
    meaning:
      "an option has a length that its kind cannot have, or goes on behind the header: receivers ignore or refuse it",
  },
  {
    bit: Finding.IP_OPTION_LENGTH,
    code: "ip.opt.len.invalid",
    severity: "warning",
    title: "Invalid length for IPv4 option",
    meaning: "an option has a length that its kind cannot have, or goes on behind the header",
  },
  {
    bit: Finding.IP_OPTION_PART,
    code: "ip.subopt_too_long",
    severity: "warning",
    title: "Suboption would go past end of option",
    meaning: "an IPv4 option ends within one of its addresses or times",
  },
  {
    bit: Finding.OVERLAP_CONFLICT,
    code: "tcp.segment.overlap.conflict",
    severity: "warning",
    title: "Conflicting data in segment overlap",
    meaning:
      "bytes came twice, and not the same ones: a sender that goes by the rules never does that. Here those count that came first; a receiver may have taken the others",
  },
  {
    bit: Finding.FRAME_CHECK_BAD,
    code: "eth.fcs_bad",
    severity: "error",
    title: "Bad Ethernet frame check sequence",
    meaning: "the frame changed on its way: a receiver throws it away",
  },
  {
    bit: Finding.GRE_CHECKSUM_BAD,
    code: "gre.checksum.incorrect",
    severity: "warning",
    title: "Incorrect GRE Checksum",
    meaning: "the tunnel's header or what it carries changed on its way; the packet is thrown away",
  },
  {
    bit: Finding.IGMP_CHECKSUM_BAD,
    code: "igmp.bad_checksum",
    severity: "warning",
    title: "Bad IGMP checksum",
    meaning: "the message changed on its way, or was made wrong",
  },
  {
    bit: Finding.SCTP_CHECKSUM_BAD,
    code: "sctp.checksum_bad.expert",
    severity: "warning",
    title: "Bad SCTP checksum",
    meaning: "the packet changed on its way, or was made wrong; a receiver throws it away",
  },
];

/** What a packet's surroundings add to its findings: why the same thing can mean something else in two captures. */
export const Circumstance = {
  NONE: 0,
  /** A SYN, where neither an answer nor a reset was seen. */
  SYN: 1,
  /** A SYN that the other side has answered with a reset. */
  SYN_AFTER_RESET: 2,
  /** Anything else that the other side has answered with a reset. */
  AFTER_RESET: 3,
  /** A SYN or FIN whose acknowledgement was captured. */
  ACKNOWLEDGED: 4,
  /** Other bytes than those that the same number had before. */
  OTHER_BYTES: 5,
  /** The same packet, identification and all, a moment before. */
  COPY: 6,
  /** The last byte before the next number, which nobody has acknowledged. */
  LAST_BYTE: 7,
  /** Bytes that none of the segments before had. */
  NEW_BYTES: 8,
} as const;

export type Circumstance = (typeof Circumstance)[keyof typeof Circumstance];

const AGAIN: readonly string[] = [
  "",
  "a SYN is sent again; no answer to it was seen in between",
  "the connection is tried again after a reset, which had refused it",
  "the same number again after a reset: its sender has not received the reset, or pays no heed to it",
  "a SYN or FIN is sent again although its acknowledgement was seen, which may have been lost behind the point of capture",
  "other bytes under a number that was used before, which no TCP sends again: somebody in between has put them there, or the packets were made one by one",
  "the same packet once more, identification and all: it was captured twice rather than sent twice",
  "",
  "bytes that were missing until now: either they are sent again, and the first time is not in the capture, or they come late",
];

const LAST_BYTE =
  "the last byte, which nobody has acknowledged, comes again: it is sent again, or an idle connection is asked whether its other end is still there";

const SENT_AGAIN =
  Finding.RETRANSMISSION | Finding.FAST_RETRANSMISSION | Finding.SPURIOUS_RETRANSMISSION | Finding.OUT_OF_ORDER;

/** Whether bytes or a number were sent once more by their sender, as the finding of a retransmission says: not always so. */
export function isSentAgain(findings: number, circumstance: Circumstance = Circumstance.NONE): boolean {
  return (findings & RETRANSMISSIONS) !== 0 && !NOT_SENT_AGAIN.has(circumstance);
}

const RETRANSMISSIONS = Finding.RETRANSMISSION | Finding.FAST_RETRANSMISSION | Finding.SPURIOUS_RETRANSMISSION;
const NOT_SENT_AGAIN: ReadonlySet<Circumstance> = new Set([
  Circumstance.SYN_AFTER_RESET,
  Circumstance.OTHER_BYTES,
  Circumstance.COPY,
  Circumstance.NEW_BYTES,
]);

/** What a finding means where it was made. */
export function meaningOf({ bit, meaning }: FindingKind, circumstance: Circumstance): string {
  const isTold = circumstance === Circumstance.OTHER_BYTES || circumstance === Circumstance.COPY;
  const isAgain = (bit & SENT_AGAIN) !== 0 && (bit === Finding.RETRANSMISSION || isTold);
  if (isAgain || (bit === Finding.DUPLICATE_ACK && circumstance === Circumstance.COPY)) {
    return AGAIN[circumstance] || meaning;
  }
  if (bit === Finding.KEEP_ALIVE && circumstance === Circumstance.LAST_BYTE) return LAST_BYTE;
  return meaning;
}

const NO_CODES: readonly string[] = [];

/** The codes of the findings whose bits are set. */
export function findingCodes(bits: number): readonly string[] {
  if (bits === 0) return NO_CODES;
  return FINDING_KINDS.filter(({ bit }) => (bits & bit) !== 0).map(({ code }) => code);
}
