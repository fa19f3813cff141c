/** What is known of a conversation of the input, and of a message in it. */

import type { Transport } from "../csv/protocol-names.ts";
import type { SideName } from "../session/conversation.ts";
import type { Host } from "../session/host.ts";
import type { ConversationCompleter } from "./completers/conversation-completer.ts";
import type { LaterRow } from "./completers/payload-row.ts";
import type { LonePacket, TrafficMessage } from "./packet-list/listed-packet.ts";

/** One side of a conversation as a person sees it. */
export interface Participant {
  readonly name: string;
  readonly host: Host;
  readonly port: number;
}

/** A conversation of the input: one connection, several in a row, or a flow of datagrams. */
export interface Conversation {
  /** Its place among the conversations in their order of appearance, from 0. */
  readonly index: number;
  readonly transport: Transport;
  readonly protocol: string;
  /** Its port is that of the first connection. */
  readonly client: Participant;
  readonly server: Participant;
  /** Whether the client's port was given, so that every connection has it. */
  readonly hasGivenPort: boolean;
  /** Whether text on the server's port would be called malformed, unless it is completed to what the port is for. */
  readonly refusesText: boolean;
  /** The client's port in the latest connection. */
  latestPort: number;
  /** Whether the input or the user has settled the server's port, so that all messages stay there. */
  readonly hasSettledServerPort: boolean;
  /** Whether it is for text that the protocol's own port would be garbled by, on a port of no protocol. */
  readonly isMoved: boolean;
  /** What completes its messages, once one was to be completed. */
  completer: ConversationCompleter | undefined;
  /** The message that was added last, until it has been played. */
  latest: PendingMessage | undefined;
}

/** A packet that belongs to no conversation, between two machines. */
export class PendingPacket {
  readonly conversation = undefined;
  readonly message: TrafficMessage;
  readonly packet: LonePacket;
  readonly from: Host;
  readonly to: Host;

  constructor(message: TrafficMessage, packet: LonePacket, from: Host, to: Host) {
    this.message = message;
    this.packet = packet;
    this.from = from;
    this.to = to;
  }
}

/**
 * A message whose conversation is known, and that may already know its successor there. A class, because the engine keeps
 * count of how long what a literal makes lives: made while the heap is small, these seem to live long, and would from then
 * on be put where they are seldom collected.
 */
export class PendingMessage implements LaterRow {
  readonly message: TrafficMessage;
  readonly conversation: Conversation;
  readonly side: SideName;
  /** TCP flags, where the whole message is `SYN`, `FIN-ACK` or the like. */
  readonly control: number | undefined;
  /** Which message of the input it is, from 1, in the order of their times. */
  readonly ordinal: number;
  next: PendingMessage | undefined = undefined;

  constructor(
    message: TrafficMessage,
    conversation: Conversation,
    side: SideName,
    control: number | undefined,
    ordinal: number,
  ) {
    this.message = message;
    this.conversation = conversation;
    this.side = side;
    this.control = control;
    this.ordinal = ordinal;
  }

  get isFromClient(): boolean {
    return this.side === "client";
  }

  get payload(): Uint8Array {
    return this.message.payload;
  }

  /** The row behind it in its conversation that says something: others only speak of the connection. */
  get later(): PendingMessage | undefined {
    let row = this.next;
    while (row?.control !== undefined) row = row.next;
    return row;
  }
}
