/** The view of a header's fields, from the table that describes it. */

import type { FieldFormat, FieldReader } from "./field-reader.ts";
import type { FieldGroup, FieldSpec, Part, Shown } from "./fields.ts";
import { lengthFrom, readField } from "./header-fields-at.ts";
import { type AnyHeader, type LaidField, wordOf } from "./header-table.ts";
import type { Field, LayerContext, LayerSummary } from "./layer.ts";
import { checksumField } from "./shared-fields.ts";

/** Shows the fields of a header, as far as its bytes go. The reader stands at its first byte. */
export function describeHeader(header: AnyHeader, reader: FieldReader, layer: LayerContext): LayerSummary {
  const view = new HeaderView(header, reader.at, layer);
  const shown = view.show(reader);
  header.showRest?.(reader, layer, shown);
  const label = typeof header.summary === "string" ? header.summary : header.summary(shown, layer);
  const { name } = header;
  return header.missing === "field" ? { name, label } : { name, label, needed: neededBytes(header, shown, view.shift) };
}

/** @param shift bytes of the optional fields that are there */
function neededBytes({ fixedLength, lengthField }: AnyHeader, shown: Shown, shift: number): number {
  const given = lengthField === undefined ? undefined : shown[lengthField.name];
  const fixed = fixedLength + shift;
  return typeof given === "number" ? Math.max(fixed, lengthFrom(lengthField!, given)) : fixed;
}

class HeaderView {
  readonly #header: AnyHeader;
  readonly #start: number;
  readonly #layer: LayerContext;
  readonly #prefix: string;
  readonly #shown: Record<string, unknown> = {};
  /** Bytes of the optional fields before the one that is shown. */
  shift = 0;

  constructor(header: AnyHeader, start: number, layer: LayerContext) {
    this.#header = header;
    this.#prefix = header.prefix ?? header.name;
    this.#start = start;
    this.#layer = layer;
  }

  show(reader: FieldReader): Shown {
    const { layout } = this.#header;
    for (let index = 0; index < layout.length; ) {
      const { group } = layout[index]!.spec;
      let next = index + 1;
      while (group !== undefined && layout[next]?.spec.group === group) next++;
      if (group === undefined) this.#show(layout[index]!, reader);
      else this.#showGroup(group, layout.slice(index, next), reader);
      index = next;
    }
    return this.#shown;
  }

  #show(field: LaidField, reader: FieldReader): void {
    if (field.isPresent?.(this.#shown) === false) return;
    this.#showPresent(field, reader);
    if (field.isPresent === undefined || field.spec.type === "tail") return;
    this.shift += field.spec.bits >>> 3;
    this.#go(reader, field.offset);
  }

  #showPresent(field: LaidField, reader: FieldReader): void {
    const { spec, name } = field;
    const isShown = spec.when === undefined || spec.when(this.#shown);
    if (isShown && spec.show !== undefined) this.#shown[name] = spec.show(reader, this.#layer, this.#shown);
    else if (isShown && spec.filter !== undefined) this.#shown[name] = this.#showField(field, reader);
    else this.#shown[name] = this.#hidden(field, reader);
    spec.after?.(reader, this.#layer, this.#shown);
  }

  #go(reader: FieldReader, offset: number): void {
    if (!reader.isShort) reader.at = this.#start + this.shift + offset;
  }

  /** Fields that are shown as parts of one. */
  #showGroup(group: FieldGroup, fields: readonly LaidField[], reader: FieldReader): void {
    const [first, last] = [fields[0]!, fields.at(-1)!];
    const count = last.firstBit + last.spec.bits - first.firstBit;
    const { offset, length, mask } = wordOf(first.firstBit, count, undefined);
    this.#go(reader, offset);
    const parts = reader.inside(length);
    for (const field of fields) this.#show(field, parts);
    const name = `${this.#prefix}.${group.filter}`;
    const format = {
      text: (value: number) => group.text(value, this.#layer),
      children: parts.isShort ? [] : parts.fields,
    };
    if (count === length * 8) reader.number(name, group.label, length, format);
    else reader.bits(name, group.label, length, mask, format);
    this.#go(reader, last.end);
  }

  #showField(field: LaidField, reader: FieldReader): unknown {
    const { spec, word } = field;
    const name = `${this.#prefix}.${spec.filter}`;
    const label = spec.label ?? field.name;
    const format = formatOf(spec);
    switch (spec.type) {
      case "mac":
        return reader.mac(name, label, format);
      case "ipv4":
        return reader.ipv4(name, label, format);
      case "ipv6":
        return reader.ipv6(name, label, format);
      case "bytes":
        return reader.raw(name, label, spec.bits / 8, format);
      case "flag": {
        this.#go(reader, word.offset);
        const value = reader.flag(name, label, word.length, word.mask, format);
        this.#go(reader, field.end);
        return value;
      }
    }
    if (spec.auto?.kind === "checksum") {
      const { status, expected } = this.#layer.checksum();
      return checksumField(reader, this.#prefix, label, status, expected, spec.bits === 32 ? 4 : 2);
    }
    this.#go(reader, word.offset);
    if (spec.unit !== undefined) return showScaled(field, reader, name, label, format);
    const parts = spec.parts === undefined ? undefined : this.#partFields(field, reader);
    if (spec.bits === word.length * 8) {
      return reader.number(name, label, word.length, { ...format, ...(parts && { children: parts }) });
    }
    const value = reader.bits(name, label, word.length, word.mask, { ...format, ...(parts && { children: parts }) });
    this.#go(reader, field.end);
    return value;
  }

  /** The bits of a field that have names of their own. The reader stands at the word that they are in. */
  #partFields({ spec, firstBit, word }: LaidField, reader: FieldReader): readonly Field[] {
    const parts = reader.inside(word.length);
    let bit = firstBit;
    for (const part of spec.parts ?? []) {
      const { offset, length, mask } = wordOf(bit, part.bits, part.word);
      this.#go(parts, offset);
      showPart(part, `${this.#prefix}.${part.filter}`, parts, length, mask);
      bit += part.bits;
    }
    return parts.isShort ? [] : parts.fields;
  }

