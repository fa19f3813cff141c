/** DNS messages byte by byte, also such as no library writes. */
import { encodeFrame } from "../../../lib/headers/frame.ts";
import { join, u16, u32 } from "./odd/packet-bytes.ts";

const ENCODER = new TextEncoder();

export function dnsName(text: string): Uint8Array {
  return join(...text.split(".").map((label) => join([label.length], ENCODER.encode(label))), [0]);
}

/** Points to the name of the question. */
const OWNER = [0xc0, 12];

export interface RecordBytes {
  readonly type: number;
  readonly data: Uint8Array;
  readonly owner?: readonly number[];
  readonly class?: number;
  /** Default: as many bytes as there are. */
  readonly length?: number;
}

export function dnsRecord({
  type,
  data,
  owner = OWNER,
  class: number = 1,
  length = data.length,
}: RecordBytes): Uint8Array {
  return join(owner, u16(type), u16(number), u32(60), u16(length), data);
}

/** A response to a question for the address of a.example. */
export function dnsResponse(records: readonly Uint8Array[], count = records.length, id = 0x1234): Uint8Array {
  const counts = [1, count, 0, 0].flatMap(u16);
  return join(u16(id), u16(0x8180), counts, dnsName("a.example"), u16(1), u16(1), ...records);
}

export function dnsQuery(id = 0x1234): Uint8Array {
  return join(u16(id), u16(0x0100), [1, 0, 0, 0].flatMap(u16), dnsName("a.example"), u16(1), u16(1));
}

/** With the length that stands before a message on TCP. */
export function withDnsLength(message: Uint8Array): Uint8Array {
  return join(u16(message.length), message);
}

/** A datagram from port 53. */
export function dnsDatagram(message: Uint8Array, sourcePort = 53): Uint8Array {
  return encodeFrame({
    ethernet: { source: 1, destination: 2 },
    ipv4: { source: 0x0a01_0001, destination: 0x0a01_0002 },
    udp: { sourcePort, destinationPort: 50_000 },
    payload: message,
  });
}
