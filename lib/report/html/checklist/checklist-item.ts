/** A point of the checklist, and the table that proves it. */
import { type Html, html } from "../escape.ts";
import { scrollRegion } from "../landmarks.ts";

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
  const table = html`<table><caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  )}</tbody></table>`;
  return scrollRegion(caption, table);
}

/** The point as a section, with room for the reader's words. */
export function itemSection(
  { id, title, meaning, evidence, advice, question }: ChecklistItem,
  index: number,
  isFiltered: boolean,
): Html {
  const place = isFiltered ? "what the filter selects" : "this capture";
  const isShown = evidence !== undefined;
  const state = isShown
    ? html`<span class="state shown"><span aria-hidden="true">✓</span> shown</span>`
    : html`<span class="state missing"><span aria-hidden="true">–</span> not in ${place}</span>`;
  return html`<section class="item" id="item-${id}"><h3>${index + 1}. ${title} ${state}</h3>
<p>${meaning}</p>
${evidence ?? html`<p class="advice">${advice}</p>`}
<label for="words-${id}">${question}</label>
<textarea id="words-${id}" rows="3" spellcheck="true"></textarea></section>
`;
}
