/** gzip (RFC 1952), unpacked by what every runtime has for it. */

/** What keeps a compressed file from being unpacked, as half a sentence. */
export class GzipError extends Error {
  override readonly name = "GzipError";
}

interface CodedError {
  readonly code?: unknown;
  readonly cause?: unknown;
}

/**
 * Unpacks a gzip file as it comes.
 *
 * @param chunks copied before they are unpacked, so that their memory may be used again
 * @throws GzipError for a file that is damaged or ends too early; what the chunks themselves throw passes through
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip");
  const feeder = new Feeder(chunks, (writable as WritableStream<Uint8Array>).getWriter());
  const reader = readable.getReader();
  feeder.start();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (feeder.failure !== undefined) throw feeder.failure.error;
    throw new GzipError(describeDamage(error, feeder.isAtEnd), { cause: error });
  } finally {
    await feeder.stop();
    await reader.cancel().catch(() => {});
  }
}

/** Writes what is to be unpacked, as fast as it is taken. */
class Feeder {
  /** Whether all of it has been written. */
  isAtEnd = false;
  /** What the chunks themselves have thrown. */
  failure: { readonly error: unknown } | undefined;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(chunks: AsyncIterable<Uint8Array>, writer: WritableStreamDefaultWriter<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#writer = writer;
    // Whoever reads is told of what goes wrong.
    writer.closed.catch(() => {});
  }

  start(): void {
    this.#running = this.#run().catch(() => {});
  }

  /** Ends the chunks, whether all of them were asked for or not. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writer.abort().catch(() => {});
    await this.#running;
    await this.#chunks.return?.();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const { value, done } = await this.#next();
      if (done) break;
      await this.#writer.write(value.slice());
    }
    this.isAtEnd = !this.#isStopped;
    await this.#writer.close();
  }

  async #next(): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await this.#chunks.next();
    } catch (error) {
      this.failure = { error };
      await this.#writer.abort(error);
      throw error;
    }
  }
}

/** What zlib calls an input that ends before it should, where the runtime tells. */
const ENDS_EARLY = "Z_BUF_ERROR";

/**
 * What an error of unpacking says of the file, as half a sentence.
 *
 * @param isAtEnd whether the whole file had been handed over: for runtimes that do not say what was wrong
 */
export function describeDamage(error: unknown, isAtEnd = false): string {
  const { code, cause } = error as CodedError;
  const known = code ?? (cause as CodedError | undefined)?.code;
  const isZlib = typeof known === "string" && known.startsWith("Z_");
  const endsEarly = isZlib ? known === ENDS_EARLY : isAtEnd;
  return endsEarly ? "the compressed file ends too early" : "the compressed file is damaged";
}
