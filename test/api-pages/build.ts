/** Makes the API pages: `npm run docs`. */
import path from "node:path";
import { makePages } from "./pages.ts";

const folder = path.resolve(import.meta.dirname, "../../out/docs");
const problems = await makePages(folder);
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error(`${problems.length} things are wrong with the pages in ${folder}; say them right in the sources.`);
  process.exitCode = 1;
} else {
  console.log(`Look at it: ${path.join(folder, "index.html")}`);
}
