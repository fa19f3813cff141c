import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { READY, runScript, SAYS_WHEN_READY } from "../helpers/programs/run-script.ts";

const wirewright = (...args: string[]) => runScript("wirewright", args);
const scripts = readdirSync("scripts").filter((name) => name.endsWith(".ts") && name !== "wirewright.ts");
const names = scripts.map((name) => path.basename(name, ".ts"));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "wirewright-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("wirewright", () => {
  it("lists every script and the completion, a line each", async () => {
    const { code, stdout, stderr } = await wirewright("--help");
    expect([code, stderr]).toEqual([0, ""]);
    const listed = [...stdout.split("\nCommands:\n")[1]!.matchAll(/^ {2}([a-z-]+) {2,}\S.*$/gm)].map(
      ([, name]) => name,
    );
    expect(new Set(listed)).toEqual(new Set([...names, "completion", "help"]));
  });

  it("has the version of the package", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect((await wirewright("--version")).stdout).toBe(`${version}\n`);
    expect((await wirewright("edit", "--version")).stdout).toBe(`${version}\n`);
  });

  it.each([
    ["encapsulat", 'There is no command "encapsulat"; did you mean encapsulate?'],
    ["anaylze", 'There is no command "anaylze"; did you mean analyze?'],
    ["cap", 'There is no command "cap"; did you mean capture?'],
    ["constructor", 'There is no command "constructor"; wirewright --help lists all.'],
  ])("does not know %s, and names what is near", async (name, sentence) => {
    for (const args of [
      [name, "--quiet"],
      ["help", name],
    ]) {
      expect(await wirewright(...args)).toMatchObject({ code: 2, stdout: "", stderr: `wirewright: ${sentence}\n` });
    }
  });

  it("wants a command, and no flag that it does not know", async () => {
    const alone = await wirewright();
    expect([alone.code, alone.stdout]).toEqual([2, ""]);
    expect(alone.stderr).toBe((await wirewright("--help")).stdout);
    expect(await wirewright("--quiet")).toMatchObject({
      code: 2,
      stderr: "error: unknown option '--quiet'\nUsage: wirewright <command> [options]\n",
    });
  });

  it("has the first line that makes it a program of its own", () => {
    expect(readFileSync("scripts/wirewright.ts", "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
  });

  it("loads the subcommand that is called, and no other one", async () => {
    const coverage = path.join(folder, "coverage");
    const args = ["--import", "tsx", "scripts/wirewright.ts", "edit", "--version"];
    spawnSync(process.execPath, args, { env: { ...process.env, NODE_V8_COVERAGE: coverage } });
    const report = readdirSync(coverage)
      .map((name) => readFileSync(path.join(coverage, name), "utf8"))
      .join("");
    const loaded = names.filter((name) => report.includes(`/scripts/${name}.ts"`));
    expect(loaded).toEqual(["edit"]);
  });
});

describe("a subcommand", () => {
  it.each(names)("%s has the help of its script, with its own name", async (name) => {
    const [own, script] = await Promise.all([wirewright(name, "--help"), runScript(name, ["--help"])]);
    expect([own.code, script.code]).toEqual([0, 0]);
    expect(own.stdout).toContain(`Usage: wirewright ${name} `);
    expect(own.stdout).not.toContain("npx tsx");
    expect(script.stdout).not.toMatch(/\bwirewright [a-z]/);
    const asScript = own.stdout
      .replace(`Usage: wirewright ${name} `, `Usage: ${name} `)
      .replace(/\bwirewright ([a-z-]+)/g, "npx tsx scripts/$1.ts");
    expect(asScript).toBe(script.stdout);
    expect((await wirewright("help", name)).stdout).toBe(own.stdout);
  });

  it("does what its script does", async () => {
    const args = ["fixtures/input.csv", "-"];
    const [own, script] = await Promise.all([wirewright("encapsulate", ...args), runScript("encapsulate", args)]);
    expect(own.code).toBe(0);
    expect(own.stdoutBytes.equals(script.stdoutBytes)).toBe(true);
    expect(own.stderr).toBe(script.stderr);
  });

  it.each([
    [1, ["analyze", "missing.pcap"], /^wirewright analyze: missing\.pcap: [^\n]*\n$/],
    [
      2,
      ["capture"],
      "wirewright capture: The output is missing; name a file to write to, or give --print.\nUsage: wirewright capture [options] [output.pcapng]\n",
    ],
    [
      2,
      ["edit", "x.pcap"],
      "error: missing required argument 'output'\nUsage: wirewright edit [options] <input> <output>\n",
    ],
    [
      2,
      ["send", "x.csv", "--connect", "192.0.2.1", "--capture", "x.pcap"],
      /run wirewright capture beside, .*\nUsage: wirewright send /,
    ],
  ])("ends with %i and says what it is called: %j", async (expected, args, sentence) => {
    const { code, stderr } = await wirewright(...args);
    expect(code).toBe(expected);
    if (typeof sentence === "string") expect(stderr).toBe(sentence);
    else expect(stderr).toMatch(sentence);
  });

  it("ends with 130 when it is interrupted, without a file", async () => {
    const output = path.join(folder, "never.pcap");
    const args = [...SAYS_WHEN_READY, "--import", "tsx", "scripts/wirewright.ts", "encapsulate", "-", output];
    const child = spawn(process.execPath, args);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (stderr.includes(READY)) child.kill("SIGINT");
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
    expect(existsSync(output)).toBe(false);
  });
});

describe("a script", () => {
  const linked = () => {
    const link = path.join(folder, "chat-client.ts");
    if (!existsSync(link)) symlinkSync(path.resolve("scripts/chat-client.ts"), link);
    return link;
  };

  it.each([
    ["by its name alone", () => "scripts/chat-client"],
    ["through a link", linked],
  ])("is found to be what was started: %s", (_how, file) => {
    const args = [path.resolve("node_modules/tsx/dist/cli.mjs"), file(), "--version"];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });
});
