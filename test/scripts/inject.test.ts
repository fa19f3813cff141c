import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encapsulate } from "../../lib/encapsulate.ts";
import { ADD_CAP } from "../../lib/live/cap.ts";
import { scenarioTraffic } from "../../scripts/encapsulate/scenario-traffic.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { NetworkNamespace, namespacesAreMissing } from "../helpers/programs/network-namespace.ts";
import { runScript } from "../helpers/programs/run-script.ts";
import { type ProjectCopy, projectWithout, projectWithoutLibpcap } from "../helpers/programs/without-modules.ts";
import { Running, running } from "../live/capture/capture-scene.ts";
import { framesIn, injectBeforeJudge, startInjection } from "../live/inject/inject-scene.ts";

const folder = temporaryFolder();
const input = captureFile(folder, "empty.pcap", pcapOf(1, []));
const usage = "Usage: npx tsx scripts/inject.ts [options] <capture>\n";

describe("inject", () => {
  it("explains itself", async () => {
    const help = await runScript("inject", ["--help"]);
    expect(help.code).toBe(0);
    for (const flag of ["--iface", "--speed", "--loop", "--allow-network", "--quiet"]) {
      expect(help.stdout).toContain(flag);
    }
    expect((await runScript("inject", ["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[], "error: missing required argument 'capture'"],
    [["x.pcap", "--sped", "1"], "error: unknown option '--sped'"],
    [["x.pcap", "--speed", "0x"], "error: option '--speed <factor>' argument '0x' is invalid. Give how many times"],
    [["x.pcap", "--speed", "fast"], "error: option '--speed <factor>' argument 'fast' is invalid. Give how many times"],
    [["x.pcap", "--loop", "0"], "error: option '--loop <number>' argument '0' is invalid. Give a whole number"],
    [["-", "--loop", "2"], "inject: Standard input can be read only once; --loop needs a file.\n"],
  ])("refuses a command line that cannot be: %j", async (args, sentence) => {
    const { code, stdout, stderr } = await runScript("inject", args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.startsWith(sentence)).toBe(true);
    expect(stderr.endsWith(usage)).toBe(true);
  });
});

describe.skipIf(namespacesAreMissing())("inject in a namespace", () => {
  let network: NetworkNamespace;
  beforeAll(() => {
    network = new NetworkNamespace();
  });
  afterEach(() => running.clear());
  afterAll(() => network.remove());

  const inject = async (args: readonly string[], root?: string) => {
    const one = startInjection(network, args, root);
    return { code: await one.closed, stdout: one.text, stderr: one.errors };
  };
  const withCopy = async (copy: ProjectCopy) => {
    try {
      return await inject([input], copy.root);
    } finally {
      copy.remove();
    }
  };

  // Everything else asks libpcap for the adapters first.
  const whereLoaded = it.skipIf(isMissing("cap"));

  whereLoaded("has nothing to do for a capture without packets", async () => {
    expect(await inject([input])).toEqual({
      code: 0,
      stdout: "0 packets sent to lo, 0 bytes, in 0 s.\n",
      stderr: "",
    });
    expect(await inject([input, "--quiet", "--loop", "1000000000"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("says that cap is not installed", async () => {
    const { code, stdout, stderr } = await withCopy(projectWithout("cap"));
    expect(stderr).toBe(`inject: The package cap is not installed; install it with: ${ADD_CAP}.\n`);
    expect([code, stdout]).toEqual([1, ""]);
  });

  whereLoaded("says that libpcap is missing", async () => {
    const { code, stdout, stderr } = await withCopy(projectWithoutLibpcap());
    expect(stderr).toBe(
      "inject: The package cap cannot be loaded, since libpcap is missing; install it with: sudo apt install libpcap0.8.\n",
    );
    expect([code, stdout]).toEqual([1, ""]);
  });

  whereLoaded("says what right is missing, and how to get it", async () => {
    // Not everybody may look into the folder of the project: this user has a copy.
    const copy = projectWithout();
    try {
      const command = [process.execPath, "--import", "tsx", "scripts/inject.ts", "-"];
      const rights = ["--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"];
      const one = new Running(network.spawn("setpriv", [...rights, ...command], { cwd: copy.root }));
      one.child.stdin!.end(pcapOf(1, []));
      expect(await one.closed).toBe(1);
      expect(one.errors).toBe(
        `inject: This user may not capture from or send to lo; run it with sudo in front, or give Node the right with: sudo setcap cap_net_raw,cap_net_admin=eip ${process.execPath}.\n`,
      );
      expect(one.text).toBe("");
    } finally {
      copy.remove();
    }
  });

  whereLoaded("says what is wrong with an adapter or a capture", async () => {
    const missing = path.join(folder, "none.pcap");
    for (const [args, code, sentence] of [
      [[missing], 1, `inject: ${missing}: there is no such file; check the path.\n`],
      [[folder], 1, `inject: ${folder}: this is a folder; give the capture file in it.\n`],
      [["README.md"], 1, "inject: README.md, byte 0: this is text, not a packet capture; give a pcap or pcapng file"],
      [[input, "--iface", "eth9"], 2, 'inject: There is no adapter named "eth9"; choose one of these: '],
    ] as const) {
      const { stderr, ...outcome } = await inject(args);
      expect(stderr.slice(0, sentence.length)).toBe(sentence);
      expect(outcome).toEqual({ code, stdout: "" });
    }
  });

  whereLoaded("needs a file that can be read again for more than one round", async () => {
    const line = `exec "$0" --import tsx scripts/inject.ts <(cat "$1") --loop 2`;
    const one = new Running(network.spawn("bash", ["-c", line, process.execPath, input]));
    expect(await one.closed).toBe(2);
    expect(one.errors).toMatch(
      /^inject: \/dev\/fd\/\d+ can be read only once; save it as a file to send it several times\.\n$/,
    );
  });

  it.skipIf(isMissing("cap") || isMissing("dumpcap"))(
    "plays what was sent over a network with losses, frame by frame",
    async () => {
      const output = path.join(folder, "lossy.pcap");
      const traffic = scenarioTraffic("tail-loss");
      const { packets } = await encapsulate({ input: "fixtures/scenario-talk.csv", output, ...traffic });
      const { code, errors, frames } = await injectBeforeJudge(network, [output, "--speed", "max", "--quiet"], {
        file: path.join(folder, "seen.pcapng"),
        expected: packets,
      });
      expect([code, errors]).toEqual([0, ""]);
      expect(frames.map(({ hex }) => hex)).toEqual((await framesIn(output)).map(({ hex }) => hex));
      expect(frames).toHaveLength(24);
    },
  );

  whereLoaded("says that the adapter is not up", async () => {
    network.run("ip", "link", "set", "lo", "down");
    const { code, stderr } = await inject([input]);
    network.run("ip", "link", "set", "lo", "up");
    expect(stderr).toBe("inject: The adapter lo is not up; bring it up with: sudo ip link set lo up.\n");
    expect(code).toBe(2);
  });
});
