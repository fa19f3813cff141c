/** Recordings of what tests play, and what tshark has against them. */
import path from "node:path";
import { analyze } from "../../../lib/analyze.ts";
import type { Moment } from "../../../lib/core/time.ts";
import {
  type RecordedConnection,
  type RecordedFlow,
  Recorder,
  type RecorderOptions,
} from "../../../lib/live/record/recorder.ts";
import type { Artefact } from "../../../lib/streams/artefacts.ts";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { complaints, tshark } from "../../helpers/judges/tshark.ts";

const folder = temporaryFolder();
let files = 0;
export const newFile = () => path.join(folder, `${++files}.pcapng`);
export const bytes = (text: string) => Buffer.from(text, "latin1");
export const PREFIX = "Reconstructed from socket events; ";

export function connect(
  recorder: Recorder,
  port = 50_000,
  client = "127.0.0.1",
  server = "127.0.0.1",
): RecordedConnection {
  return recorder.connected({
    client: { address: client, port },
    server: { address: server, port: 8080, name: "shop" },
  });
}

export function newFlow(recorder: Recorder, port: number, client = "127.0.0.1", server = "127.0.0.1"): RecordedFlow {
  return recorder.flow({ client: { address: client, port }, server: { address: server, port: 8080, name: "shop" } });
}

export async function record(play: (recorder: Recorder) => void, options?: RecorderOptions): Promise<string> {
  const file = newFile();
  const recorder = await Recorder.open(file, options);
  play(recorder);
  await recorder.close();
  return file;
}

/** What tshark has against a recording, but for resets: Wireshark warns of each, and each has happened. */
export function faultsIn(file: string): string[] {
  return complaints(file).filter((line) => !line.includes("Connection reset (RST)"));
}

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
