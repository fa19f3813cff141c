/** What people call their columns. */

import type { ColumnMeaning } from "./dialect.ts";
import type { TimeUnit } from "./time-formats.ts";

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

/** Columns about frames and of numbers have names of their own: what they hold has to fit as well. */
type NamedMeanings = Exclude<
  ColumnMeaning,
  | ("source-mac" | "destination-mac" | "vlan" | "ttl")
  | ("sequence" | "acknowledgment" | "sequence-raw" | "acknowledgment-raw")
>;

/** For each meaning the names that it goes by, normalized; where several stand in one header, the earlier one counts. */
const NAMES: Readonly<Record<NamedMeanings, readonly string[]>> = {
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
  time: "timestamp timestamps datetime time times ts timestamputc timeutc utctime localtime epoch epochtime unixtime unixtimestamp relativetime frametime frametimeepoch frametimerelative wscoltime wscolclstime wscolrelativetime wscolabstime msgtime messagetime senttime sendtime timesent eventtime capturetime packettime timeofday clocktime clock senttimestamp sentat".split(
    " ",
  ),
  date: "date dates dateutc utcdate localdate msgdate messagedate sentdate senddate datesent eventdate capturedate packetdate framedate".split(
    " ",
  ),
  flags: "flags tcpflags flag tcpflag controlflags tcpcontrolflags controlbits tcpflagsstr".split(" "),
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

/** Times that are called so only together with their unit. */
const TIMES_WITH_UNIT =
  "t elapsed elapsedtime offset timeoffset reltime relative sincestart timesincestart unix timestampepoch epochtimestamp start starttime sent at".split(
    " ",
  );

/** How units are written behind a name, the longer ones first. */
const UNITS: readonly (readonly [string, TimeUnit])[] = [
  ...namesOf("ns", "nanoseconds nanosecond nanosecs nanos nsecs nsec ns"),
  ...namesOf("us", "microseconds microsecond microsecs micros usecs usec µs μs us"),
  ...namesOf("ms", "milliseconds millisecond millisecs millis msecs msec ms"),
  ...namesOf("s", "seconds second secs sec s"),
];

function namesOf(unit: TimeUnit, names: string): [string, TimeUnit][] {
  return names.split(" ").map((name) => [name, unit]);
}

/** Worse than every name of its own. */
const RANK_OF_OTHERS = 1000;

/** As in `time_ms`, `Timestamp [us]` and `elapsed (s)`. */
function timeWithUnit(name: string): (NamedMeaning & { readonly unit: TimeUnit }) | undefined {
  const found = UNITS.find(([suffix]) => name.endsWith(suffix));
  if (found === undefined) return undefined;
  const [suffix, unit] = found;
  const base = name.slice(0, -suffix.length).replace(/in$/, "");
  const own = BY_NAME.get(base);
  if (own?.meaning === "time") return { meaning: "time", rank: own.rank, unit };
  // A second is also the one behind the first.
  const isUnitAlone = base === "" && suffix.length > 1 && suffix !== "second";
  return isUnitAlone || TIMES_WITH_UNIT.includes(base) ? { meaning: "time", rank: RANK_OF_OTHERS, unit } : undefined;
}

/** What a column of this name usually means. */
export function meaningOf(name: string): NamedMeaning | undefined {
  const key = normalizeName(name);
  return BY_NAME.get(key) ?? timeWithUnit(key);
}

/** The unit that the name of a column of times tells, if any. */
export function timeUnitOf(name: string): TimeUnit | undefined {
  const key = normalizeName(name);
  return BY_NAME.has(key) ? undefined : timeWithUnit(key)?.unit;
}
