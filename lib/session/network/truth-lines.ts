/**
 * The truth as text, a JSON object a line: one for each transmission, in the order of sending. Times are decimal strings of seconds
 * since the origin of the capture, round-trip times and timeouts too; numbers are relative to the initial one of their side, as
 * Wireshark shows them. What is not known, or has no meaning, is left out.
 */
import { formatTcpFlags } from "../../headers/tcp-fields.ts";
import type { SlabStore } from "../../pcap/slabs.ts";
import type { SenderState } from "../tcp/sender-state.ts";
import type { Transmission } from "./transmission.ts";

/** Characters that are worth being encoded together. */
const FULL = 1 << 16;

/** Writes the truth into a store, as text in UTF-8. */
export class TruthWriter {
  readonly #store: SlabStore;
  readonly #ticksPerSecond: number;
  readonly #encoder = new TextEncoder();
  #text = "";

  /** @param ticksPerSecond of the session: a power of ten */
  constructor(store: SlabStore, ticksPerSecond: number) {
    this.#store = store;
    this.#ticksPerSecond = ticksPerSecond;
  }

  /** Writes a line. */
  write(transmission: Transmission): void {
    this.#text += truthLine(transmission, this.#ticksPerSecond);
    if (this.#text.length >= FULL) this.finish();
  }

  /** Hands what is written to the store. */
  finish(): void {
    const slab = this.#store.take(3 * this.#text.length);
    this.#store.give(slab, this.#encoder.encodeInto(this.#text, slab).written);
    this.#text = "";
  }
}

/** A transmission as a line, with its line end. @param ticksPerSecond of the session: a power of ten */
export function truthLine(transmission: Transmission, ticksPerSecond: number): string {
  const { flags, sent, tap, arrived, sender, overtaken, isMarked, copies, furtherFrames, ...rest } = transmission;
  const time = (ticks: number | undefined) => (ticks === undefined ? undefined : formatSeconds(ticks, ticksPerSecond));
  const line = {
    ...rest,
    furtherFrames: furtherFrames.length === 0 ? undefined : furtherFrames,
    flags: flags === undefined ? undefined : formatTcpFlags(flags),
    copies: copies === 1 ? undefined : copies,
    overtaken: overtaken === 0 ? undefined : overtaken,
    marked: isMarked ? true : undefined,
    sent: time(sent),
    tap: time(tap),
    arrived: time(arrived),
    ...(sender !== undefined && senderOf(sender, time)),
  };
  return `${JSON.stringify(line)}\n`;
}

function senderOf(
  { cwnd, ssthresh, inFlight, srtt, rto, window }: SenderState,
  time: (ticks: number | undefined) => string | undefined,
) {
  return { cwnd, ssthresh, inFlight, srtt: time(srtt), rto: time(rto), window };
}

/** Ticks as seconds, exactly: "-0.001000". */
function formatSeconds(ticks: number, ticksPerSecond: number): string {
  const digits = Math.round(Math.log10(ticksPerSecond));
  const whole = Math.round(Math.abs(ticks));
  const fraction = String(whole % ticksPerSecond).padStart(digits, "0");
  return `${ticks < 0 && whole > 0 ? "-" : ""}${Math.floor(whole / ticksPerSecond)}.${fraction}`;
}
