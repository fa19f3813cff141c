/** Makes the pictures of the report for the README, light and dark: `npm run picture`. Needs a browser, and no network. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { encapsulate } from "../../lib/encapsulate.ts";
import { startBrowser } from "../helpers/judges/browser.ts";
import { reportOf } from "../helpers/judges/page-reader.ts";

const WIDTH = 1200;
const HEIGHT = 2150;
const FRAME = 25;
const FIELD = "Destination Port";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "wirewright-"));
const browser = await startBrowser();
try {
  const file = path.join(folder, "part1.html");
  const capture = path.join(folder, "part1.pcap");
  await encapsulate({ input: "fixtures/input.csv", output: capture });
  // Of the way to the temporary file, only the name belongs in the picture.
  fs.writeFileSync(file, (await reportOf(capture)).replaceAll(capture, "part1.pcap"));
  for (const colorScheme of ["light", "dark"] as const) {
    const output = `.github/report-${colorScheme}.png`;
    fs.mkdirSync(path.dirname(output), { recursive: true });
    fs.writeFileSync(output, await pictureOf(browser, file, colorScheme));
    console.log(`${output}: ${fs.statSync(output).size.toLocaleString("en")} bytes`);
  }
} finally {
  await browser.close();
  fs.rmSync(folder, { recursive: true, force: true });
}

async function pictureOf(browser: Browser, file: string, colorScheme: "light" | "dark"): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme });
  await page.goto(pathToFileURL(file).href);
  await arrange(page);
  const picture = await page.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height: HEIGHT } });
  await page.close();
  return picture;
}

/** Leaves what the picture has room for: the top, one ladder, and one frame with a field that is pointed at. */
async function arrange(page: Page): Promise<void> {
  await page.locator(`#frame-${FRAME} summary`).click();
  const parts = ["#tcp-2-title", "#tcp-2-ladder", "#frames-title", `#frame-${FRAME}`];
  // No function with a name in here: what the compiler adds for it does not exist in the page.
  await page.evaluate((selectors) => {
    document.querySelector("main")!.replaceChildren(...selectors.map((selector) => document.querySelector(selector)!));
    scrollTo(0, 0);
  }, parts);
  await page.mouse.move(0, 0);
  await page.locator(`#frame-${FRAME} tr[data-f]`, { hasText: FIELD }).first().dispatchEvent("mouseover");
}
