/** A point of the checklist, and the table that proves it. */
import { type Html, html } from "../escape.ts";

/** One thing to show. */
export interface ChecklistItem {
  readonly id: string;
  readonly title: string;
  /** What it is, in a sentence or two. */
  readonly meaning: string;
  /** What shows it; undefined where the capture does not. */
  readonly evidence: Html | undefined;
  /** What to do to see it, where the capture does not show it. */
  readonly advice: string;
  /** What the reader is asked to write. */
  readonly question: string;
}

/** A table of evidence; the first column names its row. */
export function evidenceTable(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}
