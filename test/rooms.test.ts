/** The rules of the house: what may import what, how files are named, and that the README tells of files that are there. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

/** A room imports from floors below it; on one floor, only where an arrow is named here. */
const FLOORS: readonly (readonly string[])[] = [
  ["lib/core"],
  ["lib/headers", "lib/files"],
  ["lib/pcap", "lib/dissect"],
  ["lib/session", "lib/streams", "lib/filter"],
  ["lib/csv", "lib/traffic", "lib/report", "lib/live", "lib/chat", "lib/edit"],
  ["lib"],
  ["scripts"],
];
const SIDEWAYS: ReadonlySet<string> = new Set([
  "lib/dissect -> lib/pcap",
  "lib/traffic -> lib/csv",
  "lib/live -> lib/traffic",
]);
/** A main job and the script that runs it. */
const SHARED_NAMES: ReadonlySet<string> = new Set(["analyze.ts", "edit.ts", "encapsulate.ts", "send.ts"]);
const LONGEST_FILE = 400;

const sources = ["lib", "scripts"].flatMap((folder) =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, "/"))),
);

function importsOf(file: string): string[] {
  const text = fs.readFileSync(file, "utf8");
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]*\.ts)"/g);
  return Array.from(specifiers, ([, name]) => path.posix.join(path.posix.dirname(file), name!));
}

const graph = new Map(sources.map((file) => [file, importsOf(file)]));

function roomOf(file: string): string {
  const [top = "", room = "", ...rest] = file.split("/");
  return top === "lib" && rest.length > 0 ? `lib/${room}` : top;
}

const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));

/** The files that can be come back to from where they lead, each ring once. */
function rings(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.push([...way.slice(at), file].join(" -> "));
    if (at >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  return found;
}

describe("the rooms", () => {
  it("stand on their floors: nothing imports upwards, and nothing sideways but what is known", () => {
    const wrong = [...graph].flatMap(([file, targets]) =>
      targets.flatMap((target) => {
        const [from, to] = [roomOf(file), roomOf(target)];
        if (from === to || floorOf(to) < floorOf(from) || SIDEWAYS.has(`${from} -> ${to}`)) return [];
        return [`${file} -> ${target}`];
      }),
    );
    expect(sources.every((file) => floorOf(roomOf(file)) >= 0)).toBe(true);
    expect(wrong).toEqual([]);
  });

  it("have no rings", () => {
    expect(rings()).toEqual([]);
  });

  it("hold files that are named apart, and not too long", () => {
    const names = sources.map((file) => path.posix.basename(file)).filter((name) => !SHARED_NAMES.has(name));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const long = sources.filter((file) => fs.readFileSync(file, "utf8").split("\n").length > LONGEST_FILE + 1);
    expect(long).toEqual([]);
  });

  it("are those that their README tells of, file by file", () => {
    const readme = fs.readFileSync("lib/README.md", "utf8");
    const named = Array.from(readme.matchAll(/`([a-z0-9/-]+\.ts)`/g), ([, name]) => name!);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !sources.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
    for (const room of FLOORS.flat()) if (room.startsWith("lib/")) expect(readme).toContain(`\`${room.slice(4)}/\``);
  });
});
