/**
 * Echo requests and their answers (RFC 792; RFC 4443, section 4), paired by addresses, identifier and sequence number, and
 * the times in between.
 */

import { type Moment, momentOf, nanosecondsBetween } from "../../core/time.ts";
import type { IpAddress } from "../../headers/address.ts";
import { writable } from "../../headers/plain-values.ts";
import { BoundedTable, LatestEntries, noteFrame, type Selectable } from "./bounded.ts";
import type { IcmpPacket, QuotedPacket } from "./icmp-packet.ts";

/** What one host asks another with one identifier: what a run of `ping` is. */
export interface EchoExchange extends Selectable {
  /** 4 for ICMP, 6 for ICMPv6. */
  readonly version: 4 | 6;
  /** Who asks. */
  readonly asker: IpAddress;
  /** Who was asked: a host, or a group. */
  readonly asked: IpAddress;
  /** The identifier of all its messages, 0 to 65535. */
  readonly identifier: number;
  /** Requests; those of them that were answered; answers beyond the first to the same request. */
  sent: number;
  /** Requests that were answered. */
  answered: number;
  /** Answers beyond the first to the same request. */
  repeatedAnswers: number;
  /** Requests that an ICMP error quotes: somebody on the way, or who was asked, could not take them. */
  refused: number;
  /** Answers to requests that are not in the capture. */
  strayAnswers: number;
  /** Frame of the first message. */
  readonly firstFrame: number;
  /** Frame of the last message. */
  lastFrame: number;
  /** The first requests without an answer. */
  readonly unanswered: number[];
  /** How many requests have no answer. */
  unansweredCount: number;
  /** Between request and answer, in nanoseconds: of all answered requests. */
  shortest: number;
  /** The longest time between request and answer, in nanoseconds. */
  longest: number;
  /** All these times together, in nanoseconds. */
  total: number;
  /** Others that answered, where many were asked at once: the first of them. */
  readonly otherAnswerers: IpAddress[];
}

interface Request {
  readonly exchange: EchoExchange;
  readonly frame: number;
  readonly moment: Moment;
  /** Or refused. */
  isAnswered: boolean;
}

const MOST_EXCHANGES = 1000;
/** Requests that wait for their answers at a time; of what is forgotten, no answer is expected any more. */
const MOST_WAITING = 16_384;
const MOST_ANSWERERS = 20;

export class EchoLog {
  readonly #exchanges = new BoundedTable<EchoExchange>(MOST_EXCHANGES);
  readonly #requests = new LatestEntries<Request>(MOST_WAITING, giveUp);
  /** The latest exchange of an asker, whoever was asked: many can answer what was sent to a group. */
  readonly #byAsker = new LatestEntries<EchoExchange>(MOST_EXCHANGES);

  get refused(): number {
    return this.#exchanges.refused;
  }

  request(packet: IcmpPacket): EchoExchange | undefined {
    const { version, source, destination, identifier, sequence, frame } = packet;
    const exchange = this.#exchangeOf(version, source, destination, identifier, frame);
    if (exchange === undefined) return undefined;
    exchange.sent++;
    exchange.lastFrame = frame;
    const key = requestKey(version, source, destination, identifier, sequence);
    this.#requests.set(key, { exchange, frame, moment: momentOf(packet.moment), isAnswered: false });
    if (isGroup(version, destination)) this.#byAsker.set(`${version} ${source} ${identifier}`, exchange);
    return exchange;
  }

  answer(packet: IcmpPacket): EchoExchange | undefined {
    const { version, source: asked, destination: asker, identifier, sequence, frame } = packet;
    let request = this.#requests.get(requestKey(version, asker, asked, identifier, sequence));
    if (request === undefined) {
      const group = this.#byAsker.get(`${version} ${asker} ${identifier}`);
      if (group !== undefined) {
        request = this.#requests.get(requestKey(version, asker, group.asked, identifier, sequence));
        noteAnswerer(group, asked);
      }
    }
    const exchange = request?.exchange ?? this.#exchangeOf(version, asker, asked, identifier, frame);
    if (exchange === undefined) return undefined;
    exchange.lastFrame = frame;
    if (request === undefined) exchange.strayAnswers++;
    else if (request.isAnswered) exchange.repeatedAnswers++;
    else {
      request.isAnswered = true;
      exchange.answered++;
      count(exchange, nanosecondsBetween(request.moment, packet.moment));
    }
    return exchange;
  }

  /** An error that quotes a request. */
  error({ version, source, destination, number = 0 }: QuotedPacket): EchoExchange | undefined {
    const request = this.#requests.get(requestKey(version, source, destination, number >>> 16, number & 0xffff));
    if (request === undefined || request.isAnswered) return undefined;
    request.isAnswered = true;
    request.exchange.refused++;
    return request.exchange;
  }

  /** Those that are to be told of, every request without an answer counted. */
  finish(): EchoExchange[] {
    for (const request of this.#requests.values()) giveUp(request);
    return this.#exchanges.values().filter(({ isSelected }) => isSelected);
  }

  #exchangeOf(version: 4 | 6, asker: IpAddress, asked: IpAddress, identifier: number, frame: number) {
    return this.#exchanges.getOrAdd(`${version} ${asker} ${asked} ${identifier}`, () =>
      writable<EchoExchange>(
        {
          version,
          asker,
          asked,
          identifier,
          sent: 0,
          answered: 0,
          repeatedAnswers: 0,
          refused: 0,
          strayAnswers: 0,
          firstFrame: frame,
          lastFrame: frame,
          unanswered: [],
          unansweredCount: 0,
          shortest: Number.POSITIVE_INFINITY,
          longest: Number.NEGATIVE_INFINITY,
          total: 0,
          otherAnswerers: [],
          isSelected: false,
        },
        { asker: "ip", asked: "ip", otherAnswerers: "ip" },
      ),
    );
  }
}

function requestKey(version: number, asker: IpAddress, asked: IpAddress, identifier: number, sequence: number): string {
  return `${version} ${asker} ${asked} ${identifier} ${sequence}`;
}

function giveUp({ exchange, frame, isAnswered }: Request): void {
  if (isAnswered) return;
  exchange.unansweredCount++;
  noteFrame(exchange.unanswered, frame);
}

function count(exchange: EchoExchange, time: number): void {
  exchange.shortest = Math.min(exchange.shortest, time);
  exchange.longest = Math.max(exchange.longest, time);
  exchange.total += time;
}

function noteAnswerer({ otherAnswerers }: EchoExchange, address: IpAddress): void {
  if (otherAnswerers.length < MOST_ANSWERERS && !otherAnswerers.includes(address)) otherAnswerers.push(address);
}

/** Multicast, and what can be the broadcast address of a network. */
function isGroup(version: 4 | 6, address: IpAddress): boolean {
  if (version === 6) return (address as bigint) >> 120n === 0xffn;
  return (address as number) >= 0xe000_0000 || ((address as number) & 0xff) === 0xff;
}
