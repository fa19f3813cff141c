/** How a connection ends: what a socket tells of it, and how to end one so that its last line is read. */
import type { Socket } from "node:net";

/**
 * One side has nothing more to send (`finish`), or has broken the connection off (`reset`). After a reset, and once both
 * sides have finished, the connection is over.
 */
export interface SocketEnd {
  /** Whose end it is. */
  readonly side: "client" | "server";
  /** FIN, or RST. */
  readonly how: "finish" | "reset";
}

/** What the system reports when it was the other end that broke the connection off; writing into one gives the second. */
const RESETS_OF_THE_CLIENT: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

export interface SocketEndHandlers {
  /** Told at most once of each side, but for a client that has finished and then resets. */
  ended(end: SocketEnd): void;
  /** There is no socket any more, whether both sides have ended or not. */
  closed(): void;
}

/** Tells how a server's socket ends. To be called before anybody else listens to the socket. */
export function watchEnds(socket: Socket, { ended: tell, closed }: SocketEndHandlers): void {
  let isServerDone = false;
  const endServer = (how: SocketEnd["how"]) => {
    if (!isServerDone) tell({ side: "server", how });
    isServerDone = true;
  };
  socket.on("end", () => tell({ side: "client", how: "finish" }));
  // Everything was handed to the system, and after it the end.
  socket.on("finish", () => endServer("finish"));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (!RESETS_OF_THE_CLIENT.has(error.code)) return endServer("reset");
    isServerDone = true;
    tell({ side: "client", how: "reset" });
  });
  // Destroyed: the system still delivers what it has, and then the end.
  socket.on("close", () => {
    endServer("finish");
    closed();
  });
}

/**
 * Bytes that are read only to be thrown away: as many as are usually on their way when a connection is closed. To close
 * with them unread would reset the connection, and take the last line back.
 */
export const MOST_DISCARDED = 256 << 10;

/** Throws away what still comes. Where it is too much the rest stays with the system, whose window closes. */
export function discardInput(socket: Socket): void {
  let count = 0;
  socket.on("data", (chunk: Buffer) => {
    count += chunk.length;
    if (count >= MOST_DISCARDED) socket.pause();
  });
  socket.resume();
}

/** Milliseconds in which the other end may read why. */
const PATIENCE = 1000;
/** Refused connections that are open at a time; each takes a file descriptor of those that are kept free. */
const MOST_REFUSED = 24;

/** Turns connections away, at a cost that stays small however many come. */
export class ConnectionRefuser {
  #open = 0;

  /**
   * Says why and closes; closes without a word where too many are being told already.
   *
   * @returns whether it said why
   */
  refuse(socket: Socket, line: Uint8Array): boolean {
    socket.on("error", () => {});
    if (this.#open >= MOST_REFUSED) {
      socket.destroy();
      return false;
    }
    this.#open++;
    const timer = setTimeout(() => socket.destroy(), PATIENCE).unref();
    socket.on("close", () => {
      this.#open--;
      clearTimeout(timer);
    });
    // What it has sent already is read, since closing would otherwise take the line back.
    discardInput(socket);
    socket.end(line);
    return true;
  }
}
