/** A main job: a CSV of messages goes in, and real sockets say them to each other, on one machine or on two. */
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { WirewrightError } from "./core/errors.ts";
import { SeededRandom } from "./core/random.ts";
import { makeVisible } from "./core/text.ts";
import type { DialectOptions, ReadOptions } from "./csv/csv-reader.ts";
import { type Input, openInput } from "./csv/input.ts";
import { listAdapters, loopbackOf } from "./live/adapters.ts";
import { type CaptureCounts, type LiveCapture, startCapture } from "./live/capture/live-capture.ts";
import { type ExchangeResult, exchange } from "./live/exchange/exchange.ts";
import { ExchangeError } from "./live/exchange/exchange-errors.ts";
import type { PlannedStep, PlayedSides } from "./live/exchange/plan.ts";
import { SendPlanner } from "./live/exchange/send-planner.ts";
import { Recorder } from "./live/record/recorder.ts";
import { type FileIdentity, OutputError } from "./pcap/output-file.ts";
import { AddressAllocator, type MappedEndPoint } from "./traffic/address-allocator.ts";
import { LoadedProtocols } from "./traffic/completers/loaded-protocols.ts";
import type { PayloadMode } from "./traffic/completers/protocols.ts";
import { ConversationTable } from "./traffic/conversation-table.ts";
import { aboutRow, lookAhead, type MessageSource, openMessages } from "./traffic/message-source.ts";
import { isLone } from "./traffic/packet-list/listed-packet.ts";

/** Of times inside: microseconds. */
export const SEND_TICKS_PER_SECOND = 1_000_000;
const TICKS_PER_MILLISECOND = 1000;

/** What is played, by whom, and how fast. A gap is in microseconds. */
export interface SendOptions extends DialectOptions {
  /** A path, or `-` for standard input. */
  readonly input: string;
  /** Which sides of the conversations are played here; another process plays the others. */
  readonly sides: PlayedSides;
  /** Where the servers listen, or are. */
  readonly host: string;
  /** TCP and UDP. 0 for any that is free, where the servers are here. */
  readonly port: number;
  /** How many times faster than the CSV; infinite: without waiting. */
  readonly speed: number;
  /** Decides the identifiers that are made up. Default 1. */
  readonly seed?: number | undefined;
  /** Addresses and ports by the names of applications. Default: they are chosen. */
  readonly map?: ReadonlyMap<string, MappedEndPoint> | undefined;
  /** `exact`: a message is its UTF-8 bytes; `wire`: known protocols are completed. Default `wire`. */
  readonly payload?: PayloadMode | undefined;
  /** Where the traffic is captured to, on the loopback adapter. */
  readonly capture?: string | undefined;
  /** Where to write as a capture what the sockets do. */
  readonly record?: string | undefined;
  /** Ends it before its time. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the servers listen and a capture is running. */
  readonly onReady?:
    | ((ends: {
        /** The address that the servers listen on. */
        readonly address: string;
        /** The port that the servers listen on. */
        readonly port: number;
      }) => void)
    | undefined;
  /** Told once of a message that the other half ought to have sent some seconds ago. */
  readonly onWaiting?: ((step: PlannedStep) => void) | undefined;
}

/** What was sent and arrived, and how far from its time. */
export interface SendSummary extends ExchangeResult {
  /** Conversations that the messages belong to. */
  readonly conversations: number;
  /** Messages without bytes, which send nothing. */
  readonly emptyMessages: number;
  /** Rows about a connection that left nothing to be done. */
  readonly controlRows: number;
  /** Messages to which something was added, or that were translated. */
  readonly completedMessages: number;
  /** What had to be put right in the input, a line each. */
  readonly warnings: readonly string[];
  /** What the capture came to; undefined where nothing was captured. */
  readonly captured: CaptureCounts | undefined;
  /** Why the capture or the recording is not whole. */
  readonly faults: readonly WirewrightError[];
}

