/**
 * The state of all TCP connections, as numbers in a row: a capture can have hundreds of thousands of connections open at
 * once, and an object for each side of each would take ten times the memory, and the time to collect it. All that a
 * segment asks of both sides stands in 64 bytes, which the processor fetches at once.
 */

import { addSequence, laterSequence, type SequenceNumber, sequenceDifference } from "../../core/sequence.ts";
import { doubled } from "../../core/tables.ts";
import { clientOf, peerOf, serverOf, type Tally, type TcpConversation } from "../conversation.ts";
import type { Host } from "../host.ts";

/** How far a conversation has come, as the tap at the client sees it. */
export const Phase = {
  /** Nothing was sent yet. */
  PLANNED: 0,
  /** The SYN has passed the tap. */
  OPENING: 1,
  /** The client's acknowledgement of the SYN-ACK has passed the tap, but has not reached the server. */
  OPEN_AT_CLIENT: 2,
  /** Both sides know that the connection stands. */
  OPEN: 3,
  /** Ended by both FINs or by an RST. */
  CLOSED: 4,
} as const;

export type Phase = (typeof Phase)[keyof typeof Phase];

/** Something a side is to send as soon as what stands before it has gone: a message, or its FIN. */
export interface Outgoing {
  readonly side: number;
  /** The bytes; undefined for a FIN. */
  readonly payload: Uint8Array | undefined;
  /** When it was asked for, in ticks. */
  readonly time: number;
  /** What is to be sent after it. */
  next: Outgoing | undefined;
}

/**
 * What a conversation waits to send, from the first, which is being sent now, to the last. Both sides share it: a message
 * that has to wait for the window is not overtaken by the answer to it.
 */
export class Backlog {
  first: Outgoing;
  #last: Outgoing;
  /** Bytes of the first message that have been sent. */
  sentOfFirst = 0;
  /** When the next segment of a message in the middle is due; -Infinity when none is being paced. */
  pacedUntil = Number.NEGATIVE_INFINITY;

  constructor(first: Outgoing) {
    this.first = this.#last = first;
  }

  /** Puts a message or a FIN behind what waits. */
  push(outgoing: Outgoing): void {
    this.#last.next = outgoing;
    this.#last = outgoing;
  }

  /** A FIN is the last thing that a side sends, so data that comes while it waits goes before it. */
  pushBeforeFin(outgoing: Outgoing): void {
    let before: Outgoing | undefined;
    let fin: Outgoing | undefined = this.first;
    while (fin !== undefined && (fin.side !== outgoing.side || fin.payload !== undefined)) {
      before = fin;
      fin = fin.next;
    }
    outgoing.next = fin;
    if (before === undefined) this.first = outgoing;
    else before.next = outgoing;
  }

  /** Takes away the first: it was sent. @returns false when nothing waits any more */
  shift(): boolean {
    const { next } = this.first;
    this.first.next = undefined;
    this.sentOfFirst = 0;
    this.pacedUntil = Number.NEGATIVE_INFINITY;
    if (next === undefined) return false;
    this.first = next;
    return true;
  }
}

const FIRST_CAPACITY = 64;

/** Words of 32 bits that each side has. */
export const SIDE_WORDS = 8;

/** What they are: the numbers of RFC 9293, section 3.3.1, that a true capture needs. */
export const SideWord = {
  /** SND.NXT: the sequence number of the next byte that a side puts on the wire. */
  SND_NXT: 0,
  /** SND.UNA, as the side knows it: an acknowledgement counts once it has travelled here. */
  SND_UNA: 1,
  /** RCV.NXT, as the side knows it: a segment counts once it has travelled here. */
  RCV_NXT: 2,
  /** The acknowledgment number that the side sent last. */
  ACKNOWLEDGED: 3,
  /** Segments with data received since the side last acknowledged. */
  UNANSWERED: 4,
  /** Its own port in the upper half, and the other side's, as they stand in a header. */
  PORTS: 5,
} as const;

const { SND_NXT, SND_UNA, RCV_NXT, ACKNOWLEDGED, PORTS } = SideWord;
/** Flags of the side, and in the upper half the segment size, which both have in common. */
const STATE = 6;
const FINISHED = 1;
const FOLLOWED = 2;
const FIN_QUEUED = 4;
const SEGMENT_SIZE_SHIFT = 16;
const COMMON = 7;

const CONVERSATION_WORDS: number = 2 * SIDE_WORDS;
/** With the client's words: how far the conversation has come, and a bit for messages that wait. */
const PROGRESS: number = COMMON;
const PHASES = 7;
const WAITING = 8;
/** With the server's: one for whoever may still ask for something, and one for each event that is still to come. */
const RETAIN_COUNT: number = SIDE_WORDS + COMMON;

