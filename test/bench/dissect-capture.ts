import { Dissector } from "../../lib/dissect/dissector.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import type { Workload } from "./workload.ts";

/** Every packet of a capture down to its payload, checksums included. */
export async function dissectCapture(file: string): Promise<Workload> {
  const capture = await openCapture(file);
  const dissector = new Dissector();
  let payloadBytes = 0;
  do {
    while (capture.next()) payloadBytes += dissector.dissect(capture.packet).payloadLength;
  } while (await capture.more());
  await capture.close();
  return { packets: capture.packet.number, payloadBytes };
}
