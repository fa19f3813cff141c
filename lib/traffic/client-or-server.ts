/** Which of two end points is the server. */

import type { EndPoint, Message } from "../csv/message.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { FIRST_DYNAMIC_PORT } from "./address-allocator.ts";
import type { Protocols } from "./completers/protocols.ts";
import { isServicePort, servicePortOf } from "./service-ports.ts";

/** Where the ports that Linux gives to clients begin. */
const FIRST_LIKELY_CLIENT_PORT = 32_768;

/** One end of a message: the port is the one that the input or the user has settled, if any. */
export interface Candidate {
  readonly name: string;
  readonly port: number | undefined;
  readonly endPoint: EndPoint;
}

/**
 * Asked once for each conversation, about its first message: what is decided then stands, whatever later rows say. The
 * strongest evidence counts: who sends the first SYN is the client; a port of a service, or one that only clients get; an end
 * that calls itself a server; words that only one side says; a port that others connect to; one that several talk to; and
 * who is spoken to first. The lower port counts only where the rows are packets from the middle of a connection.
 *
 * @param flags TCP flags of the first message, if it tells any
 */
export function isSourceTheServer(
  source: Candidate,
  destination: Candidate,
  message: Message,
  flags: number | undefined,
  { talkedTo, protocols }: { readonly talkedTo: TalkedTo; readonly protocols: Protocols },
): boolean {
  if (flags !== undefined && (flags & TcpFlag.SYN) !== 0) return (flags & TcpFlag.ACK) !== 0;
  const evidence =
    byService(source.port, destination.port, message.protocol) ??
    onlyOne(isNamedServer(source), isNamedServer(destination)) ??
    byWords(message, protocols);
  if (evidence !== undefined) return evidence;
  if (source.port === undefined || destination.port === undefined) {
    return source.port !== undefined && source.port < FIRST_LIKELY_CLIENT_PORT;
  }
  const [one, other] = [source.endPoint, destination.endPoint];
  return (
    onlyOne(talkedTo.listens(one), talkedTo.listens(other)) ??
    onlyOne(destination.port >= FIRST_LIKELY_CLIENT_PORT, source.port >= FIRST_LIKELY_CLIENT_PORT) ??
    onlyOne(talkedTo.hasSeveral(one), talkedTo.hasSeveral(other)) ??
    // The first packet that was seen need not be the first that was sent.
    (message.isPacket && source.port < destination.port)
  );
}

/** Undefined where both or neither are, so that it tells nothing. */
function onlyOne(isSource: boolean, isDestination: boolean): boolean | undefined {
  return isSource === isDestination ? undefined : isSource;
}

function byService(source: number | undefined, destination: number | undefined, protocol: string): boolean | undefined {
  const own = servicePortOf(protocol);
  const service =
    onlyOne(source === own, destination === own) ??
    onlyOne(source !== undefined && isServicePort(source), destination !== undefined && isServicePort(destination));
  if (service !== undefined || (source !== undefined && destination !== undefined)) return service;
  // Of one port alone, more can be told.
  return onlyOne((destination ?? 0) >= FIRST_DYNAMIC_PORT, (source ?? 0) >= FIRST_DYNAMIC_PORT);
}

function byWords({ protocol, payload, isPacket }: Message, protocols: Protocols): boolean | undefined {
  return isPacket ? undefined : protocols.speaksAsServer(protocol, payload);
}

function isNamedServer({ name }: Candidate): boolean {
  return name.toLowerCase().includes("server");
}

const FIRST_CAPACITY = 64;
const NOBODY = -1;
const SEVERAL = -2;

/**
 * Who talks to whom, told from the rows up to some way ahead. Some bytes for each end point with a port, however long the
 * input is.
 */
export class TalkedTo {
  /** By number of an end point: that of its only partner. */
  #partners: Int32Array = new Int32Array(FIRST_CAPACITY).fill(NOBODY);
  /** Whether a partner has spoken to it first. */
  #wasAddressed = new Uint8Array(FIRST_CAPACITY);

  /** Messages come in the order of their times. */
  note({ source, destination }: Message): void {
    if (source.port === undefined || destination.port === undefined) return;
    const [from, to] = [source.index, destination.index];
    while (from >= this.#partners.length || to >= this.#partners.length) this.#grow();
    const partners = this.#partners;
    const [ofFrom, ofTo] = [partners[from]!, partners[to]!];
    // The usual case, where nothing is new.
    if ((ofFrom === to || ofFrom === SEVERAL) && (ofTo === from || ofTo === SEVERAL)) return;
    if (ofFrom === NOBODY || ofTo === NOBODY) this.#wasAddressed[to] = 1;
    partners[from] = ofFrom === NOBODY || ofFrom === to ? to : SEVERAL;
    partners[to] = ofTo === NOBODY || ofTo === from ? from : SEVERAL;
  }

  hasSeveral({ index }: EndPoint): boolean {
    return this.#partners[index] === SEVERAL;
  }

  /**
   * Whether several talk to it, and one of them first: so its port is one that is listened on, and nobody connects to others
   * from there.
   */
  listens(endPoint: EndPoint): boolean {
    return this.hasSeveral(endPoint) && this.#wasAddressed[endPoint.index] === 1;
  }

  #grow(): void {
    const { length } = this.#partners;
    const partners = new Int32Array(2 * length).fill(NOBODY);
    partners.set(this.#partners);
    this.#partners = partners;
    const wasAddressed = new Uint8Array(2 * length);
    wasAddressed.set(this.#wasAddressed);
    this.#wasAddressed = wasAddressed;
  }
}
