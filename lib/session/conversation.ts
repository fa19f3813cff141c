/** Conversations, as those know them that make and play them: between which sockets, and what was counted. */
import type { Host } from "./host.ts";

/** Where one end of a conversation lives. */
export interface Socket {
  /** The machine. */
  readonly host: Host;
  /** 1 to 65535. */
  readonly port: number;
  /** What comments call it. Default: the name of its host. */
  readonly name?: string | undefined;
}

/** A side of a conversation. */
export type SideName = "client" | "server";

declare const isTcpConversation: unique symbol;

/** One TCP conversation, from its SYN to its last acknowledgement: the number that its session knows it by. */
export type TcpConversation = number & { readonly [isTcpConversation]: true };

/** The number of one end: even for a client, and the server's is the next one. */
export function clientOf(conversation: TcpConversation): number {
  return 2 * conversation;
}

export function serverOf(conversation: TcpConversation): number {
  return 2 * conversation + 1;
}

export function peerOf(side: number): number {
  return side ^ 1;
}

export function isServer(side: number): boolean {
  return (side & 1) !== 0;
}

export function conversationOf(side: number): TcpConversation {
  return (side >>> 1) as TcpConversation;
}

/** What was counted of a conversation. Several connections may share one tally. */
export class Tally {
  /** Messages that were handed over, those without bytes included. */
  messages = 0;
  /** Messages whose first segment left later than asked, because the window was full. */
  delayedMessages = 0;
  /** Packets written, both directions. */
  packets = 0;
  /** Bytes of application data sent, both directions. */
  payloadBytes = 0;
}

/** Two sockets between which datagrams go to and fro (RFC 768). Nothing is opened or closed. */
export class DatagramFlow {
  /** The socket that counts as the client's. */
  readonly client: Socket;
  /** The socket that counts as the server's. */
  readonly server: Socket;
  /** What was counted of it so far. */
  readonly tally: Tally;

  /** Counts into `tally`: a new one, if left out. */
  constructor(client: Socket, server: Socket, tally = new Tally()) {
    this.client = client;
    this.server = server;
    this.tally = tally;
  }
}
