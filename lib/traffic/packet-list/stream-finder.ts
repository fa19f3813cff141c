/** Which connection a row belongs to. Where a row has no ports, its neighbours tell by their numbers. */

import { addSequence, isAfter, sequenceDifference } from "../../core/sequence.ts";
import { PairMap } from "../../core/tables.ts";
import type { EndPoint } from "../../csv/message.ts";
import type { ListRow, RowContent, RowSegment } from "../../csv/packet-list/list-rows.ts";

import { bareProtocol, carrierOf } from "../../csv/protocol-names.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import { servicePortOf, TCP_SERVICES } from "../service-ports.ts";
import { methodOf } from "./http-bytes.ts";
import { ListStream, type StreamSide } from "./list-stream.ts";

export type EndPointOf = (text: string, port: number | undefined) => EndPoint;

/** How far to look for the numbers of neighbours. */
const NEIGHBOURS = 64;
/** Connections between two addresses that a row without ports may belong to: the most recent ones. */
const MOST_CANDIDATES = 32;
/** Connections of which it is kept what they have sent. */
const MOST_RECENT = 1024;

/** Points for a place: numbers prove, a service only suggests. */
const Score = { PROOF: 16, HINT: 2, SERVICE: 4, DIRECTION: 3, FORBIDDEN: -16 } as const;

export interface Place {
  readonly stream: ListStream;
  readonly side: StreamSide;
  /** Connections that it might have been. */
  readonly choices: number;
}

/** What rows that follow say of a side, each the first of its kind. */
export interface Ahead {
  /** The side's own next number ... */
  readonly sequence: number | undefined;
  /** ... and what it acknowledges then. */
  readonly acknowledgment: number | undefined;
  readonly acknowledgedByPeer: number | undefined;
  /** Rows that may be the side's, but have no numbers, before its own next row ... */
  readonly beforeSequence: number;
  /** ... and before the other side's. */
  readonly beforeAcknowledged: number;
}

/** What rows that follow say of a segment of which the number is known. */
export interface Behind {
  /** Whether the side sends something with the same number before it goes on. */
  readonly isRepeated: boolean;
  /** Where the side goes on ... */
  readonly next: number | undefined;
  /** ... and what the other acknowledges first that is news. */
  readonly end: number | undefined;
}

interface Candidate {
  readonly stream: ListStream;
  readonly side: StreamSide;
  readonly score: number;
}

type LengthOfFrame = (row: ListRow, side: StreamSide) => number | undefined;

export class StreamFinder {
  readonly #endPointOf: EndPointOf;
  readonly #lengthOfFrame: LengthOfFrame;
  /** All that have ports, and their places there by the numbers of their ends. */
  readonly #streams: ListStream[] = [];
  readonly #bySockets = new PairMap();
  /** By both addresses, the most recent last. */
  readonly #byPair = new Map<string, ListStream[]>();
  /** The least recent first. */
  readonly #recent = new Set<ListStream>();
  #rows = 0;

  constructor(endPointOf: EndPointOf, lengthOfFrame: LengthOfFrame) {
    this.#endPointOf = endPointOf;
    this.#lengthOfFrame = lengthOfFrame;
  }

  find(row: ListRow): Place {
    const { content } = row;
    this.#rows++;
    const place = hasEnds(content) ? this.#bySocketsOf(row) : this.#choose(row);
    this.#keepRecent(place.stream);
    return place;
  }

  /** What was sent long ago is not sent again, and there may be very many connections. */
  #keepRecent(stream: ListStream): void {
    stream.latestRow = this.#rows;
    this.#recent.delete(stream);
    this.#recent.add(stream);
    if (this.#recent.size <= MOST_RECENT) return;
    for (const oldest of this.#recent) {
      oldest.forgetBytes();
      this.#recent.delete(oldest);
      return;
    }
  }

  hasStreamFor(row: ListRow): boolean {
    return this.#bestOf(row, this.#streamsFor(row)) !== undefined;
  }

