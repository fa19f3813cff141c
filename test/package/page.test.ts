/** The package in a page: made by two bundlers, run by a real browser, and not larger than it has to be. */
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import type { Browser } from "playwright-core";
import * as vite from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { browserIsMissing, startBrowser } from "../helpers/judges/browser.ts";
import { installInto, packInto, ROOT, run } from "./packed.ts";

const folder = temporaryFolder();
const FIXTURES = path.join(ROOT, "fixtures");

beforeAll(() => installInto(folder, packInto(folder)));

describe.skipIf(browserIsMissing())("a page with the package in it", () => {
  let browser: Browser;
  let expected: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    browser = await startBrowser();
    expected = JSON.parse(run(process.execPath, ["package-program.mjs", FIXTURES], folder));
  });

  afterAll(() => browser?.close());

  it("by esbuild does what the command line does, whatever the table", async () => {
    const outfile = path.join(folder, "by-esbuild/page.js");
    await esbuild.build({ ...PLAIN, entryPoints: [path.join(folder, "browser-program.mjs")], outfile });
    fs.writeFileSync(path.join(folder, "by-esbuild/index.html"), '<script type="module" src="page.js"></script>');
    await compare(path.join(folder, "by-esbuild"), "index.html");
  });

  it("by Vite does so, too", async () => {
    const outDir = path.join(folder, "by-vite");
    const input = path.join(folder, "page-program.html");
    await vite.build({ root: folder, base: "./", logLevel: "error", build: { outDir, rollupOptions: { input } } });
    await compare(outDir, "page-program.html");
  });

  async function compare(root: string, file: string): Promise<void> {
    const server = await serve(root);
    const page = await browser.newPage();
    try {
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`);
      await page.waitForFunction("window.hashesOf !== undefined");
      for (const [name, result] of Object.entries(expected)) {
        if (name === "packet") continue;
        const numbers = Array.from(fs.readFileSync(path.join(FIXTURES, name)));
        const program = `window.hashesOf(${JSON.stringify(numbers)}, ${JSON.stringify(name)})`;
        expect([name, await page.evaluate(program)]).toEqual([name, result]);
      }
      // Packed as several members, as parts that were packed one by one and put together.
      const table = fs.readFileSync(path.join(FIXTURES, "input.csv"));
      const halves = [table.subarray(0, 400), table.subarray(400)].map((half) => gzipSync(half));
      const members = JSON.stringify(Array.from(Buffer.concat(halves)));
      expect(await page.evaluate(`window.hashesOf(${members}, "input.csv")`)).toEqual(expected["input.csv"]);
      expect(problems).toEqual([]);
    } finally {
      await page.close();
      server.close();
    }
  }
});

const PLAIN = { bundle: true, minify: true, format: "esm", platform: "browser", logLevel: "silent" } as const;

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** The files of a folder, on this machine alone. */
async function serve(root: string): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const file = path.join(root, new URL(request.url!, "http://localhost").pathname);
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "" }).end(fs.readFileSync(file));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

/** Kibibytes, packed with gzip, of what a page loads at once: a bound from above, to be made smaller and not larger. */
const SIZES: readonly (readonly [what: string, program: string, most: number])[] = [
  ["a packet of Ethernet, IPv4 and TCP", "encodePacket([ethernet(), ipv4(), tcp()])", 22],
  ["a pcap file", "new PcapWriter(new MemorySlabs(), { linkType: 1, ticksPerSecond: 1000000, origin })", 2],
  ["a CSV into a capture", "await encapsulateCsv(csv)", 63],
  ["a capture into a page", "await htmlReport(await openCaptureBytes(bytes))", 170],
];

describe("what a page loads", () => {
  it.each(SIZES)("for %s is not more than is known", async (_what, program, most) => {
    const names = [...program.matchAll(/\b(?:[a-z]\w+(?=\()|[A-Z]\w+(?=\())/g)].map(([name]) => name);
    const given = "const { csv, bytes, origin } = globalThis;";
    const text = `import { ${names.join(", ")} } from "wirewright";\n${given}\nconsole.log(${program});\n`;
    const input = path.join(folder, `size-${most}.mjs`);
    fs.writeFileSync(input, text);
    const built = await vite.build({
      root: folder,
      logLevel: "error",
      build: { write: false, rollupOptions: { input } },
    });
    const bytes = loadedAtOnce(built as { output: Output[] });
    expect(Math.round(bytes / 1024)).toBeLessThanOrEqual(most);
  });
});

interface Output {
  readonly fileName: string;
  readonly code?: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

function loadedAtOnce({ output }: { readonly output: readonly Output[] }): number {
  const loaded = new Set(output.filter(({ isEntry }) => isEntry));
  for (const { imports = [] } of loaded) {
    for (const file of output) if (imports.includes(file.fileName)) loaded.add(file);
  }
  return [...loaded].reduce((sum, { code = "" }) => sum + gzipSync(code).length, 0);
}
