/** The package is not published before its owner has said where it comes from. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "publishing-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const SCRIPT = "test/package/before-publishing.ts";
const OWNED = { repository: "github:somebody/wirewright", homepage: "https://wirewright.example", bugs: "" };

function ask(manifest: object): { code: number | null; said: string } {
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  const args = [path.resolve("node_modules/tsx/dist/cli.mjs"), path.resolve(SCRIPT)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  return { code: status, said: stdout + stderr };
}

describe("publishing", () => {
  it("is refused in one sentence that names what is missing", () => {
    const end = "yet, which its owner fills in as .github/PUBLISHING.md tells.\n";
    expect(ask({})).toEqual({ code: 1, said: `package.json does not say repository, homepage and bugs ${end}` });
    expect(ask(OWNED)).toEqual({ code: 1, said: `package.json does not say bugs ${end}` });
    expect(fs.readFileSync(".github/PUBLISHING.md", "utf8")).toMatch(/`repository`.*`homepage`.*`bugs`/s);
  });

  it("goes on where all of it is said", () => {
    expect(ask({ ...OWNED, bugs: { url: "https://wirewright.example/bugs" } })).toEqual({ code: 0, said: "" });
  });

  it("asks for it first", () => {
    const { scripts } = JSON.parse(fs.readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    expect(scripts.prepublishOnly).toBe(`tsx ${SCRIPT}`);
  });
});
