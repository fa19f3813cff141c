/**
 * Capturing what passes an adapter, through a program that writes it to a pipe: `cap` in a process of its own, dumpcap or
 * tcpdump. So whatever happens to them, this process goes on, and says what happened.
 */
import type { Capture } from "../../pcap/capture-reader.ts";
import { noAdapter } from "../adapter-problems.ts";
import { listAdapters } from "../adapters.ts";
import type { LiveError } from "../live-errors.ts";
import { CaptureOutput } from "./capture-output.ts";
import { CaptureProcess } from "./capture-process.ts";
import { availablePrograms, type CaptureProgram, commandFor } from "./capture-programs.ts";
import { type LiveCapture, type LiveCaptureOptions, RunningCapture } from "./capture-running.ts";
import { startProblem } from "./capture-words.ts";

export type { CaptureProgram } from "./capture-programs.ts";
export type { CaptureCounts, LiveCapture, LiveCaptureOptions } from "./capture-running.ts";

/**
 * Starts to capture. Resolves when packets are really being seen, so that traffic made afterwards is in it.
 *
 * @throws LiveError NO_CAPTURE_PROGRAM, NO_CAP, NO_LIBPCAP, NO_RIGHTS, NO_ADAPTER, BAD_FILTER
 * @throws OutputError CANNOT_WRITE
 */
export async function startCapture(options: LiveCaptureOptions): Promise<LiveCapture> {
  await checkName(options.adapter);
  const programs = options.via === undefined ? await availablePrograms() : [options.via];
  const output = options.output === undefined ? undefined : await CaptureOutput.open(options.output);
  try {
    const { process, capture } = await openThrough(programs, options);
    return new RunningCapture(process, capture, output, options);
  } catch (error) {
    await output?.close();
    throw error;
  }
}

/** dumpcap and tcpdump take a number for the place in their list, which nobody means here. */
async function checkName(adapter: string): Promise<void> {
  if (!/^\d*$/.test(adapter)) return;
  const names = (await listAdapters()).map(({ name }) => name);
  if (!names.includes(adapter)) throw noAdapter(adapter, names);
}

interface OpenedCapture {
  readonly process: CaptureProcess;
  readonly capture: Capture;
}

/** Tries one program after the other: dumpcap is often allowed what this process is not. */
async function openThrough(
  programs: readonly CaptureProgram[],
  { adapter, filter = "" }: LiveCaptureOptions,
): Promise<OpenedCapture> {
  let refusal: LiveError | undefined;
  for (const via of programs) {
    const process = new CaptureProcess(await commandFor(via, adapter, filter));
    const capture = await process.open(adapter);
    if (capture !== undefined) return { process, capture };
    const known = (await listAdapters()).map(({ name }) => name);
    const problem = startProblem({ adapter, filter, via, known }, await process.ended);
    if (problem.code !== "NO_RIGHTS") throw problem;
    refusal ??= problem;
  }
  throw refusal;
}
