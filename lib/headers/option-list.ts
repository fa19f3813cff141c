/**
 * Lists of options as TCP and IPv4 have them (RFC 9293, section 3.1; RFC 791, section 3.1): two kinds are a single byte, all
 * others are the kind, a length that counts kind and length too, and data.
 */
import { badField, PacketError, requireBytes, requireRoom } from "../core/errors.ts";
import { lengthOfList } from "./checked-lengths.ts";
import { END_OF_OPTIONS, LEAST_OPTION_LENGTH, NO_OPERATION } from "./layer.ts";
import { type KindsOf, OptionData, OptionKinds, type UnknownOption } from "./option-kinds.ts";

/** Byte offsets from the start of an option. */
const LENGTH_AT = 1;
const DATA_AT = LEAST_OPTION_LENGTH;
const LARGEST_LENGTH = 0xff;
/** What a length of header in four bits leaves for options, in IPv4 and TCP alike. */
const LONGEST_LIST = 40;

const SINGLE_BYTE_KINDS =
  'the kinds 0 and 1 are single bytes and have no data; write them as { kind: "eol" } and { kind: "nop" }';

/** What every list of options can have. */
export type ListOption =
  /** End of the list. `padding` is whatever stands behind it, not always zeros; left out: zeros up to a multiple of 4. */
  | {
      readonly kind: "eol";
      /** What stands behind the end of the list. */
      readonly padding?: Uint8Array;
    }
  /** Nothing; moves the next option to where it should begin. */
  | { readonly kind: "nop" }
  /** `number` is 2 to 255: the kinds 0 and 1 are single bytes, which have neither length nor data. */
  | UnknownOption;

/** The codec of one protocol's options. */
export class OptionList<Option extends { readonly kind: string }> {
  readonly #layer: string;
  readonly #kinds: OptionKinds<Option>;
  readonly #limitedBy: string;

  /** @param limitedBy what sets the end of the list, for errors */
  constructor(layer: string, kinds: KindsOf<Option>, limitedBy: string) {
    this.#layer = layer;
    this.#kinds = new OptionKinds(layer, kinds, ["eol", "nop"]);
    this.#limitedBy = limitedBy;
  }

  /**
   * Bytes that the options take, with zeros behind them up to a multiple of 4.
   *
   * @throws PacketError BAD_FIELD if these are more than 40
   */
  byteLength(options: readonly (Option | ListOption)[]): number {
    let length = 0;
    lengthOfList(this.#layer, options, "options");
    for (const option of options) length += this.#lengthOf(option);
    if (length > LONGEST_LIST) {
      throw badField(this.#layer, 0, `the options take ${length} bytes, and can take ${LONGEST_LIST}`);
    }
    return (length + 3) & ~3;
  }

  #lengthOf(option: Option | ListOption): number {
    if (isEnd(option)) return 1 + (option.padding?.length ?? 0);
    if (option.kind === "nop") return 1;
    return DATA_AT + this.#kinds.dataLength(option as Option | UnknownOption);
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
    else {
      const other = option as Option | UnknownOption;
      const number = this.#kinds.numberOf(other, data, at);
      if (number <= NO_OPERATION) data.refuse(at, SINGLE_BYTE_KINDS);
      bytes[at] = number;
      bytes[at + LENGTH_AT] = Math.min(DATA_AT + this.#kinds.dataLength(other), LARGEST_LENGTH);
      this.#kinds.write(other, data, at + DATA_AT);
    }
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
      options.push(
        number === NO_OPERATION ? { kind: "nop" } : this.#kinds.read(number, data, at + DATA_AT, at + length),
      );
      at += length;
    }
    return options;
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
