/** The page in a real browser: left out, with a notice, where there is none. */
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { picturedCaptures } from "../../helpers/captures/pictured-captures.ts";
import { browserIsMissing, findBrowser, startBrowser } from "../../helpers/judges/browser.ts";
import { type OpenedPage, openPage } from "../../helpers/judges/browser-page.ts";
import { reportOf } from "../../helpers/judges/page-reader.ts";

const folder = temporaryFolder();
const MOST_BYTES = 5_000_000;
/** A browser needs about a second for as many. */
const MOST_ELEMENTS = 250_000;

describe.skipIf(browserIsMissing())("the report in a browser", () => {
  let browser: Browser;
  let pages: ReadonlyMap<string, string>;

  beforeAll(async () => {
    browser = await startBrowser();
    pages = await reportsOf(await picturedCaptures(folder));
  });

  afterAll(() => browser?.close());

  async function withPage<T>(
    name: string,
    work: (opened: OpenedPage) => Promise<T>,
    options?: BrowserContextOptions,
  ): Promise<T> {
    const opened = await openPage(browser, pages.get(name)!, options);
    try {
      return await work(opened);
    } finally {
      await opened.page.context().close();
    }
  }

  it("asks for nothing but itself, complains of nothing, draws inside its drawings and fits a small window", async () => {
    for (const name of pages.keys()) {
      await withPage(name, async ({ page, url, requests, complaints }) => {
        expect(await page.evaluate(drawnOutside), name).toEqual([]);
        await page.setViewportSize({ width: 400, height: 800 });
        expect(await page.evaluate(overflow), name).toBe(0);
        expect(requests, name).toEqual([url]);
        expect(complaints, name).toEqual([]);
      });
    }
  });

  it.each([
    { bypassCSP: false, arrived: 0 },
    { bypassCSP: true, arrived: 4 },
  ])(
    "sends nothing out even if it tries (policy off: $bypassCSP, then $arrived arrive)",
    async ({ bypassCSP, arrived }) => {
      const heard = await listenOnce(async (address) => {
        const context = await browser.newContext({ bypassCSP });
        const page = await context.newPage();
        await page.goto(pathToFileURL(pages.get("input")!).href);
        await page.evaluate(tryToSend, address);
        await context.close();
      });
      expect(heard).toHaveLength(arrived);
    },
  );

  it("draws an arrow for every packet, and every message", async () => {
    await withPage("input", async ({ page }) => {
      const arrows = await Promise.all(
        [0, 1, 2, 3].map((stream) => page.locator(`#tcp-${stream}-ladder g[id]`).count()),
      );
      expect(arrows).toEqual([26, 22, 15, 15]);
      const bars = await Promise.all(
        [0, 1, 2, 3].map((stream) => page.locator(`#tcp-${stream}-lane .fig-msg`).count()),
      );
      expect(bars).toEqual([8, 6, 4, 4]);
    });
  });

  it("links a field to its bytes", async () => {
    await withPage("input", async ({ page }) => {
      await openFrame(page, 25);
      await page.locator("#frame-25 tr[data-f]", { hasText: "Destination Port" }).first().hover();
      // Behind 14 bytes of Ethernet, 20 of IP and 2 of the source port.
      expect(await litBytes(page, 25)).toBe("0050");
    });
  });

  it("links bytes to their field", async () => {
    await withPage("input", async ({ page }) => {
      await openFrame(page, 25);
      const field = await page
        .locator("#frame-25 tr[data-f]", { hasText: "Destination Port" })
        .first()
        .getAttribute("data-f");
      await page.locator(`#frame-25 .hex [data-f~="${field}"]`).first().hover();
      const lit = page.locator("#frame-25 tr.on");
      expect(await lit.count()).toBe(1);
      expect(await lit.first().textContent()).toContain("Destination Port");
      expect(await page.locator("#frame-25 .now").textContent()).toContain("80");
    });
  });

  it("lets the keyboard go through the fields, with a focus that is seen", async () => {
    await withPage("input", async ({ page }) => {
      await tabTo(page, "tr[data-f]");
      expect(await focused(page)).toMatchObject({ row: 0, isLit: true });
      expect((await focused(page)).outline).toBeGreaterThanOrEqual(2);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      expect(await focused(page)).toMatchObject({ row: 2, isLit: true });
      await page.keyboard.press("ArrowUp");
      expect(await focused(page)).toMatchObject({ row: 1, isLit: true });
      const lit = await litBytes(page, 1);
      await page.keyboard.press("End");
      expect(await litBytes(page, 1)).not.toBe(lit);
      await page.keyboard.press("Home");
      expect(await focused(page)).toMatchObject({ row: 0 });
      await page.keyboard.press("Escape");
      expect(await page.locator(".on").count()).toBe(0);
    });
  });

  it("opens the frame that a link in a ladder or a finding leads to", async () => {
    await withPage("loss", async ({ page }) => {
      for (const from of ["#tcp-0-ladder", "#findings"]) {
        const link = page.locator(`${from} a[href^="#frame-"]:visible`).last();
        const target = await link.getAttribute("href");
        const details = page.locator(`${target} > details`);
        await details.evaluate((element) => element.removeAttribute("open"));
        // In a ladder the arrow is the link; its words are what can be hit.
        await link.locator("text, :scope:not(:has(text))").first().click();
        await page.waitForFunction((id) => document.querySelector(`${id} > details`)?.hasAttribute("open"), target);
        expect(await page.locator(`${target} summary`).first().evaluate(isInView), from).toBe(true);
      }
    });
  });

  it("opens the frame that its address names", async () => {
    await withPage("input", async ({ page, url }) => {
      await page.goto("about:blank");
      await page.goto(`${url}#frame-30`);
      await page.waitForFunction(() => document.querySelector("#frame-30 > details")?.hasAttribute("open"));
      expect(await page.locator("#frame-30 summary").evaluate(isInView)).toBe(true);
    });
  });

  it("filters frames by what is typed", async () => {
    await withPage("input", async ({ page }) => {
      await page.getByLabel("Show frames with").fill("SYN, ACK");
      expect(await page.locator("section.frame:visible").count()).toBe(4);
      await page.getByLabel("Show frames with").fill("");
      expect(await page.locator("section.frame:visible").count()).toBe(78);
    });
  });

  it("says the same with scripts off", async () => {
    for (const name of ["input", "chat", "unicode", "loss", "ten conversations"]) {
      // What scripts add is marked as state or input of theirs, and holds no fact about the capture.
      const words = (page: Page) =>
        page.evaluate(() => {
          for (const added of document.querySelectorAll("label.search, .now, script")) added.remove();
          return document.body.textContent;
        });
      const withScripts = await withPage(name, ({ page }) => words(page));
      const without = await withPage(
        name,
        async ({ page }) => {
          expect(await page.locator("label.search").count()).toBe(0);
          expect(await page.locator("figure svg").first().isVisible()).toBe(true);
          await page.locator("section.frame summary").nth(1).click();
          expect(await page.locator("section.frame .hex").nth(1).isVisible()).toBe(true);
          return words(page);
        },
        { javaScriptEnabled: false },
      );
      expect(without, name).toBe(withScripts);
      expect(without!.length).toBeGreaterThan(5000);
    }
  });

  it.each(["light", "dark"] as const)("has nothing that axe calls serious, %s", async (colorScheme) => {
    const axe = fs.readFileSync(path.resolve("node_modules/axe-core/axe.min.js"), "utf8");
    for (const name of ["input", "loss", "resets", "IPv6"]) {
      await withPage(
        name,
        async ({ page }) => {
          await page.evaluate(axe);
          await page.evaluate(() => {
            for (const details of document.querySelectorAll("details.fig-twin")) details.setAttribute("open", "");
          });
          const { passes, faults } = await page.evaluate(runAxe);
          expect(passes).toBeGreaterThan(20);
          expect(faults, name).toEqual([]);
        },
        { colorScheme },
      );
    }
  });

  it("opens 10,000 packets, of 5 MB and not too many elements", async () => {
    const file = pages.get("10,000 packets")!;
    expect(fs.statSync(file).size).toBeLessThan(MOST_BYTES);
    await withPage("10,000 packets", async ({ page }) => {
      expect(await page.evaluate(isShown)).toBe(true);
      expect(await page.locator("*").count()).toBeLessThan(MOST_ELEMENTS);
    });
  });
});

