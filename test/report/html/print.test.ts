/** The page on paper: left out, with a notice, where there is no browser. */
import fs from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { picturedCaptures } from "../../helpers/captures/pictured-captures.ts";
import { browserIsMissing, startBrowser } from "../../helpers/judges/browser.ts";
import { openPage } from "../../helpers/judges/browser-page.ts";
import { reportOf } from "../../helpers/judges/page-reader.ts";

const folder = temporaryFolder();
/** A4 without the margins of the page's own @page rule: 180 mm by 265 mm, in units of 1/96 inch. */
const PAPER = { width: Math.floor((180 / 25.4) * 96), height: Math.floor((265 / 25.4) * 96) };
const PRINTED = ["input", "loss", "ten conversations", "unicode", "10,000 packets"];

describe.skipIf(browserIsMissing())("the report on paper", () => {
  let browser: Browser;
  const pages = new Map<string, string>();

  beforeAll(async () => {
    browser = await startBrowser();
    const captures = await picturedCaptures(folder);
    for (const name of PRINTED) {
      const file = path.join(folder, `${name}.html`);
      fs.writeFileSync(file, await reportOf(captures.get(name)!));
      pages.set(name, file);
    }
  });

  afterAll(() => browser?.close());

  async function onPaper(name: string, work: (page: Page) => Promise<void>, javaScriptEnabled = true): Promise<void> {
    const { page } = await openPage(browser, pages.get(name)!, { viewport: PAPER, javaScriptEnabled });
    await page.emulateMedia({ media: "print" });
    await work(page);
    await page.context().close();
  }

  it("has drawings that fit a page each and must not be cut", async () => {
    for (const name of PRINTED) {
      await onPaper(name, async (page) => {
        const drawings = await page.evaluate(measureDrawings);
        expect(drawings.length, name).toBeGreaterThan(1);
        for (const { title, width, height, breaks } of drawings) {
          expect(width, title).toBeLessThanOrEqual(PAPER.width);
          expect(height, title).toBeGreaterThan(10);
          expect(height, title).toBeLessThanOrEqual(PAPER.height);
          expect(breaks, title).toBe("avoid");
        }
      });
    }
  });

  it.each([true, false])("shows tables that are closed on the screen, scripts on: %s", async (javaScriptEnabled) => {
    await onPaper(
      "input",
      async (page) => {
        // A table behind a closed summary is laid out on paper only where the style sheet opens it.
        const table = page.locator("details.fig-twin table").first();
        expect((await table.boundingBox())?.height).toBeGreaterThan(100);
        await page.emulateMedia({ media: "screen" });
        expect(await table.isVisible()).toBe(false);
      },
      javaScriptEnabled,
    );
  });

  it("prints black on white from a dark screen, and leaves out what paper cannot do", async () => {
    await onPaper("input", async (page) => {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const colours = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.documentElement);
        return { color, backgroundColor };
      });
      expect(colours).toEqual({ color: "rgb(0, 0, 0)", backgroundColor: "rgb(255, 255, 255)" });
      for (const hidden of ["nav", ".skip", ".search"])
        expect(await page.locator(hidden).first().isVisible()).toBe(false);
    });
  });

  it("prints the frames that are open, and the words of the reader", async () => {
    await onPaper("input", async (page) => {
      const before = await pdfOf(page);
      await page.evaluate(() => {
        for (const number of [4, 6]) document.querySelector(`#frame-${number} > details`)?.setAttribute("open", "");
      });
      expect(pagesIn(await pdfOf(page))).toBeGreaterThan(pagesIn(before));
      expect(await page.locator("#frame-4").isVisible()).toBe(true);
      expect(await page.locator("#frame-5").isVisible()).toBe(false);
      await page.emulateMedia({ media: "screen" });
      const words = "Line of the reader.\n".repeat(30);
      await page.locator("textarea").first().fill(words);
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      await page.emulateMedia({ media: "print" });
      expect(await page.locator(".words").first().textContent()).toBe(words);
      expect(await page.locator(".words").first().isVisible()).toBe(true);
      expect(await page.locator("textarea").first().isVisible()).toBe(false);
    });
  });

  it("takes a sensible number of pages", async () => {
    for (const [name, most] of [
      ["loss", 14],
      ["input", 40],
    ] as const) {
      await onPaper(name, async (page) => {
        const pages = pagesIn(await pdfOf(page));
        expect(pages, name).toBeGreaterThan(4);
        expect(pages, name).toBeLessThanOrEqual(most);
      });
    }
  });
});

function pdfOf(page: Page): Promise<Buffer> {
  return page.pdf({ format: "A4", preferCSSPageSize: true });
}

function pagesIn(pdf: Buffer): number {
  return pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
}

function measureDrawings() {
  return [...document.querySelectorAll("figure svg")].map((svg) => {
    const { width, height } = svg.getBoundingClientRect();
    const title = svg.querySelector("title")?.textContent ?? "";
    return { title, width, height, breaks: getComputedStyle(svg).breakInside };
  });
}
