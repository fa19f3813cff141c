/** One run of the main job, for the benchmark: prints how long it took and the most memory it used. */
import { encapsulate } from "../../lib/encapsulate.ts";

const [input, output, payload] = process.argv.slice(2) as [string, string, "wire" | "exact"];
const start = performance.now();
const { packets, fileBytes } = await encapsulate({ input, output, payload });
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, packets, fileBytes, peakMemoryMB: process.resourceUsage().maxRSS / 1024 }));
