/** What the TCP of every session has in common, and what can be chosen. */
import { WirewrightError } from "../core/errors.ts";
import type { SeededRandom } from "../core/random.ts";
import type { Host } from "./host.ts";
import type { LinkKind } from "./segment-writer.ts";

/** Scale that both sides offer in their SYN (RFC 7323, section 2.2): windows count in units of 128 bytes. */
export const WINDOW_SCALE = 7;
/** The window of every segment but the SYN: 65,536 bytes, in units of the scale. */
export const WINDOW = 512;
/** A SYN's window is not scaled, so this is the most it can say. */
export const SYN_WINDOW = 65_535;
/** One byte less than the smaller window, so that no segment ever fills it to the brim. */
export const MOST_IN_FLIGHT = SYN_WINDOW - 1;
/** RFC 9293, section 3.8.6.3: acknowledge at least every second full-sized segment. */
export const SEGMENTS_PER_ACKNOWLEDGMENT = 2;
/** The largest segment that an IPv4 packet has room for behind two headers without options. */
export const LARGEST_MSS = 65_535 - 40;

export interface SessionOptions {
  /** The link layer of every frame. Default: Ethernet. */
  readonly link?: LinkKind | undefined;
  /** Maximum segment size over IPv4 in bytes, 1 to 65495. Default: 40 less than the largest packet. */
  readonly maximumSegmentSize?: number | undefined;
  /**
   * The largest IP packet in bytes: it limits datagrams, and segments over IPv6. Default: 1500, or what the segments over
   * IPv4 need.
   */
  readonly maximumTransmissionUnit?: number | undefined;
  readonly ticksPerSecond: 1_000_000 | 1_000_000_000;
  /** Ticks between a client's segment and the server's answer to it, both at the client. Default: 1 ms. */
  readonly roundTripTime?: number | undefined;
  /** Ticks that a client takes to answer what reaches it. Default: 50 microseconds. */
  readonly reactionTime?: number | undefined;
  /** Ticks between the segments of one message. Default: 10 microseconds, about what a gigabit a second takes for a full one. */
  readonly segmentGap?: number | undefined;
  /** IPv4 time to live, 1 to 255. Default 64. */
  readonly timeToLive?: number | undefined;
  /** Characters of the name of a message or of a side in comments; what is longer is cut. Default 60. */
  readonly longestName?: number | undefined;
  /** Decides the initial sequence numbers. Default 1. */
  readonly random?: SeededRandom | undefined;
}

/** Where one end of a conversation lives. */
export interface Socket {
  readonly host: Host;
  /** 1 to 65535. */
  readonly port: number;
  /** What comments call it. Default: the name of its host. */
  readonly name?: string | undefined;
}

export type SideName = "client" | "server";

/** @throws WirewrightError BAD_OPTION */
export function checkRange(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new WirewrightError("BAD_OPTION", `${what} of ${value} is not possible; give ${least} to ${most}.`);
}
