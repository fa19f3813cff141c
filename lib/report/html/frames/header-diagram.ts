/** Headers as the RFCs draw them: rows of 32 bits, every field as wide as it is. */

import { lengthFrom } from "../../../headers/header-fields-at.ts";
import type { AnyHeader, LaidField } from "../../../headers/header-table.ts";
import type { Layer } from "../../../headers/layer.ts";
import { headerOfKind } from "../../../headers/registry.ts";
import { foreign, type Html, html } from "../escape.ts";
import type { NumberedField, NumberedLayer } from "./numbered-fields.ts";

/** A cell: how many bits, what is written in it, and the fields whose values stand there. */
interface Cell {
  readonly bits: number;
  readonly title: string;
  readonly names: readonly string[];
}

/** The fields of fixed places as they stand in rows of 32 bits; a longer one has rows of its own. @param byName what is shown */
function rowsOf(header: AnyHeader, byName: ReadonlyMap<string, NumberedField>): Cell[][] {
  const rows: Cell[][] = [];
  const before: Record<string, unknown> = {};
  let bits = 0;
  for (const field of header.layout) {
    if (field.isPresent?.(before) === false) continue;
    before[field.name] = byName.get(`${header.prefix ?? header.name}.${field.spec.filter}`)?.field.value;
    for (const cell of cellsOf(header, field)) {
      if (bits % ROW_BITS === 0) rows.push([]);
      rows.at(-1)!.push(cell);
      bits += cell.bits;
    }
  }
  return rows;
}

/** Where the parts of a field have cells, it has none itself. What has no name is nothing but room. */
function cellsOf({ name, prefix = name }: AnyHeader, { spec, name: property }: LaidField): Cell[] {
  if (spec.bits === 0) return [];
  const parts = spec.parts?.filter(({ drawn }) => drawn !== undefined) ?? [];
  if (parts.length > 0) {
    return parts.map(({ bits, drawn, filter }) => ({ bits, title: drawn!, names: [`${prefix}.${filter}`] }));
  }
  const own = spec.filter === undefined ? [] : [`${prefix}.${spec.filter}`];
  const names = [...own, ...(spec.drawnWith ?? [])];
  const title = spec.drawn ?? spec.label ?? (names.length === 0 ? "Reserved" : property);
  return [{ bits: spec.bits, title, names }];
}

const ROW_BITS = 32;
const LONGEST_VALUE = 60;
const SHORT_VALUE = 14;

/** @param where a name for the place of the header in the page, unlike any other. @returns undefined for layers that are not drawn. */
export function headerDiagram({ layer, fields }: NumberedLayer, where: string): Html | undefined {
  const header = headerOfKind(layer.kind);
  if (header?.drawing === undefined || layer.length === 0) return undefined;
  const byName = new Map<string, NumberedField>();
  for (const numbered of fields) if (!byName.has(numbered.field.name)) byName.set(numbered.field.name, numbered);
  let byte = 0;
  const rows = rowsOf(header, byName).map((row) => {
    const start = byte;
    byte += row.reduce((sum, { bits }) => sum + bits, 0) / 8;
    return html`<tr><th scope="row">${start}</th>${row.map((cell) => cellOf(cell, byName))}</tr>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${header.drawing}, ${where}"><table class="bits"><caption>${header.drawing}, 32 bits a row</caption>
<thead>${RULER}</thead><tbody>${rows}${tailRow(header, layer, byte)}</tbody></table></div>`;
}

const RULER = html`<tr><th scope="col">Byte</th>${Array.from({ length: ROW_BITS }, (_, bit) => html`<th scope="col">${bit}</th>`)}</tr>`;

function cellOf({ bits, title, names }: Cell, byName: ReadonlyMap<string, NumberedField>): Html {
  const found = names.map((name) => byName.get(name)).filter((field) => field !== undefined);
  const columns = Math.min(bits, ROW_BITS);
  const height = bits > ROW_BITS ? html` class="tall"` : undefined;
  if (names.length === 0) return html`<td colspan="${columns}"${height}>${title}</td>`;
  if (found.length === 0) return html`<td colspan="${columns}"${height}><b>${title}</b> –</td>`;
  const indexes = found.map(({ index }) => index).join(" ");
  const label = found[0]!.field.label;
  const name = bits < 4 ? html`<abbr title="${label}">${title}</abbr>` : html`${title}`;
  return html`<td colspan="${columns}" data-f="${indexes}"${height}><b>${name}</b> ${foreign(valueText(bits, found), LONGEST_VALUE)}</td>`;
}

/** Where there is no room for words, the bits themselves. */
function valueText(bits: number, [first, second]: readonly NumberedField[]): string {
  const { value, text } = first!.field;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (bits < 8 && typeof value === "number")
    return bits === 4 ? text.replace(/^(\d+) bytes? \((\d+)\)$/, "$2") : String(value);
  if (bits === 8 && text.length > SHORT_VALUE && typeof value === "number") return String(value);
  if (second === undefined || second.field.text === text) return text;
  const other = second.field.text;
  return `${text}, ${other.includes("relative") ? other.replace(/ .*/, " relative") : `${other} bytes`}`;
}

/** What follows the fields that every header has: its options, or whatever else it ends with. */
function tailRow(header: AnyHeader, { length, fields }: Layer, drawn: number): Html | undefined {
  const { name, prefix = name, lengthField, layout } = header;
  const tail = layout.find(({ spec }) => spec.type === "tail");
  if (lengthField === undefined || tail === undefined) return undefined;
  const value = fields.find((field) => field.name === `${prefix}.${lengthField.spec.filter}`)?.value;
  if (typeof value !== "number") return undefined;
  // A scaled field shows bytes.
  const size = lengthField.spec.unit === undefined ? lengthFrom(lengthField, value) : value;
  if (size <= drawn || length < drawn) return undefined;
  const bytes = Math.min(size, length) - drawn;
  if (bytes <= 0) return undefined;
  return html`<tr><th scope="row">${drawn}</th><td colspan="32"><b>${tail.spec.drawn ?? "Options"}</b> ${bytes} bytes, ${Math.ceil(bytes / 4)} ${bytes <= 4 ? "row" : "rows"}; each is in the list below</td></tr>`;
}
