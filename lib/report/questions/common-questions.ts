/** Questions that can be asked of every run. */
import type { Transmission } from "../../session/network/transmission.ts";
import { count, plural } from "../wording.ts";
import { type Answer, ask, type Question, some } from "./question.ts";
import { bytesOf, type Repeat, ratio, type Story } from "./story.ts";

/** Rows of a table; the rest is counted. */
const MOST_ROWS = 20;

const FATES: Readonly<Record<Transmission["fate"], string>> = {
  delivered: "arrived",
  lost: "lost on the way",
  "queue-full": "dropped by a full queue",
  corrupted: "thrown away by the receiver, since a bit had flipped",
  "too-large": "dropped by the path, which takes no packets of that size",
};

export function commonQuestions(story: Story): Question[] {
  return [whatWasSent(story), whatWasSentAgain(story), whatTheCaptureShows(story)];
}

function whatWasSent(story: Story): Question {
  const fates = new Map<Transmission["fate"], number>();
  for (const { fate } of story.all) fates.set(fate, (fates.get(fate) ?? 0) + 1);
  const unseen = story.all.filter(({ frame }) => frame === undefined);
  const copies = story.all.filter((one) => one.copies > 1).length;
  const parts = [...fates].map(([fate, times]) => `${count(times)} ${FATES[fate]}`);
  const seen =
    unseen.length === 0
      ? "The capture shows all of them."
      : `The capture does not show ${count(unseen.length)} of them: what is lost before it reaches the place where the capture is taken is never seen there.`;
  return {
    asks: "How many packets were sent, what became of them, and how many of them does the capture show?",
    answer: {
      sentences: [
        `${plural(story.all.length, "packet")} ${story.all.length === 1 ? "was" : "were"} sent: ${parts.join(", ")}.`,
        ...(copies === 0 ? [] : [`${plural(copies, "packet")} arrived twice.`]),
        seen,
      ],
    },
  };
}

function whatWasSentAgain(story: Story): Question {
  const asks = "Which frames were sent again, and why?";
  const repeats = some(story.repeats);
  if (repeats === undefined) return { asks, answer: { sentences: ["None: every byte was sent once."] } };
  const needless = repeats.filter(isNeedless).length;
  const sentences = [
    `${plural(repeats.length, "packet")} repeated what had been sent before, ${needless === 0 ? "and none of them needlessly" : `${count(needless)} of them needlessly, since what came before arrived`}.`,
  ];
  return ask(asks, repeats, (list) => {
    const rows = list.slice(0, MOST_ROWS).map((repeat) => {
      const { again, before } = repeat;
      return [
        story.name(again),
        again.from,
        bytesOf(again),
        story.name(before),
        story.time(again.sent - before.sent),
        story.why(again),
      ];
    });
    return tableAnswer(sentences, ["Packet", "From", "Numbers", "Sent before as", "Time between", "Why"], rows, list);
  });
}

/** Whether what was sent before arrived all the same. */
function isNeedless({ before }: Repeat): boolean {
  return before.fate === "delivered";
}

export function howLongUntilSentAgain(story: Story): Question {
  return ask(
    "How long did it take until something was sent again? Compare it with the round-trip time and with the retransmission timeout at that moment.",
    some(story.repeats.filter(({ before }) => before.sender !== undefined)),
    (list) => {
      const rows = list.slice(0, MOST_ROWS).map(({ again, before }) => {
        const { srtt, rto } = before.sender!;
        const wait = again.sent - before.sent;
        return [
          story.name(again),
          story.time(wait),
          srtt === undefined ? "not known yet" : story.time(srtt),
          srtt === undefined ? "" : ratio(wait, srtt),
          story.time(rto),
        ];
      });
      const heads = ["Packet", "Waited", "Round-trip time", "Round trips", "Timeout"];
      return tableAnswer(["The wait is counted from the transmission before."], heads, rows, list);
    },
  );
}

export function whereLost(story: Story): Question {
  return ask("Which packets did not arrive, and where on the way were they lost?", some(story.lost), (list) => {
    const rows = list
      .slice(0, MOST_ROWS)
      .map((one) => [
        story.name(one),
        one.from,
        bytesOf(one),
        story.moment(one.sent),
        one.lostAt === undefined ? "" : `${Math.round(100 * one.lostAt)} %`,
        FATES[one.fate],
      ]);
    const heads = ["Packet", "From", "Numbers", "Sent at", "Way from client to server", "What became of it"];
    return tableAnswer([`${plural(list.length, "packet")} did not arrive.`], heads, rows, list);
  });
}

function whatTheCaptureShows({ comparison }: Story): Question {
  const { differing, differences, causes } = comparison;
  const shown = differences.slice(0, MOST_ROWS).map(({ frame, shown, truth }) => {
    const belief = shown === "nothing" ? "nothing out of the ordinary" : shown;
    return `Frame ${count(frame)} looks like ${belief}; in truth it was ${truth}.`;
  });
  const left = differing - shown.length;
  const rows = causes.map(({ cause, transmissions, unseen, shown: ways }) => [
    cause,
    count(transmissions),
    count(unseen),
    [...ways].map(([name, times]) => `${name === "nothing" ? "no finding" : name}: ${count(times)}`).join("; "),
  ]);
  const verdict =
    differing === 0
      ? "What the capture shows is what happened: of no frame does it say anything else."
      : `In ${plural(differing, "frame")} the capture shows something else than what happened.`;
  return {
    asks: "What would the capture alone make you believe, and what really happened?",
    answer: {
      sentences: [verdict, ...shown, ...(left > 0 ? [`And ${count(left)} more.`] : [])],
      table: { heads: ["Why it was sent", "Sent", "Not seen", "What the capture shows of the others"], rows },
    },
  };
}

/** @param all what the rows are the first of */
export function tableAnswer(
  sentences: readonly string[],
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  all: readonly unknown[] = rows,
): Answer {
  const left = all.length - rows.length;
  return {
    sentences: left > 0 ? [...sentences, `${count(left)} more are not shown.`] : sentences,
    table: { heads, rows },
  };
}
