/** Plays the messages of conversations on a timeline: as messages, as single segments, or as datagrams. */

import type { ListedDatagram, ListedSegment } from "../csv/packet-list/listed-packet.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { byteLength as optionsLength } from "../headers/tcp-options.ts";
import { Tally, type TcpConversation } from "../session/conversation.ts";
import { longestDatagram } from "../session/datagram-writer.ts";
import type { CloseKind, MessagePlayer } from "../session/message-player.ts";
import { type ScriptedSegment, SegmentScript } from "../session/segment-script.ts";
import { DatagramFlow, type Timeline } from "../session/session.ts";
import { PlanError } from "./address-allocator.ts";
import type { ConversationBook } from "./conversation-table.ts";
import { sendListed } from "./listed-segments.ts";
import { sendLone } from "./lone-packets.ts";
import { type Conversation, type Participant, type PendingMessage, PendingPacket } from "./pending-message.ts";

/** What has become of a conversation on the timeline so far. Counts over all its connections. */
export class ConversationCourse extends Tally {
  readonly conversation: Conversation;
  /** Messages without bytes, which send nothing. */
  emptyMessages = 0;
  connections = 1;
  /** Of datagrams, the flow; of TCP, the latest connection ... */
  flow: DatagramFlow | undefined;
  tcp: TcpConversation | undefined;
  /** ... and what drives it, once a row has spoken of single segments. */
  script: SegmentScript | undefined;

  constructor(conversation: Conversation) {
    super();
    this.conversation = conversation;
  }
}

export interface ConversationPlayerOptions {
  readonly timeline: Timeline;
  readonly player: MessagePlayer;
  readonly book: ConversationBook;
  /** Whether to add to packet tables what they leave out. */
  readonly completesTables: boolean;
  readonly close: CloseKind;
}

export class ConversationPlayer {
  readonly #options: ConversationPlayerOptions;
  /** By the index of their conversations. */
  readonly courses: ConversationCourse[] = [];
  /** Rows about a connection that say nothing new, such as a second FIN of one side. */
  repeatedRows = 0;
  /** Data that was taken to be sent again, in tables without sequence numbers. */
  repeatedSegments = 0;
  /** Packets that belong to no conversation. */
  lonePackets = 0;
  /** Of those, the ones that cannot be on the link of the capture. */
  unlinkedPackets = 0;

  constructor(options: ConversationPlayerOptions) {
    this.#options = options;
  }

  /**
   * Makes ready for conversations that the book has come to know. To be called whenever it was given a message, since a
   * connection draws its initial sequence numbers when its conversation appears.
   */
  prepare(): void {
    const { conversations } = this.#options.book;
    while (this.courses.length < conversations.length) this.#begin(conversations[this.courses.length]!);
  }

  /**
   * Plays a message on the connection it belongs to. Messages are played in the order of their times.
   *
   * @throws PlanError for a datagram that is too long, or a host without a free port
   */
  play(pending: PendingMessage | PendingPacket): void {
    if (pending instanceof PendingPacket) return this.#playLone(pending);
    const course = this.courses[pending.conversation.index]!;
    const { listed } = pending.message;
    if (listed?.kind === "segment" && !this.#options.completesTables) this.#playListed(pending, course, listed);
    else if (listed?.kind === "datagram") this.#playListedDatagram(pending, course, listed);
    else if (course.flow !== undefined) this.#playDatagram(pending, course, course.flow);
    else if (pending.message.isPacket || pending.control !== undefined || course.script !== undefined) {
      this.#playSegment(pending, course);
    } else this.#playMessage(pending, course);
    this.#options.book.release(pending);
  }

  /**
   * Ends what is still open. To be called when everything else was written.
   *
   * @yields now and then a time that the timeline may be advanced to, so that what this asks for does not pile up
   */
  *closeAll(): Generator<number, void> {
    const { timeline, player, close } = this.#options;
    let time = yield* player.closeAll();
    for (const { script } of this.courses) {
      if (script === undefined) continue;
      time += timeline.reactionTime;
      script.close(time, close);
    }
  }

  /** Lets go of what only playing needs. To be called last: the courses remain for what they have counted. */
  release(): void {
    for (const course of this.courses) {
      course.tcp = course.flow = course.script = undefined;
      course.conversation.completer = course.conversation.latest = undefined;
    }
  }

  #begin(conversation: Conversation): void {
    const { transport, client, server } = conversation;
    const course = new ConversationCourse(conversation);
    if (transport === "tcp") course.tcp = this.#connect(client, server, course);
    else course.flow = new DatagramFlow(client, server, course);
    this.courses.push(course);
  }

