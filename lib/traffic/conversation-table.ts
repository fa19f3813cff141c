/** Which conversation a message belongs to, and who is client and server in it. */

import { PairMap } from "../core/tables.ts";
import { type Transport, transportOf } from "../csv/protocol-names.ts";
import { parseControlMessage } from "../csv/tcp-flags.ts";
import { formatIp } from "../headers/address.ts";
import { Host } from "../session/host.ts";
import { type AddressAllocator, PlanError } from "./address-allocator.ts";
import { type Candidate, isSourceTheServer, TalkedTo } from "./client-or-server.ts";
import type { PayloadMode, Protocols } from "./completers/protocols.ts";
import {
  ConversationLookup,
  type ConversationMatch,
  ConversationsBySockets,
  conversationIndexOf,
  isFromClient,
  serverSocket,
} from "./conversation-lookup.ts";
import { macOf } from "./packet-list/hardware-names.ts";
import type { LonePacket, TrafficMessage } from "./packet-list/listed-packet.ts";
import { type Conversation, type Participant, PendingMessage, PendingPacket } from "./pending-message.ts";
import { clientPortOf, refusesText, servicePortOf, UNCLAIMED_PORT } from "./service-ports.ts";
import { WirePayloads } from "./wire-payloads.ts";

export interface ConversationTableOptions {
  readonly addresses: AddressAllocator;
  readonly payload: PayloadMode;
  /** Decides the identifiers in completed messages. */
  readonly seed: number;
  /** Those that messages name are known to it before they are added. */
  readonly protocols: Protocols;
}

type GivenOfConversation =
  | "transport"
  | "protocol"
  | "client"
  | "server"
  | "hasGivenPort"
  | "hasSettledServerPort"
  | "isMoved";

interface Side extends Candidate {
  readonly host: Host;
}

/** The two ends of a message, once it is told who is who. */
interface Sides {
  readonly client: Side;
  readonly server: Side;
  readonly isSourceTheServer: boolean;
}

export class ConversationTable {
  readonly #options: ConversationTableOptions;
  /** What its messages are on the wire. */
  readonly payloads: WirePayloads;
  readonly #lookup = new ConversationLookup();
  readonly #talkedTo = new TalkedTo();
  /** All conversations, in order of appearance. */
  readonly conversations: Conversation[] = [];
  readonly #bySockets = new ConversationsBySockets(this.conversations);
  /** Servers have many conversations each: numbers of participants by end point and port. */
  readonly #servers: Participant[] = [];
  readonly #serverNumbers = new PairMap();
  #messages = 0;
  /** Messages on a port that is for others, because the input or the user gives it. */
  misplacedMessages = 0;

  constructor(options: ConversationTableOptions) {
    this.#options = options;
    this.payloads = new WirePayloads(options.payload, options.protocols.completersOf(options.seed));
  }

  /** Takes notice of a message that will be added later, so that it is known who is talked to. In the order of their times. */
  watch(message: TrafficMessage): void {
    this.#talkedTo.note(message);
  }

  /** Finds or makes the conversation of a message. Messages come in the order of their times. @throws PlanError if it cannot be */
  add(message: TrafficMessage): PendingMessage {
    const { payloadBuffer, payloadStart, payloadEnd } = message;
    const control = message.isPacket ? undefined : parseControlMessage(payloadBuffer, payloadStart, payloadEnd);
    const match = this.#find(message, message.isPacket ? message.flags : control);
    const conversation = this.conversations[conversationIndexOf(match)]!;
    const pending = new PendingMessage(
      message,
      conversation,
      isFromClient(match) ? "client" : "server",
      conversation.transport === "tcp" ? control : undefined,
      ++this.#messages,
    );
    if (conversation.latest !== undefined) conversation.latest.next = pending;
    conversation.latest = pending;
    return pending;
  }

  /** The machines of a packet that belongs to no conversation. @throws PlanError if there can be none */
  addLone(message: TrafficMessage, packet: LonePacket): PendingPacket {
    const { source, destination } = message;
    if (packet.kind !== "arp") {
      const [from, to] = this.#options.addresses.hostsOf(source, destination);
      if (packet.kind === "icmp" || !from.isIpv4) return new PendingPacket(message, packet, from, to);
      throw new PlanError("ICMPv6 runs over IPv6 alone", "give both ends an IPv6 address");
    }
    // What has a hardware address for a name is no machine with an allocated address.
    const [from, to] = [source, destination].map((endPoint) => {
      const mac = endPoint.address === undefined ? macOf(endPoint.name) : undefined;
      if (mac !== undefined) return new Host(endPoint.name, 0, mac, 0);
      return this.#options.addresses.hostsOf(endPoint, endPoint)[0];
    });
    return new PendingPacket(message, packet, from!, to!);
  }

