import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE } from "./patience.ts";

/** A server that says only what a test tells it to, and keeps what it hears. */
export class LineServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that were ever made. */
  connections = 0;
  /** Everything that was heard, of all connections. */
  heard = "";

  private constructor(onConnection: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("data", (chunk) => {
        this.heard += chunk;
      });
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      onConnection(socket);
    });
  }

  /** @param port 0 for any that is free */
  static async start(port = 0, onConnection: (socket: Socket) => void = () => {}): Promise<LineServer> {
    const server = new LineServer(onConnection);
    server.#server.listen(port, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** To all who are connected. */
  say(text: string | Uint8Array): void {
    for (const socket of this.#sockets) socket.write(text);
  }

  async hears(text: string): Promise<void> {
    await until(
      () => this.heard.includes(text),
      () => `${JSON.stringify(text)} in ${JSON.stringify(this.heard)}`,
    );
  }

  /**
   * Waits until this many connections were accepted. A client is connected as soon as the kernel has answered it; one
   * that still waits to be accepted when the server stops is reset, not ended.
   */
  async accepted(count: number): Promise<void> {
    await until(
      () => this.connections >= count,
      () => `${count} connections, not ${this.connections}`,
    );
  }

  /** Ends all connections, as a server does that is stopped, and listens no more. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroySoon();
    this.#server.close();
    await until(
      () => this.#sockets.size === 0,
      () => "the end of all connections",
    );
  }
}

/** Waits until something holds. @param patience in milliseconds */
export async function until(
  holds: () => boolean,
  what: () => string = () => String(holds),
  patience: number = PATIENCE,
): Promise<void> {
  const deadline = performance.now() + patience;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what()}`);
    await sleep(5);
  }
}
