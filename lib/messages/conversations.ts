/** Which conversation a message belongs to, who is client and server in it, and which bytes it is on the wire. */
import { formatIp } from "../headers/address.ts";
import type { Host } from "../session/host.ts";
import type { SideName } from "../session/tcp-parameters.ts";
import { type AddressPlan, PlanError } from "./address-plan.ts";
import { isSourceTheServer } from "./client-or-server.ts";
import { parseControlMessage } from "./control-messages.ts";
import { keyOf, serverSocket, socketsOf } from "./conversation-keys.ts";
import type { Message } from "./message.ts";
import { isUnderstood, PayloadCompleter, type PayloadMode } from "./payload/payload.ts";
import type { PayloadParticipant } from "./payload/row.ts";
import {
  clientPortOf,
  refusesText,
  servicePortOf,
  type Transport,
  transportOf,
  UNCLAIMED_PORT,
} from "./service-ports.ts";

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
  /** The client's port in the latest connection. */
  latestPort: number;
  completer: Completer | undefined;
  /** The message that was added last, until it has been played. */
  latest: PendingMessage | undefined;
}

/** What completes the messages of a conversation, and who it is between. */
interface Completer {
  readonly payloads: PayloadCompleter;
  readonly client: PayloadParticipant;
  readonly server: PayloadParticipant;
}

/** A message whose conversation is known, and that may already know its successor there. */
export interface PendingMessage {
  readonly message: Message;
  readonly conversation: Conversation;
  readonly side: SideName;
  /** TCP flags, where the whole message is `SYN`, `FIN-ACK` or the like. */
  readonly control: number | undefined;
  /** Which message of the input it is, from 1, in the order of their times. */
  readonly ordinal: number;
  next: PendingMessage | undefined;
}

/** A conversation as one of the keys finds it, and which end point key stands for its client. */
interface Entry {
  readonly conversation: Conversation;
  readonly clientKey: string;
}

export interface ConversationBookOptions {
  readonly plan: AddressPlan;
  readonly payload: PayloadMode;
  /** Decides the identifiers in completed messages. */
  readonly seed: number;
}

const NO_BYTES = new Uint8Array(0);

export class ConversationBook {
  readonly #options: ConversationBookOptions;
  readonly #byEndPoints = new Map<string, Entry>();
  /** By both sockets: no two conversations may share them. */
  readonly #bySockets = new Map<string, Conversation>();
  /** All conversations, in order of appearance. */
  readonly conversations: Conversation[] = [];
  #messages = 0;
  /** Messages to which something was added, or that were translated. */
  completedMessages = 0;
  /** Messages that travel as text on a port of no protocol, because nobody would understand them on their own. */
  movedMessages = 0;

  constructor(options: ConversationBookOptions) {
    this.#options = options;
  }

  /** Finds or makes the conversation of a message. Messages come in the order of their times. @throws PlanError if it cannot be */
  add(message: Message): PendingMessage {
    const control = message.isPacket ? undefined : parseControlMessage(message.payload);
    const { conversation, side } = this.#find(message, message.isPacket ? message.flags : control);
    const isTcp = conversation.transport === "tcp";
    const pending: PendingMessage = {
      message,
      conversation,
      side,
      control: isTcp ? control : undefined,
      ordinal: ++this.#messages,
      next: undefined,
    };
    if (conversation.latest !== undefined) conversation.latest.next = pending;
    conversation.latest = pending;
    return pending;
  }

