/** What people call their columns. */
import type { ColumnMeaning } from "./understanding.ts";

/** What is left of a name when case, spaces, underscores, hyphens and the like do not count. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

const SOURCES = ["src", "source", "from", "sender"];
const DESTINATIONS = ["dst", "dest", "destination", "to", "receiver", "recipient", "target"];

function appNames(sides: readonly string[]): string[] {
  return [
    ...["app", "application", "name", "service", "process"].flatMap((what) => sides.map((side) => side + what)),
    ...sides,
    ...["host", "hostname", "user", "node", "device", "entity", "endpoint"].flatMap((what) =>
      sides.map((side) => side + what),
    ),
  ];
}

function addressNames(sides: readonly string[]): string[] {
  const kinds = ["ip", "ipaddress", "ipaddr", "address", "addr", "ipv4", "ipv6"];
  return [...kinds.flatMap((kind) => sides.map((side) => side + kind)), ...sides.map((side) => `ip${side}`)];
}

function portNames(sides: readonly string[]): string[] {
  return ["port", "portnumber", "portno", "tcpport", "udpport"].flatMap((kind) => sides.map((side) => side + kind));
}

/** For each meaning the names that it goes by, normalized; where several stand in one header, the earlier one counts. */
const NAMES: Readonly<Record<ColumnMeaning, readonly string[]>> = {
  id: "msgid messageid id no num number frame frameno framenumber packetid packetno packetnumber packet msgno msgnumber index seqno wscolno wscolnumber".split(
    " ",
  ),
  protocol:
    "wscolprotocol appprotocol applicationprotocol appproto application protocol proto app service applayer applicationlayer".split(
      " ",
    ),
  transport: "transport transportprotocol transportlayer l4protocol l4proto ipprotocol ipproto".split(" "),
  source: ["wscolsource", "wscoldefsrc", ...appNames(SOURCES), "client", "clientapp", "clientname"],
  "source-ip": [...addressNames(SOURCES), "sip", "clientip", "ethsrc"],
  "source-port": [...portNames(SOURCES), "sport", "tcpsrcport", "udpsrcport", "clientport"],
  destination: ["wscoldestination", "wscoldefdst", ...appNames(DESTINATIONS), "server", "serverapp", "servername"],
  "destination-ip": [...addressNames(DESTINATIONS), "dip", "serverip", "ethdst"],
  "destination-port": [...portNames(DESTINATIONS), "dport", "tcpdstport", "udpdstport", "serverport"],
  message:
    "wscolinfo message messagecontent messagetext messagebody messagedata msg payload payloaddata data content contents text body applicationdata appdata info information".split(
      " ",
    ),
  time: "timestamp timestamps datetime time times date ts timesec timeseconds timestampsec timestampseconds timestamputc timeutc epoch epochtime unixtime unixtimestamp timestampms timestampus relativetime wscoltime wscolclstime wscolrelativetime wscolabstime frametimeepoch frametimerelative frametime senttime sendtime senttimestamp sentat".split(
    " ",
  ),
  flags: "flags tcpflags flag tcpflag controlflags tcpcontrolflags controlbits".split(" "),
  length:
    "payloadsize payloadlength payloadlen datasize datalength datalen tcplen tcplength payloadbytes length len size bytes framelength packetlength packetsize framelen wscollength framecaplen udplength".split(
      " ",
    ),
};

/** Names of a length that may count the headers as well. */
export const VAGUE_LENGTHS: ReadonlySet<string> = new Set(
  "length len size bytes framelength packetlength packetsize framelen wscollength framecaplen".split(" "),
);

export interface NamedMeaning {
  readonly meaning: ColumnMeaning;
  /** The smaller, the better the name. */
  readonly rank: number;
}

const BY_NAME: ReadonlyMap<string, NamedMeaning> = new Map(
  Object.entries(NAMES).flatMap(([meaning, names]) =>
    names.map((name, rank) => [name, { meaning: meaning as ColumnMeaning, rank }] as const),
  ),
);

/** What a column of this name usually means. */
export function meaningOf(name: string): NamedMeaning | undefined {
  return BY_NAME.get(normalizeName(name));
}
