import { copyPacket, PcapWriter } from "../lib/index.ts";
import { OutputFile, openCapture } from "../lib/node.ts";

const capture = await openCapture("out/part1.pcap");
await OutputFile.write("out/short.pcap", async (output) => {
  const origin = { seconds: 0, ticks: 0 };
  const writer = new PcapWriter(output, { linkType: 1, ticksPerSecond: 1_000_000, origin });
  do {
    while (capture.next()) if (capture.packet.wireLength < 100) copyPacket(capture.packet, writer, 1_000_000);
    await output.room();
  } while (await capture.more());
  writer.finish();
});
await capture.close();
