/**
 * Sends the packets of a capture, in a process of its own, started by `injection.ts`: where an adapter goes down, the package
 * `cap` aborts the process that has opened it.
 */

import { readFile } from "node:fs/promises";
import { WirewrightError } from "../../core/errors.ts";
import { makeVisible } from "../../core/text.ts";
import { captureFromBytes } from "../../pcap/capture-from-bytes.ts";
import type { Capture } from "../../pcap/capture-reader.ts";
import { openCapture } from "../../pcap/open-capture.ts";
import { chooseAdapter } from "../adapters.ts";
import { loadCap } from "../cap.ts";
import type { InjectionRequest, SenderCommand, SenderEvent } from "./injection.ts";
import { Injector } from "./injector.ts";

/** Nothing is captured; on Linux there must be room for one frame of the longest kind. */
const BUFFER_LENGTH = 1 << 20;
const PROGRESS_EVERY_MS = 200;

/** A file of no more bytes than this is kept in memory: opening one takes as long as sending a hundred packets. */
const MOST_KEPT = 1 << 24;

/** One capture, to be read as often as it is to be sent. */
class CaptureRounds {
  readonly #input: string;
  readonly #bytes: Uint8Array | undefined;
  #capture: Capture;

  private constructor(input: string, capture: Capture, bytes: Uint8Array | undefined) {
    this.#input = input;
    this.#capture = capture;
    this.#bytes = bytes;
  }

  /**
   * @param input a path, or `-` for standard input
   * @throws CaptureError as `openCapture`; WirewrightError BAD_OPTION where it can be read only once, and that is not enough
   */
  static async open(input: string, rounds: number): Promise<CaptureRounds> {
    const capture = await openCapture(input);
    if (rounds === 1) return new CaptureRounds(input, capture, undefined);
    const { name, size, isCompressed } = capture;
    if (input === "-" || size === undefined) {
      await capture.close();
      throw notRepeatable(name);
    }
    return new CaptureRounds(input, capture, size <= MOST_KEPT && !isCompressed ? await readFile(input) : undefined);
  }

  /** The capture, open: in the first round, or since `again`. */
  get capture(): Capture {
    return this.#capture;
  }

  /** Goes back to the first packet. @throws CaptureError */
  async again(): Promise<void> {
    await this.#capture.close();
    const { name } = this.#capture;
    this.#capture = this.#bytes === undefined ? await openCapture(this.#input) : captureFromBytes(this.#bytes, name);
  }
}

function notRepeatable(name: string): WirewrightError {
  const sentence = `${makeVisible(name)} can be read only once; save it as a file to send it several times.`;
  return new WirewrightError("BAD_OPTION", sentence);
}

/** This process has one task, so what is known of it is kept here. */
const stopping = new AbortController();
let go = () => {};
const mayGo = new Promise<void>((resolve) => {
  go = resolve;
});

// Ctrl-C in a terminal goes to both processes, and the other one says when to stop.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
process.on("message", (command: SenderCommand) => {
  if (command.kind === "prepare") void run(command.request);
  else if (command.kind === "go") go();
  else {
    stopping.abort();
    go();
  }
});

async function run(request: InjectionRequest): Promise<void> {
  let last: SenderEvent;
  try {
    last = await inject(request);
  } catch (error) {
    if (!(error instanceof WirewrightError)) throw error;
    last = { kind: "failed", code: error.code, message: error.message };
  }
  // Not left to the event loop: reading from a silent pipe would go on.
  process.send!(last, () => process.exit());
}

/** @throws LiveError, CaptureError, WirewrightError BAD_OPTION */
async function inject(request: InjectionRequest): Promise<SenderEvent> {
  const { input, rounds, speed = Number.POSITIVE_INFINITY } = request;
  const cap = await loadCap();
  const adapter = chooseAdapter(cap.adapters(), request);
  const captures = await CaptureRounds.open(input, rounds);
  const open = cap.open(adapter.name, { bufferLength: BUFFER_LENGTH });
  emit({ kind: "ready", adapter });
  await mayGo;
  const { signal } = stopping;
  const injector = new Injector(open, adapter.name, {
    speed,
    signal,
    onTurn: progressTeller(() => injector.counts.packets),
    onLongWait: (wait, packet) => emit({ kind: "waiting", wait, packet }),
  });
  for (let round = 1; ; round++) {
    await injector.send(captures.capture);
    // What cannot be sent once never can.
    if (round === rounds || signal.aborted || injector.counts.packets === 0) break;
    await captures.again();
  }
  return { kind: "done", counts: injector.counts, warnings: captures.capture.warnings };
}

function progressTeller(packets: () => number): () => void {
  let told = performance.now();
  return () => {
    const now = performance.now();
    if (now - told < PROGRESS_EVERY_MS) return;
    told = now;
    emit({ kind: "progress", packets: packets() });
  };
}

function emit(event: SenderEvent): void {
  process.send!(event);
}
