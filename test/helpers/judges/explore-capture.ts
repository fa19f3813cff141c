/** A capture of any bytes, looked at from all sides. */
import { expect } from "vitest";
import { analyzeCapture } from "../../../lib/analyze-capture.ts";
import { WirewrightError } from "../../../lib/core/errors.ts";
import { describeLayers } from "../../../lib/dissect/describe-layers.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import type { Capture } from "../../../lib/pcap/capture-reader.ts";

export interface Seen {
  packets: number;
  fields: number;
  messages: number;
  findings: number;
}

/** Looks at everything there is to be seen in a capture. */
export async function exploreAll(capture: Capture): Promise<Seen> {
  const seen: Seen = { packets: 0, fields: 0, messages: 0, findings: 0 };
  const analysis = await analyzeCapture(capture, {
    onPacket(packet) {
      seen.packets++;
      const { relativeSequence, relativeAcknowledgment, scaledWindow, findings } = packet;
      for (const layer of describeLayers(packet.outline)) seen.fields += layer.fields.length;
      void [relativeSequence, relativeAcknowledgment, scaledWindow, findings];
    },
    listenTo: () => ({
      data: (bytes) => void bytes.length,
      gap: (length) => expect(length).toBeGreaterThan(0),
      message: () => void seen.messages++,
    }),
    onDatagram: (_, payload) => void payload.length,
  });
  for (const { text } of analysis.findings.findings()) seen.findings += Math.min(1, text.length);
  for (const stream of [...analysis.tcpStreams, ...analysis.udpStreams]) void [stream.client, stream.duration];
  return seen;
}

/** The same for bytes. @returns what was seen before an error of ours, or nothing where there was one */
export async function explore(bytes: Uint8Array): Promise<Seen | undefined> {
  return unlessOurs(() => exploreAll(captureFromBytes(bytes, "fuzzed")));
}

/** Passes on every error but ours. */
export async function unlessOurs<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof WirewrightError)) throw error;
    return undefined;
  }
}
