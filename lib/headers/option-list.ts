/**
 * Lists of options as TCP and IPv4 have them (RFC 9293, section 3.1; RFC 791, section 3.1): two kinds are a single byte, all
 * others are the kind, a length that counts kind and length too, and data.
 */
import { viewOf } from "../core/bytes.ts";
import { badField, checkedField, PacketError, requireBytes, requireRoom } from "../core/errors.ts";
import { END_OF_OPTIONS, LEAST_OPTION_LENGTH, NO_OPERATION } from "./layer.ts";

/** Byte offsets from the start of an option. */
const LENGTH_AT = 1;
const DATA_AT = LEAST_OPTION_LENGTH;
const LARGEST_LENGTH = 0xff;
/** What a length of header in four bits leaves for options, in IPv4 and TCP alike. */
const LONGEST_LIST = 40;

const SINGLE_BYTE_KINDS =
  'the kinds 0 and 1 are single bytes and have no data; write them as { kind: "eol" } and { kind: "nop" }';

/** What every such list can have. */
export type ListOption =
  /** End of the list. `padding` is whatever stands behind it, not always zeros; left out: zeros up to a multiple of 4. */
  | { readonly kind: "eol"; readonly padding?: Uint8Array }
  /** Nothing; moves the next option to where it should begin. */
  | { readonly kind: "nop" }
  /**
   * A kind without a name here, or one that has a name with a length that it should not have. `number` is 2 to 255: the
   * kinds 0 and 1 are single bytes, which have neither length nor data.
   */
  | { readonly kind: "unknown"; readonly number: number; readonly data: Uint8Array };

/** How the data of one kind of option is written and read. */
export interface OptionKind<Option> {
  /** The number of the kind, or one for each of those that it stands for. */
  readonly numbers: readonly [number, ...number[]];
  /** Which of several it is. */
  readonly numberOf?: (option: Option) => number;
  readonly dataLength: (option: Option) => number;
  /** Writes the data at `at`, where `dataLength` bytes have room. */
  readonly write: (option: Option, data: OptionData, at: number) => void;
  /** Reads the data between `start` and `end`; undefined for a length that this kind cannot have. */
  readonly read: (data: OptionData, start: number, end: number, number: number) => Option | undefined;
}

/** Memory that options are written to or read from, and what a value that does not fit is refused with. */
export class OptionData {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #layer: string;

