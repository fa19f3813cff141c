/** What went wrong in a capture, the gravest first, each with what most likely was the reason. */
import type { Analysis } from "../../streams/analysis.ts";
import { attemptTroubles } from "./attempts.ts";
import { lossTroubles } from "./losses.ts";
import { damageTroubles, resetTroubles, silenceTroubles, windowTroubles } from "./other-troubles.ts";
import type { VerdictSentence } from "./sentence.ts";

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
