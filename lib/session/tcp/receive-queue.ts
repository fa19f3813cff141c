/** What has come: bytes in order that the application has yet to read, and islands behind gaps (RFC 9293, section 3.10.7.4). */
import type { EndpointWorld } from "./endpoint-world.ts";

/** Islands that an acknowledgement can speak of: the option has room for no more (RFC 2018, section 3). */
const MOST_BLOCKS = 4;

const NOTHING = new Uint8Array(0);

/** Bytes that came in one segment, or what of them was new. */
class Piece {
  data: Uint8Array = NOTHING;
  /** What to add to a sequence number for a place in the memory. */
  shift = 0;
  sequence = 0;
  end = 0;
  next: Piece | undefined = undefined;
}

/** Bytes without a gap, behind one. */
class Island {
  left: number;
  right: number;
  first: Piece;
  last: Piece;

  constructor(piece: Piece) {
    this.left = piece.sequence;
    this.right = piece.end;
    this.first = this.last = piece;
  }
}

export class ReceiveQueue {
  /** Bytes in order that wait for the application. */
  unread = 0;
  /** Of the part of the last segment that was there already; equal where there was none. */
  duplicateLeft = 0;
  duplicateRight = 0;
  #firstUnread: Piece | undefined = undefined;
  #lastUnread: Piece | undefined = undefined;
  /** In order of their numbers. */
  readonly #islands: Island[] = [];
  /** Those that segments came for last, the latest first: the order in which they are told (RFC 2018, section 4). */
  readonly #recent: Island[] = [];
  #spare: Piece | undefined = undefined;

  /** Whether something lies behind a gap. */
  get hasIslands(): boolean {
    return this.#islands.length > 0;
  }

  /** Takes bytes that follow what has come. @returns the number behind all that is in order now */
  append(sequence: number, data: Uint8Array, start: number, length: number): number {
    const piece = this.#piece(sequence, data, start - sequence, sequence + length);
    this.#chain(piece, piece);
    this.unread += length;
    return this.#islands.length === 0 ? piece.end : this.#join(piece.end);
  }

