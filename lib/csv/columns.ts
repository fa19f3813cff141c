/** Which column of a CSV means what: by its name at first, but what its cells hold decides. */

import { meaningOf, type NamedMeaning, normalizeName, timeUnitOf, VAGUE_LENGTHS } from "./column-names.ts";
import { COLUMN_MEANINGS, type ColumnMeaning, type Delimiter } from "./dialect.ts";
import { type CellKind, countKinds, isMostly, type KindCounts } from "./end-points.ts";
import { type FrameColumns, frameColumnsOf, placeFrameColumns } from "./frame-columns.ts";
import { InputError, type InputPlace, quoteFound } from "./input-errors.ts";
import { isNameOfTshark, type NumberColumns, numberColumnsOf, placeNumberColumns } from "./number-columns.ts";
import { isTcpInfo } from "./packet-list/list-signs.ts";
import { parseTcpFlags } from "./tcp-flags.ts";
import { settleDate } from "./time-columns.ts";
import type { TimeUnit } from "./time-formats.ts";

/** Where one end point's parts stand: indices into a row, from 0. At least one of the three is there. */
export interface EndPointColumns {
  readonly name: number | undefined;
  readonly address: number | undefined;
  readonly port: number | undefined;
  /** The names end in `:80`, and that is their port. */
  readonly namesHavePorts: boolean;
}

/** Where everything stands: indices into a row, from 0. */
export interface Columns {
  /** The header's names without spaces around them. A row has as many cells. */
  readonly names: readonly string[];
  readonly id: number | undefined;
  readonly protocol: number | undefined;
  readonly transport: number | undefined;
  readonly source: EndPointColumns;
  readonly destination: EndPointColumns;
  readonly message: number | undefined;
  readonly time: number;
  /** Of the dates that belong to the times, where they stand apart. */
  readonly date: number | undefined;
  /** What numbers in the column of times count, where its name says it. */
  readonly timeUnit: TimeUnit | undefined;
  readonly flags: number | undefined;
  readonly length: number | undefined;
  readonly isPacketTable: boolean;
  /** Absent where no column says anything of frames. */
  readonly frame: FrameColumns | undefined;
  /** Absent where none has sequence or acknowledgment numbers. */
  readonly numbers: NumberColumns | undefined;
  /** The length is that of the frame, headers and all. */
  readonly isFrameLength: boolean;
  readonly byMeaning: ReadonlyMap<ColumnMeaning, number>;
  /** Those that are to be left alone, whatever they are called. */
  readonly aside: ReadonlySet<number>;
}

/** What the user says about columns. `#3` is the third one, where none is called so. */
export interface ColumnChoices {
  /** Names by meaning. */
  readonly given: ReadonlyMap<ColumnMeaning, string>;
  /** Names of those that are to be left alone. */
  readonly ignored: readonly string[];
}

/** The header to show to somebody who has none. */
export const STANDARD_HEADER = "msg_id,app_protocol,src_app,dst_app,message,timestamp";

const STANDARD_NAMES: ReadonlyMap<ColumnMeaning, string> = new Map([
  ["source", "src_app"],
  ["destination", "dst_app"],
  ["message", "message"],
  ["time", "timestamp"],
]);

const MOST_NAMES_SHOWN = 12;

type Slots = Map<ColumnMeaning, number>;

interface Candidate extends NamedMeaning {
  readonly index: number;
  /** A hardware address, which tells who somebody is only where nothing else does. */
  readonly isHardware: boolean;
}

/**
 * Reads a header.
 *
 * @param sample the first rows below it
 * @throws InputError when a column that is needed is missing, or has the name of another one
 */
export async function findColumns(
  header: readonly string[],
  sample: readonly (readonly string[])[],
  { given, ignored }: ColumnChoices,
  place: InputPlace,
  delimiter: Delimiter,
): Promise<Columns> {
  const names = header.map((name) => name.replace(/^\ufeff/, "").trim());
  try {
    return columnsNamed(names, sample, { given, ignored }, place);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { isData, missingHeader } = await import("./missing-header.ts");
    if (!isData(names, sample)) throw error;
    throw missingHeader(names, sample, place, delimiter, STANDARD_HEADER.split(","));
  }
}

