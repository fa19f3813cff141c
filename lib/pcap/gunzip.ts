/** Unpacking gzip as it comes, so that what stands before a damaged place, or the end of a file cut off, is not lost. */
import { once } from "node:events";
import { createGunzip, type Gunzip } from "node:zlib";

/** So little at a time, since it may unpack to a thousand times as much. */
const PIECE_LENGTH = 1 << 15;
const OUTPUT_LENGTH = 1 << 16;

/**
 * Unpacks all members of a gzip file. What was given out stays as it is.
 *
 * @param onDamage called with half a sentence when there is no more to unpack although the file should have it
 */
export async function* unpack(
  chunks: AsyncIterable<Uint8Array>,
  onDamage: (problem: string) => void,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: OUTPUT_LENGTH });
  const output: Uint8Array[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  gunzip.on("data", (piece: Uint8Array) => output.push(piece));
  gunzip.on("error", (error) => {
    failure = error;
  });
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && failure === undefined; at += PIECE_LENGTH) {
        await write(gunzip, chunk.subarray(at, at + PIECE_LENGTH));
        yield* output.splice(0);
      }
      if (failure !== undefined) break;
    }
    if (failure === undefined) await finish(gunzip);
    yield* output.splice(0);
    if (failure !== undefined) onDamage(describeDamage(failure));
  } finally {
    gunzip.destroy();
  }
}

function write(gunzip: Gunzip, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      gunzip.off("close", done);
      resolve();
    };
    // Where unpacking fails, nothing but the end of the stream says so.
    gunzip.once("close", done);
    // Comes back when everything that the piece unpacks to was handed out.
    gunzip.write(piece, done);
  });
}

async function finish(gunzip: Gunzip): Promise<void> {
  const ended = once(gunzip, "close");
  gunzip.end();
  await ended.catch(() => {});
}

function describeDamage(error: NodeJS.ErrnoException): string {
  return error.code === "Z_BUF_ERROR" ? "the compressed file ends too early" : "the compressed file is damaged";
}
