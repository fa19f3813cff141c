/** Which conversation a message belongs to, and who is client and server in it. */
import { Tally } from "../session/conversation.ts";
import type { Host } from "../session/host.ts";
import type { MessagePlayer, PlayedConversation } from "../session/message-player.ts";
import type { SideName } from "../session/tcp-parameters.ts";
import type { Timeline } from "../session/timeline.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { EndPoint, Message } from "./message.ts";
import { servicePortOf } from "./service-ports.ts";

/** Ports from here on are given to clients for the time of a connection (RFC 6335, section 6). */
const FIRST_DYNAMIC_PORT = 49_152;

/** One side of a conversation as a person sees it. */
export interface Participant {
  readonly name: string;
  readonly host: Host;
  readonly port: number;
}

/** A conversation of the input: one connection, or several in a row where idle ones are closed. */
export interface Conversation {
  readonly protocol: string;
  /** Its port is that of the first connection. */
  readonly client: Participant;
  readonly server: Participant;
  /** Counts over all its connections. */
  readonly tally: Tally;
  /** Messages without bytes, which send nothing. */
  emptyMessages: number;
  /** Connections it has used so far. The latest one is `played`. */
  connections: number;
  played: PlayedConversation;
}

/** A conversation as one of the keys finds it, and which end point key stands for its client. */
interface Entry {
  readonly conversation: Conversation;
  readonly clientKey: string;
}

/** Finds or makes the conversation of each message, and says which side speaks. */
export class ConversationBook {
  readonly #timeline: Timeline;
  readonly #player: MessagePlayer;
  readonly #plan: AddressPlan;
  readonly #byEndPoints = new Map<string, Entry>();
  /** Conversations whose client port the input settles, by both sockets: no two may share them. */
  readonly #bySockets = new Map<string, Conversation>();

  constructor(timeline: Timeline, player: MessagePlayer, plan: AddressPlan) {
    this.#timeline = timeline;
    this.#player = player;
    this.#plan = plan;
  }

  /** All conversations, in order of appearance. */
  *conversations(): Iterable<Conversation> {
    yield* new Set([...this.#byEndPoints.values()].map(({ conversation }) => conversation));
  }

  /** Hands a message to the player, on the connection it belongs to. */
  play(message: Message): void {
    const { conversation, side } = this.#find(message);
    if (this.#player.isOver(conversation.played, message.time)) this.#reconnect(conversation);
    if (message.payload.length === 0) conversation.emptyMessages++;
    this.#player.message(conversation.played, side, message.time, message.payload);
  }

  #find(message: Message): { conversation: Conversation; side: SideName } {
    const bySockets = message.source.port !== undefined && message.destination.port !== undefined;
    const source = keyOf(message.source, bySockets);
    const destination = keyOf(message.destination, bySockets);
    const pair = source < destination ? `${source}\n${destination}` : `${destination}\n${source}`;
    const key = bySockets ? pair : `${pair}\n${message.protocol.toUpperCase()}`;
    let entry = this.#byEndPoints.get(key);
    if (entry === undefined) {
      entry = this.#add(message, source, destination);
      this.#byEndPoints.set(key, entry);
    }
    return { conversation: entry.conversation, side: entry.clientKey === source ? "client" : "server" };
  }

  #add(message: Message, sourceKey: string, destinationKey: string): Entry {
    const { source, destination } = message;
    // Hosts get their addresses in the order in which the input names them.
    const ends = [this.#participant(source), this.#participant(destination)] as const;
    const sourceIsServer = isSourceTheServer(ends[0], ends[1]);
    const [client, server] = sourceIsServer ? [ends[1], ends[0]] : ends;
    const clientKey = sourceIsServer ? destinationKey : sourceKey;
    const serverPort = server.port ?? servicePortOf(message.protocol);
    if (client.port === undefined) {
      const port = this.#plan.takePort(client.host);
      return {
        clientKey,
        conversation: this.#create(message.protocol, { ...client, port }, { ...server, port: serverPort }),
      };
    }
    const settled = [
      { ...client, port: client.port },
      { ...server, port: serverPort },
    ] as const;
    const sockets = socketsOf(...settled);
    let conversation = this.#bySockets.get(sockets);
    if (conversation === undefined) {
      this.#plan.claimPort(client.host, client.port);
      conversation = this.#create(message.protocol, ...settled);
      this.#bySockets.set(sockets, conversation);
    }
    return { conversation, clientKey };
  }

  #participant(endPoint: EndPoint): Omit<Participant, "port"> & { port: number | undefined } {
    return { name: endPoint.name, host: this.#plan.hostOf(endPoint), port: this.#plan.portOf(endPoint) };
  }

  #create(protocol: string, client: Participant, server: Participant): Conversation {
    const tally = new Tally();
    const played = this.#player.adopt(this.#timeline.connect(client, server, tally));
    return { protocol, client, server, tally, emptyMessages: 0, connections: 1, played };
  }

  /** A connection that was closed for idleness is not used again: the next message opens a new one. */
  #reconnect(conversation: Conversation): void {
    const { client, server, tally } = conversation;
    const isSettled = this.#bySockets.size > 0 && this.#bySockets.has(socketsOf(client, server));
    const port = isSettled ? client.port : this.#plan.takePort(client.host);
    if (!isSettled) this.#plan.releasePort(client.host, conversation.played.tcp.client.port);
    conversation.played = this.#player.adopt(this.#timeline.connect({ host: client.host, port }, server, tally));
    conversation.connections++;
  }
}

function socketsOf(client: Participant, server: Participant): string {
  return `${client.host.address}:${client.port} ${server.host.address}:${server.port}`;
}

/** What makes an end point the same one in another row. */
function keyOf(endPoint: EndPoint, bySocket: boolean): string {
  if (bySocket) return `${endPoint.address ?? endPoint.name}:${endPoint.port}`;
  return `${endPoint.name}\t${endPoint.address ?? ""}\t${endPoint.port ?? ""}`;
}

type Candidate = { readonly name: string; readonly port: number | undefined };

/**
 * The server is the side with the lower port, where both are settled; the one with a port that is no client's, where one
 * is; else the one that calls itself a server; else the one that is addressed first.
 */
function isSourceTheServer(source: Candidate, destination: Candidate): boolean {
  if (source.port !== undefined && destination.port !== undefined && source.port !== destination.port) {
    return source.port < destination.port;
  }
  if (source.port !== undefined && destination.port === undefined) return source.port < FIRST_DYNAMIC_PORT;
  if (destination.port !== undefined && source.port === undefined) return destination.port >= FIRST_DYNAMIC_PORT;
  return isNamedServer(source.name) && !isNamedServer(destination.name);
}

function isNamedServer(name: string): boolean {
  return name.toLowerCase().includes("server");
}
