#!/usr/bin/env -S npx tsx
import { InvalidArgumentError, Option } from "commander";
import { SCENARIO_NAMES, type ScenarioName } from "../lib/session/network/known-scenarios.ts";
import { addExamples, isMain } from "./shared/calling.ts";
import { createCommand, runScript } from "./shared/cli.ts";
import { integerFlag } from "./shared/flag-values.ts";

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

async function run(folder: string, { only = SCENARIO_NAMES, ...flags }: Flags): Promise<void> {
  // Nearly all of the project: what it shares with other commands would be cut into more files for each of them.
  const { playScenarios } = await import("./scenarios/played-scenarios.ts");
  const names = SCENARIO_NAMES.filter((name) => only.includes(name));
  await playScenarios(folder, names, { ...flags, command });
}