  constructor(bytes: Uint8Array, layer: string) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.#layer = layer;
  }

  /** @throws PacketError BAD_FIELD if it does not fit */
  setNumber(at: number, length: 1 | 2 | 3 | 4, value: number, name: string): void {
    let rest = checkedField(this.#layer, value, 2 ** (8 * length) - 1, name, at);
    for (let index = length - 1; index >= 0; index--) {
      this.view.setUint8(at + index, rest & 0xff);
      rest = Math.floor(rest / 256);
    }
  }

  number(at: number, length: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 256 + this.view.getUint8(at + index);
    return value;
  }

  /** @throws PacketError BAD_FIELD for what cannot be */
  refuse(at: number, problem: string): never {
    throw badField(this.#layer, at, problem);
  }
}

type KindsOf<Option extends { readonly kind: string }> = {
  readonly [Kind in Exclude<Option["kind"], ListOption["kind"]>]: OptionKind<Extract<Option, { readonly kind: Kind }>>;
};

/** The codec of one protocol's options. */
export class OptionList<Option extends { readonly kind: string }> {
  readonly #layer: string;
  readonly #kinds: ReadonlyMap<string, OptionKind<Option>>;
  readonly #byNumber: ReadonlyMap<number, OptionKind<Option>>;
  readonly #limitedBy: string;

  /** @param limitedBy what sets the end of the list, for errors */
  constructor(layer: string, kinds: KindsOf<Option>, limitedBy: string) {
    this.#layer = layer;
    this.#kinds = new Map(Object.entries(kinds as unknown as Record<string, OptionKind<Option>>));
    this.#byNumber = new Map([...this.#kinds.values()].flatMap((kind) => kind.numbers.map((number) => [number, kind])));
    this.#limitedBy = limitedBy;
  }

  /**
   * Bytes that the options take, with zeros behind them up to a multiple of 4.
   *
   * @throws PacketError BAD_FIELD if these are more than 40
   */
  byteLength(options: readonly (Option | ListOption)[]): number {
    let length = 0;
    for (const option of options) length += this.#lengthOf(option);
    if (length > LONGEST_LIST) {
      throw badField(this.#layer, 0, `the options take ${length} bytes, and can take ${LONGEST_LIST}`);
    }
    return (length + 3) & ~3;
  }

  #lengthOf(option: Option | ListOption): number {
    if (isEnd(option)) return 1 + (option.padding?.length ?? 0);
    if (option.kind === "nop") return 1;
    return DATA_AT + (isUnknown(option) ? option.data.length : this.#kindOf(option).dataLength(option as Option));
  }

  /** @throws PacketError BAD_FIELD for a kind that there is not */
  #kindOf(option: { readonly kind: string }): OptionKind<Option> {
    const kind = this.#kinds.get(option.kind);
    if (kind !== undefined) return kind;
    const known = ["eol", "nop", "unknown", ...this.#kinds.keys()].join(", ");
    throw badField(this.#layer, 0, `there is no option ${String(option.kind)}; there are ${known}`);
  }

  /**
   * Writes the options at `offset`, and zeros behind them up to a multiple of 4.
   *
   * @param end as for all headers; nothing in options depends on it
   * @returns bytes written
   * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field or there are more
   *   than 40 bytes
   */
  encodeInto(options: readonly (Option | ListOption)[], bytes: Uint8Array, offset: number, end?: number): number {
    const length = this.byteLength(options);
    requireRoom(this.#layer, bytes, offset, length, end ?? offset + length);
    const data = new OptionData(bytes, this.#layer);
    let at = offset;
    for (const option of options) {
      this.#write(option, data, at);
      at += this.#lengthOf(option);
    }
    bytes.fill(0, at, offset + length);
    return length;
  }

  #write(option: Option | ListOption, data: OptionData, at: number): void {
    const { bytes } = data;
    if (isEnd(option)) {
      bytes[at] = END_OF_OPTIONS;
      if (option.padding !== undefined) bytes.set(option.padding, at + 1);
    } else if (option.kind === "nop") bytes[at] = NO_OPERATION;
    else if (isUnknown(option)) {
      data.setNumber(at, 1, option.number, "number of an unknown option");
      if (option.number <= NO_OPERATION) data.refuse(at, SINGLE_BYTE_KINDS);
      this.#begin(data, at, option.number, DATA_AT + option.data.length);
      bytes.set(option.data, at + DATA_AT);
    } else {
      const kind = this.#kindOf(option);
      const number = kind.numberOf?.(option as Option) ?? kind.numbers[0];
      if (!kind.numbers.includes(number)) {
        data.refuse(at, `number of ${option.kind} is ${number}, and can be ${kind.numbers.join(" or ")}`);
      }
      this.#begin(data, at, number, DATA_AT + kind.dataLength(option as Option));
      kind.write(option as Option, data, at + DATA_AT);
    }
  }

  #begin({ bytes }: OptionData, at: number, number: number, length: number): void {
    bytes[at] = number;
    bytes[at + LENGTH_AT] = Math.min(length, LARGEST_LENGTH);
  }

  /**
   * Reads the options from `offset` to `end`. What is bytes in them shares memory with `bytes`.
   *
   * @param limitedBy what set `end`, for the error message
   * @throws PacketError TRUNCATED if an option goes on behind `end`, BAD_FIELD if its length is less than 2
   */
  decode(bytes: Uint8Array, offset: number, end: number, limitedBy = this.#limitedBy): (Option | ListOption)[] {
    requireBytes(this.#layer, bytes, offset, end, end - offset, limitedBy);
    const data = new OptionData(bytes, this.#layer);
    const options: (Option | ListOption)[] = [];
    for (let at = offset; at < end; ) {
      const number = bytes[at]!;
      if (number === END_OF_OPTIONS) {
        options.push({ kind: "eol", padding: bytes.subarray(at + 1, end) });
        break;
      }
      const length = number === NO_OPERATION ? 1 : this.#checkedLength(data, at, end, limitedBy);
      options.push(number === NO_OPERATION ? { kind: "nop" } : this.#read(number, data, at + DATA_AT, at + length));
      at += length;
    }
    return options;
  }

  #read(number: number, data: OptionData, start: number, end: number): Option | ListOption {
    const known = this.#byNumber.get(number)?.read(data, start, end, number);
    return known ?? { kind: "unknown", number, data: data.bytes.subarray(start, end) };
  }

  #checkedLength(data: OptionData, at: number, end: number, limitedBy: string): number {
    const number = data.bytes[at]!;
    const length = at + LENGTH_AT < end ? data.bytes[at + LENGTH_AT]! : DATA_AT;
    if (length < DATA_AT) {
      data.refuse(at, `an option of kind ${number} has length ${length}, and cannot be shorter than ${DATA_AT}`);
    }
    if (at + length <= end) return length;
    throw new PacketError("TRUNCATED", {
      layer: this.#layer,
      offset: at,
      problem: `an option of kind ${number} is cut off`,
      needed: length,
      available: end - at,
      limitedBy,
    });
  }
}

function isEnd(option: { readonly kind: string }): option is Extract<ListOption, { kind: "eol" }> {
  return option.kind === "eol";
}

function isUnknown(option: { readonly kind: string }): option is Extract<ListOption, { kind: "unknown" }> {
  return option.kind === "unknown";
}
