/** Streams read like Wireshark's "Follow TCP Stream": the same bytes, in the same order, with the same gaps. */
import path from "node:path";
import { describe, expect, it } from "vitest";
import { analyze } from "../../lib/analyze.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import { StreamContents } from "../../lib/streams/stream-contents.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { handMadeCaptures, randomCapture } from "../helpers/captures/faulty-captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { followStreams } from "../helpers/judges/tshark.ts";

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1);

/** Streams of captures by chance that tshark follows in another way, by seed. */
const KNOWN_DIFFERENCES: Readonly<Record<number, { stream: number; reason: string }>> = {
  4: { stream: 3, reason: "two connections run into each other on the same ports, and their numbers are far apart" },
  5: { stream: 1, reason: "data overtook its SYN/ACK: tshark begins again at the SYN and shows bytes a second time" },
  8: { stream: 1, reason: "data overtook its SYN/ACK: tshark begins again at the SYN and shows bytes a second time" },
};

/** What tshark writes, among the bytes, in the place of those that are missing. */
function marker(length: number): Buffer {
  return Buffer.from(`[${length} bytes missing in capture file]\0`);
}

/**
 * The contents of each stream, by its number. What nobody has acknowledged when the capture ends, and lacks bytes before
 * it, is left out: we show it behind a gap, tshark not at all.
 */
async function ourStreams(file: string): Promise<{ contents: Buffer[]; gaps: number }> {
  const pieces: Buffer[][] = [];
  const streams: StreamContents[] = [];
  let gaps = 0;
  const follow = (number: number) => {
    const own: Buffer[] = [];
    pieces[number] = own;
    return new StreamContents({
      data: (bytes) => void own.push(Buffer.from(bytes)),
      gap(length) {
        gaps++;
        own.push(marker(length));
      },
    });
  };
  await analyze({
    input: file,
    onPacket({ tcpStream, outline, isFromHigher, frameNumber }) {
      if (tcpStream === undefined) return;
      streams[tcpStream.number] ??= follow(tcpStream.number);
      streams[tcpStream.number]!.add(outline, isFromHigher, frameNumber);
    },
  });
  return { contents: pieces.map((own) => Buffer.concat(own)), gaps };
}

async function compare(file: string): Promise<{ streams: number; bytes: number; gaps: number; differences: string[] }> {
  const { contents, gaps } = await ourStreams(file);
  const theirs = followStreams(file, contents.length);
  const differences = contents.flatMap((own, number) => {
    const text = own.toString("latin1");
    const other = (theirs[number] ?? Buffer.alloc(0)).toString("latin1");
    return text === other ? [] : [`stream ${number}: ${firstDifference(text, other)}`];
  });
  return { streams: contents.length, bytes: contents.reduce((sum, own) => sum + own.length, 0), gaps, differences };
}

function firstDifference(own: string, other: string): string {
  let at = 0;
  while (own[at] === other[at]) at++;
  const part = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 20), at + 60));
  return `at byte ${at} of ${own.length} and ${other.length}, ${part(own)} is ${part(other)} to tshark`;
}

describe.skipIf(isMissing("tshark"))("the contents of a stream are what tshark follows", () => {
  const folder = temporaryFolder();

  it.each(handMadeCaptures())("$name", async ({ bytes }) => {
    const { streams, differences } = await compare(captureFile(folder, "scenario.pcap", bytes));
    expect(streams).toBeGreaterThan(0);
    expect(differences).toEqual([]);
  });

  it.each(SEEDS)("of an honest TCP over a bad network, seed %i", async (seed) => {
    const { bytes, differences } = await compare(captureFile(folder, "random.pcap", randomCapture(seed).bytes));
    expect(bytes).toBeGreaterThan(0);
    const known = KNOWN_DIFFERENCES[seed];
    expect(differences.map((difference) => difference.split(":", 1)[0])).toEqual(
      known === undefined ? [] : [`stream ${known.stream}`],
    );
  });

  it.each([
    "chat",
    "input",
    "unicode",
    "dialects/http-over-several-rows",
    "dialects/tcp-as-rows",
    "dialects/client-port-used-again",
    "dialects/ipv6",
    "dialects/three-parties",
  ])("of the capture that encapsulate makes of %s.csv", async (fixture) => {
    const output = path.join(folder, "made.pcap");
    await encapsulate({ input: `fixtures/${fixture}.csv`, output });
    const { bytes, gaps, differences } = await compare(output);
    expect(bytes).toBeGreaterThan(0);
    expect(gaps).toBe(0);
    expect(differences).toEqual([]);
  });
});
