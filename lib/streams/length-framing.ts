/** Messages that say in a header how long they are. */
import type { FramingKind, MessageFraming } from "./message-framing.ts";

export abstract class LengthFraming implements MessageFraming {
  readonly #kind: FramingKind;
  readonly #header: Uint8Array;
  #headerBytes = 0;
  /** Bytes that are still to come behind the header; -1 while that is read. */
  #rest = -1;
  /** What comes is something else, or nobody knows where a header begins: it ends with PSH. */
  #isOpaque = false;

  /** @param longestHeader in bytes */
  constructor(kind: FramingKind, longestHeader: number) {
    this.#kind = kind;
    this.#header = new Uint8Array(longestHeader);
  }

  /**
   * Called for each byte of the header.
   *
   * @param length bytes of `header` that are there
   * @returns bytes of the message behind its header; undefined while the header is not whole, -1 if it is none
   */
  protected abstract lengthBehind(header: Uint8Array, length: number): number | undefined;

  get kind(): FramingKind {
    return this.#isOpaque ? "push" : this.#kind;
  }

  endOf(bytes: Uint8Array, from: number, endsWithPush: boolean): number {
    let at = from;
    while (this.#rest < 0 && !this.#isOpaque && at < bytes.length) {
      this.#header[this.#headerBytes++] = bytes[at++]!;
      const length = this.lengthBehind(this.#header, this.#headerBytes);
      if (length === undefined) continue;
      this.#isOpaque = length < 0;
      this.#rest = length;
    }
    if (this.#isOpaque) return endsWithPush ? bytes.length : -1;
    if (this.#rest < 0) return -1;
    const taken = Math.min(this.#rest, bytes.length - at);
    this.#rest -= taken;
    return this.#rest > 0 ? -1 : this.#finish(at + taken);
  }

  skip(length: number): number {
    if (this.#rest < 0) this.#isOpaque = true;
    else if (length >= this.#rest) return this.#finish(this.#rest);
    else this.#rest -= length;
    return -1;
  }

  isWholeAtFin(): boolean {
    return this.#isOpaque;
  }

  #finish(at: number): number {
    this.#rest = -1;
    this.#headerBytes = 0;
    return at;
  }
}
