/** The API pages: made without a fault, every link of them leads somewhere, and headers show their fields. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as library from "../../lib/index.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { PATIENCE } from "../helpers/programs/patience.ts";
import type { Faces } from "./pages.ts";

/** A compiler reads all of the library, and a page is written for each name of it. */
const LONG = 20 * PATIENCE;

/** The functions that make headers, by the names that they are imported by. */
const makers = Object.entries(library).filter(
  (exported): exported is [string, library.AnyHeader] => "layout" in Object(exported[1]),
);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pages-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Loaded when it is needed, since it needs what may be missing. */
async function makePages(out: string, faces?: Faces): Promise<readonly string[]> {
  return (await import("./pages.ts")).makePages(out, faces);
}

describe.skipIf(isMissing("typedoc"))("the pages of the package", () => {
  const pages = new Map<string, string>();
  let problems: readonly string[];

  beforeAll(async () => {
    problems = await makePages(folder);
    for (const name of fs.readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".html"))
        pages.set(name.replaceAll(path.sep, "/"), fs.readFileSync(path.join(folder, name), "utf8"));
    }
  }, LONG);

  it("are made without a fault", () => {
    expect(problems).toEqual([]);
    expect(pages.size).toBeGreaterThan(500);
  });

  it("have links that lead somewhere", () => {
    const anchors = new Map(Array.from(pages, ([page, html]) => [page, new Set(valuesOf(html, "id"))]));
    const broken = [...pages].flatMap(([page, html]) =>
      [...valuesOf(html, "href"), ...valuesOf(html, "src"), ...valuesOf(html, "srcset")].filter((link) => {
        if (/^(?:https?|data):/.test(link)) return false;
        const [name = "", anchor] = link.split("#");
        const target = name === "" ? page : path.posix.join(path.posix.dirname(page), decodeURI(name));
        if (!fs.existsSync(path.join(folder, target))) return true;
        return anchor !== undefined && anchor !== "" && anchors.get(target)?.has(decodeURIComponent(anchor)) === false;
      }),
    );
    expect(broken).toEqual([]);
  });

  it("show the values that a type has, and not the list inside that it is made of", () => {
    const types = [...pages].filter(([page]) => page.startsWith("types/"));
    const ofThemselves = types.filter(([page, html]) => {
      const name = page.slice(page.lastIndexOf(".", page.length - 6) + 1, -".html".length);
      const [, signature = ""] = /<div class="tsd-signature">(.*?)<\/div>/s.exec(html) ?? [];
      return signature.replace(/<[^>]*>/g, "").trim() === `${name}: ${name}`;
    });
    expect(types.length).toBeGreaterThan(50);
    expect(ofThemselves.map(([page]) => page)).toEqual([]);
    expect(pages.get("types/wirewright.ColumnMeaning.html")).toContain("&quot;source-port&quot;");
    expect(pages.get("types/wirewright.DhcpOptionValue.html")).toContain("&quot;hostName&quot;");
  });

  it.each(makers)("show every field of %s, and nothing that is only there for the compiler", (name, header) => {
    const page = pages.get(`functions/wirewright.${name}.html`)!;
    for (const { name: field } of header.layout) expect(page).toContain(`>${field}<`);
    expect(/\b(?:Description|FieldSpec|typeof|__type|ArrayBufferLike|LaidField)\b/.exec(page)?.[0]).toBeUndefined();
  });
});

describe.skipIf(isMissing("typedoc"))("the pages of a face with faults", () => {
  let problems: string[];

  beforeAll(async () => {
    const face = path.join(folder, "face");
    const tsconfig = path.join(face, "tsconfig.json");
    fs.mkdirSync(face);
    fs.writeFileSync(path.join(face, "package.json"), JSON.stringify({ name: "wirewright" }));
    fs.writeFileSync(tsconfig, JSON.stringify({ compilerOptions: { strict: true, types: [] }, files: ["index.ts"] }));
    fs.writeFileSync(path.join(face, "index.ts"), FAULTY);
    problems = [
      ...(await makePages(path.join(folder, "faulty"), { entryPoints: [path.join(face, "index.ts")], tsconfig })),
    ];
  }, LONG);

  it.each([
    ["a constructor without words", "Told.constructor (ConstructorSignature)"],
    ["a property without words", "Linked.property (Property)"],
    ["a parameter that is a property, without words", "Told.given (Property)"],
    ["a method without words", "Told.wordless (CallSignature)"],
    ["an accessor without words", "Told.read (GetSignature)"],
    ["a variable without words", "number (Variable)"],
    ["a type without words", "Alias (TypeAlias)"],
    ["a method of which only is told what it throws", "Told.tagged has no sentence"],
    ["a field of a parameter, without words", "called.options.__type.bare has no sentence"],
    ["a type that is referred to and not exported", "Inside, defined in"],
    ["a base that is not exported", "Told builds on Base"],
    ["a parameter that there is not", '@param with name "nothing"'],
    ["a link that leads nowhere", '"Nobody"'],
    ["words that are those of a module", "First has no words of its own"],
    ["a file in no category", "is public and in no category"],
  ])("tell of %s", (_fault, sentence) => {
    expect(problems.filter((problem) => problem.includes(sentence))).toHaveLength(1);
  });

  it("tell of nothing else", () => {
    expect(problems).toHaveLength(15);
  });
});

/** The values of an attribute, wherever it stands. */
function valuesOf(html: string, attribute: string): string[] {
  return Array.from(html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, "g")), ([, value]) =>
    value!.replaceAll("&amp;", "&"),
  );
}

const FAULTY = `/** Words on the module. */

export type First = number;

interface Inside { readonly a: number }
class Base { }
/** Words. */
export class Told extends Base {
  constructor(readonly given: number) { super(); }
  wordless(): void {}
  /** @throws Error always */
  tagged(): Inside { throw new Error(); }
  /** Words. */
  inferred() { return new Map<string, Inside>(); }
  get read(): number { return 1; }
}
/**
 * Words.
 *
 * @param nothing that is there
 */
export function called(options: { readonly bare: number }): void {}
export const number = 1;
export type Alias = string;
/** Words about {@link Nobody}. */
export interface Linked { readonly property: string; readonly kind: "a" }
`;
