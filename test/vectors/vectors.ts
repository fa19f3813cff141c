/** What `fixtures/vectors.json` publishes: command lines, and the SHA-256 of what they write. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { SCENARIO_NAMES, SCENARIOS } from "../../lib/session/network/known-scenarios.ts";
import { command } from "../../scripts/encapsulate.ts";

export const VECTORS = "fixtures/vectors.json";

/** What makes the file anew, where the bytes of captures have changed for a reason. */
export const MAKE_VECTORS = "npm run vectors";

/** One command line and what comes of it. */
export interface Vector {
  /** As it is typed at the top of the project; words with single spaces between. */
  readonly command: string;
  /** Of the capture, in hexadecimal. */
  readonly sha256: string;
}

const ENCAPSULATE = "npx tsx scripts/encapsulate.ts";

/** The output in every command line. pcap has no comments, so that it does not depend on how things are said. */
const PCAP = "out/vector.pcap";
const PCAPNG = "out/vector.pcapng";

/** By input, the flags that its messages are sent with. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  "input.csv": [
    "",
    "--seed 7 --start 2026-03-01T09:30:00Z --precision ns",
    "--rtt 20ms --mtu 576 --close rst",
    "--arp --dns --vlan 5,7",
    "--loss 2% --delay 20ms --seed 7",
    "--loss-bursts 2%,25% --rtt 40ms --jitter 5ms --seed 3",
    "--reorder 5% --duplicate 3% --corrupt 2% --delay 10ms --seed 11",
    "--rate 500kbit --queue 5 --seed 2",
    "--jitter 5ms --jitter-distribution pareto --jitter-reorders --delay 30ms --tap 30%",
    "--precision ns --delay 1.5us --timestamps",
  ],
  "chat.csv": [
    "",
    "--loss 5% --delay 80ms --no-sack --congestion reno --seed 4",
    "--to-client.loss 10% --to-server.delay 5ms --tap server",
    "--nagle --delayed-ack 200ms --rtt 100ms --keep-alive 1s",
  ],
  "unicode.csv": ["", "--loss 10% --seed 9"],
  "dialects/ipv6.csv": ["", "--loss 5% --delay 10ms --seed 5"],
  "scenario-transfer.csv": [
    "",
    "--window 8k --read-rate 50kB/s",
    "--loss 5% --seed 21 --congestion none --rtt 30ms",
    "--loss 2% --ecn --mark --rtt 30ms",
    "--rtt 40ms --path-mtu 1400",
    "--mss-client 536 --mss-server 1200 --initial-window 2",
  ],
  "scenario-talk.csv": ["--silent library", "--lose client:3 --duplicate-packet server:2 --delay-packet client:5=50ms"],
};

/** Those of which the comments count too: an ideal network, and others. */
const COMMENTED = [
  `${ENCAPSULATE} fixtures/input.csv ${PCAPNG}`,
  `${ENCAPSULATE} fixtures/scenario-talk.csv ${PCAPNG} --scenario tail-loss`,
  `${ENCAPSULATE} fixtures/chat.csv ${PCAPNG} --tap both --loss 5% --rtt 60ms --seed 8`,
];

/** All command lines that there is a vector for. */
export function vectorCommands(): string[] {
  const scenarios = SCENARIO_NAMES.map(
    (name) => `${ENCAPSULATE} fixtures/scenario-${SCENARIOS[name].conversation}.csv ${PCAP} --scenario ${name}`,
  );
  const lines = Object.entries(LINES).flatMap(([input, flags]) =>
    flags.map((flag) => `${ENCAPSULATE} fixtures/${input} ${PCAP} ${flag}`.trimEnd()),
  );
  return [...scenarios, ...lines, ...COMMENTED];
}

/** Does what a command line asks for, in this process. @param folder for its output @returns the SHA-256 of the capture */
export async function hashOf(line: string, folder: string): Promise<string> {
  const [input, output, ...flags] = argumentsOf(line);
  const file = path.join(folder, path.basename(output!));
  await command.parseAsync([input!, file, ...flags, "--quiet"], { from: "user" });
  return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}

/** Behind the name of the script. */
export function argumentsOf(line: string): string[] {
  return line.slice(ENCAPSULATE.length + 1).split(" ");
}

export function readVectors(): readonly Vector[] {
  return JSON.parse(fs.readFileSync(VECTORS, "utf8")) as Vector[];
}
