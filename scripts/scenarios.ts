#!/usr/bin/env -S npx tsx
import path from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { makeVisible } from "../lib/core/text.ts";
import { formatTable } from "../lib/report/text/table.ts";
import { count, plural } from "../lib/report/wording.ts";
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from "../lib/session/network/known-scenarios.ts";
import { type PlayedScenario, playScenario, tableFile, writePage, writeTables } from "./scenarios/played-scenario.ts";
import { addExamples, asCalled, isMain } from "./shared/calling.ts";
import { createCommand, runScript } from "./shared/cli.ts";
import { integerFlag } from "./shared/flag-values.ts";
import { quoteForShell, StatusLine } from "./shared/output.ts";

interface Flags {
  readonly only?: readonly ScenarioName[];
  readonly seed: number;
  readonly quiet?: boolean;
}

export const command = createCommand(
  "scenarios",
  "Makes a folder of captures of what happens in networks, with the truth about each packet, reports, and a page of questions.",
)
  .argument(
    "<folder>",
    "where everything goes; it is made if need be, and what is there of the same name is overwritten",
  )
  .addOption(
    new Option("--only <name>", "this scenario and no other; repeatable")
      .choices(SCENARIO_NAMES)
      .argParser(readScenarios),
  )
  .option("--seed <number>", "decides the numbers of packets, and what chance does", integerFlag(0, 0xffffffff), 1)
  .option("--quiet", "print nothing on success")
  .action(run);

addExamples(command, [
  "wirewright scenarios scenarios",
  "wirewright scenarios scenarios --only zero-window --only ecn",
]);

if (isMain(import.meta.url)) runScript(command);

/** For a flag that may be given again and again. */
function readScenarios(text: string, before: readonly ScenarioName[] = []): readonly ScenarioName[] {
  const name = SCENARIO_NAMES.find((known) => known === text);
  if (name === undefined) throw new InvalidArgumentError(`Allowed choices are ${SCENARIO_NAMES.join(", ")}.`);
  return [...before, name];
}

async function run(folder: string, { only, seed, quiet }: Flags): Promise<void> {
  const names = SCENARIO_NAMES.filter((name) => only === undefined || only.includes(name));
  const status = new StatusLine();
  const played: PlayedScenario[] = [];
  try {
    await writeTables(folder, names);
    for (const name of names) {
      status.update(() => `${name}, ${played.length + 1} of ${names.length}`);
      played.push(await playScenario(folder, name, { seed, command: againWith(folder, name, seed) }));
    }
    await writePage(folder, played);
  } finally {
    status.clear();
  }
  if (!quiet) process.stdout.write(await summaryOf(folder, played));
}

/** What makes the same capture again. */
function againWith(folder: string, name: ScenarioName, seed: number): string {
  const fileOf = (file: string) => quoteForShell(path.join(folder, file));
  const { conversation } = SCENARIOS[name];
  const files = [fileOf(tableFile(conversation)), fileOf(`${name}.pcapng`)].join(" ");
  const seeded = seed === 1 ? "" : ` --seed ${seed}`;
  const line = `wirewright encapsulate ${files} --scenario ${name} --truth ${fileOf(`${name}.ndjson`)}${seeded}`;
  return asCalled(line, command);
}

async function summaryOf(folder: string, played: readonly PlayedScenario[]): Promise<string> {
  const heads = ["Packets", "Not seen", "Did not arrive", "Sent again"] as const;
  const columns = [{ title: "Scenario" }, ...heads.map((title) => ({ title, align: "right" as const }))];
  const rows = played.map(({ lesson, packets, unseen, lost, repeats }) => [
    lesson.name,
    ...[packets, unseen, lost, repeats].map(count),
  ]);
  const index = makeVisible(path.join(folder, "index.html"));
  const lines = [
    ...(await formatTable(columns, rows)),
    "",
    `${plural(played.length, "scenario")}; begin with ${index}.`,
  ];
  return `${lines.join("\n")}\n`;
}
