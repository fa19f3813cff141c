/** Looks into a capture that a contender has written: how much is in it, and whether all of it is right. */
import { Dissector } from "../../lib/dissect/dissector.ts";
import { ChecksumStatus } from "../../lib/headers/layer.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import type { Workload } from "./workload.ts";

/** @throws Error when a packet is no whole TCP segment over IPv4 with good checksums */
export async function checkCapture(file: string): Promise<Workload> {
  const capture = await openCapture(file);
  const dissector = new Dissector();
  let payloadBytes = 0;
  try {
    do {
      while (capture.next()) {
        const { ipv4Checksum, tcpChecksum, payloadLength } = dissector.dissect(capture.packet);
        if (ipv4Checksum !== ChecksumStatus.GOOD || tcpChecksum !== ChecksumStatus.GOOD) {
          throw new Error(`Packet ${capture.packet.number} of ${file} has no good checksums.`);
        }
        payloadBytes += payloadLength;
      }
    } while (await capture.more());
    return { packets: capture.packet.number, payloadBytes };
  } finally {
    await capture.close();
  }
}
