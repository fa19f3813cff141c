/** gzip (RFC 1952), unpacked by what the runtime has for it, or where that knows no files of several members, by pako. */
import { describeDamage, GzipError } from "./gzip-error.ts";

/**
 * Unpacks all members of a gzip file as it comes.
 *
 * @param chunks copied before they are unpacked, so that their memory may be used again
 * @throws GzipError for a file that is damaged or ends too early; what the chunks themselves throw passes through
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  knowsMembers ??= unpacksMembers();
  if (await knowsMembers) return yield* gunzipByRuntime(chunks);
  // Loaded where it is needed: in browsers, for packed files.
  const { gunzipByPako } = await import("./pako-members.ts");
  yield* gunzipByPako(chunks);
}

/** "a", packed. */
const MEMBER = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75, 4, 0, 67, 190, 183, 232, 1, 0, 0, 0];

/** Asked once: some runtimes stop at the end of the first member, others call what follows damage. */
let knowsMembers: Promise<boolean> | undefined;

async function unpacksMembers(): Promise<boolean> {
  async function* two() {
    yield Uint8Array.from([...MEMBER, ...MEMBER]);
  }
  let length = 0;
  try {
    for await (const piece of gunzipByRuntime(two())) length += piece.length;
  } catch {
    return false;
  }
  return length === 2;
}

/** The same by `DecompressionStream`. */
export async function* gunzipByRuntime(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
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
