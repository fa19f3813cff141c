/** How long a small file takes, most of which is a start: of scripts through tsx, and of the command as the package has it. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildCommand } from "../../scripts/wirewright/build-command.ts";
import { ROOT, runProcess, tsx } from "./processes.ts";
import { median } from "./statistics.ts";

export interface StartFigures {
  /** Medians, in seconds. */
  readonly ours: number;
  readonly empty: number;
  readonly built: readonly BuiltStart[];
}

/** A start of the built command, or of Node alone. */
export interface BuiltStart {
  readonly what: string;
  /** Medians, in seconds; processor time in user mode only where there is a shell to ask. */
  readonly seconds: number;
  readonly userSeconds: number | undefined;
}

const FEWEST_ROUNDS = 10;

export async function measureStart(folder: string, rounds: number): Promise<StartFigures> {
  const nothing = path.join(folder, "empty.mts");
  writeFileSync(nothing, "export {};\n");
  const commands = {
    ours: tsx("scripts/encapsulate.ts", "fixtures/input.csv", path.join(folder, "start.pcap")),
    empty: tsx(nothing),
  };
  const seconds: { ours: number[]; empty: number[] } = { ours: [], empty: [] };
  // The first round fills the caches of the file system and of tsx, and does not count.
  for (let round = 0; round <= Math.max(rounds, FEWEST_ROUNDS); round++) {
    for (const who of ["ours", "empty"] as const) {
      const run = await runProcess(commands[who]);
      if (round > 0) seconds[who].push(run.seconds);
    }
  }
  return { ours: median(seconds.ours), empty: median(seconds.empty), built: await measureBuilt(folder, rounds) };
}

/** Node alone first, against which the others count. */
async function measureBuilt(folder: string, rounds: number): Promise<BuiltStart[]> {
  const program = path.join(folder, "built/wirewright.cjs");
  const kept = path.join(folder, "kept");
  mkdirSync(kept);
  // Its version is looked for above it.
  copyFileSync(path.join(ROOT, "package.json"), path.join(folder, "package.json"));
  await buildCommand(path.dirname(program));
  const encapsulate = ["encapsulate", "fixtures/input.csv", path.join(folder, "built.pcap")];
  const works = [
    { what: "node -e 0", args: ["-e", "0"] },
    { what: "wirewright --version", args: [program, "--version"] },
    { what: "wirewright encapsulate fixtures/input.csv", args: [program, ...encapsulate] },
    {
      what: "the same, with no code kept",
      args: [program, ...encapsulate],
      environment: { NODE_DISABLE_COMPILE_CACHE: "1" },
    },
  ].map((work) => ({ ...work, seconds: [] as number[], userSeconds: [] as number[] }));
  for (let round = 0; round <= Math.max(rounds, FEWEST_ROUNDS); round++) {
    for (const { args, environment, seconds, userSeconds } of works) {
      const run = await runProcess([process.execPath, ...args], { TMPDIR: kept, ...environment });
      if (round === 0) continue;
      seconds.push(run.seconds);
      if (run.userSeconds !== undefined) userSeconds.push(run.userSeconds);
    }
  }
  return works.map(({ what, seconds, userSeconds }) => ({
    what,
    seconds: median(seconds),
    userSeconds: userSeconds.length > 0 ? median(userSeconds) : undefined,
  }));
}