describe("the search for a browser", () => {
  it("takes the one that is named, else one in the PATH, and in CI only the one that is named", () => {
    const chromium = path.join(folder, "chromium");
    fs.writeFileSync(chromium, "");
    expect(findBrowser({ PATH: folder })).toBeUndefined();
    fs.chmodSync(chromium, 0o755);
    expect(findBrowser({ PATH: `/nowhere${path.delimiter}${folder}` })).toBe(chromium);
    expect(findBrowser({ PATH: folder, CI: "true" })).toBeUndefined();
    expect(findBrowser({ PATH: folder, WIREWRIGHT_REQUIRE_JUDGES: "1" })).toBeUndefined();
    expect(findBrowser({ CI: "true", WIREWRIGHT_CHROMIUM: chromium })).toBe(chromium);
    expect(findBrowser({ PATH: folder, WIREWRIGHT_CHROMIUM: "/nowhere/chromium" })).toBeUndefined();
  });
});

async function reportsOf(captures: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const [name, file] of captures) {
    const page = `${file}.html`;
    fs.writeFileSync(page, await reportOf(file));
    pages.set(name, page);
  }
  return pages;
}

async function openFrame(page: Page, frame: number): Promise<void> {
  await page.locator(`#frame-${frame} > details`).evaluate((element) => element.setAttribute("open", ""));
}

