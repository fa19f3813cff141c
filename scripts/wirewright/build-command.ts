/**
 * Bundles the one command, so that it starts quickly: few files, small, and none that the subcommand does not need. They are
 * CommonJS, which Node starts with fewer steps than modules. What is left out of them is what only some runs ask for.
 *
 *     npx tsx scripts/wirewright/build-command.ts <folder>
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  type CodeSplittingNameFunction,
  type InputOptions,
  type ModuleInfo,
  type OutputOptions,
  type Plugin,
  rolldown,
} from "rolldown";
import { licencesOf } from "./bundled-licences.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const inRoot = (file: string) => path.join(ROOT, file);

/** Loads subcommands: each of them is a way into the code. */
const ONE_COMMAND = inRoot("scripts/wirewright/one-command.ts");
/** Started by subcommands in processes of their own, and looked for in the folder of what starts them. */
const PROGRAMS = [inRoot("lib/live/capture/cap-process.ts"), inRoot("lib/live/inject/sender-process.ts")];
const BUILT_COMMAND = inRoot("scripts/wirewright/built-command.ts");

/** @param dir where the files go, which are flat in it */
export async function buildCommand(dir: string): Promise<void> {
  const bundle = await rolldown({ ...FOR_NODE, input: [ONE_COMMAND, ...PROGRAMS], plugins: [loadedWhenUsed()] });
  const codeSplitting = { includeDependenciesRecursively: false, groups: [{ name: groupByNeed(), debugName: "need" }] };
  const { output } = await bundle.write({ ...AS_COMMONJS, dir, codeSplitting });
  await bundle.close();
  const chunks = output.filter((file) => file.type === "chunk");
  const digest = createHash("sha256");
  for (const { code } of chunks) digest.update(code);
  const define = { FILES_DIGEST: JSON.stringify(digest.digest("hex").slice(0, 16)) };
  const start = await rolldown({ ...FOR_NODE, input: { wirewright: BUILT_COMMAND }, transform: { define } });
  await start.write({ ...AS_COMMONJS, dir });
  await start.close();
  const licences = licencesOf(chunks.flatMap(({ moduleIds }) => moduleIds));
  fs.writeFileSync(path.join(dir, "THIRD-PARTY-LICENSES.txt"), licences);
}

/** `cap` need not be there, and Node itself can do what `pako` does. */
const LEFT_OUT = ["cap", "pako"];

const FOR_NODE: InputOptions = {
  platform: "node",
  preserveEntrySignatures: "allow-extension",
  external: LEFT_OUT,
  // What a page loads only when it needs it, a command may need at once.
  checks: { ineffectiveDynamicImport: false },
};
const AS_COMMONJS: OutputOptions = {
  format: "cjs",
  minify: true,
  sourcemap: true,
  // Code that was kept compiled can only be loaded by `require`.
  dynamicImportInCjs: false,
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name].cjs",
};

/** Parts of Node that take long to load, and that most runs never use. */
const HEAVY = ["child_process", "crypto", "dgram", "dns/promises", "fs/promises", "net", "readline", "tty", "zlib"];

/** In place of the heavy parts of Node, what loads them as soon as something of them is used. */
function loadedWhenUsed(): Plugin {
  const prefix = "\0used:";
  return {
    name: "loaded-when-used",
    resolveId: (source, importer) => {
      const isHeavy = HEAVY.some((name) => source === `node:${name}`);
      return isHeavy && !importer?.startsWith(prefix) ? prefix + source : undefined;
    },
    load: async (id) => {
      if (!id.startsWith(prefix)) return undefined;
      const source = id.slice(prefix.length);
      const names = Object.keys((await import(source)) as object).filter((name) => name !== "default");
      return `for (const name of ${JSON.stringify(names)}) {
        Object.defineProperty(exports, name, { enumerable: true, get: () => require("${source}")[name] });
      }`;
    },
  };
}

/** What is smaller, in characters of its sources, is not worth a file of its own. */
const SMALL = 6000;

/**
 * Modules that the same ways in always load are in one file together, so that nobody loads what it does not need, in as few
 * files as that allows; a small one is part of a larger one that all of them load, and few others. What an `import()` loads later is in one file, too, with what larger ones share of it: those load a little
 * more than they need, and the smaller is one file instead of several.
 */