  #playLone({ message, packet, from, to }: PendingPacket): void {
    const { timeline } = this.#options;
    if (packet.kind === "arp" && timeline.link !== "ethernet") {
      this.unlinkedPackets++;
      return;
    }
    this.lonePackets++;
    const comment = `row ${message.id.trim() || `of line ${message.line}`}: ${packet.kind.toUpperCase()}`;
    sendLone(timeline, { time: message.time, comment, from, to }, packet);
  }

  #playListed(pending: PendingMessage, course: ConversationCourse, segment: ListedSegment): void {
    const { message, side } = pending;
    const { timeline, player } = this.#options;
    if (segment.opensAnew) this.#reconnect(course);
    const tcp = course.tcp!;
    player.release(tcp);
    course.messages++;
    this.#checkListed(message.payload.length, segment, course);
    const { client, server, latestPort } = course.conversation;
    const clientSocket = { host: client.host, port: latestPort };
    const [own, peer] = side === "client" ? [clientSocket, server] : [server, clientSocket];
    sendListed(timeline, { tcp, side, own, peer, tally: course }, message, segment);
  }

  #checkListed(length: number, { options }: ListedSegment, { tcp }: ConversationCourse): void {
    const most = this.#options.timeline.longestSegment(tcp!, 0) - optionsLength(options);
    if (length <= most) return;
    throw new PlanError(
      `a segment of ${length} bytes is too long, the most is ${most}`,
      "split it, or have it cut with --complete",
    );
  }

  #playListedDatagram(pending: PendingMessage, course: ConversationCourse, datagram: ListedDatagram): void {
    const { message, side } = pending;
    const flow = course.flow!;
    const isIpv4 = typeof flow.client.host.address === "number";
    course.messages++;
    // What one frame has no room for is cut into fragments, and those are all alike.
    if (message.payload.length > LONGEST_WHOLE_DATAGRAM || message.payload.length > longestDatagram(isIpv4)) {
      return this.#options.timeline.sendDatagram(flow, side, message.time, message.payload);
    }
    const [own, other] = side === "client" ? [flow.client, flow.server] : [flow.server, flow.client];
    this.#options.timeline.sendPacket(message.time, {
      ...datagram,
      from: own.host,
      to: other.host,
      layers: { udp: { sourcePort: own.port, destinationPort: other.port }, payload: message.payload },
      direction: side === "client" ? "outbound" : "inbound",
      comment: `row ${message.id.trim() || `of line ${message.line}`}: ${message.payload.length} bytes`,
      tally: course,
    });
  }

  #playMessage(pending: PendingMessage, course: ConversationCourse): void {
    const { player, timeline, book } = this.#options;
    const { side, message } = pending;
    const { holder, start, end } = book.wireBytesOf(pending);
    if (end === start) course.emptyMessages++;
    if (player.isOver(course.tcp!)) this.#reconnect(course);
    if (!timeline.isCommented) player.message(course.tcp!, side, message.time, holder, start, end);
    else player.message(course.tcp!, side, message.time, this.#named(pending, holder.subarray(start, end)));
  }

  #playDatagram(pending: PendingMessage, course: ConversationCourse, flow: DatagramFlow): void {
    const { message, conversation, side } = pending;
    const payload = this.#payloadOf(pending);
    course.messages++;
    const most = longestDatagram(typeof conversation.client.host.address === "number");
    if (payload.length > most) {
      throw new PlanError(
        `a datagram of ${payload.length} bytes is too long, the most is ${most}`,
        "split it, or send it over TCP",
      );
    }
    if (payload.length === 0 && !message.isPacket) course.emptyMessages++;
    else this.#options.timeline.sendDatagram(flow, side, message.time, payload);
  }

  #playSegment(pending: PendingMessage, course: ConversationCourse): void {
    const segment = segmentOf(pending, this.#payloadOf(pending));
    const next = pending.next && segmentOf(pending.next, pending.next.message.payload);
    const script = this.#scriptFor(course, segment, pending.message.isPacket);
    if (pending.message.isPacket && !this.#options.completesTables) this.#checkLength(segment, course);
    // The message of a control row is its flags, and nothing to be counted.
    if (pending.control === undefined) course.messages++;
    if (segment.flags === undefined && segment.payload === undefined && !pending.message.isPacket) {
      course.emptyMessages++;
    } else {
      const repeated = script.repeatedSegments;
      if (!script.play(segment, next)) this.repeatedRows++;
      this.repeatedSegments += script.repeatedSegments - repeated;
    }
  }

  /** A row of a packet table that stands as it is cannot be cut. */
  #checkLength({ flags, payload }: ScriptedSegment, { tcp }: ConversationCourse): void {
    const most = this.#options.timeline.longestSegment(tcp!, flags ?? 0);
    if (payload === undefined || payload.length <= most) return;
    throw new PlanError(
      `a segment of ${payload.length} bytes is too long, the most is ${most}`,
      "split it, or have it cut with --complete",
    );
  }

  /** The script that drives a conversation: taken over from ordinary messages, or begun anew after a close. */
  #scriptFor(course: ConversationCourse, segment: ScriptedSegment, isPacket: boolean): SegmentScript {
    const { timeline, player, completesTables, close } = this.#options;
    const current = course.script;
    const tcp = course.tcp!;
    const startsAnew = current?.isOverFor(segment) ?? (player.isOver(tcp) || (player.isOpen(tcp) && isSyn(segment)));
    if (current !== undefined && !startsAnew) return current;
    const isOpen = player.isOpen(tcp) && !startsAnew;
    player.release(tcp);
    let free = player.lastActive(tcp);
    if (startsAnew) {
      free = current?.makeWay(segment.time) ?? segment.time;
      timeline.abandon(tcp, Math.max(free, timeline.now));
      this.#reconnect(course);
      player.release(course.tcp!);
    }
    const isCompleted = !isPacket || completesTables;
    course.script = new SegmentScript(timeline, course.tcp!, isCompleted, close !== "none", isOpen, free);
    return course.script;
  }

  #payloadOf(pending: PendingMessage): Uint8Array {
    return this.#named(pending, this.#options.book.bytesOf(pending));
  }

  #named(pending: PendingMessage, bytes: Uint8Array): Uint8Array {
    const { timeline } = this.#options;
    if (!timeline.isCommented || bytes.length === 0) return bytes;
    return timeline.named(bytes, `msg ${pending.message.id.trim() || pending.ordinal}`);
  }

  /** What comes after a close opens a new connection. */
  #reconnect(course: ConversationCourse): void {
    const { timeline, book } = this.#options;
    const { client, server } = course.conversation;
    const port = book.takeNextPort(course.conversation);
    timeline.forget(course.tcp!);
    course.tcp = this.#connect({ ...client, port }, server, course);
    course.connections++;
  }

  #connect(client: Participant, server: Participant, tally: Tally): TcpConversation {
    const { timeline, player } = this.#options;
    const tcp = timeline.connect(client, server, tally);
    player.adopt(tcp);
    return tcp;
  }
}

/** What fits into a frame of the usual size. */
const LONGEST_WHOLE_DATAGRAM = 1472;

function isSyn({ flags = 0 }: ScriptedSegment): boolean {
  return (flags & TcpFlag.SYN) !== 0 && (flags & TcpFlag.ACK) === 0;
}

/** A row as its script sees it. */
function segmentOf({ message, side, control }: PendingMessage, bytes: Uint8Array): ScriptedSegment {
  const flags = message.isPacket ? message.flags : control;
  const payload = control !== undefined || bytes.length === 0 ? undefined : bytes;
  return { side, time: message.time, flags, payload, isFiller: message.isFiller };
}
