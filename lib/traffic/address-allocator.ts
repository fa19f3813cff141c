/**
 * Which addresses and ports the conversations of a capture use, so that a reader can guess them: applications get
 * 10.0.0.1, 10.0.0.2 and so on in order of appearance, clients the ports from 49152 upwards.
 */

import { WirewrightError } from "../core/errors.ts";
import type { SeededRandom } from "../core/random.ts";
import { HashIndex, hashOfText } from "../core/tables.ts";
import { shorten } from "../core/text.ts";
import type { EndPoint } from "../csv/message.ts";
import { type IpAddress, macFromIp, parseIpv4, parseIpv6 } from "../headers/address.ts";
import { Host } from "../session/host.ts";

/** Clients get ports from here on for the time of a connection (RFC 6335, section 6). */
export const FIRST_DYNAMIC_PORT = 49_152;
const LAST_PORT = 65_535;
const DYNAMIC_PORTS = LAST_PORT - FIRST_DYNAMIC_PORT + 1;
/** Where to look for a port when the dynamic ones are used up. */
const FIRST_USER_PORT = 1024;
/** Addresses of 10.0.0.0/8 that end neither in 0 nor in 255. */
const IPV4_ADDRESSES = 254 << 16;
/** Where an application meets a partner whose address is an IPv6 one: unique local addresses (RFC 4193). */
const IPV6_PREFIX = parseIpv6("fd00::");

/** Something that a row asks for and that cannot be: no fault of its cells, so the row is named by whoever reads it. */
export class PlanError extends WirewrightError {
  readonly problem: string;
  readonly advice: string;

  constructor(problem: string, advice: string) {
    super("PLAN", `${problem}; ${advice}.`);
    this.name = "PlanError";
    this.problem = problem;
    this.advice = advice;
  }
}

/** What the user has settled for a name. */
export interface MappedEndPoint {
  /** Its IPv4 or IPv6 address. */
  readonly address: IpAddress;
  /** Its port, 1 to 65535. Default: one is chosen. */
  readonly port?: number;
}

export interface AddressAllocatorOptions {
  readonly random: SeededRandom;
  /** Both ends of everything on 127.0.0.1. */
  readonly loopback?: boolean | undefined;
  readonly map?: ReadonlyMap<string, MappedEndPoint> | undefined;
  /** Machines that are there before any row is read: whoever has the name or the address of one is that machine. */
  readonly machines?: readonly Host[] | undefined;
}

export class AddressAllocator {
  readonly #random: SeededRandom;
  readonly #loopback: Host | undefined;
  readonly #map: ReadonlyMap<string, MappedEndPoint>;
  readonly #hosts: Host[] = [];
  readonly #byAddress = new HashIndex((item) => hashOfAddress(this.#hosts[item]!.address));
  /** Hosts whose address no row and no user has settled, by name and version. */
  readonly #byName = new HashIndex((item) => hashOfText(this.#hosts[item]!.name));
  /** Addresses that a name must not be given by order of appearance. */
  readonly #taken: Set<IpAddress>;
  /** Hosts that have used up the dynamic ports towards a server, by host and server socket. */
  readonly #crowded = new Map<string, UserPorts>();
  #namesSeen = 0;
  #nextPort = FIRST_DYNAMIC_PORT;

  constructor(options: AddressAllocatorOptions) {
    this.#random = options.random;
    this.#map = options.map ?? new Map();
    this.#taken = new Set([...this.#map.values()].map(({ address }) => address));
    for (const host of options.machines ?? []) {
      this.#add(host);
      this.#byName.add(hashOfText(host.name), this.#hosts.length - 1);
    }
    // The loopback adapter has no hardware address: Linux writes zeros.
    if (options.loopback) this.#loopback = new Host("localhost", parseIpv4("127.0.0.1"), 0, this.#random.next());
  }