function columnsNamed(
  names: readonly string[],
  sample: readonly (readonly string[])[],
  { given, ignored }: ColumnChoices,
  place: InputPlace,
): Columns {
  const aside = new Set(ignored.flatMap((name) => columnsCalled(names, name, "ignore", place)));
  const slots = givenColumns(names, given, place);
  const candidates = candidatesFor(names, slots).filter(({ index }) => !aside.has(index));
  for (const meaning of ["id", "protocol", "transport", "message", "date", "time", "flags", "length"] as const) {
    const best = candidates.find((candidate) => candidate.meaning === meaning);
    if (best !== undefined && !slots.has(meaning)) slots.set(meaning, best.index);
  }
  addTransport(candidates, slots);
  const cells = (index: number) => sample.map((row) => row[index] ?? "");
  settleDate(slots, given.has("date"), (index) => cells(index).filter((text) => text.trim() !== ""));
  const hasPorts = placeEndPoints(candidates, slots, given, cells);
  findFlags(names, slots, aside, cells);
  placeFrameColumns(names, slots, new Set([...slots.values(), ...aside]), cells);
  const isPacketTable = slots.has("flags") || hasPacketInfo(slots, cells);
  if (isPacketTable || names.some(isNameOfTshark)) {
    placeNumberColumns(names, slots, new Set([...slots.values(), ...aside]), cells);
  }
  if (!isPacketTable && !given.has("length")) slots.delete("length");
  const missing = missingMeanings(slots, isPacketTable);
  if (missing.length > 0) throw missingColumns(missing, names, place);
  refuseDoubles(names, slots, given, aside, place);
  const endPoint = (side: "source" | "destination"): EndPointColumns => ({
    name: slots.get(side),
    address: slots.get(`${side}-ip`),
    port: slots.get(`${side}-port`),
    namesHavePorts: hasPorts.has(side),
  });
  return {
    names,
    id: slots.get("id"),
    protocol: slots.get("protocol"),
    transport: slots.get("transport"),
    source: endPoint("source"),
    destination: endPoint("destination"),
    message: slots.get("message"),
    time: slots.get("time") ?? -1,
    date: slots.get("date"),
    timeUnit: timeUnitOf(names[slots.get("time") ?? -1] ?? ""),
    flags: slots.get("flags"),
    length: slots.get("length"),
    isPacketTable,
    frame: frameColumnsOf(names, slots, given),
    numbers: numberColumnsOf(slots),
    isFrameLength: isFrameLength(names, slots, cells),
    byMeaning: new Map(COLUMN_MEANINGS.flatMap((meaning) => entryOf(slots, meaning))),
    aside,
  };
}

function entryOf(slots: Slots, meaning: ColumnMeaning): [ColumnMeaning, number][] {
  const index = slots.get(meaning);
  return index === undefined ? [] : [[meaning, index]];
}

/** Two columns of one name are an error only where one of them is used, and the user has not said which by its number. */
function refuseDoubles(
  names: readonly string[],
  slots: Slots,
  given: ReadonlyMap<ColumnMeaning, string>,
  aside: ReadonlySet<number>,
  place: InputPlace,
): void {
  const keys = names.map((name, index) => (aside.has(index) ? "" : name.toLowerCase()));
  for (const [meaning, index] of slots) {
    const key = keys[index] ?? "";
    const other = key === "" || isNumber(given.get(meaning)) ? -1 : keys.findIndex((k, i) => k === key && i !== index);
    if (other < 0) continue;
    const [first, second] = [Math.min(index, other), Math.max(index, other)];
    throw new InputError(
      "DUPLICATE_COLUMN",
      { ...place, column: second + 1, columnName: names[second]! },
      `column ${first + 1} has the same name`,
      `rename or remove one of the two, or set one aside with --column ignore=#${second + 1}`,
    );
  }
}

const NUMBERED = /^#(\d{1,6})$/;

function isNumber(name: string | undefined): boolean {
  return name !== undefined && NUMBERED.test(name.trim());
}

