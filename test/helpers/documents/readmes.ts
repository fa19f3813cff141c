/** The documents of the project, and what in them can be held against what there is. */
import fs from "node:fs";
import path from "node:path";

/** A block of code in fences. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Whether nothing but an empty line stands between it and the block before. */
  readonly followsBlock: boolean;
}

/** A block of commands, and what they print where that is shown. */
export interface ShownCommand {
  readonly file: string;
  readonly command: string;
  /** The block behind it. A last line of `...` says that more comes. */
  readonly output: string | undefined;
}

const FOLDERS = ["lib", "scripts", "test", "fixtures"];

/** Every README from the top of the project down, and other documents beside them. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  ...FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, "/"))),
  ).sort(),
];

export function textOf(file: string): string {
  return fs.readFileSync(file, "utf8");
}

export function blocksOf(text: string): Block[] {
  let end = -1;
  return Array.from(text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ({ 0: whole, 1: language, 2: inside, index }) => {
    const followsBlock = end >= 0 && text.slice(end, index).trim() === "";
    end = index + whole.length;
    return { language: language!, text: inside!, followsBlock };
  });
}

/** Line by line, in their order; what is printed belongs to the last line of its block. */
export function commandsOf(file: string): ShownCommand[] {
  const blocks = blocksOf(textOf(file));
  return blocks.flatMap((block, index) => {
    if (block.language !== "sh") return [];
    const next = blocks[index + 1];
    const output = next?.followsBlock && next.language === "" ? next.text : undefined;
    const lines = block.text.trimEnd().split("\n");
    return lines.map((command, at) => ({ file, command, output: at === lines.length - 1 ? output : undefined }));
  });
}

/** The section under a heading, up to the next heading of its level or above. */
export function sectionOf(text: string, heading: string): string {
  const [, rest] = text.split(`\n${heading}\n`);
  if (rest === undefined) throw new Error(`There is no heading ${JSON.stringify(heading)}.`);
  const level = /^#+/.exec(heading)![0].length;
  return rest.split(new RegExp(`^#{1,${level}} `, "m"))[0]!;
}

/** The anchors that GitHub makes of headings. */
export function anchorsOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return Array.from(
    prose.matchAll(/^#+ (.+)$/gm),
    ([, title]) =>
      `#${title!
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-")}`,
  );
}

export function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  const links = prose.matchAll(/\]\(([^)\s]+)\)|srcset="([^"]+)"|src="([^"]+)"/g);
  return Array.from(links, (match) => match[1] ?? match[2] ?? match[3]!);
}