  /** A field that is not shown itself, and may be needed by others. */
  #hidden(field: LaidField, reader: FieldReader): unknown {
    const { spec, offset, end } = field;
    if (spec.bits === 0) return undefined;
    this.#go(reader, offset);
    const start = this.#start + this.shift;
    const isThere = !reader.isShort && start + end <= reader.end;
    reader.skip(end - offset);
    return isThere ? readField(reader.memory.view, start, field) : undefined;
  }
}

/** A length that is counted in larger units: the value is that in bytes, as Wireshark has it. */
function showScaled(
  { spec, word }: LaidField,
  reader: FieldReader,
  name: string,
  label: string,
  format: FieldFormat<number>,
): number {
  const { unit = 1 } = spec;
  const mask = spec.bits === word.length * 8 ? undefined : word.mask;
  const count = maskedPeek(reader, word.length, word.mask);
  reader.skip(word.length);
  const value = count * unit;
  const text = typeof format.text === "function" ? format.text(value) : String(value);
  reader.derived(name, label, word.length, word.length, value, {
    ...(mask !== undefined && { mask }),
    text,
    meaning: typeof format.meaning === "function" ? format.meaning(value) : format.meaning,
  });
  return count;
}

function maskedPeek(reader: FieldReader, length: 1 | 2 | 3 | 4, mask: number): number {
  const word = length === 3 ? reader.peek(0, 2) * 256 + reader.peek(2) : reader.peek(0, length);
  return ((word & mask) >>> 0) / ((mask & -mask) >>> 0);
}

// biome-ignore lint/suspicious/noExplicitAny: each kind of field has values of its own
function formatOf({ text, meaning, isNoAddress }: FieldSpec): FieldFormat<any> {
  return {
    ...(text !== undefined && { text }),
    ...(meaning !== undefined && { meaning }),
    ...(isNoAddress && { isNoAddress }),
  };
}

function showPart(part: Part, name: string, reader: FieldReader, length: 1 | 2 | 3 | 4, mask: number): void {
  const { text, meaning, label } = part;
  if (part.bits > 1) {
    reader.bits(name, label, length, mask, {
      ...(text !== undefined && { text }),
      ...(meaning !== undefined && { meaning }),
    });
    return;
  }
  reader.flag(name, label, length, mask, {
    ...(text !== undefined && { text: (is) => text(is ? 1 : 0) }),
    ...(meaning !== undefined && {
      meaning: (is) => (typeof meaning === "string" ? (is ? meaning : undefined) : meaning(is ? 1 : 0)),
    }),
  });
}
