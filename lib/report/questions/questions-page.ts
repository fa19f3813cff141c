/** A page of questions for a class, with their answers folded away: it needs no network and no other file, and runs no script. */
import { documentHead } from "../html/document-head.ts";
import { type Content, foreign, type Html, html } from "../html/escape.ts";
import { pageSection, scrollRegion } from "../html/landmarks.ts";
import type { Answer, AnswerTable, Question } from "./question.ts";

/** One thing that happens in networks, and what is asked about it. */
export interface Lesson {
  readonly name: string;
  readonly title: string;
  /** What can be seen and learnt. */
  readonly teaches: string;
  /** What makes the capture again, as it can be typed. */
  readonly command: string;
  /** Files beside the page, with what they are. */
  readonly files: readonly (readonly [file: string, what: string])[];
  readonly questions: readonly Question[];
}

/** Paper has the answers too, unless the box is ticked: then there is room to write instead. */
const QUESTIONS_STYLE = `.question{border:1px solid var(--line);border-radius:.5rem;background:var(--raised);padding:.2rem 1.2rem .8rem;margin:1rem 0}
.question h3{margin:.8rem 0 .3rem;max-width:72ch}
.question summary{color:var(--accent);font-weight:600;font-size:.9rem}
.room{display:none}
.blank{display:block;margin:1rem 0;font-size:.9rem}
.blank input{width:auto;margin-right:.5rem}
pre.command{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.86rem;background:var(--raised);border:1px solid var(--line);border-radius:.3rem;padding:.5rem .8rem}
@media print{.question{border:0;border-top:1px solid var(--line);border-radius:0;padding:0 0 .6rem}
.question h3{break-after:avoid}
.blank{display:none}
body:has(#blank:checked) .question details{display:none}
body:has(#blank:checked) .room{display:block;min-height:6rem}}`;

/** The whole page as a document. */
export function formatQuestionsPage(lessons: readonly Lesson[]): string {
  const page = html`${documentHead("What happens in networks: questions", QUESTIONS_STYLE)}
<body>
<a class="skip" href="#questions">Skip to the questions</a>
<header><h1><small>Captures with questions</small> What happens in networks</h1>
<p>Open a capture, answer the questions about it, and then look at the answers. They are not read from the capture: whoever made the traffic knows what became of each packet, also of those that the capture does not show. Times count from the first packet of a scenario, frames as in Wireshark.</p>
<label class="blank"><input type="checkbox" id="blank">Print without the answers, with room to write</label></header>
<div class="columns">
${contents(lessons)}
<main id="questions" tabindex="-1">
${lessons.map(lessonSection)}
</main>
</div>
</body>
</html>
`;
  return page.text;
}

function contents(lessons: readonly Lesson[]): Html {
  const items = lessons.map(({ name, title }) => html`<li><a href="#${name}">${title}</a></li>\n`);
  return html`<nav aria-labelledby="contents-title"><h2 id="contents-title">Contents</h2><ul>
${items}</ul></nav>`;
}

function lessonSection({ name, title, teaches, command, files, questions }: Lesson): Html {
  const links = files.map(
    ([file, what]) => html`<li><a href="${encodeURI(file)}">${foreign(file)}</a>: ${what}</li>\n`,
  );
  const content = html`<p>${teaches}</p>
<ul>
${links}</ul>
<pre class="command">${command}</pre>
${questions.map((question, index) => questionItem(question, index, title))}`;
  return html`${pageSection(name, title, content)}\n`;
}

function questionItem({ asks, answer }: Question, index: number, title: string): Html {
  return html`<div class="question"><h3>${index + 1}. ${asks}</h3>
<details><summary>Answer</summary>
${answerOf(answer, `${title}: answer ${index + 1}`)}</details>
<div class="room"></div></div>
`;
}

function answerOf({ sentences, table }: Answer, label: string): Content {
  const paragraph = sentences.length === 0 ? undefined : html`${sentences.map((text) => html`<p>${text}</p>\n`)}`;
  return [paragraph, table === undefined ? undefined : tableOf(table, label)];
}

function tableOf({ heads, rows }: AnswerTable, label: string): Html {
  const head = heads.map((text) => html`<th scope="col">${text}</th>`);
  const body = rows.map((cells) => html`<tr>${cells.map((text) => html`<td>${text}</td>`)}</tr>\n`);
  return html`${scrollRegion(label, html`<table><caption>${label}</caption><thead><tr>${head}</tr></thead>\n<tbody>\n${body}</tbody></table>`)}\n`;
}
