/** Which conversation the messages between two end points belong to. Asked for every message, so it makes nothing to tell. */
import { doubled } from "../doubled.ts";
import type { Conversation } from "./conversation.ts";
import type { EndPoint } from "./message.ts";
import { PairTable } from "./pair-table.ts";
import type { Transport } from "./service-ports.ts";

/** In the number of a kind: carrying text on another port, and being between two sockets; the rest is what it is called. */
const IS_TEXT = 1;
const IS_BETWEEN_SOCKETS = 2;
const NAME_SHIFT = 2;

/** Two end points with a conversation of one kind are a contact, which has a number. */
export class Contacts {
  readonly #conversations: Conversation[] = [];
  /** By contact: the number that stands for the client, shifted left by one, plus 1 where it is that of a socket. */
  #clients = new Int32Array(64);
  /** Contacts by the numbers of both end points, or of both sockets, and by kind. */
  readonly #contacts = new PairTable();
  /** Numbers of what tells conversations of one pair apart, as it is written and in capitals. */
  readonly #names = new Map<string, number>();
  readonly #capitals = new Map<string, number>();
  /** Nearly always the next one's too. */
  #latestName = "";
  #latestNameNumber = 0;
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
    return this.#contacts.get(
      this.#numberOf(source, isBetweenSockets),
      this.#numberOf(destination, isBetweenSockets),
      this.#kindOf(isBetweenSockets ? transport : protocol, isBetweenSockets, isText),
    );
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
    const from = this.#numberOf(source, isBetweenSockets);
    const to = this.#numberOf(destination, isBetweenSockets);
    const contact = this.#conversations.push(conversation) - 1;
    const name = isBetweenSockets ? conversation.transport : protocol;
    this.#contacts.set(from, to, this.#kindOf(name, isBetweenSockets, isText), contact);
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

  #kindOf(name: string, isBetweenSockets: boolean, isText: boolean): number {
    if (name !== this.#latestName) {
      this.#latestNameNumber = this.#names.get(name) ?? this.#numberName(name);
      this.#latestName = name;
    }
    return (
      (this.#latestNameNumber << NAME_SHIFT) | (isBetweenSockets ? IS_BETWEEN_SOCKETS : 0) | (isText ? IS_TEXT : 0)
    );
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

function areSockets(source: EndPoint, destination: EndPoint): boolean {
  return source.port !== undefined && destination.port !== undefined;
}
