import { describe, expect, test } from "vitest";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { loadCap, wireLengthOf } from "../../lib/live/cap.ts";
import { countDrops, lossError, startError } from "../../lib/live/capture/programs.ts";

describe("the length on the wire of a frame that was cut", () => {
  const ETHERNET = "000000000000" + "000000000000";
  const ipv4 = (total: string) => `4500${total}${"00".repeat(36)}`;
  const ipv6 = (payload: string) => `60000000${payload}${"00".repeat(34)}`;
  test.each([
    ["Ethernet, IPv4", `${ETHERNET}0800${ipv4("ffff")}`, LinkType.ETHERNET, 65_549],
    ["Ethernet, IPv6", `${ETHERNET}86dd${ipv6("fff0")}`, LinkType.ETHERNET, 14 + 40 + 0xfff0],
    ["Ethernet with two tags", `${ETHERNET}88a80001${"81000002"}0800${ipv4("0100")}`, LinkType.ETHERNET, 22 + 256],
    ["NULL", `02000000${ipv4("ffff")}`, LinkType.NULL, 65_539],
    ["raw IP", ipv4("fffe"), LinkType.RAW, 65_534],
    ["Linux cooked", `${"00".repeat(14)}0800${ipv4("ffff")}`, LinkType.LINUX_SLL, 65_551],
    ["IPv6 beyond 64 KiB, which says nothing", `${ETHERNET}86dd${ipv6("0000")}`, LinkType.ETHERNET, 54],
    ["ARP", `${ETHERNET}0806${"00".repeat(40)}`, LinkType.ETHERNET, 54],
    ["nothing but tags", `${ETHERNET}${"8100".repeat(60)}`, LinkType.ETHERNET, 132],
    ["another link", "00".repeat(60), 127, 60],
    ["a few bytes", "0000", LinkType.RAW, 2],
  ])("%s", (_, hex, linkType, expected) => {
    expect(wireLengthOf(Buffer.from(hex, "hex"), linkType)).toBe(expected);
  });
});

describe("what programs say", () => {
  const request = { adapter: "lo", filter: "tcp", via: "dumpcap", known: ["lo", "eth0"] } as const;
  const end = (stderr: string) => ({ code: 1, signal: null, stderr });

  test("is understood in libpcap's words", () => {
    expect(startError(request, end("tcpdump: lo: No such device exists\n(No such device exists)\n")).message).toBe(
      'There is no adapter named "lo"; choose one of these: lo, eth0.',
    );
    expect(startError({ ...request, filter: "" }, end("tcpdump: something else.\n")).message).toBe(
      "The adapter lo cannot be opened: something else.",
    );
  });

  test("counts what was lost", () => {
    const words =
      "Packets received/dropped on interface 'Loopback: lo': 162652/17 (pcap:17/dumpcap:0/flushed:0/ps_ifdrop:0)";
    expect(countDrops("dumpcap", words)).toBe(17);
    expect(
      countDrops("tcpdump", "1 packet captured\n4 packets received by filter\n3 packets dropped by kernel\n"),
    ).toBe(3);
    expect(countDrops("tcpdump", "")).toBeUndefined();
    expect(countDrops("cap", words)).toBeUndefined();
  });

  test("a program that was killed by somebody else is named", () => {
    expect(lossError("lo", "tcpdump", { code: null, signal: "SIGKILL", stderr: "" }).message).toBe(
      "tcpdump ended by itself (signal SIGKILL); what was captured until then is kept.",
    );
  });
});

describe("cap, where it is installed", () => {
  test("is loaded, or says in one sentence why not", async () => {
    const loaded = await loadCap().catch((error: unknown) => error as Error);
    if (loaded instanceof Error) expect(loaded.message).toMatch(/^The package cap [^.]*.*\.$/);
    else expect(loaded.adapters().filter(({ isLoopback }) => isLoopback)).toHaveLength(1);
  });
});
