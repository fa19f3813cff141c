/**
 * What the READMEs say, held against what there is: flags, links, names, and every command, which is run as it is printed and
 * prints what is shown.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import * as library from "../lib/index.ts";
import { outputOf, programsOf, saidOutput } from "./helpers/documents/programs.ts";
import {
  anchorsOf,
  blocksOf,
  commandsOf,
  DOCUMENTS,
  linksOf,
  type ShownCommand,
  sectionOf,
  textOf,
} from "./helpers/documents/readmes.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { runScript, runShell } from "./helpers/programs/run-script.ts";

const FIRST_COMMAND = "npm ci && npx tsx scripts/encapsulate.ts fixtures/input.csv out/part1.pcap";
/** Bytes of the README at the top, which is read by who does not know yet whether to read more. */
const LONGEST_README = 9 * 1024;

/** Played in `readme-live.test.ts`: they have no end, talk to each other, or need rights. */
const PLAYED_ELSEWHERE =
  /^(?:sudo )?npx tsx scripts\/(?:chat-server|capture|inject)\.ts|chat-client\.ts|out\/chat\.pcapng/;
/** Would change the rights of the Node that runs the tests. */
const NOT_FOR_A_TEST = /^sudo setcap /;

const scripts = fs
  .readdirSync("scripts")
  // The one command is a way to all of them, and has no flags.
  .filter((name) => name.endsWith(".ts") && name !== "wirewright.ts")
  .map((name) => name.replace(/\.ts$/, ""));

const helps = new Map<string, Promise<string>>();
/** What a script says of itself. */
function helpOf(name: string): Promise<string> {
  const help = helps.get(name) ?? runScript(name, ["--help"]).then(({ stdout }) => stdout);
  helps.set(name, help);
  return help;
}

const flagsOf = (help: string): string[] => help.match(/(?<=^ {2}(?:-\w, )?)--[a-z-]+/gm) ?? [];

/** With what only this run has taken out: how long it took, and a port that had to be free. */
const withoutTimes = (text: string) => text.replace(/\d+\.\d+ (?=m?s)|(?<=line )\d+(?=\)\.)/g, "N ");

/** As printed, but for the two names that tests know another way to: `npx tsx` is this Node, and what `npm ci` does is done. */
function asRun({ command }: ShownCommand): string {
  const ready = command.replace(/^npm ci && /, "").replaceAll("npx tsx scripts/", "$WW/");
  return ready.includes("$WW/send.ts") ? `${ready} --port 0` : ready;
}

function expectShown({ command, output }: ShownCommand, stdout: string, stderr: string): void {
  if (output === undefined) return;
  const printed = withoutTimes(stdout === "" ? stderr : stdout);
  const shown = withoutTimes(output);
  if (shown.endsWith("\n...\n")) expect(printed.slice(0, shown.length - 4), command).toBe(shown.slice(0, -4));
  else expect(printed, command).toBe(shown);
}

describe.each(DOCUMENTS.filter((file) => ownCommandsOf(file).length > 0))("the commands of %s", (file) => {
  beforeAll(async () => {
    await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
  });

  const own = ownCommandsOf(file);
  const [programs, others] = [own.filter(isOfPackage), own.filter((shown) => !isOfPackage(shown))];

  it.each(programs)("$command is a script of the package", ({ command }) => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    expect(Object.keys(scripts)).toContain(/^npm (?:run )?([a-z]+)$/.exec(command)?.[1]);
  });

  for (const shown of others) {
    it.skipIf(shown.command.startsWith("tshark") && isMissing("tshark"))(
      `${shown.command} does what is shown`,
      async () => {
        if (shown.command.includes("out/crafted.pcap")) outputOf(exampleWith("out/crafted.pcap"));
        const { code, stdout, stderr } = await runShell(asRun(shown));
        if (shown.output === undefined || code === 0) expect(code, stderr).toBe(0);
        else expect(shown.output).toMatch(/^[a-z]+: /);
        expectShown(shown, stdout, stderr);
      },
    );
  }
});

/** Those that are run here. */
function ownCommandsOf(file: string): ShownCommand[] {
  return commandsOf(file).filter(({ command }) => !PLAYED_ELSEWHERE.test(command) && !NOT_FOR_A_TEST.test(command));
}

function isOfPackage({ command }: ShownCommand): boolean {
  return /^npm (?!ci )/.test(command);
}

