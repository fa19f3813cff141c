/** How long a small file takes, most of which is Node's start: against a script that does nothing. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { runProcess, tsx } from "./processes.ts";
import { median } from "./statistics.ts";

export interface StartFigures {
  /** Medians, in seconds. */
  readonly ours: number;
  readonly empty: number;
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
  return { ours: median(seconds.ours), empty: median(seconds.empty) };
}
