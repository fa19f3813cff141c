/** How long a frame was on the wire of which only the beginning is there. */
import { LinkType } from "../pcap/link-types.ts";

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const IPV6_HEADER_LENGTH = 40;
/** Ethernet types of the tags that stand before the type of what is carried. */
const TAGS: readonly number[] = [0x8100, 0x88a8];
/** No frame has more than a few tags. */
const LAST_TYPE_AT = 28;

/**
 * The length of a frame that was cut, as far as its IP header tells it.
 *
 * @param bytes the frame's beginning
 * @param linkType a LINKTYPE number
 * @returns `bytes.length` where the header tells nothing, or less
 */
export function wireLengthOf(bytes: Uint8Array, linkType: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ipAt = startOfIp(view, linkType);
  if (ipAt === undefined || ipAt + IPV6_HEADER_LENGTH > bytes.length) return bytes.length;
  return Math.max(bytes.length, ipAt + ipLengthOf(view, ipAt));
}

/** 0 where the header leaves it open, as those of packets beyond 64 KiB do. */
function ipLengthOf(view: DataView, at: number): number {
  const version = view.getUint8(at) >> 4;
  if (version === 4) return view.getUint16(at + 2);
  const payloadLength = version === 6 ? view.getUint16(at + 4) : 0;
  return payloadLength === 0 ? 0 : IPV6_HEADER_LENGTH + payloadLength;
}

function startOfIp(view: DataView, linkType: number): number | undefined {
  switch (linkType) {
    case LinkType.ETHERNET:
      return behindEthernet(view);
    case LinkType.NULL:
    case LinkType.LOOP:
      return 4;
    case LinkType.RAW:
      return 0;
    case LinkType.LINUX_SLL:
      return isIp(view.getUint16(14)) ? 16 : undefined;
    default:
      return undefined;
  }
}

function behindEthernet(view: DataView): number | undefined {
  let typeAt = 12;
  while (typeAt < LAST_TYPE_AT && TAGS.includes(view.getUint16(typeAt))) typeAt += 4;
  return isIp(view.getUint16(typeAt)) ? typeAt + 2 : undefined;
}

function isIp(type: number): boolean {
  return type === IPV4 || type === IPV6;
}
