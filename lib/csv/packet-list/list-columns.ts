/** Whether a table is a list of packets, and where its columns are that other tables do not have. */
import { normalizeName, VAGUE_LENGTHS } from "../column-names.ts";
import type { Columns } from "../columns.ts";
import { isNameOfTshark, type NumberColumns } from "../number-columns.ts";
import { isHeaderOfWireshark, isTcpInfo, splitNotes } from "./list-signs.ts";
import { parseTcpInfo, parseUdpInfo, type TcpInfo } from "./transport-info.ts";

/** Columns by what they hold, beside those that every table has: indices into a row. */
export interface ListColumns {
  /** Whether the messages are what Wireshark says about packets; else they are what the packets carry. */
  readonly hasInfo: boolean;
  /** Whether Wireshark or tshark has written the table, so that cells may hold what other tables must not. */
  readonly isExport: boolean;
  readonly tcpPorts: PortColumns;
  readonly udpPorts: PortColumns;
  readonly numbers: NumberColumns;
  /** Which connection of the capture it was. */
  readonly stream: number | undefined;
  readonly window: number | undefined;
  readonly windowField: number | undefined;
  /** What the field is multiplied with ... */
  readonly windowFactor: number | undefined;
  /** ... and the power of two that a SYN offers for that. */
  readonly windowShift: number | undefined;
  readonly segmentLength: number | undefined;
  readonly udpLength: number | undefined;
  readonly frameLength: number | undefined;
  readonly ipv6Source: number | undefined;
  readonly ipv6Destination: number | undefined;
  readonly sourceMac: number | undefined;
  readonly destinationMac: number | undefined;
  readonly timeToLive: number | undefined;
  /** All of these. */
  readonly all: readonly number[];
  /** The first rows that tell both what a segment was and how long its frame. */
  readonly measured: readonly MeasuredSegment[];
}

interface PortColumns {
  readonly source: number | undefined;
  readonly destination: number | undefined;
}

type Sample = readonly (readonly string[])[];