  /**
   * The machines of two end points that talk to each other. Both have addresses of one version.
   *
   * @throws PlanError when the addresses that are settled are of two versions, or none is left
   */
  hostsOf(source: EndPoint, destination: EndPoint): [Host, Host] {
    if (this.#loopback !== undefined) return [this.#loopback, this.#loopback];
    const settled = [this.#settledAddress(source), this.#settledAddress(destination)] as const;
    const isIpv6 = settled.some((address) => typeof address === "bigint");
    if (isIpv6 && settled.some((address) => typeof address === "number")) {
      throw new PlanError("one side has an IPv4 address and the other an IPv6 one", "give both the same version");
    }
    return [this.#hostOf(source, settled[0], isIpv6), this.#hostOf(destination, settled[1], isIpv6)];
  }

  /** The port that the input or the user has settled for an end point, if any. */
  portOf(endPoint: EndPoint): number | undefined {
    return endPoint.port ?? this.#map.get(endPoint.name)?.port;
  }

  /**
   * A port for a client towards a server: the next one in order that is free.
   *
   * @param server names the server's socket; ports towards another one are others' business
   * @param isFree whether a port is not in use between the two
   * @throws PlanError when the host has none left
   */
  takePort(host: Host, server: () => string, isFree: (port: number) => boolean): number {
    const crowded = this.#crowdedPorts(host, server);
    if (crowded === undefined) {
      for (let tries = 0; tries < DYNAMIC_PORTS; tries++) {
        const port = this.#nextPort;
        this.#nextPort = port === LAST_PORT ? FIRST_DYNAMIC_PORT : port + 1;
        if (isFree(port)) return port;
      }
      this.#crowded.set(`${host.address} ${server()}`, { released: [], next: FIRST_DYNAMIC_PORT - 1 });
      return this.takePort(host, server, isFree);
    }
    const released = crowded.released.pop();
    if (released !== undefined) return released;
    while (crowded.next >= FIRST_USER_PORT) {
      const port = crowded.next--;
      if (isFree(port)) return port;
    }
    throw new PlanError(
      `${shorten(host.name, 40)} has more open connections to one server than a host has ports`,
      "close idle ones, or use more client names",
    );
  }

  /** A port that is in use no longer, so that it can be given away again. */
  releasePort(host: Host, server: () => string, port: number): void {
    this.#crowdedPorts(host, server)?.released.push(port);
  }

  /** Hardly any host is ever crowded, and then no text is made. */
  #crowdedPorts(host: Host, server: () => string): UserPorts | undefined {
    return this.#crowded.size === 0 ? undefined : this.#crowded.get(`${host.address} ${server()}`);
  }

  #settledAddress(endPoint: EndPoint): IpAddress | undefined {
    return endPoint.address ?? this.#map.get(endPoint.name)?.address;
  }

  #hostOf(endPoint: EndPoint, settled: IpAddress | undefined, isIpv6: boolean): Host {
    if (settled !== undefined) return this.#hostAt(settled, endPoint.name);
    const { name } = endPoint;
    const hash = hashOfText(name);
    const known = this.#byName.find(
      hash,
      (item) => this.#hosts[item]!.name === name && this.#hosts[item]!.isIpv4 === !isIpv6,
    );
    if (known !== undefined) return this.#hosts[known]!;
    // An address that no host has, so this makes one.
    const host = this.#hostAt(this.#nextAddress(isIpv6), name);
    this.#byName.add(hash, this.#hosts.length - 1);
    return host;
  }

  #hostAt(address: IpAddress, name: string): Host {
    const known = this.#find(address);
    if (known !== undefined) return this.#hosts[known]!;
    return this.#add(new Host(name, address, macFromIp(address), this.#random.next()));
  }

  #add(host: Host): Host {
    this.#byAddress.add(hashOfAddress(host.address), this.#hosts.push(host) - 1);
    return host;
  }

  #find(address: IpAddress): number | undefined {
    return this.#byAddress.find(hashOfAddress(address), (item) => this.#hosts[item]!.address === address);
  }

  #nextAddress(isIpv6: boolean): IpAddress {
    for (;;) {
      const index = this.#namesSeen++;
      if (index >= IPV4_ADDRESSES) {
        throw new PlanError("there are more names than addresses in 10.0.0.0/8", "use fewer names");
      }
      const address = isIpv6
        ? IPV6_PREFIX + BigInt(index + 1)
        : (10 << 24) + (Math.floor(index / 254) << 8) + 1 + (index % 254);
      if (!this.#taken.has(address) && this.#find(address) === undefined) return address;
    }
  }
}

/** Addresses that differ nowhere but in their first half are rare. */
function hashOfAddress(address: IpAddress): number {
  return typeof address === "number" ? address : Number(BigInt.asIntN(32, address ^ (address >> 32n)));
}

/** Ports below the dynamic ones, given away from the top, and ports that came back. */
interface UserPorts {
  readonly released: number[];
  next: number;
}
