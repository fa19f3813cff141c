import fs from "node:fs";
import { type Command, CommanderError, Option } from "commander";
import { describe, expect, it } from "vitest";
import { SCENARIO_NAMES, SCENARIOS } from "../../lib/session/network/known-scenarios.ts";
import { checkNetwork } from "../../lib/session/network/network-checks.ts";
import { defaultLink, defaultNetwork, type NetworkOptions } from "../../lib/session/network/network-options.ts";
import {
  addNetworkFlags,
  type NetworkFlags,
  networkOptionsOf,
  type SharedFlags,
  UNEVEN_CLOSES,
} from "../../scripts/encapsulate/network-flags.ts";
import { addScenarioFlag } from "../../scripts/encapsulate/scenario-flag.ts";
import { createCommand } from "../../scripts/shared/cli.ts";
import { milliseconds } from "../../scripts/shared/reading-flags.ts";
import { sectionOf, textOf } from "../helpers/documents/readmes.ts";

const TICKS = 1_000_000;
const README = "lib/session/network/README.md";

/** A command with the flags of the network, and those of others that they go with. */
function makeCommand(): Command {
  const command = createCommand("encapsulate", "")
    .configureOutput({ writeErr: () => undefined })
    .addOption(milliseconds("--rtt <time>", "round-trip time"))
    .addOption(new Option("--close <how>").choices(["fin", "rst", "none", ...UNEVEN_CLOSES]).default("fin"));
  return addScenarioFlag(addNetworkFlags(command));
}

function flagsOf(line: string): NetworkFlags & SharedFlags {
  let flags: (NetworkFlags & SharedFlags) | undefined;
  makeCommand()
    .action((given) => {
      flags = given;
    })
    .parse(line.split(" ").filter(Boolean), { from: "user" });
  return flags!;
}

const networkOf = (line: string): NetworkOptions | undefined => networkOptionsOf(flagsOf(line), TICKS);

