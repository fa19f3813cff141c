import { isHttp as beginsHttp, mayBeginHttp } from "../dissect/http.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { EndedMessage } from "../dissect/payload.ts";
import { dns, isOnDnsPort } from "../headers/dns/dns.ts";
import { LayerKind } from "../headers/layer.ts";
import { TCP_NUMBERS_LENGTH, tcpOffsets } from "../headers/tcp.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { boolean, type FilterField, finding, label, number, UINT32 } from "./field-types.ts";
import {
  both,
  type HeaderReader,
  inHeader,
  inQuoted,
  type NumberReader,
  ofSubject,
  payloadOf,
  shortAt,
  wordAt,
} from "./readers.ts";
import type { FilterSubject } from "./subject.ts";

const { TCP, UDP } = LayerKind;

const ANALYSIS = "tcp.analysis.";

const RETRANSMISSION = `${ANALYSIS}retransmission`;

const ANALYSES = [
  ["fast_retransmission", "sent again after duplicate acknowledgments"],
  ["spurious_retransmission", "sent again though it was acknowledged"],
  ["out_of_order", "should have come earlier"],
  ["lost_segment", "a segment before it is not in the capture"],
  ["ack_lost_segment", "acknowledges what is not in the capture"],
  ["duplicate_ack", "acknowledges the same as before"],
  ["window_update", "only the window changed"],
  ["window_full", "fills the window of the other side"],
  ["zero_window", "its sender has no room for data"],
  ["zero_window_probe", "asks whether there is room again"],
  ["zero_window_probe_ack", "answers such a probe"],
  ["keep_alive", "keeps the connection alive"],
  ["keep_alive_ack", "answers a keep-alive"],
  ["reused_ports", "a new connection on the ports of an old one"],
] as const;

/** Of a segment that ICMP quotes, the sequence number is looked for in the first eight bytes. */
const QUOTED_SEQUENCE_LENGTH = 8;
/** The three flags AE, CWR and ECE, as one number. */
const COUNTER_SHIFT = 6;
const COUNTER_BITS = 7;

const inTcp = (read: HeaderReader) => inHeader(TCP, TCP_NUMBERS_LENGTH, read);
/** A number of a segment that an ICMP error quotes, as it stands there: nothing is counted from the start of its stream. */
const inQuotedTcp = (needed: number, offset: number) =>
  inQuoted(TCP, needed, (o, layer) => o.transportView.getUint32(o.starts[layer]! + offset));
const unlessCounter =
  (read: NumberReader): NumberReader =>
  (subject, into) => {
    if (!hasCounter(subject)) read(subject, into);
  };
const ofTcp = (read: (o: PacketOutline) => number | undefined) =>
  ofSubject(({ outline: o }) => (o.transport === TCP ? read(o) : undefined));

/** The flags that are one counter where both sides have agreed on it. */
const COUNTED = [
  ["ae", 8, "accurate ECN, formerly ns"],
  ["cwr", 7, "congestion window reduced"],
  ["ece", 6, "ECN-Echo"],
] as const;

/** Three bits behind the data offset, which are one flag to Wireshark. */
const reservedBits: HeaderReader = (bytes, at) => ((bytes[at + tcpOffsets.reserved]! & 0x0e) === 0 ? 0 : 1);

