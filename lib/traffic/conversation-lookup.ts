/** What conversations are found again by: the end points of their messages, and the sockets of their packets. */

import { HashIndex, PairMap } from "../core/tables.ts";
import type { EndPoint } from "../csv/message.ts";
import type { Transport } from "../csv/protocol-names.ts";
import type { Socket } from "../session/conversation.ts";
import type { Host } from "../session/host.ts";
import type { Conversation } from "./pending-message.ts";

/** In the number of a kind: carrying text on another port, being between two sockets, UDP; the rest is what it is called. */
const IS_TEXT = 1;
const IS_BETWEEN_SOCKETS = 2;
const IS_UDP = 4;
const NAME_SHIFT = 3;

/** The conversation of a message by its index, and whether the source of the message is the client. */
export type ConversationMatch = number & { readonly [isMatch]: true };

declare const isMatch: unique symbol;

const SOURCE_IS_CLIENT = 1;

export function conversationIndexOf(match: ConversationMatch): number {
  return match >> 1;
}

export function isFromClient(match: ConversationMatch): boolean {
  return (match & SOURCE_IS_CLIENT) !== 0;
}

/** By the end points of a message. Asked for every one, so it makes nothing to tell. */
export class ConversationLookup {
  /** By the numbers of both end points, or of both sockets, and by kind: the match of a message from the lower one. */
  readonly #matches = new PairMap();
  /** Numbers of what tells conversations of one pair apart, as it is written and in capitals. */
  readonly #names = new Map([["", 0]]);
  readonly #capitals = new Map<string, number>();
  /** Nearly always the next one's too. */
  #latestName = "";
  #latestNameNumber = 0;
  /** End points whose sockets are the same have one number for it: by socket, and by end point. */
  readonly #sockets = new Map<string, number>();
  readonly #socketOf: number[] = [];

  /**
   * @param protocol tells conversations of one pair apart, in any case, together with the transport ...
   * @param transport ... but between two sockets only this tells packets apart
   * @param isText whether it carries text that the protocol's own port would call malformed
   */
  find(
    source: EndPoint,
    destination: EndPoint,
    protocol: string,
    transport: Transport,
    isText: boolean,
  ): ConversationMatch | undefined {
    const isBetweenSockets = areSockets(source, destination);
    const from = this.#numberOf(source, isBetweenSockets);
    const to = this.#numberOf(destination, isBetweenSockets);
    const kind = this.#kindOf(protocol, transport, isBetweenSockets, isText);
    const match = this.#matches.get(from, to, kind) as ConversationMatch | undefined;
    return match === undefined || from < to ? match : reversed(match);
  }

  add(
    source: EndPoint,
    destination: EndPoint,
    protocol: string,
    isText: boolean,
    isSourceTheServer: boolean,
    { index, transport }: Conversation,
  ): ConversationMatch {
    const isBetweenSockets = areSockets(source, destination);
    const from = this.#numberOf(source, isBetweenSockets);
    const to = this.#numberOf(destination, isBetweenSockets);
    const kind = this.#kindOf(protocol, transport, isBetweenSockets, isText);
    const match = ((index << 1) | (isSourceTheServer ? 0 : SOURCE_IS_CLIENT)) as ConversationMatch;
    this.#matches.set(from, to, kind, from < to ? match : reversed(match));
    return match;
  }

  #kindOf(protocol: string, transport: Transport, isBetweenSockets: boolean, isText: boolean): number {
    const bits =
      (isBetweenSockets ? IS_BETWEEN_SOCKETS : 0) | (isText ? IS_TEXT : 0) | (transport === "udp" ? IS_UDP : 0);
    if (isBetweenSockets) return bits;
    if (protocol !== this.#latestName) {
      this.#latestNameNumber = this.#names.get(protocol) ?? this.#numberName(protocol);
      this.#latestName = protocol;
    }
    return (this.#latestNameNumber << NAME_SHIFT) | bits;
  }

  #numberName(name: string): number {
    const capitals = name.toUpperCase();
    const number = this.#capitals.get(capitals) ?? this.#capitals.size + 1;
    this.#capitals.set(capitals, number);
    this.#names.set(name, number);
    return number;
  }

  #numberOf(endPoint: EndPoint, asSocket: boolean): number {
    return asSocket ? (this.#socketOf[endPoint.index] ?? this.#numberSocket(endPoint)) : endPoint.index;
  }

  #numberSocket({ index, address, name, port }: EndPoint): number {
    const socket = `${address ?? name}:${port}`;
    const number = this.#sockets.get(socket) ?? this.#sockets.size;
    this.#sockets.set(socket, number);
    this.#socketOf[index] = number;
    return number;
  }
}

/** For a message the other way. */
function reversed(match: ConversationMatch): ConversationMatch {
  return (match ^ SOURCE_IS_CLIENT) as ConversationMatch;
}

function areSockets(source: EndPoint, destination: EndPoint): boolean {
  return source.port !== undefined && destination.port !== undefined;
}

export function serverSocket(transport: Transport, { host, port }: Socket): string {
  return `${host.address} ${port} ${transport}`;
}

/**
 * Conversations by transport and both sockets, the client's being that of the latest connection: no two share them. Which
 * of the two sockets is the client's makes no difference, since nothing in a packet tells.
 */
export class ConversationsBySockets {
  readonly #conversations: readonly Conversation[];
  readonly #index: HashIndex;

  /** @param conversations by their index */
  constructor(conversations: readonly Conversation[]) {
    this.#conversations = conversations;
    this.#index = new HashIndex((item) => hashOfConversation(conversations[item]!));
  }

  find(transport: Transport, host: Host, port: number, other: Socket): Conversation | undefined {
    const found = this.#index.find(hashOf(host, port, other.host, other.port), (item) => {
      const { client, latestPort, server, transport: its } = this.#conversations[item]!;
      if (its !== transport) return false;
      const isFirst = client.host === host && latestPort === port;
      if (isFirst && server.host === other.host && server.port === other.port) return true;
      const isSecond = server.host === host && server.port === port;
      return isSecond && client.host === other.host && latestPort === other.port;
    });
    return found === undefined ? undefined : this.#conversations[found];
  }

  add(conversation: Conversation): void {
    this.#index.add(hashOfConversation(conversation), conversation.index);
  }

  /** To be called before the port of its latest connection changes. */
  remove({ index }: Conversation): void {
    this.#index.remove(index);
  }
}

function hashOfConversation({ client, latestPort, server }: Conversation): number {
  return hashOf(client.host, latestPort, server.host, server.port);
}

/** The same for both orders. */
function hashOf(host: Host, port: number, otherHost: Host, otherPort: number): number {
  return hashOfSocket(host, port) + hashOfSocket(otherHost, otherPort);
}

function hashOfSocket({ address, ipv6Words }: Host, port: number): number {
  const lastWord = ipv6Words === undefined ? (address as number) : ipv6Words[3]!;
  return Math.imul(Math.imul(lastWord, 0x85eb_ca6b) ^ port, 0x9e37_79b1);
}
