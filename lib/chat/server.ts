/** The chat server: accepts connections, follows their lines, and tells what happens in events. */
import { EventEmitter } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { WirewrightError } from "../core/errors.ts";
import { describeListenFailure, type ListenFailureCode } from "../files/listen-failure.ts";
import { ChatRoom } from "./chat-room.ts";
import { decodeLine } from "./clean-text.ts";
import { Connection, type ConnectionOwner, outgoing } from "./connection.ts";
import { ConnectionLimiter, plainAddress } from "./connection-limiter.ts";
import { type ChatLimits, USUAL_ADDRESS, USUAL_LIMITS } from "./limits.ts";
import { isHttpRequest, parseLine } from "./line-protocol.ts";
import * as notices from "./notices.ts";
import type { Outgoing } from "./output-queue.ts";
import { RoundRobin, Work } from "./round-robin.ts";
import type { ChatServerEvents, ConnectionEnds } from "./server-events.ts";
import { ConnectionRefuser, watchEnds } from "./socket-closing.ts";

/** Where to listen, and what to bear. */
export interface ChatServerOptions {
  /** An address of this machine, or a name. Default: 127.0.0.1. */
  readonly host?: string;
  /** 0 to 65535; 0 for any that is free. Default: 8080. */
  readonly port?: number;
  /** Those not given are the usual ones. */
  readonly limits?: Partial<ChatLimits>;
}

/**
 * BUSY_PORT, PRIVILEGED_PORT, BAD_HOST: the server cannot listen where it was told to.
 * CANNOT_LISTEN: it cannot, for another reason.
 */
export type ChatErrorCode = ListenFailureCode;

/** The chat server cannot listen. */
export class ChatError extends WirewrightError {
  /** Why not. */
  declare readonly code: ChatErrorCode;

  /** Takes the whole sentence for people as `message`. */
  constructor(code: ChatErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "ChatError";
  }
}

/** Milliseconds in which the last lines are taken when the server stops. */
const STOP_TIME = 8000;
/** Connections to which it takes longer to write than a turn. */
const MANY = 200;
/** Connections that wait to be accepted. */
const BACKLOG = 1024;

/**
 * A chat server, which tells in events what happens.
 *
 * @example
 * ```ts
 * import { ChatClient, ChatServer } from "wirewright/node";
 *
 * const server = new ChatServer({ port: 0 });
 * const { address, port } = await server.start();
 * const client = new ChatClient({ host: address, port, name: "Alice", reconnects: false });
 * const named = new Promise<string>((resolve) => server.once("named", ({ name }) => resolve(name)));
 * client.connect();
 * console.log(await named); // Alice
 * client.leave();
 * await server.stop();
 * ```
 */
export class ChatServer extends EventEmitter<ChatServerEvents> {
  /** What it bears from its clients. */
  readonly limits: ChatLimits;
  readonly #host: string;
  readonly #port: number;
  readonly #server: Server;
  readonly #addresses: ConnectionLimiter;
  readonly #refuser = new ConnectionRefuser();
  readonly #connections = new Set<Connection>();
  readonly #owner: ConnectionOwner;
  readonly #room: ChatRoom<Connection>;
  readonly #turns = new RoundRobin<Connection>();
  /** That the lines of this server have been since it began, beside being read, in units of a turn. */
  #work = 0;
  /** Those with something to write at the end of this turn. */
  #unflushed = new Set<Connection>();
  #lastId = 0;
  #isStopping = false;
  #stopping: Promise<void> | undefined;
  #whenEmpty: () => void = () => {};

