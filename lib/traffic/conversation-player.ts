/** Plays the messages of conversations on a session: as messages, as single segments, or as datagrams. */

import type { RowFields } from "../csv/frame-columns.ts";
import { isGroupMac } from "../headers/address.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { DatagramFlow, type SideName, type Tally, type TcpConversation } from "../session/conversation.ts";
import type { Host } from "../session/host.ts";
import type { CloseKind, MessagePlayer } from "../session/message-player.ts";
import { longestDatagram } from "../session/packet-sizes.ts";
import type { ScriptedSegment, SegmentScript } from "../session/segment-script.ts";
import type { Session } from "../session/session.ts";
import { PlanError } from "./address-allocator.ts";
import { ConversationFields } from "./conversation-fields.ts";
import { ConversationState } from "./conversation-state.ts";
import type { ConversationTable } from "./conversation-table.ts";
import type { ListedDatagram, ListedSegment } from "./packet-list/listed-packet.ts";
import type { Conversation, Participant, PendingMessage, PendingPacket } from "./pending-message.ts";
import type { PlayingParts } from "./playing-parts.ts";
import type { Beginning, Resolution } from "./resolution/resolution.ts";

export interface ConversationPlayerOptions {
  readonly session: Session;
  readonly player: MessagePlayer;
  readonly table: ConversationTable;
  /** Told what will be needed when a message is made ready for; there when it is played. */
  readonly parts: PlayingParts;
  /** Whether to add to packet tables what they leave out. */
  readonly completesTables: boolean;
  readonly close: CloseKind;
  /** Whether rows say something of their frames, and it is to be heeded. */
  readonly heedsFields?: boolean | undefined;
  /** Whether packets are in a tunnel, so that it counts which way those without a conversation go. */
  readonly hasTunnel?: boolean | undefined;
  /** What is found out before packets are sent; absent where nothing is. */
  readonly resolution?: Resolution | undefined;
}

export class ConversationPlayer {
  readonly #options: ConversationPlayerOptions;
  /** By the index of their conversations. */
  readonly states: ConversationState[] = [];
  /** Rows about a connection that say nothing new, such as a second FIN of one side. */
  repeatedRows = 0;
  /** Data that was taken to be sent again, in tables without sequence numbers. */
  repeatedSegments = 0;
  /** Packets that belong to no conversation. */
  lonePackets = 0;
  readonly #loneWays = new Set<string>();
  /** Of those, the ones that cannot be on the link of the capture. */
  unlinkedPackets = 0;

  constructor(options: ConversationPlayerOptions) {
    this.#options = options;
  }

  /** Whether what packet tables leave out is added. */
  get completesTables(): boolean {
    return this.#options.completesTables;
  }

  /**
   * Makes ready for conversations that the table has come to know. To be called whenever it was given a message, since a
   * connection draws its initial sequence numbers when its conversation appears.
   */
  prepare(pending: PendingMessage): void {
    const { table, parts } = this.#options;
    const { conversations } = table;
    if (pending.message.isPacket) parts.needPackets();
    if (pending.message.isPacket || pending.control !== undefined) parts.needScript();
    const { client, server } = pending.conversation;
    const [from, to] = pending.side === "client" ? [client.host, server.host] : [server.host, client.host];
    this.learn(pending.message.fields, from, to);
    while (this.states.length < conversations.length) this.#begin(conversations[this.states.length]!);
  }

