/** Loaded before a script, for the benchmark: the process tells on descriptor 3 how much memory it had at most. */
import { writeSync } from "node:fs";

process.on("exit", () => writeSync(3, `peak ${process.resourceUsage().maxRSS} kB\n`));
