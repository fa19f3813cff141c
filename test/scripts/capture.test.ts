import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADD_CAP } from "../../lib/live/cap.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { NetworkNamespace } from "../helpers/programs/network-namespace.ts";
import { PATIENCE } from "../helpers/programs/patience.ts";
import { runScript } from "../helpers/programs/run-script.ts";
import { type ProjectCopy, projectWithout, projectWithoutLibpcap } from "../helpers/programs/without-modules.ts";

const PROGRAMS = (["cap", "dumpcap", "tcpdump"] as const).filter((name) => !isMissing(name));
/** Somebody without any rights who may look into the folder of the project, wherever that is. */
const WITHOUT_RIGHTS = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"];

let folder: string;
let empty: string;
let withoutCap: ProjectCopy;

interface Surroundings {
  readonly root?: string;
  /** Of the programs that can be found. */
  readonly folders?: string;
  readonly prefix?: readonly string[];
}

/** Runs a script of some copy of the project, where only some programs are found. */
function run(script: string, args: readonly string[], { root = ".", folders, prefix = [] }: Surroundings = {}) {
  const [command = "", ...rest] = [...prefix, process.execPath, "--import", "tsx", `scripts/${script}.ts`, ...args];
  const result = spawnSync(command, rest, {
    cwd: root,
    encoding: "utf8",
    timeout: PATIENCE,
    killSignal: "SIGKILL",
    env: { ...process.env, HOME: "/tmp", ...(folders !== undefined && { PATH: folders }) },
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "wirewright-capture-"));
  empty = mkdtempSync(path.join(tmpdir(), "wirewright-empty-"));
  chmodSync(folder, 0o777);
  chmodSync(empty, 0o755);
  withoutCap = projectWithout("cap");
});
afterAll(() => {
  for (const made of [folder, empty]) rmSync(made, { recursive: true });
  withoutCap.remove();
});

describe("the command line", () => {
  test.each([
    [["--duration", "0", "x.pcap"], "Nothing passes in no time; give a longer --duration."],
    [[], "The output is missing; name a file to write to, or give --print."],
    [["--print", "-"], "--print and the capture cannot both go to standard output; name an output file."],
  ])("%j", async (args, sentence) => {
    const { code, stderr } = await runScript("capture", args);
    expect([code, stderr]).toEqual([
      2,
      `capture: ${sentence}\nUsage: npx tsx scripts/capture.ts [options] [output.pcapng]\n`,
    ]);
  });

  test.each([
    ["--count", "0"],
    ["--duration", "soon"],
    ["--via", "wireshark"],
    ["--interface", "lo"],
  ])("%s %s", async (...args) => {
    expect((await runScript("capture", [...args, "x.pcap"])).code).toBe(2);
  });

  test("has help and a version", async () => {
    expect((await runScript("capture", ["--help"])).stdout).toContain("npx tsx scripts/capture.ts --list");
    expect((await runScript("capture", ["--version"])).stdout).toBe("0.1.0\n");
  });
});

describe("--list", () => {
  test("names the adapters with their addresses, the loopback first, with and without cap", async () => {
    for (const surroundings of [{}, { root: withoutCap.root }, { root: withoutCap.root, folders: empty }]) {
      const { code, stdout, stderr } = run("capture", ["--list"], surroundings);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^Name +Kind +Addresses.*\nlo\d? +loopback +127\.0\.0\.1/);
    }
  });
});

describe("without cap", () => {
  test("everything else works", () => {
    const output = path.join(folder, "part1.pcap");
    expect(run("encapsulate", ["fixtures/input.csv", output], { root: withoutCap.root, folders: empty }).code).toBe(0);
    const { code, stdout } = run("analyze", [output], { root: withoutCap.root, folders: empty });
    expect([code, stdout.slice(0, 4)]).toEqual([0, "File"]);
  });

  test.runIf(process.platform === "linux")("and without another program there is one sentence", () => {
    const { code, stderr } = run("capture", [path.join(folder, "x.pcap")], { root: withoutCap.root, folders: empty });
    expect([code, stderr]).toEqual([
      1,
      `capture: Nothing on this system can capture; install tcpdump with: sudo apt install tcpdump, or the package cap with: ${ADD_CAP}.\n`,
    ]);
  });

  test.each([
    [
      "cap",
      "The package cap is not installed; install it with: npm install --no-save --save-dev cap, which needs libpcap and its headers (libpcap-dev).",
    ],
    [
      "dumpcap",
      "dumpcap is not installed; install it with Wireshark, on Linux with: sudo apt install wireshark-common.",
    ],
    ["tcpdump", "tcpdump is not installed; install it, on Linux with: sudo apt install tcpdump."],
  ])("--via %s says how to get it", (via, sentence) => {
    const surroundings = { root: withoutCap.root, folders: empty };
    const { code, stderr } = run("capture", ["--via", via, path.join(folder, "x.pcap")], surroundings);
    expect([code, stderr]).toEqual([1, `capture: ${sentence}\n`]);
  });
});

