/** How many connections come from where. */
import { isIPv6 } from "node:net";
import type { ChatLimits } from "./limits.ts";

type AddressLimits = Pick<ChatLimits, "maxPerAddress" | "maxNewPerAddress" | "addressWindow">;

interface Entry {
  open: number;
  /** When its last connections came, oldest first; no more of them than the limit. */
  readonly arrivals: number[];
}

/** Counts the connections of each address, and forgets an address once nothing about it matters any more. */
export class AddressBook {
  readonly #limits: AddressLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: AddressLimits) {
    this.#limits = limits;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Counts a new connection, unless its address has too many. Those of this machine itself are not counted.
   *
   * @param now monotonic, in milliseconds
   */
  admit(address: string, now: number): boolean {
    const key = keyOf(address);
    if (key === undefined) return true;
    this.#forgetOld(now);
    const entry = this.#entries.get(key) ?? { open: 0, arrivals: [] };
    this.#dropOldArrivals(entry, now);
    const { maxPerAddress, maxNewPerAddress } = this.#limits;
    if (maxPerAddress !== 0 && entry.open >= maxPerAddress) return false;
    if (maxNewPerAddress !== 0 && entry.arrivals.length >= maxNewPerAddress) return false;
    entry.open++;
    if (maxNewPerAddress !== 0) entry.arrivals.push(now);
    // To the end of the map: so the first is always the one that was quiet longest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return true;
  }

  /** An admitted connection has ended. */
  leave(address: string, now: number): void {
    const key = keyOf(address);
    const entry = key === undefined ? undefined : this.#entries.get(key);
    if (key === undefined || entry === undefined) return;
    entry.open--;
    this.#dropOldArrivals(entry, now);
    if (entry.open === 0 && entry.arrivals.length === 0) this.#entries.delete(key);
  }

  #dropOldArrivals(entry: Entry, now: number): void {
    const { addressWindow } = this.#limits;
    const isOld = (arrival: number) => addressWindow !== 0 && arrival <= now - addressWindow;
    while (entry.arrivals.length > 0 && isOld(entry.arrivals[0] as number)) entry.arrivals.shift();
  }

  /** Looks at two with each newcomer, so that it keeps up with them and never takes long. */
  #forgetOld(now: number): void {
    for (const [key, entry] of Array.from(firstOf(this.#entries, 2))) {
      this.#dropOldArrivals(entry, now);
      this.#entries.delete(key);
      if (entry.open > 0 || entry.arrivals.length > 0) this.#entries.set(key, entry);
    }
  }
}

function* firstOf<T>(items: Iterable<T>, count: number): Generator<T> {
  for (const item of items) {
    if (count-- === 0) return;
    yield item;
  }
}

/** The address as people write it: one of IPv4 that came over IPv6 is one of IPv4. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** An address with its port: `[::1]:8080`, `127.0.0.1:8080`. */
export function endPointText(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What is counted as one; undefined for this machine itself. Who has an IPv6 address has all 2^64 beside it. */
function keyOf(address: string): string | undefined {
  const plain = plainAddress(address);
  if (plain === "::1" || plain.startsWith("127.")) return undefined;
  return isIPv6(plain) ? networkOf(plain) : plain;
}

/** The first four of the eight groups. */
function networkOf(address: string): string {
  const [head = "", tail] = (address.split("%")[0] as string).toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return groups.slice(0, 4).join(":");
}
