import { ethernet } from "../../lib/headers/ethernet.ts";
import { gre } from "../../lib/headers/gre.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { encodePacketInto } from "../../lib/headers/packet.ts";
import { raw } from "../../lib/headers/raw.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import { vlan } from "../../lib/headers/vlan.ts";
import { COMPOSED_PAYLOAD_LENGTH } from "./composed-frames.ts";
import type { Workload } from "./workload.ts";

/** Packets of seven layers, a tunnel in a VLAN, nothing prepared: each a new stack, all lengths and checksums computed. */
export function composeStacks(packets: number): Workload {
  const payload = new Uint8Array(COMPOSED_PAYLOAD_LENGTH).fill(0x61);
  const bytes = new Uint8Array(2048);
  for (let sequenceNumber = 0; sequenceNumber < packets; sequenceNumber++) {
    const stack = [
      ethernet({ source: 0x0200_0a00_0001, destination: 0x0200_0a00_0002 }),
      vlan({ identifier: 5 }),
      ipv4({ source: 0x0a00_0001, destination: 0x0a00_0002 }),
      gre(),
      ipv4({ source: 0xc0a8_0001, destination: 0xc0a8_0002, dontFragment: true }),
      tcp({ sourcePort: 49_152, destinationPort: 80, sequenceNumber, flags: TcpFlag.PSH | TcpFlag.ACK, window: 512 }),
      raw(payload),
    ];
    encodePacketInto(stack, bytes, 0);
  }
  return { packets, payloadBytes: packets * COMPOSED_PAYLOAD_LENGTH };
}
