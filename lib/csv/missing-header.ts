/** A table whose first row is a message already. */

import { meaningOf } from "./column-names.ts";
import { countKinds, type KindCounts, parsePort } from "./end-points.ts";
import { InputError, type InputPlace, quoteFound } from "./input-errors.ts";
import { isProtocolName } from "./protocol-names.ts";

import { isTime } from "./time-formats.ts";

const MOST_ROWS = 200;
const MOST_CELLS_SHOWN = 6;
const TRANSPORTS = /^(?:TCP|UDP|6|17)$/i;

/**
 * Whether a first row is no header: numbers, addresses and times name no columns, and a name does not come again below.
 *
 * @param sample the rows below it
 */
export function isData(first: readonly string[], sample: readonly (readonly string[])[]): boolean {
  const below = new Set(sample.slice(0, MOST_ROWS).flatMap((row) => row.map((cell) => cell.trim())));
  const { address, port } = countKinds(first);
  const values = first.filter((cell) => isTime(cell)).length;
  const names = first.filter((cell) => meaningOf(cell) !== undefined && !below.has(cell.trim())).length;
  const found = Math.max(values, port) + address;
  return found > 0 && found >= names;
}

/** @param standard names to show where the columns do not tell what they are */
export function missingHeader(
  first: readonly string[],
  sample: readonly (readonly string[])[],
  place: InputPlace,
  delimiter: string,
  standard: readonly string[],
): InputError {
  const shown = first.slice(0, MOST_CELLS_SHOWN).map(quoteFound).join(", ");
  const more = first.length > MOST_CELLS_SHOWN ? ", ..." : "";
  const names = guessNames([first, ...sample.slice(0, MOST_ROWS)]);
  const advice =
    names === undefined
      ? `add a line above it that names the ${first.length} columns, such as ${asLine(standard, delimiter)}`
      : `add this line above it: ${asLine(names, delimiter)}`;
  return new InputError("MISSING_HEADER", place, `there is no header row, the first line is ${shown}${more}`, advice);
}

/** A tab is nothing to be seen in a sentence. */
function asLine(names: readonly string[], delimiter: string): string {
  return delimiter === "\t" ? `${names.join(",")} (with tabs for the commas)` : names.join(delimiter);
}

interface Column {
  readonly index: number;
  readonly texts: readonly string[];
  readonly kinds: KindCounts;
}

/** The names that the columns would have, where what they hold leaves no doubt. */
function guessNames(rows: readonly (readonly string[])[]): string[] | undefined {
  const width = rows[0]?.length ?? 0;
  const names = Array.from({ length: width }, (): string | undefined => undefined);
  const columns = names.map((_, index): Column => {
    const texts = rows.map((row) => (row[index] ?? "").trim()).filter((text) => text !== "");
    return { index, texts, kinds: countKinds(texts) };
  });
  const free = () => columns.filter(({ index, texts }) => names[index] === undefined && texts.length > 0);
  const name = (what: string, column: Column | undefined) => {
    if (column !== undefined) names[column.index] = what;
  };
  const areAll = (test: (text: string) => boolean) => (column: Column) => column.texts.every(test);
  const pair = (found: readonly Column[], source: string, destination: string): boolean => {
    if (found.length !== 2) return false;
    name(source, found[0]);
    name(destination, found[1]);
    return true;
  };
  const hasAddresses = pair(
    free().filter(({ kinds, texts }) => kinds.address === texts.length),
    "src_ip",
    "dst_ip",
  );
  const time = timeColumn(free());
  name("timestamp", time);
  const hasPorts = pair(neighbours(free().filter(holdsPorts)), "src_port", "dst_port");
  name("msg_id", free().find(countsUp));
  const protocols = free().filter(areAll(isProtocolName));
  name("app_protocol", protocols.find((column) => !areAll((text) => TRANSPORTS.test(text))(column)) ?? protocols[0]);
  name("transport", free().find(areAll((text) => TRANSPORTS.test(text))));
  const texts = free().filter(areAll((text) => !isTime(text)));
  const hasNames = pair(namesIn(texts), "src_app", "dst_app");
  const messages = free().filter(areAll((text) => !isTime(text)));
  if (time === undefined || messages.length !== 1 || !(hasAddresses || hasPorts || hasNames)) return undefined;
  name("message", messages[0]);
  return names.map((found, index) => found ?? `column_${index + 1}`);
}

/** Dates, times of day or numbers with decimals; else the last numbers that never fall. */
function timeColumn(columns: readonly Column[]): Column | undefined {
  const times = columns.filter(({ texts }) => texts.every((text) => isTime(text)));
  const certain = times.filter(({ texts }) => texts.some((text) => !/^\d+$/.test(text)));
  if (certain.length > 0) return certain.length === 1 ? certain[0] : undefined;
  return times
    .filter(({ texts }) => texts.every((text, row) => row === 0 || Number(text) >= Number(texts[row - 1])))
    .filter((column, _, all) => all.length === 1 || column.index > 0)
    .at(-1);
}

function holdsPorts({ texts, kinds }: Column): boolean {
  return texts.every((text) => parsePort(text) !== undefined) && kinds.largestNumber >= 80;
}

/** Two columns that are alike and far apart need not belong together. */
function neighbours(columns: readonly Column[]): readonly Column[] {
  const [first, second] = columns;
  return first !== undefined && second !== undefined && second.index - first.index <= 2 ? columns : [];
}

function countsUp({ texts }: Column): boolean {
  return texts.every((text, row) => /^\d+$/.test(text) && (row === 0 || Number(text) > Number(texts[row - 1])));
}

/** Two columns that name the same parties. */
function namesIn(columns: readonly Column[]): Column[] {
  for (const [place, column] of columns.entries()) {
    const own = new Set(column.texts);
    const other = columns.slice(place + 1).find(({ texts }) => texts.some((text) => own.has(text)));
    if (other !== undefined) return [column, other];
  }
  return [];
}
