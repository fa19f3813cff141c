/**
 * Reads the fields of one layer one after the other and writes down where each of them stood. It never reads behind its
 * end: the first field that is not whole ends the list, and `finish` says how much is missing.
 */
import { formatIpv4, formatIpv6, formatMac } from "./address.ts";
import { bytesText, inBytes, SET_OR_NOT } from "./assigned-numbers.ts";
import { type AddressKind, type Field, type FieldValue, MALFORMED, SHORT } from "./layer.ts";

/** How a field is shown. What is a function is asked for each value. */
export interface FieldFormat<Value> {
  /** For some bits of its bytes: mask over the bytes, read as one big-endian number. */
  readonly mask?: number;
  /** The value for people. As a decimal number, if left out. */
  readonly text?: string | ((value: Value) => string);
  /** What the value means, in a sentence; undefined for nothing to say. */
  readonly meaning?: string | ((value: Value) => string | undefined) | undefined;
  /** What the field is made of. */
  readonly children?: readonly Field[];
  /** That it is written like an address and is none, as a mask: whoever changes addresses leaves it alone. */
  readonly isNoAddress?: boolean;
}

/** Bytes, and a view of them with the same offsets. */
export interface Memory {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** A view of `bytes`, with the same offsets. */
  readonly view: DataView;
}

/** Reads the fields of one layer in order, each with the bytes that it stands in. */
export class FieldReader {
  /** What was read so far. */
  readonly fields: Field[] = [];
  /** What indices count in. */
  readonly memory: Memory;
  /** Index of the first byte of the layer. */
  readonly start: number;
  /** Index behind the last byte that may be read. */
  readonly end: number;
  /** Where the next field begins. */
  at: number;
  #missing = 0;

  /** @param end where the memory or the layer ends, whichever comes first */
  constructor(memory: Memory, start: number, end: number) {
    this.memory = memory;
    this.start = start;
    this.at = start;
    this.end = Math.max(start, Math.min(end, memory.bytes.length));
  }

  /** Whether a field was not whole: then nothing more is read. */
  get isShort(): boolean {
    return this.#missing > 0;
  }

  /** Bytes from here to the end; 0 once a field was not whole. */
  get remaining(): number {
    return this.isShort ? 0 : this.end - this.at;
  }

  /** A reader of the next bytes, for fields that are parts of another; this one does not move. */
  inside(length: number): FieldReader {
    const available = this.isShort ? 0 : Math.max(0, length);
    return new FieldReader(this.memory, this.at, Math.min(this.at + available, this.end));
  }

  /** The number at a distance from here; 0 where there are no bytes. */
  peek(distance: number, length: 1 | 2 | 4 = 1): number {
    const at = this.at + distance;
    if (at < 0 || at + length > this.end) return 0;
    if (length === 1) return this.memory.view.getUint8(at);
    return length === 2 ? this.memory.view.getUint16(at) : this.memory.view.getUint32(at);
  }

