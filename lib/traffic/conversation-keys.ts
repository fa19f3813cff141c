/** What conversations and sockets are found again by. */

import { HashIndex } from "../core/hash-index.ts";
import type { Transport } from "../csv/protocol-names.ts";

import type { Host } from "../session/host.ts";
import type { Socket } from "../session/tcp-parameters.ts";
import type { Conversation } from "./pending-message.ts";

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
