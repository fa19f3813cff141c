/** Packets of which a row tells all, onto the session: segments with their numbers, and what belongs to no conversation. */

import { addSequence, type SequenceNumber } from "../../core/sequence.ts";
import type { Message } from "../../csv/message.ts";
import { BROADCAST_MAC } from "../../headers/address.ts";
import { encodeFrame, type Frame } from "../../headers/frame.ts";
import type { TcpOption } from "../../headers/tcp.ts";
import { formatTcpFlags, TcpFlag } from "../../headers/tcp-fields.ts";
import { byteLength } from "../../headers/tcp-options.ts";
import type { SideName, Socket, Tally, TcpConversation } from "../../session/conversation.ts";
import type { FrameFields } from "../../session/encapsulation/frame-fields.ts";
import type { Host } from "../../session/host.ts";
import type { PacketLayers } from "../../session/packet-writer.ts";
import type { Session } from "../../session/session.ts";
import { PlanError } from "../address-allocator.ts";
import { fillerAt } from "../filler.ts";
import type { ListedArp, ListedSegment, LonePacket } from "./listed-packet.ts";

/** Where traceroute sends its datagrams: what an error quotes must have been sent to somewhere. */
const TRACEROUTE_PORT = 33_434;
const CLIENT_PORT = 49_152;

export interface LoneMessage {
  readonly time: number;
  readonly comment: string;
  readonly from: Host;
  readonly to: Host;
  /** What its row says of its frame. */
  readonly fields?: FrameFields | undefined;
  /** Which way it goes through a tunnel. */
  readonly isFromServer?: boolean | undefined;
}

export function sendLone(session: Session, message: LoneMessage, packet: LonePacket): void {
  const { time, from, to, comment, fields, isFromServer } = message;
  session.sendPacket(time, {
    frameLength: packet.frameLength,
    sourceMac: fields?.sourceMac ?? packet.sourceMac,
    destinationMac: fields?.destinationMac ?? packet.destinationMac,
    timeToLive: fields?.timeToLive ?? packet.timeToLive,
    vlan: fields?.vlan,
    isFromServer,
    from,
    to,
    layers: layersOf(packet, message),
    direction: "outbound",
    comment,
  });
}

function layersOf(packet: LonePacket, { from, to, fields }: LoneMessage): PacketLayers {
  if (packet.kind === "arp") return { arp: arpOf(packet, from, to, fields) };
  const { type, code, quotes, dataLength } = packet;
  const data = quotes ? quoteOf(to, from, dataLength) : fillerAt(0, dataLength);
  if (packet.kind === "icmp") {
    const { identifier, sequenceNumber } = packet;
    return { icmp: { type, code, identifier, sequenceNumber }, payload: data };
  }
  return { icmpv6: { type, code, ...packet.fields }, payload: data };
}

function arpOf(
  { opcode, senderMac, senderIp, targetMac, targetIp }: ListedArp,
  from: Host,
  to: Host,
  fields: FrameFields | undefined,
) {
  return {
    opcode,
    senderMac: senderMac ?? fields?.sourceMac ?? from.mac,
    senderIp: senderIp ?? ipv4Of(from),
    targetMac: targetMac ?? (to.mac === BROADCAST_MAC ? 0 : to.mac),
    targetIp: targetIp ?? ipv4Of(to),
  };
}

function ipv4Of({ address }: Host): number {
  return typeof address === "number" ? address : 0;
}

/** The beginning of a datagram that an error is about. */
function quoteOf(from: Host, to: Host, length: number): Uint8Array {
  const ports = { sourcePort: CLIENT_PORT, destinationPort: TRACEROUTE_PORT };
  const [source, destination] = [from.address, to.address];
  const below: Frame =
    typeof source === "number" && typeof destination === "number"
      ? { ipv4: { source, destination, timeToLive: 1, identification: 0 } }
      : { ipv6: { source: BigInt(source), destination: BigInt(destination), hopLimit: 1 } };
  const quoted = encodeFrame({ ...below, udp: ports, payload: fillerAt(0, Math.max(0, length)) });
  return quoted.slice(0, length);
}

/** What a segment belongs to. Nothing is kept of it here, because a list can have very many connections. */
export interface ListedPlace {
  readonly tcp: TcpConversation;
  readonly side: SideName;
  readonly own: Socket;
  readonly peer: Socket;
  readonly tally: Tally;
  /** What rows say of the frames of its side. */
  readonly fields: FrameFields | undefined;
}

/** The numbers only have to be put on the initial ones. @throws PlanError for a segment that is too long */
export function sendListed(session: Session, place: ListedPlace, message: Message, segment: ListedSegment): void {
  const { tcp, side, own, peer, tally, fields } = place;
  checkLength(message.payload.length, session.longestSegment(tcp, 0) - byteLength(segment.options));
  const flags = message.flags ?? TcpFlag.ACK;
  const onInitialOf = (from: SideName, number: number) => addSequence(session.initialNumberOf(tcp, from), number);
  const peerSide = side === "client" ? "server" : "client";
  const { sequence, acknowledgment, isSequenceRelative, isAcknowledgmentRelative } = segment;
  const acknowledged = (number: number) => (isAcknowledgmentRelative ? onInitialOf(peerSide, number) : number);
  // Without its flag it means nothing, but may be there.
  const hasAcknowledgment = (flags & TcpFlag.ACK) !== 0 || acknowledgment !== 0;
  const header = {
    sourcePort: own.port,
    destinationPort: peer.port,
    sequenceNumber: isSequenceRelative ? onInitialOf(side, sequence) : sequence,
    acknowledgmentNumber: hasAcknowledgment ? acknowledged(acknowledgment) : 0,
    flags,
    ...(segment.window !== undefined && { window: segment.window }),
    options: segment.options.map((option) => onInitial(option, acknowledged)),
  };
  session.sendPacket(message.time, {
    ...segment,
    ...fields,
    from: own.host,
    to: peer.host,
    layers: { tcp: header, payload: message.payload },
    direction: side === "client" ? "outbound" : "inbound",
    comment: describe(message, flags),
    tally,
  });
}

function checkLength(length: number, most: number): void {
  if (length <= most) return;
  throw new PlanError(
    `a segment of ${length} bytes is too long, the most is ${most}`,
    "split it, or have it cut with --complete",
  );
}

/** Selective acknowledgements have numbers, too. */
function onInitial(option: TcpOption, count: (number: number) => SequenceNumber): TcpOption {
  if (option.kind !== "sack") return option;
  return { kind: "sack", blocks: option.blocks.map(({ left, right }) => ({ left: count(left), right: count(right) })) };
}

function describe({ id, line, payload, isFiller }: Message, flags: number): string {
  const data =
    payload.length === 0 ? "" : isFiller ? `, ${payload.length} bytes with made-up ones` : `, ${payload.length} bytes`;
  return `row ${id.trim() || `of line ${line}`}: ${formatTcpFlags(flags)}${data}`;
}
