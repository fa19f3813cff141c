/** The command of the package, where nothing but the package is installed. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { runScript } from "../helpers/programs/run-script.ts";
import { installInto, packInto, ROOT, runtimes } from "./packed.ts";

const SUBCOMMANDS = [
  ...["encapsulate", "analyze", "scenarios", "edit", "send", "capture", "inject", "chat-server", "chat-client"],
  "completion",
];
/** Tables of which each asks for something that is loaded only then, or that is in another file of the package. */
const TABLES: readonly (readonly [name: string, ...flags: string[]])[] = [
  ["input.csv"],
  ["input.csv", "--format", "pcapng", "--arp", "--dns", "--vxlan", "192.0.2.1,192.0.2.2,7"],
  ["chat.csv", "--complete"],
];

const folder = temporaryFolder();
const input = path.join(ROOT, "fixtures/input.csv");
/** Files and kilobytes that a start loads: bounds from above, to be made smaller and not larger. */
const STARTS: readonly (readonly [args: readonly string[], files: number, kilobytes: number])[] = [
  [["--version"], 3, 62],
  [["chat-client", "--version"], 7, 110],
  [["encapsulate", input, "loaded.pcap"], 17, 460],
  [["analyze", "part1.pcap"], 20, 560],
];
/** Parts of Node that take long to load, and that none of these needs. */
const HEAVY = new Set(["child_process", "crypto", "dgram", "net", "readline", "tty", "zlib"]);

let program: string;

/** @param node what runs it */
function wirewright(args: readonly string[], node = process.execPath, environment: NodeJS.ProcessEnv = {}) {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, ...environment } } as const;
  const { status, stdout, stderr } = spawnSync(node, [program, ...args], options);
  return { status, stdout, stderr };
}

