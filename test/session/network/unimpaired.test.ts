/** Over a network in which nothing goes wrong, a real TCP at each end is nothing but an ideal one to whoever looks on. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../../lib/analyze-capture.ts";
import { encapsulateCsv } from "../../../lib/encapsulate-messages.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import { defaultNetwork } from "../../../lib/session/network/network-options.ts";
import type { AnalyzedPacket } from "../../../lib/streams/analyzed-packet.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { complaints } from "../../helpers/judges/tshark.ts";
import { SECOND } from "../../helpers/network/network-runs.ts";

const FIXTURES = ["input", "chat", "unicode", "scenario-talk", "scenario-transfer"];
const folder = temporaryFolder();

/** One message on the wire: who says it, when its first byte passes the tap, and all of it. */
interface Said {
  readonly time: number;
  readonly text: string;
}

/** What is said in a capture, by stream and side: what ends with PSH ends a message. @returns and the findings that we make */
async function saidIn(capture: Uint8Array): Promise<{ said: Record<string, Said[]>; findings: number }> {
  const said: Record<string, Said[]> = {};
  const open = new Map<string, { time: number; parts: Buffer[] }>();
  const onPacket = ({ captured, outline, tcpStream, isFromHigher }: AnalyzedPacket) => {
    if (outline.payloadLength === 0) return;
    const side = tcpStream === undefined ? "UDP" : `${tcpStream.number} ${isFromHigher}`;
    const time = captured.seconds * SECOND + captured.nanoseconds / 1000;
    const message = open.get(side) ?? { time, parts: [] };
    message.parts.push(Buffer.from(outline.transportBytes.slice(outline.payloadAt, outline.payloadEnd)));
    open.set(side, message);
    if (tcpStream !== undefined && (outline.flags & 8) === 0) return;
    said[side] = [...(said[side] ?? []), { time: message.time, text: Buffer.concat(message.parts).toString("latin1") }];
    open.delete(side);
  };
  const { findings } = await analyzeCapture(captureFromBytes(capture), { onPacket });
  expect(open.size).toBe(0);
  return { said, findings: findings.packetCount };
}

describe.each(FIXTURES)("%s.csv over a network without a fault", (fixture) => {
  const csv = readFileSync(`fixtures/${fixture}.csv`);
  const options = { name: fixture, network: defaultNetwork(SECOND) };

  it("says the same at the same times as over the ideal one, without a finding", async () => {
    const ideal = await saidIn((await encapsulateCsv(csv, { name: fixture })).capture);
    for (const tap of [0, 1, 0.5]) {
      const { said, findings } = await saidIn(
        (await encapsulateCsv(csv, { ...options, network: { ...options.network, tap } })).capture,
      );
      expect(findings).toBe(0);
      expect(Object.keys(said).length).toBeGreaterThan(0);
      expect(said).toEqual(ideal.said);
    }
  });

  it.skipIf(isMissing("tshark"))("draws no complaint of tshark's", async () => {
    const { capture } = await encapsulateCsv(csv, options);
    expect(complaints(captureFile(folder, `${fixture}.pcapng`, capture))).toEqual([]);
  });
});