  isProved(row: ListRow): boolean {
    return (this.#bestOf(row, this.#streamsFor(row))?.score ?? 0) >= Score.PROOF;
  }

  /** Whether a row is from a side, as far as it tells itself. */
  mayBeFrom({ source, sourcePort, destinationPort }: RowContent, { endPoint }: StreamSide): boolean {
    if (source !== endPoint.name) return false;
    return sourcePort === undefined || destinationPort === undefined || sourcePort === endPoint.port;
  }

  /** What the rows between the same addresses say next of a side. */
  look(row: ListRow, side: StreamSide): Ahead {
    const ahead: LookedAt = {
      sequence: undefined,
      acknowledgment: undefined,
      acknowledgedByPeer: undefined,
      beforeSequence: 0,
      beforeAcknowledged: 0,
    };
    const start = row.content.segment?.sequence ?? side.next;
    let { next } = row;
    for (let count = 0; next !== undefined && count < NEIGHBOURS; count++, next = next.next) {
      const { content } = next;
      if (!hasEnds(content)) {
        if (content.source === side.endPoint.name && carrierOf(content.protocol) === "tcp") countSilent(ahead);
        continue;
      }
      const sender = senderOf(content, side);
      if (sender === undefined || content.segment === undefined) continue;
      if (isOpening(content)) break;
      noteNumbers(ahead, content.segment, sender === side, start);
      if (ahead.sequence !== undefined && ahead.acknowledgedByPeer !== undefined) break;
    }
    return ahead;
  }

  /**
   * What later rows tell of a segment with this number, if it has any data.
   *
   * @param text what it may carry: a row that has the rest of it, from its middle on, sends that again
   */
  lookBehind(row: ListRow, side: StreamSide, sequence: number, text?: Uint8Array): Behind {
    const behind: BehindSoFar = { isRepeated: false, next: undefined, end: undefined };
    let { next } = row;
    for (let count = 0; next !== undefined && count < NEIGHBOURS; count++, next = next.next) {
      const { segment } = next.content;
      const sender = senderOf(next.content, side);
      if (sender === undefined || segment === undefined) continue;
      if (isOpening(next.content)) break;
      if (sender !== side) {
        if (isNews(segment.acknowledgment, sequence)) behind.end ??= segment.acknowledgment;
      } else if (segment.sequence === sequence) {
        behind.isRepeated = true;
      } else if (isNews(segment.sequence, sequence) && !repeatsPart(next.content, sequence, text)) {
        behind.next = segment.sequence;
      }
      if (behind.next !== undefined) break;
    }
    return behind;
  }

  /** The window that the next row of a side tells, which is not its SYN. */
  windowAhead(row: ListRow, side: StreamSide): number | undefined {
    let { next } = row;
    for (let count = 0; next !== undefined && count < NEIGHBOURS; count++, next = next.next) {
      if (senderOf(next.content, side) !== side) continue;
      const { flags = 0, window } = next.content.segment ?? {};
      if ((flags & TcpFlag.SYN) !== 0) return undefined;
      if (window !== undefined) return window;
    }
    return undefined;
  }

  #bySocketsOf(row: ListRow): Place {
    const stream = this.#streamOf(row);
    const [one, other] = stream.sides;
    return { stream, side: senderOf(row.content, one) ?? other, choices: 1 };
  }

