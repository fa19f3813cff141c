/** Packets of a capture, sent to an adapter of this machine by a process of its own; and what the two processes tell each other. */

import { type ChildProcess, fork } from "node:child_process";
import { WirewrightError } from "../../core/errors.ts";
import type { AdapterChoice } from "../adapters.ts";
import type { Adapter } from "../cap.ts";
import { adapterLost, asReason, isLiveErrorCode, LiveError } from "../live-errors.ts";
import { programBeside } from "../own-programs.ts";
import type { InjectionCounts } from "./injector.ts";

export interface InjectionRequest extends AdapterChoice {
  /** A path, or `-` for standard input. */
  readonly input: string;
  /** How many times faster than captured; undefined: as fast as the adapter takes them. Infinity is none in JSON. */
  readonly speed: number | undefined;
  /** How often the whole capture is sent. More than once needs a file. */
  readonly rounds: number;
}

/** To the process that sends. It begins to prepare on "prepare", and to send on "go". */
export type SenderCommand =
  | { readonly kind: "prepare"; readonly request: InjectionRequest }
  | { readonly kind: "go" }
  | { readonly kind: "stop" };

/** From the process that sends. The last one is "done" or "failed". */
export type SenderEvent =
  | { readonly kind: "ready"; readonly adapter: Adapter }
  | { readonly kind: "progress"; readonly packets: number }
  | { readonly kind: "waiting"; readonly wait: number; readonly packet: number }
  | { readonly kind: "done"; readonly counts: InjectionCounts; readonly warnings: readonly string[] }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** Which capture is sent, where to, and how fast. */
export interface InjectOptions extends AdapterChoice {
  /** A capture of any kind that can be read; `-` is standard input. */
  readonly input: string;
  /** How many times faster than captured. Infinite: as fast as the adapter takes them. Default 1. */
  readonly speed?: number | undefined;
  /** How often the whole capture is sent, each time with the same gaps. More than once needs a file. Default 1. */
  readonly rounds?: number | undefined;
  /** Ends it before the next packet. */
  readonly signal?: AbortSignal | undefined;
  /** Told before the first packet is sent. */
  readonly onReady?: ((adapter: Adapter) => void) | undefined;
  /** Told of the packets sent so far, several times a second. */
  readonly onProgress?: ((packets: number) => void) | undefined;
  /** Told before a wait of more than a minute, with its milliseconds and the number that the packet has in its file. */
  readonly onLongWait?: ((wait: number, packet: number) => void) | undefined;
}

/** What was sent, and what was not. */
export interface InjectionResult extends InjectionCounts {
  /** Undefined where it was interrupted before it was open. */
  readonly adapter: Adapter | undefined;
  /** Whether the signal came before the end. */
  readonly isInterrupted: boolean;
  /** What is wrong with the capture, as sentences. */
  readonly warnings: readonly string[];
}

/** Of what the process writes to standard error, the last characters are kept. */
const LONGEST_STDERR = 1 << 14;

const NOTHING_SENT: InjectionResult = {
  packets: 0,
  bytes: 0,
  leftOut: {},
  duration: 0,
  worstDelay: undefined,
  backwards: 0,
  adapter: undefined,
  isInterrupted: true,
  warnings: [],
};

/**
 * Sends the packets of a capture to an adapter, converted to its link type, with the gaps that they were captured with.
 * What cannot be sent is left out and counted.
 *
 * @throws LiveError NO_CAP, NO_LIBPCAP, NO_RIGHTS, NO_ADAPTER, NOT_LOOPBACK, ADAPTER_LOST, CANNOT_SEND
 * @throws WirewrightError with the code of a CaptureError when the capture cannot be read; BAD_OPTION when it is to be sent
 *   several times and can be read only once
 */
export async function inject(options: InjectOptions): Promise<InjectionResult> {
  const child = startProcess(options.input);
  const command = (what: SenderCommand) => void (child.connected && child.send(what));
  let stop = () => {};
  try {
    return await new Promise<InjectionResult>((resolve, reject) => {
      const listener = new SenderListener(options, command, resolve, reject);
      stop = () => listener.stop();
      options.signal?.addEventListener("abort", stop);
      child.on("message", (event: SenderEvent) => listener.onEvent(event));
      child.stderr?.setEncoding("utf8").on("data", (text: string) => listener.onStderr(text));
      child.on("close", (code, signal) => listener.onExit(signal ?? `exit code ${code}`));
      child.on("error", (error) => listener.onExit(error.message));
      const { input, adapter, allowNetwork, rounds = 1, speed = 1 } = options;
      const request = { input, adapter, allowNetwork, rounds, speed: Number.isFinite(speed) ? speed : undefined };
      command({ kind: "prepare", request });
      if (options.signal?.aborted) stop();
    });
  } finally {
    options.signal?.removeEventListener("abort", stop);
    // It ends itself then, whatever it is waiting for.
    if (child.connected) child.disconnect();
  }
}

function startProcess(input: string): ChildProcess {
  // What the package `cap` writes to standard error means nothing to people.
  return fork(programBeside(import.meta.url, "sender-process"), {
    stdio: [input === "-" ? "inherit" : "ignore", "ignore", "pipe", "ipc"],
  });
}

/** What the process says, as the outcome of a promise. */
class SenderListener {
  readonly #options: InjectOptions;
  readonly #command: (command: SenderCommand) => void;
  readonly #resolve: (result: InjectionResult) => void;
  readonly #reject: (error: Error) => void;
  #adapter: Adapter | undefined;
  #stderr = "";

  constructor(
    options: InjectOptions,
    command: (command: SenderCommand) => void,
    resolve: (result: InjectionResult) => void,
    reject: (error: Error) => void,
  ) {
    this.#options = options;
    this.#command = command;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onEvent(event: SenderEvent): void {
    const { signal, onReady, onProgress, onLongWait } = this.#options;
    switch (event.kind) {
      case "ready":
        this.#adapter = event.adapter;
        onReady?.(event.adapter);
        return this.#command({ kind: "go" });
      case "progress":
        return onProgress?.(event.packets);
      case "waiting":
        return onLongWait?.(event.wait, event.packet);
      case "done": {
        const { counts, warnings } = event;
        const isInterrupted = signal?.aborted === true;
        return this.#resolve({ ...counts, warnings, isInterrupted, adapter: this.#adapter });
      }
      case "failed":
        return this.#reject(errorOf(event.code, event.message));
    }
  }

  /** Takes what the process writes to standard error. */
  onStderr(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-LONGEST_STDERR);
  }

  stop(): void {
    // Nothing is sent yet, and standard input may be silent for ever.
    if (this.#adapter === undefined) this.#resolve(NOTHING_SENT);
    else this.#command({ kind: "stop" });
  }

  /** Comes also after the last event, and means nothing then. */
  onExit(how: string): void {
    if (this.#adapter !== undefined && how === "SIGABRT") return this.#reject(adapterLost(this.#adapter.name));
    const reason = /^\w*Error: .*$/m.exec(this.#stderr)?.[0] ?? how;
    const sentence = `The process that sends packets ended before it was done: ${asReason(reason)}; start again.`;
    this.#reject(new LiveError("CANNOT_SEND", sentence));
  }
}

/** What was thrown in the other process, thrown in this one. */
function errorOf(code: string, message: string): WirewrightError {
  return isLiveErrorCode(code) ? new LiveError(code, message) : new WirewrightError(code, message);
}
