/** What a network shows around conversations: how names and hardware addresses are found out before the first packet that needs them. */
import { leadingWord } from "../../csv/protocol-names.ts";
import type { FrameFields } from "../../session/encapsulation/frame-fields.ts";
import type { Tunnel } from "../../session/encapsulation/outer-headers.ts";
import type { Host } from "../../session/host.ts";
import type { Session } from "../../session/session.ts";
import type { Conversation, PendingMessage } from "../pending-message.ts";
import { type Lookup, LookupTable, nameSoughtFor } from "./lookup-table.ts";
import { NeighbourTable } from "./neighbour-table.ts";

export interface ResolutionOptions {
  readonly session: Session;
  /** Whether hosts ask for hardware addresses. */
  readonly asksNeighbours: boolean;
  /** Whom clients ask for names; absent where they do not. */
  readonly resolvers?: readonly Host[] | undefined;
  /** Whose ends are neighbours, too. */
  readonly tunnel?: Tunnel | undefined;
  readonly seed: number;
}

/** A connection, or the datagrams of a conversation, about to begin. */
export interface Beginning {
  readonly conversation: Conversation;
  readonly message: PendingMessage;
  /** When its first frame leaves. */
  readonly time: number;
  /** What the frames of the side have that begins. */
  readonly fields?: FrameFields | undefined;
}

/**
 * What is needed is noted, and asked for when nothing can be needed earlier any more: conversations begin before their first
 * messages, some by more than others, and not in the order in which these are played.
 */
export class Resolution {
  readonly #session: Session;
  readonly #lookups: LookupTable | undefined;
  /** Those between whom conversations are; nobody has neighbours inside a tunnel of IP alone. */
  readonly #hosts: NeighbourTable | undefined;
  /** The ends of the tunnel. */
  readonly #ends: NeighbourTable | undefined;
  readonly #tunnel: Tunnel | undefined;
  /** Ticks that one question and its answer take. */
  readonly #step: number;

  constructor({ session, asksNeighbours, resolvers, tunnel, seed }: ResolutionOptions) {
    this.#session = session;
    this.#tunnel = tunnel;
    this.#lookups = resolvers && new LookupTable(session, seed, resolvers);
    if (asksNeighbours && session.carriesArp) this.#hosts = new NeighbourTable(session, tunnel === undefined);
    if (asksNeighbours && tunnel !== undefined && session.link === "ethernet") {
      this.#ends = new NeighbourTable(session, true);
    }
    this.#step = session.roundTripTime + session.reactionTime;
  }

  /** Ticks before a first frame in which there can be questions and answers. */
  get leadTime(): number {
    return this.#innerLead + (this.#ends === undefined ? 0 : this.#step);
  }

  /** Ticks before a first frame that the name of its host is needed: to ask for the host's hardware address. */
  get #nameLead(): number {
    return this.#hosts === undefined ? 0 : this.#step;
  }

  /** Ticks before it that a client asks for that name, and needs the hardware address of whom it asks. */
  get #hostLead(): number {
    return this.#lookups === undefined ? 0 : this.#nameLead + this.#step;
  }

  /** Ticks before it that something is asked, apart from the ends of the tunnel. */
  get #innerLead(): number {
    return this.#hostLead + this.#nameLead;
  }

  get neighbourPackets(): number {
    return (this.#hosts?.packets ?? 0) + (this.#ends?.packets ?? 0);
  }

  get lookupPackets(): number {
    return this.#lookups?.packets ?? 0;
  }

  /** A conversation has appeared, which will begin when those before it have been played: whom its client asks is then known. */
  meet(conversation: Conversation): void {
    if (asksForNames(conversation)) this.#lookups?.setResolver(conversation.client.host, conversation.server.host);
  }

  /** Notes everything that is to be found out for it. To be called before the session is advanced to what can begin. */
  prepare({ conversation, message, time, fields }: Beginning): void {
    if (!hasAddresses(conversation)) return;
    const { client, server, transport } = conversation;
    const isFromServer = transport === "udp" && message.side === "server";
    const [from, to] = isFromServer ? [server.host, client.host] : [client.host, server.host];
    const isFirst = this.#hosts?.need({ from, to, isFromServer, fields }, time);
    // Datagrams that the server begins need no name: it knows where to send them.
    const name = this.#lookups && !isFromServer ? nameSoughtFor(conversation, message) : undefined;
    if (name !== undefined) {
      const lookup = { name, client: client.host, server: server.host, fields };
      this.#lookups!.need(lookup, isFirst ? time - this.#nameLead : time);
    }
    this.#needEnds(time, fields);
  }

  /** A packet without a conversation is about to be sent. */
  preparePacket(from: Host, to: Host, time: number, isFromServer: boolean, fields: FrameFields | undefined): void {
    this.#hosts?.need({ from, to, isFromServer, fields }, time);
    this.#needEnds(time, fields);
  }

  /**
   * Has everything asked for that is due, given that no message before `time` will follow. To be called before the session
   * is advanced to what that leads to.
   */
  settle(time: number): void {
    // No connection is opened earlier than that.
    const until = time - this.#session.handshakeTime;
    this.#lookups?.settle(until - this.#nameLead, this.#needResolver);
    this.#hosts?.settle(until - this.#hostLead, this.#needEnds);
    this.#ends?.settle(until - this.#innerLead, NOTHING);
  }

  /** The rows themselves have one host ask for the hardware address of the other. */
  hearNeighbours(from: Host, to: Host, fields: FrameFields | undefined): void {
    this.#hosts?.introduce(from, to, fields);
  }

  /** A message is about to be sent: it may be one by which a client asks for names itself. */
  hear(message: PendingMessage): void {
    const { conversation, side } = message;
    if (side === "client" && asksForNames(conversation)) this.#lookups?.hear(conversation.client.host, message);
  }

  readonly #needResolver = (time: number, { client, fields }: Lookup): void => {
    const to = this.#lookups!.resolverFor(client);
    const ofClient = fields && { sourceMac: fields.sourceMac, vlan: fields.vlan };
    this.#hosts?.need({ from: client, to, isFromServer: false, fields: ofClient }, time);
    this.#needEnds(time, fields);
  };

  readonly #needEnds = (time: number, fields: FrameFields | undefined): void => {
    if (this.#ends === undefined || this.#tunnel === undefined) return;
    const { near: from, far: to } = this.#tunnel;
    this.#ends.need({ from, to, isFromServer: false, fields: tagOf(fields) }, time);
  };
}

const NOTHING = () => undefined;

/** Clients of DHCP have no address yet, and ask for none. */
function hasAddresses({ protocol }: Conversation): boolean {
  const word = leadingWord(protocol);
  return word !== "DHCP" && word !== "BOOTP";
}

function asksForNames({ protocol, transport }: Conversation): boolean {
  return leadingWord(protocol) === "DNS" && transport === "udp";
}

/** Of the outer header, the tag alone. */
function tagOf(fields: FrameFields | undefined): FrameFields | undefined {
  return fields?.vlan === undefined ? undefined : { vlan: fields.vlan };
}