  /**
   * Releases a message that was played. One that has gone and grown old would keep its successors from being collected
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
    this.#bySockets.remove(conversation);
    this.#options.addresses.releasePort(client.host, () => serverSocket(transport, server), latestPort);
    conversation.latestPort = port;
    this.#bySockets.add(conversation);
    return port;
  }

  #find(message: TrafficMessage, flags: number | undefined): ConversationMatch {
    const { source, destination, protocol } = message;
    const transport = transportOfMessage(message);
    const match = this.#lookup.find(source, destination, protocol, transport, false);
    if (match === undefined) return this.#findMoved(message, transport) ?? this.#make(message, transport, flags);
    const conversation = this.conversations[conversationIndexOf(match)]!;
    if (!conversation.refusesText) return match;
    if (!this.#isOutOfPlace(message, conversation.transport, conversation.server.port)) return match;
    if (conversation.hasSettledServerPort) {
      this.misplacedMessages++;
      return match;
    }
    return (
      this.#lookup.find(source, destination, protocol, transport, true) ??
      this.#makeBetween(message, transport, this.#sidesOf(message, flags), true)
    );
  }

  /** Where all that was said so far is out of place, and this is too. */
  #findMoved(message: TrafficMessage, transport: Transport): ConversationMatch | undefined {
    const { source, destination, protocol } = message;
    const moved = this.#lookup.find(source, destination, protocol, transport, true);
    const isMoved = moved !== undefined && this.#isOutOfPlace(message, transport, servicePortOf(protocol, transport));
    return isMoved ? moved : undefined;
  }

  /** Whether a message is text that the protocol of a port would be garbled by. */
  #isOutOfPlace(message: TrafficMessage, transport: Transport, port: number): boolean {
    const { payload, protocols } = this.#options;
    if (!refusesText(transport, port) || payload === "exact") return false;
    // A segment cannot leave the connection that its table has it in; a datagram is on its own, unless a list has its ports.
    if (message.isPacket && (transport === "tcp" || message.listed !== undefined)) return false;
    const { protocol, payloadStart, payloadEnd } = message;
    if (payloadEnd === payloadStart) return false;
    return servicePortOf(protocol, transport) !== port || !protocols.isUnderstood(protocol, message.payload, transport);
  }

  #make(message: TrafficMessage, transport: Transport, flags: number | undefined): ConversationMatch {
    const sides = this.#sidesOf(message, flags);
    const settled = sides.server.port;
    const port = settled ?? servicePortOf(message.protocol, transport);
    const isOutOfPlace = this.#isOutOfPlace(message, transport, port);
    if (isOutOfPlace && settled !== undefined) this.misplacedMessages++;
    return this.#makeBetween(message, transport, sides, isOutOfPlace && settled === undefined);
  }

  #sidesOf(message: TrafficMessage, flags: number | undefined): Sides {
    const { source, destination } = message;
    const { addresses, protocols } = this.#options;
    const [sourceHost, destinationHost] = addresses.hostsOf(source, destination);
    const one = { name: source.name, host: sourceHost, port: addresses.portOf(source), endPoint: source };
    const other = {
      name: destination.name,
      host: destinationHost,
      port: addresses.portOf(destination),
      endPoint: destination,
    };
    return isSourceTheServer(one, other, message, flags, { talkedTo: this.#talkedTo, protocols })
      ? { client: other, server: one, isSourceTheServer: true }
      : { client: one, server: other, isSourceTheServer: false };
  }

  /** @param isMoved whether it is for text that the port of the protocol would be garbled by */
  #makeBetween(
    { source, destination, protocol }: TrafficMessage,
    transport: Transport,
    { client, server, isSourceTheServer }: Sides,
    isMoved: boolean,
  ): ConversationMatch {
    const serverPort = isMoved ? UNCLAIMED_PORT : (server.port ?? servicePortOf(protocol, transport));
    const serverSide = this.#server(server, serverPort);
    const given = client.port ?? (isMoved ? undefined : clientPortOf(protocol));
    const known = given === undefined ? undefined : this.#bySockets.find(transport, client.host, given, serverSide);
    if (known === undefined && client.host === server.host && given === serverPort) {
      throw new PlanError(
        `both ends are ${formatIp(client.host.address)} port ${given}`,
        "give the two different ports",
      );
    }
    const { name, host } = client;
    const conversation =
      known ??
      this.#create({
        transport,
        protocol,
        client: { name, host, port: given ?? this.#takePort(transport, host, serverSide) },
        server: serverSide,
        hasGivenPort: given !== undefined,
        hasSettledServerPort: server.port !== undefined,
        isMoved,
      });
    return this.#lookup.add(source, destination, protocol, isMoved, isSourceTheServer, conversation);
  }

  #server({ endPoint: { index, name }, host }: Side, port: number): Participant {
    const number = this.#serverNumbers.get(index, index, port);
    const known = number === undefined ? undefined : this.#servers[number];
    // One name can have an address of either version.
    if (known?.host === host) return known;
    const server = { name, host, port };
    this.#serverNumbers.set(index, index, port, this.#servers.push(server) - 1);
    return server;
  }

  #create(given: Pick<Conversation, GivenOfConversation>): Conversation {
    const { transport, protocol, client, server, hasGivenPort, hasSettledServerPort, isMoved } = given;
    const conversation: Conversation = {
      index: this.conversations.length,
      transport,
      protocol,
      client,
      server,
      hasGivenPort,
      hasSettledServerPort,
      isMoved,
      refusesText: refusesText(transport, server.port),
      latestPort: client.port,
      completer: undefined,
      latest: undefined,
    };
    this.conversations.push(conversation);
    this.#bySockets.add(conversation);
    return conversation;
  }

  #takePort(transport: Transport, host: Host, server: Participant): number {
    return this.#options.addresses.takePort(
      host,
      () => serverSocket(transport, server),
      (port) => {
        const isItself = host === server.host && port === server.port;
        if (isItself || this.#bySockets.find(transport, host, port, server) !== undefined) return false;
        // Wireshark looks at the ports of both sides when it chooses a dissector.
        return !refusesText(transport, port);
      },
    );
  }
}

function transportOfMessage({ flags, protocol, transport }: TrafficMessage): Transport {
  return flags !== undefined ? "tcp" : (transport ?? transportOf(protocol));
}
