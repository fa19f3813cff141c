/**
 * One direction of a TCP connection, put back in order (RFC 9293, section 3.10.7.4).
 *
 * Where segments overlap, the bytes that came first in the capture count, and what comes later for the same place is
 * left out: as a receiver does, which has handed the first ones to its application already. Of bytes that came out of order,
 * other receivers take the later ones, and so does Wireshark where the later segment is larger; `OverlapDetector` finds
 * where it matters, because the copies differ. Bytes that are missing become a gap, as soon as the receiver has acknowledged them, or too much waits behind them, or the stream ends.
 */
import {
  addSequence,
  isAfter,
  isBefore,
  laterSequence,
  type SequenceNumber,
  sequenceDifference,
} from "../core/sequence.ts";

/** Bytes that may wait behind a gap. More than any usual window. */
const MOST_WAITING_BYTES = 8 << 20;
const MOST_WAITING_SEGMENTS = 4096;

/** Where a direction of a stream goes. Positions count its bytes from 0; a FIN and a SYN are no bytes. */
export interface StreamSink {
  /**
   * @param bytes the next bytes of the stream; the memory is reused after the call
   * @param frame number of the frame that brought them
   * @param endsWithPush whether they end where a segment with PSH ends
   */
  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void;
  gap(position: number, length: number): void;
  /** The sender's FIN: nothing more comes, and all that it sent before has been told. */
  fin?(): void;
}

interface WaitingSegment {
  readonly sequence: SequenceNumber;
  readonly bytes: Uint8Array;
  readonly frame: number;
  readonly hasPush: boolean;
}

export class DirectionReassembler {
  readonly #sink: StreamSink;
  /** Sequence number of the next byte; undefined before the first segment. */
  #next: SequenceNumber | undefined = undefined;
  #position = 0;
  /** Behind the last byte that any segment had on the wire: not all of them need have been captured. */
  #end: SequenceNumber = 0;
  /** Where the sender's first FIN stands, until everything before it has been told. */
  #fin: SequenceNumber | undefined = undefined;
  /** In order, not overlapping, all behind a gap. */
  readonly #waiting: WaitingSegment[] = [];
  #waitingBytes = 0;

  constructor(sink: StreamSink) {
    this.#sink = sink;
  }

