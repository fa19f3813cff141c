/** What the cells of a column hold: names, addresses or ports. */
import { tryParseIp } from "../headers/address.ts";

export type CellKind = "name" | "address" | "port";

export interface KindCounts {
  /** Cells that are not empty. */
  readonly all: number;
  readonly name: number;
  readonly address: number;
  readonly port: number;
  readonly largestNumber: number;
  /** Every one is a name or an address with a port behind it. */
  readonly allHavePorts: boolean;
}

const WITH_PORT = /^(?:\[(.+)\]|([^:\s]+)):(\d{1,5})$/;

/** Takes `web:80` or `[::1]:80` apart. */
export function splitPort(text: string): { name: string; port: string } | undefined {
  const match = WITH_PORT.exec(text.trim());
  const name = match?.[1] ?? match?.[2];
  return match === null || name === undefined || parsePort(match[3]!) === undefined
    ? undefined
    : { name, port: match[3]! };
}

/** 1 to 65535, or undefined. */
export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

export function countKinds(texts: readonly string[]): KindCounts {
  const counts = { all: 0, name: 0, address: 0, port: 0, largestNumber: 0 };
  let withPort = 0;
  for (const text of texts) {
    const bare = text.trim();
    if (bare === "") continue;
    counts.all++;
    const port = parsePort(bare);
    if (port !== undefined) {
      counts.port++;
      counts.largestNumber = Math.max(counts.largestNumber, port);
    } else if (tryParseIp(bare) !== undefined) {
      counts.address++;
    } else {
      if (splitPort(bare) !== undefined) withPort++;
      // Not a wrong port or a wrong address.
      if (/[^-+\d.\seE]/.test(bare)) counts.name++;
    }
  }
  return { ...counts, allHavePorts: counts.all > 0 && withPort === counts.all };
}

export function isMostly(counts: KindCounts, kind: CellKind): boolean {
  return counts[kind] * 2 > counts.all;
}
