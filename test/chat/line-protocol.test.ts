import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, isHttpRequest, type LineContext, parseLine } from "../../lib/chat/line-protocol.ts";
import { checkName, nameKey } from "../../lib/chat/names.ts";
import * as notices from "../../lib/chat/notices.ts";
import { runProgram } from "../helpers/programs/run-script.ts";

const USERS = new Set(["alice", "bob", "carol", "דנה"]);

function context(isNamed: boolean, hasChat: boolean): LineContext {
  return { isNamed, hasChat, maxName: 32, isUser: (name) => USERS.has(nameKey(name)) };
}

const NAMELESS = context(false, false);
const ALONE = context(true, false);
const IN_CHAT = context(true, true);

const send = (to: string, text: string): Command => ({ kind: "send", to, text });
const say = (text: string): Command => ({ kind: "say", text });
const broadcast = (text: string): Command => ({ kind: "broadcast", text });
const chat = (partner: string): Command => ({ kind: "chat", partner });
const refused = (reason: string): Command => ({ kind: "refused", reason });
const name = (text: string): Command => ({ kind: "name", name: text });
const NOBODY = refused(notices.nobodyAddressed());
const EMPTY = refused(notices.emptyText());

describe("a line before a name", () => {
  it.each<[string, Command]>([
    ["Alice", name("Alice")],
    ["  Alice ", name("Alice")],
    ["HELLO Alice", name("Alice")],
    ["HELLO   Alice ", name("Alice")],
    ["HELLO", name("")],
    ["HELLO ", name("")],
    ["HELLO quit", name("quit")],
    ["hello Alice", name("hello Alice")],
    ["hello", name("hello")],
    ["HELLOAlice", name("HELLOAlice")],
    ["", name("")],
    ["   ", name("")],
    ["list", name("list")],
    ["/list", name("/list")],
    ["Bob: hello", name("Bob: hello")],
    ["\u001b[31mAlice", name("Alice")],
    ["quit", { kind: "quit" }],
    ["QUIT", { kind: "quit" }],
    [" Quit ", { kind: "quit" }],
    ["/quit", { kind: "quit" }],
  ])("%j", (line, command) => {
    expect(parseLine(line, NAMELESS)).toEqual(command);
  });
});

/** The same with and without a chat. */
const ANYWHERE: readonly (readonly [string, Command])[] = [
  ["", { kind: "nothing" }],
  ["   ", { kind: "nothing" }],
  ["\u0007", { kind: "nothing" }],
  // Slash forms.
  ["/msg Bob hello", send("Bob", "hello")],
  ["/MSG Bob hello", send("Bob", "hello")],
  ["/msg  Bob  hello ", send("Bob", " hello ")],
  ["/msg Nobody hello", send("Nobody", "hello")],
  ["/msg all hello", broadcast("hello")],
  ["/msg Bob", EMPTY],
  ["/msg Bob   ", EMPTY],
  ["/msg", refused(notices.incompleteCommand("/msg Bob hello"))],
  ["/msg ", refused(notices.incompleteCommand("/msg Bob hello"))],
  ["/all hello", broadcast("hello")],
  ["/all", EMPTY],
  ["/list", { kind: "list" }],
  ["/List now", { kind: "list" }],
  ["/chat Bob", chat("Bob")],
  ["/chat Nobody ", chat("Nobody")],
  ["/chat", refused(notices.incompleteCommand("/chat Bob"))],
  ["/chat Bob Carol", refused(notices.incompleteCommand("/chat Bob"))],
  ["/end", { kind: "end" }],
  ["/quit", { kind: "quit" }],
  ["/help", { kind: "help" }],
  ["/foo", refused("Unknown command: /foo. Write help for all commands.")],
  ["/home/alice x", refused("Unknown command: /home/alice. Write help for all commands.")],
  ["/", refused("Unknown command: /. Write help for all commands.")],
  // One word.
  ["list", { kind: "list" }],
  ["LIST", { kind: "list" }],
  [" List ", { kind: "list" }],
  ["end", { kind: "end" }],
  ["END", { kind: "end" }],
  ["help", { kind: "help" }],
  ["quit", { kind: "quit" }],
  ["QUIT", { kind: "quit" }],
  // Verbs.
  ["HELLO Alice", refused(notices.alreadyNamed())],
  ["CHAT Bob", chat("Bob")],
  ["CHAT Nobody", chat("Nobody")],
  // Targets.
  ["@Bob hello", send("Bob", "hello")],
  ["@Bob: hello", send("Bob", "hello")],
  ["@Nobody hello", send("Nobody", "hello")],
  ["@all hello", broadcast("hello")],
  ["@Bob", EMPTY],
  ["all: hello", broadcast("hello")],
  ["ALL: hello", broadcast("hello")],
  ["all:  hello ", broadcast(" hello ")],
  ["all:", EMPTY],
  ["Bob: hello", send("Bob", "hello")],
  ["bOB: hello", send("bOB", "hello")],
  ["  Bob: hello", send("Bob", "hello")],
  ["Bob:\thello", send("Bob", "hello")],
  ["Bob:  two  spaces ", send("Bob", " two  spaces ")],
  ["Bob: a: b", send("Bob", "a: b")],
  ["דנה: שלום", send("דנה", "שלום")],
  ["Bob:", EMPTY],
  ["Bob: ", EMPTY],
  ["Bob: \u001b]0;title\u0007x", send("Bob", "x")],
  // Chats.
  ["chat Bob", chat("Bob")],
  ["Chat bob ", chat("bob")],
];

