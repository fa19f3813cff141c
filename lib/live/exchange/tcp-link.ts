/** A TCP connection of the plan on real sockets. */
import net from "node:net";
import { setTimeout } from "node:timers/promises";
import type { SideName } from "../../session/conversation.ts";
import { Arrivals } from "./arrivals.ts";
import type { End, Ends, Link, LinkObserver } from "./connection-player.ts";
import { cannotConnect, cannotListen, connectionLost } from "./exchange-errors.ts";
import { otherSide, type PlannedStep, type PlayedSides } from "./plan.ts";

/** Milliseconds for what was sent to another machine to be there before the reset that would overtake it. */
const BEFORE_RESET = 100;
/** Connections that the system may hold until they are accepted. */
const BACKLOG = 4096;

/** Where the clients of all connections come in. */
export class TcpListener {
  /** Nothing is read before somebody listens: the end of a socket is told only once. */
  readonly #server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  /** Sockets that nobody has asked for yet, in the order in which they came. */
  readonly #arrived = new Set<net.Socket>();
  readonly #waiting: { readonly port: number | undefined; readonly resolve: (socket: net.Socket) => void }[] = [];

  /** @returns the port @throws ExchangeError */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(cannotListen(host, port, error)));
      this.#server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    this.#server.on("connection", (socket) => this.#add(socket));
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** The next connection, or the one from a port of this machine. */
  accept(port?: number): Promise<net.Socket> {
    for (const socket of this.#arrived) {
      if (port !== undefined && socket.remotePort !== port) continue;
      this.#arrived.delete(socket);
      return Promise.resolve(socket);
    }
    return new Promise((resolve) => this.#waiting.push({ port, resolve }));
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#arrived) socket.destroy();
  }

  #add(socket: net.Socket): void {
    // Whoever takes it has a listener of his own; until then a fault must not end the process.
    socket.on("error", () => {});
    const index = this.#waiting.findIndex(({ port }) => port === undefined || port === socket.remotePort);
    if (index < 0) this.#arrived.add(socket);
    else this.#waiting.splice(index, 1)[0]!.resolve(socket);
  }
}

export interface TcpLinkOptions {
  readonly sides: PlayedSides;
  readonly host: string;
  readonly port: number;
  /** Absent where the server is on another machine. */
  readonly listener: TcpListener | undefined;
  readonly observer: LinkObserver;
}

export class TcpLink implements Link {
  readonly #options: TcpLinkOptions;
  readonly #sockets: Partial<Record<SideName, net.Socket>> = {};
  /** By the side that receives. */
  readonly #arrivals: Partial<Record<SideName, Arrivals>> = {};
  readonly #hasEnded: Record<SideName, boolean> = { client: false, server: false };
  #isOver = false;

  constructor(options: TcpLinkOptions) {
    this.#options = options;
  }

  async open(first: PlannedStep): Promise<Ends> {
    const { sides, listener } = this.#options;
    if (sides !== "server") this.#adopt("client", await this.#connect(first));
    const { client } = this.#sockets;
    if (listener !== undefined) this.#adopt("server", await listener.accept(client?.localPort));
    const server = this.#sockets.server;
    if (client !== undefined) return { client: localEnd(client), server: remoteEnd(client) };
    return { client: remoteEnd(server!), server: localEnd(server!) };
  }

  get waitingFor(): PlannedStep | undefined {
    return this.#arrivals.server?.waitingFor ?? this.#arrivals.client?.waitingFor;
  }

  get surplus(): number {
    return (this.#arrivals.server?.surplus ?? 0) + (this.#arrivals.client?.surplus ?? 0);
  }

  get isCutOff(): boolean {
    return (this.#arrivals.server?.isCutOff ?? false) || (this.#arrivals.client?.isCutOff ?? false);
  }

  expect(step: PlannedStep): void {
    if (step.kind === "reset") {
      this.#isOver = true;
      // A socket that has read to the end is told nothing of a reset.
      if (this.#hasEnded[step.side]) {
        this.destroy();
        return this.#options.observer.arrived(step);
      }
    }
    if (step.kind === "end") this.#hasEnded[step.side] = true;
    this.#arrivals[otherSide(step.side)]!.expect(step);
  }

  async send(step: PlannedStep): Promise<void> {
    const socket = this.#sockets[step.side]!;
    if (step.kind === "reset") {
      this.#isOver = true;
      if (this.#options.sides !== "both") await setTimeout(BEFORE_RESET);
      socket.resetAndDestroy();
      return;
    }
    if (step.kind === "end") this.#hasEnded[step.side] = true;
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error | null) => (error ? reject(connectionLost(step, 0, error)) : resolve());
      if (step.kind === "end") socket.end(settle);
      else socket.write(step.bytes, settle);
    });
  }

  destroy(): void {
    this.#isOver = true;
    // The other half is to notice that this is no end as planned.
    for (const socket of Object.values(this.#sockets)) if (!socket.destroyed) socket.resetAndDestroy();
  }

  #connect(first: PlannedStep): Promise<net.Socket> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
      const refuse = (error: Error) => reject(cannotConnect(host, port, error, first));
      socket.once("error", refuse);
      socket.once("connect", () => {
        socket.off("error", refuse);
        resolve(socket);
      });
    });
  }

  #adopt(side: SideName, socket: net.Socket): void {
    const { observer } = this.#options;
    const arrivals = new Arrivals({
      arrived: (step) => observer.arrived(step),
      wrong: (error) => observer.wrong(error),
      wantsMore: (value) => {
        if (value === socket.isPaused()) value ? socket.resume() : socket.pause();
      },
    });
    this.#sockets[side] = socket;
    this.#arrivals[side] = arrivals;
    const lose = (fault?: unknown) => {
      if (!this.#isOver || arrivals.waitingFor !== undefined) arrivals.close("reset", fault);
    };
    socket.on("data", (chunk) => arrivals.take(chunk));
    socket.on("end", () => arrivals.close("end"));
    socket.on("error", lose);
    // What has ended well says so before it closes.
    socket.on("close", () => socket.readableEnded || lose());
    socket.resume();
  }
}

function localEnd({ localAddress = "", localPort = 0 }: net.Socket): End {
  return { address: localAddress, port: localPort };
}

function remoteEnd({ remoteAddress = "", remotePort = 0 }: net.Socket): End {
  return { address: remoteAddress, port: remotePort };
}