/** The digits of the bytes that are marked. */
function litBytes(page: Page, frame: number): Promise<string> {
  return page
    .locator(`#frame-${frame} .hex .on`)
    .allTextContents()
    .then((texts) => texts.join("").replace(/\s/g, ""));
}

async function tabTo(page: Page, selector: string): Promise<void> {
  // From the frames on: what stands before them has some hundred stops.
  await page.locator("section.frame summary").first().focus();
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  throw new Error(`Tab does not reach ${selector}.`);
}

function focused(page: Page) {
  return page.evaluate(() => {
    const element = document.activeElement!;
    const rows = [...document.querySelectorAll("#frame-1 tr[data-f]")];
    return {
      row: rows.indexOf(element),
      isLit: element.classList.contains("on"),
      outline: Number.parseFloat(getComputedStyle(element).outlineWidth),
    };
  });
}

function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

/** A server on this machine. @returns the paths that were asked of it while `work` went on */
async function listenOnce(work: (address: string) => Promise<void>): Promise<string[]> {
  const heard: string[] = [];
  const server = http.createServer((request, response) => {
    heard.push(request.url ?? "");
    response.setHeader("access-control-allow-origin", "*").end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => server.close(resolve));
  return heard;
}

/** Four ways that markup of a packet would take, if it became markup. */
async function tryToSend(address: string): Promise<void> {
  const loaded = (element: HTMLElement) =>
    new Promise((resolve) => {
      element.onload = resolve;
      element.onerror = resolve;
    });
  await fetch(`${address}/fetch`).catch(() => {});
  const image = new Image();
  image.src = `${address}/image`;
  await loaded(image);
  const script = Object.assign(document.createElement("script"), { src: `${address}/script` });
  document.body.append(script);
  await loaded(script);
  await new FontFace("x", `url(${address}/font)`).load().catch(() => {});
}

/** Texts and lines of drawings that would be cut off at their edges. */
function drawnOutside(): string[] {
  return [...document.querySelectorAll("figure svg")].flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text, path, rect, circle")].flatMap((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const isInside =
        left >= frame.left - 1 && right <= frame.right + 1 && top >= frame.top - 1 && bottom <= frame.bottom + 1;
      return isInside ? [] : [`${svg.querySelector("title")?.textContent}: ${element.outerHTML.slice(0, 100)}`];
    });
  });
}

function overflow(): number {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}

/** Whether everything was loaded and something was seen. */
async function isShown(): Promise<boolean> {
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  return document.readyState === "complete" && performance.getEntriesByName("first-contentful-paint").length > 0;
}

async function runAxe(): Promise<{ passes: number; faults: string[] }> {
  const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
  const { passes, violations } = await axe.run();
  const faults = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}, ${nodes.length} times, first ${nodes[0]?.html.slice(0, 200)}`);
  return { passes: passes.length, faults };
}
