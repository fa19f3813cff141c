/**
 * Capturing what passes an adapter, through a program that writes it to a pipe: `cap` in a process of its own, dumpcap or
 * tcpdump. What it writes is counted, kept and passed on, until somebody or something ends it. Whatever happens to the
 * program, this process goes on, and says what happened.
 */

import type { CapturedPacket } from "../../pcap/capture-file.ts";
import type { Capture } from "../../pcap/capture-reader.ts";
import { listAdapters } from "../adapters.ts";
import { type LiveError, noAdapter } from "../live-errors.ts";
import { CapturedFile } from "./captured-file.ts";
import { CaptureProcess } from "./program-process.ts";
import { availablePrograms, type CaptureProgram, commandFor, countDrops, lossError, startError } from "./programs.ts";

export type { CaptureProgram } from "./programs.ts";

/** Which adapter is captured from, through what, and where to. */
export interface LiveCaptureOptions {
  /** Name of the adapter. */
  readonly adapter: string;
  /** In libpcap's language: "tcp port 8080". Default: everything. */
  readonly filter?: string | undefined;
  /** Default: the best that this system has and that may look at the adapter. */
  readonly via?: CaptureProgram | undefined;
  /**
   * A file, pcapng or pcap by its name: under its own name, and whole up to the last flush, at any time. `-` is standard
   * output. Default: nothing is written.
   */
  readonly output?: string | undefined;
  /** Ends the capture after so many packets. */
  readonly count?: number | undefined;
  /** Ends the capture after so many milliseconds. */
  readonly durationMs?: number | undefined;
  /** Told of each packet. The object is the same each time, and its memory is reused. */
  readonly onPacket?: ((packet: CapturedPacket) => void) | undefined;
  /** Awaited now and then while packets come, so that output can drain. What the kernel cannot keep meanwhile is lost. */
  readonly onPause?: (() => Promise<void> | void) | undefined;
}

/** What a capture has come to. */
export interface CaptureCounts {
  /** Packets that were captured. */
  readonly packets: number;
  /** Of the packets on the wire. */
  readonly bytes: number;
  /** Packets that were lost; undefined where the program does not tell, or has not yet. */
  readonly dropped: number | undefined;
}

/** A capture that runs until it is stopped, has what it was asked for, or loses its adapter. */
export interface LiveCapture {
  /** The program that captures. */
  readonly via: CaptureProgram;
  /** So far. */
  readonly counts: CaptureCounts;
  /**
   * Resolves when the capture has ended and its file is complete.
   *
   * @throws LiveError ADAPTER_LOST when it ended by itself; OutputError when the file could not be written further. What
   *   was captured until then is in the file.
   */
  readonly done: Promise<CaptureCounts>;
  /**
   * Ends the capture. Everything that passed the adapter before is in the file.
   *
   * @throws as `done`
   */
  stop(): Promise<CaptureCounts>;
}

/** Milliseconds. */
const FLUSH_EVERY = 200;
const LOOK_EVERY = 20;
/** The most that is waited for packets on their way, which under a flood never stop. */
const LONGEST_SETTLING = 5000;
/** Packets are in the order of their times, but for those of two processors. */
const DISORDER = 50;

/**
 * Starts to capture. Resolves when packets are really being seen, so that traffic made afterwards is in it.
 *
 * @throws LiveError NO_CAPTURE_PROGRAM, NO_CAP, NO_LIBPCAP, NO_RIGHTS, NO_ADAPTER, BAD_FILTER
 * @throws OutputError CANNOT_WRITE
 */
export async function startCapture(options: LiveCaptureOptions): Promise<LiveCapture> {
  await checkName(options.adapter);
  const programs = options.via === undefined ? await availablePrograms() : [options.via];
  const output = options.output === undefined ? undefined : await CapturedFile.open(options.output);
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
    const problem = startError({ adapter, filter, via, known }, await process.ended);
    if (problem.code !== "NO_RIGHTS") throw problem;
    refusal ??= problem;
  }
  throw refusal;
}

