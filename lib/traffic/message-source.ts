/** Messages that are known before they are played, so that one can take the next of its conversation into account. */

import type { MessageSource } from "../csv/csv-reader.ts";
import { InputError } from "../csv/input-errors.ts";
import type { Message } from "../csv/message.ts";
import { PlanError } from "./address-allocator.ts";

const LOOK_AHEAD = 1024;

/**
 * Messages in order, each with its successor in its conversation if that is not far behind.
 *
 * @param watch told of a message so many rows before its conversation is looked for, however the input comes in pieces
 * @param add finds the conversation of a message
 * @param file the input's name for errors
 * @throws InputError for input that cannot be used
 */
export async function* lookAhead<Pending>(
  source: MessageSource,
  watch: (message: Message) => void,
  add: (message: Message) => Pending,
  file: string,
): AsyncGenerator<Pending[]> {
  let window: Pending[] = [];
  let watched: Message[] = [];
  const push = (message: Message) => {
    try {
      window.push(add(message));
    } catch (error) {
      throw aboutRow(error, file, message.line);
    }
  };
  for await (const messages of source.batches()) {
    const all = watched.length === 0 ? messages : watched.concat(messages);
    for (let i = watched.length; i < all.length; i++) {
      watch(all[i]!);
      if (i >= LOOK_AHEAD) push(all[i - LOOK_AHEAD]!);
    }
    watched = all.slice(-LOOK_AHEAD);
    if (window.length <= LOOK_AHEAD) continue;
    // A batch is many messages, so what is given away is cut off in one piece.
    const known = window.slice(0, -LOOK_AHEAD);
    window = window.slice(-LOOK_AHEAD);
    yield known;
  }
  for (const message of watched) push(message);
  yield window;
}

/** What cannot be done for a message, as an error about its row; every other error as it is. */
export function aboutRow(error: unknown, file: string, line: number): unknown {
  if (!(error instanceof PlanError)) return error;
  return new InputError("PLAN", { file, line }, error.problem, error.advice, { cause: error });
}
