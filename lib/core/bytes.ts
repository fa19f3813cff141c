/** Arrays of bytes with views of them, and copying between them. */

/** From about here on, `set` is faster than a loop: it needs an object for the piece first. */
const SHORT = 80;

/** Bytes and a view of them, with the same offsets. */
export interface ViewedBytes {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** A view of `bytes`, with the same offsets. */
  readonly view: DataView;
}

export function withView(bytes: Uint8Array): ViewedBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/**
 * Remembers the view of an array that is asked for many times in a row. The price is that this array cannot be collected
 * before another one comes along.
 */
export class LatestView {
  #latest = withView(new Uint8Array(0));

  of(bytes: Uint8Array): ViewedBytes {
    const latest = this.#latest;
    // The length of an array over a resizable buffer can change; that of its view does not follow.
    if (bytes !== latest.bytes || bytes.length !== latest.view.byteLength) this.#latest = withView(bytes);
    return this.#latest;
  }
}

/**
 * Kept by the module and not by a caller: all headers of a frame, and usually thousands of frames, are in one array, and
 * encoders and decoders are handed no more than that. No answer depends on what is kept.
 */
const latestView = new LatestView();

/** A view of `bytes`, with the same offsets. Free of cost when the same object is asked for again and again. */
export function viewOf(bytes: Uint8Array): DataView {
  return latestView.of(bytes).view;
}

/** Copies the bytes, mostly a short piece of a large array, from `start` to `end` to where `offset` is in `to`, which is another array. */
export function copyBytes(from: ViewedBytes, start: number, end: number, to: ViewedBytes, offset: number): void {
  const { bytes: source, view } = from;
  if (end - start > SHORT) return to.bytes.set(source.subarray(start, end), offset);
  const target = to.view;
  let at = start;
  let i = offset;
  for (const last = end - 4; at <= last; at += 4, i += 4) target.setInt32(i, view.getInt32(at, true), true);
  for (; at < end; at++, i++) to.bytes[i] = source[at]!;
}

/** Pieces of `length` bytes, the last of them shorter, as a file gives them. They share memory with the whole. */
export async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** @param length bytes of all pieces together */
export function concatBytes(pieces: readonly Uint8Array[], length: number = totalLength(pieces)): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function totalLength(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
