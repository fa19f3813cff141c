/** Everything that can be said of a network that is not ideal, and of the TCPs at its ends: what a session over it is made with. */

import type { TcpHabits } from "../tcp/tcp-habits.ts";
import type { ChosenFates, NetworkLink, Tap } from "./link-options.ts";
import type { Transmission } from "./transmission.ts";

/** The two directions of the path between clients and servers. */
export interface Links {
  /** What happens to what clients send. */
  readonly toServer: NetworkLink;
  /** What happens to what servers send. */
  readonly toClient: NetworkLink;
}

/** A network and those who use it. Times are ticks of the session. */
export interface NetworkOptions {
  /** What chance, distance and a bottleneck do to packets. */
  readonly links: Links;
  /** What happens to single packets, whatever chance says. */
  readonly fates: ChosenFates;
  /** Where the capture is taken. */
  readonly tap: Tap;
  /** What the TCPs of clients do otherwise than Linux. */
  readonly client: Partial<TcpHabits>;
  /** What the TCPs of servers do otherwise than Linux. */
  readonly server: Partial<TcpHabits>;
  /** Names of those who refuse every connection with a reset, as a machine does where nobody listens. */
  readonly refused: readonly string[];
  /** Names of those who never answer, as where no machine is. */
  readonly silent: readonly string[];
  /** The largest IP packet in bytes that the middle of the path takes, 68 to 65535; undefined: whatever its ends send. */
  readonly pathMtu: number | undefined;
  /** Whether nobody says so where a packet was larger than that: no ICMP is sent (RFC 2923, section 2.1). */
  readonly isBlackHole: boolean;
  /** Bytes that a client reads before it breaks its connection off with a reset, from 1 on; undefined: it never does. */
  readonly resetAfter: number | undefined;
}

/**
 * A network as a person writes it: what is left out is as in `defaultNetwork`. What is said of a link holds for both directions,
 * but for those of which `links` says something else. Times are ticks of the capture: microseconds, unless its precision is `ns`.
 */
export interface GivenNetwork extends Partial<Omit<NetworkOptions, "links">>, Partial<NetworkLink> {
  /** What one direction has otherwise. */
  readonly links?: { readonly [Direction in keyof Links]?: Partial<NetworkLink> } | undefined;
}

/** All that is said of it, and what is not. @param ticksPerSecond of the session that the times are for */
export function networkOf(given: GivenNetwork, ticksPerSecond: number): NetworkOptions {
  const usual = defaultNetwork(ticksPerSecond);
  const link = defaultLink(ticksPerSecond);
  const both = { ...link, ...pick(given, link) };
  const { toServer, toClient } = given.links ?? {};
  const links = { toServer: { ...both, ...known(toServer) }, toClient: { ...both, ...known(toClient) } };
  return { ...usual, ...pick(given, usual), links };
}

/** Those of its properties that the other one has too, and that are not undefined. */
function pick<Options extends object>(given: object, { ...like }: Options): Partial<Options> {
  return known(Object.fromEntries(Object.entries(given).filter(([name]) => name in like)) as Partial<Options>);
}

function known<Options extends object>(options: Options | undefined): Options {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Options;
}

/** Packets that may wait for a rate, where nothing else is said. */
const DEFAULT_QUEUE = 50;

/** A link that does nothing but take half a millisecond. @param ticksPerSecond of the session that the times are for */
export function defaultLink(ticksPerSecond: number): NetworkLink {
  return {
    delay: ticksPerSecond / 2000,
    jitter: 0,
    jitterDistribution: "normal",
    jitterReorders: false,
    loss: 0,
    lossBursts: undefined,
    duplicate: 0,
    reorder: 0,
    reorderDelay: undefined,
    corrupt: 0,
    rate: undefined,
    queue: DEFAULT_QUEUE,
    mark: false,
  };
}

/** No packet singled out. */
export const NO_FATES: ChosenFates = { lose: [], duplicate: [], delay: [] };

/** A network in which nothing goes wrong, seen at the client. @param ticksPerSecond of the session that the times are for */
export function defaultNetwork(ticksPerSecond: number): NetworkOptions {
  return {
    links: { toServer: defaultLink(ticksPerSecond), toClient: defaultLink(ticksPerSecond) },
    fates: NO_FATES,
    tap: 0,
    client: {},
    server: {},
    refused: [],
    silent: [],
    pathMtu: undefined,
    isBlackHole: false,
    resetAfter: undefined,
  };
}

/** What a session over such a network needs besides. */
export interface NetworkSessionOptions extends NetworkOptions {
  /** Decides what chance does, 0 to 2^32 - 1. */
  readonly seed: number;
  /** Told the truth about each packet, when all of it is known. */
  readonly onTransmission?: ((transmission: Transmission) => void) | undefined;
}

/** Every path takes IPv6 packets of so many bytes (RFC 8200, section 5). */
const LEAST_MTU_V6 = 1280;

/** The largest IP packet in bytes that the middle of the path takes of a host; Infinity where nothing is said of that. */
export function pathMtuOf({ pathMtu }: NetworkOptions, { isIpv4 }: { readonly isIpv4: boolean }): number {
  if (pathMtu === undefined) return Number.POSITIVE_INFINITY;
  return isIpv4 ? pathMtu : Math.max(pathMtu, LEAST_MTU_V6);
}
