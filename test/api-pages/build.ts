/** Makes the API pages: `npm run docs`. */
import path from "node:path";
import { isThere, TOOLS } from "../helpers/judges/tools.ts";

if (!isThere("typedoc")) {
  console.error(`There are no API pages, because ${TOOLS.typedoc.isMissingBecause}.`);
  process.exit(1);
}
const { makePages } = await import("./pages.ts");

const folder = path.resolve(import.meta.dirname, "../../out/docs");
const problems = await makePages(folder);
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error(`${problems.length} things are wrong with the pages in ${folder}; say them right in the sources.`);
  process.exitCode = 1;
} else {
  console.log(`Look at it: ${path.join(folder, "index.html")}`);
}
