#!/usr/bin/env node
/** What the package starts: the one command, in the files that `build-command.ts` makes of it, as CommonJS. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { KeptCode } from "./kept-code.ts";

/** Put in by the build. It differs as soon as anything in the files does: V8 itself looks at nothing but their lengths. */
declare const FILES_DIGEST: string;

const MAIN = "./one-command.cjs";
/** Who asks for words alone, runs nothing of what would be worth to be kept. */
const ASKS_FOR_WORDS: ReadonlySet<string> = new Set(["help", "-h", "--help", "-V", "--version"]);

const args = process.argv.slice(2);

/** @returns undefined where nothing can be kept, or shall be */
function openKept(): KeptCode | undefined {
  if (process.env.NODE_DISABLE_COMPILE_CACHE || !canKeep()) return undefined;
  try {
    const folder = folderOfOwn();
    const name = /^[a-z-]+$/.exec(args[0] ?? "")?.[0] ?? "command";
    if (folder === undefined) return undefined;
    return new KeptCode(path.join(folder, `${name}-${FILES_DIGEST}-${process.version}-${process.arch}`));
  } catch {
    return undefined;
  }
}

/** Others than Node keep code of their own. */
function canKeep(): boolean {
  const { node, bun, deno } = process.versions;
  const isNode = node !== undefined && bun === undefined && deno === undefined;
  return isNode && !asksForSources();
}

/** Who wants stacks of errors in terms of the sources: Node finds these only for what it has loaded itself. */
function asksForSources(): boolean {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ""];
  return options.some((option) => option.includes("--enable-source-maps"));
}

/** Undefined where others could write to it. */
function folderOfOwn(): string | undefined {
  const user = process.getuid?.();
  const folder = path.join(os.tmpdir(), `wirewright-${user ?? "code"}`);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user === undefined) return folder;
  const stats = fs.lstatSync(folder);
  return stats.isDirectory() && stats.uid === user && (stats.mode & 0o022) === 0 ? folder : undefined;
}

const kept = openKept();
const { runOneCommand } = (kept?.load ?? require)(MAIN) as typeof import("./one-command.ts");
if (kept !== undefined && !args.some((arg) => ASKS_FOR_WORDS.has(arg))) {
  process.once("exit", (code) => {
    if (code !== 0) return;
    try {
      kept.keep();
    } catch {
      // A full disk, a folder that was taken away: the next run compiles again.
    }
  });
}
runOneCommand(args);
