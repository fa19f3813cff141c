/** Columns about the frames that carry a message: hardware addresses, VLAN, time to live. Which they are, and what may stand there. */
import { isGroupMac, type MacAddress, tryParseMac } from "../headers/address.ts";
import { LARGEST_VLAN } from "../headers/assigned-numbers.ts";
import { normalizeName } from "./column-names.ts";
import type { ColumnMeaning } from "./dialect.ts";

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

export type FrameMeaning = Extract<ColumnMeaning, "source-mac" | "destination-mac" | "vlan" | "ttl">;

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

export const NOTHING = /^[\s\-–]*$/;

/** @returns undefined for what is none, null for an empty cell */
export const READERS: Readonly<Record<FrameMeaning, (text: string) => number | null | undefined>> = {
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
