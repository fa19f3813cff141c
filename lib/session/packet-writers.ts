/** What writes frames that are no segments of a conversation: datagrams, and packets of somebody else's making. */
import type { FrameSink } from "../core/frame-sink.ts";
import type { Annotator } from "./annotator.ts";
import { DatagramWriter, type DatagramWriterOptions } from "./datagram-writer.ts";
import type { EncapsulatingSink } from "./encapsulation/encapsulating-sink.ts";
import { PacketWriter } from "./packet-writer.ts";

export interface PacketWriters {
  readonly datagrams: DatagramWriter;
  readonly packets: PacketWriter;
}

/**
 * @param annotator told of every frame, where the sink keeps notes on them
 * @param outer the sink, where it puts headers before what is written into it
 */
export function makePacketWriters(
  sink: FrameSink,
  options: DatagramWriterOptions,
  annotator: Annotator | undefined,
  outer: EncapsulatingSink | undefined,
): PacketWriters {
  return {
    datagrams: new DatagramWriter(sink, options, annotator, outer),
    packets: new PacketWriter(sink, options, annotator, outer),
  };
}
