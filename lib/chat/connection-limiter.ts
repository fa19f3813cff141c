/** How many connections come from where. */
import { isIPv6 } from "node:net";
import type { ChatLimits } from "./limits.ts";

type AddressLimits = Pick<ChatLimits, "maxPerAddress" | "maxNewPerAddress" | "addressWindow">;

interface Arrival {
  readonly key: string;
  /** Monotonic, in milliseconds. */
  readonly time: number;
}

/**
 * Arrivals that are remembered, of all addresses together; of more the oldest are forgotten. Whoever has so many addresses
 * is not held up by a count of each.
 */
const MOST_ARRIVALS = 1 << 16;

/** Counts the connections of each address, and forgets an address once nothing about it matters any more. */
export class ConnectionLimiter {
  readonly #limits: AddressLimits;
  /** By address, how many connections are open, and how many of the arrivals are its own; none of them 0. */
  readonly #open = new Map<string, number>();
  readonly #recent = new Map<string, number>();
  /** The arrivals of all addresses within the window, oldest first from `#head` on. */
  #arrivals: Arrival[] = [];
  #head = 0;

  constructor(limits: AddressLimits) {
    this.#limits = limits;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return new Set([...this.#open.keys(), ...this.#recent.keys()]).size;
  }

  /**
   * Counts a new connection, unless its address has too many. Those of this machine itself are not counted.
   *
   * @param now monotonic, in milliseconds
   */
  admit(address: string, now: number): boolean {
    const key = keyOf(address);
    if (key === undefined) return true;
    const { maxPerAddress, maxNewPerAddress, addressWindow } = this.#limits;
    if (maxPerAddress !== 0 && (this.#open.get(key) ?? 0) >= maxPerAddress) return false;
    // Without a time within which they count there is no limit to new ones.
    if (maxNewPerAddress !== 0 && addressWindow !== 0) {
      this.#forgetOld(now);
      if ((this.#recent.get(key) ?? 0) >= maxNewPerAddress) return false;
      this.#arrivals.push({ key, time: now });
      add(this.#recent, key, 1);
    }
    add(this.#open, key, 1);
    return true;
  }

  /** An admitted connection has ended. */
  leave(address: string, now: number): void {
    const key = keyOf(address);
    if (key === undefined) return;
    add(this.#open, key, -1);
    this.#forgetOld(now);
  }

  #forgetOld(now: number): void {
    const latestOld = now - this.#limits.addressWindow;
    for (; this.#head < this.#arrivals.length; this.#head++) {
      const { key, time } = this.#arrivals[this.#head] as Arrival;
      if (time > latestOld && this.#arrivals.length - this.#head < MOST_ARRIVALS) break;
      add(this.#recent, key, -1);
    }
    // Seldom enough to cost nothing, and often enough to keep no more than as many again.
    if (this.#head >= 64 && 2 * this.#head >= this.#arrivals.length) {
      this.#arrivals = this.#arrivals.slice(this.#head);
      this.#head = 0;
    }
  }
}

function add(counts: Map<string, number>, key: string, difference: number): void {
  const count = (counts.get(key) ?? 0) + difference;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
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
