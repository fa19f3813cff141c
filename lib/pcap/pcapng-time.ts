/**
 * Time stamps of pcapng: 64 bits in two halves, in units that each interface chooses (draft-ietf-opsawg-pcapng,
 * sections 4.2 and 4.3).
 */
import type { CapturedPacket } from "./captured-packet.ts";

const TWO_TO_32 = 0x1_0000_0000;
const NANOSECONDS = 1_000_000_000;
const BINARY_RESOLUTION = 0x80;

/** if_tsresol where an interface has none: microseconds. */
export const DEFAULT_RESOLUTION = 6;
export const NANOSECOND_RESOLUTION = 9;

/**
 * Turns the time stamps of one interface into seconds and nanoseconds, exactly; what is finer than a nanosecond is cut.
 *
 * The upper half changes rarely (with nanoseconds, every four seconds): what it comes to is kept, so that most packets need
 * no arithmetic beyond doubles.
 */
export class TimestampClock {
  /** Rounded where it is a power of ten above 10^22. */
  readonly ticksPerSecond: number;
  readonly #units: bigint;
  readonly #offset: bigint;
  /** 0 where a tick is no whole number of nanoseconds. */
  readonly #nanosecondsPerTick: number;
  #high = -1;
  /** Seconds and ticks that the upper half alone stands for. */
  #seconds = 0;
  #ticks = 0;

  /**
   * @param resolution if_tsresol: a negative power of 10, or of 2 where the highest bit is set
   * @param offset if_tsoffset: seconds to be added
   */
  constructor(resolution = DEFAULT_RESOLUTION, offset = 0n) {
    const exponent = BigInt(resolution & ~BINARY_RESOLUTION);
    this.#units = (resolution & BINARY_RESOLUTION) === 0 ? 10n ** exponent : 2n ** exponent;
    this.#offset = offset;
    this.ticksPerSecond = Number(this.#units);
    this.#nanosecondsPerTick =
      NANOSECONDS % this.ticksPerSecond === 0 && this.ticksPerSecond <= NANOSECONDS
        ? NANOSECONDS / this.ticksPerSecond
        : 0;
  }

  /**
   * Puts a time stamp into `seconds` and `nanoseconds` of a packet.
   *
   * @param high,low the two halves, 0 to 2^32 - 1. Times beyond 2^53 seconds are rounded, and beyond 2^63 wrap around.
   */
  stamp(packet: CapturedPacket, high: number, low: number): void {
    packet.hasTime = true;
    if (this.#nanosecondsPerTick === 0) {
      this.#stampExactly(packet, high, low);
      return;
    }
    if (high !== this.#high) this.#moveTo(high);
    const ticks = this.#ticks + low;
    const whole = Math.floor(ticks / this.ticksPerSecond);
    packet.seconds = this.#seconds + whole;
    packet.nanoseconds = (ticks - whole * this.ticksPerSecond) * this.#nanosecondsPerTick;
  }

  #moveTo(high: number): void {
    const ticks = BigInt(high) * BigInt(TWO_TO_32);
    this.#high = high;
    this.#seconds = Number(BigInt.asIntN(64, ticks / this.#units + this.#offset));
    this.#ticks = Number(ticks % this.#units);
  }

  #stampExactly(packet: CapturedPacket, high: number, low: number): void {
    const ticks = BigInt(high) * BigInt(TWO_TO_32) + BigInt(low);
    packet.seconds = Number(BigInt.asIntN(64, ticks / this.#units + this.#offset));
    packet.nanoseconds = Number(((ticks % this.#units) * BigInt(NANOSECONDS)) / this.#units);
  }
}