/**
 * Plays the messages of a CSV on real sockets. What arrives is held against what was to arrive, byte by byte.
 *
 * @throws InputError for input that cannot be used; ExchangeError when something else arrives than was sent, or nobody
 *   listens; OutputError and LiveError for a recording or a capture that cannot begin. Both are whole up to then.
 *
 * @example
 * ```ts
 * import { send } from "wirewright/node";
 *
 * const ends = { sides: "both", host: "127.0.0.1", port: 0 } as const;
 * const { sent, arrived } = await send({ input: "fixtures/chat.csv", ...ends, speed: Number.POSITIVE_INFINITY });
 * console.log(sent.messages, arrived.messages); // 24 24
 * ```
 */
export async function send(options: SendOptions): Promise<SendSummary> {
  const input = await openInput(options.input);
  const notes = new Notes(options, input.identity);
  try {
    await notes.check();
    const source = await unlessStopped(openMessages(input.chunks, readingOf(options, input)), options.signal);
    if (source === undefined) return NOTHING_SENT;
    const protocols = new LoadedProtocols();
    const table = new ConversationTable({
      addresses: new AddressAllocator({ random: new SeededRandom(options.seed ?? 1), map: options.map }),
      payload: options.payload ?? "wire",
      seed: options.seed ?? 1,
      protocols,
    });
    const clock = new PlanClock(options.speed);
    const planner = new SendPlanner({ table, clock: (ticks) => clock.at(ticks) });
    await notes.openRecorder();
    const result = await exchange(addresses(source, protocols, table, planner), {
      ...options,
      recorder: notes.recorder,
      onReady: async (ends) => {
        await notes.begin(ends.port);
        options.onReady?.(ends);
      },
    }).catch((error: unknown) => Promise.reject(placed(error, input.name)));
    return {
      ...result,
      conversations: planner.conversations,
      emptyMessages: planner.emptyMessages,
      controlRows: planner.controlRows,
      completedMessages: table.payloads.completedMessages,
      warnings: source.warnings.map(({ text }) => text),
      ...(await notes.finish()),
    };
  } finally {
    await notes.finish();
    await input.close();
  }
}

/** When it was ended before there was a message: a pipe may bring its first one never. */
const NOTHING_SENT: SendSummary = {
  port: 0,
  connections: 0,
  sent: { messages: 0, bytes: 0 },
  arrived: { messages: 0, bytes: 0 },
  worstDelay: 0,
  latestStep: undefined,
  duration: 0,
  isInterrupted: true,
  conversations: 0,
  emptyMessages: 0,
  controlRows: 0,
  completedMessages: 0,
  warnings: [],
  captured: undefined,
  faults: [],
};

/** What is being waited for, or undefined when the signal comes first. */
async function unlessStopped<T>(waiting: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return waiting;
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  return Promise.race([waiting, stopped]);
}

/**
 * How long the messages of a file take at the CSV's own times, in milliseconds. Reads it to its end, so whatever is wrong
 * in it is known before the first message is sent. Undefined for what can be read only once, and when it is told to end.
 *
 * @throws InputError
 */
export async function durationOf(
  options: Pick<SendOptions, "input" | "signal"> & DialectOptions,
): Promise<number | undefined> {
  // Not even opened: what a pipe has given it does not give again.
  const stats = await stat(options.input).catch(() => undefined);
  if (options.input === "-" || (stats !== undefined && !stats.isFile())) return undefined;
  const input = await openInput(options.input);
  try {
    const source = await openMessages(input.chunks, readingOf(options, input));
    let first: number | undefined;
    let last = 0;
    for await (const messages of source.batches()) {
      if (options.signal?.aborted) return undefined;
      first ??= messages[0]?.time;
      last = messages.at(-1)?.time ?? last;
    }
    return (last - (first ?? last)) / TICKS_PER_MILLISECOND;
  } finally {
    await input.close();
  }
}

function readingOf(options: DialectOptions, input: Input): ReadOptions {
  return { ...options, file: input.name, ticksPerSecond: SEND_TICKS_PER_SECOND };
}

