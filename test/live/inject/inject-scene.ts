/** Injections in a namespace of their own, and what a judge sees of them. */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openCapture } from "../../../lib/pcap/open-capture.ts";
import type { NetworkNamespace } from "../../helpers/programs/network-namespace.ts";
import { PATIENCE } from "../../helpers/programs/patience.ts";
import { Running, startJudge } from "../capture/capture-scene.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Starts `inject` inside. */
export function startInjection(network: NetworkNamespace, args: readonly string[], root = ROOT): Running {
  return new Running(network.spawn(process.execPath, ["--import", "tsx", "scripts/inject.ts", ...args], { cwd: root }));
}

/** Who runs inside. */
export function processesIn(network: NetworkNamespace): number[] {
  const text = execFileSync("ip", ["netns", "pids", network.name], { encoding: "utf8" });
  return text.split(/\s+/).filter(Boolean).map(Number);
}

export interface Injected {
  readonly code: number | null;
  readonly text: string;
  readonly errors: string;
  readonly frames: readonly SeenFrame[];
}

/** A frame as the judge has captured it, or as a file has it. */
export interface SeenFrame {
  /** Milliseconds since the first one. */
  readonly time: number;
  readonly hex: string;
}

/**
 * Injects while dumpcap captures into `file`.
 *
 * @param expected frames that will come; more are seen too, if they come soon
 * @param adapter where dumpcap looks
 */
export async function injectBeforeJudge(
  network: NetworkNamespace,
  args: readonly string[],
  { file, expected, adapter = "lo" }: { file: string; expected: number; adapter?: string },
): Promise<Injected> {
  const judge = await startJudge(network, adapter, file);
  const injection = startInjection(network, args);
  const code = await injection.closed;
  for (const end = performance.now() + PATIENCE; (await framesIn(file)).length < expected; ) {
    if (performance.now() > end) break;
    await sleep(50);
  }
  await sleep(300);
  await judge.stop();
  return { code, text: injection.text, errors: injection.errors, frames: await framesIn(file) };
}

/** The frames of a capture, with their times. */
export async function framesIn(file: string): Promise<SeenFrame[]> {
  const capture = await openCapture(file);
  const { packet } = capture;
  const frames: SeenFrame[] = [];
  let start: number | undefined;
  do {
    while (capture.next()) {
      const time = packet.seconds * 1000 + packet.nanoseconds / 1e6;
      start ??= time;
      const bytes = packet.bytes.subarray(packet.start, packet.end);
      frames.push({ time: time - start, hex: Buffer.from(bytes).toString("hex") });
    }
  } while (await capture.more());
  await capture.close();
  return frames;
}
