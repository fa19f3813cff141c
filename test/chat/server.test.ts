/** Every rule of PROTOCOL.md over real sockets. */
import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Peer, TestServer } from "./peer.ts";

let at: TestServer;
beforeEach(async () => {
  at = await TestServer.start();
});
afterEach(() => at.stop());

const NOT_ADDRESSED = 'Nobody is addressed: write "Bob: hello", "all: hello" or "chat Bob"; help shows all commands.';

describe("before a name", () => {
  test.each([
    ["Alice\n", "Welcome Alice! You can now chat."],
    ["Alice\r\n", "Welcome Alice! You can now chat."],
    ["HELLO Alice\n", "Welcome Alice! You can now chat."],
    ["\ufeffAlice\n", "Welcome Alice! You can now chat."],
    ["דנה\n", "Welcome דנה! You can now chat."],
    ["\n", "Name not accepted: it is empty; send another name."],
    ["list\n", "Name not accepted: list is a word of the chat; send another name."],
    ["Server\n", "Name not accepted: Server is a word of the chat; send another name."],
    [`${"a".repeat(33)}\n`, "Name not accepted: it is longer than 32 characters; send another name."],
    ["two words\n", "Name not accepted: a name has letters, digits, _ - and ., and no spaces; send another name."],
    ["Аlice\n", "Name not accepted: its letters are of different scripts; send another name."],
    ["\xff\xfe\n", undefined],
  ])("%j", async (sent, answer) => {
    const peer = await at.connect();
    peer.send(answer === undefined ? Buffer.from([0xc0, 0xaf, 0x0a]) : sent);
    expect(await peer.next()).toBe(answer ?? "Not understood: the line is not valid UTF-8 text.");
  });

  test("a name that somebody has, however it is written", async () => {
    await at.named("Straße");
    const peer = await at.connect();
    for (const name of ["Straße", "STRASSE", "strasse", "ｓtrasse"]) {
      peer.line(name);
      expect(await peer.next()).toBe(`Name not accepted: ${name} is taken; send another name.`);
    }
    peer.line("Street");
    expect(await peer.next()).toBe("Welcome Street! You can now chat.");
  });

  test.each(["quit", "/quit", "QUIT"])("%s leaves", async (word) => {
    const peer = await at.connect();
    peer.line(word);
    expect(await peer.all()).toEqual(["Goodbye."]);
  });

  test("no name in 32 lines, or in time", async () => {
    const peer = await at.connect();
    peer.send("no name\n".repeat(32));
    const lines = await peer.all();
    expect(lines).toHaveLength(33);
    expect(lines.at(-1)).toBe("Connection closed: no name after 32 lines.");
    const slow = await TestServer.start({ nameTimeout: 2000 });
    const late = await slow.connect();
    const named = await Peer.named(slow.port, "Alice");
    late.send("still thinking");
    expect(await late.all()).toEqual(["Connection closed: no name after 2 seconds."]);
    expect(await named.settled()).toEqual([]);
    await slow.stop();
  });

  test("a line of 1,024 bytes and one more", async () => {
    const peer = await at.connect();
    peer.line("x".repeat(1024));
    expect(await peer.next()).toMatch("Name not accepted");
    peer.line("x".repeat(1025));
    expect(await peer.all()).toEqual(["Connection closed: a line can have at most 1024 bytes."]);
  });
});

/** What Alice writes; what Alice, Bob and Carol then see. A fresh server for each. */
interface Case {
  readonly says: readonly string[];
  readonly alice?: readonly string[];
  readonly bob?: readonly string[];
  readonly carol?: readonly string[];
}

