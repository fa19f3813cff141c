/** Whole captures in memory. */
import { WirewrightError } from "../core/errors.ts";
import { notGiven } from "../core/given.ts";
import { checkOptions, type OptionRules, ORIGIN, oneOf, wholeNumber } from "../core/option-rules.ts";
import type { Origin, TicksPerSecond } from "../core/time.ts";
import { LinkType } from "../headers/assigned-numbers.ts";
import { CAPTURE_FORMATS, type CaptureFormat } from "./capture-file.ts";
import { PcapWriter } from "./pcap-writer.ts";
import { PcapngWriter } from "./pcapng-writer.ts";
import { MemorySlabs } from "./slabs.ts";

/** A packet with the time at which it was on the wire. */
export interface TimedPacket {
  /** Ticks since the start, an integer: microseconds, unless `ticksPerSecond` says otherwise. */
  readonly time: number;
  /** The frame, from its first byte to its last. */
  readonly bytes: Uint8Array;
  /** A remark for people, at most 65,535 bytes of UTF-8. Only pcapng has a place for it. */
  readonly comment?: string;
}

/** How packets become the bytes of a capture file. */
export interface CaptureBytesOptions {
  /** Default: pcapng. */
  readonly format?: CaptureFormat;
  /** LINKTYPE number: what the packets begin with. Default: that of Ethernet. */
  readonly linkType?: number;
  /** What times count: 1,000,000 a second, microseconds, or 1,000,000,000, nanoseconds. Default: microseconds. */
  readonly ticksPerSecond?: TicksPerSecond;
  /** Bytes of the frame check sequence that every packet ends with; what the capture says of that, if it is given. */
  readonly checkSequenceLength?: number | undefined;
  /** The instant that times count from. Default: 1970-01-01T00:00:00Z. */
  readonly start?: Origin;
}

const EPOCH: Origin = { seconds: 0, ticks: 0 };
const LARGEST_LINK_TYPE = 65_535;
const LONGEST_CHECK_SEQUENCE = 255;

const RULES: OptionRules<CaptureBytesOptions> = {
  format: oneOf(...CAPTURE_FORMATS),
  linkType: wholeNumber(0, LARGEST_LINK_TYPE),
  ticksPerSecond: oneOf(1_000_000, 1_000_000_000),
  checkSequenceLength: wholeNumber(0, LONGEST_CHECK_SEQUENCE),
  start: ORIGIN,
};
const PACKETS = "a list of packets";
const PACKETS_ADVICE = "give a list, as [packet] or [{ time: 0, bytes: packet }]";

/**
 * A capture file of packets, in the order in which they are given.
 *
 * @param packets with their times, or without: then one tick passes from each to the next. They are written in this order, whatever
 *   their times are
 * @param options the format, what the packets begin with, and what their times count
 * @throws WirewrightError TIME_RANGE for a time that the format cannot hold; TOO_LONG for a comment that is too long;
 *   BAD_OPTION for a comment where the format has no place for it
 *
 * @example
 * ```ts
 * import { captureBytes, encodePacket, ethernet, ipv4, udp } from "wirewright";
 *
 * const bytes = encodePacket([ethernet(), ipv4(), udp()]);
 * const file = captureBytes([{ time: 0, bytes }, { time: 1500, bytes, comment: "1.5 ms later" }]);
 * console.log(file.length); // 252
 * ```
 */
export function captureBytes(
  packets: Iterable<TimedPacket | Uint8Array>,
  options: CaptureBytesOptions = {},
): Uint8Array {
  checkOptions("captureBytes", options, RULES);
  if (!isList(packets)) throw notGiven("captureBytes", packets, PACKETS, PACKETS_ADVICE);
  const {
    format = "pcapng",
    linkType = LinkType.ETHERNET,
    ticksPerSecond = 1_000_000,
    start = EPOCH,
    checkSequenceLength,
  } = options;
  const slabs = new MemorySlabs();
  const writer =
    format === "pcap"
      ? new PcapWriter(slabs, { linkType, ticksPerSecond, origin: start, checkSequenceLength })
      : new PcapngWriter(slabs, { interfaces: [{ linkType, ticksPerSecond, checkSequenceLength }], origin: start });
  let next = 0;
  for (const packet of packets) {
    const { time, bytes, comment } = packet instanceof Uint8Array ? { time: next, bytes: packet } : timed(packet);
    if (comment !== undefined) {
      if (!(writer instanceof PcapngWriter)) throw noPlaceForComments();
      writer.notes.comments = [comment];
    }
    writer.write(time, bytes);
    next = time + 1;
  }
  writer.finish();
  return slabs.concat();
}

/** Bytes and texts can be gone through, too, and are none. */
function isList(packets: Iterable<TimedPacket | Uint8Array>): boolean {
  return typeof packets === "object" && !(packets instanceof Uint8Array) && Symbol.iterator in (packets ?? {});
}

function timed(packet: TimedPacket): TimedPacket {
  if (packet?.bytes instanceof Uint8Array && typeof packet.time === "number") return packet;
  const advice = "give the ticks since the start as time, and a Uint8Array as bytes";
  throw notGiven("captureBytes", packet, "packets as bytes or as { time, bytes }", advice);
}

function noPlaceForComments(): WirewrightError {
  return new WirewrightError("BAD_OPTION", "A pcap file has no place for comments; write pcapng.");
}
