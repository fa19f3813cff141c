/** Recordings of what tests play, and what tshark has against them. */
import path from "node:path";
import type { RecordedConnection, RecordedFlow, RecorderOptions } from "../../../lib/live/record/recorder.ts";
import { Recorder } from "../../../lib/live/record/recorder.ts";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { complaints } from "../../helpers/judges/tshark.ts";

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
