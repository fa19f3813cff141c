/** What more rows and more open conversations cost the main job, in time and in memory, as a user would run it. */
import { rmSync } from "node:fs";
import path from "node:path";
import { generateCsv } from "./generate-csv.ts";
import { runProcess, tsxWithMemory } from "./processes.ts";
import type { CsvInput, Sizes } from "./sizes.ts";
import { median } from "./statistics.ts";

export interface GrowthStep extends CsvInput {
  /** Medians, of the whole process. */
  readonly seconds: number;
  readonly userSeconds: number | undefined;
  readonly peakMemoryMB: number;
  /** Beyond the step with the fewest conversations and as many rows. Undefined for that step itself. */
  readonly bytesPerConversation: number | undefined;
}

/** Steps of rows first, then steps of conversations with as many rows as the last of them. */
export async function measureGrowth(folder: string, sizes: Sizes, rounds: number): Promise<GrowthStep[]> {
  const { conversations } = sizes.csv;
  const most = sizes.rowSteps.at(-1)!;
  const inputs = [
    ...sizes.rowSteps.map((rows) => ({ rows, conversations })),
    ...sizes.conversationSteps
      .filter((count) => count > conversations)
      .map((count) => ({ rows: most, conversations: count })),
  ];
  const steps: Omit<GrowthStep, "bytesPerConversation">[] = [];
  for (const input of inputs) steps.push({ ...input, ...(await measureStep(folder, input, rounds)) });
  const base = steps[sizes.rowSteps.length - 1]!;
  return steps.map((step) => {
    const more = step.conversations - base.conversations;
    const bytes = (step.peakMemoryMB - base.peakMemoryMB) * 2 ** 20;
    return { ...step, bytesPerConversation: more > 0 ? bytes / more : undefined };
  });
}

async function measureStep(folder: string, { rows, conversations }: CsvInput, rounds: number) {
  const input = path.join(folder, "growth.csv");
  const output = path.join(folder, "growth.pcap");
  generateCsv(input, rows, conversations);
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    rmSync(output, { force: true });
    runs.push(await runProcess(tsxWithMemory("scripts/encapsulate.ts", "--quiet", input, output)));
  }
  rmSync(output);
  rmSync(input);
  const known = runs.map(({ userSeconds }) => userSeconds).filter((value) => value !== undefined);
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    userSeconds: known.length === 0 ? undefined : median(known),
    peakMemoryMB: median(runs.map(({ peakMemoryMB }) => peakMemoryMB ?? Number.NaN)),
  };
}
