/** What went wrong in a capture, the gravest first, each with what most likely was the reason. */
import type { Analysis } from "../../streams/analysis.ts";
import { attemptTroubles } from "./attempts.ts";
import { lossTroubles } from "./losses.ts";
import { damageTroubles, resetTroubles, silenceTroubles, windowTroubles } from "./other-troubles.ts";
import type { VerdictSentence } from "./verdict.ts";

/** One thing that went wrong: the higher its weight, the earlier it is told. */
export interface Trouble {
  readonly weight: number;
  readonly parts: VerdictSentence["parts"];
}

/** How grave things are, for whoever looks for the reason why something does not work. */
export const TroubleWeight = {
  SCAN: 90,
  REFUSED: 80,
  UNANSWERED: 78,
  RESET: 70,
  SILENT: 65,
  MALFORMED: 62,
  DAMAGED: 60,
  ZERO_WINDOW: 50,
  LOSS: 40,
  BY_HAND: 35,
  REORDERED: 20,
} as const;

export function troubleSentences(analysis: Analysis): VerdictSentence[] {
  const troubles = [
    ...attemptTroubles(analysis),
    ...resetTroubles(analysis),
    ...silenceTroubles(analysis),
    ...damageTroubles(analysis),
    ...windowTroubles(analysis),
    ...lossTroubles(analysis),
  ];
  troubles.sort((a, b) => b.weight - a.weight);
  return troubles.map(({ parts }) => ({ topic: "trouble", parts }));
}
