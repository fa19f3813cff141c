/** What was sent again, and whether it had been lost: before the point of capture, behind it, or not at all. */
import type { Analysis } from "../../streams/analysis.ts";
import { Circumstance, Finding } from "../../streams/findings.ts";
import { Occurrences } from "../../streams/occurrences.ts";
import type { TcpStream } from "../../streams/tcp-stream.ts";
import { count, plural } from "../wording.ts";
import type { VerdictPart } from "./sentence.ts";
import { cameToNothing, evidenceOf, sidesOf } from "./stream-traits.ts";
import { type Trouble, TroubleWeight } from "./trouble.ts";

const AGAIN = Finding.RETRANSMISSION | Finding.FAST_RETRANSMISSION;
/** So many for each segment show that its receiver missed it (RFC 5681, section 3.2). */
const FEWEST_ASKED = 3;
/** Shares below this are not worth a number. */
const LEAST_PERCENT = 0.1;
/** What counts as a retransmission, and was no answer to a loss. */
const NO_LOSS: ReadonlySet<Circumstance> = new Set([
  ...[Circumstance.SYN_AFTER_RESET, Circumstance.AFTER_RESET, Circumstance.OTHER_BYTES, Circumstance.COPY],
]);

/** What the packets of connections show of losses. */
class Losses {
  /** Sent again, and in the capture before. */
  readonly again = new Occurrences();
  /** They bring bytes that no segment before them had. */
  readonly fillers = new Occurrences();
  /** Sent again though they had arrived. */
  readonly spurious = new Occurrences();
  readonly gaps = new Occurrences();
  /** Acknowledgements of what is not in the capture. */
  readonly unseen = new Occurrences();
  readonly outOfOrder = new Occurrences();
  /** Acknowledgements that came again, and so asked for something. */
  readonly asked = new Occurrences();

  get hasRepeats(): boolean {
    return this.again.count + this.fillers.count > 0;
  }
}

export function lossTroubles({ tcpStreams, findings }: Analysis): Trouble[] {
  const byHand = tcpStreams.filter(({ isMadeByHand }) => isMadeByHand);
  // Of those that never were open it is told that they were not.
  const opened = tcpStreams.filter((stream) => !stream.isMadeByHand && !cameToNothing(stream));
  const losses = lossesOf(findings, new Set(opened.map(({ number }) => number)));
  return [
    ...againTrouble(losses, opened),
    ...spuriousTrouble(losses),
    ...orderTrouble(losses),
    ...lackTrouble(losses),
    ...handTrouble(byHand),
  ];
}

function lossesOf(findings: Analysis["findings"], streams: ReadonlySet<number>): Losses {
  const losses = new Losses();
  for (const { findings: bits, stream, frame, isTcp, circumstance = Circumstance.NONE } of findings.packets()) {
    if (isTcp === false || !streams.has(stream)) continue;
    if (!NO_LOSS.has(circumstance)) noteRepeat(losses, bits, frame, circumstance);
    if ((bits & Finding.LOST_SEGMENT) !== 0) losses.gaps.add(frame);
    if ((bits & Finding.ACK_LOST_SEGMENT) !== 0) losses.unseen.add(frame);
    if ((bits & Finding.DUPLICATE_ACK) !== 0) losses.asked.add(frame);
  }
  return losses;
}

function noteRepeat(losses: Losses, findings: number, frame: number, circumstance: Circumstance): void {
  if ((findings & Finding.OUT_OF_ORDER) !== 0) losses.outOfOrder.add(frame);
  if ((findings & AGAIN) !== 0) (circumstance === Circumstance.NEW_BYTES ? losses.fillers : losses.again).add(frame);
  else if ((findings & Finding.SPURIOUS_RETRANSMISSION) !== 0) losses.spurious.add(frame);
}

