/** Lines of the chat on standard output. */
import { joinRows, rowsOf } from "../lib/chat/terminal-rows.ts";

/** Rows where standard output is a terminal; what reads a pipe or a file takes whole lines. */
export function printable(line: string): string {
  if (!process.stdout.isTTY) return line;
  const rows = rowsOf(line, process.stdout.columns);
  return process.env.TERM === "dumb" ? rows.join("\n") : joinRows(rows);
}
