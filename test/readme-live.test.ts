/** The commands of the READMEs that talk to each other, have no end of their own, or need rights. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Peer } from "./chat/peer.ts";
import { blocksOf, commandsOf, type ShownCommand, textOf } from "./helpers/documents/readmes.ts";
import { isMissing, isThere } from "./helpers/judges/tools.ts";
import { NetworkNamespace, namespacesAreMissing } from "./helpers/programs/network-namespace.ts";
import { runScript, runShell } from "./helpers/programs/run-script.ts";
import { makeTraffic, Running as RunningInside } from "./live/capture/capture-scene.ts";
import { Running } from "./scripts/running-server.ts";

const CHAT = "lib/chat/README.md";
const LIVE = "lib/live/README.md";
/** One of them is enough. */
const CAPTURERS = ["cap", "dumpcap", "tcpdump"] as const;

/** The only command of a README that matches. */
function commandOf(file: string, expression: RegExp): ShownCommand {
  const found = commandsOf(file).filter(({ command }) => expression.test(command));
  expect(found.length, `${expression}`).toBe(1);
  return found[0]!;
}

/** The flags of a script, of which none has a blank in it. */
const flagsOf = ({ command }: ShownCommand) => command.split(" ").slice(3);

/** One number for every port that the system chose. */
function withPorts(text: string, serverPort: number | string): string {
  return text.replace(/(?<=\t|127\.0\.0\.1:|port )\d+/g, (port) => (port === `${serverPort}` ? "SERVER" : "CLIENT"));
}

describe("the chat", () => {
  it("of the READMEs is heard and logged as they show", async () => {
    const start = commandOf(CHAT, /chat-server\.ts$/);
    const server = await Running.start(flagsOf(start));
    const [alice, bob] = ["Alice", "Bob"].map((name) =>
      commandOf(CHAT, new RegExp(`chat-client\\.ts --name ${name}$`)),
    );
    const client = (shown: ShownCommand, lines: string) =>
      runScript("chat-client", [...flagsOf(shown), "--port", `${server.port}`], lines);
    expect(withPorts(server.text, server.port)).toBe(withPorts(start.output!, 8080));
    const listener = await Peer.named(server.port, "Bob");
    expect((await client(alice!, "Bob: hello\nall: hi everyone\n")).code).toBe(0);
    expect(await listener.take(2)).toEqual(["[Alice] hello", "[Alice] hi everyone"]);
    const pipe = commandOf(CHAT, /^printf /).command.replace("npx tsx scripts", "$WW");
    expect((await runShell(`${pipe} --port ${server.port}`)).code).toBe(0);
    expect(await listener.next()).toBe("[Carol] hi");
    listener.socket.end();
    await listener.closed;
    expect((await client(bob!, "quit\n")).code).toBe(0);
    await server.until(/(?:DISCONNECTED[\s\S]*){4}/);
    await server.stop();
    const shown = blocksOf(textOf(CHAT)).find(({ text }) => text.startsWith("[NEW CONNECTION]"))!.text;
    for (const line of withPorts(shown, 8080).trimEnd().split("\n")) {
      expect(withPorts(server.text, server.port).split("\n")).toContain(line);
    }
  });

  it.skipIf(isMissing("tshark"))("is recorded as tshark prints it, but for ports", async () => {
    const server = await Running.start(flagsOf(commandOf(LIVE, /chat-server\.ts --record/)));
    const bob = await Peer.named(server.port, "Bob");
    const alice = await Peer.named(server.port, "Alice");
    for (const line of ["Bob: hello", "all: hi everyone"]) {
      alice.line(line);
      await bob.next();
    }
    for (const { socket } of [bob, alice]) socket.end();
    await Promise.all([bob.closed, alice.closed]);
    await server.stop();
    const { command, output } = commandOf(LIVE, /^tshark .*chat\.pcapng/);
    const { stdout } = await runShell(`${command} 2>/dev/null`);
    expect(withPorts(stdout, server.port)).toBe(withPorts(output!, 8080));
  });
});

describe.skipIf(namespacesAreMissing())("in a namespace", () => {
  let network: NetworkNamespace;
  beforeAll(async () => {
    network = new NetworkNamespace();
    await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
  });
  afterAll(() => network.remove());

  const start = ({ command }: ShownCommand) => {
    const line = command.replace("sudo npx tsx", `exec ${process.execPath} --import tsx`);
    return new RunningInside(network.spawn("bash", ["-c", line]));
  };
  /** What is counted and measured in the one run or the other, and through which program. */
  const withoutFigures = (text: string) =>
    text.replace(/\d[\d,.]* (?=packets,|bytes in|s\b|ms\b|packets a second)|through \w+|(?<=; ).*(?=\.\n)/g, "N ");

  it.skipIf(!CAPTURERS.some(isThere))("the capture says what is shown", async () => {
    const shown = commandOf(LIVE, /scripts\/capture\.ts/);
    const capture = start(shown);
    await capture.until(() => capture.errors.includes("Capturing on"));
    makeTraffic(network);
    expect(await capture.stop()).toBe(0);
    expect(withoutFigures(capture.errors + capture.text)).toBe(withoutFigures(shown.output!));
  });

  const injections = commandsOf(LIVE).filter(({ command }) => command.includes("scripts/inject.ts"));
  it.skipIf(isMissing("cap")).each(injections)("$command says what is shown", async (shown) => {
    const injection = start(shown);
    expect(await injection.closed, injection.errors).toBe(0);
    expect(withoutFigures(injection.text)).toBe(withoutFigures(shown.output!));
  });
});
