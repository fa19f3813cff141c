/** One frame, layer by layer: every field beside its bytes, then all bytes. */
import { makeVisible, shorten } from "../../core/text.ts";
import type { PacketOutline } from "../../dissect/outline.ts";
import type { Field, Layer } from "../../headers/layer.ts";
import { dump, hexPairs } from "../byte-text.ts";
import type { FrameView } from "../frame-view.ts";
import { formatDuration, formatInstant } from "../moments.ts";
import { plural } from "../wording.ts";
import { NO_PAINT, PAGE_WIDTH, type Paint, padEnd, paragraph, wrap } from "./text-layout.ts";

/** Bytes beside a field in one row, and how many rows of them are shown; the dump below has all. */
const BYTES_A_ROW = 8;
const MOST_ROWS = 2;
const BYTES_WIDTH = 3 * BYTES_A_ROW - 1;
const LONGEST_VALUE = 300;
/** However deep fields are nested, there is room for their text. */
const MOST_DEPTH = 6;

export function formatFrame(view: FrameView, paint: Paint = NO_PAINT): string {
  const sections = [
    headLines(view, paint),
    ...view.layers.map((layer) => [
      ...paragraph(makeVisible(layerTitle(layer))).map((line) => paint.heading(line)),
      ...layer.fields.flatMap((field) => fieldLines(field, memoryOf(view.outline, layer), 0)),
    ]),
    ...dumps(view, paint),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function headLines({ frame, moment, elapsed, outline, comments, findings }: FrameView, paint: Paint): string[] {
  const captured = outline.end - outline.start;
  const size = `${plural(outline.wireLength, "byte")} on the wire`;
  const cut = captured < outline.wireLength ? `, ${captured} of them captured` : "";
  const lines = [paint.heading(`Frame ${frame}: ${size}${cut}`)];
  if (moment !== undefined) lines.push(formatInstant(moment));
  if (elapsed !== undefined) lines.push(`${formatDuration(elapsed)} after the first packet`);
  for (const comment of comments) lines.push(...paragraph(shorten(comment, LONGEST_VALUE), "Comment: "));
  for (const { title, meaning, severity, code } of findings) {
    lines.push(...paragraph(`${title}: ${meaning} (${code})`, "! ").map((line) => paint.severity(line, severity)));
  }
  return lines;
}

const PLACES: Readonly<Record<Layer["memory"], string>> = {
  frame: "",
  datagram: " [in the reassembled datagram]",
  message: " [in the message from several segments]",
};

function layerTitle({ label, isQuoted, memory }: Layer): string {
  const where = PLACES[memory];
  return `${label}${where}${isQuoted ? " [quoted]" : ""}`;
}

/** The bytes that offsets of a layer count in, and the index of their first. */
interface LayerMemory {
  readonly bytes: Uint8Array;
  readonly start: number;
}

function memoryOf(outline: PacketOutline, { memory, message }: Layer): LayerMemory {
  if (message !== undefined) return { bytes: message, start: 0 };
  return memory === "datagram" ? { bytes: outline.datagram, start: 0 } : { bytes: outline.bytes, start: outline.start };
}

function fieldLines(field: Field, memory: LayerMemory, depth: number): string[] {
  const left = byteColumn(field, memory);
  const indent = " ".repeat(2 * Math.min(depth, MOST_DEPTH));
  const width = PAGE_WIDTH - left.width - indent.length;
  const right = wrap(fieldText(field), width);
  if (field.meaning !== undefined)
    right.push(...wrap(makeVisible(field.meaning), width - 2).map((line) => `  ${line}`));
  const blank = " ".repeat(left.width);
  const lines = Array.from({ length: Math.max(left.rows.length, right.length) }, (_, row) => {
    const bytes = left.rows[row];
    return `${bytes === undefined ? blank : padEnd(bytes, left.width)}${indent}${right[row] ?? ""}`.trimEnd();
  });
  return [...lines, ...(field.children ?? []).flatMap((child) => fieldLines(child, memory, depth + 1))];
}

/** "0017  00 50", and dots where there are more bytes than fit. */
function byteColumn({ start, length }: Field, memory: LayerMemory): { rows: string[]; width: number } {
  const offset = start - memory.start;
  const digits = offset > 0xffff ? 5 : 4;
  const rows: string[] = [];
  const shown = Math.min(length, BYTES_A_ROW * MOST_ROWS);
  for (let at = 0; at < shown; at += BYTES_A_ROW) {
    const bytes = memory.bytes.subarray(start + at, Math.min(start + at + BYTES_A_ROW, start + length));
    rows.push(`${(offset + at).toString(16).padStart(digits, "0")}  ${hexPairs(bytes)}`);
  }
  if (length > shown) rows.push(`${" ".repeat(digits)}  ...`);
  return { rows, width: digits + 2 + BYTES_WIDTH + 2 };
}

function fieldText(field: Field): string {
  const { label, text, length, mask, name } = field;
  const value = text === "" ? label : `${label}: ${text}`;
  const line = shorten(value, LONGEST_VALUE);
  if (mask !== undefined && length > 0) return `${bitPicture(field, mask)} = ${line}`;
  return length === 0 && name !== "" ? `[${line}]` : line;
}

/** Bits as Wireshark draws them, those of the field by their value: ".... ..1.". */
function bitPicture({ value, length }: Field, mask: number): string {
  const bits = 8 * length;
  const shift = lowestBit(mask);
  const number = typeof value === "boolean" ? Number(value) : typeof value === "number" ? value : 0;
  let picture = "";
  for (let bit = bits - 1; bit >= 0; bit--) {
    const isOfField = Math.floor(mask / 2 ** bit) % 2 === 1;
    picture += isOfField ? String(Math.floor(number / 2 ** Math.max(0, bit - shift)) % 2) : ".";
    if (bit % 4 === 0 && bit > 0) picture += " ";
  }
  return picture;
}

function lowestBit(mask: number): number {
  let shift = 0;
  while (shift < 53 && Math.floor(mask / 2 ** shift) % 2 === 0) shift++;
  return shift;
}

function dumps({ outline, layers }: FrameView, paint: Paint): string[][] {
  const frame = outline.bytes.subarray(outline.start, outline.end);
  const all = [[paint.heading(`Bytes of the frame (${frame.length})`), ...dump(frame)]];
  if (layers.some(({ memory }) => memory === "datagram")) {
    const { datagram } = outline;
    all.push([paint.heading(`Bytes of the reassembled datagram (${datagram.length})`), ...dump(datagram)]);
  }
  for (const { message } of layers) {
    if (message === undefined) continue;
    all.push([paint.heading(`Bytes of the message from several segments (${message.length})`), ...dump(message)]);
  }
  return all;
}