test.skipIf(isMissing("cap"))("libpcap is missing", () => {
  const copy = projectWithoutLibpcap();
  try {
    const surroundings = { root: copy.root, folders: empty };
    for (const via of [[], ["--via", "cap"]]) {
      const { code, stderr } = run("capture", [...via, path.join(folder, "x.pcap")], surroundings);
      const sentence =
        "The package cap cannot be loaded, since libpcap is missing; install it with: sudo apt install libpcap0.8.";
      expect([code, stderr]).toEqual([1, `capture: ${sentence}\n`]);
    }
  } finally {
    copy.remove();
  }
});

describe.skipIf(isMissing("namespaces"))("what cannot be captured", () => {
  let network: NetworkNamespace;
  const inside = () => ["ip", "netns", "exec", network.name];
  beforeAll(() => {
    network = new NetworkNamespace();
  });
  afterAll(() => {
    network.remove();
  });

  test.skipIf(isMissing("dumpcap", "tcpdump"))(
    "goes through dumpcap without cap, through tcpdump without dumpcap",
    () => {
      const only = path.join(folder, "only-tcpdump");
      execFileSync("mkdir", [only]);
      symlinkSync(execFileSync("which", ["tcpdump"], { encoding: "utf8" }).trim(), path.join(only, "tcpdump"));
      for (const [folders, via] of [
        [undefined, "dumpcap"],
        [only, "tcpdump"],
      ] as const) {
        const prefix = [
          "/usr/bin/env",
          `PATH=${process.env.PATH}`,
          ...inside(),
          "/usr/bin/env",
          `PATH=${folders ?? process.env.PATH}`,
        ];
        const output = path.join(folder, "fallback.pcap");
        const { code, stderr } = run("capture", ["--duration", "100ms", output], { root: withoutCap.root, prefix });
        expect([code, stderr]).toEqual([0, `Capturing on lo into ${output}, through ${via}. Ctrl-C ends it.\n`]);
      }
    },
  );

  test.runIf(PROGRAMS.length > 0)("rights are missing", () => {
    const advice = {
      cap: `Node the right with: sudo setcap cap_net_raw,cap_net_admin=eip ${process.execPath}`,
      dumpcap: 'yourself the right with: sudo usermod -a -G wireshark "$USER" (and log in again)',
      tcpdump: 'tcpdump the right with: sudo setcap cap_net_raw,cap_net_admin=eip "$(command -v tcpdump)"',
    };
    const surroundings = { prefix: WITHOUT_RIGHTS };
    for (const via of PROGRAMS) {
      const { code, stderr } = run("capture", ["--via", via, path.join(folder, "x.pcap")], surroundings);
      const sentence = `This user may not capture from or send to lo; run it with sudo in front, or give ${advice[via]}.`;
      expect([code, stderr]).toEqual([1, `capture: ${sentence}\n`]);
    }
    const { code, stderr } = run("capture", [path.join(folder, "x.pcap")], surroundings);
    expect([code, stderr.includes(advice[PROGRAMS[0]!])]).toEqual([1, true]);
    expect(() => readFileSync(path.join(folder, "x.pcap"))).toThrow("ENOENT");
  });

  test.runIf(PROGRAMS.length > 0).each(PROGRAMS)(
    "%s: no such adapter, a bad filter, an adapter that is down",
    (via) => {
      const surroundings = { prefix: inside() };
      const capture = (...args: string[]) => {
        const { code, stderr } = run("capture", ["--via", via, ...args, path.join(folder, "x.pcap")], surroundings);
        return [code, stderr];
      };
      for (const name of ["eth7", "7", ""]) {
        const [code, stderr] = capture("--iface", name);
        expect(code).toBe(2);
        expect(stderr).toMatch(
          new RegExp(`^capture: There is no adapter named "${name}"; choose one of these: .*\\blo\\b.*\\.\n$`),
        );
      }
      const [code, stderr] = capture("--filter", "tcp prt 80");
      expect([code, stderr]).toEqual([
        2,
        `capture: The capture filter "tcp prt 80" is none: can't parse filter expression: syntax error; write it as for tcpdump, such as "tcp port 8080".\n`,
      ]);
      network.run("ip", "link", "set", "lo", "down");
      expect(capture()).toEqual([2, "capture: The adapter lo is not up; bring it up with: sudo ip link set lo up.\n"]);
      network.run("ip", "link", "set", "lo", "up");
    },
  );

  test.runIf(PROGRAMS.length > 0)("an output that cannot be written is noticed before", () => {
    const { code, stderr } = run("capture", ["/dev/null/x.pcap"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^capture: \/dev\/null\/x\.pcap cannot be written: .*\.\n$/);
  });
});
