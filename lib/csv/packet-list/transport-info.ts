/** What Wireshark's packet list says of a segment or a datagram: `49152 → 80 [SYN] Seq=0 Win=8192 Len=0 MSS=1460`. */
import type { SackBlock } from "../../headers/tcp.ts";
import { parseTcpFlags } from "../tcp-flags.ts";
import { ARROW } from "./info-ports.ts";

/** The text, and apart from it what Wireshark's analysis has put before it: `[TCP Retransmission]`. */
export interface AnnotatedInfo {
  readonly text: string;
  readonly notes: string;
}

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
  readonly sackBlocks: readonly SackBlock[];
}

export interface UdpInfo {
  readonly ports: readonly [string, string];
  /** Bytes of data. */
  readonly length: number | undefined;
}

const NOTES = /^\s*(?:\[(?!(?:SYN|ACK|FIN|RST|PSH|URG|ECN|ECE|CWR|NS|AE|<None>|Reserved)\b)[^\]]*\]\s*,?\s*)+/;
const TCP = new RegExp(
  `^\\s*(?:(\\S+)\\s*${ARROW}\\s*(\\S+)\\s+)?((?:\\[TCP [^\\]]*\\]\\s*)*)\\[([^\\]]+)\\]\\s+(.*)$`,
);
const ACE_SHIFT = 6;
const TCP_VALUE = /(?:^|\s)(?:Seq|Ack|Win|Len)=\d/;
const UDP = new RegExp(`^\\s*(\\S+)\\s*${ARROW}\\s*(\\S+)\\s+Len=(\\d+)`);
const OLD_UDP = /^\s*Source port:\s*(\S+)\s+Destination port:\s*(\S+)/;

/** What Wireshark says of a segment in which a message begins and does not end. */
export const PART_OF_MESSAGE = /\s*\[TCP (?:segment of a reassembled PDU|PDU reassembled in \d+)\]\s*/;

/** Takes off what the analysis has said. */
export function splitNotes(info: string): AnnotatedInfo {
  const notes = NOTES.exec(info)?.[0] ?? "";
  return { text: info.slice(notes.length), notes };
}

export function isTcpInfo(info: string): boolean {
  return parseTcpInfo(splitNotes(info).text) !== undefined;
}

/** @returns undefined for a text that says something else */
export function parseTcpInfo(text: string): TcpInfo | undefined {
  const match = TCP.exec(text);
  if (match === null) return undefined;
  const rest = match[5]!;
  if (!TCP_VALUE.test(rest)) return undefined;
  const flags = flagsOf(match[4]!);
  if (flags === undefined) return undefined;
  const number = (name: string) => numberOf(rest, name);
  return {
    flags,
    ports: match[1] === undefined ? undefined : [match[1], match[2]!],
    sequence: number("Seq"),
    acknowledgment: number("Ack"),
    window: number("Win"),
    length: number("Len"),
    options: optionsOf(rest),
  };
}

/** Accurate ECN is shown as a number: the bits of AE, CWR and ECE (RFC 9768, section 3.1). */
function flagsOf(text: string): number | undefined {
  const counter = /,?\s*ACE=([0-7])/.exec(text);
  const names = text.replace(counter?.[0] ?? "", "").replace(/,?\s*Reserved/, "");
  const flags = names === "" ? 0 : parseTcpFlags(names);
  return flags === undefined ? undefined : flags | (Number(counter?.[1] ?? 0) << ACE_SHIFT);
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