  /** Nothing happens before `start`. */
  constructor(options: ChatServerOptions = {}) {
    super();
    this.limits = { ...USUAL_LIMITS, ...options.limits };
    this.#host = options.host ?? USUAL_ADDRESS.host;
    this.#port = options.port ?? USUAL_ADDRESS.port;
    this.#addresses = new ConnectionLimiter(this.limits);
    this.#owner = {
      limits: this.limits,
      follow: (connection, { bytes }) => this.#follow(connection, bytes),
      requestTurn: (connection) => this.#turns.request(connection),
      scheduleFlush: (connection) => this.#scheduleFlush(connection),
      received: (connection, bytes) => this.#noteReceived(connection, bytes),
      sent: (connection, written) => this.#noteSent(connection, written),
      closing: (connection, reason) => this.#noteClosing(connection, reason),
      closed: (connection, undelivered) => this.#noteClosed(connection, undelivered),
    };
    this.#room = new ChatRoom(this.limits, {
      say: (to, line) => this.#say(to, line),
      relay: (from, to, line) => this.#relay(from, to, line),
      leave: (connection, farewell) => connection.close(undefined, farewell),
      named: (connection, name) => this.#noteNamed(connection, name),
      message: (from, to, text) => this.emit("message", { from, to, text }),
    });
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Connections that are open, named or not. */
  get size(): number {
    return this.#connections.size;
  }

  /** The names of all users, in the order in which they came. */
  names(): string[] {
    return this.#room.names();
  }

  /**
   * Listens.
   *
   * @returns where it listens
   * @throws ChatError where it cannot listen
   */
  async start(): Promise<{
    /** The address that it listens on. */
    address: string;
    /** The port that it listens on. */
    port: number;
  }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(cannotListen(this.#host, this.#port, error)));
      this.#server.listen({ host: this.#host, port: this.#port, backlog: BACKLOG }, resolve);
    });
    // A connection that could not be accepted is lost, and the server is not.
    this.#server.removeAllListeners("error").on("error", (error) => {
      this.emit("refused", { address: "unknown", reason: `it could not be accepted (${error.message})` });
    });
    const { address, port } = this.#server.address() as { address: string; port: number };
    this.emit("listening", { address, port });
    return { address, port };
  }

  /** Accepts no more, tells everyone, and is done when all have taken what was queued for them, or after some seconds. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.#connections) connection.close("the server is stopping", notices.serverStopping());
    const patience = setTimeout(() => {
      for (const connection of this.#connections) connection.abort(undefined);
    }, STOP_TIME);
    await closed;
    // The last of them can still be on its way to say that it has closed.
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    clearTimeout(patience);
    this.emit("stopped");
  }

  #accept(socket: Socket): void {
    // Gone already: nobody is there to be told anything, and nothing to be said about it.
    if (socket.remoteAddress === undefined) return void socket.on("error", () => {}).destroy();
    const address = plainAddress(socket.remoteAddress);
    const { maxClients } = this.limits;
    if (maxClients !== 0 && this.#connections.size >= maxClients) {
      this.#refuse(socket, address, "the server is full", notices.serverFull());
    } else if (!this.#addresses.admit(address, performance.now())) {
      this.#refuse(socket, address, "too many connections from this address", notices.tooManyFromAddress());
    } else {
      this.#welcome(socket);
    }
  }

  #refuse(socket: Socket, address: string, reason: string, line: string): void {
    const ends = this.#register(socket);
    const { id } = ends;
    this.emit("refused", { address, reason, ends });
    let idle = 0;
    socket.on("data", (bytes: Buffer) => {
      this.emit("received", { id, bytes, idle });
      idle += bytes.length;
    });
    const bytes = Buffer.from(`${line}\n`);
    if (this.#refuser.refuse(socket, bytes)) this.emit("sent", { id, bytes });
  }

  /** Gives a connection its number, and watches how it ends. */
  #register(socket: Socket): ConnectionEnds {
    const id = ++this.#lastId;
    watchEnds(socket, {
      ended: (end) => this.emit("ended", { id, ...end }),
      closed: () => this.emit("closed", { id }),
    });
    return {
      id,
      localAddress: plainAddress(socket.localAddress ?? ""),
      localPort: socket.localPort ?? 0,
      remoteAddress: plainAddress(socket.remoteAddress ?? ""),
      remotePort: socket.remotePort ?? 0,
    };
  }

  #welcome(socket: Socket): void {
    const ends = this.#register(socket);
    const connection = new Connection(ends.id, socket, this.#owner);
    this.#connections.add(connection);
    this.emit("connection", ends);
    if (this.#isStopping) connection.close("the server is stopping", notices.serverStopping());
  }

  /** @param line without its end */
  #follow(connection: Connection, line: Uint8Array): number {
    const before = this.#work;
    const text = decodeLine(line);
    if (connection.name === undefined && !this.#mayStillTakeName(connection, text)) return 0;
    if (text === undefined) this.#say(connection, notices.notUtf8());
    else this.#room.follow(connection, parseLine(text, this.#room.contextOf(connection)));
    this.#limitNameless(connection);
    return this.#work - before;
  }

  /** To be asked after every line, whatever it was. */
  #limitNameless(connection: Connection): void {
    const { maxLinesBeforeName } = this.limits;
    if (connection.name !== undefined || maxLinesBeforeName === 0) return;
    if (connection.linesBeforeName >= maxLinesBeforeName) {
      connection.close("no name in its first lines", notices.tooManyLinesBeforeName(maxLinesBeforeName));
    }
  }

  #mayStillTakeName(connection: Connection, text: string | undefined): boolean {
    if (connection.linesBeforeName++ > 0 || text === undefined || !isHttpRequest(text)) return true;
    connection.close("it speaks HTTP", notices.httpRequest());
    return false;
  }

  #noteNamed(connection: Connection, name: string): void {
    connection.giveName(name);
    this.emit("named", { id: connection.id, name });
  }

  #say(to: Connection, line: string): void {
    const item = outgoing(line, undefined);
    this.#work += Work.DELIVERY + item.bytes * Work.BYTE;
    to.send(item);
  }

  #relay(from: Connection, to: readonly Connection[], line: string): void {
    const item = outgoing(line, from);
    this.#work += to.length * Work.DELIVERY + item.bytes * Work.BYTE;
    for (const connection of to) connection.send(item);
  }

  #scheduleFlush(connection: Connection): void {
    if (this.#unflushed.size === 0) setImmediate(() => this.#flushSoon());
    this.#unflushed.add(connection);
  }

  /** To write to many takes long, however little it is: what the lines of this turn bring goes with it. */
  #flushSoon(): void {
    if (this.#unflushed.size > MANY && this.#turns.isScheduled) setImmediate(() => this.#flush());
    else this.#flush();
  }

  #flush(): void {
    const { hardOutputQueue } = this.limits;
    const connections = this.#unflushed;
    this.#unflushed = new Set();
    let isAnySlow = false;
    for (const connection of connections) {
      connection.flush();
      isAnySlow ||= hardOutputQueue !== 0 && connection.waiting > hardOutputQueue;
    }
    // The system may take the rest of a long queue before the next turn; who has room is not slow.
    if (isAnySlow) setImmediate(() => this.#closeSlow(connections));
  }

  #closeSlow(connections: Iterable<Connection>): void {
    for (const connection of connections) {
      if (connection.waiting > this.limits.hardOutputQueue) connection.abort("too much waits to be sent to it");
    }
  }

  #noteReceived(connection: Connection, bytes: Uint8Array): void {
    this.emit("received", { id: connection.id, bytes, idle: connection.idleBytes });
  }

  #noteSent(connection: Connection, written: Uint8Array | string): void {
    if (this.listenerCount("sent") === 0) return;
    this.emit("sent", { id: connection.id, bytes: typeof written === "string" ? Buffer.from(written) : written });
  }

  #noteClosing(connection: Connection, reason: string | undefined): void {
    if (this.#isStopping) this.#room.forget(connection);
    else this.#room.release(connection);
    if (reason !== undefined) this.emit("closing", { id: connection.id, reason });
  }

  #noteClosed(connection: Connection, undelivered: Outgoing<Connection>[]): void {
    this.#connections.delete(connection);
    this.#addresses.leave(connection.remoteAddress, performance.now());
    const { id, name } = connection;
    const counts = new Map<Connection, number>();
    for (const { from } of undelivered) if (from !== undefined) counts.set(from, (counts.get(from) ?? 0) + 1);
    // One line each: they could be thousands, and nobody's queue is to be filled by another's slowness.
    for (const [sender, count] of counts) sender.send(outgoing(notices.notDelivered(name ?? "", count), undefined));
    this.emit("disconnected", { id, name });
    if (this.#connections.size === 0) this.#whenEmpty();
  }
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): ChatError {
  const { code, message } = describeListenFailure(host, port, error);
  return new ChatError(code, message, { cause: error });
}