  /** A SYN with this sequence number: the next byte is the stream's first. */
  open(sequence: SequenceNumber): void {
    if (this.#next === undefined) this.#begin(addSequence(sequence, 1));
  }

  /**
   * A segment's payload.
   *
   * @param bytes as much of it as was captured; copied where it has to wait
   * @param length bytes of it on the wire
   */
  push(sequence: SequenceNumber, bytes: Uint8Array, length: number, frame: number, hasPush: boolean): void {
    const next = this.#next ?? this.#begin(sequence);
    const late = sequenceDifference(next, sequence);
    // What carries nothing can stand behind a FIN, which takes a number and is no byte.
    if (length === 0 || late >= length) return;
    this.#end = laterSequence(this.#end, addSequence(sequence, length));
    const endsWithPush = hasPush && bytes.length >= length;
    if (late < 0) this.#wait(sequence, bytes, frame, endsWithPush);
    else this.#goOn(late === 0 ? bytes : bytes.subarray(Math.min(late, bytes.length)), frame, endsWithPush);
    while (this.#waitingBytes > MOST_WAITING_BYTES || this.#waiting.length > MOST_WAITING_SEGMENTS) this.#skipGap();
    this.#tellFin();
  }

  /** Whether a segment that begins here comes next, so that its bytes could be told at once. */
  isNext(sequence: SequenceNumber): boolean {
    return this.#next === sequence && this.#waiting.length === 0;
  }

  /** The number of the next byte; undefined where bytes or a FIN wait, or nothing has come. */
  get idleAt(): SequenceNumber | undefined {
    return this.#waiting.length === 0 && this.#fin === undefined && this.#end === this.#next ? this.#next : undefined;
  }

  /** Goes past the bytes of a segment that comes next, without telling them. */
  pass(length: number): void {
    this.#position += length;
    this.#next = addSequence(this.#next!, length);
    this.#end = laterSequence(this.#end, this.#next);
    this.#tellFin();
  }

  /** A FIN that takes this sequence number, behind the payload of its segment. To be called after `push`. */
  close(sequence: SequenceNumber): void {
    const next = this.#next ?? this.#begin(sequence);
    this.#fin ??= sequence;
    // What stands before it was sent, even where the capture has nothing of it; a number that is far away is not believed.
    if (sequenceDifference(sequence, next) <= MOST_WAITING_BYTES) this.#end = laterSequence(this.#end, sequence);
    this.#tellFin();
  }

  /** The other side has received everything up to this number: what is missing before it will not come any more. */
  acknowledge(acknowledgment: SequenceNumber): void {
    while (this.#waiting.length > 0 && isAfter(acknowledgment, this.#waiting[0]!.sequence)) this.#skipGap();
    // What the capture cut off of the last segment is lost too; numbers beyond all segments are not believed.
    if (this.#waiting.length === 0) this.#skipTo(isAfter(acknowledgment, this.#end) ? this.#end : acknowledgment);
    this.#tellFin();
  }

  /** The stream has ended: everything that waits is delivered, with gaps. */
  finish(): void {
    while (this.#waiting.length > 0) this.#skipGap();
    this.#skipTo(this.#end);
    this.#tellFin();
  }

  #tellFin(): void {
    if (this.#fin === undefined || this.#fin !== this.#next) return;
    this.#fin = undefined;
    this.#sink.fin?.();
  }

  #begin(sequence: SequenceNumber): SequenceNumber {
    this.#next = sequence;
    this.#end = sequence;
    return sequence;
  }

  /** Takes bytes that begin where the stream has got to. */
  #goOn(bytes: Uint8Array, frame: number, endsWithPush: boolean): void {
    const next = this.#next!;
    const first = this.#waiting[0];
    // Bytes that wait came first: only what is between them is new.
    if (first !== undefined && isAfter(addSequence(next, bytes.length), first.sequence)) {
      this.#wait(next, bytes, frame, endsWithPush);
    } else this.#deliver(bytes, frame, endsWithPush);
    this.#deliverWaiting();
  }

  #deliver(bytes: Uint8Array, frame: number, endsWithPush: boolean): void {
    if (bytes.length === 0) return;
    this.#sink.data(bytes, this.#position, frame, endsWithPush);
    this.#position += bytes.length;
    this.#next = addSequence(this.#next!, bytes.length);
  }

  #deliverWaiting(): void {
    let first = this.#waiting[0];
    while (first !== undefined && !isAfter(first.sequence, this.#next!)) {
      this.#waiting.shift();
      this.#waitingBytes -= first.bytes.length;
      const known = sequenceDifference(this.#next!, first.sequence);
      if (known < first.bytes.length) this.#deliver(first.bytes.subarray(known), first.frame, first.hasPush);
      first = this.#waiting[0];
    }
  }

  #skipGap(): void {
    const first = this.#waiting[0];
    if (first === undefined) return;
    this.#skipTo(first.sequence);
    this.#deliverWaiting();
  }

  #skipTo(sequence: SequenceNumber): void {
    if (this.#next === undefined || !isAfter(sequence, this.#next)) return;
    const missing = sequenceDifference(sequence, this.#next);
    this.#sink.gap(this.#position, missing);
    this.#position += missing;
    this.#next = sequence;
  }

  /** Puts what is new of a segment among those that wait. */
  #wait(sequence: SequenceNumber, bytes: Uint8Array, frame: number, hasPush: boolean): void {
    let from = sequence;
    const end = addSequence(sequence, bytes.length);
    let index = this.#firstEndingAfter(from);
    while (isBefore(from, end)) {
      const other = this.#waiting[index];
      const gapEnd = other === undefined || isAfter(other.sequence, end) ? end : other.sequence;
      if (isBefore(from, gapEnd)) {
        const start = sequenceDifference(from, sequence);
        const piece = bytes.slice(start, start + sequenceDifference(gapEnd, from));
        this.#waiting.splice(index, 0, { sequence: from, bytes: piece, frame, hasPush: hasPush && gapEnd === end });
        this.#waitingBytes += piece.length;
        index++;
      }
      if (other === undefined) return;
      from = endOf(other);
      index++;
    }
  }

  /** Index of the first waiting segment that ends behind this number; usually there is none. */
  #firstEndingAfter(sequence: SequenceNumber): number {
    let low = 0;
    let high = this.#waiting.length;
    const last = this.#waiting[high - 1];
    if (last === undefined || !isAfter(endOf(last), sequence)) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAfter(endOf(this.#waiting[middle]!), sequence)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function endOf({ sequence, bytes }: WaitingSegment): SequenceNumber {
  return addSequence(sequence, bytes.length);
}
