/** Plays the messages of conversations on a timeline: as messages, as single segments, or as datagrams. */
import { TcpFlag } from "../headers/tcp.ts";
import { Tally } from "../session/conversation.ts";
import { longestDatagram } from "../session/datagram-writer.ts";
import type { CloseKind, MessagePlayer, PlayedConversation } from "../session/message-player.ts";
import { type ScriptedSegment, SegmentScript } from "../session/segment-script.ts";
import { DatagramFlow, type Timeline } from "../session/timeline.ts";
import { PlanError } from "./address-plan.ts";
import type { Conversation, ConversationBook, PendingMessage } from "./conversations.ts";

/** What has become of a conversation on the timeline so far. */
export interface ConversationCourse {
  readonly conversation: Conversation;
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
  play(pending: PendingMessage): void {
    const course = this.courses[pending.conversation.index]!;
    if (course.flow !== undefined) this.#playDatagram(pending, course, course.flow);
    else if (pending.message.isPacket || pending.control !== undefined || course.script !== undefined) {
      this.#playSegment(pending, course);
    } else this.#playMessage(pending, course);
    this.#options.book.release(pending);
  }

  /** Ends what is still open. To be called when everything else was written. */
  closeAll(): void {
    const { timeline, player, close } = this.#options;
    let time = player.closeAll();
    for (const { script } of this.courses) {
      if (script === undefined) continue;
      time += timeline.reactionTime;
      script.close(time, close);
    }
  }

  #begin(conversation: Conversation): void {
    const { timeline, player } = this.#options;
    const { transport, client, server } = conversation;
    const tally = new Tally();
    const isTcp = transport === "tcp";
    this.courses.push({
      conversation,
      tally,
      emptyMessages: 0,
      connections: 1,
      flow: isTcp ? undefined : new DatagramFlow(client, server, tally),
      played: isTcp ? player.adopt(timeline.connect(client, server, tally)) : undefined,
      script: undefined,
    });
  }

  #playMessage(pending: PendingMessage, course: ConversationCourse): void {
    const { player, timeline, book } = this.#options;
    const { side, message } = pending;
    const { holder, start, end } = book.wireBytesOf(pending);
    if (end === start) course.emptyMessages++;
    if (player.isOver(course.played!)) this.#reconnect(course);
    if (!timeline.isCommented) player.message(course.played!, side, message.time, holder, start, end);
    else player.message(course.played!, side, message.time, this.#named(pending, holder.subarray(start, end)));
  }

  #playDatagram(pending: PendingMessage, course: ConversationCourse, flow: DatagramFlow): void {
    const { message, conversation, side } = pending;
    const payload = this.#payloadOf(pending);
    course.tally.messages++;
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
    // The message of a control row is its flags, and nothing to be counted.
    if (pending.control === undefined) course.tally.messages++;
    if (segment.flags === undefined && segment.payload === undefined && !pending.message.isPacket) {
      course.emptyMessages++;
    } else if (!script.play(segment, next)) {
      this.repeatedRows++;
    }
  }

  /** The script that drives a conversation: taken over from ordinary messages, or begun anew after a close. */
  #scriptFor(course: ConversationCourse, segment: ScriptedSegment, isPacket: boolean): SegmentScript {
    const { timeline, player, completesTables, close } = this.#options;
    const current = course.script;
    const played = course.played!;
    const startsAnew =
      current?.isOverFor(segment) ?? (played.state === "closed" || (played.state === "open" && isSyn(segment)));
    if (current !== undefined && !startsAnew) return current;
    const isOpen = played.state === "open" && !startsAnew;
    player.release(played);
    let free = played.lastActive;
    if (startsAnew) {
      free = current?.makeWay(segment.time) ?? segment.time;
      timeline.abandon(played.tcp, Math.max(free, timeline.now));
      this.#reconnect(course);
      player.release(course.played!);
    }
    const isCompleted = !isPacket || completesTables;
    course.script = new SegmentScript(timeline, course.played!.tcp, isCompleted, close !== "none", isOpen, free);
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
    const { player, timeline, book } = this.#options;
    const { client, server } = course.conversation;
    const port = book.takeNextPort(course.conversation);
    course.played = player.adopt(timeline.connect({ ...client, port }, server, course.tally));
    course.connections++;
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
