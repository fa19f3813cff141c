/** Packets of a capture, sent to an adapter of this machine. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WirewrightError } from "../../core/errors.ts";
import { asReason } from "../adapter-problems.ts";
import type { Adapter } from "../cap.ts";
import { LiveError, type LiveErrorCode } from "../live-errors.ts";
import type { AdapterWish } from "./inject-adapter.ts";
import type { InjectionNews, InjectionOrder } from "./inject-protocol.ts";
import { adapterLost } from "./inject-refusal.ts";
import type { InjectionCounts } from "./injector.ts";

export interface InjectOptions extends AdapterWish {
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

export interface InjectionResult extends InjectionCounts {
  /** Undefined where it was interrupted before it was open. */
  readonly adapter: Adapter | undefined;
  /** Whether the signal came before the end. */
  readonly isInterrupted: boolean;
  /** What is wrong with the capture, as sentences. */
  readonly warnings: readonly string[];
}

/** Of what the process writes to standard error, the last characters are kept. */
const MOST_WORDS = 1 << 14;

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
  const order = (what: InjectionOrder) => void (child.connected && child.send(what));
  let stop = () => {};
  try {
    return await new Promise<InjectionResult>((resolve, reject) => {
      const listener = new NewsListener(options, order, resolve, reject);
      stop = () => listener.stop();
      options.signal?.addEventListener("abort", stop);
      child.on("message", (news: InjectionNews) => listener.hear(news));
      child.stderr?.setEncoding("utf8").on("data", (text: string) => listener.overhear(text));
      child.on("close", (code, signal) => listener.processEnded(signal ?? `exit code ${code}`));
      child.on("error", (error) => listener.processEnded(error.message));
      const { input, adapter, allowNetwork, rounds = 1, speed = 1 } = options;
      const request = { input, adapter, allowNetwork, rounds, speed: Number.isFinite(speed) ? speed : undefined };
      order({ kind: "prepare", request });
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
  return fork(fileURLToPath(new URL("./inject-process.ts", import.meta.url)), {
    stdio: [input === "-" ? "inherit" : "ignore", "ignore", "pipe", "ipc"],
  });
}

/** What the process says, as the outcome of a promise. */
class NewsListener {
  readonly #options: InjectOptions;
  readonly #order: (order: InjectionOrder) => void;
  readonly #resolve: (result: InjectionResult) => void;
  readonly #reject: (error: Error) => void;
  #adapter: Adapter | undefined;
  #words = "";

  constructor(
    options: InjectOptions,
    order: (order: InjectionOrder) => void,
    resolve: (result: InjectionResult) => void,
    reject: (error: Error) => void,
  ) {
    this.#options = options;
    this.#order = order;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  hear(news: InjectionNews): void {
    const { signal, onReady, onProgress, onLongWait } = this.#options;
    switch (news.kind) {
      case "ready":
        this.#adapter = news.adapter;
        onReady?.(news.adapter);
        return this.#order({ kind: "go" });
      case "progress":
        return onProgress?.(news.packets);
      case "waiting":
        return onLongWait?.(news.wait, news.packet);
      case "done": {
        const { counts, warnings } = news;
        const isInterrupted = signal?.aborted === true;
        return this.#resolve({ ...counts, warnings, isInterrupted, adapter: this.#adapter });
      }
      case "failed":
        return this.#reject(errorOf(news.code, news.message));
    }
  }

  /** Takes what the process writes to standard error. */
  overhear(text: string): void {
    this.#words = (this.#words + text).slice(-MOST_WORDS);
  }

  stop(): void {
    // Nothing is sent yet, and standard input may be silent for ever.
    if (this.#adapter === undefined) this.#resolve(NOTHING_SENT);
    else this.#order({ kind: "stop" });
  }

  /** Comes also after the last news, and means nothing then. */
  processEnded(how: string): void {
    if (this.#adapter !== undefined && how === "SIGABRT") return this.#reject(adapterLost(this.#adapter.name));
    const reason = /^\w*Error: .*$/m.exec(this.#words)?.[0] ?? how;
    const sentence = `The process that sends packets ended before it was done: ${asReason(reason)}; start again.`;
    this.#reject(new LiveError("CANNOT_SEND", sentence));
  }
}

const LIVE_CODES: ReadonlySet<string> = new Set<LiveErrorCode>([
  "NO_CAP",
  "NO_LIBPCAP",
  "NO_RIGHTS",
  "NO_ADAPTER",
  "NOT_LOOPBACK",
  "ADAPTER_LOST",
  "CANNOT_SEND",
]);

/** What was thrown in the other process, thrown in this one. */
function errorOf(code: string, message: string): WirewrightError {
  return LIVE_CODES.has(code) ? new LiveError(code as LiveErrorCode, message) : new WirewrightError(code, message);
}
