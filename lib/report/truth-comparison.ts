/**
 * What a capture shows beside what really happened: findings are guesses from one place on the path, and whoever made the traffic
 * knows better. Both are right in their way; where they differ, there is something to learn.
 */
import type { Transmission } from "../session/network/transmission.ts";
import { FINDING_KINDS, Finding } from "../streams/findings.ts";

/** What is looked at of a transmission. */
export type ToldTransmission = Pick<
  Transmission,
  "id" | "frame" | "cause" | "repeats" | "fate" | "from" | "conversation"
> & { readonly furtherFrames?: readonly number[] | undefined };

/** Findings that say of a segment that it was sent before, or should have come before. */
const SENT_AGAIN: number =
  Finding.RETRANSMISSION | Finding.FAST_RETRANSMISSION | Finding.SPURIOUS_RETRANSMISSION | Finding.OUT_OF_ORDER;

/** Findings that say why a segment was sent, and the causes that they are right for. */
const RIGHT_CAUSES: readonly (readonly [finding: number, causes: readonly string[]])[] = [
  [Finding.DUPLICATE_ACK, ["duplicate-ack"]],
  [Finding.KEEP_ALIVE, ["keep-alive"]],
  [Finding.ZERO_WINDOW_PROBE, ["window-probe"]],
  [Finding.WINDOW_UPDATE, ["window-update"]],
];

/** One frame of which capture and truth say different things. */
export interface Difference {
  readonly frame: number;
  /** What the capture shows, in Wireshark's words. */
  readonly shown: string;
  /** What really happened, as a clause. */
  readonly truth: string;
}

/** How often something that really happened was shown in a certain way. */
export interface ShownAs {
  /** Cause of the transmissions. */
  readonly cause: string;
  /** How many of them there were. */
  readonly transmissions: number;
  /** How many of them the tap did not see. */
  readonly unseen: number;
  /** What was shown of the others, with how often; "nothing" where there was no finding. */
  readonly shown: ReadonlyMap<string, number>;
}

interface CountsOfCause {
  transmissions: number;
  unseen: number;
  readonly shown: Map<string, number>;
}

/** Differences that are kept one by one. */
const MOST_DIFFERENCES = 1000;
const NOTHING = "nothing";

export class TruthComparison {
  /** All transmissions that were told. */
  transmissions = 0;
  /** Of them, those that the tap saw. */
  seen = 0;
  /** Of all, those that did not arrive. */
  lost = 0;
  /** How many frames differ. */
  differing = 0;
  readonly differences: Difference[] = [];
  readonly #byFrame = new Map<number, ToldTransmission>();
  readonly #byId = new Map<number, ToldTransmission>();
  readonly #causes = new Map<string, CountsOfCause>();

  /** Takes what really happened to one transmission. */
  tell(told: ToldTransmission): void {
    this.transmissions++;
    this.#byId.set(told.id, told);
    if (told.fate !== "delivered") this.lost++;
    const cause = this.#causeOf(told.cause);
    cause.transmissions++;
    if (told.frame === undefined) {
      cause.unseen++;
      return;
    }
    this.seen++;
    for (const frame of [told.frame, ...(told.furtherFrames ?? [])]) this.#byFrame.set(frame, told);
  }

  /** Takes what the capture shows of a frame, after everything was told. @param findings bits of `Finding` */
  show(frame: number, findings: number): void {
    const told = this.#byFrame.get(frame);
    if (told === undefined) return;
    const names = namesOf(findings & LOOKED_AT);
    const { shown } = this.#causeOf(told.cause);
    const name = names.length === 0 ? NOTHING : names.join(", ");
    shown.set(name, (shown.get(name) ?? 0) + 1);
    const truth = frame === told.frame ? this.#differenceOf(told, findings) : onceMore(findings);
    if (truth === undefined) return;
    this.differing++;
    if (this.differences.length < MOST_DIFFERENCES) this.differences.push({ frame, shown: name, truth });
  }

