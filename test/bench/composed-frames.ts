import { encodeFrameInto, type Frame } from "../../lib/frame.ts";
import { macFromIpv4, parseIpv4 } from "../../lib/headers/address.ts";
import { TcpFlag } from "../../lib/headers/tcp.ts";

const FRAMES_A_RUN = 500_000;
const PAYLOAD_LENGTH = 40;

/** Frames put together by the public function, nothing prepared: each a new object, all lengths and checksums computed. */
export function composeFrames() {
  const source = parseIpv4("10.0.0.1");
  const destination = parseIpv4("10.0.0.2");
  const payload = new Uint8Array(PAYLOAD_LENGTH).fill(0x61);
  const bytes = new Uint8Array(2048);
  const run = () => {
    for (let sequenceNumber = 0; sequenceNumber < FRAMES_A_RUN; sequenceNumber++) {
      const frame: Frame = {
        ethernet: { source: macFromIpv4(source), destination: macFromIpv4(destination) },
        ipv4: { source, destination, dontFragment: true },
        tcp: { sourcePort: 49_152, destinationPort: 80, sequenceNumber, flags: TcpFlag.PSH | TcpFlag.ACK, window: 512 },
        payload,
      };
      encodeFrameInto(frame, bytes, 0);
    }
  };
  return { packets: FRAMES_A_RUN, bytes: FRAMES_A_RUN * (54 + PAYLOAD_LENGTH), run };
}
