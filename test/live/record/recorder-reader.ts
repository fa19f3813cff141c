/** A recording as our own analyser and as tshark see it. */
import { analyze } from "../../../lib/analyze.ts";
import type { Moment } from "../../../lib/core/time.ts";
import type { Artefact } from "../../../lib/streams/artefacts.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

export interface ReadStream {
  readonly clientPort: number;
  /** What each side sent, gaps shown as such. */
  client: string;
  server: string;
  readonly close: unknown;
  readonly start: Moment;
}

export interface ReadDatagram {
  /** The port that it comes from. */
  readonly from: number;
  readonly payload: string;
}

export interface ReadRecording {
  readonly streams: ReadStream[];
  /** In the order of the packets. */
  readonly datagrams: ReadDatagram[];
  readonly findings: number;
  readonly warnings: readonly string[];
  readonly artefacts: readonly Artefact[];
  readonly packets: number;
}

/** @returns bytes as a string of one character each */
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

export async function readRecording(file: string): Promise<ReadRecording> {
  const heard: { higher: string; lower: string }[] = [];
  const datagrams: ReadDatagram[] = [];
  const analysis = await analyze({
    input: file,
    onDatagram: ({ higher, lower }, payload, isFromHigher) => {
      datagrams.push({ from: (isFromHigher ? higher : lower).port, payload: latin1(payload) });
    },
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
  return { streams, datagrams, findings: findings.packetCount, warnings, artefacts, packets };
}

/** The comment on each packet, in the order of the packets. */
export function commentsOf(file: string): string[] {
  return tshark("-r", file, "-T", "fields", "-E", "separator=/t", "-e", "frame.comment").split("\n").slice(0, -1);
}
