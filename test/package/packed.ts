/** The package as it would be published, installed in projects that have nothing else. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Where `.ci/run` puts runtimes other than the one that runs the tests. */
const RUNTIMES = path.join(ROOT, "out/runtimes/node_modules");

/** @returns what the command prints. @throws Error with all that it printed, if it fails */
export function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? ""}\n${stdout}\n${stderr}`);
}

/** Builds and packs beside this tree, so that several tests can do so at a time. @returns the file */
export function packInto(folder: string): string {
  const staged = path.join(folder, "staged");
  fs.mkdirSync(staged);
  const outDir = path.join(staged, "out/dist");
  run(path.join(ROOT, "node_modules/.bin/tsc"), ["--project", "lib/tsconfig.json", "--outDir", outDir], ROOT);
  const builder = ["--import", "tsx", "scripts/wirewright/build-command.ts", path.join(outDir, "scripts")];
  run(process.execPath, builder, ROOT);
  for (const name of ["package.json", "README.md", "LICENSE"]) {
    fs.copyFileSync(path.join(ROOT, name), path.join(staged, name));
  }
  const name = run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], staged).trim();
  return path.join(folder, name);
}

/** A project with the package in it, and with the programs of this folder. What it depends on is taken from this tree. */
export function installInto(folder: string, tarball: string): void {
  const modules = path.join(folder, "node_modules");
  fs.mkdirSync(path.join(modules, "wirewright"), { recursive: true });
  run("tar", ["-xzf", tarball, "-C", path.join(modules, "wirewright"), "--strip-components=1"], folder);
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(modules, "wirewright/package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of withAllOfTheirs(Object.keys(dependencies))) {
    fs.cpSync(path.join(ROOT, "node_modules", name), path.join(modules, name), { recursive: true });
  }
  fs.writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  for (const name of fs.readdirSync(HERE)) {
    if (/program|consumer/.test(name)) fs.copyFileSync(path.join(HERE, name), path.join(folder, name));
  }
}

/** The packages, and those that they depend on in turn. */
function withAllOfTheirs(names: readonly string[]): Set<string> {
  const all = new Set(names);
  for (const name of all) {
    const file = path.join(ROOT, "node_modules", name, "package.json");
    const { dependencies = {} } = JSON.parse(fs.readFileSync(file, "utf8")) as {
      dependencies?: Record<string, string>;
    };
    for (const next of Object.keys(dependencies)) all.add(next);
  }
  return all;
}

export interface Runtime {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const OTHERS: readonly Runtime[] = [
  { name: "Node 22", command: path.join(RUNTIMES, "node22/bin/node"), args: [] },
  { name: "Node 24", command: path.join(RUNTIMES, "node24/bin/node"), args: [] },
  { name: "Bun", command: path.join(RUNTIMES, ".bin/bun"), args: [] },
  { name: "Deno", command: path.join(RUNTIMES, ".bin/deno"), args: ["run", "--allow-all"] },
];

/** The runtime of the tests, and those others that are there. */
export function runtimes(): readonly Runtime[] {
  return [{ name: `Node ${process.versions.node}`, command: process.execPath, args: [] }, ...OTHERS.filter(isThere)];
}

export function areAllRuntimesThere(): boolean {
  return OTHERS.every(isThere);
}

function isThere({ command }: Runtime): boolean {
  return fs.existsSync(command);
}