/** Text inside a chat, and something else without one. */
const DIFFERENT: readonly (readonly [string, Command])[] = [
  ["hello", NOBODY],
  ["hello Bob", NOBODY],
  ["Bob hello", NOBODY],
  ["Bob:hello", NOBODY],
  ["http://example.org", NOBODY],
  ["note to myself: x", NOBODY],
  ["list: a", NOBODY],
  ["list of things", NOBODY],
  ["quit now", NOBODY],
  ["ends", NOBODY],
  ["@", NOBODY],
  ["@ home", NOBODY],
  ["all:hello", NOBODY],
  ["allowed", NOBODY],
  ["12:30", NOBODY],
  [":-)", NOBODY],
  ["CHAT Bob Carol", NOBODY],
  ["chat about it tomorrow", NOBODY],
  ["HELLO", NOBODY],
  ["HELLO my friend", NOBODY],
  ["MSG", NOBODY],
  ["MSG  ", NOBODY],
  ["msg hello", NOBODY],
  ["Bob", chat("Bob")],
  [" bob ", chat("bob")],
  ["TODO: x", send("TODO", "x")],
  ["all good?", broadcast("good?")],
  ["All hello", broadcast("hello")],
  ["all", EMPTY],
  ["chat Nobody", chat("Nobody")],
  ["chat", refused(notices.incompleteCommand("chat Bob"))],
];

describe("a line of a named user", () => {
  it.each(ANYWHERE)("%j", (line, command) => {
    expect(parseLine(line, ALONE)).toEqual(command);
    expect(parseLine(line, IN_CHAT)).toEqual(command);
  });

  it.each(DIFFERENT)("%j without a chat", (line, command) => {
    expect(parseLine(line, ALONE)).toEqual(command);
  });

  it.each(DIFFERENT)("%j inside a chat is text", (line) => {
    expect(parseLine(line, IN_CHAT)).toEqual(say(line));
  });

  it("keeps the spaces of plain text", () => {
    expect(parseLine("  if (a)  b; ", IN_CHAT)).toEqual(say("  if (a)  b; "));
  });

  it("gives MSG to the partner, and refuses it without one", () => {
    expect(parseLine("MSG hello", IN_CHAT)).toEqual(say("hello"));
    expect(parseLine("MSG Bob: hello", IN_CHAT)).toEqual(say("Bob: hello"));
    expect(parseLine("MSG hello", ALONE)).toEqual(NOBODY);
  });
});

const words = fc.constantFrom(
  "Bob",
  "all",
  "TODO",
  ":",
  "@",
  "/",
  " ",
  "\t",
  "chat",
  "CHAT",
  "MSG",
  "HELLO",
  "end",
  "דנה",
);
const anyLine = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.oneof(words, fc.string({ maxLength: 3 }))).map((parts) => parts.join("")),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

describe("any line", () => {
  it("is understood or refused, and brings nothing unsafe", () => {
    fc.assert(
      fc.property(anyLine, fc.boolean(), fc.boolean(), (line, isNamed, hasChat) => {
        const command = parseLine(line, context(isNamed, isNamed && hasChat));
        for (const value of Object.values(command)) expect(value).not.toMatch(/(?!\t)[\p{Cc}\u2028\u202e]/u);
        if (command.kind === "say") expect(hasChat).toBe(true);
        if ("text" in command) expect(command.text.trim()).not.toBe("");
      }),
      { numRuns: 3000 },
    );
  });

  it("inside a chat reaches everybody only when it says so beyond doubt", () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        if (parseLine(line, IN_CHAT).kind !== "broadcast") return;
        expect(line.normalize("NFKC")).toMatch(/all:|\/all|\/msg\s+all|@all/i);
      }),
      { numRuns: 3000 },
    );
  });

  it("of great length is gone over once: over these again and again would take hours", async () => {
    const program = `
      import { parseLine } from "./lib/chat/line-protocol.ts";
      for (const part of ["a", " ", ":", "@", "/", "Bob: ", "\\u001b", "דa"]) {
        for (const [isNamed, hasChat] of [[false, false], [true, false], [true, true]]) {
          const text = part.repeat(Math.ceil(4_000_000 / part.length));
          parseLine(text, { isNamed, hasChat, isUser: () => false });
        }
      }
      console.log("done");`;
    expect(await runProgram(program)).toBe("done\n");
  });
});

