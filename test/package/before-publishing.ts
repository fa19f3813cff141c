/** What only the owner of the package can say, and has to be said before it is published: `npm publish` asks this first. */
import { readFileSync } from "node:fs";

const OWNERS = ["repository", "homepage", "bugs"];

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Readonly<Record<string, unknown>>;
const missing = OWNERS.filter((field) => (manifest[field] ?? "") === "");
if (missing.length > 0) {
  const names = [missing.slice(0, -1).join(", "), ...missing.slice(-1)].filter((part) => part !== "").join(" and ");
  console.error(`package.json does not say ${names} yet, which its owner fills in as .github/PUBLISHING.md tells.`);
  process.exitCode = 1;
}