const OPENED = "Chat with Bob is open: your lines go to Bob until you write end.";
const OPENED_BY = "Alice has opened a chat with you: your lines go to Alice until you write end.";
const CASES: readonly Case[] = [
  { says: [""] },
  { says: ["   "] },
  ...["Bob: hi", "bob: hi", "BOB: hi", "@Bob hi", "/msg Bob hi"].map((line) => ({ says: [line], bob: ["[Alice] hi"] })),
  { says: ["Bob:  two  spaces "], bob: ["[Alice]  two  spaces "] },
  ...["all: hi", "all hi", "/all hi", "ALL: hi"].map((line) => ({
    says: [line],
    bob: ["[Alice] hi"],
    carol: ["[Alice] hi"],
  })),
  ...["list", "LIST", "List", "/list"].map((line) => ({
    says: [line],
    alice: ["Users online (3): Alice, Bob, Carol"],
  })),
  { says: ["/foo x"], alice: ["Unknown command: /foo. Write help for all commands."] },
  { says: ["TODO: x"], alice: ["User not found: TODO."] },
  { says: ["@TODO x"], alice: ["User not found: TODO."] },
  { says: ["hello there"], alice: [NOT_ADDRESSED] },
  { says: ["Alice: me"], alice: ["That is you: choose another user."] },
  { says: ["chat Alice"], alice: ["That is you: choose another user."] },
  { says: ["chat TODO"], alice: ["User not found: TODO."] },
  { says: ["Bob:"], alice: ["Nothing is sent: the text is empty."] },
  { says: ["all:"], alice: ["Nothing is sent: the text is empty."] },
  { says: ["end"], alice: ["No chat is open."] },
  { says: ["HELLO Eve"], alice: ["You have a name already: leave with quit to take another."] },
  ...["chat Bob", "/chat Bob", "CHAT Bob", "Bob", "bob"].map((line) => ({
    says: [line, "hi there", "MSG verb", "all good?", "TODO: x", "Carol: aside", "all: everybody", "end", "hi"],
    alice: [OPENED, "Chat with Bob has ended.", NOT_ADDRESSED],
    bob: [
      OPENED_BY,
      "[Alice] hi there",
      "[Alice] verb",
      "[Alice] all good?",
      "[Alice] TODO: x",
      "[Alice] everybody",
      "Chat with Alice has ended.",
    ],
    carol: ["[Alice] aside", "[Alice] everybody"],
  })),
  {
    says: ["chat Bob", "chat Carol", "hi"],
    alice: [OPENED, "Chat with Carol is open: your lines go to Carol until you write end."],
    bob: [OPENED_BY, "Chat with Alice has ended."],
    carol: [OPENED_BY, "[Alice] hi"],
  },
  { says: ["Bob: \u001b[31mred\u0007\u202e"], bob: ["[Alice] red"] },
  { says: ["Bob: שלום 👩‍👩‍👧"], bob: ["[Alice] שלום 👩‍👩‍👧"] },
];

describe("with a name", () => {
  test.each(CASES)("$says", async ({ says, alice = [], bob = [], carol = [] }) => {
    const peers = await at.named("Alice", "Bob", "Carol");
    for (const line of says) peers[0]?.line(line);
    expect(await settle(peers)).toEqual([alice, bob, carol]);
  });

  test("help says all commands, and no line of it begins with a bracket", async () => {
    const [alice] = (await at.named("Alice")) as [Peer];
    alice.line("help");
    const lines = await alice.settled();
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.filter((line) => line.startsWith("["))).toEqual([]);
  });

  test("alone", async () => {
    const [alice] = (await at.named("Alice")) as [Peer];
    alice.line("all: anybody?");
    expect(await alice.settled()).toEqual(["Nobody else is online."]);
  });

  test("a partner who is in another chat gets the lines all the same", async () => {
    const peers = (await at.named("Alice", "Bob", "Carol")) as [Peer, Peer, Peer];
    const [alice, bob, carol] = peers;
    bob.line("chat Carol");
    await carol.next();
    alice.line("chat Bob");
    alice.line("hi");
    expect(await settle([alice])).toEqual([[OPENED, "Bob is in another chat; your lines reach Bob all the same."]]);
    bob.line("quit");
    expect(await bob.all()).toEqual([
      "Chat with Carol is open: your lines go to Carol until you write end.",
      "[Alice] hi",
      "Goodbye Bob.",
    ]);
    const gone = "Chat with Bob has ended: Bob has left.";
    expect(await settle([alice, carol])).toEqual([[gone], [gone]]);
    alice.line("Bob: there?");
    expect(await alice.next()).toBe("User not found: Bob.");
  });

  test("a line of 4,096 bytes and one more", async () => {
    const [alice, bob] = (await at.named("Alice", "Bob")) as [Peer, Peer];
    alice.line(`Bob: ${"é".repeat(2045)}x`);
    expect(await bob.next()).toBe(`[Alice] ${"é".repeat(2045)}x`);
    alice.line(`Bob: ${"é".repeat(2046)}`);
    expect(await alice.all()).toEqual(["Connection closed: a line can have at most 4096 bytes."]);
  });

  test("a name is free again as soon as its user has left", async () => {
    const [alice] = (await at.named("Alice")) as [Peer];
    alice.line("quit");
    expect(await alice.all()).toEqual(["Goodbye Alice."]);
    await at.named("alice");
  });

  test("the last line without an end counts when the sender closes", async () => {
    const [bob] = (await at.named("Bob")) as [Peer];
    const peer = await at.connect();
    peer.socket.end("Alice\nlist\nBob: bye");
    expect(await peer.all()).toEqual(["Welcome Alice! You can now chat.", "Users online (2): Bob, Alice"]);
    expect(await bob.next()).toBe("[Alice] bye");
    await at.emptied(1);
  });

  test("one message on a quiet line is one segment, and those of one turn are one write", async () => {
    const [alice, bob] = (await at.named("Alice", "Bob")) as [Peer, Peer];
    const sent: string[] = [];
    at.server.on("sent", ({ bytes }) => sent.push(Buffer.from(bytes).toString()));
    alice.send("Bob: 1\nBob: 2\nBob: 3\n");
    expect(await bob.take(3)).toEqual(["[Alice] 1", "[Alice] 2", "[Alice] 3"]);
    expect(sent).toEqual(["[Alice] 1\n[Alice] 2\n[Alice] 3\n"]);
  });
});

