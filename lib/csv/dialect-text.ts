import { makeVisible } from "../core/text.ts";
import type { PacketListCounts } from "../traffic/packet-list/packet-list-reader.ts";
import type { Dialect } from "./dialect.ts";

const DELIMITERS: Readonly<Record<string, string>> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };
const MOST_NAMES = 12;

/** How a file was understood, a line of text for each thing that was settled. */
export function describeDialect(dialect: Dialect): string[] {
  const { delimiter, encoding, isCompressed, columns, unknownColumns, timeFormat, dateOrder } = dialect;
  const lines = [
    `Text: ${encoding}${isCompressed ? ", compressed with gzip" : ""}, cells parted by ${DELIMITERS[delimiter]}.`,
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
  if (packetList !== undefined) lines.push(describeList(packetList));
  else if (dialect.isPacketTable)
    lines.push("Each row is a packet as it stands, because there is a column of TCP flags.");
  return lines;
}

function describeList({ segments, datagrams, others }: PacketListCounts): string {
  const counts = [
    [segments, "TCP"],
    [datagrams, "UDP"],
    [others, "ARP or ICMP"],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString("en")} of ${what}`);
  const list = told.length === 0 ? "" : ` (${told.join(", ")})`;
  return `Rows: a packet list as Wireshark exports it, each a packet as it stands${list}.`;
}

function quoted(name: string): string {
  return `"${makeVisible(name)}"`;
}
