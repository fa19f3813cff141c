/** The package, packed and installed: imported by every runtime, compiled by TypeScript, and looked at by those who publish. */
import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { installInto, packInto, ROOT, run, runtimes } from "./packed.ts";

const folder = temporaryFolder();
let tarball: string;
let expected: unknown;

type Program = readonly [command: string, ...args: string[]];

function output(...[command, ...args]: Program): string {
  return run(command, args, folder);
}

beforeAll(() => {
  isMissing("runtimes");
  tarball = packInto(folder);
  installInto(folder, tarball);
  expected = JSON.parse(output(process.execPath, "package-program.mjs", path.join(ROOT, "fixtures")));
});

describe("the package", () => {
  it("makes a capture of every table that can be used, and refuses the others in a sentence", () => {
    const results = Object.values(expected as Record<string, string | string[]>);
    expect(results.filter((result) => Array.isArray(result)).length).toBeGreaterThan(60);
    for (const result of results.filter((one) => typeof one === "string")) {
      expect(result).toMatch(/^(?:[0-9a-f]{64}|.*[:;].*\.)$/);
    }
  });

  it.each(runtimes())("does on $name what it does here", ({ command, args }) => {
    const printed = output(command, ...args, "package-program.mjs", path.join(ROOT, "fixtures"));
    expect(JSON.parse(printed)).toEqual(expected);
  });

  it.each(runtimes().filter(({ name }) => /^Node 2[24]/.test(name)))("can be required by $name", ({ command }) => {
    const program = "console.log(require('wirewright').packetLength([require('wirewright').udp()]))";
    expect(output(command, "--input-type=commonjs", "-e", program)).toBe("8\n");
  });

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("is typed for modules of %s, with no types but its own", (module, moduleResolution) => {
    compile("consumer.ts", { module, moduleResolution, types: [] });
  });

  it("has types for files and sockets where those of Node are there", () => {
    const types = path.join(ROOT, "node_modules/@types");
    compile("node-consumer.ts", {
      module: "nodenext",
      moduleResolution: "nodenext",
      types: ["node"],
      typeRoots: [types],
    });
  });

  it("holds what it needs, and nothing else", () => {
    const names = run("tar", ["-tzf", tarball], folder).trim().split("\n");
    const isOfLibrary = (name: string) => /^package\/out\/dist\/lib\/.*\.(?:js|d\.ts|js\.map)$/.test(name);
    // All of the command is in one folder, since its programs look for each other there.
    const isOfCommand = (name: string) => /^package\/out\/dist\/scripts\/[^/]+\.cjs(?:\.map)?$/.test(name);
    const others = names.filter((name) => !isOfLibrary(name) && !isOfCommand(name));
    const licences = "package/out/dist/scripts/THIRD-PARTY-LICENSES.txt";
    expect(others.sort()).toEqual(["package/LICENSE", "package/README.md", licences, "package/package.json"]);
    expect(names.filter(isOfCommand)).toEqual(
      expect.arrayContaining(
        ["wirewright", "cap-process", "sender-process"].map((name) => `package/out/dist/scripts/${name}.cjs`),
      ),
    );
  });

  it("names every package of which it holds code, with its licence", () => {
    const built = path.join(folder, "node_modules/wirewright/out/dist/scripts");
    const licences = fs.readFileSync(path.join(built, "THIRD-PARTY-LICENSES.txt"), "utf8");
    const maps = fs.readdirSync(built).filter((name) => name.endsWith(".map"));
    const sources = maps.flatMap((name) => {
      return (JSON.parse(fs.readFileSync(path.join(built, name), "utf8")) as { sources: string[] }).sources;
    });
    const packages = new Set(
      sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []),
    );
    expect([...packages]).toEqual(expect.arrayContaining(["commander", "csv-parse", "string-width"]));
    for (const name of packages) {
      const text = fs.readdirSync(path.join(ROOT, "node_modules", name)).find((file) => /^licen[cs]e/i.test(file));
      expect(licences).toContain(`\n${name} `);
      expect(licences).toContain(fs.readFileSync(path.join(ROOT, "node_modules", name, text!), "utf8").trim());
    }
  });

  it("has nothing for publint to say", () => {
    expect(run("npx", ["publint", "--strict", tarball], ROOT)).toContain("All good!");
  });

  it("resolves for every kind of TypeScript that takes modules", () => {
    // As data, since what is meant for eyes depends on the width of the terminal. It fails where anything is wrong.
    const printed = run("npx", ["attw", tarball, "--profile", "esm-only", "--format", "json"], ROOT);
    const { analysis } = JSON.parse(printed) as { analysis: { entrypoints: Record<string, Entrypoint> } };
    for (const face of [".", "./node"]) {
      // CommonJS without require of modules, and older ways, are not promised.
      for (const kind of ["node16-esm", "bundler"] as const) {
        const { resolution, visibleProblems = [] } = analysis.entrypoints[face]?.resolutions[kind] ?? {};
        expect({ face, kind, typed: resolution?.isTypeScript, visibleProblems }).toEqual({
          face,
          kind,
          typed: true,
          visibleProblems: [],
        });
      }
    }
  });
});

/** What one face of the package is to those who import it, as far as it is looked at here. */
type Entrypoint = {
  resolutions: Partial<Record<string, { resolution?: { isTypeScript: boolean }; visibleProblems?: unknown[] }>>;
};

function compile(file: string, compilerOptions: object): void {
  const config = path.join(folder, `tsconfig.${file}.json`);
  const options = {
    ...compilerOptions,
    target: "es2022",
    lib: ["es2023"],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  fs.writeFileSync(config, JSON.stringify({ compilerOptions: options, files: [file] }));
  run(path.join(ROOT, "node_modules/.bin/tsc"), ["--project", config], folder);
}
