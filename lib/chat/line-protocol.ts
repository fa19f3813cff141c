/** What a line of the chat means. PROTOCOL.md is the whole of it in words, notices.ts what is answered. */

import { cleanText } from "./clean-text.ts";
import type { Command, LineContext } from "./command.ts";
import { parseNamedLine } from "./named-line.ts";

/**
 * What a line of a client means. Nothing is thrown, whatever the line.
 *
 * @param text the line without its end; what is unsafe to print is taken out here
 */
export function parseLine(text: string, context: LineContext): Command {
  const line = cleanText(text);
  return context.isNamed ? parseNamedLine(line, context) : parseNameLine(line);
}

/** Whether a line is the first of an HTTP request: a browser, or a scanner, that has come to the wrong place. */
export function isHttpRequest(text: string): boolean {
  return /^[A-Z]{3,16} \S+ HTTP\/\d(?:\.\d)?$/.test(text);
}

/** Before its sender has a name. An empty name is one to be refused as well. */
function parseNameLine(line: string): Command {
  const text = line.trim();
  if (/^\/?quit$/i.test(text)) return { kind: "quit" };
  const hello = /^HELLO(?:\s+(.*))?$/su.exec(text);
  return { kind: "name", name: hello === null ? text : (hello[1] ?? "") };
}
