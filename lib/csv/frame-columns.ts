/** Columns about the frames that carry a message: hardware addresses, VLAN, time to live. Which they are, and what rows say there. */
import { StringInterner } from "../core/tables.ts";
import { isGroupMac, type MacAddress, tryParseMac } from "../headers/address.ts";
import { LARGEST_VLAN } from "../headers/assigned-numbers.ts";
import { normalizeName } from "./column-names.ts";
import type { ColumnMeaning } from "./dialect.ts";
import { type InputError, type InputErrorCode, quoteFound, settingAside } from "./input-errors.ts";
import type { Row } from "./row.ts";
import type { WarningLog } from "./warnings.ts";

/** What a row says of the frames of its message. What is left out, it does not say. */
export interface RowFields {
  /** Hardware address that the frames come from. */
  readonly sourceMac?: MacAddress | undefined;
  /** Hardware address that the frames go to. */
  readonly destinationMac?: MacAddress | undefined;
  /** 1 to 4094. */
  readonly vlan?: number | undefined;
  /** IPv4 time to live or IPv6 hop limit, 1 to 255. */
  readonly timeToLive?: number | undefined;
}

/** Where they stand: indices into a row, from 0. */
export interface FrameColumns {
  readonly sourceMac: number | undefined;
  readonly destinationMac: number | undefined;
  readonly vlan: number | undefined;
  readonly timeToLive: number | undefined;
  /** The time to live may be another one: nothing but the word `ttl` tells. */
  readonly isVague: boolean;
}

type FrameMeaning = Extract<ColumnMeaning, "source-mac" | "destination-mac" | "vlan" | "ttl">;

const macNames = (sides: readonly string[]) =>
  ["mac", "macaddress", "macaddr", "hwaddr", "hardwareaddress"].flatMap((what) =>
    sides.flatMap((side) => [side + what, what + side]),
  );

const NAMES: Readonly<Record<FrameMeaning, ReadonlySet<string>>> = {
  "source-mac": new Set([...macNames(["src", "source"]), "smac", "ethsrc", "ethsource"]),
  "destination-mac": new Set([...macNames(["dst", "dest", "destination"]), "dmac", "ethdst", "ethdestination"]),
  vlan: new Set("vlan vlanid vlantag vlanno vlannumber 8021q dot1q 8021qid".split(" ")),
  ttl: new Set("ttl timetolive ipttl iptimetolive iphoplimit ipv6hlim hoplimit ipv6hoplimit".split(" ")),
};

/** Records of DNS have one, too, and so has whatever is kept for a time. */
const VAGUE_NAMES: ReadonlySet<string> = new Set(["ttl", "timetolive"]);

const NOTHING = /^[\s\-–]*$/;

/** @returns undefined for what is none, null for an empty cell */
const READERS: Readonly<Record<FrameMeaning, (text: string) => number | null | undefined>> = {
  "source-mac": (text) => {
    const mac = tryParseMac(text);
    return mac !== undefined && isGroupMac(mac) ? undefined : mac;
  },
  "destination-mac": tryParseMac,
  // Those who have no VLAN are often said to be in number 0.
  vlan: (text) => (/^0+$/.test(text) ? null : wholeNumber(text, LARGEST_VLAN)),
  ttl: (text) => wholeNumber(text, 255),
};

function wholeNumber(text: string, largest: number): number | undefined {
  const value = /^\d{1,4}(?:\.0+)?$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= largest ? value : undefined;
}

/**
 * Finds the columns of these names that also hold what the names say. Others are left alone: there are tables that call
 * something else so.
 *
 * @param taken columns that have a meaning, or were set aside
 * @param cells of a column, in the first rows
 */
export function placeFrameColumns(
  names: readonly string[],
  slots: Map<ColumnMeaning, number>,
  taken: ReadonlySet<number>,
  cells: (index: number) => string[],
): void {
  for (const meaning of Object.keys(NAMES) as FrameMeaning[]) {
    if (slots.has(meaning)) continue;
    const called = names.flatMap((name, index) => (NAMES[meaning].has(normalizeName(name)) ? [index] : []));
    const [index, ...others] = called.filter((column) => !taken.has(column));
    if (index === undefined || others.length > 0) continue;
    const protocol = slots.get("protocol");
    const protocols = protocol === undefined ? [] : cells(protocol);
    if (holds(meaning, normalizeName(names[index] ?? ""), cells(index), protocols)) slots.set(meaning, index);
  }
}

/** Mostly; and where the name could be that of something else, always. */
function holds(meaning: FrameMeaning, name: string, texts: readonly string[], protocols: readonly string[]): boolean {
  const filled = texts.map((text) => text.trim()).filter((text) => !NOTHING.test(text));
  const right = filled.filter((text) => READERS[meaning](text) !== undefined).length;
  if (!VAGUE_NAMES.has(name)) return filled.length === 0 || right * 2 > filled.length;
  const isOfDns = protocols.length > 0 && texts.every((text, row) => NOTHING.test(text) || isDns(protocols[row]));
  return right === filled.length && (filled.length === 0 || !isOfDns);
}

