/**
 * How fast packets are made, read and edited, what that costs in memory, and how much chat the server bears. `npm run bench` prints
 * tables, `npm run bench -- --json` one object, `npm run bench -- --peers` compares with programs by other hands.
 */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command, Option } from "commander";
import { integerFlag } from "../../scripts/shared/flag-values.ts";
import { measureChat } from "./chat.ts";
import { type Contest, type Result, runContest } from "./contest.ts";
import {
  composeContest,
  csvContest,
  editContest,
  lossyContest,
  readContests,
  type Setting,
  sessionContest,
  stackContest,
} from "./contests.ts";
import { judge, type Measured } from "./goals.ts";
import { measureGrowth } from "./growth.ts";
import { measureLossyMemory } from "./lossy-memory.ts";
import { describeMachine } from "./machine.ts";
import { buildPeers, NO_PEERS } from "./peers.ts";
import { printReport, type Report } from "./print.ts";
import { type SizeFlags, sizesFor } from "./sizes.ts";
import { measureStart } from "./start.ts";

const PARTS = ["compose", "session", "csv", "read", "edit", "network", "growth", "start", "chat"] as const;

type Part = (typeof PARTS)[number];

interface Flags extends SizeFlags {
  readonly json?: boolean;
  readonly peers?: boolean;
  readonly only?: readonly Part[];
  readonly runs: number;
}

/** Nothing but the median of a few is needed of the works that take longest. */
const GROWTH_ROUNDS = 3;

const command = new Command("npm run bench --")
  .description(
    "Measures how fast packets are made, read and edited, what that costs, and how much chat the server bears.",
  )
  .option("--peers", "run programs by other hands in turn with ours: C, gopacket and Scapy, where they can be built")
  .addOption(new Option("--only <names...>", "measure nothing else").choices(PARTS))
  .option("--quick", "a tenth of the work")
  .option("--long", "also 1,000,000 conversations")
  .option("--rows <number>", "rows of the CSV", integerFlag(1, 100_000_000), 1_000_000)
  .option("--runs <number>", "rounds of each work, of which the median counts", integerFlag(1, 1000), 5)
  .option("--json", "print one JSON object")
  .action((flags: Flags) => run(flags));

// Captures of hundreds of megabytes should not stay behind.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
await command.parseAsync();

async function run(flags: Flags): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "wirewright-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const peers = flags.peers ? buildPeers(folder) : NO_PEERS;
  const machine = describeMachine(peers.versions);
  const measured = await measure({ folder, sizes: sizesFor(flags), peers }, flags);
  const chat = isWanted(flags, "chat") ? await measureChat() : [];
  const report: Report = {
    machine,
    rounds: flags.runs,
    missing: peers.missing,
    ...measured,
    verdicts: judge(measured),
    chat,
  };
  if (flags.json) console.log(JSON.stringify(report, undefined, 2));
  else await printReport(report);
}

async function measure(setting: Setting, flags: Flags): Promise<Measured> {
  const { folder, sizes } = setting;
  const rounds = flags.runs;
  const contests: Contest[] = [];
  if (isWanted(flags, "session")) contests.push(sessionContest(setting, "short"), sessionContest(setting, "long"));
  if (isWanted(flags, "csv")) contests.push(csvContest(setting, "exact"), csvContest(setting, "wire"));
  if (isWanted(flags, "read")) contests.push(...(await readContests(setting)));
  if (isWanted(flags, "edit")) contests.push(await editContest(setting));
  if (isWanted(flags, "network"))
    contests.push(await lossyContest(setting, "short"), await lossyContest(setting, "long"));
  const compose = isWanted(flags, "compose") ? await held(composeContest(setting), rounds) : undefined;
  const stacks = isWanted(flags, "compose") ? await held(stackContest(setting), rounds) : undefined;
  const results: Result[] = [];
  for (const contest of contests) results.push(await held(contest, rounds));
  return {
    compose,
    stacks,
    contests: results,
    growth: isWanted(flags, "growth")
      ? await told("more rows and conversations", () => measureGrowth(folder, sizes, Math.min(rounds, GROWTH_ROUNDS)))
      : undefined,
    lossyMemory: isWanted(flags, "network")
      ? await told("memory of connections over a network", () =>
          measureLossyMemory(folder, sizes, Math.min(rounds, GROWTH_ROUNDS)),
        )
      : undefined,
    start: isWanted(flags, "start") ? await told("start", () => measureStart(folder, rounds)) : undefined,
  };
}

function isWanted({ only }: Flags, part: Part): boolean {
  return only === undefined || only.includes(part);
}

function held(contest: Contest, rounds: number): Promise<Result> {
  return told(contest.work, () => runContest(contest, rounds));
}

/** All of it takes minutes: who waits wants to know for what. Not on standard output, which is for the figures. */
function told<T>(work: string, measureIt: () => Promise<T>): Promise<T> {
  process.stderr.write(`measuring: ${work}\n`);
  return measureIt();
}
