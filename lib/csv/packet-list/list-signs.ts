/** What shows that a table may be a packet list of Wireshark: looked for in every table, so what reads lists is not needed for it. */
import { normalizeName } from "../column-names.ts";
import { parseTcpFlags } from "../tcp-flags.ts";

/** The text, and apart from it what Wireshark's analysis has put before it: `[TCP Retransmission]`. */
export interface AnnotatedInfo {
  readonly text: string;
  readonly notes: string;
}

/** The arrow, also as it looks when a program has read UTF-8 as something else, or had no sign for it. */
export const ARROW = "(?:→|â†’|-+>|=>|>|\\?)";

const NOTES = /^\s*(?:\[(?!(?:SYN|ACK|FIN|RST|PSH|URG|ECN|ECE|CWR|NS|AE|<None>|Reserved)\b)[^\]]*\]\s*,?\s*)+/;
const TCP = new RegExp(
  `^\\s*(?:(\\S+)\\s*${ARROW}\\s*(\\S+)\\s+)?((?:\\[TCP [^\\]]*\\]\\s*)*)\\[([^\\]]+)\\]\\s+(.*)$`,
);
const ACE_SHIFT = 6;
const TCP_VALUE = /(?:^|\s)(?:Seq|Ack|Win|Len)=\d/;
/** Takes off what the analysis has said. */
export function splitNotes(info: string): AnnotatedInfo {
  const notes = NOTES.exec(info)?.[0] ?? "";
  return { text: info.slice(notes.length), notes };
}

export function isTcpInfo(info: string): boolean {
  return splitTcpInfo(splitNotes(info).text) !== undefined;
}

/** The parts of what is said of a segment, whose values are not read yet. */
export interface TcpInfoParts {
  readonly flags: number;
  /** As they are written: numbers, or names of services. */
  readonly ports: readonly [string, string] | undefined;
  /** Behind the flags. */
  readonly rest: string;
}

/** @returns undefined for a text that says something else */
export function splitTcpInfo(text: string): TcpInfoParts | undefined {
  const match = TCP.exec(text);
  if (match === null) return undefined;
  const rest = match[5]!;
  if (!TCP_VALUE.test(rest)) return undefined;
  const flags = flagsOf(match[4]!);
  if (flags === undefined) return undefined;
  return { flags, ports: match[1] === undefined ? undefined : [match[1], match[2]!], rest };
}

/** Accurate ECN is shown as a number: the bits of AE, CWR and ECE (RFC 9768, section 3.1). */
function flagsOf(text: string): number | undefined {
  const counter = /,?\s*ACE=([0-7])/.exec(text);
  const names = text.replace(counter?.[0] ?? "", "").replace(/,?\s*Reserved/, "");
  const flags = names === "" ? 0 : parseTcpFlags(names);
  return flags === undefined ? undefined : flags | (Number(counter?.[1] ?? 0) << ACE_SHIFT);
}

/** What one finds in Wireshark's own header, or in one of tshark. */
const WIRESHARK_NAMES =
  /^(?:no|time|source|destination|protocol|length|info)$|^_?wscol|^(?:frame|ip|ipv6|tcp|udp|eth)(?=[a-z])/;

export function isHeaderOfWireshark(names: readonly string[]): boolean {
  return names.filter((name) => WIRESHARK_NAMES.test(normalizeName(name))).length >= 5;
}

/** Of `Columns`, what tells most. */
interface TellingColumns {
  readonly names: readonly string[];
  readonly message: number | undefined;
  readonly flags: number | undefined;
  readonly numbers: object | undefined;
}

/** Whether there is anything in a table that `findListColumns` would have to look at. */
export function mayBeList(columns: TellingColumns, sample: readonly (readonly string[])[]): boolean {
  const { message, flags, numbers, names } = columns;
  if (flags !== undefined && numbers !== undefined) return true;
  if (message === undefined) return false;
  return isHeaderOfWireshark(names) || sample.some((row) => isTcpInfo(row[message] ?? ""));
}