const isDns = (protocol: string | undefined) => /^\s*m?dns\b/i.test(protocol ?? "");

/** @returns undefined where there are none of them */
export function frameColumnsOf(
  names: readonly string[],
  slots: ReadonlyMap<ColumnMeaning, number>,
  given: ReadonlyMap<ColumnMeaning, string>,
): FrameColumns | undefined {
  const found = {
    sourceMac: slots.get("source-mac"),
    destinationMac: slots.get("destination-mac"),
    vlan: slots.get("vlan"),
    timeToLive: slots.get("ttl"),
  };
  if (Object.values(found).every((index) => index === undefined)) return undefined;
  const isVague = !given.has("ttl") && VAGUE_NAMES.has(normalizeName(names[found.timeToLive ?? -1] ?? ""));
  return { ...found, isVague };
}

type BadCell = (code: InputErrorCode, index: number, line: number, problem: string, advice: string) => InputError;

/** Remembered, so that a file full of different ones only takes longer. Four of these numbers fit into a safe integer. */
const MOST_WORDS = 1 << 13;
const MOST_COMBINATIONS = 1 << 16;

const NO_FIELDS: RowFields = {};

/** Reads what rows say of their frames. Rows that say the same are given the same object. */
export class FrameCells {
  readonly #columns: FrameColumns;
  readonly #names: readonly string[];
  readonly #warnings: WarningLog;
  readonly #badCell: BadCell;
  readonly #words = new StringInterner(MOST_WORDS);
  /** By the numbers of the words in the cells. */
  readonly #known = new Map<number, RowFields>();

  constructor(columns: FrameColumns, names: readonly string[], warnings: WarningLog, badCell: BadCell) {
    this.#columns = columns;
    this.#names = names;
    this.#warnings = warnings;
    this.#badCell = badCell;
  }

  /** @returns undefined for a row that says nothing of them. @throws InputError */
  read(row: Row, line: number): RowFields | undefined {
    const { sourceMac, destinationMac, vlan, timeToLive } = this.#columns;
    const key = this.#addCell(
      this.#addCell(this.#addCell(this.#addCell(0, row, sourceMac), row, destinationMac), row, vlan),
      row,
      timeToLive,
    );
    let fields = this.#known.get(key);
    if (fields === undefined) {
      fields = this.#fields(row, line);
      // What was left alone is to be counted in every row.
      const isWhole = timeToLive === undefined || isVoid(row, timeToLive) || fields.timeToLive !== undefined;
      if (isWhole && key >= 0 && this.#known.size < MOST_COMBINATIONS) this.#known.set(key, fields);
    }
    return fields === NO_FIELDS ? undefined : fields;
  }

  /** The number of a combination of cells, with one cell more; negative where one of them has none. */
  #addCell(key: number, row: Row, index: number | undefined): number {
    if (index === undefined || key < 0) return key;
    // The end first: where quotes have to be taken out, it moves.
    const end = row.endOf(index);
    const word = this.#words.numberOf(row.source, row.startOf(index), end);
    return word < 0 ? word : key * MOST_WORDS + word;
  }

  #fields(row: Row, line: number): RowFields {
    const { sourceMac, destinationMac, vlan, timeToLive } = this.#columns;
    const fields = {
      sourceMac: this.#number("source-mac", sourceMac, row, line),
      destinationMac: this.#number("destination-mac", destinationMac, row, line),
      vlan: this.#number("vlan", vlan, row, line),
      timeToLive: this.#number("ttl", timeToLive, row, line),
    };
    return Object.values(fields).every((value) => value === undefined) ? NO_FIELDS : fields;
  }

  #number(meaning: FrameMeaning, index: number | undefined, row: Row, line: number): number | undefined {
    const text = index === undefined ? "" : row.text(index).trim();
    if (index === undefined || NOTHING.test(text)) return undefined;
    const value = READERS[meaning](text);
    if (value !== undefined) return value ?? undefined;
    if (meaning === "ttl" && this.#columns.isVague) {
      this.#warnings.note("NO_TTL", line);
      return undefined;
    }
    const { code, what, write } = FAULTS[meaning];
    const aside = `or ${settingAside(this.#names[index]!, index)}`;
    throw this.#badCell(
      code,
      index,
      line,
      `${quoteFound(text)} is not ${what}`,
      `${write}, leave the cell empty, ${aside}`,
    );
  }
}

function isVoid(row: Row, index: number): boolean {
  return NOTHING.test(row.text(index));
}

const FAULTS: Readonly<Record<FrameMeaning, { code: InputErrorCode; what: string; write: string }>> = {
  "source-mac": {
    code: "BAD_MAC",
    what: "the MAC address of one machine",
    write: "write one such as 02:00:0a:00:00:01",
  },
  "destination-mac": { code: "BAD_MAC", what: "a MAC address", write: "write one such as 02:00:0a:00:00:01" },
  vlan: { code: "BAD_VLAN", what: "a VLAN", write: `write a whole number from 1 to ${LARGEST_VLAN}` },
  ttl: { code: "BAD_TTL", what: "a time to live", write: "write a whole number from 1 to 255" },
};
