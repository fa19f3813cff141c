/** Address Resolution Protocol (RFC 826; RFC 5227 for probes and announcements), for IPv4 over Ethernet. */

import { senderMacOf, targetMacOf } from "./arp-addresses.ts";
import { EtherType, etherTypeText, named } from "./assigned-numbers.ts";
import { ArpOpcode } from "./control-types.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { ipv4Address, mac, type Shown, u8, u16 } from "./fields.ts";
import { type DecodedOf, type HeaderOf, offsetsOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

const ETHERNET = 1;
const IEEE_802 = 6;
const MAC_SIZE = 6;
const IPV4_SIZE = 4;
const NO_ADDRESS = "0.0.0.0";

const HARDWARE_TYPES: Readonly<Record<number, string>> = { 1: "Ethernet", 6: "IEEE 802", 32: "InfiniBand" };

const OPCODES: Readonly<Record<number, string>> = {
  [ArpOpcode.REQUEST]: "request",
  [ArpOpcode.REPLY]: "reply",
  3: "reverse request",
  4: "reverse reply",
  8: "inverse request",
  9: "inverse reply",
};

/** Makes ARP packets for IPv4 over Ethernet, 28 bytes, and reads them. */
export const arp = defineHeader({
  name: "arp",
  protocol: "ARP",
  layer: "ARP packet",
  kind: LayerKind.ARP,
  follows: { etherType: EtherType.ARP },
  fields: {
    /** The kind of network, 0 to 65535. Default: 1, Ethernet. */
    hardwareType: u16({
      filter: "hw.type",
      label: "Hardware type",
      about: "1 for Ethernet",
      default: ETHERNET,
      text: (type) => named(HARDWARE_TYPES, type),
    }),
    /** Of which protocol the addresses are, 0 to 65535; see `EtherType`. Default: that of IPv4. */
    protocolType: u16({
      filter: "proto.type",
      label: "Protocol type",
      about: "EtherType of the protocol whose addresses these are",
      default: EtherType.IPV4,
      text: etherTypeText,
    }),
    /** Bytes of a hardware address, 0 to 255. Default: 6. */
    hardwareSize: u8({
      filter: "hw.size",
      label: "Hardware size",
      about: "bytes of a hardware address",
      default: MAC_SIZE,
    }),
    /** Bytes of a protocol address, 0 to 255. Default: 4. */
    protocolSize: u8({
      filter: "proto.size",
      label: "Protocol size",
      about: "bytes of a protocol address",
      default: IPV4_SIZE,
    }),
    /** What it is, 0 to 65535; see `ArpOpcode`. Default in a stack: 1, a request. */
    opcode: u16({
      filter: "opcode",
      label: "Opcode",
      about: "1 for a request, 2 for a reply",
      text: (code) => named(OPCODES, code),
    }),
    /**
     * Hardware address of the sender, 0 to 2^48 - 1; in a stack also text or six bytes. Default there: what `macFromIp` makes of
     * `senderIp`.
     */
    senderMac: mac({
      filter: "src.hw_mac",
      about: "MAC address of the sender",
      show: (reader, _layer, shown) => hardwareField(reader, "arp.src.hw", "Sender", shown),
    }),
    /** IPv4 address of the sender; 0.0.0.0 in a probe (RFC 5227, section 2.1.1). Default in a stack: 0.0.0.0. */
    senderIp: ipv4Address({
      filter: "src.proto_ipv4",
      about: "IPv4 address of the sender",
      show: (reader, _layer, shown) => protocolField(reader, "arp.src.proto", "Sender", shown),
    }),
    /**
     * Hardware address of the target; in a request it is not known yet, and 0. Default in a stack: 0, and in a reply what `macFromIp`
     * makes of `targetIp`.
     */
    targetMac: mac({
      filter: "dst.hw_mac",
      about: "MAC address of the target",
      show: (reader, _layer, shown) => hardwareField(reader, "arp.dst.hw", "Target", shown),
    }),
    /** IPv4 address of the target: in a request, whose hardware address is asked for. Default in a stack: 0.0.0.0. */
    targetIp: ipv4Address({
      filter: "dst.proto_ipv4",
      about: "IPv4 address of the target",
      show: (reader, _layer, shown) => protocolField(reader, "arp.dst.proto", "Target", shown),
    }),
  },
  about: "ARP",
  blank: { opcode: ArpOpcode.REQUEST },
  complete: {
    senderMac: (stack, index) => senderMacOf(stack[index]!.fields),
    targetMac: (stack, index) => targetMacOf(stack[index]!.fields),
  },
  missing: "field",
  check: ({ hardwareType, protocolType, hardwareSize, protocolSize }) =>
    hardwareType === ETHERNET &&
    protocolType === EtherType.IPV4 &&
    hardwareSize === MAC_SIZE &&
    protocolSize === IPV4_SIZE
      ? undefined
      : { field: "hardwareType", problem: "the addresses are not those of Ethernet and IPv4" },
  showRest: useFields,
  summary: (shown) => {
    const kind = OPCODES[shown.opcode as number] ?? "unknown operation";
    return `Address Resolution Protocol (${useOf(shown)?.title ?? kind})`;
  },
});

/** What `arp` takes: fields that are left out have their defaults. */
export type ArpPacket = HeaderOf<typeof arp.fields>;
/** What `arp.decode` returns, with every field. */
export type DecodedArpPacket = DecodedOf<typeof arp.fields>;

function hardwareField(reader: FieldReader, name: string, who: string, shown: Shown): string {
  const { hardwareType, hardwareSize } = shown;
  const isMac = (hardwareType === ETHERNET || hardwareType === IEEE_802) && hardwareSize === MAC_SIZE;
  if (isMac) return reader.mac(`${name}_mac`, `${who} MAC address`);
  if ((hardwareSize as number) > 0) reader.raw(name, `${who} hardware address`, hardwareSize as number);
  return "";
}

function protocolField(reader: FieldReader, name: string, who: string, shown: Shown): string {
  if (isAboutIpv4(shown)) return reader.ipv4(`${name}_ipv4`, `${who} IP address`);
  const size = shown.protocolSize as number;
  if (size > 0) reader.raw(name, `${who} protocol address`, size);
  return "";
}

function isAboutIpv4({ protocolType, protocolSize }: Shown): boolean {
  return protocolType === EtherType.IPV4 && protocolSize === IPV4_SIZE;
}

const GRATUITOUS = ["arp.isgratuitous", "Is gratuitous"] as const;

interface Use {
  readonly title: string;
  readonly fields: readonly (readonly [name: string, label: string])[];
  readonly meaning: string;
}

function useFields(reader: FieldReader, _layer: unknown, shown: Shown): void {
  if (reader.isShort) return;
  const use = useOf(shown);
  for (const [name, what] of use?.fields ?? [])
    reader.generated(name, what, true, { text: "True", meaning: use?.meaning });
}

/** ARP is also used to ask whether an address is free, and to say that it no longer is (RFC 5227, section 1.1). */
function useOf(shown: Shown): Use | undefined {
  const { opcode, senderIp: sender, targetIp: target } = shown;
  // Of a packet that was cut off, nothing can be said.
  if (!isAboutIpv4(shown) || target === "") return undefined;
  if (opcode === ArpOpcode.REQUEST && sender === NO_ADDRESS) {
    const meaning = "the sender has no address yet and asks whether anyone has this one";
    return { title: "ARP Probe", fields: [["arp.isprobe", "Is probe"]], meaning };
  }
  if (sender !== target || sender === NO_ADDRESS) return undefined;
  const meaning = "nobody has asked: it makes everyone renew what they know of the address";
  if (opcode !== ArpOpcode.REQUEST) return { title: "reply/gratuitous ARP", fields: [GRATUITOUS], meaning };
  return { title: "ARP Announcement", fields: [GRATUITOUS, ["arp.isannouncement", "Is announcement"]], meaning };
}

/** The byte in which each field begins, counted from the start of the packet, where the addresses have these sizes. */
export const arpOffsets = offsetsOf(arp.fields);
