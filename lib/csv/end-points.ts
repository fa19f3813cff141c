/** End points from cells: whether a cell holds a name, an address or a port, and whose they are. */

import { HashIndex, hashOfText } from "../core/tables.ts";
import { formatIp, tryParseIp } from "../headers/address.ts";
import { writable } from "../headers/plain-values.ts";
import { quoteFound } from "./input-errors.ts";
import type { EndPoint } from "./message.ts";

/** What is wrong with one of an end point's cells. */
export interface EndPointFault {
  readonly part: "name" | "address" | "port";
}

/** Texts remembered as they stand in cells, so that a file full of different ports does not fill the memory. */
const MOST_TEXTS = 1 << 16;

/** End points repeat in almost every row, so each is checked once and kept. */
export class EndPoints {
  /** By the cells' very texts: a shortcut to `#byValue`. */
  readonly #byTexts = new Map<string, EndPoint>();
  readonly #all: EndPoint[] = [];
  readonly #byValue = new HashIndex((item) => hashOf(this.#all[item]!.name, this.#all[item]!.port));

  /** The end point that the cells tell; equal ones are the same object. Empty cells are left out; one must hold something. */
  find(name: string, address: string, port: string): EndPoint | EndPointFault {
    // The lengths keep the cells apart, whatever is in them.
    const key = `${address.length},${port.length},${address}${port}${name}`;
    return this.#byTexts.get(key) ?? this.#remember(key, name, address, port);
  }

  /** For a name that stands alone; not remembered as it stands, since whoever asks does that. */
  named(name: string): EndPoint | EndPointFault {
    return this.#intern(name.trim(), "", "");
  }

  #remember(key: string, name: string, address: string, port: string): EndPoint | EndPointFault {
    const found = this.#intern(name.trim(), address.trim(), port.trim());
    if ("part" in found) return found;
    if (this.#byTexts.size >= MOST_TEXTS) this.#byTexts.clear();
    this.#byTexts.set(key, found);
    return found;
  }

  #intern(name: string, addressText: string, portText: string): EndPoint | EndPointFault {
    // A name that is an address is where the messages really went.
    const address = tryParseIp(addressText === "" ? name : addressText);
    if (addressText !== "" && address === undefined) return { part: "address" };
    const port = portText === "" ? undefined : parsePort(portText);
    if (portText !== "" && port === undefined) return { part: "port" };
    const shown = name || (address !== undefined ? formatIp(address) : port !== undefined ? `port ${port}` : "");
    if (shown === "") return { part: "name" };
    const hash = hashOf(shown, port);
    const known = this.#byValue.find(hash, (item) => {
      const endPoint = this.#all[item]!;
      return endPoint.name === shown && endPoint.port === port && endPoint.address === address;
    });
    if (known !== undefined) return this.#all[known]!;
    const given: EndPoint = {
      index: this.#all.length,
      name: shown,
      ...(address !== undefined && { address }),
      ...(port !== undefined && { port }),
    };
    // A file can have any number of them; only those with an address need more than JSON can do by itself.
    const endPoint = address === undefined ? given : writable(given, { address: "ip" });
    this.#all.push(endPoint);
    this.#byValue.add(hash, endPoint.index);
    return endPoint;
  }

  /** The same, where a port may stand behind the name, as in `web:80`. */
  findWhole(text: string, address: string): EndPoint | EndPointFault {
    const parts = splitPort(text);
    return parts === undefined ? this.find(text, address, "") : this.find(parts.name, address, parts.port);
  }
}

/** Why a message cannot go from one end point to another: the two halves of a sentence. */
interface EndsFault {
  readonly code: "SAME_END_POINT" | "BAD_ADDRESS";
  readonly problem: string;
  readonly advice: string;
}

/** What keeps two end points from being the ends of a message, if anything does. */
export function findEndsFault(source: EndPoint, destination: EndPoint): EndsFault | undefined {
  if (source === destination) {
    const problem = `${quoteFound(source.name)} is the source and the destination`;
    return { code: "SAME_END_POINT", problem, advice: "give the two different names, addresses or ports" };
  }
  if (source.address === undefined || destination.address === undefined) return undefined;
  if (typeof source.address === typeof destination.address) return undefined;
  const problem = `${formatIp(source.address)} and ${formatIp(destination.address)} are addresses of different kinds`;
  return { code: "BAD_ADDRESS", problem, advice: "give two IPv4 or two IPv6 addresses" };
}

function hashOf(name: string, port = 0): number {
  return hashOfText(name) ^ Math.imul(port, 0x85eb_ca6b);
}

/** What the cells of a column hold. */
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

/** Four numbers with dots, two colons or more, or a colon before a number: no name that anybody gives to a machine. */
const LIKE_AN_ADDRESS = /^\[?(?:\d+(?:\.\d+){3}|[\da-f]*:[\da-f]*:[\da-f:.]*)\]?(?::\d+)?$|^[^:]+:\d+$/i;

/** Whether a name is meant to be an address, or to have a port behind it, and is none or has none. */
export function isMistaken({ name, address }: EndPoint): boolean {
  return address === undefined && LIKE_AN_ADDRESS.test(name);
}

/** Takes `web:80` or `[::1]:80` apart. */
function splitPort(text: string): { name: string; port: string } | undefined {
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