class RunningCapture implements LiveCapture {
  readonly via: CaptureProgram;
  readonly done: Promise<CaptureCounts>;
  readonly #process: CaptureProcess;
  readonly #capture: Capture;
  readonly #output: CapturedFile | undefined;
  readonly #options: LiveCaptureOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #packets = 0;
  #bytes = 0;
  #dropped: number | undefined;
  #isEnding = false;
  #hasEnded = false;
  /** Milliseconds since 1970, of the packet that was read last. */
  #newest = 0;

  constructor(
    process: CaptureProcess,
    capture: Capture,
    output: CapturedFile | undefined,
    options: LiveCaptureOptions,
  ) {
    this.via = process.command.via;
    this.#process = process;
    this.#capture = capture;
    this.#output = output;
    this.#options = options;
    const { durationMs } = options;
    if (durationMs !== undefined) this.#timers.add(setTimeout(() => void this.#end(true), durationMs));
    if (output !== undefined) this.#timers.add(setInterval(() => this.#flush(output), FLUSH_EVERY));
    this.done = this.#run();
    // Whoever does not ask need not know.
    this.done.catch(() => {});
  }

  get counts(): CaptureCounts {
    return { packets: this.#packets, bytes: this.#bytes, dropped: this.#dropped };
  }

  stop(): Promise<CaptureCounts> {
    void this.#end(true);
    return this.done;
  }

  /** What cannot be written is said now, and not only when the next packet comes. */
  #flush(output: CapturedFile): void {
    output.flush();
    if (output.hasFailed) void this.#end(false);
  }

  async #run(): Promise<CaptureCounts> {
    let problem: unknown;
    try {
      await this.#read();
    } catch (error) {
      problem = error;
      this.#isEnding = true;
    }
    const hasEndedItself = !this.#isEnding;
    this.#isEnding = true;
    if (problem !== undefined) this.#process.kill();
    await this.#capture.close();
    const end = await this.#process.ended;
    this.#hasEnded = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#dropped = countDrops(this.via, end.stderr);
    try {
      await this.#output?.close();
    } catch (error) {
      problem ??= error;
    }
    if (hasEndedItself) problem ??= lossError(this.#options.adapter, this.via, end);
    if (problem !== undefined) throw problem;
    return this.counts;
  }

  async #read(): Promise<void> {
    const capture = this.#capture;
    this.#begin();
    do {
      while (capture.next()) this.#take(capture.packet);
      await this.#output?.ready();
      await this.#options.onPause?.();
    } while (await capture.more());
  }

  /** The description of the adapter stands before its first packet. */
  #begin(): void {
    const [first] = this.#capture.interfaces;
    if (first === undefined) return;
    this.#output?.begin({ name: this.#options.adapter, linkType: first.linkType, snapLength: first.snapLength });
  }

  #take(packet: CapturedPacket): void {
    const { count = Number.POSITIVE_INFINITY, onPacket } = this.#options;
    // What a program had on its way when it was to end already.
    if (this.#packets >= count) return;
    this.#packets++;
    this.#bytes += packet.wireLength;
    this.#newest = packet.seconds * 1000 + packet.nanoseconds / 1e6;
    this.#output?.add(packet);
    onPacket?.(packet);
    if (this.#packets === count) void this.#end(false);
  }

  /** @param settles whether packets that are on their way are still wanted */
  async #end(settles: boolean): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (settles) await this.#settled();
    if (this.#hasEnded) return;
    this.#process.ask();
    this.#timers.add(setTimeout(() => this.#process.kill(), this.#process.command.endTime));
  }

  /** Waits until everything that has passed the adapter by now has come out of the program. */
  async #settled(): Promise<void> {
    const { settleTime } = this.#process.command;
    const asked = performance.now();
    const askedAt = Date.now();
    for (;;) {
      const now = performance.now();
      const isQuiet = now - Math.max(asked, this.#process.lastRead) >= settleTime;
      // `cap` gives packets the time at which it passes them on; it settles by itself.
      if (this.#hasEnded || isQuiet || this.#newest > askedAt + DISORDER || now - asked > LONGEST_SETTLING) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  }
}
