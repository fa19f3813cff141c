/** What scenarios say that they teach can be seen: by what tshark calls their frames. */
import { describe, expect, it } from "vitest";
import { encapsulateCsv } from "../../../lib/encapsulate-messages.ts";
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from "../../../lib/session/network/known-scenarios.ts";
import { scenarioTable } from "../../../lib/traffic/scenario-tables.ts";
import { scenarioTraffic } from "../../../scripts/encapsulate/scenario-traffic.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { judgedPackets } from "../../helpers/judges/tshark-packets.ts";

/** How many frames tshark finds something in, by what it is, without the prefix `tcp.analysis.`. Window probes look like keep-alives. */
const SHOWN: Readonly<Record<ScenarioName, Readonly<Record<string, number>>>> = {
  "lossy-wifi": { lost_segment: 1, duplicate_ack: 34, fast_retransmission: 1, out_of_order: 2 },
  satellite: {},
  bufferbloat: {},
  "zero-window": { window_full: 1, zero_window: 3, keep_alive: 3, window_update: 1 },
  "fast-retransmit": { lost_segment: 1, duplicate_ack: 35, out_of_order: 1 },
  "timeout-backoff": { retransmission: 4 },
  "tail-loss": { retransmission: 2, duplicate_ack: 1 },
  reordering: { lost_segment: 1, duplicate_ack: 6, fast_retransmission: 1, spurious_retransmission: 1 },
  "duplicate-acks": { lost_segment: 1, duplicate_ack: 2, fast_retransmission: 1 },
  "syn-retry": { retransmission: 2 },
  refused: {},
  "reset-mid-transfer": {},
  "half-close": {},
  "simultaneous-close": {},
  "keep-alive": { keep_alive: 2, keep_alive_ack: 2 },
  "mtu-black-hole": { retransmission: 15 },
  ecn: {},
};

const folder = temporaryFolder();

describe.skipIf(isMissing("tshark"))("tshark shows of", () => {
  it.each(SCENARIO_NAMES)("%s what it teaches", async (name) => {
    const { capture } = await encapsulateCsv(scenarioTable(SCENARIOS[name].conversation), scenarioTraffic(name));
    const counts: Record<string, number> = {};
    for (const { findings } of judgedPackets(captureFile(folder, `${name}.pcapng`, capture))) {
      for (const finding of findings) {
        const short = finding.replace("tcp.analysis.", "");
        counts[short] = (counts[short] ?? 0) + 1;
      }
    }
    expect(counts).toEqual(SHOWN[name]);
  });
});
