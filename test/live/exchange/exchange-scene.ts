/** A wire between the two halves of an exchange that shows, or spoils, what passes. */
import net from "node:net";
import type { PlannedConnection, PlannedStep, StepKind } from "../../../lib/live/exchange/plan.ts";
import type { SideName } from "../../../lib/session/conversation.ts";

export interface Passed {
  readonly client: Buffer[];
  readonly server: Buffer[];
}

export type Spoil = (chunk: Buffer, from: SideName, connection: number, send: (bytes: Buffer) => void) => void;

/** Passes on every connection to the real server, and remembers its bytes by the side that sent them. */
export class Wire {
  readonly connections: Passed[] = [];
  readonly sockets: net.Socket[] = [];
  readonly #server = net.createServer({ allowHalfOpen: true, noDelay: true });
  #spoil: Spoil = (chunk, _from, _connection, send) => send(chunk);

  async listen(target: number, spoil?: Spoil): Promise<number> {
    if (spoil !== undefined) this.#spoil = spoil;
    this.#server.on("connection", (client) => this.#join(client, target));
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as net.AddressInfo).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(client: net.Socket, port: number): void {
    const number = this.connections.length;
    const passed: Passed = { client: [], server: [] };
    this.connections.push(passed);
    const server = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.sockets.push(client, server);
    for (const [from, socket, other] of [
      ["client", client, server],
      ["server", server, client],
    ] as const) {
      socket.on("data", (chunk: Buffer) => {
        passed[from].push(chunk);
        this.#spoil(chunk, from, number, (bytes) => other.write(bytes));
      });
      socket.on("end", () => other.end());
      socket.on("error", () => other.resetAndDestroy());
    }
  }
}

export function connection(conversation: number, transport: "tcp" | "udp" = "tcp"): PlannedConnection {
  return { transport, conversation, client: `client ${conversation}`, server: `server ${conversation}` };
}

export function step(
  of: PlannedConnection,
  side: SideName,
  what: Uint8Array | string | Exclude<StepKind, "data">,
  more: Partial<PlannedStep> = {},
): PlannedStep {
  const isKind = what === "end" || what === "reset" || what === "open";
  const bytes = typeof what === "string" ? Buffer.from(isKind ? "" : what) : what;
  const kind = isKind ? (what as StepKind) : "data";
  return { connection: of, side, kind, bytes, time: 0, line: 2, name: "msg 1", ...more };
}

export async function* planOf(steps: readonly PlannedStep[], batch = 7): AsyncGenerator<readonly PlannedStep[]> {
  for (let at = 0; at < steps.length; at += batch) yield steps.slice(at, at + batch);
}
