/** The figures as tables for people. */

import { withThousands } from "../../lib/core/text.ts";
import { formatTable } from "../../lib/report/text/table.ts";
import type { ChatFigure } from "./chat.ts";
import type { Result } from "./contest.ts";
import { formatFigure, type Measured, startRatio, type Verdict } from "./goals.ts";
import type { GrowthStep } from "./growth.ts";
import type { LossyMemoryStep } from "./lossy-memory.ts";
import { type Machine, machineText } from "./machine.ts";

export interface Report extends Measured {
  readonly machine: Machine;
  /** Rounds of each contest, of which the median counts. */
  readonly rounds: number;
  /** Sentences about programs that are left out. */
  readonly missing: readonly string[];
  readonly verdicts: readonly Verdict[];
  readonly chat: readonly ChatFigure[];
}

export async function printReport(report: Report): Promise<void> {
  console.log(`${machineText(report.machine)}\nMedians of ${report.rounds} rounds.`);
  for (const sentence of report.missing) console.log(sentence);
  for (const result of [
    ...[report.compose, report.stacks].filter((result) => result !== undefined),
    ...report.contests,
  ]) {
    await printTable(result.work, ["Seconds", "fastest", "slowest", "user", "M packets/s"], standings(result));
  }
  if (report.growth) {
    const titles = ["Seconds", "user", "µs a row", "peak MB", "bytes a conversation more"];
    await printTable("scripts/encapsulate.ts, more rows, then more conversations", titles, steps(report.growth));
  }
  if (report.lossyMemory) {
    const titles = ["Seconds", "peak MB", "bytes a connection more"];
    await printTable("over a network that loses 1 %, in a process of its own", titles, lossySteps(report.lossyMemory));
  }
  if (report.start) {
    const { ours, empty, built } = report.start;
    await printTable(
      "start",
      ["ms"],
      [
        ["scripts/encapsulate.ts fixtures/input.csv", (ours * 1000).toFixed(0)],
        ["an empty script", (empty * 1000).toFixed(0)],
      ],
    );
    await printTable(
      "start of the built command",
      ["ms", "user", "times as much"],
      built.map(({ what, seconds, userSeconds }) => [
        `  ${what}`,
        (seconds * 1000).toFixed(0),
        userSeconds === undefined ? "" : (userSeconds * 1000).toFixed(0),
        formatFigure(startRatio(userSeconds, built)),
      ]),
    );
  }
  if (report.verdicts.length > 0) {
    const titles = ["wanted", "in process (user)", "whole process (user)", "met"];
    await printTable("Against the goals", titles, verdictRows(report.verdicts));
  }
  if (report.chat.length > 0) console.log();
  for (const { work, figures } of report.chat) {
    const texts = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 1 : 0)}`);
    console.log(`${work}: ${texts.join(", ")}`);
  }
}

async function printTable(
  title: string,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  const columns = [{ title }, ...titles.map((text) => ({ title: text, align: "right" as const }))];
  console.log();
  for (const line of await formatTable(columns, rows)) console.log(line);
}

function standings({ standings: all }: Result): string[][] {
  return all.map(({ who, packets, seconds, userSeconds, samples }) => [
    `  ${who}${packets < all[0]!.packets / 2 ? ` (${withThousands(packets)} packets)` : ""}`,
    seconds.toFixed(3),
    Math.min(...samples).toFixed(3),
    Math.max(...samples).toFixed(3),
    userSeconds?.toFixed(2) ?? "",
    formatFigure(packets / seconds / 1e6),
  ]);
}

function steps(growth: readonly GrowthStep[]): string[][] {
  return growth.map(({ rows, conversations, seconds, userSeconds, peakMemoryMB, bytesPerConversation }) => [
    `  ${withThousands(rows)} rows, ${withThousands(conversations)} conversations`,
    seconds.toFixed(2),
    userSeconds?.toFixed(2) ?? "",
    ((seconds / rows) * 1e6).toFixed(2),
    peakMemoryMB.toFixed(0),
    bytesPerConversation?.toFixed(0) ?? "",
  ]);
}

function lossySteps(all: readonly LossyMemoryStep[]): string[][] {
  return all.map(({ what, seconds, peakMemoryMB, bytesPerConnection }) => [
    `  ${what}`,
    seconds.toFixed(2),
    peakMemoryMB.toFixed(0),
    bytesPerConnection?.toFixed(0) ?? "",
  ]);
}

/** Under the name of each work, what it came to. */
function verdictRows(verdicts: readonly Verdict[]): string[][] {
  const works = [...new Set(verdicts.map(({ work }) => work))];
  return works.flatMap((work) => [
    ...(work === "" ? [] : [[work]]),
    ...verdicts.filter((verdict) => verdict.work === work).map(verdictRow),
  ]);
}

function verdictRow(verdict: Verdict): string[] {
  const { goal, wanted, isMet } = verdict;
  const answers = [isMet.inProcess, isMet.wholeProcess].filter((answer) => answer !== undefined);
  const words = answers.map((answer) => (answer ? "yes" : "no"));
  const inProcess = withUser(verdict.inProcess, verdict.inProcessUser);
  const wholeProcess = withUser(verdict.wholeProcess, verdict.wholeProcessUser);
  return [`  ${goal}`, wanted, inProcess, wholeProcess, words.join(" / ")];
}

/** By the wall clock, and by processor time in brackets. */
function withUser(figure: number | undefined, user: number | undefined): string {
  return user === undefined ? formatFigure(figure) : `${formatFigure(figure)} (${formatFigure(user)})`;
}
