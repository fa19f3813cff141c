/** How a connection ends on the wire, as far as a socket tells. */
import type { Socket } from "node:net";

/**
 * One side has nothing more to send (`finish`), or has broken the connection off (`reset`). After a reset, and once both
 * sides have finished, the connection is over.
 */
export interface SocketEnd {
  readonly side: "client" | "server";
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
