/** From a capture that is read to one that is written. */

import type { CapturedPacket } from "./capture-file.ts";
import type { PcapWriter } from "./pcap-writer.ts";
import { PcapngWriter } from "./pcapng-writer.ts";

const NANOSECONDS = 1_000_000_000;

/**
 * Writes a packet as it was read: its bytes, time and length on the wire; to pcapng also its comments and direction.
 * What is finer than the ticks of the output is cut; a packet without a time is stamped with the start of 1970. A length on the
 * wire below what was captured, as wrong files have it, becomes what was captured.
 *
 * @param ticksPerSecond of the writer, or of the interface that the packet is written for
 * @param interfaceId index of that interface in the options of a `PcapngWriter`
 * @throws WirewrightError as `reserveAt` of the writer
 */
export function copyPacket(
  packet: CapturedPacket,
  writer: PcapWriter | PcapngWriter,
  ticksPerSecond: number,
  interfaceId: number = packet.interfaceId,
): void {
  const { bytes, start, end, seconds, wireLength } = packet;
  const ticks = Math.floor(packet.nanoseconds / (NANOSECONDS / ticksPerSecond));
  const length = end - start;
  const at = reserve(packet, writer, seconds, ticks, length, Math.max(length, wireLength), interfaceId);
  writer.bytes.set(bytes.subarray(start, end), at);
}

function reserve(
  { comments, direction }: CapturedPacket,
  writer: PcapWriter | PcapngWriter,
  seconds: number,
  ticks: number,
  length: number,
  wireLength: number,
  interfaceId: number,
): number {
  if (!(writer instanceof PcapngWriter)) return writer.reserveAt(seconds, ticks, length, wireLength);
  writer.notes.comments = comments;
  writer.notes.direction = direction;
  return writer.reserveAt(seconds, ticks, length, wireLength, interfaceId);
}
