/** Turning a connection away, at a cost that stays small however many come. */
import type { Socket } from "node:net";
import { discardInput } from "./discard-input.ts";

/** Milliseconds in which the other end may read why. */
const PATIENCE = 1000;
/** Refused connections that are open at a time; each takes a file descriptor of those that are kept free. */
const MOST_AT_A_TIME = 24;

let open = 0;

/**
 * Says why and closes; closes without a word where too many are being told already.
 *
 * @returns whether it said why
 */
export function refuseSocket(socket: Socket, line: Uint8Array): boolean {
  socket.on("error", () => {});
  if (open >= MOST_AT_A_TIME) {
    socket.destroy();
    return false;
  }
  open++;
  const timer = setTimeout(() => socket.destroy(), PATIENCE).unref();
  socket.on("close", () => {
    open--;
    clearTimeout(timer);
  });
  // What it has sent already is read, since closing would otherwise take the line back.
  discardInput(socket);
  socket.end(line);
  return true;
}