function groupByNeed(): CodeSplittingNameFunction {
  let needed: ReadonlyMap<string, string> | undefined;
  return (id, context) => {
    needed ??= namesOfNeed((other) => context.getModuleInfo(other));
    return needed.get(id) ?? null;
  };
}

type Lookup = (id: string) => ModuleInfo | null;

/** By module, the name of the file that it goes into: of the ways in that always load it. */
function namesOfNeed(infoOf: Lookup): Map<string, string> {
  const needed = new Map<string, string>();
  const waysIn = new Set<string>();
  for (const wayIn of infoOf(ONE_COMMAND)?.dynamicallyImportedIds ?? []) {
    const name = path.basename(wayIn, ".ts");
    waysIn.add(name);
    for (const id of alwaysLoadedBy(wayIn, infoOf)) {
      const others = needed.get(id);
      needed.set(id, others === undefined ? name : `${others}_${name}`);
    }
  }
  for (const id of alwaysLoadedBy(ONE_COMMAND, infoOf)) needed.set(id, EVERY);
  joinSmall(needed, infoOf);
  for (const wayIn of laterLoadedBy([...needed.keys()], infoOf)) {
    // What one subcommand always loads and another one only later is in a file of its own.
    const own = needed.get(wayIn) ?? "";
    for (const id of alwaysLoadedBy(wayIn, infoOf)) {
      if (!needed.has(id) || (needed.get(id) === own && waysIn.has(own))) needed.set(id, path.parse(wayIn).name);
    }
  }
  return needed;
}

/** The file of what every way in loads. */
const EVERY = "every";

/** Puts what would be small files into others that all who need it load too, where nobody has to load more files for that. */
function joinSmall(needed: Map<string, string>, infoOf: Lookup): void {
  const sizes = new Map<string, number>();
  for (const [id, name] of needed) sizes.set(name, (sizes.get(name) ?? 0) + (infoOf(id)?.code?.length ?? 0));
  const waysOf = (name: string) => name.split("_");
  const isLoadedBesides = (other: string, name: string) =>
    other === EVERY || waysOf(name).every((way) => waysOf(other).includes(way));
  const names = [...sizes.keys()].filter((name) => name !== EVERY);
  names.sort((one, other) => waysOf(one).length - waysOf(other).length);
  for (const name of names.filter((one) => sizes.get(one)! < SMALL)) {
    const own = [...needed.keys()].filter((id) => needed.get(id) === name);
    const imported = new Set(own.flatMap((id) => infoOf(id)?.importedIds ?? []).flatMap((id) => needed.get(id) ?? []));
    imported.delete(name);
    const joined = names.find(
      (other) =>
        other !== name &&
        isLoadedBesides(other, name) &&
        [...imported].every((file) => file === other || isLoadedBesides(file, other)),
    );
    if (joined !== undefined) for (const id of own) needed.set(id, joined);
  }
}

/** What these modules, and whatever they load, import only later: first what loads the least. */
function laterLoadedBy(ids: Iterable<string>, infoOf: Lookup): string[] {
  const reached = new Set(ids);
  const later = new Set<string>();
  for (const id of reached) {
    const { importedIds = [], dynamicallyImportedIds = [] } = infoOf(id) ?? {};
    for (const next of dynamicallyImportedIds) later.add(next);
    for (const next of [...importedIds, ...dynamicallyImportedIds]) reached.add(next);
  }
  const sizes = new Map(Array.from(later, (id) => [id, alwaysLoadedBy(id, infoOf).size]));
  return [...later].sort((one, other) => sizes.get(one)! - sizes.get(other)!);
}

function alwaysLoadedBy(wayIn: string, infoOf: Lookup): Set<string> {
  const loaded = new Set([wayIn]);
  for (const id of loaded) for (const next of infoOf(id)?.importedIds ?? []) loaded.add(next);
  return loaded;
}

const [, program, folder] = process.argv;
if (program === fileURLToPath(import.meta.url)) await buildCommand(folder ?? path.join(ROOT, "out/dist/scripts"));