/** The columns that a user means: those of the very name, else of a like one, else the one of that number. */
function columnsCalled(names: readonly string[], name: string, meaning: string, place: InputPlace): number[] {
  const indicesOf = (test: (other: string) => boolean) => names.flatMap((other, i) => (test(other) ? [i] : []));
  const exact = indicesOf((other) => other === name.trim());
  if (exact.length > 0) return exact;
  const key = normalizeName(name);
  const number = Number(NUMBERED.exec(name.trim())?.[1] ?? 0);
  const found =
    number > 0 && number <= names.length ? [number - 1] : indicesOf((other) => normalizeName(other) === key);
  if (found.length > 0 && key !== "") return found;
  const problem = `there is no column ${quoteFound(name)}, found ${listNames(names)}`;
  const advice = `say with --column which of them is ${meaning === "ignore" ? "to be ignored" : `the ${meaning}`}`;
  throw new InputError("MISSING_COLUMN", place, problem, advice);
}

function givenColumns(names: readonly string[], given: ReadonlyMap<ColumnMeaning, string>, place: InputPlace): Slots {
  const slots: Slots = new Map();
  for (const [meaning, name] of given) slots.set(meaning, columnsCalled(names, name, meaning, place)[0]!);
  return slots;
}

const HARDWARE_NAME = /^eth(?:src|dst)$/;

/** The columns whose names say something, the best names first. */
function candidatesFor(names: readonly string[], slots: Slots): Candidate[] {
  const given = new Set(slots.values());
  return names
    .flatMap((name, index) => {
      const found = given.has(index) ? undefined : meaningOf(name);
      return found === undefined ? [] : [{ ...found, index, isHardware: HARDWARE_NAME.test(normalizeName(name)) }];
    })
    .sort((a, b) => a.rank - b.rank);
}

/** Where one column says HTTP and another one says TCP, the second is the transport. */
function addTransport(candidates: readonly Candidate[], slots: Slots): void {
  if (slots.has("transport")) return;
  const spare = candidates.find(({ meaning, index }) => meaning === "protocol" && index !== slots.get("protocol"));
  if (spare !== undefined) slots.set("transport", spare.index);
}

const PART_OF_KIND = { name: "", address: "-ip", port: "-port" } as const;

/** Gives each side its columns. Returns the sides whose names have ports. */
function placeEndPoints(
  candidates: readonly Candidate[],
  slots: Slots,
  given: ReadonlyMap<ColumnMeaning, string>,
  cells: (index: number) => string[],
): Set<"source" | "destination"> {
  const sides = ["source", "destination"] as const;
  const kinds = new Map<number, KindCounts>();
  const ofSide = (side: string) => {
    const all = candidates.filter(({ meaning }) => meaning === side || meaning.startsWith(`${side}-`));
    const others = all.filter(({ isHardware }) => !isHardware);
    return others.length > 0 ? others : all;
  };
  for (const { index } of sides.flatMap(ofSide)) kinds.set(index, countKinds(cells(index)));
  // Applications may be called 1 and 2; ports are larger on one side at least.
  const numbersArePorts = [...kinds.values()].some(({ largestNumber }) => largestNumber >= 1024);
  const hasPorts = new Set<"source" | "destination">();
  for (const side of sides) {
    const held = ofSide(side).map(({ index, meaning }) => {
      const own = kindNamed(meaning);
      return { index, own, holds: kindHeld(own, kinds.get(index)!, numbersArePorts) };
    });
    placeSide(side, held, slots);
    const name = slots.get(side);
    const isWhole = name !== undefined && !slots.has(`${side}-port`) && !given.has(side);
    if (isWhole && (kinds.get(name)?.allHavePorts ?? false)) hasPorts.add(side);
  }
  return hasPorts;
}

interface HeldColumn {
  readonly index: number;
  /** What its name says, and what its cells are. */
  readonly own: CellKind;
  readonly holds: CellKind;
}

