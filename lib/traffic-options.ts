/** What is to become of messages, and of the tables that they are read from. */
import type { Origin, TicksPerSecond } from "./core/time.ts";
import type { DialectOptions } from "./csv/csv-reader.ts";
import type { CaptureFormat } from "./pcap/capture-file.ts";
import type { EncapsulationOptions } from "./session/encapsulation/encapsulation-options.ts";
import type { LinkKind } from "./session/encapsulation/outer-headers.ts";
import type { CloseKind } from "./session/message-player.ts";
import type { GivenNetwork } from "./session/network/network-options.ts";
import type { Transmission } from "./session/network/transmission.ts";
import type { MappedEndPoint } from "./traffic/address-allocator.ts";
import type { PayloadMode } from "./traffic/completers/protocols.ts";

/** 2026-01-01T00:00:00Z. Fixed, so that a capture depends on nothing but its input and options. */
export const DEFAULT_START: Origin = { seconds: 1_767_225_600, ticks: 0 };

/** The unit of the time stamps of a capture: microseconds or nanoseconds. */
export type Precision = "us" | "ns";

/** Ticks in which times are counted, by the precision of the capture. */
export const TICKS_PER_SECOND: Readonly<Record<Precision, TicksPerSecond>> = { us: 1_000_000, ns: 1_000_000_000 };

/** Ticks in which the times of a capture with these options are counted. */
export function ticksPerSecondOf({ precision = "us" }: Pick<TrafficOptions, "precision">): TicksPerSecond {
  return TICKS_PER_SECOND[precision];
}

/** What becomes of messages. */
export interface TrafficOptions {
  /** Of the capture. pcapng also says what each frame is, in comments, and which way it went. Default: `pcapng`. */
  readonly format?: CaptureFormat | undefined;
  /** Decides initial sequence numbers, first identifications, made-up identifiers, and what a network loses: 0 to 2^32 - 1. Default 1. */
  readonly seed?: number | undefined;
  /**
   * The instant of time 0 of the input, or of its first message where its times are dates; in ticks of the precision.
   * Default: the dates themselves, else the first moment of 2026, UTC.
   */
  readonly start?: Origin | undefined;
  /** Micro- or nanoseconds in the file. Default `us`. */
  readonly precision?: Precision | undefined;
  /** Round-trip time in ticks of the precision: microseconds, unless that is `ns`. Default: one millisecond. */
  readonly roundTripTime?: number | undefined;
  /** Maximum segment size over IPv4 in bytes, 1 to 65495. Default: 40 less than the largest packet. */
  readonly maximumSegmentSize?: number | undefined;
  /** The largest IP packet in bytes, 68 to 65536. Default: 1500, or what the segments need. */
  readonly maximumTransmissionUnit?: number | undefined;
  /** Default `ethernet`, or for a packet list what its lengths show. */
  readonly link?: LinkKind | undefined;
  /** Tags, labels and a tunnel, in which all packets are. Default: none. */
  readonly encapsulation?: EncapsulationOptions | undefined;
  /** Whether hosts find out the hardware addresses of their neighbours first, by ARP or neighbour discovery. */
  readonly asksNeighbours?: boolean | undefined;
  /** Whether clients find out the addresses of host names first, by DNS. */
  readonly asksNames?: boolean | undefined;
  /** How connections end. Default `fin`. */
  readonly close?: CloseKind | undefined;
  /**
   * A network that loses, delays and reorders, with a real TCP at both ends: `{ loss: 0.02, delay: 20_000 }` loses two packets of a
   * hundred in both directions, each of which takes 20 ms. `seed` decides which ones. Default: an ideal network, in which nothing is
   * lost and a round trip takes what `roundTripTime` says.
   */
  readonly network?: GivenNetwork | undefined;
  /** Told the truth about each packet that was sent over such a network, when all of it is known. */
  readonly onTransmission?: ((transmission: Transmission) => void) | undefined;
  /** Ticks of the precision without a message after which a connection is closed. Default: never. */
  readonly idleClose?: number | undefined;
  /** Both ends on 127.0.0.1. */
  readonly loopback?: boolean | undefined;
  /** Addresses and ports that the user has settled, by application name. */
  readonly map?: ReadonlyMap<string, MappedEndPoint> | undefined;
  /** `exact`: a message is its UTF-8 bytes; `wire`: known protocols are completed. Default `wire`. */
  readonly payload?: PayloadMode | undefined;
  /** Whether handshake, acknowledgements and close are added to a table of packets that leaves them out. */
  readonly completesTables?: boolean | undefined;
}

/** How a CSV is read, and what becomes of its messages. */
export interface CsvOptions extends TrafficOptions, DialectOptions {
  /** What errors and warnings call the table. Default: "the CSV". */
  readonly name?: string | undefined;
}
