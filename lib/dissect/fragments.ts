/**
 * Fragments of IP datagrams, kept until their datagram is whole (RFC 791, section 3.2; RFC 8200, section 4.5).
 *
 * Where fragments overlap, the one with the lower offset counts, and among equals the one that came first: Wireshark
 * puts them together like that.
 */

/** Datagrams that wait at most; the oldest gives way. Enough for any real capture, and little enough for a hostile one. */
const MOST_DATAGRAMS = 256;
/** Bytes that wait at most, in all datagrams together. */
const MOST_BYTES = 16 << 20;
const LARGEST_DATAGRAM = 65_535;
/** No datagram has more: all but the last of its fragments hold a multiple of eight bytes. Further ones are copies. */
const MOST_FRAGMENTS = 8192;

interface Fragment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Datagram {
  /** In order of their offsets. */
  readonly fragments: Fragment[];
  bytes: number;
  /** Known once the last fragment is there. */
  length: number | undefined;
  /** What the first fragment says is in it. */
  protocol: number;
}

export class FragmentStore {
  readonly #waiting = new Map<string, Datagram>();
  #bytes = 0;
  /** The protocol that the datagram completed last carries, by its first fragment; IPv6 needs it. */
  protocol = 0;
  /** How many fragments all datagrams had that were completed. */
  used = 0;

  /**
   * Adds one fragment, whose bytes are copied.
   *
   * @param key what identifies the datagram
   * @param offset of the fragment in the datagram, in bytes
   * @param hasMore whether it is not the last one
   * @param protocol what this fragment's header says is in it
   * @returns the payload of the datagram, if this fragment makes it whole
   */
  add(key: string, offset: number, hasMore: boolean, bytes: Uint8Array, protocol: number = 0): Uint8Array | undefined {
    if (offset + bytes.length > LARGEST_DATAGRAM) return undefined;
    const datagram = this.#waiting.get(key) ?? this.#open(key);
    if (datagram.fragments.length >= MOST_FRAGMENTS) return undefined;
    datagram.bytes += bytes.length;
    this.#bytes += bytes.length;
    insert(datagram.fragments, { offset, bytes: bytes.slice() });
    if (offset === 0) datagram.protocol = protocol;
    if (!hasMore) datagram.length ??= offset + bytes.length;
    this.#makeRoom(datagram);
    const whole = assemble(datagram);
    if (whole === undefined) return undefined;
    this.#forget(key, datagram);
    this.protocol = datagram.protocol;
    this.used += datagram.fragments.length;
    return whole;
  }

  #open(key: string): Datagram {
    const datagram: Datagram = { fragments: [], bytes: 0, length: undefined, protocol: 0 };
    this.#waiting.set(key, datagram);
    return datagram;
  }

  #forget(key: string, datagram: Datagram): void {
    this.#waiting.delete(key);
    this.#bytes -= datagram.bytes;
  }

  #makeRoom(latest: Datagram): void {
    for (const [key, datagram] of this.#waiting) {
      if (this.#waiting.size <= MOST_DATAGRAMS && this.#bytes <= MOST_BYTES) return;
      this.#forget(key, datagram);
      if (datagram === latest) return;
    }
  }
}

function insert(fragments: Fragment[], fragment: Fragment): void {
  let low = 0;
  let high = fragments.length;
  // Usually it is the last one.
  if (high > 0 && fragments[high - 1]!.offset <= fragment.offset) low = high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fragments[middle]!.offset > fragment.offset) high = middle;
    else low = middle + 1;
  }
  fragments.splice(low, 0, fragment);
}

/** The bytes of the datagram, if there is no gap up to its end. */
function assemble({ fragments, length, bytes: known }: Datagram): Uint8Array | undefined {
  // Asked after each fragment, so not all of them are looked at while there are too few bytes.
  if (length === undefined || known < length) return undefined;
  let end = 0;
  for (const { offset, bytes } of fragments) {
    if (offset > end) return undefined;
    end = Math.max(end, offset + bytes.length);
  }
  if (end < length) return undefined;
  const whole = new Uint8Array(length);
  end = 0;
  for (const { offset, bytes } of fragments) {
    const known = Math.max(0, end - offset);
    const piece = bytes.subarray(known, Math.max(known, length - offset));
    if (piece.length > 0) whole.set(piece, offset + known);
    end = Math.max(end, offset + bytes.length);
  }
  return whole;
}