  /** A row tells the hardware addresses of two hosts: they have them wherever no other row says otherwise. */
  learn(fields: RowFields | undefined, from: Host, to: Host): void {
    if (fields === undefined || !this.#options.heedsFields) return;
    const { sourceMac, destinationMac } = fields;
    if (sourceMac !== undefined) from.settleMac(sourceMac);
    if (destinationMac !== undefined && !isGroupMac(destinationMac)) to.settleMac(destinationMac);
  }

  /**
   * Plays a message on the connection it belongs to. Messages are played in the order of their times.
   *
   * @throws PlanError for a datagram that is too long, or a host without a free port
   */
  play(pending: PendingMessage | PendingPacket): void {
    // Not by their class: what most messages are asked for is one field.
    if (pending.conversation === undefined) return this.#playLone(pending);
    const state = this.states[pending.conversation.index]!;
    if (this.#options.heedsFields) this.#heedFields(pending, state);
    if (pending.message.isPacket) this.#playPacket(pending, state);
    else if (state.flow !== undefined) this.#playDatagram(pending, state, state.flow);
    else if (pending.control !== undefined || state.script !== undefined) this.#playSegment(pending, state);
    else this.#playMessage(pending, state);
    this.#options.table.release(pending);
  }

  /**
   * Ends what is still open, as far as it is iterated over. To be asked for when everything else was written.
   *
   * @yields now and then a time that the session may be advanced to, so that what this asks for does not pile up
   */
  *closings(): Generator<number, void> {
    const { session, player, close } = this.#options;
    let time = yield* player.closings();
    for (const { script } of this.states) {
      if (script === undefined) continue;
      time += session.reactionTime;
      script.close(time, close);
    }
  }

  /** Releases what only playing needs. To be called last: the states remain for what they have counted. */
  release(): void {
    for (const state of this.states) {
      state.tcp = state.flow = state.script = undefined;
      state.conversation.completer = state.conversation.latest = undefined;
    }
  }

  #begin(conversation: Conversation): void {
    const { transport, client, server } = conversation;
    const state = new ConversationState(conversation);
    if (transport === "tcp") state.tcp = this.#connect(client, server, state);
    else state.flow = new DatagramFlow(client, server, state);
    if (transport !== "tcp") this.#options.parts.needDatagrams();
    this.states.push(state);
    this.#options.resolution?.meet(conversation);
  }

  /** Rows of a table of packets are all there was, unless something is to be added. */
  #isCompleted({ message }: PendingMessage): boolean {
    return !message.isPacket || this.#options.completesTables;
  }

  /** Before the first frame of each connection. */
  #prepareFor(pending: PendingMessage, state: ConversationState): void {
    const { resolution } = this.#options;
    if (resolution === undefined || state.preparedConnection === state.connections) return;
    if (!this.#isCompleted(pending)) return;
    state.preparedConnection = state.connections;
    resolution.prepare(this.#beginningOf(pending, state));
  }

  #beginningOf(message: PendingMessage, { conversation, fields, flow }: ConversationState): Beginning {
    const { player, session } = this.#options;
    const { side, control, message: row } = message;
    const opener = flow === undefined ? "client" : side;
    // Rows that speak of the handshake itself have nothing before them that is added.
    const usual = control === undefined ? player.openingTime(side) : session.handshakeTime;
    const opening = flow !== undefined || isSyn({ flags: control }) ? 0 : row.isPacket ? session.handshakeTime : usual;
    const told = this.#options.heedsFields ? (fields ?? new ConversationFields(message)) : undefined;
    return { conversation, message, time: row.time - opening, fields: told?.of(opener) };
  }

