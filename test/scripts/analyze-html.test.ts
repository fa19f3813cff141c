import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { runScript } from "../helpers/programs/run-script.ts";

const folder = temporaryFolder();
const inFolder = (name: string) => path.join(folder, name);
const capture = inFolder("input.pcap");

beforeAll(() => runScript("encapsulate", ["fixtures/input.csv", capture]));

/** The size as the line says it. */
const bytesSaid = (line: string) => Number(/: ([\d,]+) bytes in /.exec(line)?.[1]?.replaceAll(",", ""));

describe("analyze --html", () => {
  it("writes a page and says how large it is", async () => {
    const page = inFolder("new folder/page.html");
    const { code, stdout, stderr } = await runScript("analyze", [capture, "--html", page]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^4 conversations, 78 packets: [\d,]+ bytes in .*page\.html\.\n$/);
    expect(bytesSaid(stdout)).toBe(fs.statSync(page).size);
    expect(fs.readFileSync(page, "utf8")).toMatch(/^<!DOCTYPE html>\n<html lang="en">[\s\S]*<\/html>\n$/);
    expect(fs.readdirSync(path.dirname(page))).toEqual(["page.html"]);
  });

  it("writes the same page to standard output, and the line elsewhere", async () => {
    const page = inFolder("page.html");
    await runScript("analyze", [capture, "--html", page]);
    const { code, stdoutBytes, stderr } = await runScript("analyze", [capture, "--html", "-"]);
    expect(code).toBe(0);
    expect(stdoutBytes.equals(fs.readFileSync(page))).toBe(true);
    expect(stderr).toMatch(/^4 conversations, 78 packets: [\d,]+ bytes in standard output\.\n$/);
    expect(bytesSaid(stderr)).toBe(stdoutBytes.length);
  });

  it("shows what a filter selects, from standard input too", async () => {
    const page = inFolder("filtered.html");
    const args = ["-", "--html", page, "--filter", "tcp.stream == 2"];
    const { code, stdout } = await runScript("analyze", args, fs.readFileSync(capture));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 conversation, 15 of 78 packets: /);
    const text = fs.readFileSync(page, "utf8");
    expect(text).toContain('id="tcp-2"');
    expect(text).not.toContain('id="tcp-1"');
  });

  it("takes a framing", async () => {
    const sizes: number[] = [];
    for (const framing of ["http", "line"]) {
      const { code, stdout } = await runScript("analyze", [capture, "--html", "-", "--framing", framing]);
      expect(code).toBe(0);
      sizes.push(stdout.length);
    }
    expect(sizes[0]).not.toBe(sizes[1]);
  });

  it("never writes over the capture, under whatever name", async () => {
    const before = fs.readFileSync(capture);
    const linked = inFolder("link.html");
    fs.symlinkSync(capture, linked);
    for (const page of [capture, linked]) {
      const { code, stdout, stderr } = await runScript("analyze", [capture, "--html", page]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`${page} is the input itself; name another file to write to.`);
    }
    expect(fs.readFileSync(capture).equals(before)).toBe(true);
  });

  it("leaves nothing behind, and what was there as it was, where it cannot be done", async () => {
    const page = inFolder("kept.html");
    fs.writeFileSync(page, "kept");
    for (const [args, code] of [
      [["fixtures/input.csv", "--html", page], 1],
      [["missing.pcap", "--html", page], 1],
      [[capture, "--html", page, "--filter", "tcp.prt == 80"], 2],
      [["missing.pcap", "--html", inFolder("none/none.html")], 1],
    ] as const) {
      expect(await runScript("analyze", args)).toMatchObject({ code, stdout: "" });
    }
    expect(fs.readFileSync(page, "utf8")).toBe("kept");
    expect(fs.existsSync(inFolder("none"))).toBe(false);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
