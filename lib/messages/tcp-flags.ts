/** TCP flags as people write them: `SYN`, `SYN,ACK`, `[PSH, ACK]`, `SA`, `FIN-ACK`, `0x018`. */
import { TcpFlag } from "../headers/tcp.ts";

const BY_NAME: ReadonlyMap<string, number> = new Map([
  ...Object.entries(TcpFlag),
  ["ECN", TcpFlag.ECE],
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
  if (/^(0X[0-9A-F]{1,3}|\d{1,3})$/.test(bare)) {
    const value = Number(bare);
    return value <= ALL_FLAGS ? value : undefined;
  }
  return parseNames(bare) ?? parseLetters(bare);
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
