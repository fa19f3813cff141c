export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/**
 * Sets rows in columns that line up on a terminal, also where a character takes two cells or none.
 *
 * @returns lines without trailing spaces: the titles, then one for each row
 */
export async function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<string[]> {
  const widthOf = await widthFunctionFor(rows);
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, index) =>
    [titles, ...rows].reduce((widest, cells) => Math.max(widest, widthOf(cells[index] ?? "")), 0),
  );
  return [titles, ...rows].map((cells) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? "";
        const padding = " ".repeat(widths[index]! - widthOf(cell));
        return column.align === "right" ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Characters of one cell each: what most tables have, and what needs no library, whose loading takes a twentieth of a second. */
const PLAIN = /^[\x20-\x7e]*$/;

async function widthFunctionFor(rows: readonly (readonly string[])[]): Promise<(text: string) => number> {
  if (rows.every((cells) => cells.every((cell) => PLAIN.test(cell)))) return (text) => text.length;
  return (await import("string-width")).default;
}
