/** Figures are not tested. That the benchmark runs, and compares nobody on another work, is. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Contender, runContest } from "./contest.ts";
import type { Report } from "./print.ts";
import { ROOT, tsx } from "./processes.ts";

function contender(who: string, packets: number, seconds: readonly number[]): Contender {
  let round = 0;
  return {
    who,
    kind: "peer",
    items: 10,
    expected: { packets: 10 },
    run: async () => ({ seconds: seconds[round++]!, userSeconds: undefined, load: { packets, payloadBytes: 0 } }),
  };
}

describe("a contest", () => {
  test("runs everybody in turn, and counts the rounds after the first", async () => {
    const contenders = [contender("a", 10, [9, 1, 3, 2]), contender("b", 10, [0.1, 7, 7, 7])];
    const { standings } = await runContest({ work: "a work", contenders, goals: [] }, 3);
    const [first, second] = standings.map(({ seconds, samples }) => [seconds, ...samples]);
    for (const [index, value] of [2, 1, 3, 2].entries()) expect(first![index]).toBeCloseTo(value, 9);
    for (const [index, value] of [7, 7, 7, 7].entries()) expect(second![index]).toBeCloseTo(value, 9);
  });

  test("refuses who has done another work", async () => {
    const contest = { work: "a work", contenders: [contender("a", 9, [1, 1])], goals: [] };
    await expect(runContest(contest, 1)).rejects.toThrow("a work: a made 9 packets");
  });
});

test("npm run bench -- --json prints one object with machine, versions and figures", () => {
  const script = fileURLToPath(new URL("run.ts", import.meta.url));
  const flags = ["--json", "--quick", "--runs", "1", "--only", "compose", "session"];
  const [program, ...args] = tsx(script, ...flags);
  const report = JSON.parse(execFileSync(program!, args, { cwd: ROOT, stdio: "pipe" }).toString()) as Report;
  expect(Object.keys(report.machine.versions)).toEqual(expect.arrayContaining(["wirewright", "node", "V8"]));
  expect(report.compose?.standings[0]?.packets).toBe(200_000);
  expect(report.contests.map(({ standings }) => standings[0]?.packets)).toEqual([200_003, 60_003]);
  expect(report.verdicts.map(({ goal }) => goal)).toEqual([
    "composed frames a second",
    "packets of seven layers a second",
  ]);
});
