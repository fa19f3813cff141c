/** Questions about losses, what is taken for one, and what a sender does then. */
import type { Transmission } from "../../session/network/transmission.ts";
import { count, plural } from "../wording.ts";
import { tableAnswer } from "./common-questions.ts";
import { ask, type Question, some } from "./question.ts";
import { type Repeat, ratio, type Story, windowText } from "./story.ts";

/** That a sender believes in congestion when it sends for them. */
const RECOVERING: ReadonlySet<Transmission["cause"]> = new Set(["fast", "sack", "timeout"]);

/** The first repeat that says that something is believed to be lost. */
function firstRecovery(story: Story): Repeat | undefined {
  return story.repeats.find(({ again }) => RECOVERING.has(again.cause) && again.sender !== undefined);
}

export function windowAroundLoss(story: Story): Question {
  return ask(
    "How large was the congestion window (cwnd) before the sender believed in a loss, and afterwards?",
    firstRecovery(story),
    ({ again }) => {
      const segment = Math.max(1, ...story.all.map(({ length }) => length));
      const before = story.beforeOf(again);
      const after = story.newAfter(again);
      const rows = [
        ...(before === undefined ? [] : [["Before", before] as const]),
        ["When it was sent again", again] as const,
        ...(after === undefined ? [] : [["At the next new data", after] as const]),
      ].map(([when, one]) => {
        const { cwnd, ssthresh, inFlight } = one.sender!;
        const threshold = ssthresh === undefined ? "none" : count(ssthresh);
        return [when, story.name(one), windowText(cwnd, segment), threshold, count(inFlight)];
      });
      const sentence = `The ${again.from} noticed it at ${story.moment(again.sent)} and sent ${story.name(again)}: ${story.why(again)}.`;
      return tableAnswer([sentence], ["When", "Packet", "cwnd", "ssthresh", "In flight"], rows);
    },
  );
}

export function duplicateAcknowledgments(story: Story): Question {
  return ask(
    "How many duplicate acknowledgements reached the sender, and how many of them before it sent something again?",
    some(story.because(undefined, "duplicate-ack")),
    (list) => {
      const recovery = story.repeats.find(({ again }) => again.from !== list[0].from)?.again;
      const come =
        recovery === undefined ? [] : list.filter(({ arrived }) => arrived !== undefined && arrived <= recovery.sent);
      const sentence = `The ${list[0].from} sent ${plural(list.length, "duplicate acknowledgement")}: ${story.names(list)}.`;
      const verdict =
        recovery === undefined
          ? "The other side sent nothing again: three of them for the same hole are what a sender takes for a loss."
          : `${count(come.length)} of them had arrived by the moment at which ${story.name(recovery)} was sent again; the others were on their way, or answer what came later.`;
      const third = recovery?.cause === "fast" ? ["The third one asks for it (RFC 5681, section 3.2)."] : [];
      return { sentences: [sentence, verdict, ...third] };
    },
  );
}

export function overtaken(story: Story): Question {
  return ask(
    "Which packet was overtaken, by how many, and how long was it on its way?",
    some(story.all.filter((one) => one.overtaken > 0 && one.arrived !== undefined)),
    (list) => {
      const rows = list.map((one) => {
        const before = story.beforeOf(one);
        const usual = before?.arrived === undefined ? "" : story.time(before.arrived - before.sent);
        return [story.name(one), count(one.overtaken), story.time(one.arrived! - one.sent), usual];
      });
      return tableAnswer([], ["Packet", "Overtaken by", "On its way", "The one before it"], rows);
    },
  );
}

export function neededOrNot(story: Story): Question {
  return ask(
    "Was it necessary to send it again, and how does the sender learn whether it was?",
    story.repeats[0],
    ({ again, before }) => {
      if (before.arrived === undefined)
        return { sentences: [`It was: ${story.name(before)} was lost.`, ...acknowledgedBy(story, again)] };
      const gap = before.arrived - again.sent;
      const still =
        gap > 0
          ? `It was on its way for another ${story.time(gap)} when ${story.name(again)} left.`
          : `It had arrived ${story.time(gap).replace("-", "")} before ${story.name(again)} left.`;
      const said = story.all.find(
        (one) =>
          one.from !== again.from &&
          one.cause === "duplicate-ack" &&
          one.sent >= (again.arrived ?? Number.POSITIVE_INFINITY),
      );
      const news =
        said === undefined
          ? []
          : [`The other side says so in ${story.name(said)}, which names bytes that it has twice (D-SACK, RFC 2883).`];
      return { sentences: [`It was not: ${story.name(before)} arrived.`, still, ...news] };
    },
  );
}

/** Which packet tells that everything up to the end of a repeat has come. */
function acknowledgedBy(story: Story, { from, sequence = 0, length, arrived }: Transmission): string[] {
  const answer = story.all.find(
    (one) =>
      one.from !== from &&
      one.sent >= (arrived ?? Number.POSITIVE_INFINITY) &&
      (one.acknowledgment ?? 0) >= sequence + length,
  );
  return answer === undefined
    ? []
    : [
        `The other side says that it has all of it in ${story.name(answer)}, which has the acknowledgment number ${count(answer.acknowledgment!)}.`,
      ];
}

/** Of tries that a timer has caused, one after the other. @param what they are called in the question */
export function tries(story: Story, what: string, list: readonly Transmission[]): Question {
  return ask(
    `At what intervals were ${what} sent? Compare them with the retransmission timeout (RTO) of their sender.`,
    some(list),
    (all) => {
      const rows = all.map((one, at) => {
        const wait = at === 0 ? undefined : one.sent - all[at - 1]!.sent;
        const former = at < 2 ? undefined : all[at - 1]!.sent - all[at - 2]!.sent;
        return [
          story.name(one),
          story.moment(one.sent),
          wait === undefined ? "" : story.time(wait),
          wait === undefined || former === undefined ? "" : ratio(wait, former),
          one.sender === undefined ? "" : story.time(one.sender.rto),
        ];
      });
      return tableAnswer([], ["Packet", "Sent at", "After", "Times the one before", "RTO then"], rows);
    },
  );
}

/** What was sent most often, with all that repeats it. */
export function mostRepeated(story: Story): Transmission[] {
  const copies = new Map<Transmission, Transmission[]>();
  for (const { again, first } of story.repeats) {
    const list = copies.get(first) ?? [first];
    list.push(again);
    copies.set(first, list);
  }
  return [...copies.values()].reduce((most, list) => (list.length > most.length ? list : most), []);
}

export function measuredMeanwhile(story: Story): Question {
  return ask(
    "Was the round-trip time measured by the acknowledgement of what was sent again (Karn's rule)?",
    story.repeats.filter(({ again }) => again.cause === "timeout").at(-1),
    ({ again, first }) => {
      const after = story.newAfter(again) ?? story.because(again.from, "ack", "fin").find(({ id }) => id > again.id);
      const of = (one: Transmission | undefined) => {
        const srtt = one?.sender?.srtt;
        return srtt === undefined ? "not known" : story.time(srtt);
      };
      return {
        sentences: [
          `No. Its smoothed round-trip time was ${of(first)} when the ${again.from} sent it first, ${of(again)} when it sent it for the last time, and ${of(after)} afterwards.`,
          "Nobody knows which of the transmissions is acknowledged, so such an acknowledgement measures nothing (RFC 6298, section 3).",
        ],
      };
    },
  );
}
