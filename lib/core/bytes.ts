/** Copying of short pieces between large arrays: sooner done than `set`, which needs a view of the piece first. */

import { foldShortSum, sumBytes, swapHalves } from "./checksum.ts";

/** From about here on the call of `set` is worth its price. */
const SHORT = 80;
/** The same where the bytes are added up on the way. */
const SHORT_TO_SUM = 200;

/** Bytes and a view of them, with the same offsets. */
export interface ViewedBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function withView(bytes: Uint8Array): ViewedBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** Copies the bytes from `start` to `end` to where `offset` is in `to`, which is another array. */
export function copyBytes(from: ViewedBytes, start: number, end: number, to: ViewedBytes, offset: number): void {
  const { bytes: source, view } = from;
  if (end - start > SHORT) return to.bytes.set(source.subarray(start, end), offset);
  const target = to.view;
  let at = start;
  let i = offset;
  for (const last = end - 4; at <= last; at += 4, i += 4) target.setInt32(i, view.getInt32(at, true), true);
  for (; at < end; at++, i++) to.bytes[i] = source[at]!;
}

/** Remembers the view of an array that is asked for many times in a row. */
export class LatestView {
  #latest = withView(new Uint8Array(0));

  of(bytes: Uint8Array): ViewedBytes {
    if (bytes !== this.#latest.bytes) this.#latest = withView(bytes);
    return this.#latest;
  }
}

/**
 * Copies as `copyBytes`, and adds up what is copied: short pieces are read once for both.
 *
 * @returns the sum as `sumBytes` gives it
 */
export function copyAndSum(from: ViewedBytes, start: number, end: number, to: ViewedBytes, offset: number): number {
  const { bytes: source, view } = from;
  if (end - start > SHORT_TO_SUM) {
    to.bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), offset);
    return sumBytes(view, start, end);
  }
  const target = to.view;
  let at = start;
  let i = offset;
  let sum = 0;
  for (const last = end - 8; at <= last; at += 8, i += 8) {
    const first = view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    target.setInt32(i, first, true);
    target.setInt32(i + 4, second, true);
    sum = (sum + (first & 0xffff) + (first >>> 16) + ((second & 0xffff) + (second >>> 16))) | 0;
  }
  // Little-endian halves, of which the last may be one byte long.
  for (; at < end; at += 2, i += 2) {
    const isWhole = at + 1 < end;
    const half = isWhole ? view.getUint16(at, true) : source[at]!;
    if (isWhole) target.setUint16(i, half, true);
    else to.bytes[i] = half;
    sum = (sum + half) | 0;
  }
  return swapHalves(foldShortSum(sum));
}