/** Fields of TCP, UDP and what they carry that need more than the table of one header: the stream, findings, quotations. */
export const TRANSPORT_FIELDS: readonly FilterField[] = [
  number("tcp.stream", UINT32, "number of the stream, from 0", streamsOf(TCP)),
  number(
    "tcp.seq",
    UINT32,
    "sequence number, relative; in what ICMP quotes, as sent",
    both(
      ofSubject((s) => s.relativeSequence),
      inQuoted(TCP, QUOTED_SEQUENCE_LENGTH, quotedSequence),
    ),
  ),
  number(
    "tcp.ack",
    UINT32,
    "acknowledgment number, relative; in what ICMP quotes, as sent",
    both(
      ofSubject((s) => s.relativeAcknowledgment),
      inQuotedTcp(TCP_NUMBERS_LENGTH, tcpOffsets.acknowledgmentNumber),
    ),
  ),
  number("tcp.seq_raw", UINT32, "sequence number as sent", rawSequences),
  number(
    "tcp.len",
    UINT32,
    "bytes of data in the segment",
    ofTcp((o) => (o.hasSegmentLength ? o.payloadLength : undefined)),
  ),
  boolean("tcp.flags.res", "whether any of the reserved bits is set", inTcp(reservedBits)),
  ...COUNTED.map(([name, bit, meaning]) =>
    boolean(`tcp.flags.${name}`, meaning, unlessCounter(inTcp(shortAt(tcpOffsets.dataOffset, bit, 1)))),
  ),
  number("tcp.flags.ace", COUNTER_BITS, "accurate ECN: packets marked with congestion, modulo 8", (subject, into) => {
    if (hasCounter(subject)) inTcp(shortAt(tcpOffsets.dataOffset, COUNTER_SHIFT, COUNTER_BITS))(subject, into);
  }),
  number(
    "tcp.window_size",
    UINT32,
    "window after scaling; in what ICMP quotes, as sent",
    both(
      ofSubject((s) => s.scaledWindow),
      inQuoted(TCP, TCP_NUMBERS_LENGTH, (o, layer) => o.transportView.getUint16(o.starts[layer]! + tcpOffsets.window)),
    ),
  ),
  finding("tcp.checksum_bad.expert", "the checksum is wrong"),
  finding("tcp.checksum.ffff", "the checksum is 0xffff where it must be 0"),
  finding("tcp.option.len.invalid", "an option has a length that its kind cannot have"),
  finding("tcp.segment.overlap.conflict", "bytes came twice, and not the same ones"),
  { name: "tcp.payload", type: "bytes", meaning: "data of the segment", read: payloadOf(TCP) },
  label("tcp.analysis.flags", "any of the following", ({ findings }) => findings.some((f) => f.startsWith(ANALYSIS))),
  // To Wireshark, a fast or spurious retransmission is a retransmission too.
  label(RETRANSMISSION, "sent before, as it seems: whatever kind of retransmission", ({ findings }) =>
    findings.some((name) => name.startsWith(ANALYSIS) && name.endsWith("retransmission")),
  ),
  ...ANALYSES.map(([name, meaning]) => finding(`${ANALYSIS}${name}`, meaning)),

  number("udp.stream", UINT32, "number of the stream, from 0", streamsOf(UDP)),
  finding("udp.checksum.bad", "the checksum is wrong"),
  finding("udp.checksum.zero", "there is no checksum, and IPv6 or UDP-Lite wants one"),
  { name: "udp.payload", type: "bytes", meaning: "data of the datagram", read: payloadOf(UDP) },

  label("dns", "DNS, told by port 53; on TCP where a message ends", isDns),
  label("http", "HTTP/1, where a message ends", isHttp),
  label("websocket", "WebSocket, where a frame of it ends", (subject) => hasEnded(subject, EndedMessage.WEBSOCKET)),
];

/** Of the packet itself, of the datagrams that carry it in a tunnel, and of what it quotes. */
function streamsOf(kind: LayerKind): NumberReader {
  return ({ outline: o, stream, carrierStreams = [], quotedStreams = [] }, into) => {
    if (kind === UDP) for (const number of carrierStreams) into.push(number);
    if (o.transport === kind && stream !== undefined) into.push(stream);
    for (let index = 0; index < quotedStreams.length; index++) {
      if (o.kinds[o.quotedFlows[index]!.layer] === kind) into.push(quotedStreams[index]!);
    }
  };
}

/** Whether AE, CWR and ECE are one counter in this segment: in a SYN they negotiate it. */
function hasCounter({ outline: o, hasAccurateEcn }: FilterSubject): boolean {
  if (hasAccurateEcn !== true) return false;
  const layer = o.layerCount - 1;
  const flags = o.quotedLayer <= layer ? o.transportView.getUint16(o.starts[layer]! + tcpOffsets.dataOffset) : o.flags;
  return (flags & TcpFlag.SYN) === 0;
}

/** Behind IPv4, Wireshark takes the number from the eight bytes that are always quoted; behind IPv6 it wants more of them. */
function quotedSequence(o: PacketOutline, layer: number): number | undefined {
  const at = o.starts[layer]!;
  const isThere = o.quotedVersion === 4 || o.ends[layer]! - at >= TCP_NUMBERS_LENGTH;
  return isThere ? o.transportView.getUint32(at + 4) : undefined;
}

/** Wireshark shows the number of a segment that ICMP over IPv4 quotes once, and not as the raw one. */
function rawSequences(subject: FilterSubject, into: Parameters<NumberReader>[1]): void {
  const o = subject.outline;
  if (o.quotedLayer >= o.layerCount || o.quotedVersion === 6) inTcp(wordAt(tcpOffsets.sequenceNumber))(subject, into);
}

function hasEnded({ endedMessages = 0 }: FilterSubject, kind: number): boolean {
  return (endedMessages & kind) !== 0;
}

/** Where nobody follows the stream, what a packet looks like must do. */
function isDns(subject: FilterSubject): boolean {
  const { outline: o, endedMessages } = subject;
  if (o.transport === TCP && endedMessages !== undefined) return hasEnded(subject, EndedMessage.DNS);
  return (
    (o.transport === UDP || o.transport === TCP) && isOnDnsPort(o) && o.payloadEnd - o.payloadAt >= dns.fixedLength
  );
}

function isHttp(subject: FilterSubject): boolean {
  const { outline: o, endedMessages } = subject;
  if (o.transport !== TCP) return false;
  if (hasEnded(subject, EndedMessage.HTTP)) return true;
  // Of a segment that was cut, nobody knows what ends in it: that a message begins there must do.
  const isCut = o.payloadEnd - o.payloadAt < o.payloadLength;
  if (isCut) return mayBeginHttp(o.transportBytes, o.payloadAt, o.payloadEnd);
  return endedMessages === undefined && beginsHttp(o.transportBytes, o.payloadAt, o.payloadEnd);
}
