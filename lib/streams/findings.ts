/**
 * What can be found in a packet, named by the field of Wireshark that shows it, so that each name is also a display
 * filter.
 */

/** Bits, so that the findings of one packet are one number. */
export const Finding = {
  RETRANSMISSION: 1 << 0,
  FAST_RETRANSMISSION: 1 << 1,
  SPURIOUS_RETRANSMISSION: 1 << 2,
  OUT_OF_ORDER: 1 << 3,
  LOST_SEGMENT: 1 << 4,
  ACK_LOST_SEGMENT: 1 << 5,
  DUPLICATE_ACK: 1 << 6,
  KEEP_ALIVE: 1 << 7,
  KEEP_ALIVE_ACK: 1 << 8,
  REUSED_PORTS: 1 << 9,
  WINDOW_FULL: 1 << 10,
  WINDOW_UPDATE: 1 << 11,
  ZERO_WINDOW: 1 << 12,
  ZERO_WINDOW_PROBE: 1 << 13,
  ZERO_WINDOW_PROBE_ACK: 1 << 14,
  IP_CHECKSUM_BAD: 1 << 15,
  TCP_CHECKSUM_BAD: 1 << 16,
  UDP_CHECKSUM_BAD: 1 << 17,
  ICMP_CHECKSUM_BAD: 1 << 18,
  ICMPV6_CHECKSUM_BAD: 1 << 19,
  MALFORMED: 1 << 20,
  TCP_CHECKSUM_FFFF: 1 << 21,
  UDP_CHECKSUM_ZERO: 1 << 22,
  TCP_OPTION_LENGTH: 1 << 23,
  IP_OPTION_LENGTH: 1 << 24,
  IP_OPTION_PART: 1 << 25,
  OVERLAP_CONFLICT: 1 << 26,
  FRAME_CHECK_BAD: 1 << 27,
} as const;

/** Wireshark's levels: chat is the ordinary course of things, note is worth knowing, warning is unusual, error is wrong. */
export type Severity = "chat" | "note" | "warning" | "error";

export interface FindingKind {
  readonly bit: number;
  /** Wireshark's name of the field. */
  readonly code: string;
  readonly severity: Severity;
  /** What Wireshark writes in its packet list. */
  readonly title: string;
  /** What it means, for somebody who learns. */
  readonly meaning: string;
}

/** By bit, lowest first. */
export const FINDING_KINDS: readonly FindingKind[] = [
  {
    bit: Finding.RETRANSMISSION,
    code: "tcp.analysis.retransmission",
    severity: "note",
    title: "TCP Retransmission",
    meaning: "bytes that were sent before are sent again, because no acknowledgement came in time",
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
    meaning: "the segment was overtaken by a later one on its way",
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
    meaning: "the same acknowledgement again: something arrived, but not what was expected next",
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
    meaning: "the segment fills the receiver's window to the last byte: the sender must wait now",
  },
  {
    bit: Finding.WINDOW_UPDATE,
    code: "tcp.analysis.window_update",
    severity: "chat",
    title: "TCP Window Update",
    meaning: "the receiver changes how many bytes it has room for",
  },
  {
    bit: Finding.ZERO_WINDOW,
    code: "tcp.analysis.zero_window",
    severity: "warning",
    title: "TCP ZeroWindow",
    meaning: "the receiver has no room left: the other side must stop sending",
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
    meaning: "over IPv6, UDP must have a checksum (RFC 8200, section 8.1)",
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
];

const NO_CODES: readonly string[] = [];

/** The codes of the findings whose bits are set. */
export function findingCodes(bits: number): readonly string[] {
  if (bits === 0) return NO_CODES;
  return FINDING_KINDS.filter(({ bit }) => (bits & bit) !== 0).map(({ code }) => code);
}
