import { type SequenceNumber, sequenceDifference } from "../headers/sequence.ts";
import type { Host } from "./host.ts";

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

/** One end of a TCP conversation: the numbers of RFC 9293, section 3.3.1 that a true capture needs. */
export class TcpSide {
  readonly host: Host;
  /** TCP port, 1 to 65535. */
  readonly port: number;
  /** The other end. Set once by the conversation that both belong to. */
  peer!: TcpSide;
  /** The most data that it takes in one segment, as its SYN says. Set once by the conversation. */
  maximumSegmentSize = 0;
  /** SND.NXT: the sequence number of the next byte that this side puts on the wire. */
  nextSequence: SequenceNumber;
  /** SND.UNA, as this side knows it: an acknowledgement counts once it has travelled here. */
  unacknowledged: SequenceNumber;
  /** RCV.NXT, as this side knows it: a segment counts once it has travelled here. */
  received: SequenceNumber = 0;
  /** The acknowledgment number that this side sent last. */
  acknowledged: SequenceNumber = 0;
  /** Segments with data received since this side last acknowledged. */
  unansweredSegments = 0;
  /** Whether this side's FIN was sent. */
  isFinished = false;
  /** Whether the other side closes too as soon as it learns of this side's FIN. */
  isFollowed = true;
  /** Whether this side's FIN stands in the conversation's queue. */
  hasQueuedFin = false;

  constructor(host: Host, port: number, initialSequence: SequenceNumber) {
    this.host = host;
    this.port = port;
    this.nextSequence = initialSequence;
    this.unacknowledged = initialSequence;
  }

  /** Bytes that this side has sent and does not know to be acknowledged. */
  get bytesInFlight(): number {
    return sequenceDifference(this.nextSequence, this.unacknowledged);
  }
}

/** Something a side is to send as soon as what stands before it has gone: a message, or its FIN. */
export interface Outgoing {
  readonly side: TcpSide;
  /** The bytes; undefined for a FIN. */
  readonly payload: Uint8Array | undefined;
  /** When it was asked for, in ticks. */
  readonly time: number;
  /** What is to be sent after it. */
  next: Outgoing | undefined;
}

/** What was counted. Several connections may share one tally. */
export class Tally {
  /** Messages that were handed over, those without bytes included. */
  messages = 0;
  /** Messages whose first segment left later than asked, because the window was full. */
  delayedMessages = 0;
  packets = 0;
  /** Bytes of application data sent, both directions. */
  payloadBytes = 0;
}

/** One TCP conversation, from its SYN to its last acknowledgement. */
export class TcpConversation {
  readonly client: TcpSide;
  readonly server: TcpSide;
  phase: Phase = Phase.PLANNED;
  /**
   * What waits to be sent, as a list from the first, which is being sent now, to the last. Both sides share it: a message
   * that has to wait for the window is not overtaken by the answer to it.
   */
  first: Outgoing | undefined;
  last: Outgoing | undefined;
  /** Bytes of the first waiting message that have been sent. */
  sentOfFirst = 0;
  /** When the next segment of a message in the middle is due; -Infinity when none is being paced. */
  pacedUntil = Number.NEGATIVE_INFINITY;
  readonly tally: Tally;
  /** Bytes of data that a segment carries at the most (RFC 9293, section 3.7.1). */
  readonly maximumSegmentSize: number;

  constructor(client: TcpSide, server: TcpSide, tally: Tally, maximumSegmentSize: number) {
    this.tally = tally;
    this.maximumSegmentSize = client.maximumSegmentSize = server.maximumSegmentSize = maximumSegmentSize;
    this.client = client;
    this.server = server;
    client.peer = server;
    server.peer = client;
    client.received = client.acknowledged = server.nextSequence;
    server.received = server.acknowledged = client.nextSequence;
  }

  /** Puts a message or a FIN behind what waits. */
  enqueue(outgoing: Outgoing): void {
    if (outgoing.payload === undefined) outgoing.side.hasQueuedFin = true;
    else if (outgoing.side.hasQueuedFin) return this.#insertBeforeFin(outgoing);
    if (this.last === undefined) this.first = outgoing;
    else this.last.next = outgoing;
    this.last = outgoing;
  }

  /** Takes away the first of what waits: it was sent. */
  dequeue(): void {
    this.sentOfFirst = 0;
    this.pacedUntil = Number.NEGATIVE_INFINITY;
    const gone = this.first;
    this.first = gone?.next;
    if (gone !== undefined) gone.next = undefined;
    if (this.first === undefined) this.last = undefined;
  }

  /** A FIN is the last thing that a side sends, so data that comes while it waits goes before it. */
  #insertBeforeFin(outgoing: Outgoing): void {
    let before: Outgoing | undefined;
    let fin = this.first;
    while (fin !== undefined && (fin.side !== outgoing.side || fin.payload !== undefined)) {
      before = fin;
      fin = fin.next;
    }
    outgoing.next = fin;
    if (before === undefined) this.first = outgoing;
    else before.next = outgoing;
  }
}
