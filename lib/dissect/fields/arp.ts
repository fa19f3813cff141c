/** Fields of ARP (RFC 826; RFC 5227 for probes and announcements). */
import type { FieldReader } from "./field-reader.ts";
import { etherTypeText } from "./numbers.ts";
import type { Title } from "./place.ts";
import { named } from "./text.ts";

const HARDWARE_TYPES: Readonly<Record<number, string>> = { 1: "Ethernet", 6: "IEEE 802", 32: "InfiniBand" };

const OPCODES: Readonly<Record<number, string>> = {
  1: "request",
  2: "reply",
  3: "reverse request",
  4: "reverse reply",
  8: "inverse request",
  9: "inverse reply",
};

const ETHERNET = 1;
const IEEE_802 = 6;
const IPV4 = 0x0800;
const REQUEST = 1;
const NO_ADDRESS = "0.0.0.0";

export function describeArp(reader: FieldReader): Title {
  const hardware = reader.number("arp.hw.type", "Hardware type", 2, { text: (type) => named(HARDWARE_TYPES, type) });
  const protocol = reader.number("arp.proto.type", "Protocol type", 2, { text: etherTypeText });
  const hardwareSize = reader.number("arp.hw.size", "Hardware size", 1);
  const protocolSize = reader.number("arp.proto.size", "Protocol size", 1);
  const opcode = reader.number("arp.opcode", "Opcode", 2, { text: (code) => named(OPCODES, code) });
  const isMac = (hardware === ETHERNET || hardware === IEEE_802) && hardwareSize === 6;
  const isIpv4 = protocol === IPV4 && protocolSize === 4;
  const kind = OPCODES[opcode] ?? "unknown operation";
  hardwareField(reader, "arp.src.hw", "Sender", isMac, hardwareSize);
  const sender = protocolField(reader, "arp.src.proto", "Sender", isIpv4, protocolSize);
  hardwareField(reader, "arp.dst.hw", "Target", isMac, hardwareSize);
  const target = protocolField(reader, "arp.dst.proto", "Target", isIpv4, protocolSize);
  const use = isIpv4 && !reader.isShort ? useOf(opcode, sender, target) : undefined;
  for (const [name, what] of use?.fields ?? [])
    reader.generated(name, what, true, { text: "True", meaning: use?.meaning });
  return { name: "arp", label: `Address Resolution Protocol (${use?.title ?? kind})` };
}

function hardwareField(reader: FieldReader, name: string, who: string, isMac: boolean, size: number): void {
  if (isMac) reader.mac(`${name}_mac`, `${who} MAC address`);
  else if (size > 0) reader.raw(name, `${who} hardware address`, size);
}

function protocolField(reader: FieldReader, name: string, who: string, isIpv4: boolean, size: number): string {
  if (isIpv4) return reader.ipv4(`${name}_ipv4`, `${who} IP address`);
  if (size > 0) reader.raw(name, `${who} protocol address`, size);
  return "";
}

const GRATUITOUS = ["arp.isgratuitous", "Is gratuitous"] as const;

interface Use {
  readonly title: string;
  readonly fields: readonly (readonly [name: string, label: string])[];
  readonly meaning: string;
}

/** ARP is also used to ask whether an address is free, and to say that it no longer is (RFC 5227, section 1.1). */
function useOf(opcode: number, sender: string, target: string): Use | undefined {
  if (opcode === REQUEST && sender === NO_ADDRESS) {
    const meaning = "the sender has no address yet and asks whether anyone has this one";
    return { title: "ARP Probe", fields: [["arp.isprobe", "Is probe"]], meaning };
  }
  if (sender !== target || sender === NO_ADDRESS) return undefined;
  const meaning = "nobody has asked: it makes everyone renew what they know of the address";
  if (opcode !== REQUEST) return { title: "reply/gratuitous ARP", fields: [GRATUITOUS], meaning };
  return { title: "ARP Announcement", fields: [GRATUITOUS, ["arp.isannouncement", "Is announcement"]], meaning };
}
