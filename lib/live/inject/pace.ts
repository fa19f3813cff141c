/** When the packets of a capture are due, if they are sent with the gaps that they were captured with. */
import type { CapturedPacket } from "../../pcap/captured-packet.ts";

const MILLISECONDS_PER_SECOND = 1000;
const NANOSECONDS_PER_MILLISECOND = 1_000_000;

export type PacketTime = Pick<CapturedPacket, "hasTime" | "seconds" | "nanoseconds">;

/**
 * Counts from the start of all, not from packet to packet: what one packet is late makes no other one late.
 *
 * Packets keep the order of the file. One that was captured before its predecessor, or at no known time, is due together
 * with it.
 */
export class Pace {
  readonly #speed: number;
  #start: { readonly seconds: number; readonly nanoseconds: number } | undefined;
  #roundStartsAt = 0;
  #due = 0;
  #latest = Number.NEGATIVE_INFINITY;
  #backwards = 0;

  /** @param speed how many times faster than captured; infinite: each packet is due at once */
  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Packets that were captured before the one in front of them. */
  get backwards(): number {
    return this.#backwards;
  }

  /** @returns milliseconds since the start of all; never less than for the packet before */
  dueAt({ hasTime, seconds, nanoseconds }: PacketTime): number {
    if (!hasTime) return this.#due;
    this.#start ??= { seconds, nanoseconds };
    const elapsed =
      (seconds - this.#start.seconds) * MILLISECONDS_PER_SECOND +
      (nanoseconds - this.#start.nanoseconds) / NANOSECONDS_PER_MILLISECOND;
    if (elapsed < this.#latest) this.#backwards++;
    this.#latest = elapsed;
    this.#due = Math.max(this.#due, this.#roundStartsAt + elapsed / this.#speed);
    return this.#due;
  }

  /** The next packet is the capture's first again, and due together with the last one. */
  startAgain(): void {
    this.#roundStartsAt = this.#due;
    this.#latest = Number.NEGATIVE_INFINITY;
  }
}
