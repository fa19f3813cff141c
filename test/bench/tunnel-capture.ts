import { writeFileSync } from "node:fs";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { encodePacket } from "../../lib/headers/packet.ts";
import { raw } from "../../lib/headers/raw.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { vxlan } from "../../lib/headers/vxlan.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import type { Workload } from "./workload.ts";

const DATA = new Uint8Array(100).fill(97);
/** So many differ; then they come again. */
const DIFFERENT = 1000;

/** Writes a capture of segments in VXLAN. */
export function writeTunnelCapture(file: string, packets: number): Workload {
  const frames = Array.from({ length: DIFFERENT }, (_, index) =>
    encodePacket([
      ethernet({}),
      ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }),
      udp({ sourcePort: 50_000, destinationPort: 4789 }),
      vxlan({ networkIdentifier: 5 }),
      ethernet({}),
      ipv4({ source: "192.168.0.1", destination: "192.168.0.2" }),
      tcp({ sourcePort: 40_000, destinationPort: 9999, sequenceNumber: 1 + index * DATA.length, flags: "ACK" }),
      raw(DATA),
    ]),
  );
  const records = Array.from({ length: packets }, (_, index) => ({ time: index, bytes: frames[index % DIFFERENT]! }));
  writeFileSync(file, pcapOf(1, records));
  return { packets, payloadBytes: packets * DATA.length };
}
