/** Conversations as others see them: who talked to whom, and how much was said. */
import type { IpAddress } from "../headers/address.ts";
import type { ConversationState } from "./conversation-player.ts";
import type { Participant } from "./pending-message.ts";

/** One side of a conversation: the application, and the socket it was given. */
export interface ParticipantSummary {
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
}

/** One conversation. Ports are those of its first connection. */
export interface ConversationSummary {
  readonly transport: "tcp" | "udp";
  readonly protocol: string;
  readonly client: ParticipantSummary;
  readonly server: ParticipantSummary;
  /** More than 1 where idle connections were closed and opened again. */
  readonly connections: number;
  readonly messages: number;
  readonly packets: number;
  /** Bytes of messages. */
  readonly bytes: number;
}

/** In the order of their first messages. Each is made when it is asked for, since there can be very many. */
export interface ConversationSummaries extends Iterable<ConversationSummary> {
  readonly length: number;
  /** @param index from 0; negative ones count from the end */
  at(index: number): ConversationSummary | undefined;
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

  /** As JSON has it: a list. */
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
  return { name, address: host.address, port };
}
