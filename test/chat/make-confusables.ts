/**
 * Makes lib/chat/confusables.ts from the table of UTS 39, for the characters that a name can have:
 * `npx tsx test/chat/make-confusables.ts confusables.txt LICENSE`, both as they come with the sources of ICU.
 */
import fs from "node:fs";
import { NAME_CHARACTER } from "../../lib/chat/names.ts";

const OUTPUT = "lib/chat/confusables.ts";
const WIDTH = 118;

const [tableFile, licenseFile] = process.argv.slice(2);
if (tableFile === undefined || licenseFile === undefined) throw new Error("Give confusables.txt and LICENSE of ICU.");
const table = fs.readFileSync(tableFile, "utf8");
const version = /^# Version: ([\d.]+)$/m.exec(table)?.[1];
const license = fs.readFileSync(licenseFile, "utf8").split(/\n-{10,}\n/)[0]!;

/** Of each prototype, what is confused with it. */
const sources = new Map<string, string[]>();
for (const [, source, prototype] of table.matchAll(/^([\dA-F]+) ;\t([\dA-F ]+) ;\tMA/gm)) {
  const character = String.fromCodePoint(Number.parseInt(source!, 16));
  // What is normalised away never comes to the table.
  if (!NAME_CHARACTER.test(character) || character.normalize("NFKD") !== character) continue;
  const key = prototype!.toLowerCase().trim().replaceAll(" ", "+");
  sources.set(key, [...(sources.get(key) ?? []), source!.toLowerCase()]);
}
const entries = Array.from(sources, ([prototype, characters]) => `${prototype}:${characters.join(",")}`);

fs.writeFileSync(
  OUTPUT,
  `/**
 * Which characters look like which: of confusables.txt ${version} (Unicode Technical Standard 39, section 4) the part that names of
 * the chat can have. Made by test/chat/make-confusables.ts; not to be changed by hand.
 *
${license
  .trim()
  .split("\n")
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */

/** \`prototype:character,...\` in hexadecimal code points, those of a longer prototype joined by a plus sign. */
export const CONFUSABLES = \`
${wrapped(entries)}
\`;
`,
);
console.log(`${OUTPUT}: ${entries.length} prototypes, Unicode ${version}`);

function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join("\n");
}
