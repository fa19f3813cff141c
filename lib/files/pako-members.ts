/** gzip files of any number of members, unpacked without the runtime. */
import { Inflate } from "pako";
import { DAMAGED, ENDS_EARLY, GzipError } from "./gzip-error.ts";

/** Of pako's flush modes, the one that hands out all that a piece unpacks to: of a damaged file, little is lost. */
const SYNC_FLUSH = 2;

/** As `gunzip`. */
export async function* gunzipByPako(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const members = new Members();
  for await (const chunk of chunks) {
    const isSound = members.push(chunk);
    yield* members.output.splice(0);
    if (!isSound) throw new GzipError(DAMAGED);
  }
  if (!members.isWhole) throw new GzipError(ENDS_EARLY);
}

/** One member after the other. pako itself goes on to the next only where both are in one piece. */
class Members {
  readonly output: Uint8Array[] = [];
  #inflate: Inflate | undefined;
  #hasMember = false;
  /** What follows the last member is zeros, with which tapes and blocks are filled up. */
  #isPadding = false;

  get isWhole(): boolean {
    return this.#hasMember && this.#inflate === undefined;
  }

  /** @returns false where the file is damaged */
  push(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return true;
    this.#isPadding ||= this.isWhole && chunk[0] === 0;
    if (this.#isPadding) return true;
    this.#inflate ??= this.#begin();
    // What it hands out later may still refer to these bytes, whose memory is used again.
    const isSound = this.#inflate.push(chunk.slice(), SYNC_FLUSH);
    if (!isSound) return false;
    if (!this.#inflate.ended) return true;
    this.#inflate = undefined;
    this.#hasMember = true;
    return true;
  }

  #begin(): Inflate {
    // 16 more than the largest window: gzip and nothing else.
    const inflate = new Inflate({ windowBits: 31 });
    inflate.onData = (piece) => void this.output.push(piece);
    inflate.onEnd = () => {};
    return inflate;
  }
}
