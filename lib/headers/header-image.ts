/** A header of which nothing is given, made once by its table: to be copied, and written over where something is given. */
import { outOfRange } from "../core/errors.ts";
import { isWithin, missing, numberOf, type Step, setWord, writeOther } from "./field-steps.ts";
import type { LaidField } from "./header-table.ts";
import type { OptionalFields } from "./optional-fields.ts";

type Values = Readonly<Record<string, unknown>>;

/** Where a field stands in the image. */
export interface Place {
  readonly name: string;
  readonly field: LaidField;
  /** Whether it tells what follows the header. */
  readonly isAnnouncer: boolean;
  /** -1 for what is neither a number nor a flag. */
  readonly largest: number;
  /** The bytes that it is in, how many there are, and by what its value is multiplied to stand at its place in them. */
  readonly at: number;
  readonly bytes: number;
  readonly factor: number;
  /** Its value in the image. */
  usual: number;
}

/** Up to about here, a loop is faster than `set`. */
const SHORT = 48;

export class HeaderImage {
  readonly #layer: string;
  readonly #bytes: Uint8Array;
  readonly #places = new Map<string, Place>();
  /** Fields that stand for nothing in the image: they follow from what stands around the header, or have to be given. */
  readonly open: readonly Place[];

  constructor(layer: string, steps: readonly Step[], optional: OptionalFields, fixedLength: number) {
    this.#layer = layer;
    const present = optional.presentIn({});
    this.#bytes = new Uint8Array(fixedLength + optional.lengthOf(present));
    const view = new DataView(this.#bytes.buffer);
    const open: Place[] = [];
    let moved = 0;
    for (const step of steps) {
      if (step.optionalBit !== 0 && (present & step.optionalBit) === 0) continue;
      const { name, field } = step;
      const place = placeOf(step, moved);
      const usual = step.usual ?? optional.flagIn({}, name);
      this.#places.set(name, place);
      if (usual === undefined) open.push(place);
      else {
        this.write(place, view, 0, usual);
        place.usual = Math.max(0, numberOf(usual));
      }
      if (step.optionalBit !== 0) moved += field.spec.bits >>> 3;
    }
    this.open = open;
  }

  /** @returns where it ends */
  copyInto(target: Uint8Array, offset: number): number {
    const bytes = this.#bytes;
    if (bytes.length > SHORT) target.set(bytes, offset);
    else for (let index = 0; index < bytes.length; index++) target[offset + index] = bytes[index]!;
    return offset + bytes.length;
  }

  /** @throws PacketError BAD_FIELD for a value that does not fit */
  writeGiven(header: Values, view: DataView, offset: number): void {
    for (const name in header) {
      const value = header[name];
      if (value === undefined) continue;
      const place = this.#places.get(name);
      if (place !== undefined) this.write(place, view, offset, value);
    }
  }

  /**
   * Writes over a field that is as it was in the image.
   *
   * @throws PacketError BAD_FIELD for a value that does not fit, or that is missing
   */
  write(place: Place, view: DataView, offset: number, value: unknown): void {
    const { name, largest, bytes, factor, field } = place;
    const at = offset + place.at;
    if (value === undefined) throw missing(this.#layer, at, place);
    if (largest < 0) return writeOther(this.#layer, view, at, field, value);
    const number = numberOf(value);
    if (!isWithin(number, largest)) throw outOfRange(this.#layer, at, name, value as number, largest);
    const isWhole = factor === 1 && bytes * 8 === field.spec.bits;
    setWord(view, at, isWhole ? number : wordAt(view, at, bytes) + (number - place.usual) * factor, bytes);
  }
}

/** @param moved bytes of the optional fields before it */
function placeOf({ name, field, largest }: Step, moved: number): Place {
  return {
    name,
    field,
    isAnnouncer: field.spec.announces !== undefined,
    largest,
    at: moved + field.offset,
    bytes: field.end - field.offset,
    factor: 2 ** (field.end * 8 - field.firstBit - field.spec.bits),
    usual: 0,
  };
}

/** A word of 1 to 4 bytes. */
function wordAt(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at);
  return bytes === 3 ? view.getUint16(at) * 0x100 + view.getUint8(at + 2) : view.getUint32(at);
}
