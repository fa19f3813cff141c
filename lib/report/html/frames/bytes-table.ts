/**
 * Bytes of a frame as a dump, in runs that carry the numbers of the fields that they are: `data-f` those that a pointer at
 * the bytes means, `data-o` those around them. A run goes on over any number of rows, so that a large payload is one run.
 */
import { asciiCharacter, ROW_LENGTH } from "../../byte-text.ts";
import { count, plural } from "../../wording.ts";
import { escapeText, Html, html } from "../escape.ts";
import { scrollRegion } from "../landmarks.ts";
import { layerClass, type NumberedField, type NumberedLayer } from "./numbered-fields.ts";

/** More than any Ethernet frame holds. */
const MOST_BYTES = 2048;

interface Run {
  readonly start: number;
  readonly end: number;
  readonly fields: readonly number[];
  readonly around: readonly number[];
  readonly layer: NumberedLayer | undefined;
}

/** @param layers those whose fields count in these bytes */
export function bytesTable(bytes: Uint8Array, layers: readonly NumberedLayer[], title: string): Html {
  const shown = bytes.subarray(0, MOST_BYTES);
  const runs = runsOf(shown.length, layers);
  const left = bytes.length - shown.length;
  const rest = left > 0 ? html`<p class="more">${plural(left, "more byte")} not shown.</p>` : undefined;
  const hex = runs.map((run) => markRun(run, hexText(shown, run), gapAfter(run.end, shown.length)));
  const text = runs.map((run) => markRun(run, plainText(shown, run), run.end % ROW_LENGTH === 0 ? "\n" : ""));
  const columns = html`<pre class="at">${new Html(offsets(shown.length))}</pre><pre class="hex">${hex}</pre><pre class="txt">${text}</pre>`;
  return html`<figure class="dump"><figcaption>${title} (${count(bytes.length)})</figcaption>
${scrollRegion(title, columns, "scroll rows")}${rest}</figure>`;
}

function offsets(length: number): string {
  const rows: string[] = [];
  for (let at = 0; at < length; at += ROW_LENGTH) rows.push(at.toString(16).padStart(4, "0"));
  return rows.join("\n");
}

/** Bytes between two places where a field begins or ends. */
function runsOf(length: number, layers: readonly NumberedLayer[]): Run[] {
  const cuts = new Set([0, length]);
  const cut = (at: number) => {
    if (at > 0 && at < length) cuts.add(at);
  };
  for (const { layer, fields } of layers) {
    for (const { start, length: size } of [layer, ...fields.map(({ field }) => field)]) {
      if (size === 0) continue;
      cut(start);
      cut(start + size);
    }
  }
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => runAt(places[index]!, end, layers));
}

function runAt(start: number, end: number, layers: readonly NumberedLayer[]): Run {
  const layer = layers.findLast(({ layer }) => layer.start <= start && layer.start + layer.length >= end);
  const covering = layers.flatMap(({ fields }) =>
    fields.filter(({ field }) => field.length > 0 && field.start <= start && field.start + field.length >= end),
  );
  const meant = new Set(innermost(covering).map(({ index }) => index));
  const around = covering.map(({ index }) => index).filter((index) => !meant.has(index));
  if (layer !== undefined) around.push(layer.index);
  return { start, end, fields: [...meant], around, layer };
}

/**
 * The smallest fields there; two where two share a byte or are two readings of the same bytes. Single bits of a field that
 * stands there as a whole are not meant.
 */
function innermost(covering: readonly NumberedField[]): readonly NumberedField[] {
  const whole = covering.filter(({ field }) => field.mask === undefined);
  const outer = (fields: readonly NumberedField[]) => {
    const least = Math.min(...fields.map(({ depth }) => depth));
    return fields.filter(({ depth }) => depth === least);
  };
  if (whole.length === 0) return outer(covering);
  const length = Math.min(...whole.map(({ field }) => field.length));
  const smallest = whole.filter(({ field }) => field.length === length);
  const deepest = Math.max(...smallest.map(({ depth }) => depth));
  return smallest.filter(({ depth }) => depth === deepest);
}

function markRun({ fields, around, layer }: Run, text: string, after: string): Html {
  const inside = new Html(text);
  const outside = new Html(after);
  if (fields.length === 0 && layer === undefined) return html`${inside}${outside}`;
  const kind = layer === undefined ? "" : layerClass(layer.layer);
  return html`<span class="${kind}" data-f="${fields.join(" ")}" data-o="${around.join(" ")}">${inside}</span>${outside}`;
}

function hexText(bytes: Uint8Array, { start, end }: Run): string {
  let text = "";
  for (let at = start; at < end; at++) {
    if (at > start) text += gapAfter(at, bytes.length);
    text += bytes[at]!.toString(16).padStart(2, "0");
  }
  return text;
}

/** What stands between the byte before this place and the next. */
function gapAfter(at: number, length: number): string {
  if (at >= length) return "";
  if (at % ROW_LENGTH === 0) return "\n";
  return at % (ROW_LENGTH / 2) === 0 ? "  " : " ";
}

function plainText(bytes: Uint8Array, { start, end }: Run): string {
  let text = "";
  for (let at = start; at < end; at++) {
    if (at > start && at % ROW_LENGTH === 0) text += "\n";
    text += escapeText(asciiCharacter(bytes[at]!));
  }
  return text;
}
