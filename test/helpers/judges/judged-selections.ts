/** Which frames of a capture Wireshark selects, by many filters in one run. */
import { tshark } from "./tshark.ts";

/**
 * Wireshark counts frames by the second, so every frame has to have a second of its own: the first of the capture its
 * beginning, all others a quarter more. A comma would end a filter there, so filters have none.
 */
export function judgedSelections(
  file: string,
  filters: readonly string[],
  preferences: readonly string[] = [],
): number[][] {
  const counters = filters.flatMap((filter) => ["-z", `io,stat,1,${filter}`]);
  const tables = tshark(...preferences, "-q", "-r", file, ...counters)
    .split("| IO Statistics")
    .slice(1);
  if (tables.length !== filters.length)
    throw new Error(`tshark answered ${tables.length} of ${filters.length} filters`);
  // The last that was asked is answered first.
  return tables.reverse().map((table, index) => {
    const heading = /^\| Col 1: (.*)\|$/m.exec(table)?.[1] ?? "no heading";
    const filter = filters[index]!;
    // A long heading goes on in the next line.
    if (!filter.startsWith(heading.trim())) throw new Error(`tshark was asked ${filter}, and answered ${heading}`);
    return secondsOf(table);
  });
}

function secondsOf(table: string): number[] {
  const rows = [...table.matchAll(/^\|\s*(\d+) <>\s*\S+\s*\|\s*(\d+)/gm)];
  return rows.filter((row) => row[2] !== "0").map((row) => Number(row[1]) + 1);
}