const hashOf = (file: string) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");

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

  it.each(SUBCOMMANDS)("%s has the help that it has in a checkout, and the version", async (name) => {
    const printed = (await runScript("wirewright", [name, "--help"])).stdout;
    // In a checkout, an optional peer has to be asked for in another role.
    const stdout = printed.replace("npm install --no-save --save-dev cap", "npm install cap");
    expect(wirewright([name, "--help"])).toEqual({ status: 0, stdout, stderr: "" });
    expect(wirewright(["help", name]).stdout).toBe(stdout);
    expect(wirewright([name, "--version"]).stdout).toBe(wirewright(["--version"]).stdout);
  });

  it("completes in each shell what it completes in a checkout", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout } = await runScript("wirewright", ["completion", shell]);
      expect(wirewright(["completion", shell])).toEqual({ status: 0, stdout, stderr: "" });
    }
  });

  it.each(TABLES)(
    "makes of %s the same bytes as in a checkout, whatever it has to load for that",
    async (name, ...flags) => {
      const table = path.join(ROOT, "fixtures", name);
      const [ours, theirs] = [path.join(folder, "ours.pcap"), path.join(folder, "theirs.pcap")];
      expect(await runScript("encapsulate", [table, theirs, ...flags])).toMatchObject({ code: 0 });
      expect(wirewright(["encapsulate", table, ours, ...flags])).toMatchObject({ status: 0 });
      expect(hashOf(ours)).toBe(hashOf(theirs));
    },
  );

  it("analyzes and edits as in a checkout", async () => {
    const capture = path.join(folder, "whole.pcapng");
    expect(wirewright(["encapsulate", input, capture])).toMatchObject({ status: 0 });
    for (const view of [[], ["--ladder"], ["--frame", "5"]]) {
      const { stdout } = await runScript("analyze", [capture, ...view]);
      expect(wirewright(["analyze", capture, ...view])).toEqual({ status: 0, stdout, stderr: "" });
    }
    const pages = [path.join(folder, "ours.html"), path.join(folder, "theirs.html")] as const;
    expect(wirewright(["analyze", capture, "--html", pages[0]])).toMatchObject({ status: 0, stderr: "" });
    expect(await runScript("analyze", [capture, "--html", pages[1]])).toMatchObject({ code: 0 });
    expect(hashOf(pages[0])).toBe(hashOf(pages[1]));
    const [ours, theirs] = [path.join(folder, "our-edit.pcap"), path.join(folder, "their-edit.pcap")];
    const flags = ["--anonymize", "a secret of ours", "--filter", "tcp", "--shift", "1h"];
    expect(await runScript("edit", [capture, theirs, ...flags])).toMatchObject({ code: 0 });
    expect(wirewright(["edit", capture, ours, ...flags])).toMatchObject({ status: 0 });
    expect(hashOf(ours)).toBe(hashOf(theirs));
  });

  it("makes scenarios, whose tables it does not need", async () => {
    const [ours, theirs] = [path.join(folder, "our-scenarios"), path.join(folder, "their-scenarios")];
    const only = ["--only", "zero-window", "--quiet"];
    expect(wirewright(["scenarios", ours, ...only])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await runScript("scenarios", [theirs, ...only])).toMatchObject({ code: 0 });
    const names = fs.readdirSync(theirs).filter((name) => name !== "index.html");
    expect(fs.readdirSync(ours)).toEqual(fs.readdirSync(theirs));
    for (const name of names) expect(hashOf(path.join(ours, name)), name).toBe(hashOf(path.join(theirs, name)));
    expect(fs.readFileSync(path.join(ours, "index.html"), "utf8")).toContain("wirewright encapsulate ");
  });

  it("reads what is packed with gzip", () => {
    const packed = path.join(folder, "packed.pcap.gz");
    expect(wirewright(["encapsulate", input, "unpacked.pcap"])).toMatchObject({ status: 0 });
    fs.writeFileSync(packed, gzipSync(fs.readFileSync(path.join(folder, "unpacked.pcap"))));
    expect(wirewright(["analyze", packed, "--json"])).toMatchObject({ status: 0, stderr: "" });
  });

  it("sends over real sockets, and records that", () => {
    const { status, stderr } = wirewright(["send", input, "--port", "0", "--speed", "max", "--record", "sent.pcapng"]);
    expect([status, stderr]).toEqual([0, expect.not.stringContaining("Error")]);
    expect(wirewright(["analyze", "sent.pcapng"]).stdout).toContain("TCP stream 3: 127.0.0.1:");
  });

  it("holds a chat until Ctrl-C ends it, with whoever takes part", async () => {
    const server = spawn(process.execPath, [program, "chat-server", "--port", "0"], { cwd: folder });
    onTestFinished(() => void server.kill("SIGKILL"));
    const ended = new Promise((resolve) => server.on("close", resolve));
    let log = "";
    const port = await new Promise<string>((resolve) => {
      server.stdout.setEncoding("utf8").on("data", (text: string) => {
        log += text;
        const listening = /port (\d+)/.exec(log);
        if (listening !== null) resolve(listening[1]!);
      });
    });
    const client = spawn(process.execPath, [program, "chat-client", "--port", port, "--name", "Alice"]);
    client.stdin.end("help\n");
    expect(await new Promise((resolve) => client.on("close", resolve))).toBe(0);
    server.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(log).toContain("Alice");
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

  it("has maps, by which errors are where they are in the sources", () => {
    const tracer = path.join(folder, "tracer.cjs");
    fs.writeFileSync(tracer, TRACER);
    const args = ["--enable-source-maps", "--require", tracer, program, "encapsulate", input, "traced.pcap"];
    const { stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    const [, file, line] = /at .*?[/\\]((?:lib|scripts)[/\\][\w/\\-]+\.ts):(\d+):/.exec(stderr) ?? [];
    expect(file).toBe(path.join("lib", "pcap", "output-target.ts"));
    expect(fs.readFileSync(path.join(ROOT, file!), "utf8").split("\n")[Number(line) - 1]).toContain("fs.openSync(");
  });

  it.each(STARTS)("loads for %j no more than is known", (args, mostFiles, mostKilobytes) => {
    const counter = path.join(folder, "counter.cjs");
    fs.writeFileSync(counter, COUNTER);
    const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" };
    // Pipes would load what sockets need.
    spawnSync(process.execPath, ["--require", counter, program, ...args], { cwd: folder, env, stdio: "ignore" });
    const counted = fs.readFileSync(path.join(folder, "counted.json"), "utf8");
    const { files, bytes, builtins } = JSON.parse(counted) as { files: number; bytes: number; builtins: string[] };
    expect(files).toBeLessThanOrEqual(mostFiles);
    expect(bytes / 1000).toBeLessThanOrEqual(mostKilobytes);
    expect(builtins.filter((name) => HEAVY.has(name))).toEqual([]);
  });
});

describe.each(runtimes().filter(({ name }) => name.startsWith("Node")))("compiled code in $name", ({ command }) => {
  const TMPDIR = path.join(folder, `kept-${path.basename(path.dirname(path.dirname(command)))}`);
  const kept = path.join(TMPDIR, `wirewright-${process.getuid?.() ?? "code"}`);
  const encapsulate = (environment: NodeJS.ProcessEnv = {}) =>
    wirewright(["encapsulate", input, "kept.pcap"], command, { TMPDIR, ...environment });
  const file = () => path.join(kept, fs.readdirSync(kept)[0]!);
  let printed: ReturnType<typeof wirewright>;

  beforeAll(() => {
    fs.mkdirSync(TMPDIR);
    printed = encapsulate({ NODE_DISABLE_COMPILE_CACHE: "1" });
    expect(printed).toMatchObject({ status: 0, stderr: "" });
    expect(fs.readdirSync(TMPDIR)).toEqual([]);
  });

  it("is kept for the next run, where nobody else can write", () => {
    expect(encapsulate()).toEqual(printed);
    expect(fs.readdirSync(kept)).toEqual([expect.stringMatching(/^encapsulate-[0-9a-f]{16}-v\d+\.\d+\.\d+-/)]);
    expect(fs.statSync(kept).mode & 0o077).toBe(0);
    expect(fs.statSync(file()).size).toBeGreaterThan(500_000);
  });

  it("stands in stacks of errors where the files have it", () => {
    const tracer = path.join(folder, "tracer.cjs");
    fs.writeFileSync(tracer, TRACER);
    const args = ["--require", tracer, program, "encapsulate", input, "kept.pcap"];
    const [whole, ours] = ["1", ""].map((value) => {
      const env = { ...process.env, TMPDIR, NODE_DISABLE_COMPILE_CACHE: value };
      const { stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", env });
      // Who has loaded the files is below.
      return stderr.split("\n").filter((line) => /\.cjs:\d/.test(line) && !line.includes("wirewright.cjs"));
    });
    expect(ours!.length).toBeGreaterThan(4);
    expect(ours).toEqual(whole);
  });

  it("is made once, and again where it cannot be read", () => {
    const { ino, size } = fs.statSync(file());
    expect(encapsulate()).toEqual(printed);
    expect(fs.statSync(file()).ino).toBe(ino);
    for (const content of ["", "no code at all", fs.readFileSync(file()).subarray(0, 100)]) {
      fs.writeFileSync(file(), content);
      expect(encapsulate()).toEqual(printed);
      expect(fs.statSync(file()).size).toBeGreaterThan(size / 2);
    }
  });

  it("is made again for what other flags of V8 compile otherwise", () => {
    const options = { cwd: folder, encoding: "utf8", env: { ...process.env, TMPDIR } } as const;
    const args = ["--no-opt", program, "encapsulate", input, "kept.pcap"];
    const before = fs.statSync(file()).ino;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    expect({ status, stdout, stderr }).toEqual(printed);
    expect(fs.statSync(file()).ino).not.toBe(before);
  });

  it("grows by what another run has loaded, and not by failures and words", () => {
    const { size } = fs.statSync(file());
    expect(wirewright(["encapsulate", "missing.csv", "x.pcap"], command, { TMPDIR }).status).toBe(1);
    expect(wirewright(["encapsulate", "--help"], command, { TMPDIR }).status).toBe(0);
    expect(wirewright(["edit", "--help"], command, { TMPDIR }).status).toBe(0);
    expect(fs.readdirSync(kept)).toHaveLength(1);
    expect(wirewright(["encapsulate", input, "kept.pcapng"], command, { TMPDIR }).status).toBe(0);
    expect(fs.statSync(file()).size).toBeGreaterThan(size);
  });

  it.skipIf(process.getuid === undefined)("is neither kept nor run where others could have put it", () => {
    fs.rmSync(file());
    fs.chmodSync(kept, 0o777);
    expect(encapsulate()).toEqual(printed);
    expect(fs.readdirSync(kept)).toEqual([]);
    fs.rmdirSync(kept);
    fs.symlinkSync(folder, kept);
    expect(encapsulate()).toEqual(printed);
    expect(fs.readdirSync(folder).filter((name) => name.startsWith("encapsulate-"))).toEqual([]);
  });
});

/** Prints where in the program its output is opened. */
const TRACER = `
const fs = require("fs");
const { openSync } = fs;
fs.openSync = (file, flags, ...rest) => {
  if (typeof flags === "number" && flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) fs.writeSync(2, new Error("opened").stack);
  return openSync(file, flags, ...rest);
};`;

/** Prints in the end what was loaded: files of the package with their bytes, and parts of Node that are not there from the start. */
const COUNTER = `
const before = new Set(process.moduleLoadList);
process.once("exit", () => {
  const files = Object.keys(require.cache).filter((file) => file !== __filename);
  const bytes = files.reduce((sum, file) => sum + require("fs").statSync(file).size, 0);
  const builtins = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.replace(/^NativeModule /, ""));
  require("fs").writeFileSync("counted.json", JSON.stringify({ files: files.length, bytes, builtins }));
});`;
