/** Which questions are asked of which scenario. */
import type { ScenarioName } from "../../session/network/known-scenarios.ts";
import { commonQuestions, howLongUntilSentAgain, whereLost } from "./common-questions.ts";
import {
  growthOfWindow,
  marks,
  rateOfTransfer,
  roomAtStandstill,
  standstill,
  timeOnTheWay,
  windowAroundMark,
} from "./flow-questions.ts";
import {
  acknowledgedAfterHalfClose,
  acknowledgedFins,
  afterHalfClose,
  fins,
  givenUp,
  keepAlives,
  neverAcknowledged,
  numberOfKeepAlive,
  refusal,
  serverAfterReset,
  sizesThatPass,
  timeToOpen,
  triesAfterRefusal,
} from "./opening-and-closing-questions.ts";
import type { Question } from "./question.ts";
import {
  duplicateAcknowledgments,
  measuredMeanwhile,
  mostRepeated,
  neededOrNot,
  overtaken,
  tries,
  windowAroundLoss,
} from "./recovery-questions.ts";
import type { Story } from "./story.ts";

type Asking = (story: Story) => Question;

const probes: Asking = (story) =>
  tries(story, "questions about the closed window", story.because("server", "window-probe"));
const syns: Asking = (story) => tries(story, "the SYNs", story.because("client", "syn"));
const copies: Asking = (story) => tries(story, "the copies of the segment", mostRepeated(story));

const OF_SCENARIOS: Readonly<Record<ScenarioName, readonly Asking[]>> = {
  "lossy-wifi": [whereLost, howLongUntilSentAgain, duplicateAcknowledgments, windowAroundLoss],
  satellite: [timeOnTheWay, growthOfWindow, rateOfTransfer],
  bufferbloat: [timeOnTheWay, rateOfTransfer, growthOfWindow],
  "zero-window": [standstill, roomAtStandstill, probes],
  "fast-retransmit": [whereLost, duplicateAcknowledgments, howLongUntilSentAgain, windowAroundLoss],
  "timeout-backoff": [whereLost, copies, windowAroundLoss, measuredMeanwhile],
  "tail-loss": [whereLost, howLongUntilSentAgain, neededOrNot],
  reordering: [overtaken, duplicateAcknowledgments, neededOrNot, windowAroundLoss],
  "duplicate-acks": [overtaken, duplicateAcknowledgments, growthOfWindow],
  "syn-retry": [whereLost, syns, timeToOpen],
  refused: [timeToOpen, refusal, triesAfterRefusal],
  "reset-mid-transfer": [neverAcknowledged, serverAfterReset],
  "half-close": [fins, afterHalfClose, acknowledgedAfterHalfClose],
  "simultaneous-close": [fins, acknowledgedFins],
  "keep-alive": [keepAlives, numberOfKeepAlive],
  "mtu-black-hole": [whereLost, sizesThatPass, copies, givenUp],
  ecn: [marks, windowAroundMark, timeOnTheWay],
};

/** The questions that a scenario is for, and then those that can be asked of every one. */
export function scenarioQuestions(name: ScenarioName, story: Story): Question[] {
  return [...OF_SCENARIOS[name].map((asking) => asking(story)), ...commonQuestions(story)];
}
