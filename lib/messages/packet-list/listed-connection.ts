/** A TCP connection whose list tells the numbers of every segment: they only have to be put on the initial ones. */
import { addSequence, type SequenceNumber } from "../../headers/sequence.ts";
import { formatTcpFlags, TcpFlag, type TcpOption } from "../../headers/tcp.ts";
import type { Tally } from "../../session/conversation.ts";
import type { SideName, Socket } from "../../session/tcp-parameters.ts";
import type { Timeline } from "../../session/timeline.ts";
import type { Message } from "../message.ts";
import type { ListedSegment } from "./listed-packet.ts";

export interface ListedEnd extends Socket {
  readonly initialSequence: SequenceNumber;
}

export class ListedConnection {
  readonly #timeline: Timeline;
  readonly #ends: Readonly<Record<SideName, ListedEnd>>;
  readonly #tally: Tally;

  constructor(timeline: Timeline, client: ListedEnd, server: ListedEnd, tally: Tally) {
    this.#timeline = timeline;
    this.#ends = { client, server };
    this.#tally = tally;
  }

  play(side: SideName, message: Message, segment: ListedSegment): void {
    const own = this.#ends[side];
    const peer = this.#ends[side === "client" ? "server" : "client"];
    const flags = message.flags ?? TcpFlag.ACK;
    const count = (from: ListedEnd, number: number) =>
      segment.isRelative ? addSequence(from.initialSequence, number) : number;
    const hasAcknowledgment = (flags & TcpFlag.ACK) !== 0 || !segment.isRelative;
    const tcp = {
      sourcePort: own.port,
      destinationPort: peer.port,
      sequenceNumber: count(own, segment.sequence),
      acknowledgmentNumber: hasAcknowledgment ? count(peer, segment.acknowledgment) : 0,
      flags,
      ...(segment.window !== undefined && { window: segment.window }),
      options: segment.options.map((option) => onInitial(option, (number) => count(peer, number))),
    };
    this.#timeline.sendPacket(message.time, {
      ...segment,
      from: own.host,
      to: peer.host,
      layers: { tcp, payload: message.payload },
      direction: side === "client" ? "outbound" : "inbound",
      comment: describe(message, flags),
      tally: this.#tally,
    });
  }
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
