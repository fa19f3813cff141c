/** Headers of which no more is known than their tables: how long each is, what became of its checksum, what follows it. */
import { sumBytes } from "../core/checksum.ts";
import type { NumberSpace } from "../headers/fields.ts";
import { placeOf, readField } from "../headers/header-fields-at.ts";
import type { LaidField } from "../headers/header-table.ts";
import { ChecksumStatus } from "../headers/layer.ts";
import { sumByRule } from "../headers/shared-fields.ts";
import type { FragmentStore } from "./fragments.ts";
import { MOST_LAYERS, type PacketOutline, stopForField, stopForLength } from "./outline.ts";
import { endOfContents, followingOf, lengthOf, type ParsePlan } from "./parse-plan.ts";
import { UnreadKind } from "./unread.ts";

/** Goes on with what a number of some list announces. */
type Follow = (
  o: PacketOutline,
  space: NumberSpace,
  number: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
) => void;

/** What is the same for all packets of a capture. */
export interface ParseContext {
  /** Where fragments wait for the rest of their datagram; without it they stay fragments. */
  readonly fragments: FragmentStore | undefined;
  /** Whether the first fragment of a datagram is looked into as far as it goes, through tunnels too. */
  readonly looksIntoFragments?: boolean;
  /** The way from an inner header back to all others. */
  readonly follow: Follow;
}

/** Room for an IP header and a transport is left behind every other header. */
const MOST_OTHER_LAYERS = MOST_LAYERS - 2;
const RIGHT_SUM = 0xffff;

/** Whether there is no room for another header; then dissection has stopped at it. */
export function hasTooManyLayers(o: PacketOutline, layer: string, at: number, end: number): boolean {
  if (o.layerCount < MOST_OTHER_LAYERS) return false;
  stopForField(o, layer, at, end, `there are more than ${MOST_OTHER_LAYERS} headers`);
  return true;
}

export function parseRegistered(
  o: PacketOutline,
  plan: ParsePlan,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  const { layer, fixedLength, kind } = plan;
  const view = o.transportView;
  o.payloadAt = at;
  o.payloadLength = wireEnd - at;
  if (end - at < fixedLength) return stopForLength(o, kind, layer, at, end, wireEnd, fixedLength);
  if (hasTooManyLayers(o, layer, at, end)) return;
  const length = lengthOf(plan, view, at, end);
  if (length < fixedLength) return stopForField(o, layer, at, end, `a length of ${length} bytes is too short for it`);
  if (end - at < length) return stopForLength(o, kind, layer, at, end, wireEnd, length);
  const next = at + length;
  o.addLayer(kind, at, next);
  const contentsEnd = endOfContents(plan, view, at, next) ?? wireEnd;
  if (contentsEnd < next) return stopForLengthField(o, plan, at, end, wireEnd);
  const nextWireEnd = Math.min(wireEnd, contentsEnd);
  const nextEnd = Math.max(next, Math.min(end, nextWireEnd));
  o.payloadAt = next;
  o.payloadEnd = nextEnd;
  o.payloadLength = Math.max(0, nextWireEnd - next);
  if (plan.checksum !== undefined && nextEnd === nextWireEnd) judge(o, plan, plan.checksum, at, next, nextEnd);
  const wrong = end < wireEnd ? undefined : plan.findProblem?.(o.transportBytes, at, end);
  if (wrong !== undefined) return stopForField(o, layer, wrong.at, end, wrong.problem);
  const following = followingOf(plan, view, at, next, nextEnd);
  if (following !== undefined) context.follow(o, following[0], following[1], next, nextEnd, nextWireEnd, context);
  else if (plan.next !== undefined && nextWireEnd > next) o.unread = UnreadKind.CONTENTS | kind;
  // What is inside can be right all the same.
  if (contentsEnd > wireEnd && o.stopped === undefined) stopForLengthField(o, plan, at, o.payloadEnd, wireEnd);
}

function stopForLengthField(o: PacketOutline, plan: ParsePlan, at: number, end: number, wireEnd: number): void {
  const { layer, contents } = plan;
  const length = readField(o.transportView, at, contents!) as number;
  const problem = `${contents!.name} is ${length}, but there are ${wireEnd - at} bytes with the header`;
  stopForField(o, layer, at + contents!.offset, end, problem);
}

/** Whether a header has its checksum. @param plan of a header that can have one */
export function hasChecksum({ header, checksum, checksumFlag }: ParsePlan, view: DataView, at: number): boolean {
  if (checksum?.isPresent === undefined) return true;
  if (checksumFlag !== undefined) return readField(view, at, checksumFlag) !== false;
  return placeOf(header, checksum, view, at) !== undefined;
}

/** Whether the checksum is right, of a header all of whose contents are there. */
function judge(o: PacketOutline, plan: ParsePlan, field: LaidField, at: number, next: number, end: number): void {
  if (o.isFragment || !hasChecksum(plan, o.transportView, at)) return;
  const { auto } = field.spec;
  if (auto?.kind !== "checksum") return;
  const view = o.transportView;
  const covered = auto.covers === "header" ? next : end;
  const isRight =
    auto.algorithm === undefined
      ? sumBytes(view, at, covered) === RIGHT_SUM
      : sumByRule(auto, view, at, covered, at + field.offset) === readField(view, at, field);
  o.judgeLast(isRight ? ChecksumStatus.GOOD : ChecksumStatus.BAD);
}
