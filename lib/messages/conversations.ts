/** Which conversation a message belongs to, who is client and server in it, and how it is played there. */
import { formatIp } from "../headers/address.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { Tally } from "../session/conversation.ts";
import { longestDatagram } from "../session/datagram-writer.ts";
import type { Host } from "../session/host.ts";
import type { CloseKind, MessagePlayer, PlayedConversation } from "../session/message-player.ts";
import { type ScriptedSegment, SegmentScript } from "../session/segment-script.ts";
import type { SideName } from "../session/tcp-parameters.ts";
import { DatagramFlow, type Timeline } from "../session/timeline.ts";
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
  readonly transport: Transport;
  readonly protocol: string;
  /** Its port is that of the first connection. */
  readonly client: Participant;
  readonly server: Participant;
  /** Whether the client's port was given, so that every connection has it. */
  readonly hasGivenPort: boolean;
  /** Counts over all its connections. */
  readonly tally: Tally;
  /** Messages without bytes, which send nothing. */
  emptyMessages: number;
  connections: number;
  /** Of datagrams, the flow; of TCP, the latest connection ... */
  readonly flow: DatagramFlow | undefined;
  played: PlayedConversation | undefined;
  /** ... and what drives it, once a row has spoken of single segments. */
  script: SegmentScript | undefined;
  completer: Completer | undefined;
  /** The message that was added last. */
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
  readonly timeline: Timeline;
  readonly player: MessagePlayer;
  readonly plan: AddressPlan;
  readonly payload: PayloadMode;
  /** Whether to add to packet tables what they leave out. */
  readonly completesTables: boolean;
  readonly close: CloseKind;
  /** Decides the identifiers in completed messages. */
  readonly seed: number;
}

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
  /** Rows about a connection that say nothing new, such as a second FIN of one side. */
  repeatedRows = 0;

  constructor(options: ConversationBookOptions) {
    this.#options = options;
  }

  /** Finds or makes the conversation of a message. @throws PlanError if it cannot be */
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

  /** Plays a message on the connection it belongs to. Messages are played in the order of their times. */
  play(pending: PendingMessage): void {
    const { message, conversation, control } = pending;
    if (conversation.latest === pending) conversation.latest = undefined;
    if (conversation.flow !== undefined) this.#playDatagram(pending, conversation.flow);
    else if (message.isPacket || control !== undefined || conversation.script !== undefined) this.#playSegment(pending);
    else this.#playMessage(pending);
    // A message that has gone and grown old would keep its successors from being collected while they are young.
    pending.next = undefined;
  }

  /** Ends what is still open. To be called when everything else was written. */
  closeAll(): void {
    const { timeline, player, close } = this.#options;
    let time = player.closeAll();
    for (const { script } of this.conversations) {
      if (script === undefined) continue;
      time += timeline.reactionTime;
      script.close(time, close);
    }
  }

  #playMessage(pending: PendingMessage): void {
    const { message, conversation, side } = pending;
    const { player } = this.#options;
    const payload = this.#payloadOf(pending);
    if (payload.length === 0) conversation.emptyMessages++;
    if (player.isOver(conversation.played!)) this.#reconnect(conversation);
    player.message(conversation.played!, side, message.time, payload);
  }

  #playDatagram(pending: PendingMessage, flow: DatagramFlow): void {
    const { message, conversation, side } = pending;
    const payload = this.#payloadOf(pending);
    conversation.tally.messages++;
    const most = longestDatagram(typeof conversation.client.host.address === "number");
    if (payload.length > most) {
      throw new PlanError(
        `a datagram of ${payload.length} bytes is too long, the most is ${most}`,
        "split it, or send it over TCP",
      );
    }
    if (payload.length === 0 && !message.isPacket) conversation.emptyMessages++;
    else this.#options.timeline.sendDatagram(flow, side, message.time, payload);
  }

  #playSegment(pending: PendingMessage): void {
    const { conversation } = pending;
    // The message of a control row is its flags, and nothing to be completed or counted.
    const own = pending.control === undefined ? this.#payloadOf(pending) : pending.message.payload;
    const segment = segmentOf(pending, own);
    const next = pending.next && segmentOf(pending.next, pending.next.message.payload);
    const script = this.#scriptFor(conversation, segment, pending.message.isPacket === true);
    if (pending.control === undefined) conversation.tally.messages++;
    if (segment.flags === undefined && segment.payload === undefined && !pending.message.isPacket) {
      conversation.emptyMessages++;
    } else if (!script.play(segment, next)) {
      this.repeatedRows++;
    }
  }

  /** The script that drives a conversation: taken over from ordinary messages, or begun anew after a close. */
  #scriptFor(conversation: Conversation, segment: ScriptedSegment, isPacket: boolean): SegmentScript {
    const { timeline, player, completesTables, close } = this.#options;
    const current = conversation.script;
    const played = conversation.played!;
    const startsAnew =
      current?.isOverFor(segment) ?? (played.state === "closed" || (played.state === "open" && isSyn(segment)));
    if (current !== undefined && !startsAnew) return current;
    const isOpen = played.state === "open" && !startsAnew;
    player.release(played);
    let free = played.lastActive;
    if (startsAnew) {
      free = current?.makeWay(segment.time) ?? segment.time;
      timeline.abandon(played.tcp, Math.max(free, timeline.now));
      this.#reconnect(conversation);
      player.release(conversation.played!);
    }
    const isCompleted = !isPacket || completesTables;
    conversation.script = new SegmentScript(
      timeline,
      conversation.played!.tcp,
      isCompleted,
      close !== "none",
      isOpen,
      free,
    );
    return conversation.script;
  }

  #payloadOf(pending: PendingMessage): Uint8Array {
    const { timeline } = this.#options;
    const bytes = this.#bytesOf(pending);
    if (!timeline.isCommented || bytes.length === 0) return bytes;
    return timeline.named(bytes, `msg ${pending.message.id.trim() || pending.ordinal}`);
  }

  #bytesOf({ message, conversation, side, next }: PendingMessage): Uint8Array {
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
    const { player, timeline } = this.#options;
    const tally = new Tally();
    const isTcp = transport === "tcp";
    const conversation: Conversation = {
      transport,
      protocol,
      client,
      server,
      hasGivenPort,
      tally,
      emptyMessages: 0,
      connections: 1,
      flow: isTcp ? undefined : new DatagramFlow(client, server, tally),
      played: isTcp ? player.adopt(timeline.connect(client, server, tally)) : undefined,
      script: undefined,
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

  /** A connection that was closed is not used again: what comes next opens a new one. */
  #reconnect(conversation: Conversation): void {
    const { transport, client, server, tally } = conversation;
    const { player, timeline, plan } = this.#options;
    let port = client.port;
    if (!conversation.hasGivenPort) {
      const old = { ...client, port: conversation.played!.tcp.client.port };
      port = this.#takePort(transport, client.host, server);
      this.#bySockets.delete(socketsOf(transport, old, server));
      this.#bySockets.set(socketsOf(transport, { ...client, port }, server), conversation);
      plan.releasePort(client.host, serverSocket(transport, server), old.port);
    }
    conversation.played = player.adopt(timeline.connect({ ...client, port }, server, tally));
    conversation.connections++;
  }
}

function isSyn({ flags = 0 }: ScriptedSegment): boolean {
  return (flags & TcpFlag.SYN) !== 0 && (flags & TcpFlag.ACK) === 0;
}

/** A row as its script sees it. */
function segmentOf({ message, side, control }: PendingMessage, bytes: Uint8Array): ScriptedSegment {
  const flags = message.isPacket ? message.flags : control;
  const payload = control !== undefined || bytes.length === 0 ? undefined : bytes;
  return { side, time: message.time, flags, payload };
}

function payloadParticipant({ name, host, port }: Participant): PayloadParticipant {
  return { name, address: host.address, mac: host.mac, port };
}
