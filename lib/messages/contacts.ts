/** Which conversation the messages between two end points belong to. Asked for every message, so it makes nothing to tell. */
import { doubled } from "../doubled.ts";
import type { Conversation } from "./conversation.ts";
import type { EndPoint } from "./message.ts";
import { PairTable } from "./pair-table.ts";
import type { Transport } from "./service-ports.ts";

/** Kinds are numbered from here on, so that one of them is never taken for a pair of end points. */
const FIRST_KIND = 2 ** 30;

/** Two end points with a conversation of one kind are a contact, which has a number. */
export class Contacts {
  readonly #conversations: Conversation[] = [];
  /** By contact: the number that stands for the client, shifted left by one, plus 1 where it is that of a socket. */
  #clients = new Int32Array(64);
  /** Numbers of pairs of end points, and of pairs of sockets. */
  readonly #endPointPairs = new PairTable();
  readonly #socketPairs = new PairTable();
  #pairs = 0;
  /** Contacts by pair and kind. */
  readonly #places = new PairTable();
  /** Even numbers of what tells conversations of one pair apart, as it is written and in capitals. */
  readonly #kinds = new Map<string, number>();
  readonly #capitalKinds = new Map<string, number>();
  /** End points whose sockets are the same have one number for it: by socket, and by end point. */
  readonly #sockets = new Map<string, number>();
  readonly #socketOf: number[] = [];

  /**
   * @param protocol tells conversations of one pair apart, in any case ...
   * @param transport ... but between two sockets only this tells packets apart
   * @param isText whether it carries text that the protocol's own port would call malformed
   */
  find(
    source: EndPoint,
    destination: EndPoint,
    protocol: string,
    transport: Transport,
    isText: boolean,
  ): number | undefined {
    const isBetweenSockets = areSockets(source, destination);
    const pairs = isBetweenSockets ? this.#socketPairs : this.#endPointPairs;
    const pair = pairs.get(this.#numberOf(source, isBetweenSockets), this.#numberOf(destination, isBetweenSockets));
    if (pair === undefined) return undefined;
    return this.#places.get(pair, this.#kindOf(isBetweenSockets ? transport : protocol, isText));
  }

  add(
    source: EndPoint,
    destination: EndPoint,
    protocol: string,
    isText: boolean,
    isSourceTheServer: boolean,
    conversation: Conversation,
  ): number {
    const isBetweenSockets = areSockets(source, destination);
    const pairs = isBetweenSockets ? this.#socketPairs : this.#endPointPairs;
    const from = this.#numberOf(source, isBetweenSockets);
    const to = this.#numberOf(destination, isBetweenSockets);
    let pair = pairs.get(from, to);
    if (pair === undefined) {
      pair = this.#pairs++;
      pairs.set(from, to, pair);
    }
    const kind = this.#kindOf(isBetweenSockets ? conversation.transport : protocol, isText);
    const contact = this.#conversations.push(conversation) - 1;
    this.#places.set(pair, kind, contact);
    if (contact === this.#clients.length) this.#clients = doubled(this.#clients);
    this.#clients[contact] = ((isSourceTheServer ? to : from) << 1) | (isBetweenSockets ? 1 : 0);
    return contact;
  }

  conversationOf(contact: number): Conversation {
    return this.#conversations[contact]!;
  }

  isClient(contact: number, endPoint: EndPoint): boolean {
    const client = this.#clients[contact]!;
    return client >> 1 === this.#numberOf(endPoint, (client & 1) !== 0);
  }

  #kindOf(text: string, isText: boolean): number {
    const kind = this.#kinds.get(text) ?? this.#numberKind(text);
    return isText ? kind + 1 : kind;
  }

  #numberKind(text: string): number {
    const capitals = text.toUpperCase();
    const kind = this.#capitalKinds.get(capitals) ?? FIRST_KIND + 2 * this.#capitalKinds.size;
    this.#capitalKinds.set(capitals, kind);
    this.#kinds.set(text, kind);
    return kind;
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

function areSockets(source: EndPoint, destination: EndPoint): boolean {
  return source.port !== undefined && destination.port !== undefined;
}
