/** What stacks are made of that are written twice, in our words and in Scapy's. */
import { ethernet } from "../../lib/headers/ethernet.ts";
import type { AnyStackedHeader } from "../../lib/headers/header-table.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { raw } from "../../lib/headers/raw.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";

export interface TwiceWritten {
  readonly name: string;
  readonly ours: readonly AnyStackedHeader[];
  readonly scapy: string;
}

export const link = ethernet({ source: "02:00:00:00:00:01", destination: "02:00:00:00:00:02" });
export const LINK = 'Ether(src="02:00:00:00:00:01",dst="02:00:00:00:00:02")';
export const four = ipv4({ source: "10.0.0.1", destination: "10.0.0.2", identification: 7 });
export const FOUR = 'IP(src="10.0.0.1",dst="10.0.0.2",id=7)';
export const six = ipv6({ source: "2001:db8::1", destination: "2001:db8::2" });
export const SIX = 'IPv6(src="2001:db8::1",dst="2001:db8::2")';
export const inner = ipv4({ source: "192.168.0.1", destination: "192.168.0.2", identification: 1 });
export const INNER = 'IP(src="192.168.0.1",dst="192.168.0.2",id=1)';
export const datagram = udp({ sourcePort: 4000, destinationPort: 9999 });
export const DATAGRAM = "UDP(sport=4000,dport=9999)";
export const segment = tcp({ sourcePort: 4000, destinationPort: 80, sequenceNumber: 100, flags: "SYN", window: 8192 });
export const SEGMENT = 'TCP(sport=4000,dport=80,seq=100,flags="S",window=8192)';
export const hello = raw("hello");
export const HELLO = 'Raw(b"hello")';

export const twice = (name: string, ours: readonly AnyStackedHeader[], ...scapy: readonly string[]): TwiceWritten => ({
  name,
  ours,
  scapy: scapy.join("/"),
});
