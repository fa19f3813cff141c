/** A flow of datagrams of the plan on real sockets: one for each client, and one for all servers. */
import dgram from "node:dgram";
import { isIPv6 } from "node:net";
import { firstDifference } from "./arrivals.ts";
import type { End, Ends, Link, LinkObserver } from "./connection-player.ts";
import {
  cannotConnect,
  cannotListen,
  connectionLost,
  differentByte,
  differentKind,
  lostDatagram,
  unknownClient,
} from "./exchange-errors.ts";
import type { PlannedStep, PlayedSides } from "./plan.ts";

/** Seconds after which a datagram has not been delayed, but lost: on this machine, and from another one. */
const LOST_AFTER = { here: 2, elsewhere: 10 } as const;

type Receive = (datagram: Uint8Array) => void;

function createSocket(host: string): dgram.Socket {
  return dgram.createSocket(isIPv6(host) ? "udp6" : "udp4");
}

/** What the other side sees of a socket that listens on all addresses: the one that the system sends from. */
async function ownAddressTowards(client: End, host: string): Promise<string> {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const socket = createSocket(host);
  try {
    // Nothing is sent by this: it only chooses the way.
    await new Promise<void>((resolve) => socket.connect(client.port, client.address, resolve));
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/** The socket of all servers, which tells its clients apart by where their datagrams come from. */
export class UdpListener {
  readonly #host: string;
  readonly #port: number;
  readonly #byClient = new Map<string, Receive>();
  /** Datagrams of clients that nobody has asked for yet, in the order in which they came. */
  readonly #unknown = new Map<string, { readonly client: End; readonly datagrams: Uint8Array[] }>();
  readonly #waiting: ((client: End) => void)[] = [];
  #socket: dgram.Socket | undefined;
  #listening: Promise<void> | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** The second time nothing happens. @throws ExchangeError */
  listen(): Promise<void> {
    this.#listening ??= this.#bind();
    return this.#listening;
  }

  /** Where the next new client is. */
  accept(): Promise<End> {
    const first = this.#unknown.values().next().value;
    if (first !== undefined) return Promise.resolve(first.client);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Who takes the datagrams of a client from now on. */
  subscribe(client: End, receive: Receive): void {
    const key = keyOf(client);
    this.#byClient.set(key, receive);
    const early = this.#unknown.get(key);
    this.#unknown.delete(key);
    for (const datagram of early?.datagrams ?? []) receive(datagram);
  }

  send(bytes: Uint8Array, client: End, settle: (error: Error | null) => void): void {
    this.#socket!.send(bytes, client.port, client.address, settle);
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #bind(): Promise<void> {
    const socket = createSocket(this.#host);
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error) => reject(cannotListen(this.#host, this.#port, error)));
      socket.bind(this.#port, this.#host, resolve);
    });
    socket.on("error", () => {});
    socket.on("message", (datagram, { address, port }) => this.#take(datagram, { address, port }));
  }

  #take(datagram: Uint8Array, client: End): void {
    const key = keyOf(client);
    const receive = this.#byClient.get(key);
    if (receive !== undefined) return receive(datagram);
    const known = this.#unknown.get(key);
    if (known !== undefined) {
      known.datagrams.push(datagram);
      return;
    }
    this.#unknown.set(key, { client, datagrams: [datagram] });
    this.#waiting.shift()?.(client);
  }
}

function keyOf({ address, port }: End): string {
  return `${address} ${port}`;
}

export interface UdpLinkOptions {
  readonly sides: PlayedSides;
  readonly host: string;
  readonly port: number;
  /** Absent where the server is on another machine. */
  readonly listener: UdpListener | undefined;
  readonly observer: LinkObserver;
}

export class UdpLink implements Link {
  /** Nobody is told where datagrams are sent to nobody. */
  readonly isCutOff = false;
  readonly #options: UdpLinkOptions;
  readonly #expected: { readonly step: PlannedStep; readonly timer: NodeJS.Timeout }[] = [];
  readonly #early: Uint8Array[] = [];
  #socket: dgram.Socket | undefined;
  #client: End | undefined;

  constructor(options: UdpLinkOptions) {
    this.#options = options;
  }

  async open(first: PlannedStep): Promise<Ends> {
    const { sides, host, port, listener } = this.#options;
    if (sides !== "both" && first.side === "server") throw unknownClient(first);
    await listener?.listen();
    const client = sides === "server" ? await listener!.accept() : await this.#bindClient(first);
    this.#client = client;
    listener?.subscribe(client, (datagram) => this.#take(datagram));
    const server = this.#socket?.remoteAddress() ?? { address: await ownAddressTowards(client, host), port };
    return { client, server };
  }

  get waitingFor(): PlannedStep | undefined {
    return this.#expected[0]?.step;
  }

  get surplus(): number {
    return this.#early.reduce((sum, { length }) => sum + length, 0);
  }

  expect(step: PlannedStep): void {
    const { sides, observer } = this.#options;
    const seconds = sides === "both" ? LOST_AFTER.here : LOST_AFTER.elsewhere;
    const timer = setTimeout(() => observer.wrong(lostDatagram(step, seconds)), seconds * 1000);
    this.#expected.push({ step, timer });
    const early = this.#early.shift();
    if (early !== undefined) this.#take(early);
  }

  send(step: PlannedStep): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null) => (error ? reject(connectionLost(step, 0, error)) : resolve());
      if (step.side === "server") this.#options.listener!.send(step.bytes, this.#client!, settle);
      else this.#socket!.send(step.bytes, settle);
    });
  }

  destroy(): void {
    for (const { timer } of this.#expected) clearTimeout(timer);
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #bindClient(first: PlannedStep): Promise<End> {
    const { host, port } = this.#options;
    const socket = createSocket(host);
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error) => reject(cannotConnect(host, port, error, first)));
      socket.connect(port, host, resolve);
    });
    socket.on("error", (error) => this.#options.observer.wrong(cannotConnect(host, port, error, first)));
    socket.on("message", (datagram) => this.#take(datagram));
    return socket.address();
  }

  #take(datagram: Uint8Array): void {
    const expected = this.#expected.shift();
    if (expected === undefined) {
      this.#early.push(datagram);
      return;
    }
    clearTimeout(expected.timer);
    const { step } = expected;
    const { observer } = this.#options;
    const length = Math.min(datagram.length, step.bytes.length);
    const at = firstDifference(step.bytes, 0, datagram, length);
    if (at < length) observer.wrong(differentByte(step, at, datagram[at]!));
    else if (datagram.length !== step.bytes.length) {
      observer.wrong(differentKind(step, `${datagram.length} bytes have arrived instead of ${step.bytes.length}`));
    } else observer.arrived(step);
  }
}
