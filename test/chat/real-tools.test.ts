import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChatServer } from "../../lib/chat/server.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { until } from "../helpers/programs/line-server.ts";
import { runShell } from "../helpers/programs/run-script.ts";
import { KEY, Typist } from "../helpers/programs/typist.ts";

const lacksNc = isMissing("nc");
const lacksTelnet = isMissing("telnet");

/** A person at a program that shows what a connection brings. */
class Person {
  readonly #child: ChildProcess;
  seen = "";
  isGone = false;

  constructor(program: string, port: number) {
    this.#child = spawn(program, ["127.0.0.1", `${port}`], { stdio: ["pipe", "pipe", "ignore"] });
    this.#child.stdin!.on("error", () => {});
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.seen += text;
    });
    this.#child.on("close", () => {
      this.isGone = true;
    });
  }

  types(text: string): void {
    this.#child.stdin!.write(text);
  }

  typesNoMore(): void {
    this.#child.stdin!.end();
  }

  async sees(text: string): Promise<void> {
    await until(
      () => this.seen.includes(text),
      () => `${text} in ${JSON.stringify(this.seen)}`,
    );
  }

  leave(): void {
    this.#child.kill();
  }
}

describe("the server, with the programs that everybody has", () => {
  let server: ChatServer;
  let port: number;
  const people: Person[] = [];
  const messages: { from: string; to: string; text: string }[] = [];

  beforeEach(async () => {
    server = new ChatServer({ port: 0 });
    server.on("message", (message) => messages.push({ ...message }));
    ({ port } = await server.start());
  });

  afterEach(async () => {
    for (const person of people.splice(0)) person.leave();
    messages.length = 0;
    await server.stop();
  });

  async function enter(program: string, name: string): Promise<Person> {
    const person = new Person(program, port);
    people.push(person);
    if (program === "telnet") await person.sees("Escape character");
    person.types(`${name}\n`);
    await person.sees(`Welcome ${name}! You can now chat.`);
    return person;
  }

  async function converse(first: string, second: string): Promise<void> {
    const alice = await enter(first, "Alice");
    const bob = await enter(second, "Bob");
    alice.types("Bob: Hello, B\u00f6b!\n");
    await bob.sees("[Alice] Hello, B\u00f6b!");
    bob.types("chat Alice\n");
    await alice.sees("Bob has opened a chat with you");
    bob.types("as in a chat\n");
    await alice.sees("[Bob] as in a chat");
    alice.types("all: to everybody\n");
    await bob.sees("[Alice] to everybody");
    bob.types("quit\n");
    await bob.sees("Goodbye Bob.");
    // nc stays until its own input ends, telnet does not.
    bob.typesNoMore();
    await until(
      () => bob.isGone,
      () => `the end of ${second}`,
    );
    await alice.sees("Chat with Bob has ended: Bob has left.");
    expect(server.names()).toEqual(["Alice"]);
  }

  it.skipIf(lacksNc)("lets two people with nc chat", () => converse("nc", "nc"));

  it.skipIf(lacksNc || lacksTelnet)("lets nc and telnet chat", async () => {
    await converse("nc", "telnet");
  });

  it.skipIf(lacksTelnet)("lets two people with telnet chat", () => converse("telnet", "telnet"));

  it.skipIf(isMissing("nc", "nc -N"))(
    "takes a last line without an end from nc -N, and answers before it closes",
    async () => {
      const bob = await enter("nc", "Bob");
      const { code, stdout } = await runShell(`printf 'Alice\\nBob: no end' | timeout 100 nc -N 127.0.0.1 ${port}`);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "Welcome Alice! You can now chat.\n" });
      await bob.sees("[Alice] no end");
    },
  );

  it.skipIf(isMissing("telnet", "python3"))("understands telnet at a terminal: Ctrl-C, backspace", async () => {
    const typist = new Typist(["telnet", "127.0.0.1", `${port}`]);
    try {
      await typist.sees("Escape character");
      typist.type("Alicf\x7fe\r");
      await typist.sees("Welcome Alice!");
      typist.type(`half a line${KEY.ctrlC}`);
      typist.type("all hello\r");
      await typist.sees("Nobody else is online.");
      typist.type("quit\r");
      await typist.sees("Goodbye Alice.");
      await typist.exitCode();
      expect(typist.screen.text).toContain("Connection closed by foreign host.");
      expect(server.names()).toEqual([]);
    } finally {
      typist.stop();
    }
  });
});
