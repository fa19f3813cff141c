/** A real browser to look at pages with, where the machine has one. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { PATIENCE } from "../programs/patience.ts";

/** What is left out where there is no browser. */
export const BROWSER_CHECKS =
  "a real browser shows the reports, links in them, prints them, and axe finds nothing in them";

/** Under these names the systems have it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/**
 * The browser's program: the one that WIREWRIGHT_CHROMIUM names, else one in the PATH. CI has none that is settled, and
 * what a runner happens to bring along must not decide whether it is green; so there only a named one counts.
 */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment.WIREWRIGHT_CHROMIUM;
  if (named) return isProgram(named) ? named : undefined;
  if (environment.CI || environment.WIREWRIGHT_REQUIRE_JUDGES) return undefined;
  const folders = (environment.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * True where the tests in a browser must be left out. Some systems have a program of its name that only says how to
 * install it; one that was named has to start.
 */
export function browserIsMissing(): boolean {
  const file = findBrowser();
  if (file === undefined || process.env.WIREWRIGHT_CHROMIUM) return file === undefined;
  return spawnSync(file, ["--version"], { stdio: "ignore" }).status !== 0;
}

/** @throws Error where there is none: ask `browserIsMissing` before */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined)
    throw new Error("There is no browser; install chromium or set WIREWRIGHT_CHROMIUM.");
  return chromium.launch({ executablePath, timeout: PATIENCE });
}
