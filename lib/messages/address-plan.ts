/**
 * Which addresses and ports the conversations of a capture use, so that a reader can guess them: applications get
 * 10.0.0.1, 10.0.0.2 and so on in order of appearance, clients the ports from 49152 upwards.
 */
import { type Ipv4Address, macFromIpv4, parseIpv4 } from "../headers/address.ts";
import { WirewrightError } from "../headers/errors.ts";

import { Host } from "../session/host.ts";
import type { SeededRandom } from "../session/random.ts";
import { shorten } from "../visible-text.ts";
import type { EndPoint } from "./message.ts";

const FIRST_DYNAMIC_PORT = 49_152;
const LAST_PORT = 65_535;
/** Where to look for a port when a client has used up all dynamic ones (RFC 6335, section 6). */
const FIRST_USER_PORT = 1024;

/** A host without a free port, or a name without a free address: no fault of one row alone, but noticed at one. */
export class ExhaustedError extends WirewrightError {
  readonly problem: string;
  readonly advice: string;

  constructor(problem: string, advice: string) {
    super("EXHAUSTED", `${problem}; ${advice}.`);
    this.name = "ExhaustedError";
    this.problem = problem;
    this.advice = advice;
  }
}

/** What the user has settled for a name. */
export interface MappedEndPoint {
  readonly address: Ipv4Address;
  readonly port?: number;
}

export interface AddressPlanOptions {
  readonly random: SeededRandom;
  /** Both ends of everything on 127.0.0.1. */
  readonly loopback?: boolean | undefined;
  readonly map?: ReadonlyMap<string, MappedEndPoint> | undefined;
}

export class AddressPlan {
  readonly #random: SeededRandom;
  readonly #loopback: Host | undefined;
  readonly #map: ReadonlyMap<string, MappedEndPoint>;
  readonly #byAddress = new Map<Ipv4Address, Host>();
  readonly #byName = new Map<string, Host>();
  /** Addresses that a name must not be given by order of appearance. */
  readonly #taken: Set<Ipv4Address>;
  /** Client sockets in use, as address * 2^16 + port. */
  readonly #sockets = new Set<number>();
  /** Hosts that have used up the dynamic ports, each with the port below them that was tried last. */
  readonly #lastUserPorts = new Map<Host, number>();
  #namesSeen = 0;
  #nextPort = FIRST_DYNAMIC_PORT;

  constructor(options: AddressPlanOptions) {
    this.#random = options.random;
    this.#map = options.map ?? new Map();
    this.#taken = new Set([...this.#map.values()].map(({ address }) => address));
    // The loopback adapter has no hardware address: Linux writes zeros.
    if (options.loopback) this.#loopback = new Host("localhost", parseIpv4("127.0.0.1"), 0, this.#random.next());
  }

  /** The machine an end point lives on. */
  hostOf(endPoint: EndPoint): Host {
    if (this.#loopback !== undefined) return this.#loopback;
    if (endPoint.address !== undefined) return this.#hostAt(endPoint.address, endPoint.name);
    let host = this.#byName.get(endPoint.name);
    if (host === undefined) {
      host = this.#hostAt(this.#map.get(endPoint.name)?.address ?? this.#nextAddress(), endPoint.name);
      this.#byName.set(endPoint.name, host);
    }
    return host;
  }

  /** The port that the input or the user has settled for an end point, if any. */
  portOf(endPoint: EndPoint): number | undefined {
    return endPoint.port ?? this.#map.get(endPoint.name)?.port;
  }

  /** Marks a client port that the input settles, so that it is not given away as well. */
  claimPort(host: Host, port: number): void {
    this.#sockets.add(host.address * 0x1_0000 + port);
  }

  /** Makes a client port available again after its connection was closed. */
  releasePort(host: Host, port: number): void {
    this.#sockets.delete(host.address * 0x1_0000 + port);
    this.#lastUserPorts.delete(host);
  }

  /**
   * A free client port: the next one in order, whatever the host.
   *
   * @throws ExhaustedError when the host has none left
   */
  takePort(host: Host): number {
    const port = this.#takeDynamicPort(host) ?? this.#takeUserPort(host);
    if (port !== undefined) return port;
    throw new ExhaustedError(
      `${shorten(host.name, 40)} has more open connections than a host has ports`,
      "close idle ones, or use more client names",
    );
  }

  #takeDynamicPort(host: Host): number | undefined {
    if (this.#lastUserPorts.has(host)) return undefined;
    for (let tries = 0; tries <= LAST_PORT - FIRST_DYNAMIC_PORT; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_DYNAMIC_PORT : port + 1;
      if (this.#claimIfFree(host, port)) return port;
    }
    return undefined;
  }

  #takeUserPort(host: Host): number | undefined {
    for (let port = (this.#lastUserPorts.get(host) ?? FIRST_DYNAMIC_PORT) - 1; port >= FIRST_USER_PORT; port--) {
      this.#lastUserPorts.set(host, port);
      if (this.#claimIfFree(host, port)) return port;
    }
    return undefined;
  }

  #claimIfFree(host: Host, port: number): boolean {
    const socket = host.address * 0x1_0000 + port;
    if (this.#sockets.has(socket)) return false;
    this.#sockets.add(socket);
    return true;
  }

  #hostAt(address: Ipv4Address, name: string): Host {
    let host = this.#byAddress.get(address);
    if (host === undefined) {
      host = new Host(name, address, macFromIpv4(address), this.#random.next());
      this.#byAddress.set(address, host);
    }
    return host;
  }

  /** The next free address of 10.0.0.0/8 that ends neither in 0 nor in 255. */
  #nextAddress(): Ipv4Address {
    for (;;) {
      const index = this.#namesSeen++;
      if (index >= 254 << 16) {
        throw new ExhaustedError("there are more names than addresses in 10.0.0.0/8", "use fewer names");
      }
      const address = (10 << 24) + (Math.floor(index / 254) << 8) + 1 + (index % 254);
      if (!this.#taken.has(address) && !this.#byAddress.has(address)) return address;
    }
  }
}
