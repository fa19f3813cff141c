import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { READY, runScript, runShell, SAYS_WHEN_READY } from "../helpers/programs/run-script.ts";

const folder = temporaryFolder();
const inFolder = (name: string) => path.join(folder, name);
const capture = inFolder("input.pcap");

beforeAll(() => runScript("encapsulate", ["fixtures/input.csv", capture]));

describe("analyze, as a person runs it", () => {
  it("tells on a page what is in a capture", async () => {
    const { code, stdout, stderr } = await runScript("analyze", [capture]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^File {7}/);
    expect(stdout).toContain("\nConversations\nStream  Client ");
    expect(stdout).toContain("\nFindings\nNo findings: ");
    expect(stdout).not.toContain("\x1b");
  });

  it("reads what encapsulate writes, through a pipe", async () => {
    const line = "$WW/encapsulate.ts fixtures/chat.csv - 2>/dev/null | $WW/analyze.ts - --follow 0";
    const { code, stdout } = await runShell(line);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^TCP stream 0: > client .*\n\n> Good morning! Is anybody in\?\n< bob: /);
  });

  it("reads standard input and packed files", async () => {
    const bytes = fs.readFileSync(capture);
    const piped = await runScript("analyze", ["-", "--ladder", "1"], bytes);
    const packed = inFolder("packed.pcap.gz");
    fs.writeFileSync(packed, gzipSync(bytes));
    const unpacked = await runScript("analyze", [packed, "--ladder", "1"]);
    expect(piped).toMatchObject({ code: 0, stdout: unpacked.stdout });
  });

  it("takes the capture before or behind a flag that can name a stream", async () => {
    const before = await runScript("analyze", [capture, "--ladder"]);
    const behind = await runScript("analyze", ["--ladder", capture]);
    expect(behind).toEqual(before);
    expect(before.stdout.match(/^TCP stream/gm)).toHaveLength(4);
  });

  it("writes bytes as they are where nobody reads them", async () => {
    const { stdout } = await runScript("analyze", [capture, "--follow", "2", "--raw"]);
    expect(stdout).toMatch(/^GET \/v1\/prices\?tea=sencha HTTP\/1\.1\r\n/);
    expect(stdout).toContain('"currency":"EUR"}GET /v1/prices');
  });

  it("says so where there are no packets", async () => {
    const empty = captureFile(folder, "empty.pcap", pcapOf(1, []));
    const { code, stdout } = await runScript("analyze", [empty]);
    expect(code).toBe(0);
    expect(stdout).toContain("Packets    0, 0 bytes on the wire\n");
    expect(stdout).toContain("\nNo conversations.\n");
    const json = await runScript("analyze", [empty, "--json", "--packets"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ packets: [], conversations: [], findings: [], notes: [] });
  });

  it("ends in peace when its reader leaves", async () => {
    for (const flags of ["", "--json --packets", "--ladder", "--follow 0"]) {
      const { stdout, stderr } = await runShell(
        `set -o pipefail; $WW/analyze.ts ${capture} ${flags} | head -n 1; echo "\${PIPESTATUS[0]}"`,
      );
      expect(stdout.endsWith("\n0\n")).toBe(true);
      expect(stderr).toBe("");
    }
  });

  describe("on Ctrl-C, where its input goes on", () => {
    /** Reads a capture from a pipe that stays open, as far as its first packets have been told. */
    async function reading(input = fs.readFileSync(capture)) {
      const child = spawn(process.execPath, ["--import", "tsx", "scripts/analyze.ts", "-", "--json", "--packets"]);
      let stdout = "";
      const closed = new Promise((resolve) => child.on("close", resolve));
      child.stdin.write(input);
      await new Promise<void>((resolve) =>
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          stdout += text;
          resolve();
        }),
      );
      return { child, ended: async () => ({ code: await closed, report: JSON.parse(stdout) }) };
    }

    it("tells what has come until then", async () => {
      const { child, ended } = await reading();
      child.kill("SIGINT");
      const { code, report } = await ended();
      expect(code).toBe(130);
      expect(report.packets).toHaveLength(78);
      expect(report.conversations).toHaveLength(4);
      child.stdin.destroy();
    });

    it("tells all where who writes it ends it, as tcpdump does", async () => {
      const bytes = fs.readFileSync(capture);
      const { child, ended } = await reading(bytes.subarray(0, 3000));
      child.kill("SIGINT");
      child.stdin.end(bytes.subarray(3000));
      const { code, report } = await ended();
      // A busy machine may take longer than is waited for.
      expect([0, 130]).toContain(code);
      if (code === 0) expect(report.packets).toHaveLength(78);
    });

    it("has nothing to tell where nothing has come", async () => {
      const child = spawn(process.execPath, [...SAYS_WHEN_READY, "--import", "tsx", "scripts/analyze.ts", "-"]);
      const closed = new Promise((resolve) => child.on("close", resolve));
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text));
      await new Promise<void>((resolve) => child.stderr.on("data", () => said.includes(READY) && resolve()));
      child.kill("SIGINT");
      expect(await closed).toBe(130);
      expect(said).toBe(READY);
    });
  });

  it("has help, a version, and a list of what filters know", async () => {
    const help = await runScript("analyze", ["--help"]);
    expect(help.code).toBe(0);
    for (const flag of ["--ladder", "--mermaid", "--messages", "--follow", "--frame", "--filter", "--filter-fields"]) {
      expect(help.stdout).toContain(flag);
    }
    expect(help.stdout).toContain("tcp.port == 8080 && ip.addr == 10.0.0.1");
    const fields = await runScript("analyze", ["--filter-fields"]);
    expect(fields.stdout).toMatch(/^tcp\.flags\.syn {2}\(/m);
    const { version } = JSON.parse(fs.readFileSync("package.json", "utf8"));
    expect(await runScript("analyze", ["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it.skipIf(isMissing("script"))("has colours on a terminal, and none where NO_COLOR is set", async () => {
    const typed = (environment: string) =>
      runShell(`TERM=xterm script -qec "${environment} $WW/analyze.ts ${capture}" /dev/null < /dev/null`);
    const coloured = await typed("env -u NO_COLOR");
    expect(coloured.stdout).toContain("\x1b[1mFindings\x1b[22m");
    const plain = await typed("NO_COLOR=1");
    expect(plain.stdout).toContain("Findings");
    expect(plain.stdout).not.toContain("\x1b[1m");
  });
});

describe("a command line that asks for what cannot be", () => {
  it.each([
    [[], "The capture is missing; name a file, or - for standard input."],
    [["x.pcap", "--bogus"], "unknown option '--bogus'"],
    [["x.pcap", "--ladder", "first"], '--ladder "first" is no stream; write a number for a TCP stream'],
    [["x.pcap", "--follow", "first"], '"first" is no stream'],
    [["x.pcap", "--frame", "0"], "Give a whole number from 1"],
    [["x.pcap", "--frame", "1.5"], "Give a whole number from 1"],
    [["x.pcap", "--ladder", "--mermaid"], "--ladder and --mermaid are two views; ask for one of them."],
    [["x.pcap", "--packets"], "--packets needs --json."],
    [["x.pcap", "--hex"], "--hex needs --follow."],
    [["x.pcap", "--framing", "line"], "--framing needs --messages or --html."],
    [["x.pcap", "--messages", "--framing", "word"], "Allowed choices are line, http, push."],
    [["x.pcap", "--count", "5"], "--count needs --ladder, --mermaid or --messages."],
    [["x.pcap", "--json", "--ladder"], "--json and --ladder exclude each other"],
    [["x.pcap", "--html", "x.html", "--ladder"], "--ladder and --html are two views; ask for one of them."],
    [["x.pcap", "--html", "x.html", "--json"], "--json and --html exclude each other"],
    [["x.pcap", "--html", "x.html", "--count", "5"], "--count needs --ladder, --mermaid or --messages."],
    [["--html", "x.html"], "The capture is missing; name a file, or - for standard input."],
    [["x.pcap", "--follow", "0", "--filter", "tcp"], "--filter and --follow exclude each other"],
    [["x.pcap", "--follow", "0", "--hex", "--raw"], "--hex and --raw exclude each other"],
  ])("%j exits 2 with the usage line", async (args, sentence) => {
    const { code, stdout, stderr } = await runScript("analyze", args);
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe("Usage: npx tsx scripts/analyze.ts [options] [capture]");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("points at what is wrong in a filter", async () => {
    const { code, stdout, stderr } = await runScript("analyze", [capture, "--filter", "ip and tcp.prt == 80"]);
    expect(stderr).toBe(
      `analyze: Column 8 of the filter: "tcp.prt" is not a field or protocol here; write tcp.port, if that is meant.
  ip and tcp.prt == 80
         ^
`,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("what cannot be done", () => {
  it.each([
    [["fixtures/input.csv"], /^analyze: fixtures\/input\.csv.*: this is CSV, not a packet capture; .*encapsulate\.\n$/],
    [["README.md"], /^analyze: README\.md.*not a packet capture.*\.\n$/],
    [["missing.pcap"], /^analyze: missing\.pcap: .*\.\n$/],
    [["lib"], /^analyze: lib: .*\.\n$/],
    [["-"], /^analyze: standard input: the file is empty.*\.\n$/],
  ])("%j exits 1 with one sentence", async (args, sentence) => {
    const { code, stdout, stderr } = await runScript("analyze", args);
    expect(stderr).toMatch(sentence);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  it.each([
    [["--frame", "100"], "has 78 frames, counted from 1; there is no frame 100."],
    [["--follow", "9"], "has 4 TCP streams, numbered from 0 to 3; there is no TCP stream 9."],
    [["--ladder", "udp:0"], "has no UDP stream; there is no UDP stream 0."],
    [["--messages", "1", "--filter", "tcp.stream == 2"], "has 1 TCP stream that the filter selects, numbered"],
  ])("%j exits 1 with one sentence", async (args, sentence) => {
    const { code, stdout, stderr } = await runScript("analyze", [capture, ...args]);
    expect(stderr).toContain(sentence);
    expect(stderr.split("\n")).toHaveLength(2);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  it("tells what it could read of a file that was cut off", async () => {
    const cut = captureFile(folder, "cut.pcap", fs.readFileSync(capture).subarray(0, 5000));
    const { code, stdout } = await runScript("analyze", [cut]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nWarning +/);
  });
});
