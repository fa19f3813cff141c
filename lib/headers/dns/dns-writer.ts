/** Writes what a DNS message has behind its header, and compresses its names (RFC 1035, section 4.1.4). */
import { badField, outOfRange } from "../../core/errors.ts";
import { latin1 } from "../assigned-numbers.ts";
import { bytesOf } from "../written-fields.ts";
import { encodeName, POINTER } from "./dns-names.ts";

/** Pointers have 14 bits. */
const FARTHEST_POINTER = 0x3fff;

/** Where a writer has been, to go back there. */
export interface WriterMark {
  readonly at: number;
  readonly names: number;
}

export class DnsWriter {
  /** Which entry is written, for errors: "answers[0]". */
  entry = "";
  readonly #layer: string;
  readonly #start: number;
  readonly #compresses: boolean;
  #bytes = new Uint8Array(512);
  #length = 0;
  /** Where each end of a name stands in the message, by its bytes: the case of letters counts, so that it is kept. */
  readonly #places = new Map<string, number>();
  readonly #names: string[] = [];

  /** @param start bytes of the message before the first that is written */
  constructor(layer: string, start: number, compresses: boolean) {
    this.#layer = layer;
    this.#start = start;
    this.#compresses = compresses;
  }

  /** What was written so far. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  mark(): WriterMark {
    return { at: this.#length, names: this.#names.length };
  }

  goBack({ at, names }: WriterMark): void {
    this.#length = at;
    for (const name of this.#names.splice(names)) this.#places.delete(name);
  }

  /** @throws PacketError BAD_FIELD if it is no whole number that fits */
  number(length: 1 | 2 | 4, value: number, field: string): void {
    const largest = 2 ** (8 * length) - 1;
    if (!(value >= 0 && value <= largest && Math.floor(value) === value)) {
      throw outOfRange(this.#layer, this.#start + this.#length, this.#path(field), value, largest);
    }
    const at = this.#reserve(length);
    for (let index = 0; index < length; index++)
      this.#bytes[at + index] = (value >>> (8 * (length - 1 - index))) & 0xff;
  }

  /** Bytes as they are, or a text in UTF-8. */
  data(value: Uint8Array | string, field: string): void {
    const bytes = bytesOf(value, this.#layer, this.#path(field));
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** A length of one byte, or of two, and so much data. */
  counted(width: 1 | 2, value: Uint8Array | string, field: string): void {
    const bytes = bytesOf(value, this.#layer, this.#path(field));
    const most = 2 ** (8 * width) - 1;
    if (bytes.length > most) this.refuse(field, `has ${bytes.length} bytes, and can have up to ${most}`);
    this.number(width, bytes.length, field);
    this.data(bytes, field);
  }

  /**
   * A name as text, or the bytes of one, which are taken as they are.
   *
   * @param mayShrink whether its end may be a pointer to where that stands already. Others may not point to such a name in
   *   turn where it may not: who does not know the record's type does not look for names in it (RFC 3597, section 4)
   */
  name(name: string | Uint8Array, mayShrink: boolean, field: string): void {
    if (name instanceof Uint8Array) return this.data(name, field);
    if (typeof name !== "string") this.refuse(field, "is no name such as www.example.com");
    const wire = encodeName(name, (problem) =>
      this.refuse(field, `is ${JSON.stringify(name.slice(0, 80))}, which ${problem}`),
    );
    if (!this.#compresses || !mayShrink) return this.data(wire, field);
    for (let label = 0; wire[label] !== 0; label += 1 + wire[label]!) {
      const rest = latin1(wire, label);
      const place = this.#places.get(rest);
      if (place !== undefined) {
        this.data(wire.subarray(0, label), field);
        return this.number(2, (POINTER << 8) | place, field);
      }
      this.#remember(rest, this.#start + this.#length + label);
    }
    this.data(wire, field);
  }

  #remember(name: string, place: number): void {
    if (place > FARTHEST_POINTER) return;
    this.#places.set(name, place);
    this.#names.push(name);
  }

  /** A list whose values are all there. @throws PacketError BAD_FIELD for anything else */
  list<Value>(values: readonly Value[], field: string): readonly Value[] {
    if (!Array.isArray(values)) this.refuse(field, "is no list");
    const hole = values.findIndex((value) => value === undefined || value === null);
    if (hole >= 0) this.refuse(`${field}[${hole}]`, "is missing");
    return values;
  }

  /** A length of two bytes, and what `write` writes. @param length where another is to stand there than the right one */
  withLength(length: number | undefined, field: string, write: () => void): void {
    this.number(2, length ?? 0, field);
    const start = this.#length;
    write();
    if (length !== undefined) return;
    const end = this.#length;
    this.#length = start - 2;
    this.number(2, end - start, field);
    this.#length = end;
  }

  /** @throws PacketError BAD_FIELD always */
  refuse(field: string, problem: string): never {
    throw badField(this.#layer, this.#start + this.#length, `${this.#path(field)} ${problem}`);
  }

  #path(field: string): string {
    return this.entry === "" ? field : `${this.entry}.${field}`;
  }

  /** Makes room. @returns where it is */
  #reserve(length: number): number {
    const at = this.#length;
    const end = at + length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.written);
      this.#bytes = larger;
    }
    this.#length = end;
    return at;
  }
}
