/** One reading of a capture, for the benchmark: prints how long it took and the most memory it used. */
import { analyze } from "../../lib/analyze.ts";
import { Dissector } from "../../lib/dissect/dissector.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";

const [input, work] = process.argv.slice(2) as [string, "dissect" | "analyze"];
const start = performance.now();
const packets = work === "dissect" ? await dissect() : (await analyze({ input })).capture.packets;
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, packets, peakMemoryMB: process.resourceUsage().maxRSS / 1024 }));

async function dissect(): Promise<number> {
  const capture = await openCapture(input);
  const dissector = new Dissector();
  do {
    while (capture.next()) dissector.dissect(capture.packet);
  } while (await capture.more());
  await capture.close();
  return capture.packet.number;
}
