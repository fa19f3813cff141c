/** What the sentences of a verdict are made of. */

/** What a sentence is about. */
export type VerdictTopic =
  /** That the packets were made up, or that only some of them are looked at. */
  | "origin"
  /** Who talked to whom about what. */
  | "who"
  /** How connections were opened and closed. */
  | "connections"
  /** What went wrong, and why, as it seems. */
  | "trouble"
  /** That nothing went wrong. */
  | "calm"
  /** What looks wrong only because of how the capture was taken. */
  | "distortion";

/** Some words, and the frames that show what they say. */
export interface VerdictPart {
  /** The words, with what joins them to those before. */
  readonly text: string;
  /** The first of them, from 1. Default: none are named. */
  readonly frames?: readonly number[] | undefined;
  /** How many there are in all. Default: as many as are listed. */
  readonly total?: number | undefined;
}

/** One sentence; its full stop comes behind its last part. */
export interface VerdictSentence {
  /** What it is about. */
  readonly topic: VerdictTopic;
  /** Its words, part by part. */
  readonly parts: readonly VerdictPart[];
}
