/** A table that keeps only so many entries, and says how many it had no room for. */
export class BoundedTable<V> {
  readonly #entries = new Map<string, V>();
  readonly #most: number;
  /** How often something was to be entered that there was no room for. */
  refused = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  /** The entry of this key, made where there is none yet; undefined where there is no room for it. */
  getOrAdd(key: string, make: () => V): V | undefined {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= this.#most) {
      this.refused++;
      return undefined;
    }
    const entry = make();
    this.#entries.set(key, entry);
    return entry;
  }

  values(): V[] {
    return [...this.#entries.values()];
  }
}

/** Entries of which the oldest make room for new ones. */
export class LatestEntries<V> {
  readonly #entries = new Map<string, V>();
  readonly #most: number;
  readonly #dropped: ((entry: V) => void) | undefined;

  constructor(most: number, dropped?: (entry: V) => void) {
    this.#most = most;
    this.#dropped = dropped;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: V): void {
    const before = this.take(key);
    if (before !== undefined) this.#dropped?.(before);
    if (this.#entries.size >= this.#most) {
      const [oldest] = this.#entries;
      this.#entries.delete(oldest![0]);
      this.#dropped?.(oldest![1]);
    }
    this.#entries.set(key, entry);
  }

  /** The entry, which is none any more. */
  take(key: string): V | undefined {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    return entry;
  }

  values(): V[] {
    return [...this.#entries.values()];
  }
}

/** Something that the report tells where a packet of it is selected. */
export interface Selectable {
  /** Whether a packet that the report is about has a part in it. */
  isSelected: boolean;
}

/** Frames that are named of many. */
export const MOST_FRAMES = 10;

export function noteFrame(frames: number[], frame: number): void {
  if (frames.length < MOST_FRAMES) frames.push(frame);
}
