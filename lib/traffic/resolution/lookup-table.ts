/** How clients learn the addresses of the host names that they connect to: a query to a resolver, and its answer (RFC 1035). */
import { entryOf } from "../../core/maps.ts";
import { SeededRandom } from "../../core/random.ts";
import { hashOfText } from "../../core/tables.ts";
import { leadingWord } from "../../csv/protocol-names.ts";
import { formatIp, type IpAddress, macFromIp, parseIpv4, parseIpv6 } from "../../headers/address.ts";
import { DNS_PORT } from "../../headers/dns/dns.ts";
import { DatagramFlow, Tally } from "../../session/conversation.ts";
import type { FrameFields } from "../../session/encapsulation/frame-fields.ts";
import { Host } from "../../session/host.ts";
import type { Session } from "../../session/session.ts";
import { FIRST_DYNAMIC_PORT, type MappedEndPoint } from "../address-allocator.ts";
import { dnsBytes } from "../packet-list/dns-bytes.ts";
import type { Conversation, PendingMessage } from "../pending-message.ts";
import { refusesText } from "../service-ports.ts";
import { FirstNeeds, Need } from "./first-needs.ts";

/** Seconds for which an answer may be kept: those of the records that `dnsBytes` makes. */
const SECONDS_KEPT = 300;
const DYNAMIC_PORTS = 1 << 14;
const LOOKUP_SEED = 0x6c_6f6f;
/** A head has its names at its beginning. */
const MOST_BYTES = 8192;

/** Labels of letters, digits and hyphens, the last of which begins with a letter (RFC 1123, section 2.1). */
const HOST_NAME = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const NAMES_IN_TEXT = /(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?/gi;
/** Asked for by multicast, and not of a resolver (RFC 6762, section 3). */
const MULTICAST_NAME = /\.local$/i;
const HOST_HEADER = /^host:[ \t]*([^\s:]+)/im;
const ABSOLUTE_TARGET = /^[A-Z]+ https?:\/\/([^\s/:]+)/;
const SERVER_NAME = /\b(?:SNI|server_name)[=: ]+([\w.-]+)/i;

/** Protocols that look for names themselves, or get along without. */
const WITHOUT_LOOKUP: ReadonlySet<string> = new Set("DNS MDNS LLMNR NBNS DHCP BOOTP SSDP ARP ICMP ICMPV6".split(" "));
const HTTP: ReadonlySet<string> = new Set(["HTTP", "WEBSOCKET"]);
const TLS: ReadonlySet<string> = new Set(["TLS", "HTTPS", "SSL"]);

/** Who is asked, unless the user or a row has settled where an application of this name is. */
const RESOLVER_NAME = "resolver";
const RESOLVER_ADDRESSES: readonly IpAddress[] = [parseIpv4("10.0.0.53"), parseIpv6("fd00::53")];

/** The machines that clients ask for names: one for each version of IP. */
export function makeResolvers(map: ReadonlyMap<string, MappedEndPoint> | undefined, seed: number): Host[] {
  const random = new SeededRandom(seed ^ LOOKUP_SEED);
  const settled = map?.get(RESOLVER_NAME)?.address;
  return RESOLVER_ADDRESSES.map((usual) => {
    const address = typeof settled === typeof usual ? settled! : usual;
    return new Host(RESOLVER_NAME, address, macFromIp(address), random.next());
  });
}

const decoder = new TextDecoder();

function textOf({ message: { payloadBuffer, payloadStart, payloadEnd } }: PendingMessage): string {
  return decoder.decode(payloadBuffer.subarray(payloadStart, Math.min(payloadEnd, payloadStart + MOST_BYTES)));
}

function asHostName(text: string | undefined): string | undefined {
  const name = text?.replace(/\.$/, "").toLowerCase();
  return name !== undefined && HOST_NAME.test(name) && !MULTICAST_NAME.test(name) ? name : undefined;
}

/** The host name by which a client finds its server: the server's own, else the one that its first request is for. */
export function nameSoughtFor({ protocol, server }: Conversation, first: PendingMessage): string | undefined {
  const word = leadingWord(protocol);
  if (WITHOUT_LOOKUP.has(word)) return undefined;
  const name = asHostName(server.name);
  if (name !== undefined || first.side !== "client") return name;
  const patterns = HTTP.has(word) ? [ABSOLUTE_TARGET, HOST_HEADER] : TLS.has(word) ? [SERVER_NAME] : [];
  if (patterns.length === 0) return undefined;
  const text = textOf(first);
  return asHostName(patterns.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined));
}

/** A client that is about to connect to a name. */
export interface Lookup {
  readonly name: string;
  readonly client: Host;
  readonly server: Host;
  /** What the client's frames have. */
  readonly fields?: FrameFields | undefined;
}

