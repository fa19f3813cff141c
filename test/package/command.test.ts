/** The command of the package, where nothing but the package is installed. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { installInto, packInto, ROOT, runtimes } from "./packed.ts";

const folder = temporaryFolder();
const input = path.join(ROOT, "fixtures/input.csv");
let program: string;

/** @param node what runs it */
function wirewright(args: readonly string[], node = process.execPath, environment: NodeJS.ProcessEnv = {}) {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, ...environment } } as const;
  const { status, stdout, stderr } = spawnSync(node, [program, ...args], options);
  return { status, stdout, stderr };
}

beforeAll(() => {
  installInto(folder, packInto(folder));
  const installed = path.join(folder, "node_modules/wirewright");
  const { bin } = JSON.parse(fs.readFileSync(path.join(installed, "package.json"), "utf8")) as {
    bin: Record<string, string>;
  };
  program = path.join(installed, bin.wirewright!);
});

describe("the command of the package", () => {
  it("is a program by its first line", () => {
    expect(fs.readFileSync(program, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it("does what it does in a checkout", () => {
    expect(wirewright(["encapsulate", input, "part1.pcap"])).toMatchObject({ status: 0, stderr: "" });
    expect(wirewright(["analyze", "part1.pcap"]).stdout).toMatch(/^File {7}part1\.pcap/);
    const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(wirewright(["edit", "--version"]).stdout).toBe(`${version}\n`);
    expect(wirewright(["completion", "bash"]).stdout).toContain("complete -o bashdefault");
  });

  it("says how cap is added, also from the processes that it starts", () => {
    const sentence =
      "The package cap is not installed; install it with: npm install cap, which needs libpcap and its headers (libpcap-dev).";
    for (const args of [
      ["inject", "part1.pcap"],
      ["capture", "--via", "cap", "x.pcap"],
    ]) {
      expect(wirewright(args)).toEqual({ status: 1, stdout: "", stderr: `wirewright ${args[0]}: ${sentence}\n` });
    }
  });

  it.skipIf(isMissing("cap"))("starts the process that captures, which is told what is wrong with the filter", () => {
    const link = path.join(folder, "node_modules/cap");
    fs.symlinkSync(path.join(ROOT, "node_modules/cap"), link);
    const { status, stderr } = wirewright(["capture", "--via", "cap", "--filter", "nonsense (", "x.pcap"]);
    fs.unlinkSync(link);
    // Who has no right to capture is told that instead.
    expect([1, 2]).toContain(status);
    expect(stderr).toMatch(/^wirewright capture: .*(?:nonsense|rights?)/);
    expect(stderr).not.toContain("Cannot find module");
  });

  it.each(runtimes().filter(({ name }) => /^Node 2[24]/.test(name)))("is kept compiled by $name", ({ command }) => {
    const TMPDIR = path.join(folder, path.basename(path.dirname(path.dirname(command))));
    fs.mkdirSync(TMPDIR);
    expect(wirewright(["edit", "--help"], command, { TMPDIR }).status).toBe(0);
    const kept = fs.readdirSync(path.join(TMPDIR, "node-compile-cache"), { recursive: true });
    expect(kept.length).toBeGreaterThan(10);
  });
});