const OTHER_INFO =
  /^(?:Who has \d|\S+ is at [0-9a-f:]{17}|Gratuitous ARP for|ARP Announcement for|Echo \(ping\) re|Destination unreachable \(|Time-to-live exceeded|(?:Neighbor|Router) (?:Solicitation|Advertisement)|Standard query |GET \/|POST \/|HTTP\/1\.[01] \d{3}|Application Data|Client Hello|Server Hello)/;

/** @returns undefined for a table of messages, or one that says nothing of its packets but their flags */
export function findListColumns(columns: Columns, sample: Sample): ListColumns | undefined {
  const find = finder(columns);
  const isList = isListOf(columns, sample);
  const { flags, numbers = {} } = columns;
  if (!isList && (flags === undefined || columns.numbers === undefined)) return undefined;
  const segmentLength = find("tcplen", "tcplength", "tcpsegmentlen") ?? payloadLength(columns, sample);
  const frameLength = find("framelen", "wscollength", "framecaplen") ?? wholeLength(columns, sample);
  const hasInfo = isList || isInfo(columns);
  const isExport = hasInfo || columns.names.some(isNameOfTshark);
  const found = {
    tcpPorts: { source: find("tcpsrcport"), destination: find("tcpdstport") },
    udpPorts: { source: find("udpsrcport"), destination: find("udpdstport") },
    numbers,
    stream: find("tcpstream", "tcpstreamindex", "streamindex"),
    window: find("tcpwindowsize", "window", "win", "windowsize", "tcpwindow", "calculatedwindowsize"),
    windowField: find("tcpwindowsizevalue", "windowsizevalue"),
    windowFactor: find("tcpwindowsizescalefactor"),
    windowShift: find("tcpoptionswscaleshift"),
    segmentLength: segmentLength === frameLength ? undefined : segmentLength,
    udpLength: find("udplength"),
    frameLength,
    ipv6Source: find("ipv6src"),
    ipv6Destination: find("ipv6dst"),
    sourceMac: columns.frame?.sourceMac ?? find("ethsrc", "srcmac", "sourcemac", "macsrc"),
    destinationMac: columns.frame?.destinationMac ?? find("ethdst", "dstmac", "destinationmac", "destmac", "macdst"),
    timeToLive: columns.frame?.timeToLive ?? find("ipttl", "ttl", "ipv6hlim"),
  };
  const all = Object.values(found).flatMap((held) => (typeof held === "object" ? Object.values(held) : [held]));
  return {
    ...found,
    hasInfo,
    isExport,
    all: all.filter((index) => index !== undefined),
    measured: frameLength === undefined ? [] : segmentsWithLengths(columns, frameLength, sample),
  };
}

function finder({ names, aside }: Columns): (...wanted: string[]) => number | undefined {
  const byName = new Map<string, number>();
  names.forEach((name, index) => {
    const key = normalizeName(name);
    if (!byName.has(key) && !aside.has(index)) byName.set(key, index);
  });
  return (...wanted) => wanted.map((name) => byName.get(name)).find((index) => index !== undefined);
}

/**
 * Nobody but Wireshark writes `Seq=0 Win=64240 Len=0`, so two such rows are enough in a table of messages, if they are no
 * exception there. Under its own header, anything that it is known to say will do.
 */
function isListOf({ message, names, source, destination, protocol }: Columns, sample: Sample): boolean {
  if (message === undefined) return false;
  const infos = sample.map((row) => splitNotes(row[message] ?? "").text).filter((text) => text.trim() !== "");
  const segments = infos.filter(isTcpInfo).length;
  if (segments * 2 >= infos.length && segments > 0) return true;
  if (segments >= 2 && segments * 10 >= infos.length) return true;
  if (!isHeaderOfWireshark(names) || protocol === undefined) return false;
  const hasAddresses = source.address !== undefined || destination.address !== undefined;
  const known = segments + infos.filter((text) => OTHER_INFO.test(text) || parseUdpInfo(text) !== undefined).length;
  return known > 0 && (hasAddresses || segments > 0 || known * 2 >= infos.length);
}

/** Also where no row of it tells. */
function isInfo({ message, names }: Columns): boolean {
  const name = normalizeName(names[message ?? -1] ?? "");
  return name === "wscolinfo" || (name === "info" && isHeaderOfWireshark(names));
}

/** A length that is the one of the info column, or is none of a frame. */
function payloadLength(columns: Columns, sample: Sample): number | undefined {
  const length = vagueLength(columns);
  return length !== undefined && !countsHeaders(columns, length, sample) ? length : undefined;
}

function wholeLength(columns: Columns, sample: Sample): number | undefined {
  const length = vagueLength(columns);
  return length !== undefined && countsHeaders(columns, length, sample) ? length : undefined;
}

/** Also where nobody took the table for one of packets before. */
function vagueLength({ length, names, aside }: Columns): number | undefined {
  const isLength = (name: string, index: number) => VAGUE_LENGTHS.has(normalizeName(name)) && !aside.has(index);
  const index = length ?? names.findIndex(isLength);
  return index < 0 ? undefined : index;
}

function countsHeaders(columns: Columns, length: number, sample: Sample): boolean {
  if (/^(?:tcp|udp|payload|data)/.test(normalizeName(columns.names[length] ?? ""))) return false;
  const rows = segmentsWithLengths(columns, length, sample);
  if (rows.length === 0) return columns.isFrameLength || columns.flags === undefined;
  return rows.some(({ info, frame }) => frame > (info.length ?? 0));
}

/** A segment and the length of its frame. */
export interface MeasuredSegment {
  readonly info: TcpInfo;
  /** Bytes. */
  readonly frame: number;
  readonly isIpv6: boolean;
}

function segmentsWithLengths({ message, source }: Columns, length: number, sample: Sample): MeasuredSegment[] {
  if (message === undefined) return [];
  const address = source.address ?? source.name ?? -1;
  return sample.flatMap((row) => {
    const info = parseTcpInfo(splitNotes(row[message] ?? "").text);
    const text = (row[length] ?? "").trim();
    if (info === undefined || !/^\d+$/.test(text)) return [];
    return [{ info, frame: Number(text), isIpv6: (row[address] ?? "").includes(":") }];
  });
}
