/** What gets lost is sent again as the Linux kernel sends it again, to a kernel that receives it. */
import { describe, expect, it } from "vitest";
import { kernelIsMissing } from "../../helpers/ends/kernel-end.ts";
import { KernelMeeting, pattern } from "../../helpers/ends/kernel-meeting.ts";
import { holdPair } from "../../helpers/ends/kernel-pair.ts";
import { TICKS_PER_SECOND } from "../../helpers/ends/real-time-end.ts";

const SEGMENT = 1460;
const SEGMENTS = 60;
const BYTES = SEGMENTS * SEGMENT;
/** Milliseconds in each direction, so that the order of events is that of the network and not of this machine. */
const DELAY = { delay: 100 };
/** Of the least timeout: far more than this machine stands still. */
const SECONDS = 2;
/** Where it does stand still for longer than a round trip, what is sent again is another matter, on either side. */
const OPTIONS = { retry: 3 };

/** Segments, counted from 1, and how many times each gets lost. */
type Losses = Record<number, number>;

const numberOf = (segment: number) => 1 + (Number(segment) - 1) * SEGMENT;
const segmentOf = (sequence: number) => 1 + (sequence - 1) / SEGMENT;

function roughness(losses: Losses) {
  return {
    ...DELAY,
    lose: new Map(Object.entries(losses).map(([segment, times]) => [numberOf(Number(segment)), times])),
  };
}

/** What the kernel sends again. */
async function byTheKernel(losses: Losses, sack: number): Promise<number[]> {
  const sysctls = { tcp_timestamps: 0, tcp_sack: sack, tcp_rto_min_us: SECONDS * 1_000_000 };
  const path = await holdPair({
    opening: { send: BYTES, seed: "ours", congestion: "reno", sysctls },
    listening: { sysctls },
    fromOpening: roughness(losses),
    fromListening: DELAY,
  });
  return path.repeated.map(segmentOf);
}

/** What we send again. */
async function byUs(losses: Losses, sack: number): Promise<number[]> {
  let again: number[] = [];
  const habits = { congestion: "reno", leastTimeout: SECONDS * TICKS_PER_SECOND } as const;
  const plan = {
    opens: "own",
    kernel: { sysctls: { tcp_timestamps: 0, tcp_sack: sack } },
    own: { send: pattern("ours", BYTES), habits },
    toKernel: roughness(losses),
    fromKernel: DELAY,
  } as const;
  await KernelMeeting.hold(plan, async (meeting) => {
    await meeting.sees(({ ending }) => ending === "closed");
    again = meeting.toKernel.repeated.map(segmentOf);
  });
  return again;
}

const CASES: readonly { name: string; losses: Losses }[] = [
  { name: "nothing", losses: {} },
  { name: "one segment", losses: { 20: 1 } },
  { name: "the first segment", losses: { 1: 1 } },
  { name: "three holes", losses: { 20: 1, 23: 1, 27: 1 } },
  { name: "four in a row", losses: { 20: 1, 21: 1, 22: 1, 23: 1 } },
  { name: "one in two round trips each", losses: { 5: 1, 30: 1 } },
  { name: "the last segment", losses: { 60: 1 } },
  { name: "the last three segments", losses: { 58: 1, 59: 1, 60: 1 } },
  { name: "a segment and its repetition", losses: { 20: 2 } },
];

describe.skipIf(kernelIsMissing())("what is sent again", OPTIONS, () => {
  it.each(CASES)("is what the kernel sends again where $name gets lost", async ({ losses }) => {
    const [kernels, ours] = await Promise.all([byTheKernel(losses, 1), byUs(losses, 1)]);
    expect(ours).toEqual(kernels);
  });

  it.each(CASES)("is that too where $name gets lost, without selective acknowledgments", async ({ losses }) => {
    const [kernels, ours] = await Promise.all([byTheKernel(losses, 0), byUs(losses, 0)]);
    expect(ours).toEqual(kernels);
  });
});
