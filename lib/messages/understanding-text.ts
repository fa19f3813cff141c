import { makeVisible } from "../visible-text.ts";
import type { Understanding } from "./understanding.ts";

const DELIMITERS: Readonly<Record<string, string>> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };
const MOST_NAMES = 12;

/** How a file was understood, a line of text for each thing that was settled. */
export function describeUnderstanding(understanding: Understanding): string[] {
  const { delimiter, encoding, isCompressed, columns, unknownColumns, timeFormat, dateOrder } = understanding;
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
  if (understanding.isPacketTable)
    lines.push("Each row is a packet as it stands, because there is a column of TCP flags.");
  return lines;
}

function quoted(name: string): string {
  return `"${makeVisible(name)}"`;
}
