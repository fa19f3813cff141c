/** Questions about how fast data goes, and what it waits for. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { Transmission } from "../../session/network/transmission.ts";
import { count, plural } from "../wording.ts";
import { tableAnswer } from "./common-questions.ts";
import { ask, type Question, some } from "./question.ts";
import { ratio, type Story, windowText } from "./story.ts";

const MOST_ROUNDS = 12;

/** New data of the server, in the order of sending. */
function answerOf(story: Story): Transmission[] {
  return story.because("server", "new");
}

export function timeOnTheWay(story: Story): Question {
  const list = answerOf(story).filter(({ arrived }) => arrived !== undefined);
  return ask("How long was the data on its way, and how does that change?", some(list), (all) => {
    const picked = [0, 0.25, 0.5, 0.75, 1].map((part) => all[Math.round(part * (all.length - 1))]!);
    const ways = all.map((one) => one.arrived! - one.sent);
    const [least, most] = [Math.min(...ways), Math.max(...ways)];
    const rows = picked.map((one) => [
      story.name(one),
      story.moment(one.sent),
      story.time(one.arrived! - one.sent),
      one.sender?.srtt === undefined ? "not known yet" : story.time(one.sender.srtt),
      count(one.sender?.inFlight ?? 0),
    ]);
    const sentence = `${story.time(least)} at the least and ${story.time(most)} at the most, which is ${ratio(most, least)} times as long.`;
    const heads = ["Packet", "Sent at", "On its way", "Round-trip time known to its sender", "In flight"];
    return tableAnswer([sentence], heads, rows);
  });
}

export function rateOfTransfer(story: Story): Question {
  const list = answerOf(story).filter(({ arrived }) => arrived !== undefined);
  return ask("How fast was the transfer, and what does the largest amount in flight allow?", some(list), (all) => {
    const bytes = all.reduce((sum, { length }) => sum + length, 0);
    const last = Math.max(...all.map(({ arrived }) => arrived!));
    const time = last - all[0].sent;
    const fullest = all.reduce((best, one) =>
      (one.sender?.inFlight ?? 0) > (best.sender?.inFlight ?? 0) ? one : best,
    );
    const { inFlight = 0, srtt, cwnd = 0, window = 0 } = fullest.sender ?? {};
    const limit = Math.min(cwnd, window) === cwnd ? "the congestion window" : "the window of the receiver";
    return {
      sentences: [
        `${count(bytes)} bytes of data arrived in ${story.time(time)}: ${story.rate(bytes, time)}.`,
        `The most in flight was ${count(inFlight)} bytes, in ${story.name(fullest)}, where cwnd was ${count(cwnd)} and the window of the receiver ${count(window)}: ${limit} was the smaller one.`,
        ...(srtt === undefined
          ? []
          : [`So much in each round trip of ${story.time(srtt)} is ${story.rate(inFlight, srtt)}.`]),
      ],
    };
  });
}

export function growthOfWindow(story: Story): Question {
  return ask(
    "How large was the congestion window at the beginning of each round trip, and what was sent in it?",
    some(answerOf(story)),
    (all) => {
      const rounds = roundsOf(all);
      const segment = Math.max(...all.map(({ length }) => length));
      const rows = rounds.slice(0, MOST_ROUNDS).map(([first, ...others], index) => {
        const cwnd = windowText(first!.sender?.cwnd ?? 0, segment);
        return [
          String(index + 1),
          story.name(first!),
          story.moment(first!.sent),
          cwnd,
          plural(others.length + 1, "segment"),
        ];
      });
      return tableAnswer([], ["Round trip", "Begins with", "At", "cwnd", "New data sent in it"], rows, rounds);
    },
  );
}

/** A round trip ends when the first of its segments can have been acknowledged: its own way, and the way back of the same length. */
function roundsOf(all: readonly Transmission[]): Transmission[][] {
  const rounds: Transmission[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const one of all) {
    if (one.sent >= end) {
      rounds.push([]);
      end = one.sent + (one.sender?.srtt ?? 0);
    }
    rounds.at(-1)!.push(one);
  }
  return rounds;
}

