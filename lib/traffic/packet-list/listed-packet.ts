/** What a list of packets tells of one of them, besides its ends, its TCP flags and its data. */
import type { RowFields } from "../../csv/frame-columns.ts";
import { type EndPoint, type Message, messageJson } from "../../csv/message.ts";
import type { ListRow } from "../../csv/packet-list/list-rows.ts";
import type { Transport } from "../../csv/protocol-names.ts";
import type { Ipv4Address, MacAddress } from "../../headers/address.ts";
import type { Icmpv6Header } from "../../headers/icmpv6.ts";
import type { TcpOption } from "../../headers/tcp.ts";

/** What a list can tell of a packet of any kind. What is left out follows from the packets before, or is as everywhere. */
export interface CommonDetails {
  /** Bytes of the frame: a short one is padded. */
  readonly frameLength?: number | undefined;
  /** Hardware address that the frame comes from. */
  readonly sourceMac?: MacAddress | undefined;
  /** Hardware address that the frame goes to. */
  readonly destinationMac?: MacAddress | undefined;
  /** IPv4 time to live or IPv6 hop limit, 1 to 255. */
  readonly timeToLive?: number | undefined;
}

/** A TCP segment (RFC 9293, section 3.1). */
export interface ListedSegment extends CommonDetails {
  readonly kind: "segment";
  /** Sequence number, 0 to 2^32 - 1. */
  readonly sequence: number;
  /** Acknowledgment number, 0 to 2^32 - 1. */
  readonly acknowledgment: number;
  /** Whether the sequence number counts from the initial one of its side. */
  readonly isSequenceRelative: boolean;
  /** Whether the acknowledgment number, and those of selective acknowledgements, count from the other side's initial one. */
  readonly isAcknowledgmentRelative: boolean;
  /** The field as it stands in the header, 0 to 65535. */
  readonly window: number | undefined;
  /** Those that the list tells, in order. */
  readonly options: readonly TcpOption[];
  /** Whether it is the first of a new connection between sockets that had another one. */
  readonly opensAnew: boolean;
}

/** A UDP datagram. */
export interface ListedDatagram extends CommonDetails {
  readonly kind: "datagram";
}

/** ARP for IPv4 over Ethernet (RFC 826). An address that is left out is that of the row's source. */
export interface ListedArp extends CommonDetails {
  readonly kind: "arp";
  /** What it says; see `ArpOpcode`. */
  readonly opcode: number;
  /** IPv4 address of the sender. */
  readonly senderIp: Ipv4Address | undefined;
  /** Hardware address of the sender. */
  readonly senderMac: MacAddress | undefined;
  /** IPv4 address of the target. */
  readonly targetIp: Ipv4Address | undefined;
  /** Hardware address of the target. */
  readonly targetMac: MacAddress | undefined;
}

/** ICMP (RFC 792). */
export interface ListedIcmp extends CommonDetails {
  readonly kind: "icmp";
  /** 0 to 255; see `IcmpType`. */
  readonly type: number;
  /** 0 to 255. */
  readonly code: number;
  /** Of an echo, 0 to 65535 each. */
  readonly identifier?: number;
  /** Of an echo, 0 to 65535. */
  readonly sequenceNumber?: number;
  /** Bytes behind the header. */
  readonly dataLength: number;
  /** Whether they are the beginning of a packet that came from the row's destination. */
  readonly quotes: boolean;
}

/** ICMPv6 (RFC 4443). */
export interface ListedIcmpv6 extends CommonDetails {
  readonly kind: "icmpv6";
  /** 0 to 255; see `Icmpv6Type`. */
  readonly type: number;
  /** 0 to 255. */
  readonly code: number;
  /** What follows the checksum, and comes before data. */
  readonly fields: Omit<Icmpv6Header, "type" | "code">;
  /** Bytes of data behind these fields. */
  readonly dataLength: number;
  /** Whether the data is the beginning of a packet that came from the row's destination. */
  readonly quotes: boolean;
}

/** A packet that is no message, and belongs to no conversation. */
export type LonePacket = ListedArp | ListedIcmp | ListedIcmpv6;

/** What a list tells of one packet. */
export type ListedPacket = ListedSegment | ListedDatagram | LonePacket;

export function isLone(packet: ListedPacket | undefined): packet is LonePacket {
  return packet !== undefined && packet.kind !== "segment" && packet.kind !== "datagram";
}

/** A message, and what a list tells of its packet. */
export type TrafficMessage = Message<ListedPacket>;

const NO_BYTES = new Uint8Array(0);

interface Parts {
  readonly source: EndPoint;
  readonly destination: EndPoint;
  readonly listed: ListedPacket;
  readonly flags?: number;
  readonly payload?: Uint8Array;
  readonly isFiller?: boolean;
  readonly protocol?: string;
}

/** The message of a row of a packet list: one packet, with all that the list tells of it. */
export class ListedMessage implements TrafficMessage {
  readonly line: number;
  readonly id: string;
  readonly protocol: string;
  readonly source: EndPoint;
  readonly destination: EndPoint;
  readonly time: number;
  readonly payload: Uint8Array;
  readonly isPacket = true;
  readonly flags: number | undefined;
  readonly isFiller: boolean;
  readonly fields: RowFields | undefined;
  readonly listed: ListedPacket;

  constructor({ content, time }: ListRow, parts: Parts) {
    this.line = content.line;
    this.id = content.id;
    this.time = time;
    this.protocol = parts.protocol ?? content.protocol;
    this.source = parts.source;
    this.destination = parts.destination;
    this.payload = parts.payload ?? NO_BYTES;
    this.flags = parts.flags;
    this.isFiller = parts.isFiller ?? false;
    this.fields = content.told?.fields;
    this.listed = parts.listed;
  }

  toJSON(): object {
    return messageJson(this);
  }

  get transport(): Transport | undefined {
    const { kind } = this.listed;
    if (kind === "segment") return "tcp";
    return kind === "datagram" ? "udp" : undefined;
  }

  get payloadBuffer(): Uint8Array {
    return this.payload;
  }

  get payloadStart(): number {
    return 0;
  }

  get payloadEnd(): number {
    return this.payload.length;
  }
}
