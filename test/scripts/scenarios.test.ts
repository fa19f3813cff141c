import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { attribute, faultsOf, PageReader, textOf } from "../helpers/judges/page-reader.ts";
import { runScript, runShell } from "../helpers/programs/run-script.ts";

const folder = temporaryFolder();
const USAGE = "Usage: npx tsx scripts/scenarios.ts [options] <folder>\n";

describe("scenarios", () => {
  it("makes for each scenario a capture, the truth, a report, and one page of questions", async () => {
    const target = path.join(folder, "new/some scenarios");
    const only = ["--only", "syn-retry", "--only", "refused"];
    const { code, stdout, stderr } = await runScript("scenarios", [target, ...only]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      "Scenario   Packets  Not seen  Did not arrive  Sent again\n" +
        "syn-retry       23         0               2           2\n" +
        "refused          2         0               0           0\n\n" +
        `2 scenarios; begin with ${path.join(target, "index.html")}.\n`,
    );
    const files = ["syn-retry", "refused"].flatMap((name) => [`${name}.html`, `${name}.ndjson`, `${name}.pcapng`]);
    expect(fs.readdirSync(target).sort()).toEqual([...files, "index.html", "scenario-talk.csv"].sort());
    const page = new PageReader(fs.readFileSync(path.join(target, "index.html"), "utf8"));
    expect(faultsOf(page, { scripts: 0, files })).toEqual([]);
    const links = page.all("main")[0]!;
    expect(textOf(links)).toContain("3.02 s, for 3 SYNs");
    for (const link of page.all("a").map((one) => attribute(one, "href")!)) {
      if (!link.startsWith("#")) expect(fs.existsSync(path.join(target, link)), link).toBe(true);
    }
  });

  it("names the command that makes the same bytes again", async () => {
    const target = path.join(folder, "again");
    expect(await runScript("scenarios", [target, "--only", "syn-retry", "--seed", "5", "--quiet"])).toMatchObject({
      ...{ code: 0, stdout: "", stderr: "" },
    });
    const page = new PageReader(fs.readFileSync(path.join(target, "index.html"), "utf8"));
    const files = ["syn-retry.pcapng", "syn-retry.ndjson"].map((name) => path.join(target, name));
    const made = files.map((file) => fs.readFileSync(file));
    for (const file of files) fs.rmSync(file);
    const command = textOf(page.all("pre")[0]!).replaceAll("npx tsx scripts/", "$WW/");
    expect(await runShell(command)).toMatchObject({ code: 0, stderr: "" });
    expect(files.map((file) => fs.readFileSync(file))).toEqual(made);
  });

  it.each([
    [[], "error: missing required argument 'folder'\n"],
    [
      ["x", "--only", "earthquake"],
      "error: option '--only <name>' argument 'earthquake' is invalid. Allowed choices are lossy-wifi, ",
    ],
    [["x", "--seed", "-1"], "error: option '--seed <number>' argument '-1' is invalid."],
  ])("refuses a command line that cannot be: %j", async (args, sentence) => {
    const { code, stdout, stderr } = await runScript("scenarios", args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.slice(0, sentence.length)).toBe(sentence);
    expect(stderr.slice(-USAGE.length)).toBe(USAGE);
  });

  it("says where it cannot write", async () => {
    const file = path.join(folder, "file");
    fs.writeFileSync(file, "");
    const { code, stderr } = await runScript("scenarios", [file, "--only", "refused"]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `scenarios: ${path.join(file, "scenario-talk.csv")} cannot be written: a part of its path is a file and not a folder; choose another path.\n`,
    );
  });
});
