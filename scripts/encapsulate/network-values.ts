/** Readers of what stands behind the flags of a network, for commander: parts, rates, sizes, packets and places. */
import { InvalidArgumentError } from "commander";
import type { ChosenPacket, LossBursts, Tap } from "../../lib/session/network/link-options.ts";
import { mostLostInBursts } from "../../lib/session/network/network-checks.ts";
import { DECIMAL_PREFIXES, durationFlag, sizeFlag } from "../shared/flag-values.ts";

/** So many packets of a side can be chosen with one flag. */
const MOST_CHOSEN = 10_000;
/** Of a receive buffer (RFC 7323, section 2.3). */
const LARGEST_WINDOW = 2 ** 30;

const PART = "a part of all packets, such as 2% or 0.02";
const PACKETS = "a side and numbers of its packets from 1 on, such as client:3,7 or server:data:2 or client:4-6";

/** `2%` or `0.02`. @returns 0 to 1; not a number for anything else */
function partOf(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text.trim()) ?? [];
  const part = number === undefined ? Number.NaN : Number(number) / (percent === "%" ? 100 : 1);
  return part <= 1 ? part : Number.NaN;
}

/** Reads a part of all packets, 0 to 1. */
export function readPart(text: string): number {
  const part = partOf(text);
  if (part >= 0) return part;
  throw new InvalidArgumentError(`Give ${PART}.`);
}

/** `2%,25%`: how many are lost, and how likely a burst is to end with each. */
export function readLossBursts(text: string): LossBursts {
  const [mean = Number.NaN, end = Number.NaN, ...rest] = text.split(",").map(partOf);
  if (!(mean >= 0 && end > 0 && rest.length === 0)) {
    throw new InvalidArgumentError(
      "Give the part that is lost and the probability that a burst ends with each packet, such as 2%,25%.",
    );
  }
  if (mean <= mostLostInBursts(end)) return { mean, end };
  const most = Math.floor(1e4 * mostLostInBursts(end)) / 100;
  throw new InvalidArgumentError(
    `Bursts that end so soon lose at most ${most}% of all packets, since there is one between two of them.`,
  );
}

/** How many packets wait for others to overtake them, and seconds that they wait. */
export interface Reordering {
  readonly part: number;
  readonly time: number | undefined;
}

/** `1%`, or `1%,20ms`. */
export function readReordering(text: string): Reordering {
  const [first = "", time, ...rest] = text.split(",");
  const part = partOf(first);
  if (part >= 0 && rest.length === 0) return { part, time: time === undefined ? undefined : durationFlag("ms")(time) };
  throw new InvalidArgumentError(`Give ${PART}, and after a comma how long they wait, such as 1%,20ms.`);
}

/** `2mbit` or `50kB/s`. @param bare bits that a number without a unit counts @returns bits a second; not a number for anything else */
function bitRateOf(text: string, bare: number): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(?:\s*([kmgt]?)(?:(bit)(?:\/s)?|b\/s))?$/i.exec(text.trim());
  if (match === null) return Number.NaN;
  const [whole, number, prefix, bit] = match;
  const unit = whole === number ? bare : bit === undefined ? 8 : 1;
  return Number(number) * DECIMAL_PREFIXES[(prefix ?? "").toLowerCase()]! * unit;
}

/** Reads a rate of sending. @returns bits a second, above 0 */
export function readBitRate(text: string): number {
  const rate = bitRateOf(text, 1);
  if (rate > 0) return rate;
  throw new InvalidArgumentError("Give bits a second above 0, such as 500kbit, 2mbit or 1gbit, or bytes: 50kB/s.");
}

/** Reads a rate of reading, which may be 0. @returns bytes a second */
export function readByteRate(text: string): number {
  const rate = bitRateOf(text, 8) / 8;
  if (rate >= 0) return rate;
  throw new InvalidArgumentError("Give bytes a second, such as 50kB/s or 1MB/s, or bits: 400kbit; 0 reads nothing.");
}

/** Reads the size of a receive buffer in bytes. */
export function readWindow(text: string): number {
  const bytes = sizeFlag(1)(text);
  if (bytes >= 1 && bytes <= LARGEST_WINDOW) return bytes;
  throw new InvalidArgumentError("Give bytes from 1 to 1Gi, such as 16k, 64KiB or 1M.");
}

/** Reads a number of bytes from 1 on. */
export function readAmount(text: string): number {
  const bytes = sizeFlag(1)(text);
  if (bytes >= 1) return bytes;
  throw new InvalidArgumentError("Give bytes from 1 on, such as 50kB or 1M.");
}

/** Reads a length of time of at least a microsecond. @returns a reader of seconds */
export function positiveDuration(bareUnit: "ms" | "s"): (text: string) => number {
  return (text) => {
    const seconds = durationFlag(bareUnit)(text);
    if (seconds >= 1e-6) return seconds;
    throw new InvalidArgumentError("Give at least a microsecond (1us).");
  };
}

/** `client:3,7`, `server:data:2`, `client:4-6`. */
export function readPackets(text: string): ChosenPacket {
  const match = /^(client|server):(?:(data):)?(\d[\d,-]*)$/.exec(text.trim());
  const numbers = new Set<number>();
  for (const piece of match?.[3]?.split(",") ?? []) {
    const [, first = "0", last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(piece) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (from < 1 || to < from || to - from >= MOST_CHOSEN) throw new InvalidArgumentError(`Give ${PACKETS}.`);
    for (let number = from; number <= to; number++) numbers.add(number);
  }
  if (numbers.size === 0) throw new InvalidArgumentError(`Give ${PACKETS}.`);
  return { side: match![1] === "server" ? "server" : "client", of: match![2] === "data" ? "data" : "all", numbers };
}

/** Packets that are held up, and by how many seconds. */
export interface HeldUpPackets {
  readonly packets: ChosenPacket;
  readonly time: number;
}

/** `client:3=50ms`. */
export function readHeldUp(text: string): HeldUpPackets {
  const [which = "", time, ...rest] = text.split("=");
  if (time === undefined || rest.length > 0) {
    throw new InvalidArgumentError("Give packets and how long they are held up, such as client:3=50ms.");
  }
  return { packets: readPackets(which), time: positiveDuration("ms")(time) };
}

/** `client`, `server`, `both` or a part of the way: `30%`. */
export function readTap(text: string): Tap {
  if (text === "client") return 0;
  if (text === "server") return 1;
  if (text === "both") return "both";
  const place = text.endsWith("%") ? partOf(text) : Number.NaN;
  if (place >= 0) return place;
  throw new InvalidArgumentError("Give client, server, both, or a part of the way from client to server, such as 30%.");
}

/** For a flag that may be given again and again: what `read` makes of each, in their order. */
export function repeated<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, read(text)];
}
