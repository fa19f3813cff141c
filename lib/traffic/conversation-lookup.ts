/** Which conversation the messages between two end points belong to. Asked for every message, so it makes nothing to tell. */

import { PairTable } from "../core/pair-map.ts";
import type { EndPoint } from "../csv/message.ts";
import type { Transport } from "../csv/service-ports.ts";
import type { Conversation } from "./pending-message.ts";

/** In the number of a kind: carrying text on another port, being between two sockets, UDP; the rest is what it is called. */
const IS_TEXT = 1;
const IS_BETWEEN_SOCKETS = 2;
const IS_UDP = 4;
const NAME_SHIFT = 3;

/** The conversation of a message by its index, and whether the source of the message is the client. */
export type Contact = number & { readonly [isContact]: true };

declare const isContact: unique symbol;

const SOURCE_IS_CLIENT = 1;

export function conversationIndexOf(contact: Contact): number {
  return contact >> 1;
}

export function isFromClient(contact: Contact): boolean {
  return (contact & SOURCE_IS_CLIENT) !== 0;
}

export class Contacts {
  /** By the numbers of both end points, or of both sockets, and by kind: the contact of a message from the lower one. */
  readonly #contacts = new PairTable();
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
  ): Contact | undefined {
    const isBetweenSockets = areSockets(source, destination);
    const from = this.#numberOf(source, isBetweenSockets);
    const to = this.#numberOf(destination, isBetweenSockets);
    const kind = this.#kindOf(protocol, transport, isBetweenSockets, isText);
    const contact = this.#contacts.get(from, to, kind) as Contact | undefined;
    return contact === undefined || from < to ? contact : reversed(contact);
  }

  add(
    source: EndPoint,
    destination: EndPoint,
    protocol: string,
    isText: boolean,
    isSourceTheServer: boolean,
    { index, transport }: Conversation,
  ): Contact {
    const isBetweenSockets = areSockets(source, destination);
    const from = this.#numberOf(source, isBetweenSockets);
    const to = this.#numberOf(destination, isBetweenSockets);
    const kind = this.#kindOf(protocol, transport, isBetweenSockets, isText);
    const contact = ((index << 1) | (isSourceTheServer ? 0 : SOURCE_IS_CLIENT)) as Contact;
    this.#contacts.set(from, to, kind, from < to ? contact : reversed(contact));
    return contact;
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
function reversed(contact: Contact): Contact {
  return (contact ^ SOURCE_IS_CLIENT) as Contact;
}

function areSockets(source: EndPoint, destination: EndPoint): boolean {
  return source.port !== undefined && destination.port !== undefined;
}
