/**
 * Notices bytes of a TCP stream that come twice, and not the same ones: a sender that goes by the rules never does that, and
 * who reads the stream cannot know which of them its receiver took.
 *
 * While a direction is in order, only a fingerprint of each segment is kept, which tells whether the same segment came again
 * with other bytes. From a gap on until it is filled, the bytes themselves are kept, and every overlap is compared.
 */

import { foldSum, sumBytes } from "../core/checksum.ts";
import { sequenceDifference } from "../core/sequence.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { ChecksumStatus } from "../headers/layer.ts";

/** Bytes of payload that are kept, of all streams together. What is older is not compared. */
const MEMORY = 1 << 20;
/** Segments that are remembered; each that comes again is compared with all of them. */
const SEGMENTS = 1024;
const NOT_KEPT = -1;
const NO_FINGERPRINT = -1;
const ALL_ONES = 0xffff;

export class OverlapDetector {
  #bytes: Uint8Array | undefined;
  /** Bytes kept so far, gaps at the end of the memory included; where they stand is what is left modulo its size. */
  #position = 0;
  /** Of each segment: the direction of the stream, the first number, bytes, fingerprint, and the position of its bytes. */
  readonly #directions = new Int32Array(SEGMENTS).fill(-1);
  readonly #sequences = new Uint32Array(SEGMENTS);
  readonly #lengths = new Uint32Array(SEGMENTS);
  readonly #fingerprints = new Int32Array(SEGMENTS);
  readonly #positions = new Float64Array(SEGMENTS);
  #next = 0;

  /**
   * Remembers a segment with payload.
   *
   * @param direction a number that no other direction of any stream has
   * @param sequence of the first byte of payload
   * @param isAgain whether numbers of the segment were seen before: only then is it compared
   * @param isInOrder whether nothing is missing before the segment
   * @returns whether some of it came before with other bytes
   */
  add(o: PacketOutline, direction: number, sequence: number, isAgain: boolean, isInOrder: boolean): boolean {
    const fingerprint = fingerprintOf(o);
    const isConflict = isAgain && this.#isConflict(o, direction, sequence, fingerprint);
    const slot = this.#next;
    this.#directions[slot] = direction;
    this.#sequences[slot] = sequence;
    this.#lengths[slot] = o.payloadLength;
    this.#fingerprints[slot] = fingerprint;
    this.#positions[slot] = isAgain || !isInOrder ? this.#keep(o) : NOT_KEPT;
    this.#next = (slot + 1) % SEGMENTS;
    return isConflict;
  }

  #isConflict(o: PacketOutline, direction: number, sequence: number, fingerprint: number): boolean {
    for (let slot = 0; slot < SEGMENTS; slot++) {
      if (this.#directions[slot] !== direction) continue;
      const position = this.#positions[slot]!;
      const distance = sequenceDifference(sequence, this.#sequences[slot]!);
      if (position !== NOT_KEPT && this.#position - position <= MEMORY) {
        if (this.#differs(o, slot, distance)) return true;
      } else if (distance === 0 && this.#lengths[slot] === o.payloadLength) {
        const other = this.#fingerprints[slot]!;
        if (fingerprint !== other && fingerprint !== NO_FINGERPRINT && other !== NO_FINGERPRINT) return true;
      }
    }
    return false;
  }

  /** @param distance where the segment begins in the remembered one; negative where it begins before it */
  #differs({ transportBytes, payloadAt, payloadEnd }: PacketOutline, slot: number, distance: number): boolean {
    const theirs = Math.max(0, distance);
    const ours = Math.max(0, -distance);
    const common = Math.min(this.#lengths[slot]! - theirs, payloadEnd - payloadAt - ours);
    const at = (this.#positions[slot]! % MEMORY) + theirs;
    for (let index = 0; index < common; index++) {
      if (transportBytes[payloadAt + ours + index] !== this.#bytes![at + index]) return true;
    }
    return false;
  }

  /** @returns the position of the payload, or `NOT_KEPT` where not all of it was captured */
  #keep({ transportBytes, payloadAt, payloadEnd, payloadLength }: PacketOutline): number {
    if (payloadEnd - payloadAt !== payloadLength || payloadLength > MEMORY) return NOT_KEPT;
    this.#bytes ??= new Uint8Array(MEMORY);
    // No segment is cut in two at the end of the memory.
    const left = MEMORY - (this.#position % MEMORY);
    if (left < payloadLength) this.#position += left;
    const position = this.#position;
    this.#bytes.set(transportBytes.subarray(payloadAt, payloadEnd), position % MEMORY);
    this.#position += payloadLength;
    return position;
  }
}

/**
 * The sum of the payload as it follows from that of the header: the checksum makes both together a constant, but for the
 * addresses, which are those of the direction. What is equal has the same; what is not has another one, as a rule.
 */
function fingerprintOf({
  transportView,
  transportAt,
  headerLength,
  transportLength,
  tcpChecksum,
}: PacketOutline): number {
  if (tcpChecksum !== ChecksumStatus.GOOD) return NO_FINGERPRINT;
  const sum = foldSum(sumBytes(transportView, transportAt, transportAt + headerLength, transportLength));
  return sum === ALL_ONES ? 0 : sum;
}