  /**
   * The bytes that a message is on the wire; none for a row that only speaks of the connection. What it is completed with
   * depends on the messages before it and on the next one, so this is asked once for each message, in their order.
   */
  bytesOf({ message, conversation, side, control, next }: PendingMessage): Uint8Array {
    if (control !== undefined) return NO_BYTES;
    if (this.#options.payload === "exact" || message.isPacket) return message.payload;
    if (conversation.server.port === UNCLAIMED_PORT) {
      this.movedMessages++;
      return message.payload;
    }
    conversation.completer ??= {
      payloads: new PayloadCompleter(this.#options.seed),
      client: payloadParticipant(conversation.client),
      server: payloadParticipant(conversation.server),
    };
    const { payloads, client, server } = conversation.completer;
    const row = {
      protocol: message.protocol,
      transport: conversation.transport,
      payload: message.payload,
      isFromClient: side === "client",
      client,
      server,
      ...(next?.side === side && { next: next.message.payload }),
    };
    const { bytes, isCompleted } = payloads.complete(row);
    if (isCompleted) this.completedMessages++;
    return bytes;
  }

  /**
   * Lets go of a message that was played. One that has gone and grown old would keep its successors from being collected
   * while they are young.
   */
  release(pending: PendingMessage): void {
    const { conversation } = pending;
    if (conversation.latest === pending) conversation.latest = undefined;
    pending.next = undefined;
  }

  /**
   * The client's port for a new connection of a conversation: the same one where it was given, else one that is free. A
   * connection that was closed is not used again. @throws PlanError when the host has no port left
   */
  takeNextPort(conversation: Conversation): number {
    const { transport, client, server, hasGivenPort, latestPort } = conversation;
    if (hasGivenPort) return client.port;
    const port = this.#takePort(transport, client.host, server);
    this.#bySockets.delete(socketsOf(transport, { ...client, port: latestPort }, server));
    this.#bySockets.set(socketsOf(transport, { ...client, port }, server), conversation);
    this.#options.plan.releasePort(client.host, serverSocket(transport, server), latestPort);
    conversation.latestPort = port;
    return port;
  }

  #find(message: Message, flags: number | undefined): { conversation: Conversation; side: SideName } {
    const { source: from, destination: to, protocol } = message;
    const transport = message.flags !== undefined ? "tcp" : transportOf(protocol);
    const bySockets = from.port !== undefined && to.port !== undefined;
    const source = keyOf(from, bySockets);
    const destination = keyOf(to, bySockets);
    const pair = source < destination ? `${source}\n${destination}` : `${destination}\n${source}`;
    const key = `${pair}\n${bySockets ? transport : protocol.toUpperCase()}`;
    let entry = this.#byEndPoints.get(key);
    entry ??= this.#remember(key, this.#make(message, transport, flags, source, destination, false));
    if (this.#isOutOfPlace(message, entry.conversation)) {
      const textKey = `${key}\ntext`;
      entry = this.#byEndPoints.get(textKey);
      entry ??= this.#remember(textKey, this.#make(message, transport, flags, source, destination, true));
    }
    return { conversation: entry.conversation, side: entry.clientKey === source ? "client" : "server" };
  }

  #remember(key: string, entry: Entry): Entry {
    this.#byEndPoints.set(key, entry);
    return entry;
  }

  /** Whether a message is text that the protocol of the conversation's port would be garbled by. */
  #isOutOfPlace(message: Message, { transport, server }: Conversation): boolean {
    if (this.#options.payload === "exact" || !refusesText(transport, server.port)) return false;
    // A segment cannot leave the connection that its table has it in; a datagram is on its own.
    if (message.isPacket && transport === "tcp") return false;
    if (message.payload.length === 0) return false;
    return servicePortOf(message.protocol) !== server.port || !isUnderstood(message.protocol, message.payload);
  }

  #make(
    message: Message,
    transport: Transport,
    flags: number | undefined,
    sourceKey: string,
    destinationKey: string,
    isText: boolean,
  ): Entry {
    const { source, destination, protocol } = message;
    const { plan } = this.#options;
    const [sourceHost, destinationHost] = plan.hostsOf(source, destination);
    const ends = [
      { name: source.name, host: sourceHost, port: plan.portOf(source) },
      { name: destination.name, host: destinationHost, port: plan.portOf(destination) },
    ] as const;
    const sourceIsServer = isSourceTheServer(ends[0], ends[1], protocol, flags);
    const [client, server] = sourceIsServer ? [ends[1], ends[0]] : ends;
    const clientKey = sourceIsServer ? destinationKey : sourceKey;
    const serverPort = isText ? UNCLAIMED_PORT : (server.port ?? servicePortOf(protocol));
    const serverSide = { ...server, port: serverPort };
    const given = client.port ?? (isText ? undefined : clientPortOf(protocol));
    if (given !== undefined) {
      const known = this.#bySockets.get(socketsOf(transport, { ...client, port: given }, serverSide));
      if (known !== undefined) return { conversation: known, clientKey };
      if (client.host === server.host && given === serverPort) {
        throw new PlanError(
          `both ends are ${formatIp(client.host.address)} port ${given}`,
          "give the two different ports",
        );
      }
    }
    const port = given ?? this.#takePort(transport, client.host, serverSide);
    return {
      clientKey,
      conversation: this.#create(transport, protocol, { ...client, port }, serverSide, given !== undefined),
    };
  }

  #create(
    transport: Transport,
    protocol: string,
    client: Participant,
    server: Participant,
    hasGivenPort: boolean,
  ): Conversation {
    const conversation: Conversation = {
      index: this.conversations.length,
      transport,
      protocol,
      client,
      server,
      hasGivenPort,
      latestPort: client.port,
      completer: undefined,
      latest: undefined,
    };
    this.#bySockets.set(socketsOf(transport, client, server), conversation);
    this.conversations.push(conversation);
    return conversation;
  }

  #takePort(transport: Transport, host: Host, server: Participant): number {
    const isFree = (port: number) => {
      const client = { name: "", host, port };
      const isItself = host === server.host && port === server.port;
      // Wireshark looks at the ports of both sides when it chooses a dissector.
      return !isItself && !refusesText(transport, port) && !this.#bySockets.has(socketsOf(transport, client, server));
    };
    return this.#options.plan.takePort(host, serverSocket(transport, server), isFree);
  }
}

function payloadParticipant({ name, host, port }: Participant): PayloadParticipant {
  return { name, address: host.address, mac: host.mac, port };
}
