/**
 * Segments that no TCP would send, but that all concern what a tracker keeps: numbers at and beside the next one expected,
 * the last acknowledgment, the edge of the window; few lengths, few windows, every combination of flags. An honest
 * simulation rarely gets there.
 */
import { addSequence, type SequenceNumber } from "../../../lib/core/sequence.ts";
import type { TcpOption } from "../../../lib/headers/tcp.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import type { Chance } from "./chance.ts";
import type { Segment } from "./packetdrill-script.ts";

interface Side {
  /** Behind the highest byte sent. */
  next: SequenceNumber;
  /** What the last segment said. */
  sequence: SequenceNumber;
  acknowledgment: SequenceNumber;
  window: number;
  length: number;
}

/** Microseconds between two segments: on each side of 3 ms, of 20 ms and of the round trip below. */
const WAITS = [1, 10, 100, 500, 900, 1000, 1100, 2900, 3000, 3100, 9_000, 19_000, 20_000, 21_000, 200_000, 1_200_000];
const LENGTHS = [0, 0, 0, 0, 1, 1, 2, 10, 100, 100, 100, 1460];
const WINDOWS = [0, 0, 1, 50, 100, 100, 100, 200, 512, 1560, 65_535];

/** One connection of so many segments, its beginning perhaps missing. */
export function wildSegments(chance: Chance, count: number, startTime: number): Segment[] {
  const sides = [newSide(chance), newSide(chance)] as const;
  const segments: Segment[] = [];
  let time = startTime;
  const add = (isClient: boolean, segment: Omit<Segment, "time" | "isClient">) => {
    segments.push({ time, isClient, ...segment });
    note(sides[isClient ? 0 : 1], segment);
    time += chance.of(WAITS);
  };
  for (const opening of handshake(chance, sides)) add(opening.isClient, opening);
  let isClient = true;
  while (segments.length < count) {
    if (chance.perMille(400)) isClient = !isClient;
    const [own, other] = isClient ? sides : ([sides[1], sides[0]] as const);
    add(isClient, wildSegment(chance, own, other));
  }
  return segments;
}

function newSide(chance: Chance): Side {
  const first = chance.of([0, 1, 1000, 0xffff_ff00, 0xffff_ffff, chance.sequenceNumber(), chance.sequenceNumber()]);
  return { next: first, sequence: first, acknowledgment: 0, window: 0, length: 0 };
}

function note(side: Side, segment: Omit<Segment, "time" | "isClient">): void {
  const phantom = (segment.flags & (TcpFlag.SYN | TcpFlag.FIN)) !== 0 ? 1 : 0;
  const end = addSequence(segment.sequence, segment.length + phantom);
  if (((end - side.next) | 0) > 0) side.next = end;
  side.sequence = segment.sequence;
  side.acknowledgment = segment.acknowledgment;
  side.window = segment.window;
  side.length = segment.length;
}

function handshake(chance: Chance, [client, server]: readonly [Side, Side]) {
  if (chance.perMille(300)) return [];
  const options = () => scaling(chance);
  const nothing = { length: 0, urgentPointer: 0, window: chance.of(WINDOWS) };
  const syn = { ...nothing, isClient: true, sequence: client.next, acknowledgment: 0, flags: TcpFlag.SYN };
  const acknowledged = addSequence(client.next, 1);
  const synAck = { ...nothing, isClient: false, sequence: server.next, acknowledgment: acknowledged };
  return [
    { ...syn, options: options() },
    { ...synAck, flags: TcpFlag.SYN | TcpFlag.ACK, options: options() },
  ].slice(0, chance.between(1, 2));
}

function scaling(chance: Chance): TcpOption[] {
  const scale: TcpOption[] = chance.perMille(600)
    ? [{ kind: "windowScale", shift: chance.of([0, 1, 2, 7, 14, 15]) }]
    : [];
  return [{ kind: "mss", value: 1460 }, ...scale];
}

function wildSegment(chance: Chance, own: Side, other: Side): Omit<Segment, "time" | "isClient"> {
  if (chance.perMille(150)) return again(chance, own, other);
  const length = chance.of(LENGTHS);
  const sequence = wildSequence(chance, own, other, length);
  const flags = wildFlags(chance);
  return {
    sequence,
    acknowledgment: flags & TcpFlag.ACK || chance.perMille(100) ? wildAcknowledgment(chance, own, other) : 0,
    flags,
    window: chance.perMille(500) ? own.window : chance.of(WINDOWS),
    length,
    options: (flags & TcpFlag.SYN) !== 0 ? scaling(chance) : [],
    urgentPointer: 0,
  };
}

/** The last segment once more, or its header with one thing changed. */
function again(chance: Chance, own: Side, other: Side): Omit<Segment, "time" | "isClient"> {
  return {
    sequence: chance.perMille(700) ? own.sequence : own.next,
    acknowledgment: chance.perMille(700) ? own.acknowledgment : other.next,
    flags: TcpFlag.ACK,
    window: chance.perMille(700) ? own.window : chance.of(WINDOWS),
    length: chance.perMille(700) ? 0 : own.length,
    options: [],
    urgentPointer: 0,
  };
}

function wildSequence(chance: Chance, own: Side, other: Side, length: number): SequenceNumber {
  if (chance.perMille(450)) return own.next;
  // So that the segment ends at the edge of the other side's window, or beside it; right where no scale is agreed on.
  const edge = addSequence(other.acknowledgment, other.window - length);
  return chance.of([
    own.sequence,
    addSequence(own.next, -1),
    addSequence(own.next, -2),
    addSequence(own.next, 1),
    addSequence(own.next, -length),
    addSequence(own.next, -chance.below(2000)),
    addSequence(own.next, chance.below(2000)),
    other.acknowledgment,
    addSequence(other.acknowledgment, -1),
    edge,
    edge,
    addSequence(edge, chance.between(-1, 1)),
    ...(chance.perMille(20) ? [0, 1, chance.sequenceNumber(), addSequence(own.next, 0x8000_0000)] : []),
  ]);
}

function wildAcknowledgment(chance: Chance, own: Side, other: Side): SequenceNumber {
  if (chance.perMille(400)) return other.next;
  if (chance.perMille(600)) return own.acknowledgment;
  return chance.of([
    addSequence(other.next, -1),
    addSequence(other.next, 1),
    other.sequence,
    addSequence(other.next, -chance.below(2000)),
    addSequence(other.next, chance.below(2000)),
    ...(chance.perMille(20) ? [0, 1, chance.sequenceNumber()] : []),
  ]);
}

function wildFlags(chance: Chance): number {
  if (chance.perMille(800)) return TcpFlag.ACK;
  if (chance.perMille(500)) return TcpFlag.ACK | TcpFlag.PSH;
  return chance.of([
    0,
    TcpFlag.PSH,
    TcpFlag.SYN,
    TcpFlag.SYN | TcpFlag.ACK,
    TcpFlag.FIN | TcpFlag.ACK,
    TcpFlag.FIN | TcpFlag.ACK,
    TcpFlag.FIN,
    TcpFlag.RST,
    TcpFlag.RST | TcpFlag.ACK,
    TcpFlag.URG | TcpFlag.ACK,
    TcpFlag.SYN | TcpFlag.FIN,
    TcpFlag.SYN | TcpFlag.RST,
    TcpFlag.FIN | TcpFlag.RST | TcpFlag.ACK,
    TcpFlag.ECE | TcpFlag.CWR | TcpFlag.SYN,
    0x1ff,
  ]);
}
