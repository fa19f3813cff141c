/** What a TCP conversation is called and goes through. Its numbers are in `ConnectionTable`. */

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

declare const isTcpConversation: unique symbol;

/** One TCP conversation, from its SYN to its last acknowledgement: the number that its session knows it by. */
export type TcpConversation = number & { readonly [isTcpConversation]: true };

/** The number of one end: even for a client, and the server's is the next one. */
export function clientOf(conversation: TcpConversation): number {
  return 2 * conversation;
}

export function serverOf(conversation: TcpConversation): number {
  return 2 * conversation + 1;
}

export function peerOf(side: number): number {
  return side ^ 1;
}

export function isServer(side: number): boolean {
  return (side & 1) !== 0;
}

export function conversationOf(side: number): TcpConversation {
  return (side >>> 1) as TcpConversation;
}

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
