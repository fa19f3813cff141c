import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isMissing } from "../../helpers/judges/tools.ts";
import { runScript } from "../../helpers/programs/run-script.ts";
import { Typist } from "../../helpers/programs/typist.ts";

let folder: string;
const fileOf = (shell: string) => path.join(folder, `completion.${shell}`);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "wirewright-completion-"));
  writeFileSync(path.join(folder, "one capture.pcap"), "");
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout, stderr } = await runScript("wirewright", ["completion", shell]);
    expect([code, stderr]).toEqual([0, ""]);
    writeFileSync(fileOf(shell), stdout);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

/** What bash proposes for the last of these words; none where it leaves them to its own completion of files. */
function bashProposes(...words: string[]): string[] {
  const ask = `source "$1"; shift; COMP_WORDS=(wirewright "$@"); COMP_CWORD=$#; _wirewright; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run("bash", "--norc", "-c", ask, "bash", fileOf("bash"), ...words)
    .split("\n")
    .filter(Boolean);
}

/** The same for every shell that proposes one by one. */
const QUESTIONS: readonly (readonly [string[], string[]])[] = [
  [["enc"], ["encapsulate"]],
  [["chat-"], ["chat-client", "chat-server"]],
  [["encapsulate", "--pre"], ["--precision"]],
  [
    ["encapsulate", "--precision", ""],
    ["ns", "us"],
  ],
  [["edit", "a.pcap", "b.pcap", "--format", "pcapn"], ["pcapng"]],
  [["chat-server", "--no-"], ["--no-ip-limit"]],
  [["encapsulate", "--seed", ""], []],
  [
    ["completion", ""],
    ["bash", "fish", "zsh"],
  ],
  [["help", "inj"], ["inject"]],
];

describe("bash", () => {
  it("finds no fault in the script", () => run("bash", "-n", fileOf("bash")));

  it.each(QUESTIONS)("proposes for %j: %j", (words, expected) => {
    expect(bashProposes(...words).sort()).toEqual(expected);
  });

  it("takes --flag=value for what it is", () => {
    expect(bashProposes("encapsulate", "--precision", "=").sort()).toEqual(["ns", "us"]);
    expect(bashProposes("encapsulate", "--precision", "=", "n")).toEqual(["ns"]);
  });

  it("proposes every flag that --help shows", async () => {
    for (const name of ["encapsulate", "chat-server", "analyze"]) {
      const { stdout } = await runScript("wirewright", [name, "--help"]);
      const flags = stdout.match(/(?<=^ {2}(?:-\w, )?)--[a-z.-]+/gm)!;
      expect(bashProposes(name, "--").sort()).toEqual([...flags].sort());
    }
  });

  it.skipIf(isMissing("python3"))(
    "completes the name of a file, and none where there is none to be named",
    async () => {
      const shell = new Typist(["bash", "--noprofile", "--norc", "-i"], { TERM: "dumb", HISTFILE: "" }, 200);
      onTestFinished(() => shell.stop());
      shell.type(`bind 'set bell-style none'; cd ${folder}; source completion.bash; wirewright() { echo "[$*]"; }\r`);
      shell.type("PS1='\\# keys> '\r");
      const lines = [
        ["analyze one\t", "[analyze one capture.pcap]"],
        ["encapsulate --seed one\t", "[encapsulate --seed one]"],
        ["send x.csv --capture=one\t", "[send x.csv --capture=one capture.pcap]"],
      ];
      for (const [index, [line, shown]] of lines.entries()) {
        // Before its prompt, the shell does not take a tab for a question.
        await shell.sees(`${index + 3} keys>`);
        shell.type(`wirewright ${line}\r`);
        await shell.sees(shown!);
      }
      shell.type("exit\r");
      expect(await shell.exitCode()).toBe(0);
    },
  );
});

describe.skipIf(isMissing("fish"))("fish", () => {
  const proposes = (...words: string[]) =>
    run(
      "fish",
      "--no-config",
      "-c",
      `source $argv[1]; complete -C $argv[2]`,
      fileOf("fish"),
      ["wirewright", ...words].join(" "),
    )
      .split("\n")
      .map((line) => line.split("\t")[0]!)
      .filter(Boolean);

  it.each(QUESTIONS)("proposes for %j: %j", (words, expected) => {
    expect(proposes(...words).sort()).toEqual(expected);
  });

  it("proposes files where they are asked for", () => {
    expect(proposes("analyze", "one")).toEqual(["one capture.pcap"]);
    expect(proposes("analyze", "--html", "one")).toEqual(["one capture.pcap"]);
    expect(proposes("completion", "one")).toEqual([]);
  });
});

describe.skipIf(isMissing("zsh"))("zsh", () => {
  it("finds no fault in the script, and takes it for the completion of wirewright", () => {
    run("zsh", "-n", fileOf("zsh"));
    const ask = `autoload -Uz compinit; compinit -u -D; source ${fileOf("zsh")}; print -r -- $_comps[wirewright]`;
    expect(run("zsh", "-f", "-c", ask)).toBe("_wirewright\n");
  });
});
