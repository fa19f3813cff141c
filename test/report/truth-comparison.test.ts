/** What a capture shows beside what really happened: played over networks, written down, read again and compared. */
import { describe, expect, it } from "vitest";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { readTruthLine, TruthComparison } from "../../lib/report/truth-comparison.ts";
import { followStreams } from "../../lib/running-analysis.ts";
import { truthLine } from "../../lib/session/network/truth-lines.ts";
import {
  bytesOf,
  MS,
  type NetworkParts,
  type NetworkRun,
  playedOver,
  SECOND,
} from "../helpers/network/network-runs.ts";

const MESSAGES = [
  { from: "10.0.0.1", to: "10.0.0.2", message: bytesOf(1, 100), time: 0 },
  { from: "10.0.0.2", to: "10.0.0.1", message: bytesOf(2, 20_000), time: 0.1 },
];

async function compared(parts: NetworkParts): Promise<TruthComparison & Pick<NetworkRun, "truth">> {
  const { capture, truth } = await playedOver({ both: { delay: 20 * MS }, ...parts }, MESSAGES);
  const comparison = new TruthComparison();
  for (const transmission of truth) comparison.tell(readTruthLine(truthLine(transmission, SECOND))!);
  await followStreams(captureFromBytes(capture), {
    onPacket: ({ frameNumber, findingBits }) => comparison.show(frameNumber, findingBits),
  });
  return Object.assign(comparison, { truth });
}

const server = (numbers: readonly number[]) => [{ side: "server", of: "data", numbers: new Set(numbers) }] as const;

describe("capture and truth", () => {
  it("say the same of a network without a fault", async () => {
    const comparison = await compared({});
    expect(comparison).toMatchObject({ lost: 0, differing: 0, differences: [] });
    expect(comparison.seen).toBe(comparison.transmissions);
  });

  it("say the same of a loss behind the tap, and not of one before it", async () => {
    const lose = { lose: server([4]), duplicate: [], delay: [] };
    const behind = await compared({ fates: lose, tap: 1 });
    expect(behind).toMatchObject({ lost: 1, differing: 0 });
    const before = await compared({ fates: lose, tap: 0 });
    expect(before.seen).toBe(before.transmissions - 1);
    expect(before.causes.find(({ cause }) => cause === "sack")).toMatchObject({ transmissions: 1, unseen: 0 });
  });

  it("differ in what was sent again for nothing", async () => {
    const delay = [{ packets: server([4])[0]!, by: 60 * MS }];
    const { differences } = await compared({ fates: { lose: [], duplicate: [], delay } });
    expect(differences.length).toBeGreaterThan(0);
    for (const { truth } of differences) expect(truth).toMatch(/overtaken on the way|had arrived|sent again/);
  });

  it("differ in what the network has doubled, which was sent once", async () => {
    const { differences, truth } = await compared({ fates: { lose: [], duplicate: server([4]), delay: [] } });
    const doubled = truth.find(({ copies }) => copies === 2)!;
    expect(doubled.furtherFrames).toHaveLength(1);
    expect(differences).toEqual([
      {
        frame: doubled.furtherFrames[0],
        shown: "TCP Spurious Retransmission",
        truth: "sent once only; the capture has its packet twice",
      },
    ]);
  });

  it("know both frames of each packet where the capture is taken at both ends", async () => {
    const { truth } = await compared({ tap: "both", both: { delay: 20 * MS, loss: 0.05 } });
    expect(truth.some(({ fate }) => fate === "lost")).toBe(true);
    for (const { fate, frame, furtherFrames } of truth) {
      expect(frame).toBeDefined();
      expect(furtherFrames).toHaveLength(fate === "delivered" ? 1 : 0);
    }
    const frames = truth.flatMap(({ frame, furtherFrames }) => [frame!, ...furtherFrames]).sort((a, b) => a - b);
    expect(frames).toEqual(frames.map((_, index) => index + 1));
  });
});

describe("a probe of the tail", () => {
  it("repeats nothing where it carries new data", async () => {
    const lose = [{ side: "server", of: "all", numbers: new Set([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) }] as const;
    const { truth } = await compared({ fates: { lose, duplicate: [], delay: [] } });
    const probe = truth.find(({ cause }) => cause === "tail-probe")!;
    const before = truth.filter(({ from, id, length }) => from === "server" && id < probe.id && length > 0);
    const isNew = before.every(({ sequence, length }) => sequence! + length <= probe.sequence!);
    expect([isNew, probe.repeats]).toEqual([true, undefined]);
  });
});

describe("a line of the truth", () => {
  it("has the documented members, and leaves out what has no meaning", async () => {
    const { truth } = await playedOver(
      { both: { delay: 20 * MS, loss: 0.1, duplicate: 0.1, reorder: 0.2 } },
      MESSAGES,
      { seed: 3 },
    );
    const lines = truth.map((transmission) => JSON.parse(truthLine(transmission, SECOND)) as Record<string, unknown>);
    const members = new Set(lines.flatMap((line) => Object.keys(line)));
    expect([...members].toSorted()).toEqual(
      [
        ...["id", "frame", "furtherFrames", "conversation", "protocol", "from", "sequence", "acknowledgment"],
        ...["length", "flags", "cause", "repeats", "fate", "lostAt", "copies", "overtaken", "sent", "tap", "arrived"],
        ...["cwnd", "ssthresh", "inFlight", "srtt", "rto", "window"],
      ].toSorted(),
    );
    expect(lines.map(({ id }) => id)).toEqual(lines.map((_, index) => index + 1));
    for (const { sent, fate, arrived, lostAt, furtherFrames } of lines) {
      expect(sent).toMatch(/^-?\d+\.\d{6}$/);
      expect(arrived === undefined).toBe(fate === "lost");
      expect(lostAt === undefined).toBe(fate !== "lost");
      expect(furtherFrames).not.toEqual([]);
    }
  });

  it.each(["", "{}", "null", '{"id":1,"cause":"syn","fate":"delivered","furtherFrames":["2"]}', '{"id":"1"}'])(
    "is none where it says %s",
    (text) => {
      expect(readTruthLine(text)).toBeUndefined();
    },
  );
});
