/** What a line of the chat means. PROTOCOL.md is the whole of it in words, notices.ts what is answered. */

import { cleanText } from "./clean-text.ts";
import { parseNamedLine } from "./named-line.ts";

/** What a client asks for. Names and texts are cleaned, but not looked up. */
export type Command =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "send"; readonly to: string; readonly text: string }
  /** To the partner of the open chat. */
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "broadcast"; readonly text: string }
  | { readonly kind: "list" }
  | { readonly kind: "chat"; readonly partner: string }
  | { readonly kind: "end" }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  /** An empty line, which asks for nothing. */
  | { readonly kind: "nothing" }
  /** A line that cannot be followed; `reason` is what its sender is told. */
  | { readonly kind: "refused"; readonly reason: string };

/** What the meaning of a line depends on. */
export interface LineContext {
  /** Whether the sender has a name yet. */
  readonly isNamed: boolean;
  /** Whether the sender has a chat open. */
  readonly hasChat: boolean;
  /** Whether there is a user of this name, however it is written. */
  isUser(name: string): boolean;
}

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
