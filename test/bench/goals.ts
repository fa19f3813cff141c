/** What was measured beside what is wanted. */
import { withThousands } from "../../lib/core/text.ts";
import type { Result, Standing } from "./contest.ts";
import type { GrowthStep } from "./growth.ts";
import type { LossyMemoryStep } from "./lossy-memory.ts";
import type { BuiltStart, StartFigures } from "./start.ts";

export interface Verdict {
  readonly work: string;
  readonly goal: string;
  readonly wanted: string;
  /** Of the library in a process that is warmed up. */
  readonly inProcess?: number | undefined;
  /** Of the whole process, the start of Node included. */
  readonly wholeProcess?: number | undefined;
  /** The same by processor time in user mode, which other work on the machine disturbs less. */
  readonly inProcessUser?: number | undefined;
  readonly wholeProcessUser?: number | undefined;
  readonly isMet: { readonly inProcess?: boolean | undefined; readonly wholeProcess?: boolean | undefined };
}

const FRAMES_A_SECOND = 3e6;
const STACKS_A_SECOND = 1e6;
const TUNNEL_PACKETS_A_SECOND = 1e6;
const LOSSY_PACKETS_A_SECOND = 1e6;
const PEAK_MEMORY_MB = 150;
const BYTES_PER_CONVERSATION = 300;
const START_RATIO = 2;
/** Processor time, with compiled code kept. */
const BUILT_START_RATIO = 2.5;

/** How the contest is called that this is measured in. */
export const TUNNEL_WORK = "segments in VXLAN, read and dissected";

/** The same for a network that loses. */
export const LOSSY_WORK = "into a file, over a network that loses 1 %";

export interface Measured {
  readonly compose?: Result | undefined;
  readonly stacks?: Result | undefined;
  readonly contests: readonly Result[];
  readonly growth?: readonly GrowthStep[] | undefined;
  readonly lossyMemory?: readonly LossyMemoryStep[] | undefined;
  readonly start?: StartFigures | undefined;
}

export function judge({ compose, stacks, contests, growth = [], start }: Measured): Verdict[] {
  const verdicts = contests.flatMap(compareWithPeers);
  for (const { items, seconds } of compose?.standings ?? []) {
    verdicts.push(least("composed frames a second", FRAMES_A_SECOND, items / seconds));
  }
  for (const { items, seconds } of stacks?.standings ?? []) {
    verdicts.push(least("packets of seven layers a second", STACKS_A_SECOND, items / seconds));
  }
  for (const { work, standings } of contests) {
    for (const { items, seconds } of standings) {
      if (work.startsWith(TUNNEL_WORK)) {
        verdicts.push(least("tunnel packets dissected a second", TUNNEL_PACKETS_A_SECOND, items / seconds));
      } else if (work.startsWith(LOSSY_WORK)) {
        verdicts.push(least("packets a second over a network that loses", LOSSY_PACKETS_A_SECOND, items / seconds));
      }
    }
  }
  const fewest = growth.filter(({ bytesPerConversation }) => bytesPerConversation === undefined);
  if (fewest.length > 0) {
    const peak = Math.max(...fewest.map(({ peakMemoryMB }) => peakMemoryMB));
    verdicts.push(most(`peak MB at ${fewest[0]!.conversations} conversations`, PEAK_MEMORY_MB, peak));
  }
  for (const { conversations, bytesPerConversation } of growth) {
    if (bytesPerConversation === undefined) continue;
    const goal = `bytes for each conversation more, up to ${conversations}`;
    verdicts.push(most(goal, BYTES_PER_CONVERSATION, bytesPerConversation));
  }
  return [...verdicts, ...judgeStart(start)];
}

function judgeStart(start: StartFigures | undefined): Verdict[] {
  if (start === undefined) return [];
  const verdicts = [most("start, against an empty script", START_RATIO, start.ours / start.empty)];
  const [, , encapsulate] = start.built;
  const ratio = startRatio(encapsulate?.userSeconds, start.built);
  if (ratio !== undefined)
    verdicts.push(most("user time of the built command, against node -e 0", BUILT_START_RATIO, ratio));
  return verdicts;
}

/** Processor time against that of Node alone, which is measured first. */
export function startRatio(userSeconds: number | undefined, [alone]: readonly BuiltStart[]): number | undefined {
  return userSeconds === undefined || !alone?.userSeconds ? undefined : userSeconds / alone.userSeconds;
}

/** Time for each item, ours by theirs. */
function compareWithPeers({ work, standings, goals }: Result): Verdict[] {
  const inProcess = standings.find(({ kind }) => kind === "in process");
  const wholeProcess = standings.find(({ kind }) => kind === "whole process");
  return standings
    .filter(({ kind }) => kind === "peer")
    .map((peer) => {
      const ratio = (ours: Standing | undefined) => ours && ours.seconds / ours.items / (peer.seconds / peer.items);
      const userRatio = (ours: Standing | undefined) =>
        ours?.userSeconds && peer.userSeconds
          ? ours.userSeconds / ours.items / (peer.userSeconds / peer.items)
          : undefined;
      const limit = goals.find((goal) => goal.peer === peer.who)?.atMost;
      const within = (value: number | undefined) =>
        limit === undefined || value === undefined ? undefined : value <= limit;
      return {
        work,
        goal: `time against ${peer.who}`,
        wanted: limit === undefined ? "" : `at most ${formatFigure(limit)}`,
        inProcess: ratio(inProcess),
        wholeProcess: ratio(wholeProcess),
        inProcessUser: userRatio(inProcess),
        wholeProcessUser: userRatio(wholeProcess),
        isMet: { inProcess: within(ratio(inProcess)), wholeProcess: within(ratio(wholeProcess)) },
      };
    });
}

function least(goal: string, limit: number, inProcess: number): Verdict {
  return {
    work: "",
    goal,
    wanted: `at least ${withThousands(limit)}`,
    inProcess,
    isMet: { inProcess: inProcess >= limit },
  };
}

function most(goal: string, limit: number, wholeProcess: number): Verdict {
  return {
    work: "",
    goal,
    wanted: `at most ${withThousands(limit)}`,
    wholeProcess,
    isMet: { wholeProcess: wholeProcess <= limit },
  };
}

/** With three digits that count, as far as they are known. */
export function formatFigure(value: number | undefined): string {
  if (value === undefined) return "";
  if (value >= 100) return withThousands(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value >= 0.01 ? value.toFixed(2) : value.toFixed(4);
}