/** Two that follow each other, with the longest time between them. */
function longestPause(all: readonly Transmission[]): readonly [Transmission, Transmission] | undefined {
  let longest: readonly [Transmission, Transmission] | undefined;
  for (let at = 1; at < all.length; at++) {
    const pair = [all[at - 1]!, all[at]!] as const;
    if (longest === undefined || pair[1].sent - pair[0].sent > longest[1].sent - longest[0].sent) longest = pair;
  }
  return longest;
}

export function standstill(story: Story): Question {
  return ask(
    "How long did the transfer stand still, and what ended it?",
    longestPause(answerOf(story)),
    ([last, next]) => {
      const update = story
        .because("client", "window-update")
        .find(({ arrived }) => arrived !== undefined && arrived <= next.sent && arrived > last.sent);
      return {
        sentences: [
          `New data was sent in ${story.name(last)} and not again before ${story.name(next)}, ${story.time(next.sent - last.sent)} later.`,
          ...(update === undefined
            ? []
            : [
                `${sentenceCase(story.name(update))} had told that there is room again, ${story.time(next.sent - update.sent)} before.`,
              ]),
        ],
      };
    },
  );
}

export function roomAtStandstill(story: Story): Question {
  return ask(
    "How much room did the sender know of when it stopped, and how large was its congestion window?",
    longestPause(answerOf(story)),
    ([last, next]) => {
      const probe = story.because("server", "window-probe")[0];
      const rows = [last, ...(probe === undefined ? [] : [probe]), next].map((one) => [
        story.name(one),
        story.moment(one.sent),
        count(one.sender?.window ?? 0),
        count(one.sender?.inFlight ?? 0),
        count(one.sender?.cwnd ?? 0),
      ]);
      const heads = ["Packet", "Sent at", "Window of the receiver", "In flight", "cwnd"];
      return tableAnswer(["What is in flight takes room too: the sender stops where both are equal."], heads, rows);
    },
  );
}

export function marks(story: Story): Question {
  return ask(
    "Which packets were marked for congestion (CE), and how does the sender learn of it?",
    some(story.all.filter(({ isMarked }) => isMarked)),
    (list) => {
      const echoes = story.all.filter((one) => has(one, TcpFlag.ECE) && !has(one, TcpFlag.SYN));
      const answer = story.all.find((one) => has(one, TcpFlag.CWR) && !has(one, TcpFlag.SYN));
      return {
        sentences: [
          `${plural(list.length, "packet")}: ${story.names(list)}.`,
          `The receiver echoes it (ECE) in ${plural(echoes.length, "packet")}: ${story.names(echoes)}.`,
          ...(answer === undefined
            ? []
            : [`It goes on until the sender says that it has slowed down (CWR), first in ${story.name(answer)}.`]),
        ],
      };
    },
  );
}

export function windowAroundMark(story: Story): Question {
  return ask(
    "How large was the congestion window before the sender heard of a mark, and afterwards?",
    story.all.find((one) => has(one, TcpFlag.CWR) && !has(one, TcpFlag.SYN)),
    (answer) => {
      const before = story.beforeOf(answer);
      const rows = [...(before === undefined ? [] : [before]), answer].map((one) => [
        story.name(one),
        story.moment(one.sent),
        count(one.sender?.cwnd ?? 0),
        one.sender?.ssthresh === undefined ? "none" : count(one.sender.ssthresh),
      ]);
      const lost = story.lost.length;
      const sentence = `Nothing had to be lost for that: ${lost === 0 ? "all packets arrived" : `${plural(lost, "packet")} did not arrive`}.`;
      return tableAnswer([sentence], ["Packet", "Sent at", "cwnd", "ssthresh"], rows);
    },
  );
}

function has({ flags }: Transmission, flag: number): boolean {
  return flags !== undefined && (flags & flag) !== 0;
}

/** As a sentence begins. */
function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
