/** What was sent again, and whether it had been lost: before the point of capture, behind it, or not at all. */
import type { Analysis } from "../../streams/analysis.ts";
import { Finding } from "../../streams/findings.ts";
import type { TcpStream } from "../../streams/tcp-stream.ts";
import { count, plural } from "../wording.ts";
import type { VerdictPart } from "./sentence.ts";
import { sidesOf } from "./stream-traits.ts";
import { type Trouble, TroubleWeight } from "./trouble.ts";

const AGAIN = Finding.RETRANSMISSION | Finding.FAST_RETRANSMISSION;
const KEPT_FRAMES = 10;
/** So many for each segment show that its receiver missed it (RFC 5681, section 3.2). */
const FEWEST_ASKED = 3;
/** Shares below this are not worth a number. */
const LEAST_PERCENT = 0.1;

/** What the packets of TCP show of losses, without those that were made by hand. */
interface Losses {
  /** Sent again, and not acknowledged in between. */
  again: number;
  readonly againFrames: number[];
  /** Sent again though they had arrived. */
  spurious: number;
  readonly spuriousFrames: number[];
  /** Gaps that the capture shows. */
  gaps: number;
  readonly gapFrames: number[];
  /** Acknowledged, and not in the capture. */
  unseen: number;
  readonly unseenFrames: number[];
  outOfOrder: number;
  readonly outOfOrderFrames: number[];
  /** Acknowledgements that came again, and so asked for something. */
  asked: number;
  /** Whether any bytes are in the capture more than once. */
  hasSeenTwice: boolean;
  readonly askedFrames: number[];
}

export function lossTroubles({ tcpStreams, findings }: Analysis): Trouble[] {
  const byHand = tcpStreams.filter(({ isMadeByHand }) => isMadeByHand);
  const losses = lossesOf({ findings }, new Set(byHand.map(({ number }) => number)));
  losses.hasSeenTwice = tcpStreams.some(hasSeenTwice);
  return [
    ...againTrouble(losses, tcpStreams),
    ...spuriousTrouble(losses),
    ...orderTrouble(losses),
    ...lackTrouble(losses),
    ...handTrouble(byHand),
  ];
}

function lossesOf({ findings }: Pick<Analysis, "findings">, leftOut: ReadonlySet<number>): Losses {
  const losses: Losses = {
    ...{ again: 0, againFrames: [], spurious: 0, spuriousFrames: [], gaps: 0, gapFrames: [] },
    ...{
      unseen: 0,
      unseenFrames: [],
      outOfOrder: 0,
      outOfOrderFrames: [],
      asked: 0,
      askedFrames: [],
      hasSeenTwice: false,
    },
  };
  for (const { findings: bits, stream, frame, isTcp } of findings.packets()) {
    if (isTcp === false || leftOut.has(stream)) continue;
    if ((bits & AGAIN) !== 0) losses.again += note(losses.againFrames, frame);
    else if ((bits & Finding.SPURIOUS_RETRANSMISSION) !== 0) losses.spurious += note(losses.spuriousFrames, frame);
    if ((bits & Finding.LOST_SEGMENT) !== 0) losses.gaps += note(losses.gapFrames, frame);
    if ((bits & Finding.ACK_LOST_SEGMENT) !== 0) losses.unseen += note(losses.unseenFrames, frame);
    if ((bits & Finding.OUT_OF_ORDER) !== 0) losses.outOfOrder += note(losses.outOfOrderFrames, frame);
    if ((bits & Finding.DUPLICATE_ACK) !== 0) losses.asked += note(losses.askedFrames, frame);
  }
  return losses;
}

function hasSeenTwice(stream: TcpStream): boolean {
  if (stream.isMadeByHand) return false;
  return sidesOf(stream).some(([, { bytes, newBytes, probeBytes }]) => bytes > newBytes + probeBytes);
}

function note(frames: number[], frame: number): 1 {
  if (frames.length < KEPT_FRAMES) frames.push(frame);
  return 1;
}