describe("isHttpRequest", () => {
  it.each([["GET / HTTP/1.1"], ["POST /x?y HTTP/1.0"], ["PRI * HTTP/2.0"], ["OPTIONS * HTTP/1.1"]])(
    "knows %s",
    (line) => {
      expect(isHttpRequest(line)).toBe(true);
    },
  );

  it.each([["Alice"], ["GET"], ["GET /"], ["get / http/1.1"], ["What is HTTP/1.1"], [""]])(
    "leaves %j alone",
    (line) => {
      expect(isHttpRequest(line)).toBe(false);
    },
  );
});

describe("what the server says", () => {
  it.each([
    [notices.relayed("Alice", "hello"), "[Alice] hello"],
    [notices.welcome("Alice"), "Welcome Alice! You can now chat."],
    [notices.goodbye("Alice"), "Goodbye Alice."],
    [notices.goodbye(), "Goodbye."],
    [notices.nameTaken("Alice"), "Name not accepted: Alice is taken; send another name."],
    [notices.nameNotAccepted("it is empty"), "Name not accepted: it is empty; send another name."],
    [notices.userNotFound("Bob"), "User not found: Bob."],
    [notices.usersOnline(["Alice", "Bob", "Carol"]), "Users online (3): Alice, Bob, Carol"],
    [notices.thatIsYou(), "That is you: choose another user."],
    [notices.nobodyElse(), "Nobody else is online."],
    [notices.chatOpened("Bob"), "Chat with Bob is open: your lines go to Bob until you write end."],
    [notices.chatOpenedBy("Alice"), "Alice has opened a chat with you: your lines go to Alice until you write end."],
    [notices.partnerIsBusy("Bob"), "Bob is in another chat; your lines reach Bob all the same."],
    [notices.chatEnded("Bob"), "Chat with Bob has ended."],
    [notices.chatEndedByLeaving("Bob"), "Chat with Bob has ended: Bob has left."],
    [notices.notDelivered("Bob"), "Not delivered: Bob has left before your message arrived."],
    [notices.notDelivered("Bob", 3), "Not delivered: Bob has left before your last 3 messages arrived."],
    [notices.lineTooLong(4096), "Connection closed: a line can have at most 4096 bytes."],
    [notices.noNameInTime(60_000), "Connection closed: no name after 60 seconds."],
  ])("%s", (line, expected) => {
    expect(line).toBe(expected);
  });

  it("shows only the start of a very long word", () => {
    expect(notices.userNotFound("x".repeat(4000))).toBe(`User not found: ${"x".repeat(63)}….`);
  });

  const formatters: readonly ((text: string) => string | string[])[] = [
    notices.welcome,
    notices.goodbye,
    notices.nameNotAccepted,
    notices.nameTaken,
    (text) => notices.nameLooksLike(text, text),
    notices.userNotFound,
    notices.unknownCommand,
    notices.incompleteCommand,
    (text) => notices.notDelivered(text, text.length),
    (text) => notices.usersOnline([text, text]),
    notices.chatOpened,
    notices.chatOpenedBy,
    notices.partnerIsBusy,
    notices.chatEnded,
    notices.chatEndedByLeaving,
    notices.alreadyNamed,
    notices.thatIsYou,
    notices.emptyText,
    notices.nobodyElse,
    notices.nobodyAddressed,
    notices.help,
    notices.noChatOpen,
    notices.notUtf8,
    (text) => notices.lineTooLong(text.length),
    notices.httpRequest,
    (text) => notices.tooManyLinesBeforeName(text.length),
    (text) => notices.noNameInTime(text.length),
    notices.tooFast,
    notices.serverFull,
    notices.tooManyFromAddress,
    notices.serverStopping,
  ];

  it("has every formatter in this test", () => {
    expect(formatters.length + 1).toBe(Object.keys(notices).length);
  });

  it("is one line that cannot be taken for a message, whatever it is about", () => {
    const hostile = fc.constantFrom(
      "[Bob] hi",
      "\n[Bob] hi",
      "\u001b[[Bob] hi",
      "\u0007[",
      "\u2028[Bob] hi",
      "\r[DISCONNECTED] Bob",
    );
    fc.assert(
      fc.property(fc.oneof(hostile, anyLine), (text) => {
        for (const line of formatters.flatMap((format) => format(text))) {
          expect(line).not.toMatch(/^\[|(?!\t)[\p{Cc}\u2028\u2029]/u);
          expect(line).not.toBe("");
        }
      }),
    );
  });

  it("relays a text so that name and text can be told apart", () => {
    fc.assert(
      fc.property(anyLine, anyLine, (from, text) => {
        const line = notices.relayed(from, text);
        expect(line).not.toMatch(/(?!\t)[\p{Cc}\u2028\u2029]/u);
        if ("name" in checkName(from, { maxName: 0 })) expect(line.startsWith(`[${from}] `)).toBe(true);
      }),
    );
  });
});
