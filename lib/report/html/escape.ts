/**
 * Text into HTML and SVG. Whatever a packet, a file name or a comment holds arrives as text: as characters that are read,
 * never as markup, and never as something that turns the direction of writing around it.
 */
import { makeVisible, shorten } from "../../core/text.ts";

const SPECIAL: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Markup that is finished. A type of its own, so that the compiler tells it from text that must still be escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What can stand in a template: text and numbers are escaped, markup is not, lists are joined, undefined is nothing. */
export type Content = string | number | Html | undefined | readonly Content[];

/** A template of markup: `html\`<td>${name}</td>\``. Attributes must be in double quotes. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let text = strings[0]!;
  for (const [index, content] of contents.entries()) text += markupOf(content) + strings[index + 1]!;
  return new Html(text);
}

function markupOf(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "number") return String(content);
  return typeof content === "string" ? escapeText(content) : content.map(markupOf).join("");
}

/** Also in attributes: everything that a parser would act on becomes a reference, and what has no shape becomes visible. */
export function escapeText(text: string): string {
  return makeVisible(text).replace(/[&<>"']/g, (character) => SPECIAL[character]!);
}

/** Text of people or packets, kept apart from the direction of what stands around it, and cut to a length. */
export function foreign(text: string, longest = 200): Html {
  return html`<bdi>${shorten(text, longest)}</bdi>`;
}

export function join(parts: readonly Content[], separator: string): Html {
  return new Html(parts.map(markupOf).join(escapeText(separator)));
}
