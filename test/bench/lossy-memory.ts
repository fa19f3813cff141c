/** What a network that loses costs in memory: more of one connection, and more connections. */
import { rmSync } from "node:fs";
import path from "node:path";
import { withThousands } from "../../lib/core/text.ts";
import { WORK_CHILD } from "./contenders.ts";
import { runProcess, tsxWithMemory } from "./processes.ts";
import { LONG_MESSAGE, type Sizes } from "./sizes.ts";
import { median } from "./statistics.ts";

export interface LossyMemoryStep {
  readonly what: string;
  /** Medians, of the whole process. */
  readonly seconds: number;
  readonly peakMemoryMB: number;
  /** Beyond the step with fewer connections. Undefined for others. */
  readonly bytesPerConnection?: number | undefined;
}

/** Steps of one connection first, then steps of connections that are open at the same time. */
export async function measureLossyMemory(folder: string, sizes: Sizes, rounds: number): Promise<LossyMemoryStep[]> {
  const { transfers, connections } = sizes.lossy;
  const output = path.join(folder, "lossy.pcap");
  const steps: LossyMemoryStep[] = [];
  for (const messages of transfers) {
    const what = `one connection, ${withThousands((messages * LONG_MESSAGE) / 1e6)} MB`;
    steps.push({ what, ...(await measure(rounds, output, "lossy", `${messages}`, `${LONG_MESSAGE}`, output)) });
  }
  let fewer: { readonly count: number; readonly peakMemoryMB: number } | undefined;
  for (const count of connections) {
    const figures = await measure(rounds, output, "connections", `${count}`);
    const bytes = fewer && ((figures.peakMemoryMB - fewer.peakMemoryMB) * 2 ** 20) / (count - fewer.count);
    steps.push({ what: `${withThousands(count)} open connections`, ...figures, bytesPerConnection: bytes });
    fewer ??= { count, peakMemoryMB: figures.peakMemoryMB };
  }
  return steps;
}

async function measure(rounds: number, output: string, ...work: string[]) {
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    runs.push(await runProcess(tsxWithMemory(WORK_CHILD, ...work)));
    rmSync(output, { force: true });
  }
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    peakMemoryMB: median(runs.map(({ peakMemoryMB }) => peakMemoryMB ?? Number.NaN)),
  };
}
