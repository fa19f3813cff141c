/** A folder of scenarios: their files, the page of questions, and what is said on the terminal. */
import path from "node:path";
import type { Command } from "commander";
import { makeVisible } from "../../lib/core/text.ts";
import { formatTable } from "../../lib/report/text/table.ts";
import { count, plural } from "../../lib/report/wording.ts";
import { SCENARIOS, type ScenarioName } from "../../lib/session/network/known-scenarios.ts";
import { asCalled } from "../shared/calling.ts";
import { quoteForShell, StatusLine } from "../shared/output.ts";
import { type PlayedScenario, playScenario, tableFile, writePage, writeTables } from "./played-scenario.ts";

interface PlayOptions {
  readonly seed: number;
  readonly quiet?: boolean | undefined;
  /** The one that was called. */
  readonly command: Command;
}

/** Plays scenarios into a folder. @throws OutputError */
export async function playScenarios(
  folder: string,
  names: readonly ScenarioName[],
  { seed, quiet, command }: PlayOptions,
): Promise<void> {
  const status = new StatusLine();
  const played: PlayedScenario[] = [];
  try {
    await writeTables(folder, names);
    for (const name of names) {
      status.update(() => `${name}, ${played.length + 1} of ${names.length}`);
      const again = asCalled(againWith(folder, name, seed), command);
      played.push(await playScenario(folder, name, { seed, command: again }));
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
  return `wirewright encapsulate ${files} --scenario ${name} --truth ${fileOf(`${name}.ndjson`)}${seeded}`;
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