  /** By cause, as they were first met. */
  get causes(): ShownAs[] {
    return [...this.#causes].map(([cause, counts]) => ({ cause, ...counts }));
  }

  #causeOf(cause: string): CountsOfCause {
    const known = this.#causes.get(cause);
    if (known !== undefined) return known;
    const counts: CountsOfCause = { transmissions: 0, unseen: 0, shown: new Map() };
    this.#causes.set(cause, counts);
    return counts;
  }

  /** What really happened, where that is not what the findings say; undefined where they are right. */
  #differenceOf(told: ToldTransmission, findings: number): string | undefined {
    const isShown = (findings & SENT_AGAIN) !== 0;
    if (told.repeats === undefined) return isShown ? this.#sentOnce(findings) : wrongCause(told, findings);
    const first = this.#byId.get(told.repeats);
    const why = `sent again, ${REASONS[told.cause] ?? told.cause}`;
    if (!isShown) return first?.frame === undefined ? `${why}; the tap never saw the first one` : why;
    const isNeedless = first?.fate === "delivered";
    const was =
      first?.frame === undefined ? "the first one, which the tap never saw," : `the first one, frame ${first.frame},`;
    if ((findings & Finding.SPURIOUS_RETRANSMISSION) !== 0) {
      return isNeedless ? undefined : `${why}; ${was} did not arrive, so that it was needed`;
    }
    if ((findings & Finding.OUT_OF_ORDER) !== 0) return `${why}; it is no segment that came late`;
    if ((findings & Finding.FAST_RETRANSMISSION) !== 0 && told.cause === "timeout") return why;
    return isNeedless ? `${why}; ${was} had arrived, so that it was not needed` : undefined;
  }

  #sentOnce(findings: number): string | undefined {
    return (findings & Finding.OUT_OF_ORDER) !== 0
      ? undefined
      : "sent once only; it was overtaken on the way, or came twice";
  }
}

const REASONS: Readonly<Record<string, string>> = {
  timeout: "as the retransmission timer ran out",
  fast: "as duplicate acknowledgements asked for it",
  sack: "as selective acknowledgements left it out",
  "tail-probe": "as a probe of the tail",
  "path-mtu": "in smaller segments, as the path did not take it",
  syn: "as nobody answered",
};

/** Of a further frame with the same packet. */
function onceMore(findings: number): string | undefined {
  return (findings & SENT_AGAIN) === 0 ? undefined : "sent once only; the capture has its packet twice";
}

function wrongCause({ cause }: ToldTransmission, findings: number): string | undefined {
  const wrong = RIGHT_CAUSES.find(([finding, causes]) => (findings & finding) !== 0 && !causes.includes(cause));
  return wrong === undefined ? undefined : `sent as ${cause}`;
}

const LOOKED_AT: number = RIGHT_CAUSES.reduce((bits, [finding]) => bits | finding, SENT_AGAIN);

function namesOf(findings: number): string[] {
  return FINDING_KINDS.filter(({ bit }) => (findings & bit) !== 0).map(({ title }) => title);
}

/** Reads a line of the truth, as `encapsulate --truth` writes it; undefined for what is none. */
export function readTruthLine(text: string): ToldTransmission | undefined {
  try {
    const told: unknown = JSON.parse(text);
    return isTransmission(told) ? told : undefined;
  } catch {
    return undefined;
  }
}

function isTransmission(told: unknown): told is ToldTransmission {
  if (typeof told !== "object" || told === null) return false;
  const { id, frame, furtherFrames = [], cause, fate, repeats } = told as Record<string, unknown>;
  const isNumber = (value: unknown) => Number.isSafeInteger(value);
  const isNumberOrMissing = (value: unknown) => value === undefined || isNumber(value);
  return (
    isNumber(id) &&
    isNumberOrMissing(frame) &&
    Array.isArray(furtherFrames) &&
    furtherFrames.every(isNumber) &&
    isNumberOrMissing(repeats) &&
    typeof cause === "string" &&
    typeof fate === "string"
  );
}
