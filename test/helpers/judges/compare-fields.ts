/** The fields that we and tshark name alike: where they stand, and what they hold. */
import { describeLayers, type FieldContext } from "../../../lib/dissect/describe-layers.ts";
import type { FragmentStore } from "../../../lib/dissect/fragments.ts";
import { PacketOutline } from "../../../lib/dissect/outline.ts";
import { follow, parseFrame } from "../../../lib/dissect/parse-frame.ts";
import { type Field, type Layer, SHORT } from "../../../lib/headers/layer.ts";
import type { JudgedField } from "./pdml.ts";

/** Frames do not begin at the beginning of their memory, as in a file. */
export const BEFORE = 7;

export function layersOf(
  frame: Uint8Array,
  linkType: number,
  wireLength = frame.length,
  context: FieldContext = {},
  fragments?: FragmentStore,
): Layer[] {
  const memory = new Uint8Array(BEFORE + frame.length + BEFORE).fill(0xee);
  memory.set(frame, BEFORE);
  const outline = new PacketOutline();
  const view = new DataView(memory.buffer);
  parseFrame(outline, memory, view, BEFORE, BEFORE + frame.length, wireLength, linkType, { fragments, follow });
  return describeLayers(outline, context);
}

export function flatten(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...flatten(field.children ?? [])]);
}

export const fieldsOf = (layers: readonly Layer[]) => layers.flatMap((layer) => flatten(layer.fields));

/** What we and tshark say of a value in the same words. */
function shown(field: Field): string | undefined {
  const { value } = field;
  if (value === undefined) return undefined;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  return String(value);
}

const BOOLEANS: Readonly<Record<string, string>> = { True: "1", False: "0" };

function isSame(own: string, judged: string): boolean {
  if (own === judged || own === BOOLEANS[judged]) return true;
  return judged !== "" && own !== "" && Number(own) === Number(judged);
}

export function contextOf(judged: readonly JudgedField[]): FieldContext {
  const number = (name: string) => {
    const show = judged.find((field) => field.name === name)?.show;
    return show === undefined ? undefined : Number(show);
  };
  const datagrams = judged.filter(({ name }) => name === "udp.stream").map(({ show }) => Number(show));
  const tcp = number("tcp.stream");
  return {
    stream: tcp ?? datagrams.at(-1),
    carrierStreams: tcp === undefined ? datagrams.slice(0, -1) : datagrams,
    relativeSequence: number("tcp.seq"),
    relativeAcknowledgment: number("tcp.ack"),
    scaledWindow: number("tcp.window_size"),
  };
}

/** In what we differ from tshark, by the names of the fields: one line for each difference. */
export function differences(
  fields: readonly Field[],
  judged: readonly JudgedField[],
  known: ReadonlySet<string>,
  isCut: boolean,
): string[] {
  const lines: string[] = [];
  for (const name of new Set(fields.map((field) => field.name))) {
    // Headings have no name, and of what is short tshark does not say how much is missing.
    if (name === "" || name === SHORT) continue;
    const ours = fields.filter((field) => field.name === name);
    const all = judged.filter((field) => field.name === name);
    // Where a frame is cut, tshark gives up one field sooner or later than we do.
    const theirs = isCut ? all.slice(0, ours.length) : all;
    if (!known.has(name)) lines.push(`${name} unknown`);
    else if (!isCut && ours.length !== theirs.length)
      lines.push(`${name} ${ours.length} times, judged ${theirs.length}`);
    else for (const [index, judged] of theirs.entries()) lines.push(...difference(ours[index]!, judged));
  }
  return lines;
}

function difference(own: Field, judged: JudgedField): string[] {
  const span = own.length === 0 ? "-" : `${own.start - BEFORE}+${own.length}`;
  const judgedSpan = own.length === 0 ? "-" : `${judged.start}+${judged.length}`;
  const value = shown(own);
  const isSameValue = value === undefined || isSame(value, judged.show);
  if (span === judgedSpan && isSameValue) return [];
  return [`${own.name} ${span} ${value}, judged ${judgedSpan} ${judged.show}`];
}
