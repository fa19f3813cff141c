/** The terms of packages whose code was bundled: each asks to be named, with its licence, wherever its code goes. */
import fs from "node:fs";
import path from "node:path";

const HEAD = "Code of these packages is in the files of this folder, under the terms that follow the name of each.\n";
const RULE = "-".repeat(80);

/**
 * @param files what was bundled; what is in no package is left out
 * @throws Error for a package that comes without the text of its licence
 */
export function licencesOf(files: Iterable<string>): string {
  const folders = new Set(Array.from(files, packageFolder).filter((folder) => folder !== undefined));
  const texts = [...folders].map(licenceOf).sort();
  return [HEAD, ...texts].join(`\n${RULE}\n\n`);
}

/** That of the innermost package that a file is in. */
function packageFolder(file: string): string | undefined {
  const parts = file.split(/[\\/]/);
  const at = parts.lastIndexOf("node_modules") + 1;
  if (at === 0) return undefined;
  return parts.slice(0, at + (parts[at]?.startsWith("@") ? 2 : 1)).join(path.sep);
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no file with its licence; leave it out of the bundle.`);
  return `${name} ${version}, ${license}\n\n${fs.readFileSync(path.join(folder, file), "utf8").trim()}\n`;
}