  /** Islands that the bytes in order have reached are in order too. What they hold twice is a duplicate. */
  #join(reached: number): number {
    let next = reached;
    while (this.#islands.length > 0 && this.#islands[0]!.left <= next) {
      const island = this.#islands.shift()!;
      this.#forget(island);
      if (island.left < next) this.noteDuplicate(island.left, Math.min(next, island.right));
      if (island.right <= next) {
        this.#release(island.first);
        continue;
      }
      const first = this.#cut(island, next);
      this.#chain(first, island.last);
      this.unread += island.right - next;
      next = island.right;
    }
    return next;
  }

  /** The piece of an island from which on it is new. */
  #cut(island: Island, sequence: number): Piece {
    let piece = island.first;
    while (piece.end <= sequence) {
      const next = piece.next!;
      this.#free(piece);
      piece = next;
    }
    if (piece.sequence < sequence) piece.sequence = sequence;
    return piece;
  }

  /** Takes bytes that lie behind a gap. */
  insert(sequence: number, data: Uint8Array, start: number, length: number): void {
    const islands = this.#islands;
    const shift = start - sequence;
    const end = sequence + length;
    // The first island that is touched: mostly the last one.
    let at = islands.length;
    while (at > 0 && islands[at - 1]!.right >= sequence) at--;
    let island = islands[at];
    if (island === undefined || island.left > end) {
      island = new Island(this.#piece(sequence, data, shift, end));
      islands.splice(at, 0, island);
    } else {
      this.noteDuplicate(Math.max(sequence, island.left), Math.min(end, island.right));
      if (sequence < island.left) this.#prepend(island, this.#piece(sequence, data, shift, island.left));
      while (end > island.right) this.#grow(at, data, shift, end);
    }
    this.#touch(island);
  }

  #prepend(island: Island, piece: Piece): void {
    piece.next = island.first;
    island.first = piece;
    island.left = piece.sequence;
  }

  /** Lets an island grow up to `end`, or to the next island, which becomes part of it. */
  #grow(at: number, data: Uint8Array, shift: number, end: number): void {
    const island = this.#islands[at]!;
    const next = this.#islands[at + 1];
    const isReached = next !== undefined && next.left <= end;
    const to = isReached ? next.left : end;
    const piece = this.#piece(island.right, data, shift, to);
    island.last.next = piece;
    island.last = piece;
    island.right = to;
    if (!isReached) return;
    this.noteDuplicate(next.left, Math.min(end, next.right));
    island.last.next = next.first;
    island.last = next.last;
    island.right = next.right;
    this.#islands.splice(at + 1, 1);
    this.#forget(next);
  }

  /** Remembers the lowest part that came twice: the option speaks of one (RFC 2883, section 4). */
  noteDuplicate(left: number, right: number): void {
    if (left >= right || this.duplicateRight > this.duplicateLeft) return;
    this.duplicateLeft = left;
    this.duplicateRight = right;
  }

  #touch(island: Island): void {
    if (this.#recent[0] === island) return;
    this.#forget(island);
    this.#recent.unshift(island);
    if (this.#recent.length > MOST_BLOCKS) this.#recent.pop();
  }

  #forget(island: Island): void {
    const at = this.#recent.indexOf(island);
    if (at >= 0) this.#recent.splice(at, 1);
  }

  /**
   * The blocks of a selective acknowledgement: first what came twice, which is told once (RFC 2883), then the islands.
   * @param most blocks that there is room for, 1 or more
   */
  takeBlocks(most: number): number[] {
    const blocks: number[] = [];
    if (this.duplicateRight > this.duplicateLeft) {
      blocks.push(this.duplicateLeft, this.duplicateRight);
      this.duplicateLeft = this.duplicateRight = 0;
    }
    for (let at = 0; at < this.#recent.length && blocks.length < 2 * most; at++) {
      const island = this.#recent[at]!;
      blocks.push(island.left, island.right);
    }
    return blocks;
  }

  /** Whether there is anything that blocks could tell. */
  get hasBlocks(): boolean {
    return this.#recent.length > 0 || this.duplicateRight > this.duplicateLeft;
  }

  /** Hands up to so many bytes to the application, in the pieces that they came in. */
  read(most: number, world: EndpointWorld): void {
    let left = most;
    while (left > 0 && this.#firstUnread !== undefined) {
      const piece = this.#firstUnread;
      const { data, shift, sequence } = piece;
      const end = Math.min(piece.end, sequence + left);
      left -= end - sequence;
      this.unread -= end - sequence;
      if (end === piece.end) {
        this.#firstUnread = piece.next;
        this.#free(piece);
      } else piece.sequence = end;
      world.deliver(data, sequence + shift, end + shift);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.unread = 0;
    this.duplicateLeft = this.duplicateRight = 0;
    this.#firstUnread = this.#lastUnread = this.#spare = undefined;
    this.#islands.length = this.#recent.length = 0;
  }

  #chain(first: Piece, last: Piece): void {
    if (this.#firstUnread === undefined) this.#firstUnread = first;
    else this.#lastUnread!.next = first;
    this.#lastUnread = last;
  }

  #piece(sequence: number, data: Uint8Array, shift: number, end: number): Piece {
    const piece = this.#spare ?? new Piece();
    this.#spare = piece.next;
    piece.next = undefined;
    piece.data = data;
    piece.shift = shift;
    piece.sequence = sequence;
    piece.end = end;
    return piece;
  }

  #free(piece: Piece): void {
    piece.data = NOTHING;
    piece.next = this.#spare;
    this.#spare = piece;
  }

  #release(first: Piece): void {
    let piece: Piece | undefined = first;
    while (piece !== undefined) {
      const next: Piece | undefined = piece.next;
      this.#free(piece);
      piece = next;
    }
  }
}
