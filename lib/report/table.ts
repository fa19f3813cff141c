import stringWidth from "string-width";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/**
 * Sets rows in columns that line up on a terminal, also where a character takes two cells or none.
 *
 * @returns lines without trailing spaces: the titles, then one for each row
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, index) =>
    [titles, ...rows].reduce((widest, cells) => Math.max(widest, stringWidth(cells[index] ?? "")), 0),
  );
  return [titles, ...rows].map((cells) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? "";
        const padding = " ".repeat(widths[index]! - stringWidth(cell));
        return column.align === "right" ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd(),
  );
}
