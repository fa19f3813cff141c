/**
 * JSON written piece by piece, so that it never stands in memory as a whole: one object member by member, its arrays element
 * by element, a line each.
 */

/** Characters that a terminal obeys or that turn the direction of writing, besides those that JSON escapes by itself. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Safe to print: unsafe characters can only stand in strings, where an escape means the same. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export class JsonDocument {
  readonly #write: (text: string) => void;
  #members = 0;
  #elements = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** A member with a value of moderate size. */
  member(name: string, value: unknown): void {
    this.#name(name);
    this.#write(toJson(value));
  }

  /** A member with an array of any size, as pieces, so that the caller can let them drain. */
  *array(name: string, values: Iterable<unknown>): Generator<void> {
    this.#name(name);
    for (const piece of arrayPieces(values)) {
      this.#write(piece);
      yield;
    }
  }

  /** The next element of the array `name`, which is opened by its first one. Nothing else is written before `close`. */
  element(name: string, value: unknown): void {
    if (this.#elements === 0) this.#name(name);
    this.#write(`${this.#elements === 0 ? "[\n" : ",\n"}${toJson(value)}`);
    this.#elements++;
  }

  /** The end of the array that `element` has filled, be it with nothing. */
  close(name: string): void {
    if (this.#elements === 0) this.#name(name);
    this.#write(this.#elements === 0 ? "[]" : "\n]");
    this.#elements = 0;
  }

  end(): void {
    this.#write("\n}\n");
  }

  #name(name: string): void {
    this.#write(`${this.#members === 0 ? "{\n" : ",\n"}${toJson(name)}: `);
    this.#members++;
  }
}

/** An array as pieces of text, one element a line. */
function* arrayPieces(values: Iterable<unknown>): Generator<string> {
  let separator = "\n";
  yield "[";
  for (const value of values) {
    yield `${separator}${toJson(value)}`;
    separator = ",\n";
  }
  yield separator === "\n" ? "]" : "\n]";
}
