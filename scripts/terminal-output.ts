/** Lines of the chat on standard output. */
import { rowsOf } from "../lib/chat/terminal-rows.ts";

/** Rows where standard output is a terminal; what reads a pipe or a file takes whole lines. */
export function printable(line: string): string {
  return process.stdout.isTTY ? rowsOf(line, process.stdout.columns).join("\n") : line;
}
