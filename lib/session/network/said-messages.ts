/** Which messages the bytes of a stream belong to, as long as they may be sent. */

interface Said {
  /** Number of its first byte in the stream, from 1. */
  readonly start: number;
  readonly length: number;
  /** A name, or a function that knows it when it is needed. */
  readonly name: () => string;
}

/** Messages that nobody asks for are kept until there are so many of them, so that the rest is seldom moved. */
const SWEEP = 64;

export class SaidMessages {
  readonly #said: Said[] = [];
  /** The first of them that may be asked for. */
  #head = 0;
  #end = 1;

  push(length: number, name: () => string): void {
    this.#said.push({ start: this.#end, length, name });
    this.#end += length;
  }

  /** Forgets what nobody will ask for: all that ends at or before a number. */
  forgetBefore(sequence: number): void {
    const said = this.#said;
    while (this.#head < said.length && endOf(said[this.#head]!) <= sequence) this.#head++;
    if (this.#head < SWEEP || 2 * this.#head < said.length) return;
    said.splice(0, this.#head);
    this.#head = 0;
  }

  /** Some bytes of the stream, by the messages that they are of. @param sequence number of the first */
  describe(sequence: number, length: number): string {
    const end = sequence + length;
    const parts: Said[] = [];
    for (let index = this.#head; index < this.#said.length && this.#said[index]!.start < end; index++) {
      if (endOf(this.#said[index]!) > sequence) parts.push(this.#said[index]!);
    }
    if (parts.length > MOST_NAMED) {
      return `${describePart(parts[0]!, sequence, end)} and ${parts.length - 2} more up to ${describePart(parts.at(-1)!, sequence, end)}`;
    }
    return parts.length === 0 ? "data" : parts.map((one) => describePart(one, sequence, end)).join(", ");
  }
}

const MOST_NAMED = 3;

function endOf({ start, length }: Said): number {
  return start + length;
}

function describePart(said: Said, sequence: number, end: number): string {
  const from = Math.max(sequence, said.start) - said.start;
  const to = Math.min(end, endOf(said)) - said.start;
  const isWhole = from === 0 && to === said.length;
  return isWhole ? said.name() : `${said.name()}, bytes ${from + 1} to ${to} of ${said.length}`;
}
