import { expect, it } from "vitest";
import type { LaidField } from "../../../../lib/headers/header-table.ts";
import { headerDiagram } from "../../../../lib/report/html/frames/header-diagram.ts";
import { numberFields } from "../../../../lib/report/html/frames/numbered-fields.ts";
import { everyHeader } from "../../../headers/every-header.ts";
import type { Entry } from "../../../headers/header-entry.ts";
import { fromHex } from "../../../headers/vectors.ts";
import { layersOf } from "../../../helpers/judges/compare-fields.ts";

const ROW_BITS = 32;

/** The drawing of an entry's own header, in its packet with every field, and the fields that it can refer to. */
function drawn({ header, linkType, given }: Entry) {
  const layers = numberFields(layersOf(fromHex(given.frame), linkType));
  const numbered = layers.find(({ layer }) => layer.name === header.name)!;
  const text = headerDiagram(numbered, "a test")?.text ?? "";
  const byNumber = new Map(numbered.fields.map(({ index, field }) => [index, field.name]));
  const rows = [...text.matchAll(/<tr><th scope="row">(\d+)<\/th>(.*?)<\/tr>/g)].map(([, start, row]) => ({
    start: Number(start),
    widths: [...row!.matchAll(/<td colspan="(\d+)"/g)].map(([, bits]) => Number(bits)),
    isTall: row!.includes('class="tall"'),
    isTail: row!.includes("in the list below"),
    names: [...row!.matchAll(/data-f="([^"]*)"/g)].flatMap(([, list]) =>
      list!.split(" ").map((n) => byNumber.get(Number(n))),
    ),
  }));
  return { text, rows };
}

it.each(everyHeader)("draws $header.name with all of its fields, or not at all", (entry) => {
  const { header } = entry;
  const { name, prefix = name, drawing, layout, fixedLength } = header;
  const { text, rows } = drawn(entry);
  if (drawing === undefined) {
    expect(text).toBe("");
    return;
  }
  expect(text).toContain(drawing);
  expect(text).not.toContain(" –<");
  const names = rows.flatMap((row) => row.names);
  for (const { spec } of layout.filter(({ spec }) => spec.bits > 0)) {
    const parts = spec.parts?.filter((part) => part.drawn !== undefined) ?? [];
    const wanted = parts.length > 0 ? parts.map(({ filter }) => filter) : [spec.filter];
    const named = wanted.filter((filter) => filter !== undefined).map((filter) => `${prefix}.${filter}`);
    if (spec.presentIf === undefined) expect(names).toEqual(expect.arrayContaining(named));
  }
  const isDrawn = ({ spec }: LaidField) =>
    [`${prefix}.${spec.filter}`, ...(spec.drawnWith ?? [])].some((field) => names.includes(field));
  const bytes = layout
    .filter((field) => field.spec.presentIf !== undefined && isDrawn(field))
    .reduce((sum, { spec }) => sum + spec.bits / 8, fixedLength);
  let byte = 0;
  for (const { start, widths, isTall, isTail } of rows) {
    // A header can end within a row.
    const width = isTail || isTall ? ROW_BITS : Math.min(ROW_BITS, (bytes - byte) * 8);
    expect(widths.reduce((sum, bits) => sum + bits, 0)).toBe(width);
    expect(start).toBe(byte);
    if (!isTail) byte += isTall ? 16 : width / 8;
  }
  expect(byte).toBe(bytes);
});