  /** Moves on without a field, if there are so many bytes. */
  skip(length: number): void {
    if (this.#has(length)) this.at += length;
  }

  /** An unsigned number of up to 4 bytes. @returns it, or 0 if it is not whole */
  number(name: string, label: string, length: 1 | 2 | 3 | 4, format: FieldFormat<number> = {}): number {
    if (!this.#has(length)) return 0;
    const value = this.#word(length);
    this.#push({ name, label, length, value, text: String(value) }, value, format);
    this.at += length;
    return value;
  }

  /** Some bits of the next bytes, as a number counted from the lowest of them. The reader does not move. */
  bits(name: string, label: string, length: 1 | 2 | 3 | 4, mask: number, format: FieldFormat<number> = {}): number {
    if (!this.#has(length)) return 0;
    const value = ((this.#word(length) & mask) >>> 0) / lowestBit(mask);
    this.#push({ name, label, length, mask, value, text: String(value) }, value, format);
    return value;
  }

  /** One bit of the next bytes. The reader does not move. */
  flag(name: string, label: string, length: 1 | 2 | 3 | 4, mask: number, format: FieldFormat<boolean> = {}): boolean {
    if (!this.#has(length)) return false;
    const value = (this.#word(length) & mask) !== 0;
    this.#push({ name, label, length, mask, value, text: SET_OR_NOT(value) }, value, format);
    return value;
  }

  /** Six bytes. @returns the address as text, or "" if it is not whole */
  mac(name: string, label: string, format: FieldFormat<string> = {}): string {
    if (!this.#has(6)) return "";
    const { view } = this.memory;
    const value = formatMac(view.getUint16(this.at) * 0x1_0000_0000 + view.getUint32(this.at + 2));
    return this.#address("mac", name, label, 6, value, format);
  }

  /** Four bytes. @returns the address as text, or "" if it is not whole */
  ipv4(name: string, label: string, format: FieldFormat<string> = {}): string {
    if (!this.#has(4)) return "";
    return this.#address("ipv4", name, label, 4, formatIpv4(this.memory.view.getUint32(this.at)), format);
  }

  /** Sixteen bytes. @returns the address as text, or "" if it is not whole */
  ipv6(name: string, label: string, format: FieldFormat<string> = {}): string {
    if (!this.#has(16)) return "";
    const { view } = this.memory;
    const value = formatIpv6((view.getBigUint64(this.at) << 64n) | view.getBigUint64(this.at + 8));
    return this.#address("ipv6", name, label, 16, value, format);
  }

  /** Bytes as they are. */
  raw(name: string, label: string, length: number, format: FieldFormat<Uint8Array> = {}): Uint8Array {
    if (!this.#has(length)) return new Uint8Array(0);
    const value = this.memory.bytes.subarray(this.at, this.at + length);
    this.#push({ name, label, length, value, text: bytesText(value) }, value, format);
    this.at += length;
    return value;
  }

  /** The next bytes as a text that someone else has made of them. */
  string(name: string, label: string, length: number, value: string, format: FieldFormat<string> = {}): void {
    if (this.#has(length)) this.#text(name, label, length, value, format);
  }

  /** A line over fields that belong together, for which Wireshark has no name. */
  heading(label: string, length: number, text: string, children: readonly Field[]): void {
    this.group("", label, length, text, children);
  }

  /** A field that is there for its parts. */
  group(name: string, label: string, length: number, text: string, children: readonly Field[]): void {
    if (!this.#has(length)) return;
    this.#push({ name, label, length, value: undefined, text }, "", { children });
    this.at += length;
  }

  /** What stands nowhere in the packet. */
  generated(name: string, label: string, value: FieldValue, format: FieldFormat<FieldValue> = {}): void {
    if (!this.isShort) this.#push({ name, label, length: 0, value, text: String(value) }, value, format);
  }

  /** What was computed from the last `length` bytes, which begin `back` bytes before here. The reader does not move. */
  derived(
    name: string,
    label: string,
    back: number,
    length: number,
    value: FieldValue,
    format: FieldFormat<FieldValue> = {},
  ): void {
    if (!this.isShort) this.#push({ name, label, length, value, text: String(value) }, value, format, this.at - back);
  }

  /** Says that what comes next makes no sense, and passes over the rest. */
  malformed(problem: string): void {
    if (this.isShort) return;
    this.#push(
      { name: MALFORMED, label: "Malformed", length: this.remaining, value: undefined, text: problem },
      "",
      {},
    );
    this.at = this.end;
  }

  /**
   * Ends the layer, with a field that says how much of it is missing, where it is cut off.
   *
   * @param needed bytes that the layer should have had, if more than its fields
   * @returns all fields that were shown
   */
  finish(needed = 0): readonly Field[] {
    const missing = Math.max(this.#missing, needed - (this.end - this.start));
    if (missing > 0) {
      const text = `${inBytes(missing)} missing`;
      const start = this.isShort ? this.at : this.end;
      this.fields.push({ name: SHORT, label: "Short", start, length: this.end - start, value: missing, text });
    }
    return this.fields;
  }

  #has(length: number): boolean {
    if (this.isShort) return false;
    this.#missing = Math.max(0, length - (this.end - this.at));
    return !this.isShort;
  }

  #word(length: number): number {
    const { view } = this.memory;
    if (length === 1) return view.getUint8(this.at);
    if (length === 2) return view.getUint16(this.at);
    if (length === 4) return view.getUint32(this.at);
    return view.getUint16(this.at) * 256 + view.getUint8(this.at + 2);
  }

  #address(
    kind: AddressKind,
    name: string,
    label: string,
    length: number,
    value: string,
    format: FieldFormat<string>,
  ): string {
    const field = { name, label, length, value, text: value };
    this.#push(format.isNoAddress ? field : { ...field, address: kind }, value, format);
    this.at += length;
    return value;
  }

  #text(name: string, label: string, length: number, value: string, format: FieldFormat<string>): string {
    this.#push({ name, label, length, value, text: value }, value, format);
    this.at += length;
    return value;
  }

  #push<Value>(field: Omit<Field, "start">, value: Value, format: FieldFormat<Value>, start = this.at): void {
    const text = typeof format.text === "function" ? format.text(value) : (format.text ?? field.text);
    const meaning = typeof format.meaning === "function" ? format.meaning(value) : format.meaning;
    this.fields.push({
      ...field,
      start,
      text,
      ...(format.mask !== undefined && { mask: format.mask }),
      ...(meaning !== undefined && { meaning }),
      ...(format.children !== undefined && format.children.length > 0 && { children: format.children }),
    });
  }
}

function lowestBit(mask: number): number {
  return (mask & -mask) >>> 0;
}