  #streamOf(row: ListRow): ListStream {
    const { source, sourcePort, destination, destinationPort, told } = row.content;
    const from = told?.source ?? this.#endPointOf(source, sourcePort);
    const to = told?.destination ?? this.#endPointOf(destination, destinationPort);
    const known = this.#bySockets.get(from.index, to.index, 0);
    if (known !== undefined) return this.#streams[known]!;
    const stream = this.#add(row, from, to);
    this.#bySockets.set(from.index, to.index, 0, this.#streams.push(stream) - 1);
    return stream;
  }

  #add(row: ListRow, source: EndPoint, destination: EndPoint): ListStream {
    const stream = new ListStream(source, destination, protocolAhead(row, source.port, destination.port));
    const all = this.#byPair.get(row.pair);
    // Most have one alone, and a list that has grown has room for many.
    if (all === undefined) this.#byPair.set(row.pair, [stream]);
    else if (all.push(stream) > MOST_CANDIDATES) all.shift();
    return stream;
  }

  #choose(row: ListRow): Place {
    this.#meetNeighbours(row);
    const streams = this.#streamsFor(row);
    const best = this.#bestOf(row, streams);
    return best === undefined ? this.#make(row) : { ...best, choices: streams.length };
  }

  /** Connections between the two addresses: the open ones, if there are any, and the most recent first. */
  #streamsFor(row: ListRow): ListStream[] {
    const all = this.#byPair.get(row.pair) ?? [];
    const open = all.filter(({ isOver }) => !isOver);
    return (open.length > 0 ? open : [...all]).sort((a, b) => b.latestRow - a.latestRow);
  }

  #bestOf(row: ListRow, streams: readonly ListStream[]): Candidate | undefined {
    let best: Candidate | undefined;
    for (const stream of streams) {
      for (const side of stream.sides) {
        if (side.endPoint.name !== row.content.source) continue;
        const score = this.#scoreOf(row, side);
        if (score > (best?.score ?? Score.FORBIDDEN)) best = { stream, side, score };
      }
      // Proved by both sides' numbers: no other can be better.
      if (best !== undefined && best.score >= 2 * Score.PROOF) return best;
    }
    return best;
  }

  /** Connections that begin in the list with a later row, but began before it. */
  #meetNeighbours(row: ListRow): void {
    let next = row.next;
    for (let count = 0; next !== undefined && count < NEIGHBOURS; count++, next = next.next) {
      const { content } = next;
      if (content.segment === undefined || !hasEnds(content)) continue;
      if (!isOpening(content)) this.#streamOf(next);
    }
  }

  #scoreOf(row: ListRow, side: StreamSide): number {
    const { peer } = side;
    if (!mayShare(row.content, side.endPoint.port, peer.endPoint.port)) return Score.FORBIDDEN;
    const { sequence, acknowledgedByPeer } = this.look(row, side);
    const start = row.content.segment?.sequence ?? side.expected();
    const length = row.content.segment?.length ?? this.#lengthOfFrame(row, side);
    let score = serviceScore(row.content, side, peer);
    if (length !== undefined && length > 0) {
      const end = addSequence(start, length);
      if (sequence === end || sequence === addSequence(end, 1)) score += Score.PROOF;
      else if (sequence === start) score += Score.FORBIDDEN;
      if (acknowledgedByPeer === end || acknowledgedByPeer === addSequence(end, 1)) score += Score.PROOF;
      else if (acknowledgedByPeer !== undefined && isAfter(acknowledgedByPeer, start)) score += Score.HINT;
      return score;
    }
    if (sequence !== undefined && isAfter(sequence, start)) score += Score.PROOF;
    if (acknowledgedByPeer !== undefined && isAfter(acknowledgedByPeer, start)) score += Score.PROOF;
    return score;
  }

  /** For a row that fits none: between the ports that its protocol has. */
  #make(row: ListRow): Place {
    const { content } = row;
    const isFromServer = /^HTTP\/1|^Server Hello|^S: |^Response: /.test(content.info);
    const [service] = servicesOf(content.protocol);
    const source = this.#endPointOf(content.source, isFromServer ? service : undefined);
    const destination = this.#endPointOf(content.destination, isFromServer ? undefined : service);
    const stream = this.#add(row, source, destination);
    return { stream, side: stream.sides[0], choices: 1 };
  }
}

export function hasPorts({ sourcePort, destinationPort }: RowContent): boolean {
  return sourcePort !== undefined && destinationPort !== undefined;
}

/** Whether a row says itself between which ends it is: one that people have written names them as all others do. */
function hasEnds(content: RowContent): boolean {
  return content.told !== undefined || hasPorts(content);
}

function isOpening({ segment }: RowContent): boolean {
  return ((segment?.flags ?? 0) & (TcpFlag.SYN | TcpFlag.ACK)) === TcpFlag.SYN;
}

