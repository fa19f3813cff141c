/** Which column of a CSV means what: by its name at first, but what its cells hold decides. */

import { type CellKind, countKinds, isMostly, type KindCounts } from "./cell-kinds.ts";
import { meaningOf, type NamedMeaning, normalizeName, VAGUE_LENGTHS } from "./column-names.ts";
import { InputError, type InputPlace, quoteFound } from "./errors.ts";
import { isTcpInfo } from "./packet-list/transport-info.ts";
import { parseTcpFlags } from "./tcp-flags.ts";
import { COLUMN_MEANINGS, type ColumnMeaning } from "./understanding.ts";

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
  readonly flags: number | undefined;
  readonly length: number | undefined;
  readonly isPacketTable: boolean;
  /** The length is that of the frame, headers and all. */
  readonly isFrameLength: boolean;
  readonly byMeaning: ReadonlyMap<ColumnMeaning, number>;
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
}

/**
 * Reads a header.
 *
 * @param sample the first rows below it
 * @param given what the user says: names by meaning
 * @throws InputError when a column that is needed is missing or a name stands twice
 */
export function findColumns(
  header: readonly string[],
  sample: readonly (readonly string[])[],
  given: ReadonlyMap<ColumnMeaning, string>,
  place: InputPlace,
): Columns {
  const names = header.map((name) => name.replace(/^\ufeff/, "").trim());
  refuseDoubles(names, place);
  const slots = givenColumns(names, given, place);
  const candidates = candidatesFor(names, slots);
  for (const meaning of ["id", "protocol", "transport", "message", "time", "flags", "length"] as const) {
    const best = candidates.find((candidate) => candidate.meaning === meaning);
    if (best !== undefined && !slots.has(meaning)) slots.set(meaning, best.index);
  }
  addTransport(candidates, slots);
  const cells = (index: number) => sample.map((row) => row[index] ?? "");
  const hasPorts = placeEndPoints(candidates, slots, given, cells);
  findFlags(names, slots, cells);
  const isPacketTable = slots.has("flags") || hasPacketInfo(slots, cells);
  if (!isPacketTable && !given.has("length")) slots.delete("length");
  const missing = missingMeanings(slots, isPacketTable);
  if (missing.length > 0) throw missingColumns(missing, names, place);
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
    flags: slots.get("flags"),
    length: slots.get("length"),
    isPacketTable,
    isFrameLength: isFrameLength(names, slots, cells),
    byMeaning: new Map(COLUMN_MEANINGS.flatMap((meaning) => entryOf(slots, meaning))),
  };
}

function entryOf(slots: Slots, meaning: ColumnMeaning): [ColumnMeaning, number][] {
  const index = slots.get(meaning);
  return index === undefined ? [] : [[meaning, index]];
}

/** Columns without a name, which spreadsheets leave behind, may be many. */
function refuseDoubles(names: readonly string[], place: InputPlace): void {
  const indices = new Map<string, number>();
  names.forEach((name, index) => {
    const key = name.toLowerCase();
    const first = indices.get(key);
    if (key !== "" && first !== undefined) {
      throw new InputError(
        "DUPLICATE_COLUMN",
        { ...place, column: index + 1, columnName: name },
        `column ${first + 1} has the same name`,
        "rename or remove one of the two",
      );
    }
    indices.set(key, index);
  });
}

function givenColumns(names: readonly string[], given: ReadonlyMap<ColumnMeaning, string>, place: InputPlace): Slots {
  const slots: Slots = new Map();
  for (const [meaning, name] of given) {
    const exact = names.indexOf(name.trim());
    const key = normalizeName(name);
    const index = exact >= 0 || key === "" ? exact : names.findIndex((other) => normalizeName(other) === key);
    if (index < 0) {
      const problem = `there is no column ${quoteFound(name)}, found ${listNames(names)}`;
      throw new InputError("MISSING_COLUMN", place, problem, `say with --column which of them is the ${meaning}`);
    }
    slots.set(meaning, index);
  }
  return slots;
}

/** The columns whose names say something, the best names first. */
function candidatesFor(names: readonly string[], slots: Slots): Candidate[] {
  const given = new Set(slots.values());
  return names
    .flatMap((name, index) => {
      const found = given.has(index) ? undefined : meaningOf(name);
      return found === undefined ? [] : [{ ...found, index }];
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
  const ofSide = (side: string) =>
    candidates.filter(({ meaning }) => meaning === side || meaning.startsWith(`${side}-`));
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
function findFlags(names: readonly string[], slots: Slots, cells: (index: number) => string[]): void {
  if (slots.has("flags")) return;
  const taken = new Set(slots.values());
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
