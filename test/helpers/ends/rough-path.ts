/** The way between two ends in one direction, on which segments get lost, late, twice, marked and out of order, as a seed has it. */
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { Ecn, type Segment } from "../../../lib/session/tcp/segment.ts";
import { Chance } from "../captures/chance.ts";

/** Of a thousand segments, and milliseconds. */
export interface Roughness {
  readonly loss?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  /** How long a segment waits that later ones overtake. */
  readonly reorderDelay?: number;
  /** Of those that may be marked (RFC 3168, section 5). */
  readonly mark?: number;
  readonly delay?: number;
  /** By the number of the first byte of a segment with data: how many times it gets lost, whatever chance says. */
  readonly lose?: ReadonlyMap<number, number>;
}

const REORDER_DELAY = 3;

export class RoughPath {
  sent = 0;
  lost = 0;
  duplicated = 0;
  reordered = 0;
  marked = 0;
  /** Segments that said that their sender has no room. */
  closed = 0;
  /** What was sent, in order, whatever became of it. */
  readonly log: Pick<Segment, "flags" | "sequence" | "length">[] = [];
  readonly #toLose: Map<number, number>;
  readonly #roughness: Roughness;
  readonly #chance: Chance;
  readonly #arrive: (segment: Segment) => void;
  readonly #onTheWay = new Set<NodeJS.Timeout>();

  constructor(seed: number, roughness: Roughness, arrive: (segment: Segment) => void) {
    this.#chance = new Chance(seed);
    this.#roughness = roughness;
    this.#arrive = arrive;
    this.#toLose = new Map(roughness.lose);
  }

  /** How many segments were sent with a flag, a bit of `TcpFlag`. */
  sentWith(flag: number): number {
    return this.log.filter(({ flags }) => (flags & flag) !== 0).length;
  }

  /** The numbers of the segments with data that had been sent before, in order. */
  get repeated(): number[] {
    let end = 0;
    return this.log.flatMap(({ sequence, length }) => {
      const isRepeated = length > 0 && sequence < end;
      end = Math.max(end, sequence + length);
      return isRepeated ? [sequence] : [];
    });
  }

  #isToBeLost({ sequence, length }: Segment): boolean {
    const times = length === 0 ? 0 : (this.#toLose.get(sequence) ?? 0);
    if (times > 0) this.#toLose.set(sequence, times - 1);
    return times > 0;
  }

  take(segment: Segment): void {
    const { loss = 0, duplicate = 0, reorder = 0, mark = 0, reorderDelay = REORDER_DELAY, delay = 0 } = this.#roughness;
    // All is drawn for each segment, so that one kind of trouble does not change what another one does.
    const isLost = this.#chance.perMille(loss) || this.#isToBeLost(segment);
    const isDuplicated = this.#chance.perMille(duplicate);
    const isLate = this.#chance.perMille(reorder);
    const isMarked = this.#chance.perMille(mark) && segment.ecn !== Ecn.NOT_CAPABLE;
    const { flags, sequence, length } = segment;
    this.log.push({ flags, sequence, length });
    if (segment.window === 0 && (segment.flags & TcpFlag.RST) === 0) this.closed++;
    this.sent++;
    if (isLost) this.lost++;
    if (isLost) return;
    if (isDuplicated) this.duplicated++;
    if (isLate) this.reordered++;
    if (isMarked) this.marked++;
    if (isMarked) segment.ecn = Ecn.CONGESTION_EXPERIENCED;
    const milliseconds = delay + (isLate ? reorderDelay : 0);
    for (let copies = isDuplicated ? 2 : 1; copies > 0; copies--) this.#carry(segment, milliseconds);
  }

  #carry(segment: Segment, milliseconds: number): void {
    if (milliseconds === 0) return this.#arrive(segment);
    const timer = setTimeout(() => {
      this.#onTheWay.delete(timer);
      this.#arrive(segment);
    }, milliseconds);
    this.#onTheWay.add(timer);
  }

  /** Whatever is on its way never arrives. */
  cut(): void {
    for (const timer of this.#onTheWay) clearTimeout(timer);
    this.#onTheWay.clear();
  }
}
