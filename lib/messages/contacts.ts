/** Which conversation the messages between two end points belong to. Asked for every message, so it makes nothing to tell. */
import type { Conversation } from "./conversations.ts";
import type { EndPoint } from "./message.ts";
import { PairTable } from "./pair-table.ts";
import type { Transport } from "./service-ports.ts";

/** Two end points with a conversation of one kind. */
export interface Contact {
  readonly conversation: Conversation;
  /** The number that stands for the client. */
  readonly client: number;
  readonly isBetweenSockets: boolean;
}

/** Kinds are numbered from here on, so that one of them is never taken for a pair of end points. */
const FIRST_KIND = 2 ** 30;

export class Contacts {
  readonly #contacts: Contact[] = [];
  /** Numbers of pairs of end points, and of pairs of sockets. */
  readonly #endPointPairs = new PairTable();
  readonly #socketPairs = new PairTable();
  #pairs = 0;
  /** Places in the list of contacts, by pair and kind. */
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
  ): Contact | undefined {
    const isBetweenSockets = areSockets(source, destination);
    const pairs = isBetweenSockets ? this.#socketPairs : this.#endPointPairs;
    const pair = pairs.get(this.#numberOf(source, isBetweenSockets), this.#numberOf(destination, isBetweenSockets));
    if (pair === undefined) return undefined;
    const place = this.#places.get(pair, this.#kindOf(isBetweenSockets ? transport : protocol, isText));
    return place === undefined ? undefined : this.#contacts[place];
  }

  add(
    source: EndPoint,
    destination: EndPoint,
    protocol: string,
    isText: boolean,
    isSourceTheServer: boolean,
    conversation: Conversation,
  ): Contact {
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
    this.#places.set(pair, kind, this.#contacts.length);
    const contact = { conversation, client: isSourceTheServer ? to : from, isBetweenSockets };
    this.#contacts.push(contact);
    return contact;
  }

  isClient(contact: Contact, endPoint: EndPoint): boolean {
    return contact.client === this.#numberOf(endPoint, contact.isBetweenSockets);
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
