import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { describe, expect, it } from "vitest";
import * as library from "../lib/index.ts";
import { Peer } from "./chat/peer.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { runScript, runShell } from "./helpers/programs/run-script.ts";
import { Running } from "./scripts/running-server.ts";

const readme = fs.readFileSync("README.md", "utf8");
const scripts = fs
  .readdirSync("scripts")
  .filter((name) => name.endsWith(".ts") && /^#!.*tsx\n/.test(fs.readFileSync(`scripts/${name}`, "utf8")));

/** The block of output that follows some text. */
function outputAfter(text: string): string {
  expect(readme.split(text).length, text).toBe(2);
  return /^```\n([\s\S]*?)^```$/m.exec(readme.split(text)[1]!.replace(/^```\n/, ""))?.[1] ?? "";
}

describe("the README", () => {
  it("shows what the first command prints", async () => {
    const { stdout } = await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
    expect(readme).toContain(`\n\`\`\`\n${stdout}\`\`\`\n`);
  });

  it.skipIf(isMissing("tshark"))("shows what tshark prints of that capture", async () => {
    await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
    const { stdout } = await runShell('tshark -r out/part1.pcap -t r -Y "tcp.stream == 2" 2>/dev/null');
    expect(stdout.split("\n").length).toBeGreaterThan(10);
    expect(readme).toContain(`\n\`\`\`\n${stdout}\`\`\`\n`);
  });

  it.skipIf(isMissing("tshark"))("shows what stands before packets in a tunnel", async () => {
    const [, args] = /^npx tsx scripts\/encapsulate\.ts (.*tunnel\.pcapng.*)$/m.exec(readme) ?? [];
    await runScript("encapsulate", args!.split(" "));
    const { stdout } = await runShell("tshark -r out/tunnel.pcapng -c 9 -T fields -e frame.protocols 2>/dev/null");
    expect(stdout.split("\n")).toHaveLength(10);
    expect(readme).toContain(`\n\`\`\`\n${stdout}\`\`\`\n`);
  });

  it("shows what each view of analyze prints, or how it begins", async () => {
    await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
    const blocks = [
      ...readme.matchAll(/^```sh\nnpx tsx scripts\/analyze\.ts (.+)\n```\n(?:(?!```)[\s\S])*```\n([\s\S]*?)^```$/gm),
    ];
    expect(blocks.length).toBeGreaterThan(5);
    for (const [, args, output] of blocks) {
      const { stdout } = await runScript("analyze", args!.split(" "));
      expect(stdout.startsWith(output!), `${args}:\n${stdout}`).toBe(true);
    }
  });

  it("shows what edit prints", async () => {
    await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
    const command = /^npx tsx scripts\/edit\.ts .*\n/m.exec(readme)![0];
    const { stdout } = await runShell(command.replace("npx tsx scripts", "$WW"));
    expect(outputAfter(command)).toBe(stdout);
  });

  it.each([
    { script: "encapsulate", fewest: 20 },
    { script: "analyze", fewest: 12 },
    { script: "send", fewest: 16 },
    { script: "capture", fewest: 8 },
    { script: "inject", fewest: 6 },
    { script: "edit", fewest: 17 },
  ])("names every option of $script", async ({ script, fewest }) => {
    const { stdout } = await runScript(script, ["--help"]);
    const options = stdout.match(/(?<=^ {2}(?:-\w, )?)--[a-z-]+/gm) ?? [];
    expect(options.length).toBeGreaterThan(fewest);
    for (const option of options) expect(readme).toContain(`\`${option}`);
  });

  it("asks scripts only for what their --help names", async () => {
    const commands = [...readme.matchAll(/scripts\/([a-z-]+)\.ts([^`\n]*)/g)];
    expect(new Set(commands.map(([, name]) => `${name}.ts`))).toEqual(new Set(scripts));
    const helps = new Map<string, string>();
    for (const [line, name, rest] of commands) {
      const help = helps.get(name!) ?? (await runScript(name!, ["--help"])).stdout;
      helps.set(name!, help);
      for (const option of rest!.match(/(?<= )--[a-z-]+/g) ?? [])
        expect(help, line).toMatch(new RegExp(`${option}\\b`));
    }
  });

  it("shows what send prints, but for times", async () => {
    const command = "npx tsx scripts/send.ts fixtures/input.csv --speed 10x --record out/sent.pcapng\n";
    const args = command.trim().split(" ").slice(3);
    const { code, stdout } = await runScript("send", [...args, "--port", "0"]);
    expect(code).toBe(0);
    const withoutTimes = (text: string) => text.replace(/\d+\.\d+ (?=m?s)|(?<=line )\d+/g, "N ");
    expect(withoutTimes(outputAfter(command))).toBe(withoutTimes(stdout));
  });

  it.skipIf(isMissing("tshark"))("shows what tshark prints of a recorded chat, but for ports", async () => {
    const command =
      'tshark -r out/chat.pcapng -Y "tcp.len > 0" -T fields -e frame.number -e tcp.srcport -e frame.comment';
    const server = await Running.start(["--record", "out/chat.pcapng"]);
    const bob = await Peer.named(server.port, "Bob");
    const alice = await Peer.named(server.port, "Alice");
    for (const line of ["Bob: hello", "all: hi everyone"]) {
      alice.line(line);
      await bob.next();
    }
    for (const { socket } of [bob, alice]) socket.end();
    await Promise.all([bob.closed, alice.closed]);
    await server.stop();
    const { stdout } = await runShell(`${command} 2>/dev/null`);
    const ports = new Map([[`${server.port}`, "8080"]]);
    const withPorts = (text: string) =>
      text.replace(/(?<=\t)\d+(?=\t)/g, (port) => ports.get(port) ?? (port === "8080" ? port : "CLIENT"));
    expect(withPorts(outputAfter(`\`${command}\``))).toBe(withPorts(stdout));
  });

  it("has links that lead somewhere, and names every room of lib", () => {
    const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(
      ([, title]) =>
        `#${title!
          .toLowerCase()
          .replace(/[^\w\- ]/g, "")
          .replaceAll(" ", "-")}`,
    );
    const targets = [...readme.matchAll(/\]\(([^)]+)\)|srcset="([^"]+)"|src="([^"]+)"/g)].map(
      (match) => match[1] ?? match[2] ?? match[3]!,
    );
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) {
      if (target.startsWith("#")) expect(anchors).toContain(target);
      else expect(fs.existsSync(target.replace(/#.*/, "")), target).toBe(true);
    }
    for (const { name } of fs.readdirSync("lib", { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      expect(readme).toContain(`\`lib/${name}\``);
    }
  });

  it("has an example of the library that prints what it says", () => {
    const example = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
    expect(outputOf(example).trim()).toBe(/console\.log\(.*\/\/ (.*)$/m.exec(example)?.[1]);
  });

  it.skipIf(isMissing("tshark"))("shows what tshark prints of the packets that are crafted", async () => {
    const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, example]) => example!);
    expect(outputOf(examples.find((example) => example.includes("out/crafted.pcap"))!)).toBe("");
    const { stdout } = await runShell("tshark -r out/crafted.pcap 2>/dev/null");
    expect(stdout.split("\n").length).toBe(6);
    expect(outputAfter("`tshark -r out/crafted.pcap`")).toBe(stdout);
  });
});

it("names every header that there is, and each is public", () => {
  const [, table] = /^\| headers \| of \|\n([\s\S]*?)\n\n/m.exec(readme)!;
  const named = [...table!.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  const published: Readonly<Record<string, unknown>> = library;
  const headers = new Set(named.map((name) => published[name]));
  expect(headers.size).toBe(named.length);
  expect(headers).toEqual(new Set<unknown>([...library.allHeaders(), library.raw]));
});

/** What a program of the README prints, which nothing may go wrong in. */
function outputOf(example: string): string {
  const file = "test/readme-example.ts";
  try {
    fs.writeFileSync(file, example);
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", file], { encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout;
  } finally {
    fs.rmSync(file, { force: true });
  }
}
