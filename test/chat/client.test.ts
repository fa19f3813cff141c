import { afterEach, describe, expect, it } from "vitest";
import {
  BackOff,
  ChatClient,
  type ChatClientOptions,
  closingReason,
  isFarewell,
  isRefusal,
} from "../../lib/chat/client.ts";
import * as notices from "../../lib/chat/notices.ts";
import { ChatServer } from "../../lib/chat/server.ts";
import { colourOf, speakerPainter } from "../../lib/chat/terminal-text.ts";
import { LineServer, until } from "../helpers/programs/line-server.ts";

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startServer(port = 0): Promise<LineServer> {
  const server = await LineServer.start(port);
  stops.push(() => server.stop());
  return server;
}

/** A client that keeps what happens to it, in words. */
function startClient(port: number, options: Partial<ChatClientOptions> = {}) {
  const backOff = new BackOff(5, 20);
  const client = new ChatClient({ host: "127.0.0.1", port, name: "Alice", reconnects: false, backOff, ...options });
  const events: string[] = [];
  client.on("connected", ({ isAgain }) => events.push(isAgain ? "connected again" : "connected"));
  client.on("line", (text) => events.push(`line ${text}`));
  client.on("welcomed", () => events.push("welcomed"));
  client.on("refused", () => events.push("refused"));
  client.on("reconnecting", ({ reason, delay, attempt }) => events.push(`attempt ${attempt} in ${delay}: ${reason}`));
  client.on("closed", (failure) => events.push(`closed${failure ? ` ${failure.code}: ${failure.message}` : ""}`));
  client.connect();
  stops.push(() => client.destroy());
  const has = (event: string) =>
    until(
      () => events.includes(event),
      () => `${event} in ${events.join("; ")}`,
    );
  return { client, events, has };
}