/** What a command line that cannot be understood is answered with. */
function complaintOf(line: string): string {
  try {
    networkOf(line);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

const link = defaultLink(TICKS);
const network = defaultNetwork(TICKS);

describe("flags of a network", () => {
  it("ask for none where none is given", () => {
    expect(networkOf("")).toBeUndefined();
    expect(networkOf("--rtt 20ms --close rst")).toBeUndefined();
  });

  it.each<[string, Partial<typeof link>]>([
    ["--delay 20ms", { delay: 20_000 }],
    ["--delay 20", { delay: 20_000 }],
    ["--delay 20ms --jitter 2ms", { delay: 20_000, jitter: 2000 }],
    [
      "--jitter 2ms --jitter-distribution pareto --jitter-reorders",
      { jitter: 2000, jitterDistribution: "pareto", jitterReorders: true },
    ],
    ["--loss 2%", { loss: 0.02 }],
    ["--loss 100%", { loss: 1 }],
    ["--loss-bursts 2%,25%", { lossBursts: { mean: 0.02, end: 0.25 } }],
    ["--duplicate 1% --corrupt 0.001", { duplicate: 0.01, corrupt: 0.001 }],
    ["--reorder 1%", { reorder: 0.01 }],
    ["--reorder 1%,5ms", { reorder: 0.01, reorderDelay: 5000 }],
    ["--rate 2mbit --queue 7 --mark", { rate: 2_000_000, queue: 7, mark: true }],
    ["--loss 2% --rtt 80ms", { loss: 0.02, delay: 40_000 }],
    ["--delay 1ms --rtt 80ms", { delay: 1000 }],
  ])("say of both directions what is given once: %s", (line, expected) => {
    const both = { ...link, ...expected };
    expect(networkOf(line)).toEqual({ ...network, links: { toServer: both, toClient: both } });
  });

  it("say of one direction what is given for it, whatever is said of both, in any order", () => {
    const links = { toServer: { ...link, loss: 0.1 }, toClient: { ...link, loss: 0.02, delay: 9000 } };
    const expected = { ...network, links };
    expect(networkOf("--loss 10% --to-client.loss 2% --to-client.delay 9ms")).toEqual(expected);
    expect(networkOf("--to-client.delay=9ms --to-client.loss=2% --loss 10%")).toEqual(expected);
    for (const [line, toClient] of [
      ["--to-client.loss-bursts 1%,50%", { lossBursts: { mean: 0.01, end: 0.5 } }],
      ["--to-client.rate 1mbit --to-client.queue 3 --to-client.mark", { rate: 1e6, queue: 3, mark: true }],
      ["--to-client.reorder 1%,5ms", { reorder: 0.01, reorderDelay: 5000 }],
      ["--to-client.duplicate 1% --to-client.corrupt 2%", { duplicate: 0.01, corrupt: 0.02 }],
      [
        "--to-client.jitter 1ms --to-client.jitter-distribution uniform --to-client.jitter-reorders",
        { jitter: 1000, jitterDistribution: "uniform", jitterReorders: true },
      ],
    ] as const) {
      expect(networkOf(line)!.links).toEqual({ toServer: link, toClient: { ...link, ...toClient } });
      expect(networkOf(line.replaceAll("client", "server"))!.links.toServer).toEqual({ ...link, ...toClient });
    }
  });

  it("choose single packets, again and again", () => {
    const line = "--lose client:3,7 --lose server:data:2 --delay-packet client:3=50ms --duplicate-packet client:3";
    expect(networkOf(line)!.fates).toEqual({
      lose: [
        { side: "client", of: "all", numbers: new Set([3, 7]) },
        { side: "server", of: "data", numbers: new Set([2]) },
      ],
      duplicate: [{ side: "client", of: "all", numbers: new Set([3]) }],
      delay: [{ packets: { side: "client", of: "all", numbers: new Set([3]) }, by: 50_000 }],
    });
  });

  it.each<[string, Partial<NetworkOptions>]>([
    ["--tap server", { tap: 1 }],
    ["--tap both", { tap: "both" }],
    ["--tap 25%", { tap: 0.25 }],
    ["--refuse web --refuse api --silent db", { refused: ["web", "api"], silent: ["db"] }],
    ["--path-mtu 1400", { pathMtu: 1400 }],
    ["--path-mtu 1400 --black-hole", { pathMtu: 1400, isBlackHole: true }],
    ["--close half", {}],
    ["--close simultaneous", {}],
    ["--reset-after 50kB", { resetAfter: 50_000 }],
    ["--truth truth.jsonl", {}],
    [
      "--mss-client 536 --mss-server 1200",
      { client: { maximumSegmentSize: 536 }, server: { maximumSegmentSize: 1200 } },
    ],
    ["--read-pause 1s --keep-alive 10s", { client: { readPause: 1_000_000, keepAlive: 10_000_000 } }],
  ])("say what is so of the network: %s", (line, expected) => {
    expect(networkOf(line)).toEqual({ ...network, ...expected });
  });

  it.each<[string, object]>([
    ["--congestion reno --initial-window 4", { congestion: "reno", initialWindow: 4 }],
    ["--window 16k --read-rate 50kB/s", { receiveBuffer: 16_000, readRate: 50_000 }],
    ["--read-rate 0", { readRate: 0 }],
    [
      "--nagle --delayed-ack 200ms --rto-min 1s",
      { nagle: true, delayedAcknowledgment: 200_000, leastTimeout: 1_000_000 },
    ],
    ["--delayed-ack 0", { delayedAcknowledgment: 0 }],
    ["--no-sack --timestamps --ecn", { sack: false, timestamps: true, ecn: true }],
  ])("say how both TCPs behave: %s", (line, habits) => {
    expect(networkOf(line)).toEqual({ ...network, client: habits, server: habits });
  });

  it("count in ticks of the capture", () => {
    expect(networkOptionsOf(flagsOf("--delay 1.5us --keep-alive 1s"), 1e9)).toMatchObject({
      links: { toServer: { delay: 1500 } },
      client: { keepAlive: 1e9 },
    });
  });

  it.each([
    ["--black-hole", "--black-hole says what becomes of packets that are too large; give --path-mtu too."],
    ["--queue 5", "--queue is for packets that wait for a rate; give --rate too."],
    ["--rate 1mbit --to-server.queue 5", ""],
    ["--to-server.rate 1mbit --to-client.queue 5", "--queue is for packets that wait for a rate; give --rate too."],
    ["--jitter-reorders", "--jitter-distribution and --jitter-reorders say how delays differ; give --jitter too."],
    ["--refuse web --silent web", '"web" cannot both --refuse and be --silent; give one of them.'],
    [
      "--rate 0",
      "error: option '--rate <rate>' argument '0' is invalid. Give bits a second above 0, such as 500kbit, 2mbit or 1gbit, or bytes: 50kB/s.",
    ],
    [
      "--to-client.loss 120%",
      "error: option '--to-client.loss <part>' argument '120%' is invalid. Give a part of all packets, such as 2% or 0.02.",
    ],
    [
      "--rate 1mbit --queue 0",
      "error: option '--queue <packets>' argument '0' is invalid. Give a whole number from 1 to 1000000.",
    ],
    [
      "--congestion vegas",
      "error: option '--congestion <name>' argument 'vegas' is invalid. Allowed choices are none, reno, cubic.",
    ],
    ["--to-server.tap client", "error: unknown option '--to-server.tap'"],
  ])("are answered with a sentence where they cannot be: %s", (line, complaint) => {
    expect(complaintOf(line)).toBe(complaint);
  });

  it("stand in the README of the network in their order, with the defaults that they have", () => {
    const options = addNetworkFlags(createCommand("encapsulate", "")).options;
    const own = options.filter(({ long }) => long !== "--version" && !/^--to-(?:server|client)\./.test(long!));
    const rows = sectionOf(textOf(README), "## Flags").match(/^\| `--.*$/gm)!;
    const cells = rows.map((row) => row.split(" | "));
    expect(cells.map(([flags]) => flags)).toEqual(own.map(({ flags }) => `| \`${flags}\``));
    for (const [index, { description, argChoices = [] }] of own.entries()) {
      const [flags, meaning, last] = cells[index]!;
      const said = /\(default: ([^)]+)\)/.exec(description)?.[1];
      if (said !== undefined) expect(last!.replaceAll("`", ""), flags).toBe(`${said} |`);
      for (const choice of argChoices) expect(meaning, flags).toContain(`\`${choice}\``);
    }
  });

  it("take one line of the help for all that are for one direction", () => {
    const help = makeCommand().helpInformation();
    expect(help.match(/^ +--to-server\..*/gm)).toEqual([expect.stringContaining("--to-server.delay <time>")]);
    expect(help).not.toContain("--to-client.");
    expect(help.match(/^ {2}--[a-z-]+/gm)!.length).toBeGreaterThan(35);
  });
});

