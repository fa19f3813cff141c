/** How most scripts begin: a connection stands with an end that takes segments of 1000 bytes, and is 100 ms away. */

interface Opening {
  /** Options of the other side's SYN, but for its MSS of 1000. */
  readonly options?: string;
  /** Window of the other side. */
  readonly window?: number;
  /** Seconds. */
  readonly roundTrip?: number;
}

/** This side opens. */
export function connected({ options = "", window = 60_000, roundTrip = 0.1 }: Opening = {}): string {
  return `
    +0 connect
    +0 > S 0:0(0) <...>
    +${roundTrip} < S. 0:0(0) ack 1 win ${window} <mss 1000,${options}>
    +0 > . 1:1(0) ack 1 <...>
    +0 told opened
  `;
}

/** The other side opens. */
export function accepted({ options = "", window = 60_000, roundTrip = 0.1 }: Opening = {}): string {
  return `
    +0 listen
    +0 < S 0:0(0) win ${window} <mss 1000,${options}>
    +0 > S. 0:0(0) ack 1 <...>
    +${roundTrip} < . 1:1(0) ack 1 win ${window}
    +0 told opened
  `;
}

/** So many full segments, as they are sent with an acknowledgment of 1: `first` to `last`, from 1; the last with PSH if it is all. */
export function segments(first: number, last: number, mark: "all" | "more", prefix = ""): string {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const start = 1 + (first - 1 + index) * 1000;
    const flags = mark === "all" && first + index === last ? "P." : ".";
    return `+0 > ${prefix}${flags} ${start}:${start + 1000}(1000) ack 1`;
  }).join("\n");
}
