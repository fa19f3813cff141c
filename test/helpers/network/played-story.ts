/** Scenarios played in memory, as their story is told. */
import { encapsulateCsv } from "../../../lib/encapsulate-messages.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import { Story } from "../../../lib/report/questions/story.ts";
import { TruthComparison } from "../../../lib/report/truth-comparison.ts";
import { followStreams } from "../../../lib/running-analysis.ts";
import { SCENARIOS, type ScenarioName } from "../../../lib/session/network/known-scenarios.ts";
import type { Transmission } from "../../../lib/session/network/transmission.ts";
import { scenarioTable } from "../../../lib/traffic/scenario-tables.ts";
import { scenarioTraffic } from "../../../scripts/encapsulate/scenario-traffic.ts";

export async function storyOf(name: ScenarioName, seed = 1): Promise<Story> {
  const all: Transmission[] = [];
  const onTransmission = (transmission: Transmission) => void all.push(transmission);
  const table = scenarioTable(SCENARIOS[name].conversation);
  const { capture } = await encapsulateCsv(table, { ...scenarioTraffic(name), seed, onTransmission });
  const comparison = new TruthComparison();
  for (const transmission of all) comparison.tell(transmission);
  await followStreams(captureFromBytes(capture), {
    onPacket: ({ frameNumber, findingBits }) => comparison.show(frameNumber, findingBits),
  });
  return new Story(all, 1_000_000, comparison);
}
