/**
 * The state of all TCP connections, as columns of numbers: a capture can have hundreds of thousands of connections open
 * at once, and an object for each side of each would take ten times the memory, and the time to collect it.
 */

import { doubled } from "../doubled.ts";
import { type SequenceNumber, sequenceDifference } from "../headers/sequence.ts";
import { type Backlog, clientOf, type Phase, serverOf, type Tally, type TcpConversation } from "./conversation.ts";
import type { Host } from "./host.ts";

const FIRST_CAPACITY = 64;

/** One end of a conversation that is to be: the numbers that it starts with. */
export interface SideStart {
  readonly host: Host;
  /** TCP port, 1 to 65535. */
  readonly port: number;
  readonly initialSequence: SequenceNumber;
}

/** All that is to be known of a conversation of which nothing is under way. */
export interface RestingConnection {
  readonly hosts: readonly [Host, Host];
  readonly tally: Tally;
  /** Of each side, by column. */
  readonly client: readonly number[];
  readonly server: readonly number[];
  /** Of both. */
  readonly common: readonly number[];
}

export class Connections {
  // By side: the numbers of RFC 9293, section 3.3.1 that a true capture needs.
  readonly hosts: Host[] = [];
  ports = new Uint16Array(2 * FIRST_CAPACITY);
  /** SND.NXT: the sequence number of the next byte that a side puts on the wire. */
  nextSequence = new Uint32Array(2 * FIRST_CAPACITY);
  /** SND.UNA, as the side knows it: an acknowledgement counts once it has travelled here. */
  unacknowledged = new Uint32Array(2 * FIRST_CAPACITY);
  /** RCV.NXT, as the side knows it: a segment counts once it has travelled here. */
  received = new Uint32Array(2 * FIRST_CAPACITY);
  /** The acknowledgment number that the side sent last. */
  acknowledged = new Uint32Array(2 * FIRST_CAPACITY);
  /** Segments with data received since the side last acknowledged. */
  unansweredSegments = new Uint16Array(2 * FIRST_CAPACITY);
  /** Whether the side's FIN was sent: 0 or 1. */
  isFinished = new Uint8Array(2 * FIRST_CAPACITY);
  /** Whether the other side closes too as soon as it learns of the side's FIN: 0 or 1. */
  isFollowed = new Uint8Array(2 * FIRST_CAPACITY);
  /** Whether the side's FIN stands in the backlog: 0 or 1. */
  hasQueuedFin = new Uint8Array(2 * FIRST_CAPACITY);

  // By conversation.
  phases = new Uint8Array(FIRST_CAPACITY);
  /** Bytes of data that a segment carries at the most (RFC 9293, section 3.7.1). */
  maximumSegmentSizes = new Uint16Array(FIRST_CAPACITY);
  readonly tallies: Tally[] = [];
  /** What waits to be sent; undefined where nothing does, which is nearly everywhere. */
  readonly backlogs: (Backlog | undefined)[] = [];
  /** One for whoever may still ask for something, and one for each event that is still to come. */
  #holds = new Int32Array(FIRST_CAPACITY);
  readonly #free: TcpConversation[] = [];
  #count = 0;

  /** A number for a new conversation, mostly that of one that has gone. */
  add(client: SideStart, server: SideStart, tally: Tally, maximumSegmentSize: number): TcpConversation {
    const conversation = this.#free.pop() ?? this.#newNumber();
    this.#begin(clientOf(conversation), client, server.initialSequence);
    this.#begin(serverOf(conversation), server, client.initialSequence);
    this.phases[conversation] = 0 satisfies Phase;
    this.maximumSegmentSizes[conversation] = maximumSegmentSize;
    this.tallies[conversation] = tally;
    this.backlogs[conversation] = undefined;
    this.#holds[conversation] = 1;
    return conversation;
  }

  /** An event of this conversation is to come: until it is let go its number stays its own. */
  hold(conversation: TcpConversation): void {
    this.#holds[conversation]!++;
  }

  letGo(conversation: TcpConversation): void {
    if (--this.#holds[conversation]! === 0) this.#free.push(conversation);
  }

  /** Bytes that a side has sent and does not know to be acknowledged. */
  bytesInFlight(side: number): number {
    return sequenceDifference(this.nextSequence[side]!, this.unacknowledged[side]!);
  }

  /** Nothing waits to be sent, and everything sent is known to have arrived. */
  isQuiet(conversation: TcpConversation): boolean {
    return (
      this.backlogs[conversation] === undefined &&
      this.bytesInFlight(clientOf(conversation)) === 0 &&
      this.bytesInFlight(serverOf(conversation)) === 0
    );
  }

  /** Takes a conversation of which nothing is under way out of the columns. */
  takeOut(conversation: TcpConversation): RestingConnection {
    const [client, server] = [clientOf(conversation), serverOf(conversation)];
    const resting = {
      hosts: [this.hosts[client]!, this.hosts[server]!],
      tally: this.tallies[conversation]!,
      client: this.#sideColumns.map((column) => column[client]!),
      server: this.#sideColumns.map((column) => column[server]!),
      common: this.#commonColumns.map((column) => column[conversation]!),
    } as const;
    this.letGo(conversation);
    return resting;
  }

  putBack({ hosts, tally, client, server, common }: RestingConnection): TcpConversation {
    const start = { port: 0, initialSequence: 0 };
    const conversation = this.add({ ...start, host: hosts[0] }, { ...start, host: hosts[1] }, tally, 0);
    for (const [i, column] of this.#sideColumns.entries()) {
      column[clientOf(conversation)] = client[i]!;
      column[serverOf(conversation)] = server[i]!;
    }
    for (const [i, column] of this.#commonColumns.entries()) column[conversation] = common[i]!;
    return conversation;
  }

  get #sideColumns() {
    return [
      this.ports,
      this.nextSequence,
      this.unacknowledged,
      this.received,
      this.acknowledged,
      this.unansweredSegments,
      this.isFinished,
      this.isFollowed,
      this.hasQueuedFin,
    ];
  }

  get #commonColumns() {
    return [this.phases, this.maximumSegmentSizes];
  }

  #begin(side: number, { host, port, initialSequence }: SideStart, otherSequence: SequenceNumber): void {
    this.hosts[side] = host;
    this.ports[side] = port;
    this.nextSequence[side] = this.unacknowledged[side] = initialSequence;
    this.received[side] = this.acknowledged[side] = otherSequence;
    this.unansweredSegments[side] = this.isFinished[side] = this.hasQueuedFin[side] = 0;
    this.isFollowed[side] = 1;
  }

  #newNumber(): TcpConversation {
    const number = this.#count++;
    if (number === this.phases.length) this.#grow();
    return number as TcpConversation;
  }

  #grow(): void {
    this.ports = doubled(this.ports);
    this.nextSequence = doubled(this.nextSequence);
    this.unacknowledged = doubled(this.unacknowledged);
    this.received = doubled(this.received);
    this.acknowledged = doubled(this.acknowledged);
    this.unansweredSegments = doubled(this.unansweredSegments);
    this.isFinished = doubled(this.isFinished);
    this.isFollowed = doubled(this.isFollowed);
    this.hasQueuedFin = doubled(this.hasQueuedFin);
    this.phases = doubled(this.phases);
    this.maximumSegmentSizes = doubled(this.maximumSegmentSizes);
    this.#holds = doubled(this.#holds);
  }
}
