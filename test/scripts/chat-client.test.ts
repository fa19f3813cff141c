import { spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import type { ChatLimits } from "../../lib/chat/limits.ts";
import { ChatServer } from "../../lib/chat/server.ts";
import { LineServer, until } from "../helpers/programs/line-server.ts";
import { runScript, runShell } from "../helpers/programs/run-script.ts";

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startChatServer(limits: Partial<ChatLimits> = {}): Promise<ChatServer & { port: number }> {
  const server = new ChatServer({ port: 0, limits: { floodBurst: 0, floodRate: 0, ...limits } });
  const { port } = await server.start();
  stops.push(() => server.stop());
  return Object.assign(server, { port });
}

async function startLineServer(...args: Parameters<typeof LineServer.start>): Promise<LineServer> {
  const server = await LineServer.start(...args);
  stops.push(() => server.stop());
  return server;
}

/** A client whose input stays open until its test ends it. */
function startClient(port: number, args: readonly string[]) {
  const all = ["--import", "tsx", "scripts/chat-client.ts", "--port", `${port}`, ...args];
  const child = spawn(process.execPath, all);
  stops.push(() => child.kill());
  const client = { child, stdout: "", stderr: "", code: undefined as number | null | undefined };
  child.stdin.on("error", () => {});
  child.stdout.on("data", (text) => {
    client.stdout += text;
  });
  child.stderr.on("data", (text) => {
    client.stderr += text;
  });
  child.on("close", (code) => {
    client.code = code;
  });
  return client;
}

describe("chat-client between pipes", () => {
  it("delivers its input and prints what arrives", async () => {
    const { port } = await startChatServer();
    const bob = startClient(port, ["--name", "Bob"]);
    await until(() => bob.stdout.includes("Welcome Bob!"));
    const shell = `printf 'Bob: hi\\nlist\\n' | $WW/chat-client.ts --port ${port} --name Alice`;
    expect(await runShell(shell)).toMatchObject({
      code: 0,
      stdout: "Welcome Alice! You can now chat.\nUsers online (2): Bob, Alice\n",
      stderr: "",
    });
    await until(() => bob.stdout.includes("[Alice] hi\n"));
    bob.child.stdin.end();
    await until(() => bob.code !== undefined);
    expect(bob.code).toBe(0);
  });

  it.each([
    ["Nobody: hi\n", "User not found: Nobody."],
    ["Alice: hi", "That is you: choose another user."],
    ["all: hi", "Nobody else is online."],
    ["Nobody:", "Nothing is sent: the text is empty."],
    ["hi\nquit\n", 'Nobody is addressed: write "Bob: hello", "all: hello" or "chat Bob"; help shows all commands.'],
    ["/foo", "Unknown command: /foo. Write help for all commands."],
    ["HELLO Bob", "You have a name already: leave with quit to take another."],
    ["end", "No chat is open."],
  ])("fails in one sentence, with all that it was told, when the server refuses %j", async (input, answer) => {
    const { port } = await startChatServer();
    const { code, stdout, stderr } = await runScript("chat-client", ["--port", `${port}`, "--name", "Alice"], input);
    expect(stdout).toContain(`Welcome Alice! You can now chat.\n${answer}\n`);
    expect(stderr).toBe(`chat-client: The server did not follow a line of the input; its answer: ${answer}\n`);
    expect(code).toBe(1);
  });

  it("fails when some lines were refused, and has delivered the others", async () => {
    const server = await startChatServer();
    const bob = startClient(server.port, ["--name", "Bob"]);
    await until(() => bob.stdout.includes("Welcome"));
    const args = ["--port", `${server.port}`, "--name", "Alice"];
    expect(await runScript("chat-client", args, "Eve: 1\nBob: 2\nhello\nBob: 3\n")).toMatchObject({
      code: 1,
      stderr: "chat-client: The server did not follow 2 lines of the input; its first answer: User not found: Eve.\n",
    });
    await until(() => bob.stdout.endsWith("[Alice] 2\n[Alice] 3\n"));
  });

  it("does not take for a refusal what a user or a server of another kind says", async () => {
    const server = await startChatServer();
    const user = startClient(server.port, ["--name", "Nobody"]);
    await until(() => user.stdout.includes("Welcome"));
    const alice = startClient(server.port, ["--name", "Alice"]);
    await until(() => alice.stdout.includes("Welcome"));
    user.child.stdin.write("Alice: User not found: Bob.\nall: Nobody else is online.\nchat Alice\nNo chat is open.\n");
    await until(() => alice.stdout.endsWith("[Nobody] No chat is open.\n"));
    expect(alice.stdout).toContain("\nNobody has opened a chat with you");
    alice.child.stdin.end();
    await until(() => alice.code !== undefined);
    expect(alice).toMatchObject({ code: 0, stderr: "" });
    for (const greeting of ["", "Welcome to this chat!\n"]) {
      const other = await startLineServer(0, (socket) => {
        socket.write(greeting);
        socket.on("end", () => socket.end("User not found: Bob.\n"));
      });
      expect(await runScript("chat-client", ["--port", `${other.port}`, "--name", "Alice"], "hi\n")).toMatchObject({
        code: 0,
        stdout: `${greeting}User not found: Bob.\n`,
        stderr: "",
      });
    }
  });

  it("takes its first line for the name, and delivers a last line that has no end", async () => {
    const server = await startChatServer();
    const messages: object[] = [];
    server.on("message", (message) => messages.push(message));
    const bob = startClient(server.port, ["--name", "Bob"]);
    await until(() => bob.stdout.includes("Welcome"));
    const { code } = await runScript("chat-client", ["--port", `${server.port}`], "Alice\r\nBob: one\nBob: two");
    expect(code).toBe(0);
    expect(messages).toEqual([
      { from: "Alice", to: "Bob", text: "one" },
      { from: "Alice", to: "Bob", text: "two" },
    ]);
  });

  it("delivers a long input whole, also to a server that greets nobody", async () => {
    const server = await startLineServer();
    const lines = Array.from({ length: 20_000 }, (_, index) => `Bob: message ${index} ${"x".repeat(80)}\n`).join("");
    const args = ["--port", `${server.port}`, "--name", "Alice"];
    expect(await runScript("chat-client", args, lines)).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(server.heard).toBe(`Alice\n${lines}`);
  });

  it("sends nothing after a refused name: the next line would be the name", async () => {
    const server = await startChatServer();
    const bob = startClient(server.port, ["--name", "Bob"]);
    await until(() => bob.stdout.includes("Welcome"));
    const { code, stdout, stderr } = await runScript(
      "chat-client",
      ["--port", `${server.port}`, "--name", "bob"],
      "secret\n",
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Name not accepted: .*\n$/);
    expect(stderr).toBe("chat-client: The server did not accept the name; choose another with --name.\n");
    expect(server.names()).toEqual(["Bob"]);
  });

  it.each([
    ["its flag", ["--name", "Alice"], "secret\nmore\n"],
    ["its first line, after empty ones", [], "\n\r\nAlice\nsecret\nmore\n"],
  ])(
    "sends nothing after a name of %s that is refused late, and leaves though its input goes on",
    async (_, args, input) => {
      const server = await startLineServer(0, (socket) => {
        socket.once("data", () => {
          setTimeout(() => socket.write("Name not accepted: Alice is taken; send another name.\n"), 1500);
        });
      });
      const client = startClient(server.port, args);
      client.child.stdin.write(input);
      await until(() => client.code !== undefined);
      expect(client.code).toBe(1);
      expect(client.stderr).toBe("chat-client: The server did not accept the name; choose another with --name.\n");
      expect(server.heard).toBe("Alice\n");
    },
  );

  it("waits only a little for the verdict of a server that has answered something else", async () => {
    const server = await startLineServer(0, (socket) => socket.write("Hello, who is there?\n"));
    const client = startClient(server.port, ["--name", "Alice"]);
    client.child.stdin.end("Bob: hi\n");
    await server.hears("Alice\nBob: hi\n");
  });

  it.each(["Bob: hi\n", "quit\n"])(
    "fails in one sentence when the server says why it closes, after %j",
    async (input) => {
      const server = await startLineServer(0, (socket) => {
        socket.write("Welcome Alice! You can now chat.\n");
        socket.on("end", () => socket.end("Connection closed: you send faster than the server reads.\n"));
      });
      const { code, stderr } = await runScript("chat-client", ["--port", `${server.port}`, "--name", "Alice"], input);
      expect(code).toBe(1);
      expect(stderr).toBe(
        "chat-client: The server closed the connection: you send faster than the server reads; some of the input may not have been delivered.\n",
      );
    },
  );

  it("fails when the server is stopped while it still holds lines back", async () => {
    const server = await startChatServer({ floodBurst: 3, floodRate: 1 });
    const client = startClient(server.port, ["--name", "Alice"]);
    client.child.stdin.end("Bob: hi\n".repeat(20));
    await until(() => client.stdout.includes("User not found"));
    await server.stop();
    await until(() => client.code !== undefined);
    expect(client).toMatchObject({
      code: 1,
      stderr:
        "chat-client: The server closed the connection: the server is stopping; some of the input may not have been delivered.\n",
    });
  });

  it("is done when the server closes after quit, though its input goes on", async () => {
    const { port } = await startChatServer();
    const client = startClient(port, ["--name", "Alice"]);
    client.child.stdin.write("list\nquit\n");
    await until(() => client.code !== undefined);
    expect(client).toMatchObject({
      code: 0,
      stdout: "Welcome Alice! You can now chat.\nUsers online (1): Alice\nGoodbye Alice.\n",
      stderr: "",
    });
  });

  it("fails in one sentence when the connection is lost before its input ended", async () => {
    const server = await startLineServer();
    const client = startClient(server.port, ["--name", "Alice"]);
    await server.hears("Alice\n");
    await server.stop();
    await until(() => client.code !== undefined);
    expect(client).toMatchObject({ code: 1, stderr: "chat-client: The server closed the connection.\n" });
  });

  it("fails in one sentence when nobody listens", async () => {
    const server = await LineServer.start();
    const { port } = server;
    await server.stop();
    const { code, stderr } = await runScript("chat-client", ["--port", `${port}`, "--name", "Alice"], "Bob: hi\n");
    expect(code).toBe(1);
    expect(stderr).toBe(
      `chat-client: No server listens at 127.0.0.1:${port}; start one there, or name another place with --host and --port.\n`,
    );
  });

  it("prints nothing that a terminal obeys", async () => {
    const server = await startLineServer(0, (socket) => {
      socket.write("Welcome Alice!\n");
      socket.on("end", () => socket.end("[Eve] \x1b[2J\x1b]0;title\x07\x9b1mred\x00\u202e\r\n"));
    });
    const args = ["--port", `${server.port}`, "--name", "Alice"];
    expect(await runScript("chat-client", args, "hi\n")).toMatchObject({
      code: 0,
      stdout: "Welcome Alice!\n[Eve] red\n",
    });
  });

  it("goes on sending when nobody reads what it prints any more", async () => {
    const server = await startChatServer();
    const bob = startClient(server.port, ["--name", "Bob"]);
    await until(() => bob.stdout.includes("Welcome"));
    const shell = `printf 'list\\nlist\\nBob: hi\\n' | $WW/chat-client.ts --port ${server.port} --name Alice | head -1`;
    expect(await runShell(shell)).toMatchObject({ code: 0, stdout: "Welcome Alice! You can now chat.\n", stderr: "" });
    await until(() => bob.stdout.endsWith("[Alice] hi\n"));
  });
});

describe("the flags of chat-client", () => {
  it.each([
    [["--port", "0"]],
    [["--port", "http"]],
    [["--name", " "]],
    [["--name", "two\nlines"]],
    [["--nick", "x"]],
    [["Alice"]],
  ])("refuses %j", async (args) => {
    const { code, stderr } = await runScript("chat-client", args, "");
    expect(code).toBe(2);
    expect(stderr).toContain("Usage: npx tsx scripts/chat-client.ts [options]");
  });

  it("prints its help", async () => {
    const { code, stdout } = await runScript("chat-client", ["--help"]);
    expect(code).toBe(0);
    for (const flag of ["--host", "--port", "--name", "--no-reconnect", "--version"]) expect(stdout).toContain(flag);
  });
});
