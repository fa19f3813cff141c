/** What Wireshark's packet list says of a segment or a datagram: `49152 → 80 [SYN] Seq=0 Win=8192 Len=0 MSS=1460`. */
import { ARROW, splitTcpInfo } from "./list-signs.ts";

export interface TcpInfo {
  readonly flags: number;
  /** As they are written: numbers, or names of services. */
  readonly ports: readonly [string, string] | undefined;
  readonly sequence: number | undefined;
  readonly acknowledgment: number | undefined;
  /** Bytes, multiplied by the scale where Wireshark knew it. */
  readonly window: number | undefined;
  /** Bytes of data. */
  readonly length: number | undefined;
  readonly options: TcpInfoOptions;
}

export interface TcpInfoOptions {
  readonly maximumSegmentSize: number | undefined;
  /** The power of two. */
  readonly windowScale: number | undefined;
  readonly isSackPermitted: boolean;
  /** Options stand in the info column as they stand in the header. */
  readonly isScaleBeforeSack: boolean;
  readonly timestamps: { readonly value: number; readonly echoReply: number } | undefined;
  readonly sackBlocks: readonly { readonly left: number; readonly right: number }[];
}

export interface UdpInfo {
  readonly ports: readonly [string, string];
  /** Bytes of data. */
  readonly length: number | undefined;
}

const UDP = new RegExp(`^\\s*(\\S+)\\s*${ARROW}\\s*(\\S+)\\s+Len=(\\d+)`);
const OLD_UDP = /^\s*Source port:\s*(\S+)\s+Destination port:\s*(\S+)/;

/** What Wireshark says of a segment in which a message begins and does not end. */
export const PART_OF_MESSAGE = /\s*\[TCP (?:segment of a reassembled PDU|PDU reassembled in \d+)\]\s*/;

/** @returns undefined for a text that says something else */
export function parseTcpInfo(text: string): TcpInfo | undefined {
  const parts = splitTcpInfo(text);
  if (parts === undefined) return undefined;
  const { flags, ports, rest } = parts;
  const number = (name: string) => numberOf(rest, name);
  return {
    flags,
    ports,
    sequence: number("Seq"),
    acknowledgment: number("Ack"),
    window: number("Win"),
    length: number("Len"),
    options: optionsOf(rest),
  };
}

/** @returns undefined for a text that says something else */
export function parseUdpInfo(text: string): UdpInfo | undefined {
  const match = UDP.exec(text);
  if (match !== null) return { ports: [match[1]!, match[2]!], length: Number(match[3]) };
  const old = OLD_UDP.exec(text);
  return old === null ? undefined : { ports: [old[1]!, old[2]!], length: undefined };
}

function numberOf(text: string, name: string): number | undefined {
  const digits = new RegExp(`(?:^|\\s)${name}=(\\d{1,10})(?!\\d)`).exec(text)?.[1];
  const value = Number(digits);
  return digits === undefined || value > 0xffff_ffff ? undefined : value;
}

function optionsOf(text: string): TcpInfoOptions {
  const value = numberOf(text, "TSval") ?? numberOf(text, "TSV");
  const echoReply = numberOf(text, "TSecr") ?? numberOf(text, "TSER") ?? 0;
  const sackBlocks = [...text.matchAll(/\sSLE=(\d{1,10})\s+SRE=(\d{1,10})/g)].map(([, left, right]) => ({
    left: Number(left),
    right: Number(right),
  }));
  return {
    maximumSegmentSize: numberOf(text, "MSS"),
    windowScale: scaleOf(numberOf(text, "WS"), /\sTSV=/.test(text)),
    isSackPermitted: /\sSACK_PERM\b/.test(text),
    isScaleBeforeSack: /\sWS=\d.*\s(?:SACK_PERM|TSval=|TSV=)/.test(text),
    timestamps: value === undefined ? undefined : { value, echoReply },
    sackBlocks,
  };
}

/** What is written today is the factor; before Wireshark 1.6 it was the exponent. */
function scaleOf(written: number | undefined, isOld: boolean): number | undefined {
  if (written === undefined) return undefined;
  const exponent = Math.log2(written);
  if (!isOld && Number.isInteger(exponent) && exponent <= 14) return exponent;
  return written <= 14 ? written : undefined;
}
