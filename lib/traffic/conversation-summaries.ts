/** Conversations as others see them: who talked to whom, and how much was said. */
import type { IpAddress } from "../headers/address.ts";
import { writable } from "../headers/plain-values.ts";
import type { ConversationState } from "./conversation-state.ts";
import type { Participant } from "./pending-message.ts";

/** One side of a conversation: the application, and the socket it was given. */
export interface ParticipantSummary {
  /** The application's name in the input. */
  readonly name: string;
  /** Its IPv4 or IPv6 address. */
  readonly address: IpAddress;
  /** Its port, 1 to 65535. */
  readonly port: number;
}

/** One conversation. Ports are those of its first connection. */
export interface ConversationSummary {
  /** What carries it. */
  readonly transport: "tcp" | "udp";
  /** The application protocol, as the input has it. */
  readonly protocol: string;
  /** Who opened it, or spoke first. */
  readonly client: ParticipantSummary;
  /** The other side. */
  readonly server: ParticipantSummary;
  /** More than 1 where idle connections were closed and opened again. */
  readonly connections: number;
  /** Messages of both sides. */
  readonly messages: number;
  /** Packets of both sides. */
  readonly packets: number;
  /** Bytes of messages. */
  readonly bytes: number;
}

/**
 * Who talked to whom, in the order of their first messages. Each is made when it is asked for, since there can be very many.
 */
export interface ConversationSummaries extends Iterable<ConversationSummary> {
  /** How many conversations there are. */
  readonly length: number;
  /**
   * One conversation; undefined where there is none.
   *
   * @param index from 0; negative ones count from the end
   */
  at(index: number): ConversationSummary | undefined;
  /** As JSON has it: a list. */
  toJSON(): ConversationSummary[];
}

/** The states of conversations as others see them. */
export class Summaries implements ConversationSummaries {
  readonly #states: readonly ConversationState[];

  constructor(states: readonly ConversationState[]) {
    this.#states = states;
  }

  get length(): number {
    return this.#states.length;
  }

  at(index: number): ConversationSummary | undefined {
    const state = this.#states.at(index);
    return state && summariseConversation(state);
  }

  toJSON(): ConversationSummary[] {
    return [...this];
  }

  *[Symbol.iterator](): Iterator<ConversationSummary> {
    for (const state of this.#states) yield summariseConversation(state);
  }
}

function summariseConversation(state: ConversationState): ConversationSummary {
  const { connections, messages, packets, payloadBytes: bytes } = state;
  const { transport, protocol, client, server } = state.conversation;
  return {
    transport,
    protocol,
    client: summariseParticipant(client),
    server: summariseParticipant(server),
    connections,
    messages,
    packets,
    bytes,
  };
}

function summariseParticipant({ name, host, port }: Participant): ParticipantSummary {
  return writable({ name, address: host.address, port }, { address: "ip" });
}
