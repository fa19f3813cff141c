/** The values of a header's fields as a person writes them, made into those that its encoder takes. */
import { badField } from "../core/errors.ts";
import { getIpv6, getMac, tryParseIpv4, tryParseIpv6, tryParseMac } from "./address.ts";
import type { HeaderRules, LaidField } from "./header-table.ts";

type Values = Record<string, unknown>;

const UTF8 = new TextEncoder();

/** Bytes of a text, in UTF-8; bytes stay as they are. @throws PacketError BAD_FIELD for anything else */
export function bytesOf(value: string | Uint8Array, layer: string, field: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return UTF8.encode(value);
  throw badField(layer, 0, `${field} is ${describe(value)}, and can be a text or bytes`);
}

/** What a person wrote, as encoders take it, and what is known of it. */
export interface ReadFields {
  fields: Readonly<Values>;
  /** Whether every field is there that has to be given. */
  isComplete: boolean;
  /** Whether what follows is told, so that nobody has to look. */
  isAnnouncing: boolean;
}

interface Entry {
  readonly field: LaidField;
  readonly isRequired: boolean;
  readonly isAnnouncer: boolean;
}

/** How the fields of one header are written. */
export class FieldWriter {
  readonly #layer: string;
  readonly #fields: ReadonlyMap<string, Entry>;
  readonly #required: number;
  /** The names written last, in their order, and what they are: the same come again and again. No answer depends on them. */
  readonly #names: string[] = [];
  readonly #entries: Entry[] = [];

  constructor(layer: string, layout: readonly LaidField[], { required, announcer }: HeaderRules) {
    this.#layer = layer;
    const isRequired = new Set(required.map(({ name }) => name));
    this.#fields = new Map(
      layout.map((field) => {
        const { name } = field;
        return [name, { field, isRequired: isRequired.has(name), isAnnouncer: name === announcer }];
      }),
    );
    this.#required = required.length;
  }

  /**
   * Fills in `into`, with the object itself where there is nothing to convert.
   *
   * @throws PacketError BAD_FIELD for a field that there is not, or a text that cannot stand for its value
   */
  read(written: Readonly<Values>, into: ReadFields): void {
    if (typeof written !== "object" || written === null) throw this.#noFields(written);
    let converted: Values | undefined;
    let left = this.#required;
    const names = this.#names;
    const entries = this.#entries;
    let index = 0;
    for (const name in written) {
      const entry = names[index] === name ? entries[index]! : this.#entryOf(name, index);
      index++;
      const value = written[name];
      if (value === undefined) continue;
      if (entry.isRequired) left--;
      if (entry.isAnnouncer) into.isAnnouncing = true;
      if (typeof value !== "object" && typeof value !== "string") continue;
      const right = this.#convert(entry.field, value);
      if (right === value) continue;
      converted ??= { ...written };
      converted[name] = right;
    }
    into.fields = converted ?? written;
    into.isComplete = left === 0;
  }

  #entryOf(name: string, index: number): Entry {
    const entry = this.#fields.get(name);
    if (entry === undefined) throw badField(this.#layer, 0, this.#unknown(name));
    this.#names[index] = name;
    this.#entries[index] = entry;
    return entry;
  }

  #noFields(written: unknown) {
    const names = [...this.#fields.keys()];
    return badField(this.#layer, 0, `fields are ${describe(written)}, and stand in an object, as { ${names[0]}: ... }`);
  }

  #unknown(name: string): string {
    return `there is no field ${name}; there are ${[...this.#fields.keys()].join(", ")}`;
  }

  #convert(field: LaidField, value: unknown): unknown {
    switch (field.spec.type) {
      case "mac":
      case "ipv4":
      case "ipv6":
        return this.#address(field, value as string | Uint8Array);
      case "number":
        return this.#number(field, value as string | readonly string[]);
      case "bytes":
        return bytesOf(value as string | Uint8Array, this.#layer, field.name);
      case "flag":
        throw this.#wrong(field, value, "true or false");
      default:
        return field.spec.read === undefined ? value : field.spec.read(value as never);
    }
  }

  #address(field: LaidField, value: string | Uint8Array): number | bigint {
    const { kind, parse, read } = ADDRESSES[field.spec.type as keyof typeof ADDRESSES];
    const isText = typeof value === "string";
    const isWhole = value instanceof Uint8Array && value.length * 8 === field.spec.bits;
    const address = isText ? parse(value) : isWhole ? read(viewOfBytes(value)) : undefined;
    if (address === undefined) throw this.#wrong(field, value, `${kind}, or its ${field.spec.bits / 8} bytes`);
    return address;
  }

  /** The bits of all names that are written. */
  #number(field: LaidField, value: string | readonly string[]): number {
    const { words } = field.spec;
    if (words === undefined) throw this.#wrong(field, value, `a whole number from 0 to ${field.largest}`);
    const names = typeof value === "string" ? value.split(/[\s,|+]+/).filter((name) => name !== "") : value;
    let number = 0;
    for (const name of names) {
      const bits = Object.hasOwn(words, String(name).toUpperCase()) ? words[String(name).toUpperCase()] : undefined;
      if (bits === undefined) throw this.#wrong(field, name, `a number, or of ${Object.keys(words).join(", ")}`);
      number = (number | bits) >>> 0;
    }
    return number;
  }

  #wrong({ name, offset }: LaidField, value: unknown, right: string) {
    return badField(this.#layer, offset, `${name} is ${describe(value)}, and can be ${right}`);
  }
}

const ADDRESSES = {
  mac: {
    kind: "a MAC address such as 02:00:00:00:00:01",
    parse: tryParseMac,
    read: (view: DataView) => getMac(view, 0),
  },
  ipv4: {
    kind: "an IPv4 address such as 10.0.0.1",
    parse: tryParseIpv4,
    read: (view: DataView) => view.getUint32(0),
  },
  ipv6: {
    kind: "an IPv6 address such as 2001:db8::1",
    parse: tryParseIpv6,
    read: (view: DataView) => getIpv6(view, 0),
  },
} as const;

function viewOfBytes(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

const LONGEST_QUOTATION = 40;

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST_QUOTATION));
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return Array.isArray(value) ? "a list" : value === null ? "null" : `a value of type ${typeof value}`;
}
