/** Frames of ICMP, ARP and neighbour discovery, made without the encoders of the project. */
import { internetChecksum } from "../../../lib/core/checksum.ts";
import {
  ethernet,
  hex,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  join,
  letters,
  type Net,
  u16,
  u32,
} from "../../helpers/captures/odd/packet-bytes.ts";

/** "10.0.0.1" or 32 hexadecimal digits. */
export function address(text: string): Uint8Array {
  return text.includes(".") ? Uint8Array.from(text.split(".").map(Number)) : hex(text);
}

export const net = (source: string, destination: string): Net => {
  return { source: address(source), destination: address(destination) };
};

let identification = 100;

/** An IP packet as a frame, with a time to live. */
export function packet(ends: Net, protocol: number, payload: Uint8Array, timeToLive = 64): Uint8Array {
  if (ends.source.length === 16) {
    const bytes = ipv6({ next: protocol, net: ends }, payload);
    bytes[7] = timeToLive;
    return ethernet(0x86dd, bytes);
  }
  const bytes = ipv4({ protocol, net: ends, identification: identification++ }, payload);
  bytes[8] = timeToLive;
  bytes.set([0, 0], 10);
  bytes.set(u16(internetChecksum(bytes.subarray(0, 20))), 10);
  return ethernet(0x0800, bytes);
}

export function echo(ends: Net, isRequest: boolean, identifier: number, sequence: number, timeToLive = 64): Uint8Array {
  const rest = join(u16(identifier), u16(sequence), letters(32));
  return ends.source.length === 16
    ? packet(ends, 58, icmpv6(isRequest ? 128 : 129, 0, rest, "good", ends), timeToLive)
    : packet(ends, 1, icmp(isRequest ? 8 : 0, 0, rest), timeToLive);
}

/** An error about a frame: it quotes the IP header and eight bytes, of IPv6 all there is. */
export function icmpError(ends: Net, type: number, code: number, about: Uint8Array, word = 0): Uint8Array {
  const isIpv6 = ends.source.length === 16;
  const rest = join(u32(word), about.subarray(14, isIpv6 ? undefined : 14 + 28));
  return isIpv6 ? packet(ends, 58, icmpv6(type, code, rest, "good", ends)) : packet(ends, 1, icmp(type, code, rest));
}

const BROADCAST = hex("ffffffffffff");

export interface ArpFields {
  readonly operation: 1 | 2;
  readonly mac: string;
  readonly sender: string;
  readonly target: string;
  readonly targetMac?: string;
  readonly vlan?: number;
}

export function arp({ operation, mac, sender, target, targetMac = "000000000000", vlan }: ArpFields): Uint8Array {
  const to = operation === 1 ? BROADCAST : hex(targetMac);
  const tag = vlan === undefined ? [] : [0x81, 0, ...u16(vlan)];
  const body = join(
    hex("0001080006040001").subarray(0, 6),
    u16(operation),
    hex(mac),
    address(sender),
    hex(targetMac),
    address(target),
  );
  return join(to, hex(mac), tag, [0x08, 0x06], body, new Uint8Array(18));
}

/** A neighbour solicitation or advertisement, with the sender's link-layer address as its option. */
export function discovery(type: 135 | 136, ends: Net, target: string, mac: string | undefined, flags = 0): Uint8Array {
  const option = mac === undefined ? [] : [type === 135 ? 1 : 2, 1, ...hex(mac)];
  const rest = join([flags, 0, 0, 0], hex(target), option);
  const frame = packet(ends, 58, icmpv6(type, 0, rest, "good", ends), 255);
  if (mac !== undefined) frame.set(hex(mac), 6);
  return frame;
}