describe("scenarios", () => {
  it.each(SCENARIO_NAMES)("%s is what its flags are, and a network that can be", (name) => {
    const { flags, title, teaches, conversation } = SCENARIOS[name];
    const chosen = networkOf(`--scenario ${name}`);
    expect(chosen).toEqual(networkOf(flags));
    expect(() => checkNetwork(chosen!)).not.toThrow();
    expect(flagsOf(`--scenario ${name}`)).toEqual({ ...flagsOf(flags), scenario: name });
    expect([title, teaches].join()).toMatch(/^[A-Z][^.]*,[A-Z].*\.$/);
    expect(fs.existsSync(`fixtures/scenario-${conversation}.csv`)).toBe(true);
  });

  it("want what their conversations have: who is refused, and packets that are sent", () => {
    for (const { flags, conversation } of Object.values(SCENARIOS)) {
      const { fates, refused } = networkOf(flags)!;
      const table = fs.readFileSync(`fixtures/scenario-${conversation}.csv`, "utf8");
      for (const name of refused) expect(table).toContain(`,${name},"`);
      const chosen = [...fates.lose, ...fates.delay.map(({ packets }) => packets)];
      const most = conversation === "transfer" ? 100 : 6;
      for (const { numbers } of chosen) expect(Math.max(...numbers)).toBeLessThanOrEqual(most);
    }
    const { fates } = networkOf("--scenario tail-loss")!;
    expect(fates.lose).toEqual([{ side: "server", of: "data", numbers: new Set([5, 6]) }]);
  });

  it("give way to flags that are given besides", () => {
    const slower = networkOf("--scenario fast-retransmit --rtt 100ms --lose server:data:9 --congestion cubic")!;
    expect(slower.links.toClient.delay).toBe(50_000);
    expect(slower.fates.lose.map(({ numbers }) => [...numbers])).toEqual([[9]]);
    expect(slower.client).toEqual({ congestion: "cubic", sack: false });
    const wider = networkOf("--rate 8mbit --scenario bufferbloat")!;
    expect([wider.links.toServer.rate, wider.links.toClient.rate]).toEqual([8e6, 8e6]);
    expect(wider.links.toClient.queue).toBe(500);
    const narrower = networkOf("--to-client.rate 1mbit --scenario bufferbloat")!;
    expect([narrower.links.toServer.rate, narrower.links.toClient.rate]).toEqual([undefined, 1e6]);
    expect(flagsOf("--close rst --scenario half-close").close).toBe("rst");
  });

  it("have no flag twice, of which the first would be forgotten", () => {
    for (const { flags } of Object.values(SCENARIOS)) {
      const names = flags.match(/--\S+/g)!;
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it("are told of in the README of the network, as they are", () => {
    const rows = sectionOf(textOf(README), "## Scenarios").match(/^\| `.*$/gm);
    const expected = Object.entries(SCENARIOS).map(
      ([name, { title, teaches, flags, conversation }]) =>
        `| \`${name}\` | ${title}. ${teaches} | \`${flags}\` | ${conversation} |`,
    );
    expect(rows).toEqual(expected);
  });

  it("are known by their names alone", () => {
    expect(() => flagsOf("--scenario earthquake")).toThrow(CommanderError);
    expect(complaintOf("--scenario earthquake")).toContain("Allowed choices are lossy-wifi, satellite, bufferbloat");
  });
});