describe("the README", () => {
  it("begins with the two commands, and is short", () => {
    const first = commandsOf("README.md").slice(0, 2);
    expect(first.map(({ command }) => command)).toEqual([FIRST_COMMAND, "npm test"]);
    expect(Buffer.byteLength(textOf("README.md"))).toBeLessThanOrEqual(LONGEST_README);
  });

  it("has no figure of speed that is not in the README of the benchmark", () => {
    const table = sectionOf(textOf("README.md"), "## How fast").match(/^\|.*\|$/gm)!;
    const figures = table.join("\n").match(/\b\d+\.\d+\b/g)!;
    const measured = textOf("test/bench/README.md").match(/\b\d+\.\d+$/gm)!;
    expect(figures.length).toBeGreaterThan(10);
    for (const figure of figures) expect(measured).toContain(figure);
  });
});

describe("the flags", () => {
  it.each(scripts)("of %s stand in the README of the scripts, each in a row of its table", async (script) => {
    const flags = flagsOf(await helpOf(script));
    const rows = sectionOf(textOf("scripts/README.md"), `### ${script}`).match(/^\| `--.*$/gm)!;
    const told = rows.flatMap((row) => row.split(" | ")[0]!.match(/--[a-z-]+/g)!);
    expect(told.sort()).toEqual(flags.sort());
  });

  it("of the benchmark stand in its README", () => {
    const { stdout } = spawnSync(process.execPath, ["--import", "tsx", "test/bench/run.ts", "--help"], {
      encoding: "utf8",
    });
    const told = textOf("test/bench/README.md").match(/(?<=^\| `)--[a-z-]+/gm)!;
    expect(told.sort()).toEqual(
      flagsOf(stdout)
        .filter((flag) => flag !== "--help")
        .sort(),
    );
  });

  it.each(DOCUMENTS)("that %s asks scripts for are those that they have", async (file) => {
    for (const [line, name, rest] of textOf(file).matchAll(/scripts\/([a-z-]+)\.ts([^`\n|]*)/g)) {
      expect(scripts, line).toContain(name);
      for (const flag of rest!.match(/(?<= )--[a-z-]+/g) ?? [])
        expect(flagsOf(await helpOf(name!)), line).toContain(flag);
    }
  });
});

describe("the links", () => {
  it.each(DOCUMENTS)("of %s lead somewhere", (file) => {
    for (const link of linksOf(textOf(file))) {
      if (/^https?:/.test(link)) continue;
      const [name, anchor] = link.split("#");
      const target = name === "" ? file : path.posix.join(path.posix.dirname(file), name!);
      expect(fs.existsSync(target), `${file}: ${link}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(textOf(target)), `${file}: ${link}`).toContain(`#${anchor}`);
    }
  });

  it("lead from the README at the top to all others", () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file) || !file.endsWith(".md")) return;
      reached.add(file);
      for (const link of linksOf(textOf(file)))
        visit(path.posix.join(path.posix.dirname(file), link.replace(/#.*/, "")));
    };
    visit("README.md");
    expect(DOCUMENTS.filter((file) => !reached.has(file))).toEqual([]);
  });
});

describe("the examples", () => {
  const examples = DOCUMENTS.flatMap((file) => programsOf(file).map((example) => ({ file, example })));

  it.each(examples)("of $file print what they say", ({ example }) => {
    expect(outputOf(example)).toBe(saidOutput(example));
  });

  it("of filters are filters", () => {
    const [filters] = blocksOf(textOf("lib/filter/README.md")).filter(({ language }) => language === "filter");
    const lines = filters!.text.trim().split("\n");
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(library.compileFilter(line), line).toBeTypeOf("function");
  });
});

it("names every header that there is, and each is public", () => {
  const [, table] = /^\| headers \| of \|\n([\s\S]*?)\n\n/m.exec(textOf("lib/headers/README.md"))!;
  const named = [...table!.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  const published: Readonly<Record<string, unknown>> = library;
  const headers = new Set(named.map((name) => published[name]));
  expect(headers.size).toBe(named.length);
  expect(headers).toEqual(new Set<unknown>([...library.allHeaders(), library.raw]));
});

function exampleWith(text: string): string {
  return DOCUMENTS.flatMap(programsOf).find((example) => example.includes(text))!;
}
