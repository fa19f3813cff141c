/** Programs that documents and doc comments show: run as they stand, and what they say that they print. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { blocksOf, textOf } from "./readmes.ts";

/** Whole programs of a document; what imports nothing is a part of one. */
export function programsOf(file: string): string[] {
  return programsIn(textOf(file));
}

/** Whole programs of the doc comments of a source. */
export function docExamplesOf(source: string): string[] {
  const comments = textOf(source).match(/^ *\/\*\*$[\s\S]*?\*\/$/gm) ?? [];
  return comments.flatMap((comment) => programsIn(comment.replace(/^ *\* ?/gm, "")));
}

function programsIn(text: string): string[] {
  return blocksOf(text).flatMap(({ language, text }) => (language === "ts" && /^import /.test(text) ? [text] : []));
}

/** The packages are not built for this: their faces are taken as they stand. @param folder below the top of the project */
export function ofThisTree(program: string, folder: string): string {
  const lib = path.posix.relative(folder, "lib");
  return program
    .replaceAll('"wirewright/node"', JSON.stringify(`${lib}/node.ts`))
    .replaceAll('"wirewright"', JSON.stringify(`${lib}/index.ts`));
}

/** What a program prints, in which nothing may go wrong. */
export function outputOf(program: string): string {
  return outputsOf([program])[0]!;
}

/** Stands between what one program prints and what the next does. */
const BREAK = "\0";

/** What programs print, one after the other in one process, since each would take its time to start. Nothing may go wrong. */
export function outputsOf(programs: readonly string[]): string[] {
  const folder = fs.mkdtempSync("out/programs-");
  try {
    const names = programs.map((program, index) => {
      const name = `program-${index}.ts`;
      fs.writeFileSync(path.join(folder, name), ofThisTree(program, folder));
      return name;
    });
    const steps = names.map((name) => `await import("./${name}");\nprocess.stdout.write(${JSON.stringify(BREAK)});\n`);
    const all = path.join(folder, "all.ts");
    fs.writeFileSync(all, steps.join(""));
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", all], { encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout.split(BREAK).slice(0, -1);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program says that it prints: nothing, or what stands behind its last `console.log`. */
export function saidOutput(program: string): string {
  const said = /console\.log\(.*\/\/ (.*)$/m.exec(program)?.[1];
  return said === undefined ? "" : `${said}\n`;
}
