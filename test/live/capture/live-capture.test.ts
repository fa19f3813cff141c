import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openCapture } from "../../../lib/pcap/open-capture.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";
import { NetworkNamespace } from "../../helpers/programs/network-namespace.ts";
import { PATIENCE } from "../../helpers/programs/patience.ts";
import { runScript } from "../../helpers/programs/run-script.ts";
import {
  countFrames,
  countFramesOfCut,
  framesOf,
  makeTraffic,
  Running,
  running,
  startCapture,
  startJudge,
  trafficProcess,
} from "./capture-scene.ts";

const PROGRAMS = (["cap", "dumpcap", "tcpdump"] as const).filter((name) => !isMissing(name));
const cannotRun = isMissing("namespaces", "tshark") || PROGRAMS.length === 0;

let folder: string;
let network: NetworkNamespace;
const file = (name: string) => path.join(folder, name);

describe.skipIf(cannotRun)("a capture", () => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "wirewright-capture-"));
    network = new NetworkNamespace();
  });
  afterEach(() => {
    for (const { pid } of running) if (pid !== undefined) kill(pid);
    running.clear();
  });
  afterAll(() => {
    network.remove();
    rmSync(folder, { recursive: true });
  });

  test.skipIf(isMissing("dumpcap"))(
    "has the frames that dumpcap has, byte for byte, whichever program it goes through",
    async () => {
      const judge = await startJudge(network, "lo", file("judge.pcapng"));
      const captures = await Promise.all(
        PROGRAMS.map((via) => startCapture(network, ["--via", via, file(`same-${via}.pcapng`)])),
      );
      makeTraffic(network, { rounds: 20, length: 3000 });
      for (const capture of captures) expect(await capture.stop()).toBe(0);
      const captured = Math.max(...PROGRAMS.map((via) => countFrames(file(`same-${via}.pcapng`))));
      // Not asked to end before what it has captured is out.
      await judge.until(() => countFramesOfCut(file("judge.pcapng")) >= captured);
      await judge.stop();
      const expected = framesOf(file("judge.pcapng"));
      expect(expected.length).toBeGreaterThan(60);
      for (const via of PROGRAMS) expect(framesOf(file(`same-${via}.pcapng`)), via).toEqual(expected);
    },
  );

  test.skipIf(isMissing("cap", "dumpcap", "tcpdump"))("tells the true length of frames beyond 64 KiB", async () => {
    const captures = await Promise.all(
      PROGRAMS.map((via) => startCapture(network, ["--via", via, "--filter", "tcp", file(`large-${via}.pcap`)])),
    );
    makeTraffic(network, { rounds: 3, length: 1_000_000 });
    for (const capture of captures) await capture.stop();
    const [through, ...others] = PROGRAMS.map((via) => framesOf(file(`large-${via}.pcap`)));
    expect(Math.max(...others[0]!.map(({ wireLength }) => wireLength))).toBeGreaterThan(65_535);
    expect(others[0]).toEqual(others[1]);
    const cut = others[0]!.map(({ wireLength, hex }) => ({ wireLength, hex: hex.slice(0, 2 * 65_535) }));
    expect(through).toEqual(cut);
  });

  test("has what passed before it was stopped, at once", async () => {
    for (const via of PROGRAMS) {
      const capture = await startCapture(network, [
        "--via",
        via,
        "--filter",
        "udp port 9999",
        file(`last-${via}.pcap`),
      ]);
      makeTraffic(network, { rounds: 7 });
      await capture.stop();
      expect(countFrames(file(`last-${via}.pcap`)), via).toBe(7);
    }
  });

  test("names its adapter in pcapng, and keeps nanoseconds", async () => {
    for (const via of PROGRAMS) {
      const capture = await startCapture(network, ["--via", via, "--count", "5", file(`named-${via}.pcapng`)]);
      makeTraffic(network);
      expect(await capture.closed).toBe(0);
      const names = tshark("-r", file(`named-${via}.pcapng`), "-T", "fields", "-e", "frame.interface_name");
      expect(names).toBe("lo\n".repeat(5));
      const reader = await openCapture(file(`named-${via}.pcapng`));
      reader.next();
      expect(reader.interfaces[0]).toMatchObject({ name: "lo", ticksPerSecond: 1_000_000_000 });
      await reader.close();
    }
  });

  test("ends after so many packets, exactly, and after so long", async () => {
    for (const via of PROGRAMS) {
      const capture = await startCapture(network, ["--via", via, "--count", "9", file(`count-${via}.pcapng`)]);
      makeTraffic(network, { rounds: 30 });
      expect(await capture.closed).toBe(0);
      expect(countFrames(file(`count-${via}.pcapng`))).toBe(9);
      expect(capture.text).toMatch(/^9 packets, /);
    }
    // Under way already, however long a program needs to start.
    const traffic = new Running(trafficProcess(network, { rounds: 1_000_000 }));
    const begun = await startCapture(network, ["--count", "1", file("begun.pcap")]);
    expect(await begun.closed).toBe(0);
    const timed = await startCapture(network, ["--duration", "1s", file("timed.pcap")]);
    expect(await timed.closed).toBe(0);
    await traffic.stop("SIGKILL");
    expect(countFrames(file("timed.pcap"))).toBeGreaterThan(3);
  });

  test("goes to standard output with nothing else in it", async () => {
    const line = 'exec "$0" --import tsx scripts/capture.ts --filter "udp port 9999" --count 4 - > "$1"';
    const capture = new Running(network.spawn("bash", ["-c", line, process.execPath, file("piped.pcap")], {}));
    await capture.until(() => capture.errors.includes("Capturing on"));
    makeTraffic(network, { rounds: 4 });
    expect(await capture.closed).toBe(0);
    expect(countFrames(file("piped.pcap"))).toBe(4);
    expect(capture.errors).toContain("4 packets, 568 bytes in standard output");
  });

  test("prints a line for each packet, in the words of analyze", async () => {
    const capture = await startCapture(network, ["--print", "--count", "3", "--filter", "tcp port 8080"]);
    makeTraffic(network);
    expect(await capture.closed).toBe(0);
    const [heading, ...lines] = capture.text.split("\n");
    expect(heading).toBe("  Frame    Time (ms)  Packet");
    expect(lines.map((line) => line.replace(/127\.0\.0\.1:(?!8080)\d+/, "client").slice(22))).toEqual([
      "client -> 127.0.0.1:8080  TCP SYN Seq=0 Len=0",
      "127.0.0.1:8080 -> client  TCP SYN, ACK Seq=0 Ack=1 Len=0",
      "client -> 127.0.0.1:8080  TCP ACK Seq=1 Ack=1 Len=0",
      "",
    ]);
  });

  test("can be read while it grows, and after it was killed", async () => {
    for (const via of PROGRAMS) {
      const grown = file(`killed-${via}.pcapng`);
      for (const pause of [20, 90]) {
        const capture = await startCapture(network, ["--via", via, grown]);
        const traffic = new Running(trafficProcess(network, { rounds: 3000, length: 500 }));
        await capture.until(() => statSync(grown).size > 10_000);
        await new Promise((resolve) => setTimeout(resolve, pause));
        expect(await capture.stop("SIGKILL")).toBe(null);
        await traffic.stop("SIGKILL");
        const reader = await openCapture(grown);
        let read = 0;
        do while (reader.next()) read++;
        while (await reader.more());
        await reader.close();
        // Killed within a write, its last record is cut.
        for (const warning of reader.warnings) expect(warning).toContain("the file is cut off within the record");
        expect(read).toBeGreaterThan(0);
        expect(countFramesOfCut(grown)).toBe(read);
        expect((await runScript("analyze", [grown])).code).toBe(0);
      }
      const growing = await startCapture(network, ["--via", via, "--filter", "udp", grown]);
      makeTraffic(network, { rounds: 6 });
      await growing.until(() => countFrames(grown) === 6);
      await growing.stop();
    }
  });

  test("answers Ctrl-C under a flood", async () => {
    const blast = `const s = require("node:dgram").createSocket("udp4");
      const go = () => s.send("flood", 9998, "127.0.0.1", go); for (let i = 0; i < 50; i++) go();`;
    const flood = new Running(network.spawn(process.execPath, ["-e", blast]));
    for (const via of PROGRAMS) {
      const capture = await startCapture(network, ["--via", via, "--print", file(`flood-${via}.pcapng`)]);
      await capture.until(() => capture.text.length > 10_000);
      expect(await capture.stop()).toBe(0);
      const told = /^([\d,]+) packets, /m.exec(capture.errors)![1]!.replaceAll(",", "");
      expect(countFrames(file(`flood-${via}.pcapng`))).toBe(Number(told));
    }
    await flood.stop("SIGKILL");
  });

  test("says that its adapter went away, and keeps what there was", async () => {
    for (const via of PROGRAMS) {
      network.addCable("left", "right");
      const capture = await startCapture(network, ["--via", via, "--iface", "left", file(`lost-${via}.pcap`)]);
      network.removeAdapter("left");
      expect(await capture.closed).toBe(1);
      expect(capture.errors).toMatch(
        /^capture: The adapter left went away, or was shut down; what was captured until then is kept\.$/m,
      );
      const told = /^(\d+) packets?, /m.exec(capture.text)![1];
      expect(countFrames(file(`lost-${via}.pcap`))).toBe(Number(told));
    }
  });

  test("ends with the code of its signal where it was to end otherwise, and with 0 where it was not", async () => {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      const endless = await startCapture(network, [file("signal.pcap")]);
      const counted = await startCapture(network, ["--count", "1000000", file("counted.pcap")]);
      makeTraffic(network);
      expect([await endless.stop(signal), await counted.stop(signal)]).toEqual([0, code]);
      expect(countFrames(file("counted.pcap"))).toBe(countFrames(file("signal.pcap")));
    }
  });

  test("leaves no program behind, however it ends", async () => {
    const own = new NetworkNamespace();
    try {
      for (const via of PROGRAMS) {
        for (const signal of ["SIGINT", "SIGKILL"] as const) {
          const capture = await startCapture(own, ["--via", via, file("orphan.pcap")]);
          await capture.stop(signal);
          const gone = performance.now() + PATIENCE;
          // What was orphaned ends when it cannot write.
          while (own.commands().length > 0 && performance.now() < gone) makeTraffic(own, { rounds: 1 });
          expect(own.commands(), `${via} after ${signal}`).toEqual([]);
        }
        const busy = await startCapture(own, ["--via", via, file("orphan.pcap")]);
        // What comes is read no more.
        busy.child.kill("SIGSTOP");
        const end = performance.now() + PATIENCE;
        makeTraffic(own, { rounds: 1000 });
        await busy.stop("SIGKILL");
        while (own.commands().length > 0 && performance.now() < end) makeTraffic(own, { rounds: 1 });
        expect(own.commands(), `${via} after SIGKILL, with packets on their way`).toEqual([]);
      }
    } finally {
      own.remove();
    }
  });

  test("says when the disk is full", async () => {
    const disk = file("disk");
    const line =
      'mkdir "$1" && mount -t tmpfs -o size=256k none "$1" && exec "$0" --import tsx scripts/capture.ts "$1/x.pcapng"';
    const args = ["-m", "bash", "-c", line, process.execPath, disk];
    const capture = new Running(network.spawn("unshare", args));
    await capture.until(() => capture.errors.includes("Capturing on"));
    makeTraffic(network, { rounds: 50, length: 20_000 });
    expect(await capture.closed).toBe(1);
    expect(capture.errors).toContain(
      `capture: ${disk}/x.pcapng cannot be written: the disk is full; make room or choose another place.\n`,
    );
    expect(capture.errors).toMatch(/\d packets were seen; .*What .*x\.pcapng has room for is in it, and whole\.\n$/);
    expect(capture.text).toBe("");
    expect(existsSync(`${disk}/x.pcapng`)).toBe(false);
  });

  test("says that nothing can be written without waiting for a packet", async () => {
    const capture = new Running(
      network.spawn(process.execPath, ["--import", "tsx", "scripts/capture.ts", "--via", "tcpdump", "/dev/full"]),
    );
    expect(await capture.closed).toBe(1);
    expect(capture.errors).toContain("capture: /dev/full cannot be written: the disk is full");
  });

  test("says in which format it writes where the name does not tell", async () => {
    const odd = file("odd.txt");
    const capture = await startCapture(network, ["--via", "tcpdump", odd]);
    makeTraffic(network, { rounds: 1 });
    expect(await capture.stop()).toBe(0);
    expect(capture.errors).toContain(
      `${odd} is written as pcap, since its name does not say what it is; end it in .pcap or .pcapng.\n`,
    );
  });
});

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
