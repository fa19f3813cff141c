/**
 * Where the messages of one direction stand, drawn across the segments that carried them: both in the order of the
 * stream's bytes, one above the other. Knows nothing of drawing.
 */
import type { LoggedMessage } from "../../message-log.ts";
import { clamp, FIGURE_WIDTH } from "./figure.ts";

/** Bytes of one message in one segment, or bytes that are not there. */
export interface LanePiece {
  readonly message: LoggedMessage;
  readonly kind: "segment" | "missing" | "folded";
  /** Of the segment; 0 where there is none. */
  readonly frame: number;
  /** Bytes; segments, where they are folded. */
  readonly amount: number;
  readonly x: number;
  readonly width: number;
}

/** Pieces side by side that belong together. */
export interface LaneRun {
  readonly pieces: readonly LanePiece[];
  readonly x: number;
  readonly width: number;
  /** It goes on from the line before, or on the next line. */
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}

/** Read from left to right: segments above, messages below. */
export interface LaneLine {
  readonly segments: readonly LaneRun[];
  readonly messages: readonly LaneRun[];
}

export const LANE_MARGIN = 8;
const LEAST_WIDTH = 134;
const MOST_WIDTH = 260;
/** Units for every doubling of bytes. */
const DOUBLING_WIDTH = 17;
/** Of a message in many segments, the first and last of them are drawn. */
const FIRST_PARTS = 4;
const LAST_PARTS = 2;
const ROOM = FIGURE_WIDTH - 2 * LANE_MARGIN;

type Unplaced = Omit<LanePiece, "x">;

/** @param next the first message that is not drawn any more: it may share the last segment */
export function layLane(messages: readonly LoggedMessage[], next?: LoggedMessage): LaneLine[] {
  const lines = wrapped(messages.flatMap(piecesOf));
  const rest = next === undefined ? [] : wrapped(piecesOf(next));
  return lines.map((line, index) => {
    const [before, after] = [lines[index - 1]?.at(-1), (lines[index + 1] ?? rest[0])?.[0]];
    return {
      segments: runsOf(line, before, after, isSameSegment),
      messages: runsOf(line, before, after, isSameMessage),
    };
  });
}

function piecesOf(message: LoggedMessage): Unplaced[] {
  const { parts, partCount, length } = message;
  const isFolded = partCount > FIRST_PARTS + LAST_PARTS + 1;
  const pieces: Unplaced[] = [];
  let at = 0;
  const shown = isFolded ? parts.slice(0, FIRST_PARTS) : parts;
  for (const part of shown) {
    if (part.offset > at) pieces.push(pieceOf(message, "missing", 0, part.offset - at));
    pieces.push(pieceOf(message, "segment", part.frame, part.length));
    at = part.offset + part.length;
  }
  if (!isFolded) {
    if (at < length && message.missing > 0) pieces.push(pieceOf(message, "missing", 0, length - at));
    return pieces.length > 0 ? pieces : [pieceOf(message, "missing", 0, length)];
  }
  // Of very long messages, the last parts are not kept.
  const last = parts.length === partCount ? parts.slice(-LAST_PARTS) : [];
  pieces.push(pieceOf(message, "folded", 0, partCount - FIRST_PARTS - last.length));
  for (const part of last) pieces.push(pieceOf(message, "segment", part.frame, part.length));
  return pieces;
}

function pieceOf(message: LoggedMessage, kind: LanePiece["kind"], frame: number, amount: number): Unplaced {
  const wide = kind === "segment" ? DOUBLING_WIDTH * Math.log2(2 + amount) : LEAST_WIDTH;
  return { message, kind, frame, amount, width: Math.round(clamp(wide, LEAST_WIDTH, MOST_WIDTH)) };
}

function wrapped(pieces: readonly Unplaced[]): LanePiece[][] {
  const lines: LanePiece[][] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    if (x + piece.width > LANE_MARGIN + ROOM) {
      lines.push([]);
      x = LANE_MARGIN;
    }
    lines.at(-1)!.push({ ...piece, x });
    x += piece.width;
  }
  return lines;
}

type Comparison = (a: LanePiece | undefined, b: LanePiece | undefined) => boolean;

function isSameSegment(a: LanePiece | undefined, b: LanePiece | undefined): boolean {
  return a !== undefined && b !== undefined && a.kind === "segment" && b.kind === "segment" && a.frame === b.frame;
}

function isSameMessage(a: LanePiece | undefined, b: LanePiece | undefined): boolean {
  return a !== undefined && b !== undefined && a.message === b.message;
}

function runsOf(
  line: readonly LanePiece[],
  before: LanePiece | undefined,
  after: LanePiece | undefined,
  isSame: Comparison,
): LaneRun[] {
  const groups: LanePiece[][] = [];
  for (const piece of line) {
    if (isSame(groups.at(-1)?.at(-1), piece)) groups.at(-1)!.push(piece);
    else groups.push([piece]);
  }
  return groups.map((pieces) => {
    const [first, last] = [pieces[0]!, pieces.at(-1)!];
    return {
      pieces,
      x: first.x,
      width: last.x + last.width - first.x,
      hasBefore: first === line[0] && isSame(before, first),
      hasAfter: last === line.at(-1) && isSame(last, after),
    };
  });
}
