import { macFromIpv4, parseIpv4 } from "../../lib/headers/address.ts";
import { encodeFrameInto, type Frame } from "../../lib/headers/frame.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import type { Workload } from "./workload.ts";

export const COMPOSED_PAYLOAD_LENGTH = 40;

/** Frames put together by the public function, nothing prepared: each a new object, all lengths and checksums computed. */
export function composeFrames(frames: number): Workload {
  const source = parseIpv4("10.0.0.1");
  const destination = parseIpv4("10.0.0.2");
  const payload = new Uint8Array(COMPOSED_PAYLOAD_LENGTH).fill(0x61);
  const bytes = new Uint8Array(2048);
  for (let sequenceNumber = 0; sequenceNumber < frames; sequenceNumber++) {
    const frame: Frame = {
      ethernet: { source: macFromIpv4(source), destination: macFromIpv4(destination) },
      ipv4: { source, destination, dontFragment: true },
      tcp: { sourcePort: 49_152, destinationPort: 80, sequenceNumber, flags: TcpFlag.PSH | TcpFlag.ACK, window: 512 },
      payload,
    };
    encodeFrameInto(frame, bytes, 0);
  }
  return { packets: frames, payloadBytes: frames * COMPOSED_PAYLOAD_LENGTH };
}