/** Which of the two sides a row is from that tells its ends; undefined where it belongs to another connection. */
export function senderOf(content: RowContent, side: StreamSide): StreamSide | undefined {
  const { source, sourcePort, destinationPort, told } = content;
  const [own, other] = [side.endPoint, side.peer.endPoint];
  if (told !== undefined) {
    if (told.source === own && told.destination === other) return side;
    return told.source === other && told.destination === own ? side.peer : undefined;
  }
  if (!hasPorts(content)) return undefined;
  if (sourcePort === own.port && destinationPort === other.port && source === own.name) return side;
  return sourcePort === other.port && destinationPort === own.port ? side.peer : undefined;
}

type BehindSoFar = { -readonly [Key in keyof Behind]: Behind[Key] };

type LookedAt = { -readonly [Key in keyof Ahead]: Ahead[Key] };

function countSilent(ahead: LookedAt): void {
  if (ahead.sequence === undefined) ahead.beforeSequence++;
  if (ahead.acknowledgedByPeer === undefined) ahead.beforeAcknowledged++;
}

function noteNumbers(ahead: LookedAt, segment: RowSegment, isOwn: boolean, start: number | undefined): void {
  if (isOwn) {
    ahead.sequence ??= segment.sequence;
    ahead.acknowledgment ??= segment.acknowledgment;
  } else if (isNews(segment.acknowledgment, start)) {
    ahead.acknowledgedByPeer ??= segment.acknowledgment;
  }
}

function repeatsPart({ segment, info }: RowContent, sequence: number, text: Uint8Array | undefined): boolean {
  const start = sequenceDifference(segment?.sequence ?? sequence, sequence);
  if (text === undefined || info === "" || start >= text.length) return false;
  const part = new TextEncoder().encode(info);
  return part.subarray(0, text.length - start).every((byte, index) => byte === text[start + index]);
}

/** An acknowledgement that repeats an earlier one says nothing of what is sent now. */
function isNews(acknowledgment: number | undefined, start: number | undefined): boolean {
  return acknowledgment !== undefined && (start === undefined || isAfter(acknowledgment, start));
}

function servicesOf(protocol: string): readonly number[] {
  return TCP_SERVICES.get(bareProtocol(protocol)) ?? [servicePortOf(protocol)];
}

/** Nothing but its protocol tells a connection of which no row has ports, so rows of another one are not in it. */
function mayShare({ protocol }: RowContent, own: number | undefined, other: number | undefined): boolean {
  if ((own !== undefined && other !== undefined) || bareProtocol(protocol) === "TCP") return true;
  return servicesOf(protocol).some((service) => service === own || service === other);
}

function serviceScore({ protocol, info }: RowContent, side: StreamSide, peer: StreamSide): number {
  const services = TCP_SERVICES.get(bareProtocol(protocol)) ?? [];
  const [own, other] = [side.endPoint.port ?? 0, peer.endPoint.port ?? 0];
  let score = services.includes(own) || services.includes(other) ? Score.SERVICE : 0;
  const isRequest = methodOf(info) !== undefined || /^Client Hello|^C: |^Request: /.test(info);
  const isResponse = /^HTTP\/1|^Server Hello|^S: |^Response: /.test(info);
  // The server's port is the lower one.
  if (isRequest) score += other < own ? Score.DIRECTION : -Score.DIRECTION;
  if (isResponse) score += own < other ? Score.DIRECTION : -Score.DIRECTION;
  return score;
}

/** What the connection is for: a row of its own may say so later than its first. */
function protocolAhead(row: ListRow, sourcePort: number | undefined, destinationPort: number | undefined): string {
  let next: ListRow | undefined = row;
  for (let count = 0; next !== undefined && count < NEIGHBOURS; count++, next = next.next) {
    const { protocol, sourcePort: from, destinationPort: to } = next.content;
    const isOwn =
      !hasEnds(next.content) ||
      (from === sourcePort && to === destinationPort) ||
      (from === destinationPort && to === sourcePort);
    if (isOwn && carrierOf(protocol) === "tcp" && bareProtocol(protocol) !== "TCP") return protocol;
  }
  return row.content.protocol;
}
