/** Columns of TCP sequence and acknowledgment numbers: which they are, and what their cells say. */
import { normalizeName } from "./column-names.ts";
import type { ColumnMeaning } from "./dialect.ts";

/** What columns of numbers can mean: numbers as they are, and those that are called raw, which the header of TCP has. */
export const NUMBER_MEANINGS = ["sequence", "acknowledgment", "sequence-raw", "acknowledgment-raw"] as const;

export type NumberMeaning = (typeof NUMBER_MEANINGS)[number];

/** Where they stand: indices into a row, from 0. */
export type NumberColumns = Readonly<Partial<Record<NumberMeaning, number>>>;

const SEQUENCES = "seq sequence seqnumber seqnum seqnr sequencenumber sequencenum sequencenr".split(" ");
const ACKNOWLEDGMENTS = [
  ..."ack acknumber acknum ackno acknr acknowledgment acknowledgement".split(" "),
  ...["number", "num", "no", "nr"].flatMap((what) => [`acknowledgment${what}`, `acknowledgement${what}`]),
];
/** Where nothing else is called a sequence number, and something is called an acknowledgment; else what counts messages. */
const MESSAGE_COUNTS = ["seqno", "sequenceno"];

/** As they are, and with `tcp` in front. */
const withTcp = (names: readonly string[]) => names.flatMap((name) => [name, `tcp${name}`]);

const marked = (names: readonly string[], ...marks: readonly string[]) =>
  marks.flatMap((mark) => withTcp(names).flatMap((name) => [`${name}${mark}`, `${mark}${name}`, `tcp${mark}${name}`]));

const plain = (names: readonly string[]) => new Set([...withTcp(names), ...marked(names, "relative", "rel")]);
const raw = (names: readonly string[]) => new Set(marked(names, "raw", "absolute", "abs"));

const NAMES: Readonly<Record<NumberMeaning, ReadonlySet<string>>> = {
  sequence: plain(SEQUENCES),
  acknowledgment: plain(ACKNOWLEDGMENTS),
  "sequence-raw": raw([...SEQUENCES, ...MESSAGE_COUNTS]),
  "acknowledgment-raw": raw(ACKNOWLEDGMENTS),
};

/** Tables that have a column for each flag call one of them ACK. */
const OTHER_FLAGS: ReadonlySet<string> = new Set("syn fin rst psh tcpflagssyn tcpflagsfin".split(" "));

const LARGEST = 0xffff_ffff;
const NOTHING = /^(?:[\s\-–—]*|nan|n\/?a|none|null)$/i;
/** As in Wireshark's details: `1    (relative sequence number)`. */
const REMARK = /\s*\((?:relative|raw)\b[^)]*\)$/i;
const GROUPED = /^\d{1,3}(?:,\d{3})+$/;
const WHOLE = /^(?:\d{1,10}(?:\.0+)?|0x[0-9a-f]{1,8})$/i;

/**
 * @param text of a cell
 * @param isOfTshark whether commas part the numbers of several headers, of which the first is the outermost, and no thousands
 * @returns undefined for what is no such number, null for an empty cell
 */
export function parseSequenceNumber(text: string, isOfTshark: boolean): number | null | undefined {
  const written = text.trim().replace(REMARK, "");
  if (NOTHING.test(written)) return null;
  const value = parseWhole(written, isOfTshark);
  return value !== undefined && value <= LARGEST ? value : undefined;
}

/** A number without a sign, as people and programs write it: in tens or sixteens, with commas between thousands. */
export function parseWhole(text: string, isOfTshark: boolean): number | undefined {
  const first = isOfTshark ? text.split(",")[0]! : text;
  const bare = GROUPED.test(first) ? first.replaceAll(",", "") : first;
  return WHOLE.test(bare) ? Number(bare) : undefined;
}

/** Names that tshark gives to fields: `tcp.seq`. */
export function isNameOfTshark(name: string): boolean {
  return /^(?:_ws|frame|eth|ip|ipv6|tcp|udp)\.\w/.test(name.trim());
}

/**
 * Finds the columns that are called so and mostly hold numbers.
 *
 * @param slots columns by meaning; those that a user has given are left as they are
 * @param taken columns that have a meaning, or were set aside
 * @param cells of a column, in the first rows
 */
export function placeNumberColumns(
  names: readonly string[],
  slots: Map<ColumnMeaning, number>,
  taken: ReadonlySet<number>,
  cells: (index: number) => readonly string[],
): void {
  const isNumbers = (index: number) => holdsNumbers(cells(index), isNameOfTshark(names[index]!));
  for (const meaning of NUMBER_MEANINGS) {
    if (slots.has(meaning)) continue;
    const isCalledSo = (name: string) => NAMES[meaning].has(normalizeName(name));
    const index = names.findIndex((name, i) => isCalledSo(name) && !taken.has(i) && isNumbers(i));
    if (index >= 0) slots.set(meaning, index);
  }
  if (isFlag(names, slots, cells)) slots.delete("acknowledgment");
  takeCount(names, slots, isNumbers);
}

/** Numbers that cannot be count too, such as the 3.29E+09 of a spreadsheet: they are to be refused, not passed over. */
function holdsNumbers(texts: readonly string[], isOfTshark: boolean): boolean {
  const told = texts.filter((text) => parseSequenceNumber(text, isOfTshark) !== null);
  const isNumber = (text: string) =>
    parseSequenceNumber(text, isOfTshark) !== undefined || Number.isFinite(Number(text.trim()));
  return told.length > 0 && told.filter(isNumber).length * 2 >= told.length;
}

/** Whether what is called ACK only says whether the flag is set. */
function isFlag(
  names: readonly string[],
  slots: ReadonlyMap<ColumnMeaning, number>,
  cells: (index: number) => readonly string[],
): boolean {
  const index = slots.get("acknowledgment");
  if (index === undefined || normalizeName(names[index]!) !== "ack") return false;
  if (!cells(index).every((text) => /^\s*[01]?\s*$/.test(text))) return false;
  return !slots.has("sequence") || names.some((name) => OTHER_FLAGS.has(normalizeName(name)));
}

/** What counts messages elsewhere counts bytes beside acknowledgment numbers. */
function takeCount(
  names: readonly string[],
  slots: Map<ColumnMeaning, number>,
  isNumbers: (index: number) => boolean,
): void {
  if (slots.has("sequence") || slots.has("sequence-raw") || !slots.has("acknowledgment")) return;
  const index = names.findIndex((name) => MESSAGE_COUNTS.includes(normalizeName(name)));
  if (index < 0 || !isNumbers(index)) return;
  const others = [...slots].filter(([, column]) => column === index);
  if (others.some(([meaning]) => meaning !== "id")) return;
  slots.delete("id");
  slots.set("sequence", index);
}

/** @returns undefined where there are none of them */
export function numberColumnsOf(slots: ReadonlyMap<ColumnMeaning, number>): NumberColumns | undefined {
  const found = NUMBER_MEANINGS.flatMap((meaning) => {
    const index = slots.get(meaning);
    return index === undefined ? [] : [[meaning, index] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
