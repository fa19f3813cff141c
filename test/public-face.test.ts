/** What the two faces of the package promise to those who program with it: every type has a name to import, and every name has words. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaceFaults, faceFaults } from "./helpers/faces/public-face.ts";

let folder: string;
let faults: FaceFaults;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "faces-"));
  const options = ["--emitDeclarationOnly", "--sourceMap", "false", "--inlineSources", "false"];
  const compiler = path.join("node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "--project", "lib/tsconfig.json", "--outDir", folder, ...options]);
  faults = faceFaults(folder, ["lib/index.d.ts", "lib/node.d.ts"]);
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe("the public faces", () => {
  it("export every type that they refer to", () => {
    expect(faults.unexported).toEqual([]);
  });

  it("say a word about everything that is public", () => {
    expect(faults.looked).toBeGreaterThan(2000);
    expect(faults.wordless).toEqual([]);
  });
});