describe("the client, with a server that does as it is told", () => {
  it("sends its bare name, then lines as typed", async () => {
    const server = await startServer();
    const { client, has } = startClient(server.port);
    await has("connected");
    expect(client.send("Bob:  two blanks ")).toBe(true);
    expect(client.send("not\r\ntwo lines")).toBe(true);
    await server.hears("two lines\n");
    expect(server.heard).toBe("Alice\nBob:  two blanks \nnot two lines\n");
  });

  it("hands over whole lines, cleaned, however they are cut", async () => {
    const server = await startServer();
    const { events, has } = startClient(server.port);
    await has("connected");
    const said = Buffer.from(
      "[Bob] \u05e9\u05dc\u05d5\u05dd \u{1f600}\r\n[Eve] \x1b]0;x\x07a\x1b[2Jb\u202e\n[Bob] \xff\n",
    );
    server.say("hello\n");
    await has("line hello");
    for (const byte of said) {
      server.say(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    await has("line [Eve] ab");
    expect(events.slice(1, 4)).toEqual([
      "line hello",
      "line [Bob] \u05e9\u05dc\u05d5\u05dd \u{1f600}",
      "line [Eve] ab",
    ]);
  });

  it("shows what is no UTF-8 as far as it can be read, and leaves out a line without end", async () => {
    const server = await startServer();
    const { client, events, has } = startClient(server.port);
    await has("connected");
    server.say(Buffer.from("caf\xe9\n", "latin1"));
    await has("line caf\ufffd");
    server.say(Buffer.alloc(3 << 20, "x"));
    server.say("\nafter\n");
    await has("line after");
    expect(events.filter((event) => event.startsWith("line (A line that is too long"))).toHaveLength(1);
    expect(client.isConnected).toBe(true);
  });

  it("shows a question without an end of line, but later no half lines", async () => {
    const server = await startServer();
    const { events, has } = startClient(server.port, { name: undefined });
    await has("connected");
    server.say("Your name? ");
    await has("line Your name? ");
    server.say("Hello!\n[Bob] one ");
    await has("line Hello!");
    await new Promise((resolve) => setTimeout(resolve, 400));
    server.say("[Carol] two\n");
    await has("line [Bob] one [Carol] two");
    expect(events).toHaveLength(4);
  });

  it("offers another name after a refusal, and never takes a later message for one", async () => {
    const server = await startServer();
    const { client, events, has } = startClient(server.port);
    await has("connected");
    server.say("Name not accepted: Alice is taken; send another name.\n");
    await has("refused");
    expect(client.needsName).toBe(true);
    client.offerName("Alicia");
    expect(client.needsName).toBe(false);
    await server.hears("Alice\nAlicia\n");
    server.say("Welcome Alicia! You can now chat.\nName not accepted: said a server of another kind\n");
    await has("line Name not accepted: said a server of another kind");
    expect(events.filter((event) => event === "refused")).toHaveLength(1);
    expect(client.needsName).toBe(false);
  });

  it("connects again and gives its name again; what was not sent is not sent later by itself", async () => {
    const server = await startServer();
    const { client, events, has } = startClient(server.port, { reconnects: true });
    await has("connected");
    await server.hears("Alice\n");
    const { port } = server;
    await server.stop();
    await until(() => events.some((event) => event.startsWith("attempt 3")));
    expect(client.send("lost?")).toBe(false);
    expect(events[1]).toBe("attempt 1 in 5: The server closed the connection.");
    expect(events[2]).toBe(
      `attempt 2 in 10: No server listens at 127.0.0.1:${port}; start one there, or name another place with --host and --port.`,
    );
    const next = await startServer(port);
    await has("connected again");
    client.send("here again");
    await next.hears("here again\n");
    expect(next.heard).toBe("Alice\nhere again\n");
  });

  it("says once why it is closed: never connected, lost, or before a name was accepted", async () => {
    const server = await startServer();
    const { port } = server;
    const lost = startClient(port);
    const nameless = startClient(port, { name: undefined, reconnects: true });
    await lost.has("connected");
    await nameless.has("connected");
    await server.hears("Alice\n");
    await server.accepted(2);
    await server.stop();
    await lost.has("closed CONNECTION_LOST: The server closed the connection.");
    await nameless.has("closed CONNECTION_LOST: The server closed the connection before it accepted a name.");
    const never = startClient(port, { reconnects: true });
    await until(() => never.events.length > 0);
    expect(never.events).toEqual([
      `closed CANNOT_CONNECT: No server listens at 127.0.0.1:${port}; start one there, or name another place with --host and --port.`,
    ]);
    expect(lost.events).toHaveLength(2);
  });

  it("leaves after all was sent, and hears what is still said", async () => {
    const server = await LineServer.start(0, (socket) => socket.on("end", () => socket.end("last words")));
    stops.push(() => server.stop());
    const { client, events, has } = startClient(server.port);
    await has("connected");
    const part = Buffer.from(`${"x".repeat(999)}\n`);
    for (let count = 0; count < 5000; count++) client.sendBytes(part);
    client.leave();
    expect(client.send("too late")).toBe(false);
    await has("closed");
    expect(events).toEqual(["connected", "line last words", "closed"]);
    expect(server.heard).toHaveLength("Alice\n".length + 5_000_000);
  });

  it("leaves while it waits to connect again", async () => {
    const server = await startServer();
    const { client, events, has } = startClient(server.port, { reconnects: true, backOff: new BackOff(60_000) });
    await has("connected");
    await server.stop();
    await until(() => events.length > 1);
    client.leave();
    client.leave();
    expect(events.at(-1)).toBe("closed");
    expect(events).toHaveLength(3);
  });
});

describe("the client, with our server", () => {
  it("is welcomed, refused, and passes messages on", async () => {
    const server = new ChatServer({ port: 0 });
    const { port } = await server.start();
    stops.push(() => server.stop());
    const alice = startClient(port);
    await alice.has("welcomed");
    const second = startClient(port);
    await second.has("refused");
    second.client.offerName("Bob");
    await second.has("welcomed");
    second.client.send("Alice: hello");
    alice.client.send("all: to all");
    await alice.has("line [Bob] hello");
    await second.has("line [Alice] to all");
    second.client.send("quit");
    await second.has("line Goodbye Bob.");
    alice.client.leave();
    await alice.has("closed");
  });
});

describe("the back-off", () => {
  it("doubles up to its longest, and starts anew only after a connection that held", () => {
    let now = 0;
    const backOff = new BackOff(500, 10_000, () => now);
    backOff.connected();
    now = 10_000;
    const delays = [true, false, false, false, false, false, false].map((wasConnected) => backOff.next(wasConnected));
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    backOff.connected();
    now += 9999;
    expect(backOff.next(true)).toBe(10_000);
    backOff.connected();
    now += 10_000;
    expect(backOff.next(true)).toBe(500);
  });
});

describe("the colours of names", () => {
  it("are the same for a name in other letters, and differ among a few users", () => {
    expect(colourOf("ALICE")).toBe(colourOf("alice"));
    expect(new Set(["Alice", "Bob", "Carol", "Dan", "User1", "User2", "User3"].map(colourOf)).size).toBeGreaterThan(4);
  });

  it("paint the sender alone, and nothing without a terminal or with NO_COLOR", () => {
    const line = "[Bob] [Alice] hi";
    expect(speakerPainter(true, {})(line)).toBe(`\x1b[${colourOf("Bob")}m[Bob]\x1b[22;39m [Alice] hi`);
    expect(speakerPainter(true, {})("Users online (1): [x]")).toBe("Users online (1): [x]");
    expect(speakerPainter(false, {})(line)).toBe(line);
    expect(speakerPainter(true, { NO_COLOR: "1" })(line)).toBe(line);
  });
});

it("knows a farewell in all its forms", () => {
  expect(["quit", " QUIT ", "/quit"].map(isFarewell)).toEqual([true, true, true]);
  expect(["quit now", "Bob: quit", "//quit", ""].map(isFarewell)).toEqual([false, false, false, false]);
});

it("knows why the server closes, from all its closing lines and no others", () => {
  expect(closingReason(notices.serverStopping())).toBe("the server is stopping");
  expect(closingReason(notices.serverFull())).toBe("the server is full; try again later");
  expect(closingReason(notices.lineTooLong(9))).toBe("a line can have at most 9 bytes");
  const others = [notices.goodbye("Bob"), notices.relayed("Eve", notices.tooFast()), notices.notDelivered("Bob"), ""];
  expect(others.map(closingReason)).toEqual(others.map(() => undefined));
});

describe("the refusals of our server", () => {
  const { relayed, help, usersOnline, notDelivered, incompleteCommand } = notices;
  const refusals = [
    notices.nameNotAccepted("it is empty"),
    notices.nameTaken("Bob"),
    notices.nameLooksLike("B0b", "Bob"),
    notices.alreadyNamed(),
    notices.userNotFound("Bob"),
    notices.thatIsYou(),
    notices.nobodyElse(),
    notices.emptyText(),
    notices.nobodyAddressed(),
    notices.unknownCommand("/foo"),
    incompleteCommand("chat Bob"),
    notDelivered("Bob"),
    notDelivered("Bob", 3),
    notices.notUtf8(),
    notices.noChatOpen(),
  ];
  const others = [
    ...refusals.map((refusal) => relayed("Eve", refusal)),
    notices.welcome("User"),
    notices.goodbye("Bob"),
    usersOnline(["User"]),
    ...help(),
    ...["User", "Nobody", "No", "Nothing", "Unknown", "Not"].flatMap((name) => [
      notices.chatOpened(name),
      notices.chatOpenedBy(name),
      notices.partnerIsBusy(name),
      notices.chatEnded(name),
      notices.chatEndedByLeaving(name),
    ]),
    notices.lineTooLong(9),
    notices.httpRequest(),
    notices.tooManyLinesBeforeName(9),
    notices.noNameInTime(9),
    notices.tooFast(),
    notices.serverFull(),
    notices.tooManyFromAddress(),
    notices.serverStopping(),
  ];

  it("are known, and nothing else that it says is taken for one", () => {
    expect(refusals.filter((line) => !isRefusal(line))).toEqual([]);
    expect(others.filter(isRefusal)).toEqual([]);
  });
});