async function* addresses(
  source: MessageSource,
  protocols: LoadedProtocols,
  table: ConversationTable,
  planner: SendPlanner,
): AsyncGenerator<readonly PlannedStep[]> {
  for await (const batch of lookAhead(
    source,
    (messages) => protocols.load(messages),
    (message) => {
      if (!isLone(message.listed)) table.watch(message);
    },
    (message) => (isLone(message.listed) ? undefined : table.add(message)),
  )) {
    for (const pending of batch) {
      // Sockets carry no packets of ARP or ICMP.
      if (pending === undefined) continue;
      try {
        planner.add(pending);
      } catch (error) {
        throw aboutRow(error, source.name, pending.message.line);
      }
      yield planner.take();
    }
  }
}

/** Times of the plan, in milliseconds from the first message on. */
class PlanClock {
  readonly #speed: number;
  #first: number | undefined;

  constructor(speed: number) {
    this.#speed = speed;
  }

  at(ticks: number): number {
    this.#first ??= ticks;
    return (ticks - this.#first) / TICKS_PER_MILLISECOND / this.#speed;
  }
}

/** The file is named where a line is. */
function placed(error: unknown, file: string): unknown {
  if (!(error instanceof ExchangeError) || error.step === undefined) return error;
  const message = `${makeVisible(file)}, ${error.message}`;
  return new WirewrightError(error.code, message, { cause: error });
}

/** The file that a path leads to, which need not exist yet, whatever links are on the way. */
async function realPathOf(file: string): Promise<string> {
  const whole = path.resolve(file);
  const folder = await realpath(path.dirname(whole)).catch(() => path.dirname(whole));
  return realpath(whole).catch(() => path.join(folder, path.basename(whole)));
}

/** What is written beside: the capture and the recording. */
class Notes {
  readonly #options: SendOptions;
  readonly #input: FileIdentity | undefined;
  recorder: Recorder | undefined;
  #hasBegun = false;
  #capture: LiveCapture | undefined;
  #result: Pick<SendSummary, "captured" | "faults"> | undefined;

  constructor(options: SendOptions, input: FileIdentity | undefined) {
    this.#options = options;
    this.#input = input;
  }

  /** A capture does not know that a file is being read. @throws OutputError SAME_FILE */
  async check(): Promise<void> {
    const { capture, record } = this.#options;
    if (capture === undefined) return;
    if (record !== undefined && (await realPathOf(capture)) === (await realPathOf(record))) {
      throw new OutputError("SAME_FILE", capture, "--capture and --record name the same file; give them two.");
    }
    const target = await stat(capture, { bigint: true }).catch(() => undefined);
    if (target?.ino !== this.#input?.ino || target?.dev !== this.#input?.dev || target === undefined) return;
    const message = `${makeVisible(capture)} is the input; capture to another file.`;
    throw new OutputError("SAME_FILE", capture, message);
  }

  async openRecorder(): Promise<void> {
    const { record, sides } = this.#options;
    if (record === undefined) return;
    const tapAt = sides === "both" ? "client" : sides;
    this.recorder = await Recorder.open(record, { tapAt, input: this.#input });
  }

  async begin(port: number): Promise<void> {
    const { capture } = this.#options;
    if (capture !== undefined) {
      const { name } = loopbackOf(await listAdapters());
      this.#capture = await startCapture({ adapter: name, filter: `port ${port}`, output: capture });
      // Told in the end.
      this.#capture.done.catch(() => {});
    }
    this.recorder?.flush();
    this.#hasBegun = true;
  }

  /** The second time nothing happens. */
  async finish(): Promise<Pick<SendSummary, "captured" | "faults">> {
    if (this.#result !== undefined) return this.#result;
    const recording = this.#hasBegun ? this.recorder?.close() : this.recorder?.abandon();
    // Neither stays open because the other could not be closed.
    const [recorded, captured] = await Promise.allSettled([recording, this.#capture?.stop()]);
    const faults: WirewrightError[] = [];
    this.#result = { captured: captured.status === "fulfilled" ? captured.value : undefined, faults };
    for (const outcome of [recorded, captured]) {
      if (outcome.status === "fulfilled") continue;
      if (!(outcome.reason instanceof WirewrightError)) throw outcome.reason;
      faults.push(outcome.reason);
    }
    return this.#result;
  }
}
