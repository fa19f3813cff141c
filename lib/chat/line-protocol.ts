/** What a line of the chat means. PROTOCOL.md is the whole of it in words, notices.ts what is answered. */
import { cleanText, hasVisible } from "./clean-text.ts";
import { couldBeName, isWord } from "./names.ts";
import * as notices from "./notices.ts";

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
  /** Characters of a name; 0 for any number. */
  readonly maxName: number;
  /** Whether there is a user of this name, however it is written. */
  isUser(name: string): boolean;
}

/** One way of writing: what a line means in it, or undefined where the line is none of that way. */
type Rule = (line: string, context: LineContext) => Command | undefined;

/** The first that knows the line decides. */
const RULES: readonly Rule[] = [
  slashCommand,
  singleWord,
  upperCaseVerb,
  atTarget,
  lineToAll,
  lineToName,
  chatWithName,
  bareName,
];

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

/** The line of a user who has a name. */
function parseNamedLine(line: string, context: LineContext): Command {
  // Spaces before a command are a slip of the hand; before plain text they are part of it.
  const start = line.trimStart();
  if (start === "") return { kind: "nothing" };
  if (!hasVisible(start)) return refused(notices.emptyText());
  for (const rule of RULES) {
    const command = rule(start, context);
    if (command !== undefined) return command;
  }
  return context.hasChat ? { kind: "say", text: line } : refused(notices.nobodyAddressed());
}

/** `/msg Bob hello` and the like. */
function slashCommand(line: string): Command | undefined {
  if (!line.startsWith("/")) return undefined;
  const [word, rest] = cutWord(line);
  switch (word.toLowerCase()) {
    case "/msg":
      return slashMessage(rest);
    case "/all":
      return broadcast(rest);
    case "/chat":
      return oneWord(rest) ? chat(rest) : refused(notices.incompleteCommand("/chat Bob"));
    default:
      return singleWord(word.slice(1)) ?? refused(notices.unknownCommand(word));
  }
}

function slashMessage(rest: string): Command {
  const [target, text] = cutWord(rest.trimStart());
  return target === "" ? refused(notices.incompleteCommand("/msg Bob hello")) : send(target, text);
}

/** `list`, `quit`, `end`, `help`, alone on a line. */
function singleWord(line: string): Command | undefined {
  switch (line.trimEnd().toLowerCase()) {
    case "list":
      return { kind: "list" };
    case "quit":
      return { kind: "quit" };
    case "end":
      return { kind: "end" };
    case "help":
      return { kind: "help" };
    default:
      return undefined;
  }
}

/** `HELLO Alice`, `CHAT Bob`, `MSG hello`: in capitals, since they are words of plain text otherwise. */
function upperCaseVerb(line: string, context: LineContext): Command | undefined {
  const [verb, rest] = cutWord(line);
  if (verb === "HELLO" && oneWord(rest)) return refused(notices.alreadyNamed());
  if (verb === "CHAT" && oneWord(rest)) return chat(rest);
  if (verb !== "MSG" || isBlank(rest)) return undefined;
  return context.hasChat ? { kind: "say", text: rest } : refused(notices.nobodyAddressed());
}

/** `@Bob hello`, always to Bob. */
function atTarget(line: string): Command | undefined {
  const [word, text] = cutWord(line);
  const target = /^@(.+?):?$/u.exec(word)?.[1];
  return target === undefined ? undefined : send(target, text);
}

/** `all: hello` always; `all hello` only without a chat, inside of which it must not reach everybody. */
function lineToAll(line: string, context: LineContext): Command | undefined {
  const [word, text] = cutWord(line);
  return isWord(word, "all:") || (!context.hasChat && isWord(word, "all")) ? broadcast(text) : undefined;
}

/** `Bob: hello`. Inside a chat only if there is a Bob, so that `TODO: x` stays text there. */
function lineToName(line: string, context: LineContext): Command | undefined {
  const [word, text] = cutWord(line);
  if (!word.endsWith(":")) return undefined;
  const name = word.slice(0, -1);
  const isTarget = context.isUser(name) || (!context.hasChat && couldBeName(name, context.maxName));
  return isTarget ? send(name, text) : undefined;
}

/** `chat Bob`. Inside a chat only if there is a Bob, since it is a sentence as well. */
function chatWithName(line: string, context: LineContext): Command | undefined {
  const [word, rest] = cutWord(line);
  if (word.toLowerCase() !== "chat") return undefined;
  if (oneWord(rest) && (!context.hasChat || context.isUser(rest.trim()))) return chat(rest);
  return isBlank(rest) && !context.hasChat ? refused(notices.incompleteCommand("chat Bob")) : undefined;
}

/** `Bob`, alone on a line; inside a chat that is text, since somebody could call himself "yes". */
function bareName(line: string, context: LineContext): Command | undefined {
  const name = line.trimEnd();
  if (context.hasChat) return undefined;
  return context.isUser(name) ? chat(name) : undefined;
}

function send(to: string, text: string): Command {
  if (isWord(to, "all")) return broadcast(text);
  return isBlank(text) ? refused(notices.emptyText()) : { kind: "send", to, text };
}

function broadcast(text: string): Command {
  return isBlank(text) ? refused(notices.emptyText()) : { kind: "broadcast", text };
}

function chat(partner: string): Command {
  return { kind: "chat", partner: partner.trim() };
}

function refused(reason: string): Command {
  return { kind: "refused", reason };
}

/** The first word, and what follows the one space after it. */
function cutWord(line: string): readonly [string, string] {
  const space = line.search(/\s/u);
  return space === -1 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
}

function isBlank(text: string): boolean {
  return !hasVisible(text);
}

function oneWord(text: string): boolean {
  return /^\s*\S+\s*$/u.test(text);
}