/** One end of a conversation that is to be: the numbers that it starts with. */
export interface SideStart {
  readonly host: Host;
  /** TCP port, 1 to 65535. */
  readonly port: number;
  readonly initialSequence: SequenceNumber;
}

/** All that is to be known of a conversation of which nothing is under way. */
export interface SuspendedConnection {
  readonly hosts: readonly [Host, Host];
  readonly tally: Tally;
  readonly words: Int32Array;
}

export class ConnectionTable {
  /** By side. */
  readonly hosts: Host[] = [];
  // By conversation.
  readonly tallies: Tally[] = [];
  /** Where something waits to be sent, which is nearly nowhere. */
  readonly #backlogs: (Backlog | undefined)[] = [];
  /** Of side after side, as `SideWord` says. To be asked for again after a conversation was added. */
  words = new Int32Array(CONVERSATION_WORDS * FIRST_CAPACITY);
  readonly #free: TcpConversation[] = [];
  #count = 0;

  /** A number for a new conversation, mostly that of one that has gone. */
  add(client: SideStart, server: SideStart, tally: Tally, maximumSegmentSize: number): TcpConversation {
    const conversation = this.#free.pop() ?? this.#newNumber();
    const at = CONVERSATION_WORDS * conversation;
    this.words.fill(0, at, at + CONVERSATION_WORDS);
    this.#begin(clientOf(conversation), client, server, maximumSegmentSize);
    this.#begin(serverOf(conversation), server, client, maximumSegmentSize);
    this.words[at + RETAIN_COUNT] = 1;
    this.tallies[conversation] = tally;
    this.#backlogs[conversation] = undefined;
    return conversation;
  }

  /** An event of this conversation is to come: until it is released its number stays its own. */
  retain(conversation: TcpConversation): void {
    this.words[CONVERSATION_WORDS * conversation + RETAIN_COUNT]!++;
  }

  release(conversation: TcpConversation): void {
    if (--this.words[CONVERSATION_WORDS * conversation + RETAIN_COUNT]! === 0) this.#free.push(conversation);
  }

  phase(conversation: TcpConversation): Phase {
    return (this.words[CONVERSATION_WORDS * conversation + PROGRESS]! & PHASES) as Phase;
  }

  setPhase(conversation: TcpConversation, phase: Phase): void {
    const at = CONVERSATION_WORDS * conversation + PROGRESS;
    this.words[at] = (this.words[at]! & ~PHASES) | phase;
  }

  /** What waits to be sent, if anything does. */
  backlog(conversation: TcpConversation): Backlog | undefined {
    const isWaiting = (this.words[CONVERSATION_WORDS * conversation + PROGRESS]! & WAITING) !== 0;
    return isWaiting ? this.#backlogs[conversation] : undefined;
  }

  setBacklog(conversation: TcpConversation, backlog: Backlog): void {
    this.words[CONVERSATION_WORDS * conversation + PROGRESS]! |= WAITING;
    this.#backlogs[conversation] = backlog;
  }

  /** Nothing waits any more. */
  clearBacklog(conversation: TcpConversation): void {
    this.words[CONVERSATION_WORDS * conversation + PROGRESS]! &= ~WAITING;
    this.#backlogs[conversation] = undefined;
  }

  /** Bytes of data that a segment carries at the most (RFC 9293, section 3.7.1): the same for both sides. */
  maximumSegmentSize(side: number): number {
    return this.words[SIDE_WORDS * side + STATE]! >>> SEGMENT_SIZE_SHIFT;
  }

  port(side: number): number {
    return this.words[SIDE_WORDS * side + PORTS]! >>> 16;
  }

  nextSequence(side: number): SequenceNumber {
    return this.words[SIDE_WORDS * side + SND_NXT]! >>> 0;
  }

  received(side: number): SequenceNumber {
    return this.words[SIDE_WORDS * side + RCV_NXT]! >>> 0;
  }

  acknowledged(side: number): SequenceNumber {
    return this.words[SIDE_WORDS * side + ACKNOWLEDGED]! >>> 0;
  }

  /** The side is about to acknowledge what it has received. */
  acknowledgeReceived(side: number): void {
    const at = SIDE_WORDS * side;
    this.words[at + ACKNOWLEDGED] = this.words[at + RCV_NXT]!;
  }

  /** What a side sends of itself acknowledges everything that the tap has seen of the other. */
  acknowledgeAll(side: number): void {
    this.words[SIDE_WORDS * side + ACKNOWLEDGED] = this.words[SIDE_WORDS * peerOf(side) + SND_NXT]!;
  }

