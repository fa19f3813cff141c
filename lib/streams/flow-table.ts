/**
 * Finds the stream that a packet belongs to by its addresses and ports, in both directions: a hash table of plain
 * numbers, since every packet asks it.
 */
/** Words of a key: two addresses of four words, both ports in one, and the IP version. */
const KEY_WORDS = 10;
const FIRST_CAPACITY = 1024;
const EMPTY = -1;

export class FlowTable {
  #keys = new Int32Array(FIRST_CAPACITY * KEY_WORDS);
  #values = new Int32Array(FIRST_CAPACITY).fill(EMPTY);
  #mask = FIRST_CAPACITY - 1;
  #used = 0;
  readonly #key = new Int32Array(KEY_WORDS);
  #slot = 0;
  /**
   * Whether the packet asked for last goes from the higher end point to the lower one; of two that are equal, never.
   */
  isFromHigher = false;

  /**
   * Number of the stream of a packet, or -1 if there is none yet. Then `set` gives it one.
   *
   * @param view of the memory in which its addresses stand
   * @param sourceAt,destinationAt where they begin
   * @param version 4 or 6
   */
  find(
    view: DataView,
    sourceAt: number,
    destinationAt: number,
    version: 0 | 4 | 6,
    sourcePort: number,
    destinationPort: number,
  ): number {
    this.#readKey(view, sourceAt, destinationAt, version, sourcePort, destinationPort);
    this.#slot = this.#slotOf(this.#key, 0);
    return this.#values[this.#slot]!;
  }

  /** Gives the packet asked for last the stream with this number. */
  set(stream: number): void {
    const slot = this.#slot;
    if (this.#values[slot] === EMPTY) {
      this.#keys.set(this.#key, slot * KEY_WORDS);
      this.#used++;
    }
    this.#values[slot] = stream;
    if (this.#used * 2 > this.#mask) this.#grow();
  }

  #readKey(
    view: DataView,
    sourceAt: number,
    destinationAt: number,
    version: number,
    sourcePort: number,
    destinationPort: number,
  ): void {
    const key = this.#key;
    const words = version === 6 ? 4 : 1;
    let order = 0;
    for (let word = 0; word < words && order === 0; word++) {
      order = view.getUint32(sourceAt + 4 * word) - view.getUint32(destinationAt + 4 * word);
    }
    if (order === 0) order = sourcePort - destinationPort;
    this.isFromHigher = order > 0;
    const higherAt = order > 0 ? sourceAt : destinationAt;
    const lowerAt = order > 0 ? destinationAt : sourceAt;
    for (let word = 0; word < words; word++) {
      key[word] = view.getInt32(higherAt + 4 * word);
      key[4 + word] = view.getInt32(lowerAt + 4 * word);
    }
    for (let word = words; word < 4; word++) {
      key[word] = 0;
      key[4 + word] = 0;
    }
    key[8] = order > 0 ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
    key[9] = version;
  }

  /** The slot that holds the key in `source` at `at`, or the empty one where it belongs. */
  #slotOf(source: Int32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < KEY_WORDS; word++) hash = mix(hash, source[at + word]!);
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    while (this.#values[slot] !== EMPTY && !this.#holds(slot, source, at)) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #holds(slot: number, source: Int32Array, at: number): boolean {
    const keys = this.#keys;
    const start = slot * KEY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) if (keys[start + word] !== source[at + word]) return false;
    return true;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    const capacity = values.length * 2;
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#values = new Int32Array(capacity).fill(EMPTY);
    this.#mask = capacity - 1;
    for (let old = 0; old < values.length; old++) {
      if (values[old] === EMPTY) continue;
      const slot = this.#slotOf(keys, old * KEY_WORDS);
      this.#keys.set(keys.subarray(old * KEY_WORDS, (old + 1) * KEY_WORDS), slot * KEY_WORDS);
      this.#values[slot] = values[old]!;
    }
  }
}

/** One step of MurmurHash3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
