/** Which of a header's optional fields are there, by what is given of it. */
import { badField } from "../core/errors.ts";
import type { LaidField } from "./header-table.ts";

type Values = Readonly<Record<string, unknown>>;

/** A flag, with what sets it where it is not given. */
interface Flag {
  readonly name: string;
  readonly isUsuallySet: boolean;
  /** Optional fields that are announced by it alone, or by it first of several. */
  readonly setBy: readonly string[];
}

interface Entry {
  readonly field: LaidField;
  readonly name: string;
  /** The flags of which any will do; undefined for a field that goes by a rule. */
  readonly flags: readonly Flag[] | undefined;
}

/** The optional fields of one header: a set of them is a number, with a bit for each in their order. */
export class OptionalFields {
  readonly #layer: string;
  readonly #entries: readonly Entry[];
  readonly #flags: ReadonlyMap<string, Flag>;
  /** What rules find where nothing is given. */
  readonly #defaults: Values;
  readonly #bits: readonly number[];
  /** The set of a header of which nothing is given. */
  readonly #usual: number;

  constructor(layer: string, layout: readonly LaidField[]) {
    const optional = layout.filter(({ isPresent }) => isPresent !== undefined);
    const usual = layout.filter(({ spec }) => spec.default !== undefined && spec.presentIf === undefined);
    this.#layer = layer;
    this.#defaults = Object.fromEntries(usual.map(({ name, spec }) => [name, spec.default]));
    const names = new Set(optional.flatMap(({ flags }) => flags ?? []));
    this.#flags = new Map([...names].map((name) => [name, flagOf(name, optional, this.#defaults)]));
    this.#entries = optional.map((field) => ({
      field,
      name: field.name,
      flags: field.flags?.map((name) => this.#flags.get(name)!),
    }));
    this.#bits = optional.map(({ spec }) => spec.bits);
    this.#usual = this.#presentIn({});
  }

  get count(): number {
    return this.#entries.length;
  }

  /** The bit of a field in a set; 0 for a field that is always there. */
  bitOf(field: LaidField): number {
    const index = this.#entries.findIndex((entry) => entry.field === field);
    return index < 0 ? 0 : 1 << index;
  }

  /** The bits of all fields that move one, for those that are there. */
  movers({ movedBy }: LaidField): number {
    return movedBy.reduce((set, field) => set | this.bitOf(field), 0);
  }

  /**
   * The set of those that are there.
   *
   * @throws PacketError BAD_FIELD for a field that is given and, by those before it, cannot be there
   */
  presentIn(header: Values): number {
    return isEmpty(header) ? this.#usual : this.#presentIn(header);
  }

  #presentIn(header: Values): number {
    let set = 0;
    let known: Values | undefined;
    for (let index = 0; index < this.#entries.length; index++) {
      const { field, name, flags } = this.#entries[index]!;
      let isPresent: boolean;
      if (flags !== undefined) isPresent = anySet(flags, header);
      else {
        known ??= this.#knownOf(header);
        isPresent = field.isPresent!(known);
      }
      if (isPresent) set |= 1 << index;
      else if (header[name] !== undefined) throw this.#contradiction(field);
    }
    return set;
  }

  /** Bytes of the fields in a set. */
  lengthOf(set: number): number {
    let bits = 0;
    for (let index = 0, rest = set; rest !== 0; index++, rest >>>= 1) if ((rest & 1) !== 0) bits += this.#bits[index]!;
    return bits >>> 3;
  }

  /** The value of a flag that fields can set; undefined for any other field. */
  flagIn(header: Values, name: string): boolean | undefined {
    const flag = this.#flags.get(name);
    return flag === undefined ? undefined : isSet(flag, header);
  }

  /** What rules go by: what is given, flags that are set for what is given, and defaults. */
  #knownOf(header: Values): Values {
    const known: Record<string, unknown> = { ...this.#defaults };
    for (const name in header) if (header[name] !== undefined) known[name] = header[name];
    for (const flag of this.#flags.values()) known[flag.name] = header[flag.name] ?? isSet(flag, header);
    return known;
  }

  #contradiction({ name, offset }: LaidField) {
    return badField(this.#layer, offset, `${name} is given, and by the fields before it there is none`);
  }
}

function flagOf(name: string, optional: readonly LaidField[], defaults: Values): Flag {
  const setBy = optional.filter(({ flag }) => flag === name).map((field) => field.name);
  return { name, isUsuallySet: isTrue(defaults[name]), setBy };
}

export function isEmpty(header: Values): boolean {
  for (const _ in header) return false;
  return true;
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "number" && value !== 0);
}

function anySet(flags: readonly Flag[], header: Values): boolean {
  for (let index = 0; index < flags.length; index++) if (isSet(flags[index]!, header)) return true;
  return false;
}

function isSet({ name, isUsuallySet, setBy }: Flag, header: Values): boolean {
  const given = header[name];
  if (given !== undefined) return isTrue(given);
  for (let index = 0; index < setBy.length; index++) if (header[setBy[index]!] !== undefined) return true;
  return isUsuallySet;
}
