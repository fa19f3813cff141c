/**
 * Two end points that exchange data over a path with a tap on it. What goes wrong on the way, before the tap and behind it,
 * and how the end points behave, follows from the seed; the faults in the capture come from that alone.
 */
import { addSequence, type SequenceNumber } from "../../../lib/core/sequence.ts";
import type { TcpOption } from "../../../lib/headers/tcp.ts";
import type { Chance } from "./chance.ts";
import type { Segment } from "./packetdrill-script.ts";
import { SimulatedEnd } from "./simulated-end.ts";

const MOST_SEGMENTS = 120;
const LONGEST = 60_000_000;

/** A segment on its way: sequence numbers counted from the initial ones, so that nothing wraps. */
export interface Flight {
  readonly isClient: boolean;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window: number;
  readonly length: number;
  readonly options: readonly TcpOption[];
  /** SACK blocks, counted like `acknowledgment`. */
  readonly sack: readonly (readonly [number, number])[];
}

interface PathHalf {
  /** Microseconds. */
  readonly delay: number;
  readonly jitter: number;
  /** Cases of a thousand. */
  readonly loss: number;
  readonly reordering: number;
  /** What a reordered segment waits. */
  readonly detour: number;
}

export class Simulation {
  now = 0;
  readonly chance: Chance;
  readonly segments: Segment[] = [];
  readonly #events: { readonly time: number; readonly run: () => void }[] = [];
  readonly #initial: readonly [SequenceNumber, SequenceNumber];
  readonly #halves: { readonly client: PathHalf; readonly server: PathHalf };
  readonly #duplication: number;
  readonly #ends: readonly [SimulatedEnd, SimulatedEnd];

  constructor(chance: Chance) {
    this.chance = chance;
    this.#initial = [initialNumber(chance), initialNumber(chance)];
    this.#halves = { client: pathHalf(chance), server: pathHalf(chance) };
    // On a loopback interface some taps see every frame twice.
    this.#duplication = chance.of([0, 0, 0, 0, 30, 1000]);
    this.#ends = [new SimulatedEnd(this, true), new SimulatedEnd(this, false)];
  }

  run(): void {
    this.#ends[0].connect();
    for (;;) {
      const event = this.#takeNext();
      if (event === undefined || event.time > LONGEST || this.segments.length > MOST_SEGMENTS) return;
      this.now = event.time;
      event.run();
    }
  }

  after(wait: number, run: () => void): void {
    this.#events.push({ time: this.now + wait, run });
  }

  /** Sends a segment past the tap to the other end, if it gets so far. */
  send(flight: Flight): void {
    const [first, second] = flight.isClient
      ? [this.#halves.client, this.#halves.server]
      : [this.#halves.server, this.#halves.client];
    if (this.chance.perMille(first.loss)) return;
    this.after(this.#travel(first), () => {
      this.#record(flight);
      if (this.chance.perMille(this.#duplication)) this.after(1, () => this.#record(flight));
      if (this.chance.perMille(second.loss)) return;
      this.after(this.#travel(second), () => this.#ends[flight.isClient ? 1 : 0].receive(flight));
    });
  }

  #travel(half: PathHalf): number {
    const isDetoured = this.chance.perMille(half.reordering);
    return half.delay + this.chance.below(half.jitter + 1) + (isDetoured ? half.detour : 0);
  }

  #record(flight: Flight): void {
    const [own, other] = flight.isClient ? this.#initial : [this.#initial[1], this.#initial[0]];
    const blocks = flight.sack.map(([left, right]) => ({
      left: addSequence(other, left),
      right: addSequence(other, right),
    }));
    this.segments.push({
      time: this.now,
      isClient: flight.isClient,
      sequence: addSequence(own, flight.sequence),
      acknowledgment: (flight.flags & 0x10) === 0 ? 0 : addSequence(other, flight.acknowledgment),
      flags: flight.flags,
      window: flight.window,
      length: flight.length,
      options: blocks.length === 0 ? flight.options : [...flight.options, { kind: "sack", blocks }],
      urgentPointer: (flight.flags & 0x20) === 0 ? 0 : flight.length,
    });
  }

  #takeNext(): { readonly time: number; readonly run: () => void } | undefined {
    let best = 0;
    for (const [index, event] of this.#events.entries()) if (event.time < this.#events[best]!.time) best = index;
    return this.#events.splice(best, 1)[0];
  }
}

function initialNumber(chance: Chance): SequenceNumber {
  return chance.of([0, 0xffff_ffff, addSequence(0, -chance.below(40_000)), chance.sequenceNumber()]);
}

function pathHalf(chance: Chance): PathHalf {
  const delay = chance.of([5, 50, 500, 5_000, 15_000, 60_000]);
  return {
    delay,
    jitter: chance.of([0, 0, 3, Math.floor(delay / 5)]),
    loss: chance.of([0, 0, 20, 60]),
    reordering: chance.of([0, 0, 30, 100]),
    detour: chance.of([5, 300, Math.floor(delay / 2) + 10, 2 * delay + 10, 4 * delay + 3000]),
  };
}

/** The segments of one connection as the tap saw them, beginning and end perhaps cut off. */
export function simulatedSegments(chance: Chance, start: number): Segment[] {
  const simulation = new Simulation(chance);
  simulation.run();
  const all = simulation.segments;
  const first = chance.perMille(200) ? chance.below(Math.ceil(all.length / 2) + 1) : 0;
  const last = chance.perMille(200) ? all.length - chance.below(Math.ceil(all.length / 2)) : all.length;
  return all.slice(first, last).map((segment) => ({ ...segment, time: segment.time + start }));
}
