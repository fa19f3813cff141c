/** A page as a browser parses it, and what the tests ask of it. */
import { type DefaultTreeAdapterMap, parse } from "parse5";
import { analyze } from "../../../lib/analyze.ts";
import { makeReport } from "../../../lib/report/html/page.ts";
import type { ReportLimits } from "../../../lib/report/html/report-data.ts";

export type Node = DefaultTreeAdapterMap["node"];
export type Element = DefaultTreeAdapterMap["element"];

export async function reportOf(input: string, limits?: ReportLimits): Promise<string> {
  return (await makeReport((listeners) => analyze({ input, ...listeners }), limits)).page;
}

export class PageReader {
  readonly #elements: readonly Element[];

  constructor(page: string) {
    this.#elements = elementsOf(parse(page));
  }

  all(...names: readonly string[]): Element[] {
    return this.#elements.filter(({ tagName }) => names.includes(tagName));
  }

  get elements(): readonly Element[] {
    return this.#elements;
  }

  withId(id: string): Element | undefined {
    return this.#elements.find((element) => attribute(element, "id") === id);
  }
}

export function elementsOf(node: Node): Element[] {
  if (!("childNodes" in node)) return [];
  return node.childNodes.flatMap((child) => ("tagName" in child ? [child, ...elementsOf(child)] : []));
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((candidate) => candidate.name === name)?.value;
}

export function textOf(node: Node): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

const REFERENCES = ["for", "aria-labelledby", "aria-describedby", "aria-controls"];

/** What a page has that others do not. */
export interface PageKind {
  /** How many there are. */
  readonly scripts: number;
  /** Files beside the page that it links to. */
  readonly files: readonly string[];
}

const REPORT: PageKind = { scripts: 1, files: [] };

/** What is wrong with a page, a line each: ids, links, headings, tables, drawings, and markup that nobody of ours wrote. */
export function faultsOf(page: PageReader, kind: PageKind = REPORT): string[] {
  return [
    ...referenceFaults(page, kind),
    ...headingFaults(page),
    ...page.all("table").flatMap(tableFaults),
    ...alienFaults(page, kind),
  ];
}

function referenceFaults({ elements }: PageReader, { files }: PageKind): string[] {
  const ids = elements.flatMap((element) => attribute(element, "id") ?? []);
  const known = new Set([...ids, ...files]);
  const doubles = ids.length - new Set(ids).size;
  const targets = elements.flatMap((element) => [
    ...(attribute(element, "href")?.replace(/^#/, "") ?? "").split(" "),
    ...REFERENCES.flatMap((name) => attribute(element, name)?.split(" ") ?? []),
  ]);
  const lost = targets.filter((id) => id !== "" && !known.has(id)).map((id) => `there is no ${id}`);
  return doubles === 0 ? lost : [`${doubles} ids are given twice`, ...lost];
}

function headingFaults(page: PageReader): string[] {
  const levels = page.all("h1", "h2", "h3", "h4", "h5", "h6").map(({ tagName }) => Number(tagName[1]));
  const jumps = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1);
  return jumps.map((level) => `a heading jumps to level ${level}`);
}

function tableFaults(table: Element): string[] {
  const inside = elementsOf(table);
  const heads = inside.filter(({ tagName }) => tagName === "th");
  const faults = heads.filter((head) => attribute(head, "scope") === undefined).map(() => "a head has no scope");
  return inside[0]?.tagName === "caption" ? faults : ["a table has no caption", ...faults];
}

/** Attributes of ours are in small letters; `on...` runs, `src` loads. */
function alienFaults(page: PageReader, { scripts }: PageKind): string[] {
  const handlers = page.elements.flatMap(({ tagName, attrs }) =>
    attrs.filter(({ name }) => name.startsWith("on") || name === "src").map(({ name }) => `${tagName} has ${name}`),
  );
  const aliens = page.all("link", "iframe", "object", "embed", "img", "form", "base", "template");
  const counted = Object.entries({ script: scripts, style: 1, main: 1, h1: 1 })
    .filter(([name, number]) => page.all(name).length !== number)
    .map(([name]) => `${page.all(name).length} times ${name}`);
  const unnamed = page.all("svg").filter((svg) => elementsOf(svg)[0]?.tagName !== "title");
  return [
    ...handlers,
    ...aliens.map(({ tagName }) => tagName),
    ...counted,
    ...unnamed.map(() => "a drawing has no title"),
  ];
}