function againTrouble(losses: Losses, streams: readonly TcpStream[]): Trouble[] {
  const { again, againFrames, gaps, gapFrames } = losses;
  if (again === 0) return [];
  const segments = streams.reduce(
    (sum, { fromHigher, fromLower }) => sum + fromHigher.dataSegments + fromLower.dataSegments,
    0,
  );
  const percent = segments === 0 ? 0 : (100 * again) / segments;
  const share = percent >= LEAST_PERCENT && segments > again ? `, ${percent.toFixed(1)} % of those with data` : "";
  const parts: VerdictPart[] = [
    {
      text: `${plural(again, "segment")} ${again === 1 ? "was" : "were"} sent again${share}`,
      frames: againFrames,
      total: again,
    },
  ];
  const [they, were] = again === 1 ? ["it", "was"] : ["they", "were"];
  const gap = { frames: gapFrames, total: gaps };
  if (!losses.hasSeenTwice) {
    parts.push({ text: `: ${they} ${were} lost before ${they} came to the point of capture` });
    if (gaps > 0) parts.push({ text: ", which shows the gap", ...gap });
  } else if (gaps > 0) {
    parts.push({ text: ": some were lost before they came to the point of capture, which shows the gap", ...gap });
    parts.push({ text: ", and others behind it, or their acknowledgements were" });
  } else {
    parts.push({
      text: `: ${they} had passed the point of capture before, so ${they} ${were} lost behind it, or the acknowledgement was`,
    });
  }
  return [{ weight: TroubleWeight.LOSS, parts }];
}

function spuriousTrouble({ again, spurious, spuriousFrames }: Losses): Trouble[] {
  if (spurious === 0 || again > 0) return [];
  const text = `${plural(spurious, "segment")} ${spurious === 1 ? "was" : "were"} sent again though ${spurious === 1 ? "it" : "they"} had been acknowledged`;
  const reason = ": nothing was lost but acknowledgements, or the sender waited too short a time";
  return [
    {
      weight: TroubleWeight.REORDERED,
      parts: [{ text, frames: spuriousFrames, total: spurious }, { text: reason }],
    },
  ];
}

/** What comes late was overtaken, or lost before the capture saw it; enough duplicate acknowledgements speak for a loss. */
function orderTrouble({ again, outOfOrder, outOfOrderFrames, asked, askedFrames }: Losses): Trouble[] {
  if (outOfOrder === 0 || again > 0) return [];
  const isOne = outOfOrder === 1;
  const text = `${plural(outOfOrder, "segment")} ${isOne ? "comes" : "come"} behind later ones`;
  const lost = `lost before ${isOne ? "it" : "they"} came to the point of capture and sent again`;
  const wasLost = asked >= FEWEST_ASKED * outOfOrder;
  const reason: VerdictPart[] = wasLost
    ? [
        {
          text: `: ${isOne ? "it was" : "they were"} ${lost}, as duplicate acknowledgements asked`,
          frames: askedFrames,
          total: asked,
        },
        { text: ", or only overtaken" },
      ]
    : [{ text: `: ${isOne ? "it was" : "they were"} overtaken on the way, or ${lost} at once` }];
  return [
    {
      weight: wasLost ? TroubleWeight.LOSS : TroubleWeight.REORDERED,
      parts: [{ text, frames: outOfOrderFrames, total: outOfOrder }, ...reason],
    },
  ];
}

/** Bytes that the other side has, and the capture has not: that tells of the capture, and of no loss. */
function lackTrouble({ unseen, unseenFrames, gaps, gapFrames, again, outOfOrder }: Losses): Trouble[] {
  if (unseen > 0) {
    const text = `${plural(unseen, "acknowledgement")} ${unseen === 1 ? "speaks" : "speak"} of data that the capture lacks`;
    const reason = ": it arrived, so the capture has missed it and the network has not";
    return [
      { weight: TroubleWeight.REORDERED, parts: [{ text, frames: unseenFrames, total: unseen }, { text: reason }] },
    ];
  }
  if (gaps === 0 || again > 0 || outOfOrder > 0) return [];
  const text = `${plural(gaps, "segment")} ${gaps === 1 ? "comes" : "come"} behind a gap that nothing fills`;
  const reason = ": the capture has missed packets, or ends before they were sent again";
  return [{ weight: TroubleWeight.REORDERED, parts: [{ text, frames: gapFrames, total: gaps }, { text: reason }] }];
}

function handTrouble(streams: readonly TcpStream[]): Trouble[] {
  if (streams.length === 0) return [];
  const frames = streams.flatMap((stream) => sidesOf(stream).flatMap(([, { again }]) => again?.otherBytes ?? []));
  const text = `${streams.length === 1 ? "One TCP stream puts" : `${count(streams.length)} TCP streams put`} different bytes under one sequence number`;
  const reason = ", which no TCP does: the packets were made by hand, and nothing of them was lost";
  return [{ weight: TroubleWeight.BY_HAND, parts: [{ text, frames: frames.sort((a, b) => a - b) }, { text: reason }] }];
}