/** What a client knows of a name, or is to. */
class Answer extends Need<Lookup> {
  /** Until when it is kept. */
  keptUntil = Number.NEGATIVE_INFINITY;
}

export class LookupTable {
  readonly #session: Session;
  readonly #seed: number;
  readonly #resolvers: readonly Host[];
  readonly #chosen = new Map<Host, Host>();
  readonly #tally = new Tally();
  /** By client and name. */
  readonly #answers = new Map<Host, Map<string, Answer>>();
  readonly #needs = new FirstNeeds<Lookup, Answer>();

  /**
   * @param seed decides identifiers and source ports
   * @param resolvers of either version of IP
   */
  constructor(session: Session, seed: number, resolvers: readonly Host[]) {
    this.#session = session;
    this.#seed = seed;
    this.#resolvers = resolvers;
  }

  /** Packets that were sent. */
  get packets(): number {
    return this.#tally.packets;
  }

  /** Whom a client asks: always the same one, which the rows may have told by the first time. */
  resolverFor(client: Host): Host {
    const usual = this.#resolvers.find((resolver) => resolver.isIpv4 === client.isIpv4)!;
    this.setResolver(client, usual);
    return this.#chosen.get(client)!;
  }

  /** The rows have a client ask somebody. Whom it asks already, it goes on asking. */
  setResolver(client: Host, resolver: Host): void {
    if (!this.#chosen.has(client)) this.#chosen.set(client, resolver);
  }

  /** The client has to know the address at `time`. */
  need(lookup: Lookup, time: number): void {
    if (lookup.client === lookup.server) return;
    const answer = this.#find(lookup.client, lookup.name);
    if (answer.keptUntil <= time) this.#needs.add(answer, lookup, time);
  }

  /**
   * Asks for all names that are to be known before `until`, given that none to be known before that will be asked for any more.
   *
   * @param asked told of each question: when it leaves
   */
  settle(until: number, asked: (time: number, lookup: Lookup) => void): void {
    this.#needs.settle(until, (_answer, lookup, time) => asked(this.#ask(lookup, time), lookup));
  }

  /** The rows themselves have the client ask for these names. */
  hear(client: Host, pending: PendingMessage): void {
    for (const [found] of textOf(pending).matchAll(NAMES_IN_TEXT)) {
      const name = asHostName(found);
      if (name !== undefined) this.#keep(client, name, pending.message.time);
    }
  }

  /** @param before when the answer is to have arrived, and to have been taken in. @returns when the question is asked */
  #ask(lookup: Lookup, before: number): number {
    const { name, client, server, fields } = lookup;
    const { roundTripTime, reactionTime } = this.#session;
    const asked = before - roundTripTime - reactionTime;
    const answered = asked + roundTripTime;
    this.#keep(client, name, answered);
    const random = new SeededRandom(
      this.#seed ^ LOOKUP_SEED ^ hashOfText(`${formatIp(client.address)} ${name} ${asked}`),
    );
    const id = `0x${(random.next() & 0xffff).toString(16).padStart(4, "0")}`;
    const question = `${server.isIpv4 ? "A" : "AAAA"} ${name}`;
    const address = formatIp(server.address);
    const resolver = this.resolverFor(client);
    const flow = new DatagramFlow(
      { host: client, port: portFrom(random) },
      { host: resolver, port: DNS_PORT },
      this.#tally,
    );
    const query = dnsBytes(`Standard query ${id} ${question}`, undefined)!;
    const response = dnsBytes(
      `Standard query response ${id} ${question} ${server.isIpv4 ? "A" : "AAAA"} ${address}`,
      undefined,
    )!;
    const { sourceMac, vlan, timeToLive } = fields ?? {};
    const session = this.#session;
    const [asks, tells] = [
      session.named(query, `DNS: ${question}`),
      session.named(response, `DNS: ${name} is ${address}`),
    ];
    session.sendDatagram(flow, "client", asked, asks, fields && { sourceMac, vlan, timeToLive });
    session.sendDatagram(flow, "server", answered, tells, fields && { destinationMac: sourceMac, vlan });
    return asked;
  }

  #keep(client: Host, name: string, time: number): void {
    this.#find(client, name).keptUntil = time + SECONDS_KEPT * this.#session.ticksPerSecond;
  }

  #find(client: Host, name: string): Answer {
    const ofClient = entryOf(this.#answers, client, () => new Map<string, Answer>());
    return entryOf(ofClient, name, () => new Answer());
  }
}

/** Resolvers are asked from ports by chance (RFC 5452, section 9.2). */
function portFrom(random: SeededRandom): number {
  for (;;) {
    const port = FIRST_DYNAMIC_PORT + (random.next() % DYNAMIC_PORTS);
    if (!refusesText("udp", port)) return port;
  }
}
