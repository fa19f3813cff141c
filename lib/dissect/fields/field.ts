/** What the detailed view of a packet is made of: layers, and in them every field with the bytes that it stands in. */
import type { LayerKind } from "../layer-kinds.ts";
import type { SegmentPart } from "../segment-parts.ts";

export type FieldValue = number | bigint | string | boolean | Uint8Array | undefined;

export interface Field {
  /** Wireshark's name of the field, "ip.ttl": what can be pasted into a display filter. Empty for a mere heading. */
  readonly name: string;
  /** What Wireshark calls it: "Time to Live". */
  readonly label: string;
  /** First byte, an index in the memory of the layer. */
  readonly start: number;
  /** Bytes; 0 for what is computed and stands nowhere. */
  readonly length: number;
  /** For fields that are some bits of their bytes: mask over the bytes, read as one big-endian number. */
  readonly mask?: number;
  readonly value: FieldValue;
  /** The value for people: "64", "0x1c46 [correct]", "10.0.0.1". Text out of the packet stands here as it came. */
  readonly text: string;
  /** What it means, in a sentence. */
  readonly meaning?: string;
  readonly children?: readonly Field[];
}

export interface Layer {
  readonly kind: LayerKind;
  /** Wireshark's name of the protocol: "eth", "ip", "tcp", "dns", "data". */
  readonly name: string;
  /** One line for the whole layer, as Wireshark words it. */
  readonly label: string;
  /**
   * What `start` of the layer and its fields counts in: the bytes of the frame, those of the reassembled datagram, or those
   * of a message that was put together from segments.
   */
  readonly memory: "frame" | "datagram" | "message";
  /** That message, where `memory` is "message". */
  readonly message?: Uint8Array;
  readonly start: number;
  readonly length: number;
  /** Whether it is part of a packet that an ICMP error quotes. */
  readonly isQuoted: boolean;
  readonly fields: readonly Field[];
}

/** What a packet does not say of itself, and whoever follows its stream knows. All of it can be left out. */
export interface FieldContext {
  /** Number of the TCP or UDP stream, from 0. */
  readonly stream?: number | undefined;
  /** Number of the stream of the packet that this one quotes. */
  readonly quotedStream?: number | undefined;
  /** Whether AE, CWR and ECE are one counter, in this segment or in the one that it quotes. */
  readonly hasAccurateEcn?: boolean | undefined;
  /** Sequence numbers counted from the first one of their side. */
  readonly relativeSequence?: number | undefined;
  readonly relativeAcknowledgment?: number | undefined;
  /** The window in bytes, after window scaling. */
  readonly scaledWindow?: number | undefined;
  /** Time since the first packet of the stream, for people. */
  readonly timeText?: string | undefined;
  /** What the payload of a TCP segment is made of, where its own bytes do not show that. */
  readonly parts?: readonly SegmentPart[] | undefined;
}

/** Stands where bytes are missing. */
export const SHORT = "_ws.short";
/** Stands where bytes make no sense. */
export const MALFORMED = "_ws.malformed";
