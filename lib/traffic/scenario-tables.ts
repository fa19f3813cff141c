/** The conversations that scenarios want, as tables of messages: they are made of a few lines, so that programs need no file. */
import type { ScenarioConversation } from "../session/network/known-scenarios.ts";

const HEADER = "msg_id,app_protocol,src_app,dst_app,message,timestamp\n";

/** What books are made of: these, again and again, with their numbers. */
const LINES = [
  "the kettle hums, and somebody counts the segments on their way.",
  "what was sent is in flight until somebody says that it has come.",
  "a hole in the middle is filled last, and everything behind it waits.",
  "the window opens, the window closes, and the river takes its time.",
] as const;

/** Lines of the two books. The long one is some hundred segments, the short one five. */
const LONG_BOOK = 2600;
const SHORT_BOOK = 84;

/**
 * The table of messages that a scenario wants, as CSV: a reader asks a library, which answers.
 *
 * @param conversation of `SCENARIOS`: `SCENARIOS[name].conversation`
 *
 * @example
 * ```ts
 * import { encapsulateCsv, scenarioTable } from "wirewright";
 *
 * const { messages, conversations } = await encapsulateCsv(scenarioTable("talk"));
 * console.log(messages, conversations.at(0)?.server.name); // 4 library
 * ```
 */
export function scenarioTable(conversation: ScenarioConversation): string {
  const rows =
    conversation === "transfer"
      ? [request("/books/the-long-one", 0), answer(bookOf(LONG_BOOK), 1)]
      : [
          request("/hours", 0),
          answer("Open from nine to six.\n", 4),
          request("/books/the-short-one", 34),
          answer(bookOf(SHORT_BOOK), 38),
        ];
  return HEADER + rows.map((row, index) => `${index + 1},${row}\n`).join("");
}

function request(path: string, seconds: number): string {
  return rowOf("reader,library", `GET ${path} HTTP/1.1\nHost: library.example\nUser-Agent: reader/1.0\n\n`, seconds);
}

function answer(text: string, seconds: number): string {
  const head = "HTTP/1.1 200 OK\nServer: library/1.0\nContent-Type: text/plain; charset=utf-8\n\n";
  return rowOf("library,reader", head + text, seconds);
}

function rowOf(ends: string, message: string, seconds: number): string {
  return `HTTP,${ends},"${message}",${seconds.toFixed(6)}`;
}

function bookOf(length: number): string {
  const numbers = Array.from({ length }, (_, index) => index);
  return numbers.map((at) => `Line ${String(at + 1).padStart(4, "0")}: ${LINES[at % LINES.length]}\n`).join("");
}
