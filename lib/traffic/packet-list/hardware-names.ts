/** Hardware addresses as Wireshark's packet list shows them: `VMware_12:34:56`, `Broadcast`, `IPv6mcast_01`. */
import {
  BROADCAST_MAC,
  groupMac,
  IPV4_GROUP_MACS,
  type MacAddress,
  tryParseIp,
  tryParseMac,
} from "../../headers/address.ts";

const THREE_BYTES = 0x100_0000;
const LOCALLY_ADMINISTERED = 0x02_0000;

/** One prefix of each maker, by the short names that Wireshark has for them. */
const PREFIXES: ReadonlyMap<string, number> = new Map(
  (
    "VMware 000c29,PcsCompu 080027,PCSSystemtec 080027,IntelCor 001b21,Intel 001b21,Apple 0003ff,Cisco 00000c," +
    "Microsof 00155d,Microsoft 00155d,Dell 001422,HewlettP 001083,HP 001083,RealtekS 00e04c,Realtek 00e04c,Xensourc 00163e," +
    "Raspberr b827eb,RaspberryPiF b827eb,Netgear 00095b,Tp-LinkT 14cc20,TPLink 14cc20,AsustekC 00180f,ASUSTekCOMPU 000c6e," +
    "SamsungE 0000f0,SamsungElect 0000f0,HuaweiTe 001882,HuaweiTechno 001882,D-Link 00055d,Ubiquiti 00156d,Routerbo 000c42," +
    "QuantaCo 001b24,HonHaiPr 001644,LiteonTe 00227b,Giga-Byt 001a4d,AzureWav 001c7b,Broadcom 000af7,3com 000102," +
    "JuniperN 000585,ArubaaHe 000b86,ArubaNet 000b86,Fortinet 00090f,Zte 0015eb,Xiaomi 286c07,RealtekU 525400,QEMU 525400"
  )
    .split(",")
    .map((entry) => {
      const [name, prefix] = entry.split(" ");
      return [name!.toLowerCase(), Number.parseInt(prefix!, 16)] as const;
    }),
);

const MAKER_AND_REST = /^(.+)_([0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2})$/i;

/** @returns undefined for what names no hardware address */
export function macOf(text: string): MacAddress | undefined {
  const bare = text.trim();
  const mac = tryParseMac(bare);
  if (mac !== undefined) return mac;
  if (/^broadcast$/i.test(bare)) return BROADCAST_MAC;
  const match = MAKER_AND_REST.exec(bare);
  if (match === null) return undefined;
  const rest = Number.parseInt(match[2]!.replaceAll(":", ""), 16);
  const maker = match[1]!.toLowerCase();
  if (maker === "ipv4mcast") return IPV4_GROUP_MACS + (rest & 0x7f_ffff);
  return (PREFIXES.get(maker) ?? madeUpPrefix(maker)) * THREE_BYTES + rest;
}

/** A maker that is not listed here gets a prefix that is nobody's. */
function madeUpPrefix(maker: string): number {
  let hash = 0;
  for (const character of maker) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) & 0xffff;
  return LOCALLY_ADMINISTERED + hash;
}

/** Where frames to a group go. @returns undefined for an address of one host, or none */
export function groupMacOf(text: string): MacAddress | undefined {
  const address = tryParseIp(text);
  return address === undefined ? undefined : groupMac(address);
}
