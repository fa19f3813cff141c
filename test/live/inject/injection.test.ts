import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseIpv4 } from "../../../lib/headers/address.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { bytesOf, ethernetFrames } from "../../helpers/captures/frames-of-all-kinds.ts";
import { otherLinkFrames } from "../../helpers/captures/other-link-frames.ts";
import { pcapOf, type TapRecord } from "../../helpers/captures/pcap-records.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";
import { NetworkNamespace } from "../../helpers/programs/network-namespace.ts";
import { PATIENCE } from "../../helpers/programs/patience.ts";
import { runScript } from "../../helpers/programs/run-script.ts";
import { running } from "../capture/capture-scene.ts";
import { framesIn, injectBeforeJudge, processesIn, startInjection } from "./inject-scene.ts";

const cannotRun = isMissing("namespaces", "cap", "dumpcap", "tshark");
const ETHERNET_HEADER = "000000000000000000000000";

const folder = temporaryFolder();
const file = (name: string) => path.join(folder, name);
let network: NetworkNamespace;

/** Makes a capture of the example CSV. */
async function encapsulated(name: string, ...flags: string[]): Promise<string> {
  const { code, stderr } = await runScript("encapsulate", ["fixtures/input.csv", file(name), "--quiet", ...flags]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return file(name);
}

/** A UDP packet that carries its number. */
function datagram(number: number, length = 20): Uint8Array {
  const payload = new Uint8Array(length);
  new DataView(payload.buffer).setUint32(0, number);
  const ipv4 = { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") };
  return encodeFrame({ ipv4, udp: { sourcePort: 40_000, destinationPort: 9999 }, payload });
}

/** A capture of datagrams, at these milliseconds. */
function datagramsAt(name: string, times: readonly number[], linkType = 101): string {
  const records = times.map((time, index) => ({ time: time * 1000, bytes: datagram(index) }));
  return captureFile(folder, name, pcapOf(linkType, records));
}

const sentOnLo = () => Number(network.run("cat", "/sys/class/net/lo/statistics/tx_packets"));

async function untilSent(packets: number): Promise<void> {
  for (const end = performance.now() + PATIENCE; sentOnLo() < packets; ) {
    if (performance.now() > end) throw new Error(`waited in vain for packet ${packets} on lo`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Of a length of time in words. */
function millisecondsOf(text: string): number {
  const [number, unit = ""] = text.split(" ");
  return Number(number) * ({ s: 1000, ms: 1, us: 0.001 }[unit] ?? Number.NaN);
}

const hexOf = (frames: readonly { readonly hex: string }[]) => frames.map(({ hex }) => hex);
/** What the sent frames of a capture of IPv4 packets look like on Linux's loopback. */
const asEthernet = (hex: string) => `${ETHERNET_HEADER}${hex.startsWith("6") ? "86dd" : "0800"}${hex}`;

describe.skipIf(cannotRun)("an injection", () => {
  beforeAll(() => {
    network = new NetworkNamespace();
  });
  afterEach(() => {
    for (const child of running) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    }
    running.clear();
  });
  afterAll(() => network.remove());

  test.each([
    ["Ethernet", ["--link", "ethernet"], 0, ""],
    ["both ends on 127.0.0.1", ["--loopback"], 0, ""],
    ["raw IP", ["--link", "raw"], 0, asEthernet("4").slice(0, -1)],
    ["BSD loopback", ["--link", "null"], 8, asEthernet("4").slice(0, -1)],
    ["IPv6", ["--map", "web_server=[fd00::80]:80", "--link", "raw"], 0, undefined],
  ])("puts a capture of ours on lo, frame by frame: %s", async (name, flags, cut, header) => {
    const input = await encapsulated(`${name}.${header === undefined ? "pcapng" : "pcap"}`, ...flags);
    const given = hexOf(await framesIn(input));
    const expected = given.map((hex) => (header === undefined ? asEthernet(hex) : header + hex.slice(cut)));
    const output = file(`${name}.seen.pcapng`);
    const seen = await injectBeforeJudge(network, [input, "--speed", "max"], { file: output, expected: given.length });
    expect(hexOf(seen.frames)).toEqual(expected);
    expect(seen.code).toBe(0);
    expect(seen.errors).toBe("");
    const bytes = expected.join("").length / 2;
    expect(seen.text).toMatch(
      new RegExp(`^${given.length} packets sent to lo, ${bytes.toLocaleString("en")} bytes, in [\\d.]+ [mu]?s \\(`),
    );
  });

  test("takes packed captures and standard input", async () => {
    const input = datagramsAt("packed.pcap", [0, 1, 2]);
    writeFileSync(file("packed.pcap.gz"), gzipSync(readFileSync(input)));
    const expected = hexOf(await framesIn(input)).map(asEthernet);
    const packed = await injectBeforeJudge(network, [file("packed.pcap.gz")], { file: file("p.pcapng"), expected: 3 });
    expect(hexOf(packed.frames)).toEqual(expected);
    const piped = startInjection(network, ["-"]);
    piped.child.stdin!.end(readFileSync(input));
    expect(await piped.closed).toBe(0);
    expect(piped.text).toMatch(/^3 packets sent to lo, 186 bytes, /);
  });

  test("puts odd frames of every link type on lo as they are", async () => {
    for (const [linkType, frames] of new Map(otherLinkFrames()).set(1, ethernetFrames())) {
      const sendable = frames.filter(({ bytes }) => linkType !== 1 || bytes.length >= 14);
      const records = sendable.map(({ bytes }, index) => ({ time: index, bytes }));
      const input = captureFile(folder, `odd-${linkType}.pcap`, pcapOf(linkType, records));
      const output = { file: file(`odd-${linkType}.pcapng`), expected: records.length };
      const { frames: seen, code } = await injectBeforeJudge(network, [input], output);
      expect(code).toBe(0);
      expect(seen.length).toBe(records.length);
      for (const [index, { hex }] of seen.entries()) {
        const given = Buffer.from(records[index]!.bytes).toString("hex");
        if (linkType === 1) expect(hex, sendable[index]!.name).toBe(given);
        else expect(given.endsWith(hex.slice(28)), sendable[index]!.name).toBe(true);
      }
    }
  });

  test("keeps the order, is never early, and tells how late it was at worst", async () => {
    const times = [0, 100, 200, 200.3, 200.6, 330, 331, 332, 500, 700, 1000, 1001, 1300, 1500];
    const input = datagramsAt("paced.pcap", times);
    const output = { file: file("paced.pcapng"), expected: times.length };
    for (const [speed, factor] of [
      ["1x", 1],
      ["0.5", 0.5],
      ["10x", 10],
    ] as const) {
      const { frames, text } = await injectBeforeJudge(network, [input, "--speed", speed], output);
      expect(hexOf(frames)).toEqual(hexOf(await framesIn(input)).map(asEthernet));
      // How late it was is the machine's affair. That it is never early, the last one least of all, is ours.
      const told = /^14 packets sent to lo, 868 bytes, in ([\d.]+ [mu]?s), at most (\d+\.\d) ms late\.\n$/.exec(text);
      const took = millisecondsOf(told?.[1] ?? text);
      const least = times.at(-1)! / factor;
      // As far as it is told.
      expect(took, text).toBeGreaterThan(0.99 * least);
      expect(took, text).toBeLessThan(1.01 * (least + Number(told?.[2])));
    }
  });

  test("sends the capture several times with the same gaps", async () => {
    const input = datagramsAt("loop.pcap", [0, 100, 300]);
    const output = { file: file("loop.pcapng"), expected: 9 };
    const { frames, text } = await injectBeforeJudge(network, [input, "--loop", "3"], output);
    const once = hexOf(await framesIn(input)).map(asEthernet);
    expect(hexOf(frames)).toEqual([...once, ...once, ...once]);
    const told = /^9 packets sent to lo, 558 bytes, in ([\d.]+ [mu]?s), /.exec(text)?.[1];
    expect(millisecondsOf(told ?? text), text).toBeGreaterThan(0.99 * 900);
    writeFileSync(file("loop.pcap.gz"), gzipSync(readFileSync(input)));
    const args = [file("loop.pcap.gz"), "--loop", "200", "--speed", "max"];
    const packed = await injectBeforeJudge(network, args, { ...output, expected: 600 });
    expect(packed.frames.length).toBe(600);
  });

  test("sends in the order of the file where times run backwards, and says so once", async () => {
    const input = datagramsAt("backwards.pcap", [0, 60_000, 10, 20, 5]);
    const injection = startInjection(network, [input, "--speed", "1000"]);
    expect(await injection.closed).toBe(0);
    expect(injection.text.split("\n").slice(1)).toEqual([
      "2 packets captured before the one in front of them: sent in the order of the file, without a wait.",
      "",
    ]);
  });

  test("leaves out what cannot be sent, and says how much and why", async () => {
    const whole = bytesOf("020000000002 020000000001 0800", datagram(1));
    const records: TapRecord[] = [
      { time: 0, bytes: whole },
      { time: 1, bytes: whole, wireLength: 1500 },
      { time: 2, bytes: whole.subarray(0, 13) },
      { time: 3, bytes: bytesOf(whole, new Uint8Array(65_600)) },
      { time: 4, bytes: bytesOf(whole, new Uint8Array(65_550 - whole.length)) },
      { time: 5, bytes: whole, wireLength: 100 },
    ];
    const input = captureFile(folder, "mixed.pcap", pcapOf(1, records));
    const output = { file: file("mixed.pcapng"), expected: 2 };
    const { code, frames, text } = await injectBeforeJudge(network, [input, "--speed", "max"], output);
    expect(code).toBe(0);
    expect(frames.map(({ hex }) => hex.length / 2)).toEqual([whole.length, 65_550]);
    expect(text.split("\n").slice(1)).toEqual([
      "Left out: 2 packets cut off when captured.",
      "Left out: 1 packet too short for a link header.",
      "Left out: 1 packet longer than the adapter takes.",
      "",
    ]);
  });

  test("fails where nothing of a capture can be sent", async () => {
    const input = captureFile(folder, "wireless.pcap", pcapOf(105, [{ time: 0, bytes: datagram(1) }]));
    const injection = startInjection(network, [input, "--quiet", "--loop", "1000"]);
    expect(await injection.closed).toBe(1);
    expect(injection.text).toBe(
      "0 packets sent to lo, 0 bytes, in 0 s.\n" +
        "Left out: 1 packet of link type IEEE 802.11 Wireless LAN, which cannot become Ethernet.\n",
    );
    expect(injection.errors).toBe("inject: No packet of this capture can be sent to lo; choose another capture.\n");
  });

  test("sends what stands before the damage of a file", async () => {
    const input = datagramsAt("cut.pcap", [0, 1, 2]);
    writeFileSync(input, readFileSync(input).subarray(0, -5));
    const injection = startInjection(network, [input]);
    expect(await injection.closed).toBe(0);
    expect(injection.text).toMatch(/^2 packets sent /);
    expect(injection.errors).toMatch(/^inject: .*cut\.pcap, byte 152: the file is cut off within the record/);
  });

  test.skipIf(isMissing("tun"))("makes Ethernet of nothing where the adapter takes IP alone", async () => {
    network.run("ip", "tuntap", "add", "mode", "tun", "name", "tunnel");
    network.run("ip", "link", "set", "tunnel", "up");
    const arp = bytesOf(
      "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
    );
    const frames = [bytesOf("020000000002 020000000001 0800", datagram(1)), arp];
    const input = captureFile(
      folder,
      "arp.pcap",
      pcapOf(
        1,
        frames.map((bytes, time) => ({ time, bytes })),
      ),
    );
    const injection = startInjection(network, [input, "--iface", "tunnel", "--allow-network"]);
    expect(await injection.closed).toBe(0);
    expect(injection.text).toMatch(/^1 packet sent to tunnel, 48 bytes, .*\nLeft out: 1 packet carrying no IP\.\n$/);
  });

  test("goes to no other adapter than a loopback, unless that is allowed and said first", async () => {
    network.addCable("left", "right");
    const input = datagramsAt("network.pcap", [0, 1]);
    const output = { file: file("network.pcapng"), expected: 0, adapter: "right" };
    const refused = await injectBeforeJudge(network, [input, "--iface", "left"], output);
    expect(refused.code).toBe(2);
    expect(refused.errors).toBe(
      "inject: left is no loopback adapter: what is sent to it can reach other machines; send to lo, or allow it with --allow-network.\n",
    );
    // The kernel itself says hello to a new neighbour.
    const ours = ({ hex }: { hex: string }) => hex.includes(Buffer.from(datagram(0).subarray(0, 20)).toString("hex"));
    expect(refused.frames.filter(ours)).toEqual([]);
    const allowed = await injectBeforeJudge(network, [input, "--iface", "left", "--allow-network"], {
      ...output,
      expected: 2,
    });
    expect(allowed.code).toBe(0);
    expect(allowed.errors).toBe(
      `inject: left is no loopback adapter: sending ${input} into the network behind it, at its own pace, once; Ctrl-C ends it.\n`,
    );
    expect(allowed.text).toMatch(/^2 packets sent to left, /);
    const expected = hexOf(await framesIn(input)).map(asEthernet);
    expect(hexOf(allowed.frames).filter((hex) => expected.includes(hex))).toEqual(expected);
    network.removeAdapter("left");
  });

  test("says that the adapter went down, and ends", async () => {
    const input = datagramsAt("down.pcap", [0, 20_000]);
    network.addCable("left", "right");
    for (const lose of [() => network.run("ip", "link", "set", "left", "down"), () => network.removeAdapter("left")]) {
      network.run("ip", "link", "set", "left", "up");
      const injection = startInjection(network, [input, "--iface", "left", "--allow-network"]);
      await injection.until(() => injection.errors.includes("Ctrl-C"));
      lose();
      expect(await injection.closed).toBe(1);
      expect(injection.errors.split("\n").slice(1)).toEqual([
        "inject: The adapter left went down while packets were being sent; bring it up with: sudo ip link set left up, and start again.",
        "",
      ]);
    }
  });

  test("tells its counts when it is interrupted, at any speed, also while it waits for a pipe", async () => {
    const input = datagramsAt("long.pcap", [0, 1, 2, 3_600_000]);
    for (const [args, sent, pattern] of [
      [[input], 3, "3"],
      [[input, "--speed", "max", "--loop", "100000000"], 10_000, "[\\d,]{6,}"],
      [["-"], 3, "3"],
    ] as const) {
      for (const [signal, code] of [
        ["SIGINT", 130],
        ["SIGTERM", 143],
      ] as const) {
        const before = sentOnLo();
        const injection = startInjection(network, args);
        if (args[0] === "-") injection.child.stdin!.write(readFileSync(input).subarray(0, -60));
        await untilSent(before + sent);
        expect(await injection.stop(signal)).toBe(code);
        const told = new RegExp(`^Interrupted: (${pattern}) packets sent to lo, `).exec(injection.text)?.[1];
        expect(Number(told?.replaceAll(",", "")), injection.text).toBe(sentOnLo() - before);
      }
    }
  });

  test("stops sending when it is killed", async () => {
    const input = datagramsAt("endless.pcap", [0, 1, 2]);
    const before = sentOnLo();
    const injection = startInjection(network, [input, "--loop", "100000000"]);
    await untilSent(before + 3);
    await injection.stop("SIGKILL");
    const end = performance.now() + PATIENCE;
    while (processesIn(network).length > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(processesIn(network)).toEqual([]);
  });

  test("says that the process that sends was killed", async () => {
    const before = sentOnLo();
    const injection = startInjection(network, [datagramsAt("halves.pcap", [0, 60_000])]);
    await untilSent(before + 1);
    for (const pid of processesIn(network)) if (pid !== injection.child.pid) process.kill(pid, "SIGKILL");
    expect(await injection.closed).toBe(1);
    expect(injection.errors).toBe(
      "inject: The process that sends packets ended before it was done: SIGKILL; start again.\n",
    );
  });

  test("announces a wait that takes longer than a minute", async () => {
    const input = datagramsAt("patience.pcap", [0, 3 * 3_600_000]);
    const injection = startInjection(network, [input]);
    await injection.until(() => injection.errors.includes("\n"));
    expect(injection.errors).toBe(
      "inject: The next packet (number 2 of the capture) is due in 3 h; a higher --speed waits less.\n",
    );
    expect(await injection.stop()).toBe(130);
  });

  test("is answered by the kernel only where it takes the packets for its own", async () => {
    const setting = (name: string, value: 0 | 1) =>
      network.run(
        "sh",
        "-c",
        `cd /proc/sys/net/ipv4/conf/lo && echo ${value} >route_localnet && echo ${value} >${name}`,
      );
    /** @returns answers for each packet; so many are waited for */
    const answers = async (name: string, awaited: number, ...flags: string[]) => {
      const input = await encapsulated(`${name}.pcap`, ...flags);
      const given = (await framesIn(input)).length;
      const output = { file: file(`${name}.answers.pcapng`), expected: given * (1 + awaited) };
      const { frames } = await injectBeforeJudge(network, [input, "--speed", "max"], output);
      const resets = tshark("-r", output.file, "-Y", "tcp.flags.reset == 1", "-T", "fields", "-e", "frame.number");
      expect(resets.split("\n").length - 1).toBe(frames.length - given);
      return (frames.length - given) / given;
    };
    // Its hardware addresses are zero: what goes to others is not for it.
    expect(await answers("others", 0)).toBe(0);
    expect(await answers("others-raw", 0, "--link", "raw")).toBe(0);
    // From and to 127.0.0.1, but come in from outside: a martian.
    expect(await answers("martians", 0, "--loopback")).toBe(0);
    setting("accept_local", 1);
    expect(await answers("allowed", 1, "--loopback")).toBe(1);
    setting("accept_local", 0);
    if (isMissing("IPv6")) return;
    const names = ["web_server", "api_server", "client_browser", "client_phone", "price_watcher"];
    const ipv6 = names.flatMap((name) => ["--map", name.endsWith("server") ? `${name}=[::1]:80` : `${name}=[::1]`]);
    expect(await answers("ipv6", 1, "--link", "raw", ...ipv6)).toBe(1);
  });
});
