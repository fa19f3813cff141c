/** How a file was understood: what its reader settled before the first row, for people to check. */

import { makeVisible } from "../core/text.ts";

/** What a column can mean, by the names that a user gives these meanings. */
export const COLUMN_MEANINGS = [
  "id",
  "protocol",
  "transport",
  "source",
  "source-ip",
  "source-port",
  "destination",
  "destination-ip",
  "destination-port",
  "message",
  "date",
  "time",
  "flags",
  "length",
  "sequence",
  "acknowledgment",
  "sequence-raw",
  "acknowledgment-raw",
  "source-mac",
  "destination-mac",
  "vlan",
  "ttl",
] as const;

/** What a column can mean. */
export type ColumnMeaning = (typeof COLUMN_MEANINGS)[number];

/** What stands between the cells of a row. */
export type Delimiter = "," | ";" | "\t" | "|";

/** Which of the two numbers before the year comes first. */
export type DateOrder = "dmy" | "mdy";

/** What the rows of a packet list have turned out to be. */
export interface PacketListCounts {
  /** Rows that are TCP segments. */
  segments: number;
  /** Rows that are UDP datagrams. */
  datagrams: number;
  /** Rows about other packets, such as ARP and ICMP. */
  others: number;
  /** Connections whose sequence numbers count from their initial ones, which are drawn. */
  relative: number;
  /** Connections whose sequence numbers are those of the header. */
  absolute: number;
  /** Whether Wireshark or tshark has written the table. */
  readonly isExport: boolean;
}

/** How a table was understood, by its first rows. */
export interface Dialect {
  /** What stands between the cells of a row. */
  readonly delimiter: Delimiter;
  /** The name of the encoding as the web knows it, such as "utf-8", "utf-16le" or "windows-1255". */
  readonly encoding: string;
  /** Whether the file is packed with gzip. */
  readonly isCompressed: boolean;
  /** By meaning, the header's name of the column; in the order of `COLUMN_MEANINGS`. */
  readonly columns: ReadonlyMap<ColumnMeaning, string>;
  /** The header's names of the columns that are left alone. */
  readonly unknownColumns: readonly string[];
  /** In words: "seconds from the start". */
  readonly timeFormat: string;
  /** Where the dates can be read in two ways: how they were read. */
  readonly dateOrder?: DateOrder;
  /** Each row is a packet as it stands. */
  readonly isPacketTable: boolean;
  /** Of a packet list as Wireshark exports it: what its rows were so far. */
  readonly packetList?: PacketListCounts;
}

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  ",": "commas",
  ";": "semicolons",
  "\t": "tabs",
  "|": "bars",
};
const MOST_NAMES = 12;

/**
 * How a file was understood, a line of text for each thing that was settled.
 *
 * @param areNumbersChosen whether segments are added to those of a table, which then get other sequence numbers
 */
export function describeDialect(dialect: Dialect, areNumbersChosen = false): string[] {
  const { delimiter, encoding, isCompressed, columns, unknownColumns, timeFormat, dateOrder } = dialect;
  const lines = [
    `Text: ${encoding}${isCompressed ? ", compressed with gzip" : ""}, cells parted by ${DELIMITER_NAMES[delimiter]}.`,
  ];
  const meanings = [...columns].map(([meaning, name]) => `${meaning} = ${quoted(name)}`);
  lines.push(`Columns: ${meanings.join(", ")}.`);
  if (unknownColumns.length > 0) {
    const more = unknownColumns.length > MOST_NAMES ? ` and ${unknownColumns.length - MOST_NAMES} more` : "";
    lines.push(`Columns left alone: ${unknownColumns.slice(0, MOST_NAMES).map(quoted).join(", ")}${more}.`);
  }
  const order = dateOrder === undefined ? "" : dateOrder === "dmy" ? ", day before month" : ", month before day";
  lines.push(`Times: ${timeFormat}${order}.`);
  const { packetList } = dialect;
  if (packetList !== undefined) lines.push(describeList(packetList), ...describeNumbers(packetList, areNumbersChosen));
  else if (dialect.isPacketTable)
    lines.push("Each row is a packet as it stands, because there is a column of TCP flags.");
  return lines;
}

function describeList({ segments, datagrams, others, isExport }: PacketListCounts): string {
  const counts = [
    [segments, "TCP"],
    [datagrams, "UDP"],
    [others, "ARP or ICMP"],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString("en")} of ${what}`);
  const list = told.length === 0 ? "" : ` (${told.join(", ")})`;
  const what = isExport ? "a packet list as Wireshark exports it, each" : "each";
  return `Rows: ${what} a packet as it stands${list}.`;
}

function describeNumbers({ relative, absolute }: PacketListCounts, areChosen: boolean): string[] {
  if (areChosen) return ["Sequence numbers: chosen anew, because segments are added to those of the table."];
  const told: string[] = [];
  if (absolute > 0) told.push(`as they are written in ${connections(absolute)}`);
  if (relative > 0) told.push(`relative in ${connections(relative)}, added to initial ones from the seed`);
  return told.length === 0 ? [] : [`Sequence numbers: ${told.join("; ")}.`];
}

function connections(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "connection" : "connections"}`;
}

function quoted(name: string): string {
  return `"${makeVisible(name)}"`;
}
