/** Programs that do the same work, run in turn: what slows the machine down for a while slows all of them down. */
import { rmSync } from "node:fs";
import { Bench } from "tinybench";
import { checkCapture } from "./check-capture.ts";
import { median } from "./statistics.ts";
import type { Workload } from "./workload.ts";

export interface Run {
  readonly seconds: number;
  readonly userSeconds: number | undefined;
  /** What the program says of its work, where it leaves no capture that could be looked into. */
  readonly load?: Workload | undefined;
}

export interface Contender {
  readonly who: string;
  readonly kind: "in process" | "whole process" | "peer";
  /** Messages, rows, frames or packets, whatever the work counts in: speeds are compared for each of them. */
  readonly items: number;
  /** How much work it has to do. Without `payloadBytes` they are not compared, because our payloads are completed. */
  readonly expected: { readonly packets: number; readonly payloadBytes?: number | undefined };
  /** The capture that it writes. */
  readonly output?: string | undefined;
  run(): Promise<Run>;
  stop?(): void;
}

export interface Goal {
  /** Whose time ours is compared with. */
  readonly peer: string;
  /** Our time may be this share of theirs. */
  readonly atMost: number;
}

export interface Contest {
  readonly work: string;
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
}

export interface Standing extends Pick<Contender, "who" | "kind" | "items"> {
  readonly packets: number;
  /** Medians. */
  readonly seconds: number;
  readonly userSeconds: number | undefined;
  /** Of every round, in seconds. */
  readonly samples: readonly number[];
}

export interface Result {
  readonly work: string;
  readonly standings: readonly Standing[];
  readonly goals: readonly Goal[];
}

/**
 * Every contender once in each round, after a round that warms up and is checked instead of counted.
 *
 * @throws Error when a contender fails, or does another work than it should
 */
export async function runContest({ work, contenders, goals }: Contest, rounds: number): Promise<Result> {
  const runs = new Map<Contender, Run[]>(contenders.map((contender) => [contender, []]));
  const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  let isWarmUp = true;
  // One iteration of each task makes a round. The programs tell their times, so that nothing of ours is in them.
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
  for (const contender of contenders) {
    const task = async () => {
      const run = await contender.run();
      runs.get(contender)!.push(run);
      return { overriddenDuration: run.seconds * 1000 };
    };
    // To throw away the file of the round before costs time that belongs to nobody's work.
    const beforeEach = () => removeOutput(contender);
    // Before the next contender writes the same file.
    const afterEach = async () => {
      if (isWarmUp) await check(work, contender, runs.get(contender)!.at(-1)!);
    };
    bench.add(contender.who, task, { async: true, beforeEach, afterEach });
  }
  try {
    await bench.run();
    isWarmUp = false;
    for (const done of runs.values()) done.length = 0;
    for (let round = 0; round < rounds; round++) {
      // Tasks that are done are not run again.
      bench.reset();
      await bench.run();
      for (const contender of contenders) samples.get(contender)!.push(latency(bench, contender));
    }
  } finally {
    for (const contender of contenders) {
      contender.stop?.();
      removeOutput(contender);
    }
  }
  const standings = contenders.map((contender) => ({
    who: contender.who,
    kind: contender.kind,
    items: contender.items,
    packets: contender.expected.packets,
    seconds: median(samples.get(contender)!),
    userSeconds: medianIfKnown(runs.get(contender)!.map(({ userSeconds }) => userSeconds)),
    samples: samples.get(contender)!,
  }));
  return { work, standings, goals };
}

function latency(bench: Bench, { who }: Contender): number {
  const result = bench.getTask(who)?.result;
  if (result === undefined || !("latency" in result)) throw new Error(`${who} did not run: ${JSON.stringify(result)}`);
  return result.latency.p50 / 1000;
}

function medianIfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}

function removeOutput({ output }: Contender): void {
  if (output !== undefined) rmSync(output, { force: true });
}

async function check(work: string, { who, output, expected }: Contender, run: Run): Promise<void> {
  const load = output === undefined ? run.load : await checkCapture(output);
  if (load === undefined) throw new Error(`${work}: ${who} does not tell what it did.`);
  const { packets, payloadBytes = load.payloadBytes } = expected;
  if (load.packets === packets && load.payloadBytes === payloadBytes) return;
  throw new Error(
    `${work}: ${who} made ${load.packets} packets with ${load.payloadBytes} bytes; ${packets} with ${payloadBytes} are expected.`,
  );
}
