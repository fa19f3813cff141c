/** Nothing more is asked of the other end, but it may be sending still. */
import type { Socket } from "node:net";

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
