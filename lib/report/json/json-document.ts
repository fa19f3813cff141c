/** One object of JSON, written member by member; arrays element by element, a line each. */
import { arrayPieces, toJson } from "./json-text.ts";

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