/** What each sees, in order, until all was followed. The last of them is asked after the first was heard. */
async function settle(peers: readonly Peer[]): Promise<string[][]> {
  const seen: string[][] = [];
  for (const peer of peers) seen.push(await peer.settled());
  return seen;
}

test("the events are what was on the wire, in order, and the end of a connection is the last of its own", async () => {
  const events: string[] = [];
  const wire = { in: "", out: "" };
  at.server.on("connection", ({ id, localPort, remotePort }) => events.push(`${id}: ${remotePort} to ${localPort}`));
  at.server.on("received", ({ bytes }) => (wire.in += Buffer.from(bytes).toString()));
  at.server.on("sent", ({ bytes }) => (wire.out += Buffer.from(bytes).toString()));
  at.server.on("named", ({ id, name }) => events.push(`named ${id} ${name}`));
  at.server.on("closing", ({ id, reason }) => events.push(`closing ${id} ${reason}`));
  at.server.on("disconnected", ({ id, name }) => events.push(`disconnected ${id} ${name}`));
  const peer = await at.connect();
  const { localPort } = peer.socket;
  const said = `Ålice\nlist\n${"x".repeat(5000)}\n`;
  peer.send(said);
  const heard = await peer.all();
  await at.emptied();
  expect(wire).toEqual({ in: said, out: `${heard.join("\n")}\n` });
  expect(events).toEqual([
    `1: ${localPort} to ${at.port}`,
    "named 1 Ålice",
    "closing 1 line too long",
    "disconnected 1 Ålice",
  ]);
});

test("sockets send at once, and ask after 30 seconds whether anybody is there", async () => {
  const keepAlive = vi.spyOn(Socket.prototype, "setKeepAlive");
  const noDelay = vi.spyOn(Socket.prototype, "setNoDelay");
  await at.named("Alice");
  expect(keepAlive.mock.calls).toEqual([[true, 30_000]]);
  // The other call is the peer's own.
  expect(noDelay.mock.calls).toEqual([[true], [true]]);
  keepAlive.mockRestore();
  noDelay.mockRestore();
});

test("when the server stops, nobody is told of chats that end with it", async () => {
  const peers = (await at.named("Alice", "Bob")) as [Peer, Peer];
  peers[0].line("chat Bob");
  await settle(peers);
  await at.stop();
  for (const peer of peers) expect(await peer.all()).toEqual(["Connection closed: the server is stopping."]);
});
