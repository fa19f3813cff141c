/** What a network shows around conversations: how names and hardware addresses are found out before the first packet that needs them. */
import { leadingWord } from "../../csv/protocol-names.ts";
import type { SideName } from "../../session/conversation.ts";
import type { FrameFields } from "../../session/encapsulation/frame-fields.ts";
import type { Tunnel } from "../../session/encapsulation/outer-headers.ts";
import type { Host } from "../../session/host.ts";
import type { Session } from "../../session/session.ts";
import type { Conversation, PendingMessage } from "../pending-message.ts";
import { LookupTable, nameSoughtFor } from "./lookup-table.ts";
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

export class Resolution {
  readonly #session: Session;
  readonly #tunnel: Tunnel | undefined;
  readonly #neighbours: NeighbourTable | undefined;
  readonly #lookups: LookupTable | undefined;
  /** Ticks that one question and its answer take. */
  readonly #step: number;

  constructor({ session, asksNeighbours, resolvers, tunnel, seed }: ResolutionOptions) {
    this.#session = session;
    this.#tunnel = tunnel;
    this.#neighbours = asksNeighbours ? new NeighbourTable(session) : undefined;
    this.#lookups = resolvers && new LookupTable(session, seed, resolvers);
    this.#step = session.roundTripTime + session.reactionTime;
  }

  /** Ticks before a first frame in which there can be questions and answers. */
  get leadTime(): number {
    const ofTunnel = this.#neighbours === undefined || this.#tunnel === undefined ? 0 : this.#step;
    return this.#innerLead(this.#lookups !== undefined) + ofTunnel;
  }

  /** Ticks that names and hosts take to be found, apart from the ends of the tunnel. */
  #innerLead(asksName: boolean): number {
    const questions = asksName ? 1 : 0;
    // Inside a tunnel of IP alone nobody has neighbours.
    const isAsking = this.#neighbours !== undefined && this.#session.carriesArp;
    return this.#step * (questions + (isAsking ? 1 + questions : 0));
  }

  get neighbourPackets(): number {
    return this.#neighbours?.packets ?? 0;
  }

  get lookupPackets(): number {
    return this.#lookups?.packets ?? 0;
  }

  /** A conversation has appeared, which will begin when those before it have been played. */
  expect({ conversation, message, time, fields }: Beginning): void {
    const { client, server } = conversation;
    if (!hasAddresses(conversation)) return;
    if (asksForNames(conversation)) this.#lookups?.setResolver(client.host, server.host);
    const lookup = this.#lookupOf(conversation, message, fields);
    if (lookup !== undefined) {
      this.#lookups?.expect(lookup, time);
      const earliest = time - 2 * this.#step;
      this.#neighbours?.expect(client.host, this.#lookups!.resolverFor(client.host), fields, earliest);
    }
    this.#neighbours?.expect(client.host, server.host, fields, time);
    if (this.#tunnel === undefined) return;
    const earliestInside = time - this.#innerLead(lookup !== undefined);
    this.#neighbours?.expect(this.#tunnel.near, this.#tunnel.far, tagOf(fields), earliestInside);
  }

  /** Lets everything be found out that it needs. */
  prepare({ conversation, message, time, fields }: Beginning): void {
    if (!hasAddresses(conversation)) return;
    const { client, server } = conversation;
    const [from, to] = message.side === "client" ? [client, server] : [server, client];
    const notBefore = message.message.time - this.#session.handshakeTime;
    const lookup = this.#lookupOf(conversation, message, fields);
    const opener: SideName = conversation.transport === "tcp" ? "client" : message.side;
    const pair = opener === message.side ? [from.host, to.host] : [to.host, from.host];
    let first = this.#resolve(pair[0]!, pair[1]!, opener === "server", fields, time, notBefore);
    if (lookup !== undefined && this.#lookups!.isNeeded(lookup, time)) {
      const needed = this.#lookups!.neededAt(lookup, first, notBefore - this.#step);
      const asked = this.#lookups!.ask(lookup, needed);
      const resolver = this.#lookups!.resolverFor(client.host);
      const ofClient = fields && { sourceMac: fields.sourceMac, vlan: fields.vlan };
      first = this.#resolve(client.host, resolver, false, ofClient, asked, notBefore - 2 * this.#step);
    }
    this.#resolveTunnel(fields, first, notBefore);
  }

  /** A packet without a conversation is about to be sent. */
  preparePacket(from: Host, to: Host, time: number, isFromServer: boolean, fields: FrameFields | undefined): void {
    const notBefore = time - this.#session.handshakeTime;
    const first = this.#resolve(from, to, isFromServer, fields, time, notBefore);
    this.#resolveTunnel(fields, first, notBefore);
  }

  /** The rows themselves have one host ask for the hardware address of the other. */
  hearNeighbours(from: Host, to: Host, fields: FrameFields | undefined): void {
    this.#neighbours?.introduce(from, to, fields);
  }

  /** A message is about to be sent: it may be one by which a client asks for names itself. */
  hear(message: PendingMessage): void {
    const { conversation, side } = message;
    if (side === "client" && asksForNames(conversation)) this.#lookups?.hear(conversation.client.host, message);
  }

  /** Datagrams that the server begins need no name: it knows where to send them. */
  #lookupOf(conversation: Conversation, message: PendingMessage, fields: FrameFields | undefined) {
    if (this.#lookups === undefined || (conversation.transport === "udp" && message.side === "server"))
      return undefined;
    const name = nameSoughtFor(conversation, message);
    if (name === undefined) return undefined;
    return { name, client: conversation.client.host, server: conversation.server.host, fields };
  }

  #resolve(
    from: Host,
    to: Host,
    isFromServer: boolean,
    fields: FrameFields | undefined,
    before: number,
    notBefore: number,
  ): number {
    if (this.#neighbours === undefined || !this.#session.carriesArp) return before;
    const isOnLink = this.#tunnel === undefined;
    return this.#neighbours.resolve({ from, to, isFromServer, fields, isOnLink }, before, notBefore);
  }

  #resolveTunnel(fields: FrameFields | undefined, before: number, notBefore: number): void {
    if (this.#tunnel === undefined || this.#session.link !== "ethernet") return;
    const { near: from, far: to } = this.#tunnel;
    const ends = { from, to, isFromServer: false, fields: tagOf(fields), isOnLink: true };
    this.#neighbours?.resolve(ends, before, notBefore - this.#innerLead(this.#lookups !== undefined));
  }
}

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
