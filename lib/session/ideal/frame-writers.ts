/** What writes the frames of a session: with nothing but a link header before each packet, or with whatever else is asked for. */
import type { FrameSink } from "../../core/frame-sink.ts";
import type { Annotator } from "../annotator.ts";
import { DatagramWriter } from "../datagram-writer.ts";
import { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import { type NetworkLink, PacketWriter } from "../packet-writer.ts";
import type { SessionOptions } from "../session.ts";
import type { ConnectionTable } from "./connection-table.ts";
import { AnnotatedSegmentWriter, EncapsulatedSegmentWriter, SegmentWriter } from "./segment-writer.ts";
import { SYN_WINDOW, WINDOW, WINDOW_SCALE } from "./tcp-machine.ts";

export interface FrameWriters {
  readonly segments: SegmentWriter;
  readonly datagrams: DatagramWriter;
  readonly packets: PacketWriter;
  /** The writer of segments, where they can have fields of their own. */
  readonly encapsulated?: EncapsulatedSegmentWriter;
  readonly carriesArp: boolean;
}

/** @param maximumTransmissionUnit the largest packet in bytes, without what a tunnel adds */
export function makeFrameWriters(
  sink: FrameSink,
  connections: ConnectionTable,
  options: SessionOptions,
  maximumTransmissionUnit: number,
  annotator: Annotator | undefined,
): FrameWriters {
  const { link = "ethernet", timeToLive = 64, encapsulation } = options;
  const common: NetworkLink = { link, timeToLive };
  const tcp = { window: WINDOW, synWindow: SYN_WINDOW, windowScale: WINDOW_SCALE };
  if (encapsulation === undefined) {
    const segments = { ...common, ...tcp };
    return {
      segments: annotator
        ? new AnnotatedSegmentWriter(sink, connections, segments, annotator)
        : new SegmentWriter(sink, connections, segments),
      datagrams: new DatagramWriter(sink, { ...common, maximumTransmissionUnit }, annotator),
      packets: new PacketWriter(sink, common, annotator),
      carriesArp: link === "ethernet",
    };
  }
  const outer = new EncapsulatingSink(sink, link, encapsulation);
  const bare: NetworkLink = { link: "raw", timeToLive };
  const encapsulated = new EncapsulatedSegmentWriter(outer, connections, { ...bare, ...tcp }, annotator);
  return {
    segments: encapsulated,
    encapsulated,
    datagrams: new DatagramWriter(outer, { ...bare, maximumTransmissionUnit }, annotator, outer),
    packets: new PacketWriter(outer, bare, annotator, outer),
    carriesArp: outer.carriesArp,
  };
}
