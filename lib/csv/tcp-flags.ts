/** TCP flags as people and programs write them: `SYN,ACK`, `[PSH, ACK]`, `SA`, `FIN-ACK`, `0x0018`, `0x018 (PSH, ACK)`, `·······AP···`. */
import { TcpFlag } from "../headers/tcp-fields.ts";

const BY_NAME: ReadonlyMap<string, number> = new Map([
  ...Object.entries(TcpFlag),
  ["ECN", TcpFlag.ECE],
  ["NS", TcpFlag.AE],
  ["RESET", TcpFlag.RST],
  ["PUSH", TcpFlag.PSH],
]);

/** The single letters of tcpdump and Scapy. */
const BY_LETTER: ReadonlyMap<string, number> = new Map([
  ["F", TcpFlag.FIN],
  ["S", TcpFlag.SYN],
  ["R", TcpFlag.RST],
  ["P", TcpFlag.PSH],
  ["A", TcpFlag.ACK],
  [".", TcpFlag.ACK],
  ["U", TcpFlag.URG],
  ["E", TcpFlag.ECE],
  ["C", TcpFlag.CWR],
]);

const ALL_FLAGS = 0x1ff;

/** A number, and behind it perhaps the names that Wireshark adds. */
const NUMBER = /^(0X[0-9A-F]{1,4}|\d{1,3})(?:\s*\([^)]*\))?$/;

/** tshark's `tcp.flags.str`: three reserved bits and the nine flags, each with a place of its own. */
const PLACES = /^[·.*R]{3}[·.*NA][·.*C][·.*E][·.*U][·.*A][·.*P][·.*R][·.*S][·.*F]$/;

/**
 * Reads flags: names or letters in any case, joined by anything that is neither, in brackets or not; or a number.
 *
 * @returns undefined for anything else, the empty text included
 */
export function parseTcpFlags(text: string): number | undefined {
  const bare = text
    .trim()
    .replace(/^\[(.*)\]$|^\((.*)\)$/, "$1$2")
    .toUpperCase();
  const number = NUMBER.exec(bare)?.[1];
  if (number !== undefined) {
    const value = Number(number);
    return value <= ALL_FLAGS ? value : undefined;
  }
  if (bare === "<NONE>") return 0;
  if (PLACES.test(bare)) return parsePlaces(bare);
  return parseNames(bare) ?? parseLetters(bare);
}

function parsePlaces(text: string): number {
  let flags = 0;
  for (const character of text.slice(3)) flags = (flags << 1) | (/[A-Z]/.test(character) ? 1 : 0);
  return flags;
}

function parseNames(text: string): number | undefined {
  const names = text.split(/[\s,;|+/&_-]+/).filter((name) => name !== "");
  return names.length === 0 ? undefined : union(names, BY_NAME);
}

function parseLetters(text: string): number | undefined {
  return /^[FSRPA.UEC]+$/.test(text) ? union([...text], BY_LETTER) : undefined;
}

function union(parts: readonly string[], table: ReadonlyMap<string, number>): number | undefined {
  let flags = 0;
  for (const part of parts) {
    const flag = table.get(part);
    if (flag === undefined) return undefined;
    flags |= flag;
  }
  return flags;
}

const LONGEST_CONTROL_MESSAGE = 120;
const CONTROL = /^\s*\[?\s*((?:SYN|ACK|FIN|RST)(?:[\s,+/&_-]+(?:SYN|ACK|FIN|RST|PSH))*)\s*\]?(?:\s+Seq=\d.*)?\s*$/i;
/** By byte: whether a control message can begin with it: a space, a bracket, or the first letter of a flag. */
const CAN_BEGIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  " [SAFRsafr".includes(String.fromCharCode(byte)) ? 1 : 0,
);

const decoder = new TextDecoder();

/**
 * Of messages that speak of the connection itself, such as `SYN`, `FIN-ACK` or `[SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0`: the
 * TCP flags that a whole message from `start` to `end` names; undefined for any
 * other message.
 */
export function parseControlMessage(bytes: Uint8Array, start = 0, end = bytes.length): number | undefined {
  if (end - start < 3 || end - start > LONGEST_CONTROL_MESSAGE) return undefined;
  if (CAN_BEGIN[bytes[start]!] === 0) return undefined;
  const names = CONTROL.exec(decoder.decode(bytes.subarray(start, end)))?.[1];
  return names === undefined ? undefined : parseTcpFlags(names);
}