/** First the columns whose names are right, then the others where there is room for what they hold. */
function placeSide(side: "source" | "destination", held: readonly HeldColumn[], slots: Slots): void {
  const left: HeldColumn[] = [];
  const place = (index: number, kind: CellKind): boolean => {
    const slot = `${side}${PART_OF_KIND[kind]}` as const;
    if (slots.has(slot)) return false;
    slots.set(slot, index);
    return true;
  };
  for (const column of held) {
    if (column.own !== column.holds || !place(column.index, column.own)) left.push(column);
  }
  for (const { index, own, holds } of left) {
    if (!place(index, holds)) place(index, own);
  }
}

function kindNamed(meaning: ColumnMeaning): CellKind {
  if (meaning.endsWith("-ip")) return "address";
  return meaning.endsWith("-port") ? "port" : "name";
}

/** What the cells of a column are; what its name says where they do not tell. */
function kindHeld(own: CellKind, counts: KindCounts, numbersArePorts: boolean): CellKind {
  if (counts.all === 0) return own;
  if (counts.allHavePorts) return "name";
  if (own === "name") {
    if (counts.port === counts.all && numbersArePorts) return "port";
    return counts.address === counts.all ? "address" : "name";
  }
  for (const kind of ["port", "address", "name"] as const) if (isMostly(counts, kind)) return kind;
  return own;
}

const FLAG_WORD = /SYN|ACK|FIN|RST|PSH/i;

/** A column that nobody named so, but that holds nothing but TCP flags. */
function findFlags(
  names: readonly string[],
  slots: Slots,
  aside: ReadonlySet<number>,
  cells: (index: number) => string[],
): void {
  if (slots.has("flags")) return;
  const taken = new Set([...slots.values(), ...aside]);
  const index = names.findIndex((_, column) => {
    if (taken.has(column)) return false;
    const texts = cells(column).filter((text) => text.trim() !== "");
    return texts.some((text) => FLAG_WORD.test(text)) && texts.every((text) => parseTcpFlags(text) !== undefined);
  });
  if (index >= 0) slots.set("flags", index);
}

/** Whether the messages are what Wireshark says about packets. */
function hasPacketInfo(slots: Slots, cells: (index: number) => string[]): boolean {
  const index = slots.get("message");
  if (index === undefined) return false;
  const texts = cells(index).filter((text) => text.trim() !== "");
  return texts.length > 0 && texts.filter(isTcpInfo).length * 2 >= texts.length;
}

/** An empty packet has no payload, so a length that says otherwise counts the headers. */
function isFrameLength(names: readonly string[], slots: Slots, cells: (index: number) => string[]): boolean {
  const [length, flags] = [slots.get("length"), slots.get("flags")];
  if (length === undefined || flags === undefined || !VAGUE_LENGTHS.has(normalizeName(names[length] ?? "")))
    return false;
  const lengths = cells(length);
  return cells(flags).some((text, row) => {
    const isOpening = ((parseTcpFlags(text) ?? 0) & 0x02) !== 0;
    return isOpening && Number(lengths[row]) >= 40;
  });
}

function missingMeanings(slots: Slots, isPacketTable: boolean): ColumnMeaning[] {
  const hasSide = (side: "source" | "destination") =>
    slots.has(side) || slots.has(`${side}-ip`) || slots.has(`${side}-port`);
  return (["source", "destination", "message", "time"] as const).filter((meaning) => {
    if (meaning === "source" || meaning === "destination") return !hasSide(meaning);
    return !slots.has(meaning) && !(meaning === "message" && isPacketTable);
  });
}

function missingColumns(missing: readonly ColumnMeaning[], names: readonly string[], place: InputPlace): InputError {
  const list = missing.map((meaning) => `"${STANDARD_NAMES.get(meaning) ?? meaning}"`).join(" and ");
  const problem = `${missing.length === 1 ? `column ${list} is` : `columns ${list} are`} missing, found ${listNames(names)}`;
  const advice = `the first line must name the columns, such as ${STANDARD_HEADER}; where one has another name, say so with --column ${missing[0]}=NAME`;
  return new InputError("MISSING_COLUMN", place, problem, advice);
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES_SHOWN).map(quoteFound).join(", ");
  return names.length > MOST_NAMES_SHOWN ? `${shown} and ${names.length - MOST_NAMES_SHOWN} more` : shown;
}
