/** What the server did, a line each, for a person or for a program. */

import { cleanText } from "./clean-text.ts";
import { endPointText } from "./connection-limiter.ts";
import type { ChatServer } from "./server.ts";
import type { ChatServerEvents } from "./server-events.ts";

export interface ServerLogOptions {
  /** @default text */
  readonly format?: "text" | "json";
  /** Whether what people say is logged. @default true */
  readonly hasMessages?: boolean;
  /** Takes a line, without its end. */
  write(line: string): void;
}

/** Milliseconds between two lines about connections that were refused. */
const REFUSALS_INTERVAL = 1000;

type Refusal = ChatServerEvents["refused"][0];

/** Writes down what a server does from now on. To be made before the server is started. */
export class ServerLog {
  readonly #options: ServerLogOptions;
  /** Who the open connections are, as far as it was said. */
  readonly #endPoints = new Map<number, string>();
  readonly #names = new Map<number, string>();
  /** Refused since the last line about it. */
  #refusals = 0;
  #lastRefusal: Refusal | undefined;
  #refusalTimer: NodeJS.Timeout | undefined;

  constructor(server: ChatServer, options: ServerLogOptions) {
    this.#options = options;
    server.on("listening", (event) =>
      this.#add("started", event, `[SERVER STARTED] Listening on port ${event.port}...`),
    );
    server.on("connection", ({ id, remoteAddress, remotePort }) => {
      const endPoint = endPointText(remoteAddress, remotePort);
      this.#endPoints.set(id, endPoint);
      this.#add("connection", { id, address: remoteAddress, port: remotePort }, `[NEW CONNECTION] ${endPoint}`);
    });
    server.on("named", ({ id, name }) => {
      this.#names.set(id, name);
      this.#add("named", { id, name }, `[NAMED] ${this.#endPoints.get(id)} is ${name}`);
    });
    server.on("message", ({ from, to, text }) => {
      if (options.hasMessages !== false) this.#add("message", { from, to, text }, `[${from} → ${to}]: ${text}`);
    });
    server.on("closing", ({ id, reason }) =>
      this.#add("closed", { id, reason }, `[CLOSED] ${this.#who(id)}: ${reason}`),
    );
    server.on("disconnected", ({ id, name }) => {
      this.#add("disconnected", { id, name }, `[DISCONNECTED] ${this.#who(id)}`);
      this.#endPoints.delete(id);
      this.#names.delete(id);
    });
    server.on("refused", (refusal) => this.#noteRefusal(refusal));
    server.on("stopped", () => {
      this.#tellRefusals();
      clearTimeout(this.#refusalTimer);
      this.#add("stopped", {}, "[SERVER STOPPED]");
    });
  }

  #who(id: number): string {
    return this.#names.get(id) ?? this.#endPoints.get(id) ?? "";
  }

  /** The first is told at once; those that follow soon are counted. */
  #noteRefusal(refusal: Refusal): void {
    this.#refusals++;
    this.#lastRefusal = refusal;
    if (this.#refusalTimer === undefined) this.#tellRefusals();
  }

  #tellRefusals(): void {
    this.#refusalTimer = undefined;
    if (this.#lastRefusal === undefined) return;
    const { address, reason } = this.#lastRefusal;
    const count = this.#refusals;
    this.#refusals = 0;
    this.#lastRefusal = undefined;
    this.#refusalTimer = setTimeout(() => this.#tellRefusals(), REFUSALS_INTERVAL).unref();
    const who = count === 1 ? address : `${count} connections, the last from ${address}`;
    this.#add("refused", { count, address, reason }, `[REFUSED] ${who}: ${reason}`);
  }

  /** Everything was cleaned on its way here; once more, so that a line of the log is a line whatever happens there. */
  #add(event: string, details: object, line: string): void {
    const isJson = this.#options.format === "json";
    const entry = isJson ? JSON.stringify({ time: new Date().toISOString(), event, ...details }) : line;
    this.#options.write(cleanText(entry));
  }
}
