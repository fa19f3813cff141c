/** Segments of which a list tells the numbers, onto the session: they only have to be put on the initial ones. */
import { addSequence, type SequenceNumber } from "../core/sequence.ts";
import type { Message } from "../csv/message.ts";
import { formatTcpFlags, TcpFlag, type TcpOption } from "../headers/tcp.ts";
import type { Tally, TcpConversation } from "../session/conversation.ts";
import type { Session } from "../session/session.ts";
import type { SideName, Socket } from "../session/tcp-parameters.ts";
import type { ListedSegment } from "./packet-list/listed-packet.ts";

/** What a segment belongs to. Nothing is kept of it here, because a list can have very many connections. */
export interface ListedPlace {
  readonly tcp: TcpConversation;
  readonly side: SideName;
  readonly own: Socket;
  readonly peer: Socket;
  readonly tally: Tally;
}

export function sendListed(session: Session, place: ListedPlace, message: Message, segment: ListedSegment): void {
  const { tcp, side, own, peer, tally } = place;
  const flags = message.flags ?? TcpFlag.ACK;
  const count = (from: SideName, number: number) =>
    segment.isRelative ? addSequence(session.initialNumberOf(tcp, from), number) : number;
  const peerSide = side === "client" ? "server" : "client";
  const hasAcknowledgment = (flags & TcpFlag.ACK) !== 0 || !segment.isRelative;
  const header = {
    sourcePort: own.port,
    destinationPort: peer.port,
    sequenceNumber: count(side, segment.sequence),
    acknowledgmentNumber: hasAcknowledgment ? count(peerSide, segment.acknowledgment) : 0,
    flags,
    ...(segment.window !== undefined && { window: segment.window }),
    options: segment.options.map((option) => onInitial(option, (number) => count(peerSide, number))),
  };
  session.sendPacket(message.time, {
    ...segment,
    from: own.host,
    to: peer.host,
    layers: { tcp: header, payload: message.payload },
    direction: side === "client" ? "outbound" : "inbound",
    comment: describe(message, flags),
    tally,
  });
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
