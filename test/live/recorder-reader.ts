/** A recording as our own analyser and as tshark see it. */
import { analyze } from "../../lib/analyze.ts";
import type { Artefact } from "../../lib/streams/artefacts.ts";
import type { Moment } from "../../lib/streams/moment.ts";
import { tshark } from "../helpers/tshark.ts";

export interface ReadStream {
  readonly clientPort: number;
  /** What each side sent, gaps shown as such. */
  client: string;
  server: string;
  readonly close: unknown;
  readonly start: Moment;
}

export interface ReadRecording {
  readonly streams: ReadStream[];
  readonly findings: number;
  readonly warnings: readonly string[];
  readonly artefacts: readonly Artefact[];
  readonly packets: number;
}

/** @returns bytes as a string of one character each */
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

export async function readRecording(file: string): Promise<ReadRecording> {
  const heard: { higher: string; lower: string }[] = [];
  const analysis = await analyze({
    input: file,
    listenTo: (stream) => {
      const parts = { higher: "", lower: "" };
      heard[stream.number] = parts;
      return {
        data: (bytes, isFromHigher) => {
          parts[isFromHigher ? "higher" : "lower"] += latin1(bytes);
        },
        gap: (length, isFromHigher) => {
          parts[isFromHigher ? "higher" : "lower"] += `<${length} bytes missing>`;
        },
      };
    },
  });
  const streams = analysis.tcpStreams.map((stream) => {
    const { higher, lower } = heard[stream.number]!;
    const [client, server] = stream.isClientHigher ? [higher, lower] : [lower, higher];
    return { clientPort: stream.client.port, client, server, close: stream.close, start: stream.firstMoment };
  });
  const { warnings, packets } = analysis.capture;
  const { findings, artefacts } = analysis;
  return { streams, findings: findings.packetCount, warnings, artefacts, packets };
}

/** The comment on each packet, in the order of the packets. */
export function commentsOf(file: string): string[] {
  return tshark("-r", file, "-T", "fields", "-E", "separator=/t", "-e", "frame.comment").split("\n").slice(0, -1);
}
