/** Hardware addresses that go with the IPv4 addresses of an ARP packet in a stack, where nobody gives them. */
import { type Ipv4Address, type MacAddress, macFromIpv4 } from "./address.ts";

interface ArpAddresses {
  readonly opcode?: number;
  readonly senderMac?: MacAddress;
  readonly senderIp?: Ipv4Address;
  readonly targetMac?: MacAddress;
  readonly targetIp?: Ipv4Address;
}

const REPLY = 2;
const UNKNOWN = 0;

export function senderMacOf({ senderMac, senderIp = 0 }: ArpAddresses): MacAddress {
  return senderMac ?? macFromIpv4(senderIp);
}

/** A reply goes to who has asked; what else asks does not know it yet. */
export function targetMacOf({ opcode, targetMac, targetIp = 0 }: ArpAddresses): MacAddress {
  return targetMac ?? (opcode === REPLY ? macFromIpv4(targetIp) : UNKNOWN);
}
