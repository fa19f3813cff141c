/** The fields of one layer as a table: where each stands, what it holds, what that means, and how to filter for it. */
import type { Field } from "../../../headers/layer.ts";
import { count, plural } from "../../wording.ts";
import { foreign, type Html, html } from "../escape.ts";
import { layerClass, layerRole, type NumberedField, type NumberedLayer } from "./numbered-fields.ts";

const LONGEST_VALUE = 240;
const MOST_DEPTH = 4;

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{2}(?::[0-9a-f]{2}){5}|(?=.*:.*:)[0-9a-f:]{2,39})$/;
/** Characters that mean nothing but themselves between quotes. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;
const NAME = /^[a-z_][\w.-]*$/i;
const LONGEST_TEXT = 60;
const MOST_COMPARED_BYTES = 8;

const PLACES: Readonly<Record<NumberedLayer["layer"]["memory"], string>> = {
  frame: "",
  datagram: " in the reassembled datagram",
  message: " in the message from several segments",
};

export function fieldList({ index, layer, fields, left }: NumberedLayer): Html {
  const where = PLACES[layer.memory];
  const size = layer.length === 0 ? "" : `, bytes ${rangeOf(layer)}${where}`;
  const quoted = layer.isQuoted ? ", quoted" : "";
  const rest = left > 0 ? html`<tr><td colspan="4">${plural(left, "more field")} not shown.</td></tr>` : undefined;
  return html`<table class="fields"><caption data-f="${index}"><span class="tag ${layerClass(layer)}">${layerRole(layer)}${quoted}</span> ${foreign(layer.label)}<span class="where">${size}</span></caption>
<thead><tr><th scope="col">Bytes</th><th scope="col">Field</th><th scope="col">Value</th><th scope="col">Filter</th></tr></thead>
<tbody>${fields.map(fieldRow)}${rest}</tbody></table>`;
}

function fieldRow({ index, field, depth }: NumberedField): Html {
  const { label, text, meaning } = field;
  const filter = filterOf(field);
  const note = meaning === undefined ? undefined : html` <span class="m">${foreign(meaning, LONGEST_VALUE)}</span>`;
  const paste = filter === undefined ? undefined : html`<code>${filter}</code>`;
  return html`<tr data-f="${index}"><td>${placeOf(field)}</td><th scope="row"${markDepth(depth)}>${foreign(label)}</th><td>${foreign(text, LONGEST_VALUE)}${note}</td><td>${paste}</td></tr>
`;
}

function markDepth(depth: number): Html | undefined {
  return depth === 0 ? undefined : html` class="d${Math.min(depth, MOST_DEPTH)}"`;
}

/** "14–17"; what is computed stands nowhere. */
export function rangeOf({ start, length }: { readonly start: number; readonly length: number }): string {
  if (length === 0) return "";
  return length === 1 ? count(start) : `${count(start)}–${count(start + length - 1)}`;
}

function placeOf(field: Field): string | Html {
  if (field.length === 0) return html`<span class="none">computed</span>`;
  const bits = bitsOf(field);
  return bits === "" ? rangeOf(field) : html`${rangeOf(field)} <span class="none">${bits}</span>`;
}

/** Bits are counted from the left, as in the drawings of the RFCs. */
function bitsOf({ mask, length }: Field): string {
  if (mask === undefined) return "";
  const digits = mask.toString(2).padStart(8 * length, "0");
  const [first, last] = [digits.indexOf("1"), digits.lastIndexOf("1")];
  if (first < 0) return "";
  return first === last ? `bit ${first}` : `bits ${first}–${last}`;
}

/** The field as a display filter that can be pasted into Wireshark: "ip.ttl == 64"; the name alone asks for packets that have the field. Undefined for a mere heading. */
export function filterOf(field: Field): string | undefined {
  const { name } = field;
  if (!NAME.test(name)) return undefined;
  const value = comparedTo(field);
  return value === undefined ? name : `${name} == ${value}`;
}

function comparedTo({ name, value, text }: Field): string | undefined {
  // What Wireshark adds of its own has other values than it shows.
  if (name.startsWith("_ws.") || value === undefined) return undefined;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return numberText(value, text);
  if (typeof value === "string") return stringText(value);
  if (value.length === 0 || value.length > MOST_COMPARED_BYTES) return undefined;
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** Written as the field shows it: a checksum in hexadecimal, a length in decimal. */
function numberText(value: number, text: string): string | undefined {
  if (!Number.isInteger(value)) return undefined;
  const written = /(?:^|\()(0x[0-9a-f]+)/.exec(text)?.[1];
  return written !== undefined && Number(written) === value ? written : String(value);
}

function stringText(value: string): string | undefined {
  if (ADDRESS.test(value)) return value;
  return value.length <= LONGEST_TEXT && PLAIN_TEXT.test(value) ? `"${value}"` : undefined;
}
