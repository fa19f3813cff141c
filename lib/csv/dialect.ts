/** How a file was understood: what its reader settled before the first row, for people to check. */

import type { PacketListCounts } from "../traffic/packet-list/packet-list-reader.ts";

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
] as const;

export type ColumnMeaning = (typeof COLUMN_MEANINGS)[number];

export type Delimiter = "," | ";" | "\t" | "|";

/** Which of the two numbers before the year comes first. */
export type DateOrder = "dmy" | "mdy";

export interface Dialect {
  readonly delimiter: Delimiter;
  /** The name of the encoding as the web knows it, such as "utf-8", "utf-16le" or "windows-1255". */
  readonly encoding: string;
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