  /** What a message says holds from its own time on. The first one has nothing before it, so it holds for all that is. */
  #heedFields(pending: PendingMessage, state: ConversationState): void {
    const changed = state.fields?.take(pending) ?? BOTH_SIDES;
    state.fields ??= new ConversationFields(pending);
    // A connection that is to be opened anew is told when it is.
    const { player } = this.#options;
    if (state.tcp === undefined || (state.script === undefined && player.isOver(state.tcp))) return;
    this.#tellFields(state, changed, player.isUsed(state.tcp) ? pending.message.time : undefined);
  }

  #tellFields({ tcp, fields }: ConversationState, sides: readonly SideName[], time?: number): void {
    for (const side of sides) this.#options.session.setFields(tcp!, side, fields?.of(side), time);
  }

  #playLone({ message, packet, from, to }: PendingPacket): void {
    const { session } = this.#options;
    if (packet.kind === "arp" && !session.carriesArp) {
      this.unlinkedPackets++;
      return;
    }
    this.lonePackets++;
    const comment = `row ${message.id.trim() || `of line ${message.line}`}: ${packet.kind.toUpperCase()}`;
    const fields = this.#options.heedsFields ? message.fields : undefined;
    const isFromServer = this.#isAnswer(from, to);
    const { resolution } = this.#options;
    if (packet.kind === "arp") resolution?.hearNeighbours(from, to, fields);
    else if (!message.isPacket) resolution?.preparePacket(from, to, message.time, isFromServer, fields);
    this.#options.parts.sender!.sendLone(
      session,
      { time: message.time, comment, from, to, fields, isFromServer },
      packet,
    );
  }

  /** Whether a packet without a conversation goes back to who has sent one first: in a tunnel, that is the other way. */
  #isAnswer(from: Host, to: Host): boolean {
    if (!this.#options.hasTunnel) return false;
    const [there, back] = [`${from.address} ${to.address}`, `${to.address} ${from.address}`];
    if (this.#loneWays.has(back)) return true;
    this.#loneWays.add(there);
    return false;
  }

  #playPacket(pending: PendingMessage, state: ConversationState): void {
    const { listed } = pending.message;
    if (listed?.kind === "segment" && !this.#options.completesTables) this.#playListed(pending, state, listed);
    else if (listed?.kind === "datagram") this.#playListedDatagram(pending, state, listed);
    else if (state.flow !== undefined) this.#playDatagram(pending, state, state.flow);
    else this.#playSegment(pending, state);
  }

  #playListed(pending: PendingMessage, state: ConversationState, segment: ListedSegment): void {
    const { message, side } = pending;
    const { session, player } = this.#options;
    if (segment.opensAnew) this.#reconnect(state);
    const tcp = state.tcp!;
    player.release(tcp);
    state.messages++;
    const { client, server, latestPort } = state.conversation;
    const clientSocket = { host: client.host, port: latestPort };
    const [own, peer] = side === "client" ? [clientSocket, server] : [server, clientSocket];
    this.#options.parts.sender!.sendListed(
      session,
      { tcp, side, own, peer, tally: state, fields: state.fields?.of(side) },
      message,
      segment,
    );
  }

  #playListedDatagram(pending: PendingMessage, state: ConversationState, datagram: ListedDatagram): void {
    const { message, side } = pending;
    const flow = state.flow!;
    const isIpv4 = typeof flow.client.host.address === "number";
    state.messages++;
    this.#prepareFor(pending, state);
    // What one frame has no room for is cut into fragments, and those are all alike.
    if (message.payload.length > LONGEST_WHOLE_DATAGRAM || message.payload.length > longestDatagram(isIpv4)) {
      return this.#options.session.sendDatagram(flow, side, message.time, message.payload, state.fields?.of(side));
    }
    const [own, other] = side === "client" ? [flow.client, flow.server] : [flow.server, flow.client];
    this.#options.session.sendPacket(message.time, {
      ...datagram,
      ...state.fields?.of(side),
      from: own.host,
      to: other.host,
      layers: { udp: { sourcePort: own.port, destinationPort: other.port }, payload: message.payload },
      direction: side === "client" ? "outbound" : "inbound",
      comment: `row ${message.id.trim() || `of line ${message.line}`}: ${message.payload.length} bytes`,
      tally: state,
    });
  }

  #playMessage(pending: PendingMessage, state: ConversationState): void {
    const { player, session, table } = this.#options;
    const { side, message } = pending;
    const { buffer, start, end } = table.payloads.placeOf(pending);
    if (end === start) state.emptyMessages++;
    if (player.isOver(state.tcp!)) this.#reconnect(state);
    if (end > start) this.#prepareFor(pending, state);
    if (!session.isAnnotated) player.message(state.tcp!, side, message.time, buffer, start, end);
    else player.message(state.tcp!, side, message.time, this.#named(pending, buffer.subarray(start, end)));
    if (this.#options.close === "half" && isLastOfClient(pending)) player.closeHalf(state.tcp!, message.time);
  }

  #playDatagram(pending: PendingMessage, state: ConversationState, flow: DatagramFlow): void {
    const { message, conversation, side } = pending;
    const payload = this.#payloadOf(pending);
    state.messages++;
    this.#options.resolution?.hear(pending);
    const isSent = payload.length > 0 || message.isPacket;
    if (isSent) this.#prepareFor(pending, state);
    const most = longestDatagram(typeof conversation.client.host.address === "number");
    if (payload.length > most) {
      throw new PlanError(
        `a datagram of ${payload.length} bytes is too long, the most is ${most}`,
        "split it, or send it over TCP",
      );
    }
    if (isSent) this.#options.session.sendDatagram(flow, side, message.time, payload, state.fields?.of(side));
    else state.emptyMessages++;
  }

  #playSegment(pending: PendingMessage, state: ConversationState): void {
    const segment = segmentOf(pending, this.#payloadOf(pending));
    const next = pending.next && segmentOf(pending.next, pending.next.message.payload);
    const script = this.#scriptFor(state, segment, pending.message.isPacket);
    this.#prepareFor(pending, state);
    if (pending.message.isPacket && !this.#options.completesTables) this.#checkLength(segment, state);
    // The message of a control row is its flags, and nothing to be counted.
    if (pending.control === undefined) state.messages++;
    if (segment.flags === undefined && segment.payload === undefined && !pending.message.isPacket) {
      state.emptyMessages++;
    } else {
      const repeated = script.repeatedSegments;
      if (!script.play(segment, next)) this.repeatedRows++;
      this.repeatedSegments += script.repeatedSegments - repeated;
    }
  }

  /** A row of a packet table that stands as it is cannot be cut. */
  #checkLength({ flags, payload }: ScriptedSegment, { tcp }: ConversationState): void {
    const most = this.#options.session.longestSegment(tcp!, flags ?? 0);
    if (payload === undefined || payload.length <= most) return;
    throw new PlanError(
      `a segment of ${payload.length} bytes is too long, the most is ${most}`,
      "split it, or have it cut with --complete",
    );
  }

  /** The script that drives a conversation: taken over from ordinary messages, or begun anew after a close. */
  #scriptFor(state: ConversationState, segment: ScriptedSegment, isPacket: boolean): SegmentScript {
    const { session, player, completesTables, close } = this.#options;
    const current = state.script;
    const tcp = state.tcp!;
    const startsAnew = current?.isOverFor(segment) ?? (player.isOver(tcp) || (player.isOpen(tcp) && isSyn(segment)));
    if (current !== undefined && !startsAnew) return current;
    const isOpen = player.isOpen(tcp) && !startsAnew;
    player.release(tcp);
    let free = player.lastActive(tcp);
    if (startsAnew) {
      free = current?.makeWay(segment.time) ?? segment.time;
      session.abandon(tcp, Math.max(free, session.now));
      this.#reconnect(state);
      player.release(state.tcp!);
    }
    const isCompleted = !isPacket || completesTables;
    state.script = new this.#options.parts.SegmentScript!(
      session,
      state.tcp!,
      isCompleted,
      close !== "none",
      isOpen,
      free,
    );
    return state.script;
  }

  #payloadOf(pending: PendingMessage): Uint8Array {
    return this.#named(pending, this.#options.table.payloads.bytesOf(pending));
  }

  #named(pending: PendingMessage, bytes: Uint8Array): Uint8Array {
    const { session } = this.#options;
    if (!session.isAnnotated || bytes.length === 0) return bytes;
    return session.named(bytes, `msg ${pending.message.id.trim() || pending.ordinal}`);
  }

  /** What comes after a close opens a new connection. */
  #reconnect(state: ConversationState): void {
    const { session, table } = this.#options;
    const { client, server } = state.conversation;
    const port = table.takeNextPort(state.conversation);
    session.forget(state.tcp!);
    state.tcp = this.#connect({ ...client, port }, server, state);
    if (state.fields !== undefined) this.#tellFields(state, BOTH_SIDES);
    state.connections++;
  }

  #connect(client: Participant, server: Participant, tally: Tally): TcpConversation {
    const { session, player } = this.#options;
    const tcp = session.connect(client, server, tally);
    player.adopt(tcp);
    return tcp;
  }
}

const BOTH_SIDES: readonly SideName[] = ["client", "server"];

/** Whether the server still has something to say after it, and the client has not. */
function isLastOfClient({ isFromClient, next }: PendingMessage): boolean {
  let later = next;
  while (later !== undefined && !later.isFromClient) later = later.next;
  return isFromClient && next !== undefined && later === undefined;
}

/** What fits into a frame of the usual size. */
const LONGEST_WHOLE_DATAGRAM = 1472;

function isSyn({ flags = 0 }: Pick<ScriptedSegment, "flags">): boolean {
  return (flags & TcpFlag.SYN) !== 0 && (flags & TcpFlag.ACK) === 0;
}

/** A row as its script sees it. */
function segmentOf({ message, side, control }: PendingMessage, bytes: Uint8Array): ScriptedSegment {
  const flags = message.isPacket ? message.flags : control;
  const payload = control !== undefined || bytes.length === 0 ? undefined : bytes;
  return { side, time: message.time, flags, payload, isFiller: message.isFiller };
}
