import { ChangingMoment, type Moment, nanosecondsBetween } from "../core/time.ts";
import type { PacketOutline } from "../dissect/outline.ts";

/** Frames among which a copy is looked for. */
const MEMORY = 4;
const WORDS = 8;
/** A copy follows at once; what comes later was sent again. In nanoseconds. */
const LATEST = 1_000_000;

/**
 * Notices TCP segments over IPv4 that a capture holds twice. A segment that is sent again has another identification; a
 * copy has the same one, and everything else too.
 */
export class CopyDetector {
  readonly #latest = new Uint32Array(MEMORY * WORDS);
  readonly #own = new Uint32Array(WORDS);
  readonly #moments = Array.from({ length: MEMORY }, () => new ChangingMoment());
  #place = 0;

  /** Whether this segment is a copy of one of the last few. */
  isCopy(o: PacketOutline, moment: Moment): boolean {
    this.#read(o);
    let isCopy = false;
    // Where a host does not number its packets, nothing tells a copy from the next one.
    const isNumbered = o.ipView.getUint16(o.ipAt + 4) !== 0;
    for (let place = 0; isNumbered && place < MEMORY && !isCopy; place++) {
      const since = nanosecondsBetween(this.#moments[place]!, moment);
      isCopy = Math.abs(since) < LATEST && this.#isSame(place);
    }
    this.#latest.set(this.#own, this.#place * WORDS);
    this.#moments[this.#place]!.set(moment);
    this.#place = (this.#place + 1) % MEMORY;
    return isCopy;
  }

  #read(o: PacketOutline): void {
    const own = this.#own;
    // Length and identification, addresses; ports, numbers, flags, window and checksum. Not the time to live.
    own[0] = o.ipView.getUint16(o.ipAt + 2) * 0x1_0000 + o.ipView.getUint16(o.ipAt + 4);
    own[1] = o.ipView.getUint32(o.ipAt + 12);
    own[2] = o.ipView.getUint32(o.ipAt + 16);
    own[3] = o.sourcePort * 0x1_0000 + o.destinationPort;
    own[4] = o.sequenceNumber;
    own[5] = o.acknowledgmentNumber;
    own[6] = o.flags * 0x1_0000 + o.window;
    own[7] = o.transportView.getUint16(o.transportAt + 14);
  }

  #isSame(place: number): boolean {
    const start = place * WORDS;
    for (let word = 0; word < WORDS; word++) if (this.#latest[start + word] !== this.#own[word]) return false;
    return true;
  }
}
