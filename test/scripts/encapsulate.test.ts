import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { READY, runScript, runShell, SAYS_WHEN_READY } from "../helpers/programs/run-script.ts";

const folder = temporaryFolder();
const inFolder = (name: string) => path.join(folder, name);
const HEADER = "msg_id,app_protocol,src_app,dst_app,message,timestamp\n";
const ROW = "1,HTTP,browser,web_server,hello,0.5\n";
const leftovers = () => fs.readdirSync(folder).filter((name) => name.endsWith(".part"));

function csv(name: string, content: string | Buffer): string {
  fs.writeFileSync(inFolder(name), content);
  return inFolder(name);
}

describe("encapsulate, as a person runs it", () => {
  it("writes the capture and ends with a table", async () => {
    const output = inFolder("part1.pcap");
    const { code, stdout, stderr } = await runScript("encapsulate", ["fixtures/input.csv", output]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Protocol\s+Client\s+Server\s+Messages\s+Packets\s+Bytes\n/);
    expect(stdout).toContain("10.0.0.1:49152");
    expect(stdout).toMatch(/\n\d+ conversations, \d+ messages, [\d,]+ packets: [\d,]+ bytes in .*part1\.pcap\.\n/);
    expect(stdout).toContain(`Look at it: wireshark ${output}   or: tshark -r ${output}\n`);
    expect(fs.statSync(output).size).toBeGreaterThan(1000);
  });

  it("reads standard input and writes standard output, with the table on standard error", async () => {
    const file = inFolder("same.pcap");
    await runScript("encapsulate", ["fixtures/chat.csv", file]);
    const piped = await runScript("encapsulate", ["-", "-"], fs.readFileSync("fixtures/chat.csv"));
    expect(piped.code).toBe(0);
    expect(Buffer.compare(piped.stdoutBytes, fs.readFileSync(file))).toBe(0);
    expect(piped.stderr).toContain("in standard output.\n");
    expect(piped.stderr).not.toContain("Look at it");
  });

  it("writes pcapng where the output's name or --format asks for it", async () => {
    const named = inFolder("named.pcapng");
    await runScript("encapsulate", ["fixtures/chat.csv", named]);
    const piped = await runScript("encapsulate", ["fixtures/chat.csv", "-", "--format", "pcapng"]);
    expect(piped.stdoutBytes.readUInt32BE(0)).toBe(0x0a0d0d0a);
    expect(Buffer.compare(piped.stdoutBytes, fs.readFileSync(named))).toBe(0);
    const plain = await runScript("encapsulate", ["fixtures/chat.csv", "-"]);
    expect(plain.stdoutBytes.readUInt32LE(0)).toBe(0xa1b2c3d4);
    const unknown = await runScript("encapsulate", ["fixtures/chat.csv", named, "--format", "erf"]);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("pcap, pcapng") });
  });

  it("says in which format it writes where neither the name nor a flag tells", async () => {
    const odd = inFolder("odd.txt");
    const notice = `${odd} is written as pcap, since its name does not say what it is; end it in .pcap or .pcapng.\n`;
    expect((await runScript("encapsulate", ["fixtures/chat.csv", odd])).stderr).toBe(notice);
    expect((await runScript("encapsulate", ["fixtures/chat.csv", odd, "--quiet"])).stderr).toBe("");
    expect((await runScript("encapsulate", ["fixtures/chat.csv", odd, "--format", "pcap"])).stderr).toBe("");
    expect((await runScript("encapsulate", ["fixtures/chat.csv", "/dev/null"])).stderr).toBe("");
  });

  it("prints one JSON object, or nothing, when asked to", async () => {
    const output = inFolder("json.pcap");
    const { stdout } = await runScript("encapsulate", ["fixtures/chat.csv", output, "--json"]);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      output,
      emptyMessages: 0,
      delayedMessages: 0,
      fileBytes: fs.statSync(output).size,
    });
    expect(summary.conversations[0].client).toEqual({ name: expect.any(String), address: "10.0.0.1", port: 49_152 });
    const quiet = await runScript("encapsulate", ["fixtures/chat.csv", output, "--quiet"]);
    expect(quiet).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("says how many packets were added around the messages", async () => {
    const flags = ["--arp", "--dns", "--vlan", "5,7", "--vxlan", "192.0.2.1,198.51.100.1,5000"];
    const { code, stdout } = await runScript("encapsulate", [
      "fixtures/input.csv",
      inFolder("around.pcapng"),
      ...flags,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("\n4 conversations, 22 messages, 102 packets:");
    expect(stdout).toContain("\nPackets of ARP and neighbour discovery that were added: 16.\n");
    expect(stdout).toContain("\nMessages of DNS that were added: 8.\n");
  });

  it("has help and a version", async () => {
    const help = await runScript("encapsulate", ["--help"]);
    expect(help.code).toBe(0);
    for (const flag of [
      "--seed",
      "--start",
      "--rtt",
      "--mss",
      "--mtu",
      "--link",
      "--precision",
      "--close",
      "--idle-close",
      "--loopback",
      "--map",
      "--payload",
      "--quiet",
      "--json",
      "--help",
      "--version",
    ]) {
      expect(help.stdout).toContain(flag);
    }
    const { version } = JSON.parse(fs.readFileSync("package.json", "utf8"));
    expect(await runScript("encapsulate", ["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe("a command line that asks for what cannot be", () => {
  it.each([
    [["in.csv", "out.pcap", "--bogus"], "unknown option '--bogus'"],
    [["in.csv", "out.pcap", "--vlan", "5,6,7"], "Give one VLAN from 1 to 4094, or up to 2 with commas between"],
    [["in.csv", "out.pcap", "--mpls", "15"], "Give one label from 16 to 1048575, or up to 8 with commas between"],
    [["in.csv", "out.pcap", "--gre", "192.0.2.1"], "Give the addresses of both ends, such as 192.0.2.1,198.51.100.1."],
    [
      ["in.csv", "out.pcap", "--vxlan", "192.0.2.1,192.0.2.2"],
      "Give the addresses of both ends and a network identifier",
    ],
    [
      ["in.csv", "out.pcap", "--gre", "192.0.2.1,192.0.2.2", "--vxlan", "192.0.2.1,192.0.2.2,5"],
      "--gre and --vxlan exclude each other; give one of them.",
    ],
    [
      ["in.csv", "out.pcap", "--gre", "192.0.2.1,192.0.2.2", "--mss", "1460", "--mtu", "1500"],
      "--mss 1460 does not fit into --mtu 1500 in a tunnel; the most is 1436.",
    ],
    [["in.csv"], "The output is missing; name a file to write to, or give --check."],
    [
      ["in.csv", "out.pcap", "--close", "none", "--idle-close", "1"],
      "--close none and --idle-close exclude each other",
    ],
    [["in.csv", "out.pcap", "--column", "colour=Body"], "Write it as meaning=name"],
    [["in.csv", "out.pcap", "--seed", "-1"], "Give a whole number from 0 to 4294967295."],
    [["in.csv", "out.pcap", "--mss", "70000"], "Give a whole number from 1 to 65495."],
    [
      ["in.csv", "out.pcap", "--mss", "1460", "--mtu", "1000"],
      "--mss 1460 does not fit into --mtu 1000; the most is 960.",
    ],
    [["in.csv", "out.pcap", "--rtt", "soon"], "Give a number, counted in ms, or one with a unit"],
    [["in.csv", "out.pcap", "--start", "2026-02-30"], '--start "2026-02-30" is not an instant'],
    [["in.csv", "out.pcap", "--link", "token-ring"], "Allowed choices are ethernet, raw, null."],
    [["in.csv", "out.pcap", "--map", "web_server=10.0.0.256"], "Write it as name=ip or name=ip:port"],
    [["in.csv", "out.pcap", "--map", "web_server=10.0.0.2:0"], "Write it as name=ip or name=ip:port"],
    [["in.csv", "-", "--json"], "--json and the capture cannot both go to standard output"],
    [["in.csv", "out.pcap", "--json", "--quiet"], "exclude each other"],
  ])("%j exits 2 with the usage line", async (args, sentence) => {
    const { code, stdout, stderr } = await runScript("encapsulate", args);
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      "Usage: npx tsx scripts/encapsulate.ts [options] <input.csv> [output.pcap]",
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it.each([
    [["fixtures/chat.csv", "out.pcap", "--gre", "192.0.2.1,::1"], "give both ends the same version of IP."],
    [["fixtures/chat.csv", "out.pcap", "--loopback", "--vlan", "5"], "On the loopback adapter there are no tags"],
    [["fixtures/chat.csv", "out.pcap", "--loopback", "--dns"], "On the loopback adapter nobody asks for names"],
    [["fixtures/chat.csv", "out.pcap", "--link", "raw", "--arp"], "ARP and neighbour discovery need Ethernet frames"],
    [["fixtures/chat.csv", "out.pcap", "--link", "null", "--mpls", "16"], "MPLS labels stand in Ethernet frames here"],
    [
      ["fixtures/chat.csv", "out.pcap", "--mtu", "80", "--gre", "192.0.2.1,192.0.2.2"],
      "A largest packet in a tunnel of 56",
    ],
  ])("%j exits 2 with one sentence, and writes nothing", async (args, sentence) => {
    const output = inFolder("nothing.pcap");
    const { code, stdout, stderr } = await runScript("encapsulate", args.with(1, output));
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(fs.existsSync(output)).toBe(false);
  });

  it("exits 2 where the output is the input, also through standard input", async () => {
    const file = csv("self.csv", HEADER + ROW);
    const named = await runScript("encapsulate", [file, file]);
    expect(named).toMatchObject({
      code: 2,
      stderr: `encapsulate: ${file} is the input itself; name another file to write to.\n`,
    });
    const piped = await runShell(`$WW/encapsulate.ts - ${file} < ${file}`);
    expect(piped.code).toBe(2);
    expect(fs.readFileSync(file, "utf8")).toBe(HEADER + ROW);
  });
});

describe("input that cannot be used", () => {
  it.each([
    ["empty.csv", "", /empty\.csv.* is empty/],
    ["header.csv", HEADER, /header\.csv, line 1: there is no row after the header/],
    ["column.csv", "msg_id,app_protocol,src_app,dst_app,message\n1,HTTP,a,b,x\n", /column\.csv, line 1.*time/],
    ["ragged.csv", `${HEADER}${ROW}2,HTTP,browser\n`, /ragged\.csv, line 3, column 4/],
    ["quote.csv", `${HEADER}${ROW}2,HTTP,a,b,"open,1\n`, /quote\.csv, line 3, column 5/],
    ["time.csv", `${HEADER}1,HTTP,a,b,x,noon\n`, /time\.csv, line 2, column 6 \(timestamp\): "noon"/],
    ["port.csv", `src_port,${HEADER}70000,${ROW}`, /port\.csv, line 2, column 1 \(src_port\): "70000"/],
    ["address.csv", `src_ip,${HEADER}10.0.0.300,${ROW}`, /address\.csv, line 2, column 1 \(src_ip\): "10\.0\.0\.300"/],
    [
      "utf8.csv",
      Buffer.concat([Buffer.from(`${HEADER}1,HTTP,a,b,`), Buffer.of(0xff), Buffer.from(",1\n")]),
      /utf8\.csv, line 2, column 5/,
    ],
  ])("%s: exits 1 with one line, and the older output stays", async (name, content, sentence) => {
    const input = csv(name, content);
    const output = inFolder("precious.pcap");
    fs.writeFileSync(output, "precious");
    const { code, stdout, stderr } = await runScript("encapsulate", [input, output]);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(fs.readFileSync(output, "utf8")).toBe("precious");
    expect(leftovers()).toEqual([]);
  });

  it("a missing file, a folder: exits 1, and makes no output", async () => {
    for (const [input, sentence] of [
      [inFolder("nowhere.csv"), "nowhere.csv"],
      [folder, "folder"],
    ] as const) {
      const { code, stderr } = await runScript("encapsulate", [input, inFolder("made/out.pcap")]);
      expect(stderr).toContain(sentence);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(code).toBe(1);
      expect(fs.existsSync(inFolder("made"))).toBe(false);
    }
  });

  it("a bad row after many good ones leaves nothing behind", async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i},HTTP,a,b,${"x".repeat(50)},${i / 1000}\n`).join("");
    const input = csv("late.csv", `${HEADER}${rows}x,HTTP,a,b,y,never\n`);
    const { code, stderr } = await runScript("encapsulate", [input, inFolder("new/late.pcap")]);
    expect(stderr).toMatch(/late\.csv, line 60002, column 6/);
    expect(code).toBe(1);
    expect(fs.existsSync(inFolder("new"))).toBe(false);
  });
});

describe("the world going wrong", () => {
  it("a full disk: exits 1 with one line", async () => {
    const { code, stderr } = await runScript("encapsulate", ["fixtures/input.csv", "/dev/full"]);
    expect(stderr).toBe(
      "encapsulate: /dev/full cannot be written: the disk is full; make room or choose another place.\n",
    );
    expect(code).toBe(1);
  });

  it("a full disk behind standard output: one line as well", async () => {
    for (const line of ["fixtures/input.csv - >/dev/full", `fixtures/input.csv ${inFolder("o.pcap")} >/dev/full`]) {
      const { code, stderr } = await runShell(`$WW/encapsulate.ts ${line}`);
      expect(stderr.match(/^encapsulate: .*/gm)).toEqual([
        "encapsulate: standard output cannot be written: the disk is full; make room or choose another place.",
      ]);
      expect(code).toBe(1);
    }
  });

  it("a pipe that nobody reads: Ctrl-C still ends it", async () => {
    const pipe = inFolder("pipe");
    spawnSync("mkfifo", [pipe]);
    const args = ["--import", "tsx", ...SAYS_WHEN_READY, "scripts/encapsulate.ts", "fixtures/input.csv", pipe];
    const child = spawn(process.execPath, args);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    await expect.poll(() => errors, { interval: 10 }).toContain(READY);
    // And until it waits for the pipe, or nearly.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
  });

  describe.runIf(process.platform === "linux")("a named pipe as the input", () => {
    const waitingFor = (name: string, output: string) => {
      const pipe = inFolder(name);
      spawnSync("mkfifo", [pipe]);
      const child = spawn(process.execPath, ["--import", "tsx", "scripts/encapsulate.ts", pipe, output]);
      return { pipe, child, closed: new Promise((resolve) => child.on("close", resolve)) };
    };
    const hasOpen = (pid: number, file: string) =>
      fs.readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          return fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === fs.realpathSync(file);
        } catch {
          return false;
        }
      });

    it("that nobody writes to: Ctrl-C still ends it", async () => {
      const { pipe, child, closed } = waitingFor("silent", inFolder("silent.pcap"));
      while (!hasOpen(child.pid!, pipe)) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill("SIGINT");
      expect(await closed).toBe(130);
    });

    it("is waited for, and read to its end", async () => {
      const output = inFolder("late.pcap");
      const { pipe, child, closed } = waitingFor("late", output);
      while (!hasOpen(child.pid!, pipe)) await new Promise((resolve) => setTimeout(resolve, 20));
      const writer = fs.openSync(pipe, "w");
      fs.writeSync(writer, HEADER + ROW);
      fs.closeSync(writer);
      expect(await closed).toBe(0);
      await runScript("encapsulate", [csv("late.csv", HEADER + ROW), inFolder("same-late.pcap")]);
      expect(fs.readFileSync(output).equals(fs.readFileSync(inFolder("same-late.pcap")))).toBe(true);
    });
  });

  it("standard output under another name is still standard output", async () => {
    const { stdoutBytes, stderr } = await runShell("$WW/encapsulate.ts fixtures/input.csv /dev/stdout | cat");
    const { stdoutBytes: plain } = await runShell("$WW/encapsulate.ts fixtures/input.csv - --quiet | cat");
    expect(stdoutBytes.equals(plain)).toBe(true);
    expect(stderr).toContain("in standard output.");
  });

  it("an input that standard output is appended to is left alone", async () => {
    const file = csv("append.csv", HEADER + ROW);
    const { code } = await runShell(`$WW/encapsulate.ts ${file} - >> ${file}`);
    expect(code).toBe(2);
    expect(fs.readFileSync(file, "utf8")).toBe(HEADER + ROW);
  });

  it("a closed pipe: silent", async () => {
    const { stdout, stderr } = await runShell(
      "$WW/encapsulate.ts fixtures/input.csv - --quiet | head -c 4 | od -An -tx1 | tr -d ' '; echo $PIPESTATUS",
    );
    expect(stderr).toBe("");
    expect(stdout).toBe("d4c3b2a1\n0\n");
  });

  it("a closed pipe while much is still to come: silent, and over soon", async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `${i},HTTP,a,b,${"x".repeat(100)},${i / 1000}\n`).join("");
    const input = csv("long.csv", HEADER + rows);
    const { stdout, stderr } = await runShell(
      `$WW/encapsulate.ts ${input} - --quiet | head -c 4 | od -An -tx1 | tr -d ' '; echo $PIPESTATUS`,
    );
    expect(stderr).toBe("");
    expect(stdout).toBe("d4c3b2a1\n0\n");
  });

  it("Ctrl-C: exits 130 and leaves no file", async () => {
    const output = inFolder("interrupted/out.pcap");
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/encapsulate.ts", "-", output]);
    child.stdin.write(HEADER + ROW);
    // The temporary file tells that the work has begun.
    while (!fs.existsSync(path.dirname(output))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(fs.existsSync(path.dirname(output))).toBe(false);
  });

  // A launcher may end a script that is busy before it has heard of the signal, so nothing may have to be cleaned up.
  it.runIf(process.platform === "linux").each(["SIGINT", "SIGKILL"] as const)(
    "%s to all that the README's command has started leaves no file",
    async (signal) => {
      const output = inFolder(`group-${signal}.pcap`);
      const child = spawn("npx", ["tsx", "scripts/encapsulate.ts", "-", output], { detached: true });
      const closed = new Promise((resolve) => child.on("close", resolve));
      child.stdin.on("error", () => {});
      child.stdin.write(HEADER);
      const rows = ROW.repeat(20_000);
      for (let taken = 0; taken < 20; taken++) {
        if (!child.stdin.write(rows)) await new Promise((resolve) => child.stdin.once("drain", resolve));
      }
      process.kill(-child.pid!, signal);
      await closed;
      expect(fs.readdirSync(folder).filter((name) => name.includes(path.basename(output)))).toEqual([]);
    },
  );
});