  /** The side is about to send so many of its numbers again. */
  stepBack(side: number, count: number): void {
    const at = SIDE_WORDS * side + SND_NXT;
    this.words[at] = addSequence(this.words[at]!, -count);
  }

  /** The side goes on behind all that it has sent, whatever it has sent again. @param next where that was */
  goOn(side: number, next: SequenceNumber): void {
    const at = SIDE_WORDS * side + SND_NXT;
    this.words[at] = laterSequence(this.words[at]!, next);
  }

  /** Whether the side's FIN was sent. */
  isFinished(side: number): boolean {
    return (this.words[SIDE_WORDS * side + STATE]! & FINISHED) !== 0;
  }

  /** The side's FIN is sent: it does not wait any more. */
  finish(side: number): void {
    const at = SIDE_WORDS * side + STATE;
    this.words[at] = (this.words[at]! | FINISHED) & ~FIN_QUEUED;
  }

  /** Whether the other side closes too as soon as it learns of the side's FIN. */
  isFollowed(side: number): boolean {
    return (this.words[SIDE_WORDS * side + STATE]! & FOLLOWED) !== 0;
  }

  setFollowed(side: number, isFollowed: boolean): void {
    const at = SIDE_WORDS * side + STATE;
    this.words[at] = isFollowed ? this.words[at]! | FOLLOWED : this.words[at]! & ~FOLLOWED;
  }

  /** Whether the side's FIN stands in the backlog. */
  hasQueuedFin(side: number): boolean {
    return (this.words[SIDE_WORDS * side + STATE]! & FIN_QUEUED) !== 0;
  }

  queueFin(side: number): void {
    this.words[SIDE_WORDS * side + STATE]! |= FIN_QUEUED;
  }

  /** Bytes that a side has sent and does not know to be acknowledged. */
  bytesInFlight(side: number): number {
    const at = SIDE_WORDS * side;
    return sequenceDifference(this.words[at + SND_NXT]!, this.words[at + SND_UNA]!);
  }

  /**
   * Whether nothing stands in the way of a segment with so many bytes: no handshake, no message that waits, no window, no
   * FIN of its own.
   */
  isClearFor(side: number, length: number, mostInFlight: number): boolean {
    const at = SIDE_WORDS * side;
    const state = this.words[at + STATE]!;
    const progress = this.words[SIDE_WORDS * (side & ~1) + PROGRESS]!;
    return (
      (progress === Phase.OPEN || progress === Phase.OPEN_AT_CLIENT) &&
      (state & FINISHED) === 0 &&
      length <= state >>> SEGMENT_SIZE_SHIFT &&
      this.bytesInFlight(side) + length <= mostInFlight
    );
  }

  /** Nothing waits to be sent, and everything sent is known to have arrived. */
  isQuiet(conversation: TcpConversation): boolean {
    return (
      this.backlog(conversation) === undefined &&
      this.bytesInFlight(clientOf(conversation)) === 0 &&
      this.bytesInFlight(serverOf(conversation)) === 0
    );
  }

  /** Takes a conversation of which nothing is under way out of the rows. */
  suspend(conversation: TcpConversation): SuspendedConnection {
    const start = CONVERSATION_WORDS * conversation;
    const suspended = {
      hosts: [this.hosts[clientOf(conversation)]!, this.hosts[serverOf(conversation)]!],
      tally: this.tallies[conversation]!,
      words: this.words.slice(start, start + CONVERSATION_WORDS),
    } as const;
    this.release(conversation);
    return suspended;
  }

  resume({ hosts, tally, words }: SuspendedConnection): TcpConversation {
    const start = { port: 0, initialSequence: 0 };
    const conversation = this.add({ ...start, host: hosts[0] }, { ...start, host: hosts[1] }, tally, 0);
    const at = CONVERSATION_WORDS * conversation;
    this.words.set(words, at);
    this.words[at + RETAIN_COUNT] = 1;
    // What waited was left behind.
    this.words[at + PROGRESS]! &= ~WAITING;
    return conversation;
  }

  #begin(side: number, own: SideStart, other: SideStart, maximumSegmentSize: number): void {
    this.hosts[side] = own.host;
    const at = SIDE_WORDS * side;
    this.words[at + SND_NXT] = this.words[at + SND_UNA] = own.initialSequence;
    this.words[at + RCV_NXT] = this.words[at + ACKNOWLEDGED] = other.initialSequence;
    this.words[at + PORTS] = (own.port << 16) | other.port;
    this.words[at + STATE] = (maximumSegmentSize << SEGMENT_SIZE_SHIFT) | FOLLOWED;
  }

  #newNumber(): TcpConversation {
    const number = this.#count++;
    if (CONVERSATION_WORDS * number === this.words.length) this.words = doubled(this.words);
    return number as TcpConversation;
  }
}
