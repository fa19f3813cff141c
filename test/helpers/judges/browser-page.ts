/** Pages in a browser, and whatever they do beyond being pages. */
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { PATIENCE } from "../programs/patience.ts";

export interface OpenedPage {
  readonly page: Page;
  readonly url: string;
  /** Addresses that the page asked for, its own among them. */
  readonly requests: readonly string[];
  /** Errors of scripts, and what the console said. */
  readonly complaints: readonly string[];
}

/** Opens a file as a reader does. Every request is written down, and none but that for the page itself is let through. */
export async function openPage(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  await page.route("**/*", (route) => (route.request().url().split("#")[0] === url ? route.continue() : route.abort()));
  await page.goto(url);
  return { page, url, requests, complaints };
}
