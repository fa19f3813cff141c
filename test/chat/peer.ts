/** A client of the chat for tests: raw bytes out, lines in. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ChatLimits } from "../../lib/chat/limits.ts";
import { ChatServer } from "../../lib/chat/server.ts";
import { PATIENCE } from "../helpers/programs/patience.ts";

export class Peer {
  readonly socket: Socket;
  /** Lines that came and were not taken. */
  readonly lines: string[] = [];
  /** Kept up when all is closed; rejects never. */
  readonly closed: Promise<void>;
  /** Text after the last LF. */
  rest = "";
  isClosed = false;
  /** Called at each new line, with all lines at hand. */
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      const parts = (this.rest + text).split("\n");
      this.rest = parts.pop() as string;
      this.lines.push(...parts);
      this.#wake();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  static async connect(port: number, host = "127.0.0.1"): Promise<Peer> {
    const socket = connect({ port, host, allowHalfOpen: true });
    const peer = new Peer(socket);
    await once(socket, "connect");
    // The other side's end is answered, but not before what we have to say.
    socket.on("end", () => socket.end());
    return peer;
  }

  static async named(port: number, name: string): Promise<Peer> {
    const peer = await Peer.connect(port);
    peer.line(name);
    const answer = await peer.next();
    if (answer !== `Welcome ${name}! You can now chat.`) throw new Error(`${name} was answered: ${answer}`);
    return peer;
  }

  line(text: string): void {
    this.socket.write(`${text}\n`);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next line that comes. */
  async next(): Promise<string> {
    await this.until(() => this.lines.length > 0);
    return this.lines.shift() as string;
  }

  async take(count: number): Promise<string[]> {
    await this.until(() => this.lines.length >= count);
    return this.lines.splice(0, count);
  }

  /** All lines until the connection is closed. */
  async all(): Promise<string[]> {
    await this.until(() => this.isClosed);
    return this.lines.splice(0);
  }

  /** What has come when everything sent until now was followed; the peer must have a name. */
  async settled(): Promise<string[]> {
    this.line("/end-of-test");
    const mark = "Unknown command: /end-of-test.";
    await this.until(() => this.lines.some((line) => line.startsWith(mark)));
    const index = this.lines.findIndex((line) => line.startsWith(mark));
    return this.lines.splice(0, index + 1).slice(0, -1);
  }

  until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: Error) => {
        clearTimeout(timer);
        this.#wake = () => {};
        if (error === undefined) resolve();
        else reject(error);
      };
      const timer = setTimeout(
        () => finish(new Error(`waited in vain; lines: ${JSON.stringify(this.lines.slice(-5))}`)),
        PATIENCE,
      );
      this.#wake = () => {
        if (isDone()) finish();
        else if (this.isClosed) finish(new Error(`closed; lines: ${JSON.stringify(this.lines.slice(-5))}`));
      };
      this.#wake();
    });
  }
}

/** So that a test can say much at once. */
export const UNHURRIED: Partial<ChatLimits> = { floodBurst: 0, floodRate: 0 };

/** A server at any port, its events of interest written down, stopped after the test by `await using`. */
export class TestServer {
  readonly server: ChatServer;
  port = 0;

  private constructor(limits: Partial<ChatLimits>) {
    this.server = new ChatServer({ port: 0, limits });
  }

  static async start(limits: Partial<ChatLimits> = UNHURRIED): Promise<TestServer> {
    const test = new TestServer(limits);
    test.port = (await test.server.start()).port;
    return test;
  }

  connect(): Promise<Peer> {
    return Peer.connect(this.port);
  }

  async named(...names: string[]): Promise<Peer[]> {
    const peers: Peer[] = [];
    for (const name of names) peers.push(await Peer.named(this.port, name));
    return peers;
  }

  /** Waits until no connection is left. */
  async emptied(connections = 0): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (this.server.size > connections) {
      if (performance.now() > end) throw new Error(`${this.server.size} connections are left`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
