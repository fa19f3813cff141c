/** One thing that went wrong, and how grave it is beside others. */
import type { VerdictSentence } from "./sentence.ts";

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
