/** What writes the frames of a session: with nothing but a link header before each packet, or with whatever else is asked for. */
import type { FrameSink } from "../../core/frame-sink.ts";
import type { Annotator } from "../annotator.ts";
import type { DatagramWriterOptions } from "../datagram-writer.ts";
import type { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import type { makePacketWriters, PacketWriters } from "../packet-writers.ts";
import type { SessionOptions } from "../session.ts";
import type { ConnectionTable } from "./connection-table.ts";
import { AnnotatedSegmentWriter, EncapsulatedSegmentWriter, SegmentWriter } from "./segment-writer.ts";
import { SYN_WINDOW, WINDOW, WINDOW_SCALE } from "./tcp-machine.ts";

/** What only some sessions need. Each is there before it is needed. */
export interface SessionParts {
  /** Where the sink keeps notes on frames. */
  readonly Annotator?: typeof Annotator | undefined;
  /** Where more than a link header stands before packets. */
  readonly EncapsulatingSink?: typeof EncapsulatingSink | undefined;
  /** Where there are datagrams, or packets of somebody else's making. */
  readonly makePacketWriters?: typeof makePacketWriters | undefined;
}

export class FrameWriters {
  readonly segments: SegmentWriter;
  /** The writer of segments, where they can have fields of their own. */
  readonly encapsulated: EncapsulatedSegmentWriter | undefined;
  /** Absent where the sink keeps no notes on frames. */
  readonly annotator: Annotator | undefined;
  readonly carriesArp: boolean;
  readonly #sink: FrameSink;
  readonly #outer: EncapsulatingSink | undefined;
  readonly #inner: DatagramWriterOptions;
  readonly #parts: SessionParts;
  #packets: PacketWriters | undefined;

  /** @param maximumTransmissionUnit the largest packet in bytes, without what a tunnel adds */
  constructor(
    sink: FrameSink,
    connections: ConnectionTable,
    options: SessionOptions,
    maximumTransmissionUnit: number,
    parts: SessionParts,
  ) {
    const { link = "ethernet", timeToLive = 64, encapsulation } = options;
    const tcp = { window: WINDOW, synWindow: SYN_WINDOW, windowScale: WINDOW_SCALE };
    const annotator = sink.notes && new parts.Annotator!(sink.notes, connections, options.longestName);
    const outer = encapsulation && new parts.EncapsulatingSink!(sink, link, encapsulation);
    this.annotator = annotator;
    this.#parts = parts;
    this.#sink = sink;
    this.#outer = outer;
    this.#inner = { link: outer === undefined ? link : "raw", timeToLive, maximumTransmissionUnit };
    this.carriesArp = outer?.carriesArp ?? link === "ethernet";
    const segments = { ...this.#inner, ...tcp };
    this.encapsulated = outer && new EncapsulatedSegmentWriter(outer, connections, segments, annotator);
    this.segments =
      this.encapsulated ??
      (annotator
        ? new AnnotatedSegmentWriter(sink, connections, segments, annotator)
        : new SegmentWriter(sink, connections, segments));
  }

  /** Of datagrams and of packets of somebody else's making: made for the first of them. */
  get others(): PacketWriters {
    this.#packets ??= this.#parts.makePacketWriters!(
      this.#outer ?? this.#sink,
      this.#inner,
      this.annotator,
      this.#outer,
    );
    return this.#packets;
  }
}
