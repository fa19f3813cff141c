/**
 * What the sequence numbers of a list count from. Wireshark shows them relative: a SYN has 0, and where there was none, the
 * first segment of each side has 1. People also write those of the header, or have the numbers of one side alone.
 */
import { addSequence, sequenceDifference } from "../../core/sequence.ts";
import type { ListRow, RowSegment } from "../../csv/packet-list/list-rows.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { ListStream, StreamSide } from "./list-stream.ts";
import { senderOf } from "./stream-finder.ts";

const { SYN, ACK } = TcpFlag;

/** Rows between the same addresses that are looked through for the first numbers of both sides. */
const MOST_ROWS = 64;
/** What Wireshark begins with where it has seen no SYN: that would have had 0. */
const FIRST_BYTE = 1;

/**
 * Settles from the first rows of a connection what its numbers count from. They are relative where the first number that is
 * told of each side is the one that Wireshark begins with, be it by the side's own row or by an acknowledgement. Else they
 * are those of the header, and a side of which no row tells a number gets a drawn initial one.
 *
 * @param sender whose the first row is
 */
export function settleNumbers(stream: ListStream, first: ListRow, sender: StreamSide): void {
  const beginnings = new Beginnings();
  beginnings.add(sender, first.content.segment);
  let { next } = first;
  for (let count = 0; next !== undefined && count < MOST_ROWS && !beginnings.areKnown; count++, next = next.next) {
    const from = senderOf(next.content, sender);
    if (from !== undefined && !beginnings.add(from, next.content.segment)) break;
  }
  stream.isRelative = beginnings.areThoseOfWireshark;
  for (const side of stream.sides) side.isRelative = stream.isRelative || !beginnings.isKnown(side);
}

/** Where numbers are those of the header, one that is told only long after the first rows is, too. */
export function heedNumbers(stream: ListStream, sender: StreamSide, segment: RowSegment | undefined): void {
  if (stream.isRelative || segment === undefined) return;
  const { flags = ACK, sequence, acknowledgment } = segment;
  if (sequence !== undefined) sender.isRelative = false;
  if ((flags & ACK) !== 0 && acknowledgment !== undefined) sender.peer.isRelative = false;
}

/** The first number that is told of each side: whether Wireshark would begin with it. */
class Beginnings {
  readonly #sides = new Map<StreamSide, boolean>();
  readonly #syns = new Map<StreamSide, number>();

  /** @returns false for a segment that begins another connection: a SYN that is sent again has the same number */
  add(sender: StreamSide, segment: RowSegment | undefined): boolean {
    if (segment === undefined) return true;
    const { flags = ACK, sequence, acknowledgment, areNumbersRaw } = segment;
    const isSyn = (flags & SYN) !== 0;
    if (sequence !== undefined) {
      if (isSyn && (this.#syns.get(sender) ?? (this.isKnown(sender) ? undefined : sequence)) !== sequence) return false;
      if (isSyn) this.#syns.set(sender, sequence);
      this.#note(sender, !areNumbersRaw && sequence === (isSyn ? 0 : FIRST_BYTE));
    }
    if ((flags & ACK) !== 0 && acknowledgment !== undefined) {
      this.#note(sender.peer, !areNumbersRaw && acknowledgment === FIRST_BYTE);
    }
    return true;
  }

  #note(side: StreamSide, isThatOfWireshark: boolean): void {
    if (!this.#sides.has(side)) this.#sides.set(side, isThatOfWireshark);
  }

  isKnown(side: StreamSide): boolean {
    return this.#sides.has(side);
  }

  get areKnown(): boolean {
    return this.#sides.size === 2;
  }

  get areThoseOfWireshark(): boolean {
    return [...this.#sides.values()].every((isOne) => isOne);
  }
}

/**
 * Whether the rows behind a SYN go on with the numbers from before it: then it is an old one that comes late, and opens no
 * other connection. For relative numbers, in which all SYNs have the same.
 */
export function goesOn(row: ListRow, sender: StreamSide): boolean {
  let { next } = row;
  for (let count = 0; next !== undefined && count < MOST_ROWS; count++, next = next.next) {
    const from = senderOf(next.content, sender);
    const { segment } = next.content;
    if (from === undefined || segment === undefined || ((segment.flags ?? ACK) & SYN) !== 0) continue;
    const { sequence, acknowledgment, flags = ACK } = segment;
    const told = [
      [sequence, from.next],
      [(flags & ACK) === 0 ? undefined : acknowledgment, from.peer.next],
    ] as const;
    for (const [number, before] of told) {
      if (number === undefined || before === undefined || before === FIRST_BYTE) continue;
      return distance(number, before) <= distance(number, FIRST_BYTE);
    }
  }
  return true;
}

/**
 * The acknowledgment number of a row that tells the one number as it stands in the header, and the other one relative.
 *
 * @returns undefined where there is none, or nothing tells how far one kind is ahead of the other
 */
export function convertedAcknowledgment(row: ListRow, sender: StreamSide): number | undefined {
  const { segment } = row.content;
  const number = segment?.otherAcknowledgment;
  if (segment === undefined || number === undefined || ((segment.flags ?? ACK) & ACK) === 0) return undefined;
  const { peer } = sender;
  if (!segment.areNumbersRaw) peer.ahead ??= addSequence(number, -(peer.next ?? FIRST_BYTE));
  else peer.ahead ??= peer.zeroAt ?? initialNumberBehind(row, peer);
  if (peer.ahead === undefined) return undefined;
  return addSequence(number, segment.areNumbersRaw ? peer.ahead : -peer.ahead);
}

/** From the first number that a side's rows tell. */
function initialNumberBehind(row: ListRow, side: StreamSide): number | undefined {
  let { next } = row;
  for (let count = 0; next !== undefined && count < MOST_ROWS; count++, next = next.next) {
    const { flags = ACK, sequence } = next.content.segment ?? {};
    if (sequence === undefined || senderOf(next.content, side) !== side) continue;
    return addSequence(sequence, (flags & SYN) === 0 ? -FIRST_BYTE : 0);
  }
  return undefined;
}

function distance(one: number, other: number): number {
  return Math.abs(sequenceDifference(one, other));
}