function againTrouble({ again, fillers }: Losses, streams: readonly TcpStream[]): Trouble[] {
  const parts: VerdictPart[] = [];
  if (again.count > 0) {
    const segments = streams.reduce((sum, stream) => sum + dataSegmentsOf(stream), 0);
    const percent = (100 * again.count) / Math.max(1, segments);
    const share =
      percent >= LEAST_PERCENT && segments > again.count ? `, ${percent.toFixed(1)} % of those with data` : "";
    const [they, were] = again.count === 1 ? ["it", "was"] : ["they", "were"];
    parts.push(
      { ...evidenceOf(again), text: `${plural(again.count, "segment")} ${were} sent again${share}` },
      {
        text: `: ${they} had passed the point of capture before, so ${they} ${were} lost behind it, or the acknowledgement was`,
      },
    );
  }
  if (fillers.count > 0) {
    const [they, fill] = fillers.count === 1 ? ["it", "fills a gap"] : ["they", "fill gaps"];
    const text = `${plural(fillers.count, "segment")} ${fill} that the capture shows`;
    parts.push(
      { ...evidenceOf(fillers), text: parts.length === 0 ? text : `; ${text}` },
      { text: `: lost before ${they} came to the point of capture and sent again, or very late` },
    );
  }
  return parts.length === 0 ? [] : [{ weight: TroubleWeight.LOSS, parts }];
}

function dataSegmentsOf({ fromHigher, fromLower }: TcpStream): number {
  return fromHigher.dataSegments + fromLower.dataSegments;
}

function spuriousTrouble({ hasRepeats, spurious }: Losses): Trouble[] {
  if (spurious.count === 0 || hasRepeats) return [];
  const [were, they] = spurious.count === 1 ? ["was", "it"] : ["were", "they"];
  const text = `${plural(spurious.count, "segment")} ${were} sent again though ${they} had been acknowledged`;
  const reason = ": nothing was lost but acknowledgements, or the sender waited too short a time";
  return [{ weight: TroubleWeight.REORDERED, parts: [{ ...evidenceOf(spurious), text }, { text: reason }] }];
}

/** What comes late was overtaken, or lost before the capture saw it; enough duplicate acknowledgements speak for a loss. */
function orderTrouble({ hasRepeats, outOfOrder, asked }: Losses): Trouble[] {
  if (outOfOrder.count === 0 || hasRepeats) return [];
  const isOne = outOfOrder.count === 1;
  const text = `${plural(outOfOrder.count, "segment")} ${isOne ? "comes" : "come"} behind later ones`;
  const [they, were] = isOne ? ["it", "was"] : ["they", "were"];
  const lost = `lost before ${they} came to the point of capture and sent again`;
  const wasLost = asked.count >= FEWEST_ASKED * outOfOrder.count;
  const reason: VerdictPart[] = wasLost
    ? [
        { ...evidenceOf(asked), text: `: ${they} ${were} ${lost}, as duplicate acknowledgements asked` },
        { text: ", or only overtaken" },
      ]
    : [{ text: `: ${they} ${were} overtaken on the way, or ${lost} at once` }];
  return [
    {
      weight: wasLost ? TroubleWeight.LOSS : TroubleWeight.REORDERED,
      parts: [{ ...evidenceOf(outOfOrder), text }, ...reason],
    },
  ];
}

/** Bytes that the other side has, and the capture has not: that tells of the capture, and of no loss. */
function lackTrouble({ hasRepeats, unseen, gaps, outOfOrder }: Losses): Trouble[] {
  if (unseen.count > 0) {
    const text = `${plural(unseen.count, "acknowledgement")} ${unseen.count === 1 ? "speaks" : "speak"} of data that the capture lacks`;
    const reason = ": it arrived, so the capture has missed it and the network has not";
    return [{ weight: TroubleWeight.REORDERED, parts: [{ ...evidenceOf(unseen), text }, { text: reason }] }];
  }
  if (gaps.count === 0 || hasRepeats || outOfOrder.count > 0) return [];
  const text = `${plural(gaps.count, "segment")} ${gaps.count === 1 ? "comes" : "come"} behind a gap that nothing fills`;
  const reason = ": the capture has missed packets, or ends before they were sent again";
  return [{ weight: TroubleWeight.REORDERED, parts: [{ ...evidenceOf(gaps), text }, { text: reason }] }];
}

function handTrouble(streams: readonly TcpStream[]): Trouble[] {
  if (streams.length === 0) return [];
  const frames = streams.flatMap((stream) => sidesOf(stream).flatMap(([, { again }]) => again?.otherBytes ?? []));
  const text = `${streams.length === 1 ? "One TCP stream puts" : `${count(streams.length)} TCP streams put`} different bytes under one sequence number`;
  const reason = ", which no TCP does: the packets were made by hand, and nothing of them was lost";
  return [{ weight: TroubleWeight.BY_HAND, parts: [{ text, frames: frames.sort((a, b) => a - b) }, { text: reason }] }];
}
