/**
 * ARP packet for IPv4 over Ethernet (RFC 826).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |         Hardware type         |         Protocol type         |
 * | Hardware size | Protocol size |            Opcode             |
 *   Sender MAC (6 bytes), sender IP (4), target MAC (6), target IP (4)
 */

import { viewOf } from "../core/checksum.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import type { Ipv4Address, MacAddress } from "./address.ts";
import { EtherType, getMac, setMac } from "./ethernet.ts";

const LAYER = "ARP packet";

/** Byte offsets from the start of the packet. */
const AT = {
  HARDWARE_TYPE: 0,
  PROTOCOL_TYPE: 2,
  HARDWARE_SIZE: 4,
  PROTOCOL_SIZE: 5,
  OPCODE: 6,
  SENDER_MAC: 8,
  SENDER_IP: 14,
  TARGET_MAC: 18,
  TARGET_IP: 24,
} as const;

const PACKET_LENGTH = 28;
const ETHERNET = 1;
const MAC_SIZE = 6;
const IPV4_SIZE = 4;
/** The first two words of every such packet, but for the opcode. */
const HARDWARE_AND_PROTOCOL: number = (ETHERNET << 16) | EtherType.IPV4;
const SIZES = (MAC_SIZE << 8) | IPV4_SIZE;

/** Others pass through. */
export const ArpOpcode = { REQUEST: 1, REPLY: 2 } as const;

export interface ArpPacket {
  /** 0 to 65535; see `ArpOpcode`. */
  readonly opcode: number;
  readonly senderMac: MacAddress;
  readonly senderIp: Ipv4Address;
  /** In a request it is not known yet, and 0. */
  readonly targetMac: MacAddress;
  readonly targetIp: Ipv4Address;
}

export function byteLength(_packet: ArpPacket): number {
  return PACKET_LENGTH;
}

/**
 * Reads the packet at `offset`.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if it does not end before `end`, BAD_FIELD if it is not about IPv4 over Ethernet
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): ArpPacket {
  requireBytes(LAYER, bytes, offset, end, PACKET_LENGTH, limitedBy);
  const view = viewOf(bytes);
  if (
    view.getUint32(offset + AT.HARDWARE_TYPE) !== HARDWARE_AND_PROTOCOL ||
    view.getUint16(offset + AT.HARDWARE_SIZE) !== SIZES
  ) {
    throw badField(LAYER, offset, "the addresses are not those of Ethernet and IPv4");
  }
  return {
    opcode: view.getUint16(offset + AT.OPCODE),
    senderMac: getMac(view, offset + AT.SENDER_MAC),
    senderIp: view.getUint32(offset + AT.SENDER_IP),
    targetMac: getMac(view, offset + AT.TARGET_MAC),
    targetIp: view.getUint32(offset + AT.TARGET_IP),
  };
}

/**
 * Writes the packet at `offset`.
 *
 * @param end as for all headers; nothing in this one depends on it
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  packet: ArpPacket,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + PACKET_LENGTH,
): number {
  requireRoom(LAYER, bytes, offset, PACKET_LENGTH, end);
  const view = viewOf(bytes);
  view.setUint32(offset + AT.HARDWARE_TYPE, HARDWARE_AND_PROTOCOL);
  view.setUint16(offset + AT.HARDWARE_SIZE, SIZES);
  const opcodeAt = offset + AT.OPCODE;
  if ((packet.opcode & 0xffff) !== packet.opcode) throw outOfRange(LAYER, opcodeAt, "opcode", packet.opcode, 0xffff);
  view.setUint16(opcodeAt, packet.opcode);
  setMac(view, offset + AT.SENDER_MAC, packet.senderMac, "senderMac", LAYER);
  setIp(view, offset + AT.SENDER_IP, packet.senderIp, "senderIp");
  setMac(view, offset + AT.TARGET_MAC, packet.targetMac, "targetMac", LAYER);
  setIp(view, offset + AT.TARGET_IP, packet.targetIp, "targetIp");
  return PACKET_LENGTH;
}

function setIp(view: DataView, at: number, address: Ipv4Address, field: string): void {
  if (address >>> 0 !== address) throw outOfRange(LAYER, at, field, address, 0xffff_ffff);
  view.setUint32(at, address);
}
