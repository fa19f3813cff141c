/**
 * Finds the stream that a packet belongs to by its addresses and ports, in both directions. Every packet asks it, so that keys
 * are plain numbers.
 */
import { doubled, HashIndex } from "../core/tables.ts";

/** Words of a key: two addresses of four words, both ports in one, and the IP version. */
const KEY_WORDS = 10;
const FIRST_CAPACITY = 64;
const NONE = -1;

export class FlowTable {
  // By flow: its key, and its stream.
  #keys = new Int32Array(FIRST_CAPACITY * KEY_WORDS);
  #streams = new Int32Array(FIRST_CAPACITY);
  #count = 0;
  readonly #flows = new HashIndex((flow) => hashOf(this.#keys, flow * KEY_WORDS));
  /** Of the packet asked for last. */
  readonly #key = new Int32Array(KEY_WORDS);
  #hash = 0;
  #flow = NONE;
  readonly #hasKey = (flow: number): boolean => {
    const [key, keys] = [this.#key, this.#keys];
    const start = flow * KEY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) if (keys[start + word] !== key[word]) return false;
    return true;
  };
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
    this.#hash = hashOf(this.#key, 0);
    this.#flow = this.#flows.find(this.#hash, this.#hasKey) ?? NONE;
    return this.#flow === NONE ? NONE : this.#streams[this.#flow]!;
  }

  /** Gives the packet asked for last the stream with this number. */
  set(stream: number): void {
    if (this.#flow === NONE) this.#flow = this.#addFlow();
    this.#streams[this.#flow] = stream;
  }

  #addFlow(): number {
    const flow = this.#count++;
    if (flow === this.#streams.length) {
      this.#keys = doubled(this.#keys);
      this.#streams = doubled(this.#streams);
    }
    this.#keys.set(this.#key, flow * KEY_WORDS);
    this.#flows.add(this.#hash, flow);
    return flow;
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
}

function hashOf(keys: Int32Array, at: number): number {
  let hash = 0;
  for (let word = 0; word < KEY_WORDS; word++) hash = mix(hash, keys[at + word]!);
  return hash;
}

/** One step of MurmurHash3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
