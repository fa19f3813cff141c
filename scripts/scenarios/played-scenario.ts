/** One scenario played: its capture, the truth about it, the report, and what can be asked about it. */
import path from "node:path";
import { encapsulateCsv } from "../../lib/encapsulate-messages.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { OutputFile } from "../../lib/pcap/output-file.ts";
import { makeReport } from "../../lib/report/html/page.ts";
import { formatQuestionsPage, type Lesson } from "../../lib/report/questions/questions-page.ts";
import { scenarioQuestions } from "../../lib/report/questions/scenario-questions.ts";
import { Story } from "../../lib/report/questions/story.ts";
import { TruthComparison } from "../../lib/report/truth-comparison.ts";
import { followStreams } from "../../lib/running-analysis.ts";
import { SCENARIOS, type ScenarioConversation, type ScenarioName } from "../../lib/session/network/known-scenarios.ts";
import type { Transmission } from "../../lib/session/network/transmission.ts";
import { truthLine } from "../../lib/session/network/truth-lines.ts";
import { scenarioTable } from "../../lib/traffic/scenario-tables.ts";
import { TICKS_PER_SECOND } from "../../lib/traffic-options.ts";
import { scenarioTraffic } from "../encapsulate/scenario-traffic.ts";

/** Packets counted, and what stands on the page. */
export interface PlayedScenario {
  readonly lesson: Lesson;
  readonly packets: number;
  /** Packets that the capture does not show. */
  readonly unseen: number;
  /** Packets that did not arrive. */
  readonly lost: number;
  /** Packets that repeat bytes. */
  readonly repeats: number;
}

/** The name of a table of messages in the folder. */
export function tableFile(conversation: ScenarioConversation): string {
  return `scenario-${conversation}.csv`;
}

/** Writes the tables that these scenarios are made of. @throws OutputError */
export async function writeTables(folder: string, names: readonly ScenarioName[]): Promise<void> {
  for (const conversation of new Set(names.map((name) => SCENARIOS[name].conversation))) {
    await write(path.join(folder, tableFile(conversation)), scenarioTable(conversation));
  }
}

/** Plays a scenario and writes its files. @param command what makes the capture again @throws OutputError */
export async function playScenario(
  folder: string,
  name: ScenarioName,
  { seed, command }: { readonly seed: number; readonly command: string },
): Promise<PlayedScenario> {
  const { title, teaches, conversation } = SCENARIOS[name];
  const transmissions: Transmission[] = [];
  const { capture } = await encapsulateCsv(scenarioTable(conversation), {
    ...scenarioTraffic(name),
    name: tableFile(conversation),
    seed,
    onTransmission: (transmission) => transmissions.push(transmission),
  });
  const files = { capture: `${name}.pcapng`, truth: `${name}.ndjson`, report: `${name}.html` };
  const ticksPerSecond = TICKS_PER_SECOND.us;
  await write(path.join(folder, files.capture), capture);
  const lines = transmissions.map((transmission) => truthLine(transmission, ticksPerSecond));
  await write(path.join(folder, files.truth), lines.join(""));
  const { page, comparison } = await explain(capture, files.capture, transmissions);
  await write(path.join(folder, files.report), page);
  const story = new Story(transmissions, ticksPerSecond, comparison);
  const lesson = {
    ...{ name, title, teaches, command },
    files: [
      [files.capture, "the capture"],
      [files.report, "a report of what it shows"],
      [files.truth, "the truth about each packet, a line of JSON for each"],
    ],
    questions: scenarioQuestions(name, story),
  } as const;
  const unseen = transmissions.filter(({ frame }) => frame === undefined).length;
  return { lesson, packets: transmissions.length, unseen, lost: story.lost.length, repeats: story.repeats.length };
}

/** Writes the page of all questions. @throws OutputError */
export function writePage(folder: string, played: readonly PlayedScenario[]): Promise<void> {
  return write(path.join(folder, "index.html"), formatQuestionsPage(played.map(({ lesson }) => lesson)));
}

/** What the capture shows, as a page, and beside what really happened. */
async function explain(capture: Uint8Array, file: string, transmissions: readonly Transmission[]) {
  const comparison = new TruthComparison();
  for (const transmission of transmissions) comparison.tell(transmission);
  const { page } = await makeReport((listeners) =>
    followStreams(captureFromBytes(capture, file), {
      ...listeners,
      onPacket: (packet) => {
        comparison.show(packet.frameNumber, packet.findingBits);
        listeners.onPacket(packet);
      },
    }),
  );
  return { page, comparison };
}

function write(file: string, content: string | Uint8Array): Promise<void> {
  return OutputFile.write(file, (output) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    output.give(bytes, bytes.length);
  });
}
