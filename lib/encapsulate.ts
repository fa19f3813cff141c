/** The main job: a CSV of messages goes in, a capture of the packets that would have carried them comes out. */
import { type Input, openInput } from "./csv/input.ts";
import { type CaptureSummary, encapsulateSource } from "./encapsulate-messages.ts";
import { formatOfName } from "./pcap/capture-file.ts";
import { OutputFile } from "./pcap/output-file.ts";
import { DiscardedSlabs } from "./pcap/slabs.ts";
import { openMessages } from "./traffic/message-source.ts";
import { type CsvOptions, ticksPerSecondOf } from "./traffic-options.ts";

/** What is read, what becomes of it, and where it is written. */
export interface EncapsulateOptions extends Omit<CsvOptions, "name"> {
  /** A path, or `-` for standard input. */
  readonly input: string;
  /** A path, or `-` for standard output. Absent: everything is read and nothing written. */
  readonly output?: string | undefined;
  /** Default: `pcapng` where the output's name ends in `.pcapng` or `.ntar`, else `pcap`. */
  readonly format?: CsvOptions["format"];
  /** Told now and then how many bytes of the input were read, and how many there are if that is known. */
  readonly onProgress?: ((bytesRead: number, bytesInAll: number | undefined) => void) | undefined;
}

/**
 * Reads messages, plays them as TCP conversations and datagrams, and writes the capture.
 *
 * @throws InputError for input that cannot be used, OutputError for an output that cannot be written, other
 *   WirewrightErrors for options that cannot be met; no output file is left in any of these cases
 *
 * @example
 * ```ts
 * import { encapsulate } from "wirewright/node";
 *
 * const { messages, packets } = await encapsulate({ input: "fixtures/chat.csv", output: "out/chat.pcapng" });
 * console.log(messages, packets); // 24 69
 * ```
 */
export async function encapsulate(options: EncapsulateOptions): Promise<CaptureSummary> {
  const input = await openInput(options.input);
  let output: OutputFile | undefined;
  try {
    if (options.output !== undefined) output = await OutputFile.open(options.output, input.identity);
    const summary = await encapsulateInto(output, input, options);
    await output?.commit();
    return summary;
  } finally {
    await output?.abort();
    await input.close();
  }
}

async function encapsulateInto(
  output: OutputFile | undefined,
  input: Input,
  options: EncapsulateOptions,
): Promise<CaptureSummary> {
  const ticksPerSecond = ticksPerSecondOf(options);
  const chunks = counted(input.chunks, (bytesRead) => options.onProgress?.(bytesRead, input.size));
  const source = await openMessages(chunks, { ...options, file: input.name, ticksPerSecond });
  const format = options.format ?? formatOfName(options.output ?? "");
  return encapsulateSource(source, { ...options, format }, output ?? new DiscardedSlabs());
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
