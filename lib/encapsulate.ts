/** The main job: a CSV of messages goes in, a capture of the packets that would have carried them comes out. */
import { requirePath } from "./core/given.ts";
import { ANYTHING, checkOptions, FUNCTION, type OptionRules, TEXT } from "./core/option-rules.ts";
import { type Input, openInput } from "./csv/input.ts";
import { type CaptureStore, type CaptureSummary, encapsulateSource } from "./encapsulate-messages.ts";
import { formatOfName } from "./pcap/capture-file.ts";
import { OutputFile } from "./pcap/output-file.ts";
import { DiscardedSlabs } from "./pcap/slabs.ts";
import type { Transmission } from "./session/network/transmission.ts";
import { openMessages } from "./traffic/message-source.ts";
import { type CsvOptions, ticksPerSecondOf } from "./traffic-options.ts";
import { CSV_RULES, checkTraffic } from "./traffic-rules.ts";

/** What is read, what becomes of it, and where it is written. */
export interface EncapsulateOptions extends Omit<CsvOptions, "name"> {
  /** A path, or `-` for standard input. */
  readonly input: string;
  /** A path, or `-` for standard output. Absent: everything is read and nothing written. */
  readonly output?: string | undefined;
  /** Default: `pcapng` where the output's name ends in `.pcapng` or `.ntar`, else `pcap`. */
  readonly format?: CsvOptions["format"];
  /**
   * Where the truth about each packet is written, a line of JSON for each: a path, or `-` for standard output. Only with a `network`.
   * Default: nowhere.
   */
  readonly truth?: string | undefined;
  /** Told now and then how many bytes of the input were read, and how many there are if that is known. */
  readonly onProgress?: ((bytesRead: number, bytesInAll: number | undefined) => void) | undefined;
}

const { name: _, ...TABLE_RULES } = CSV_RULES;
const RULES: OptionRules<EncapsulateOptions> = {
  input: ANYTHING,
  output: TEXT,
  ...TABLE_RULES,
  truth: TEXT,
  onProgress: FUNCTION,
};

/**
 * Reads messages, plays them as TCP conversations and datagrams, and writes the capture.
 *
 * @param input a path, or `-` for standard input; or the options, with all paths among them
 * @param output a path, or `-` for standard output
 * @throws InputError for input that cannot be used, OutputError for an output that cannot be written, other
 *   WirewrightErrors for options that cannot be met; no output file is left in any of these cases
 *
 * @example
 * ```ts
 * import { encapsulate } from "wirewright/node";
 *
 * const { messages, packets } = await encapsulate("fixtures/chat.csv", "out/chat.pcapng", { seed: 7 });
 * console.log(messages, packets); // 24 69
 * ```
 */
export async function encapsulate(
  input: string | EncapsulateOptions,
  output?: string,
  options: Omit<EncapsulateOptions, "input" | "output"> = {},
): Promise<CaptureSummary> {
  if (typeof input !== "string") return encapsulateFile(input);
  requirePath("encapsulate", output, "the paths of a CSV and of a capture", PATHS_ADVICE);
  checkOptions("encapsulate", options, RULES);
  return encapsulateFile({ ...options, input, output });
}

const PATHS_ADVICE = 'write encapsulate("fixtures/chat.csv", "out/chat.pcapng")';

async function encapsulateFile(options: EncapsulateOptions): Promise<CaptureSummary> {
  checkTraffic("encapsulate", options, RULES);
  requirePath("encapsulate", options.input, "the path of a CSV", PATHS_ADVICE);
  const input = await openInput(options.input);
  let output: OutputFile | undefined;
  let truth: OutputFile | undefined;
  try {
    if (options.output !== undefined) output = await OutputFile.open(options.output, input.identity);
    if (options.truth !== undefined) truth = await OutputFile.open(options.truth, input.identity);
    const summary = await encapsulateBoth(output, truth, input, options);
    await truth?.commit();
    await output?.commit();
    return summary;
  } finally {
    await truth?.abort();
    await output?.abort();
    await input.close();
  }
}

async function encapsulateBoth(
  output: OutputFile | undefined,
  truth: OutputFile | undefined,
  input: Input,
  options: EncapsulateOptions,
): Promise<CaptureSummary> {
  if (truth === undefined) return encapsulateInto(output ?? new DiscardedSlabs(), input, options);
  // Loaded when it is needed: each file takes its time to start.
  const { TruthWriter } = await import("./session/network/truth-lines.ts");
  const writer = new TruthWriter(truth, ticksPerSecondOf(options));
  const onTransmission = (transmission: Transmission) => {
    writer.write(transmission);
    options.onTransmission?.(transmission);
  };
  const summary = await encapsulateInto(withRoom(output ?? new DiscardedSlabs(), truth), input, {
    ...options,
    onTransmission,
  });
  writer.finish();
  return summary;
}

/** A store that is full when either is. */
function withRoom(store: CaptureStore, other: OutputFile): CaptureStore {
  return {
    get isFull() {
      return store.isFull || other.isFull;
    },
    take: (length) => store.take(length),
    give: (slab, length) => store.give(slab, length),
    async room() {
      await store.room?.();
      await other.room();
    },
  };
}

async function encapsulateInto(
  store: CaptureStore,
  input: Input,
  options: EncapsulateOptions,
): Promise<CaptureSummary> {
  const ticksPerSecond = ticksPerSecondOf(options);
  const chunks = counted(input.chunks, (bytesRead) => options.onProgress?.(bytesRead, input.size));
  const source = await openMessages(chunks, { ...options, file: input.name, ticksPerSecond });
  const format = options.format ?? formatOfName(options.output ?? "");
  return encapsulateSource(source, { ...options, format }, store);
}

/** Reports every so many bytes, so that the watcher costs nothing. */
const PROGRESS_STEP = 1 << 20;

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  report: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let reported = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes - reported < PROGRESS_STEP) continue;
    reported = bytes;
    report(bytes);
  }
}
