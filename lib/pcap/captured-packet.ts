/** What a capture file says of one packet. Every reader fills in one object of this class again and again. */

/** Which way a packet went, as seen from the machine that captured it. */
export type PacketDirection = "inbound" | "outbound" | undefined;

const NOTHING = new Uint8Array(0);
const NOTHING_TO_VIEW = new DataView(NOTHING.buffer);
const NO_COMMENTS: readonly string[] = [];

const UNKNOWN_LENGTH = -1;

/** The link type of a frame that is no packet of any network, such as a custom block. */
export const NO_LINK_TYPE = -1;

/**
 * One packet. A reader hands out the same object for every packet and reuses the memory behind it: whoever wants to keep
 * something copies it before asking for the next packet.
 */
export class CapturedPacket {
  /** Counts from 1 through the whole file, as Wireshark does. */
  number = 0;
  /** The memory that the packet stands in, with other things before and after it. */
  bytes: Uint8Array = NOTHING;
  /** A view of `bytes`, with the same offsets. */
  view: DataView = NOTHING_TO_VIEW;
  /** Index in `bytes` of the packet's first byte. */
  start = 0;
  /** Index in `bytes` after the last byte that was captured. */
  end = 0;
  /** Bytes that the packet had on the wire: at least as many as were captured, unless the file is wrong. */
  wireLength = 0;
  /** Bytes of the frame check sequence that the frame ends with on the wire, or -1 where the file does not say. */
  checkSequenceLength = UNKNOWN_LENGTH;
  /** LINKTYPE number of the interface that it came from, or `NO_LINK_TYPE`. */
  linkType = NO_LINK_TYPE;
  /** Counts from 0 within the section; always 0 in a pcap file. */
  interfaceId = 0;
  /** Whether the file gives a time. Without one, `seconds` and `nanoseconds` are 0. */
  hasTime = false;
  /** Whole seconds since 1970-01-01T00:00:00Z; negative before. */
  seconds = 0;
  /** Nanoseconds within that second, 0 to 999,999,999; finer resolutions are cut. */
  nanoseconds = 0;
  direction: PacketDirection = undefined;
  comments: readonly string[] = NO_COMMENTS;
}
