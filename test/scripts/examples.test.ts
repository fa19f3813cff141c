import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runScript } from "../helpers/programs/run-script.ts";

/** What a line of the examples asks of each command in it. */
interface Example {
  readonly line: string;
  readonly calls: readonly { readonly name: string; readonly args: readonly string[] }[];
}

const COMMANDS = [
  "encapsulate",
  "analyze",
  "scenarios",
  "edit",
  "send",
  "capture",
  "inject",
  "chat-server",
  "chat-client",
];

async function examplesOf(name: string): Promise<Example[]> {
  const { stdout } = await runScript("wirewright", [name, "--help"]);
  const [, block = ""] = stdout.split("\nExamples:\n");
  return block
    .trimEnd()
    .split("\n")
    .map((line) => ({ line: line.trim(), calls: line.split(" | ").flatMap(callIn) }));
}

function callIn(part: string): Example["calls"] {
  const words = [...part.replace(/ +#.*/, "").matchAll(/"([^"]*)"|\S+/g)].map(([word, text]) => text ?? word);
  const at = words.indexOf("wirewright");
  return at < 0 ? [] : [{ name: words[at + 1]!, args: words.slice(at + 2) }];
}

async function commandOf(name: string): Promise<Command> {
  if (name === "completion") return (await import("../../scripts/wirewright/completion.ts")).command;
  const { command } = (await import(`../../scripts/${name}.ts`)) as { command: Command };
  return command;
}

describe("the examples of --help", () => {
  it.each([...COMMANDS, "completion"])("of %s can be asked for", async (name) => {
    const examples = await examplesOf(name);
    expect(examples.length).toBeGreaterThan(1);
    for (const { line, calls } of examples) {
      expect(calls.map((call) => call.name)).toContain(name);
      for (const call of calls) {
        let isUnderstood = false;
        const command = (await commandOf(call.name)).action(() => {
          isUnderstood = true;
        });
        await command.parseAsync([...call.args], { from: "user" });
        expect(isUnderstood, line).toBe(true);
      }
    }
  });
});

describe("those that need no rights and come to an end", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "wirewright-examples-"));
    copyFileSync("fixtures/input.csv", path.join(folder, "messages.csv"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const script = path.resolve("scripts/wirewright.ts");
  const tsx = path.resolve("node_modules/tsx/dist/cli.mjs");
  const prelude = `set -eo pipefail; wirewright() { "${process.execPath}" "${tsx}" "${script}" "$@"; }; `;

  it("run, one after the other", async () => {
    const lines = (
      await Promise.all(["encapsulate", "analyze", "scenarios", "edit", "completion"].map(examplesOf))
    ).flat();
    const [recording] = await examplesOf("send");
    const [list] = await examplesOf("capture");
    // The usual port may be taken.
    const all = [...lines.map(({ line }) => line), `${recording!.line} --port 0`, list!.line];
    expect(all.length).toBeGreaterThan(14);
    for (const line of all) {
      const { status, stdout, stderr } = spawnSync("bash", ["-c", prelude + line], { cwd: folder, encoding: "utf8" });
      expect(status, line + stderr).toBe(0);
      expect(stdout, line).not.toBe("");
    }
    for (const name of ["messages.html", "scenarios/ecn.html", "mapped.pcap", "stream-00001.pcap", "sent.pcapng"])
      expect(existsSync(path.join(folder, name)), name).toBe(true);
  });
});
