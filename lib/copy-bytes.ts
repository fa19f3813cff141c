/** Copying of short pieces between large arrays: sooner done than `set`, which needs a view of the piece first. */

/** From about here on the call of `set` is worth its price. */
const SHORT = 80;

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
