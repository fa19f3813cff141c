/** What is asked about scenarios, and that the answers are what happens in them. */
import { describe, expect, it } from "vitest";
import type { Question } from "../../../lib/report/questions/question.ts";
import { formatQuestionsPage, type Lesson } from "../../../lib/report/questions/questions-page.ts";
import { scenarioQuestions } from "../../../lib/report/questions/scenario-questions.ts";
import type { Story } from "../../../lib/report/questions/story.ts";
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from "../../../lib/session/network/known-scenarios.ts";
import { attribute, faultsOf, PageReader, textOf } from "../../helpers/judges/page-reader.ts";
import { storyOf } from "../../helpers/network/played-story.ts";

const stories = new Map<ScenarioName, Promise<Story>>();
/** With the usual seed: each is played once. */
function told(name: ScenarioName): Promise<Story> {
  const story = stories.get(name) ?? storyOf(name);
  stories.set(name, story);
  return story;
}

/** Sentences and cells of the answer to the question that has these words. */
async function answerTo(name: ScenarioName, words: string): Promise<string[]> {
  const questions = scenarioQuestions(name, await told(name)).filter(({ asks }) => asks.includes(words));
  expect(questions.map(({ asks }) => asks)).toHaveLength(1);
  return linesOf(questions[0]!);
}

function linesOf({ answer: { sentences, table } }: Question): string[] {
  return [...sentences, ...(table?.rows.map((cells) => cells.join(" | ")) ?? [])];
}

describe("questions", () => {
  it.each(SCENARIO_NAMES)("of %s are at least five, and each has an answer, whatever the seed is", async (name) => {
    for (const story of [await told(name), await storyOf(name, 77)]) {
      const questions = scenarioQuestions(name, story);
      expect(questions.length).toBeGreaterThanOrEqual(5);
      expect(new Set(questions.map(({ asks }) => asks)).size).toBe(questions.length);
      for (const question of questions) {
        const text = linesOf(question).join("\n");
        expect(question.asks).toMatch(/[?.]$/);
        expect(text, question.asks).not.toMatch(/^$|Nothing of the kind|undefined|NaN|Infinity|\[object/);
        for (const sentence of question.answer.sentences) expect(sentence).toMatch(/^[A-Z\d].*\.$/);
        for (const cells of question.answer.table?.rows ?? []) {
          expect(cells).toHaveLength(question.answer.table!.heads.length);
        }
      }
    }
  });

  it("count what was sent, lost and seen", async () => {
    const { all, lost } = await told("mtu-black-hole");
    const [sent] = await answerTo("mtu-black-hole", "How many packets were sent");
    expect(sent).toBe(
      `${all.length} packets were sent: ${all.length - lost.length} arrived, ${lost.length} dropped by the path, which takes no packets of that size.`,
    );
    expect((await answerTo("mtu-black-hole", "Which sizes pass"))[0]).toContain("the smallest that did not has 1,460.");
    const [, seen] = await answerTo("fast-retransmit", "How many packets were sent");
    expect(seen).toContain("does not show 1 of them");
  });

  it("say how long it takes until something is sent again, and why", async () => {
    const [, wait] = await answerTo("fast-retransmit", "How long did it take until");
    expect(wait).toMatch(/^frame \d+ \| 40 ms \| 40 ms \| 1\.0 \| 240 ms$/);
    const [count, ...rows] = await answerTo("timeout-backoff", "Which frames were sent again");
    expect(count).toBe("4 packets repeated what had been sent before, and none of them needlessly.");
    expect(rows.map((row) => row.split(" | ").slice(-2).join(", "))).toEqual(
      ["220 ms", "440 ms", "880 ms", "1.76 s"].map((time) => `${time}, the retransmission timer ran out`),
    );
    const syns = await answerTo("syn-retry", "At what intervals");
    expect(syns.map((row) => row.split(" | ")[1])).toEqual(["0.000 s", "1.000 s", "3.000 s"]);
  });

  it("show that a probe of the tail comes before the timer, as the scenario says", async () => {
    const [repeat, filled] = (await told("tail-loss")).repeats;
    expect(repeat!.again.cause).toBe("tail-probe");
    const answered = (await told("tail-loss")).all.findLast(
      ({ from, id }) => from === "client" && id < repeat!.again.id,
    );
    const { srtt, rto } = repeat!.again.sender!;
    expect(repeat!.again.sent - answered!.arrived!).toBe(2 * srtt!);
    expect(filled!.again.sent - filled!.before.sent).toBeLessThan(rto);
  });

  it("tell what only looks like a loss from one", async () => {
    const needed = await answerTo("reordering", "Was it necessary");
    expect(needed[0]).toMatch(/^It was not: frame \d+ arrived\.$/);
    expect(needed.join()).toContain("D-SACK");
    expect((await answerTo("tail-loss", "Was it necessary"))[0]).toMatch(/^It was: frame \d+ was lost\.$/);
    expect((await answerTo("duplicate-acks", "How many duplicate"))[1]).toContain("The other side sent nothing again");
    const [verdict, frame] = await answerTo("duplicate-acks", "What would the capture alone");
    expect(verdict).toBe("In 1 frame the capture shows something else than what happened.");
    expect(frame).toContain("looks like TCP Fast Retransmission; in truth it was sent once only");
  });

  it("follow windows, marks and queues", async () => {
    const [still] = await answerTo("zero-window", "stand still");
    expect(still).toMatch(/, 2\.779 s later\.$/);
    const [first, last] = await answerTo("ecn", "heard of a mark").then((lines) => lines.slice(1));
    expect(first).toContain("108,040 | none");
    expect(Number(last!.split(" | ")[2]!.replace(",", ""))).toBeLessThan(80_000);
    const ways = await answerTo("bufferbloat", "on its way");
    expect(ways[0]).toContain("27.2 times as long");
    const rounds = await answerTo("satellite", "at the beginning of each round trip");
    expect(rounds[0]).toBe("1 | frame 5 | 1.300 s | 14,600 bytes (10 segments) | 10 segments");
  });

  it("know how connections end", async () => {
    expect((await answerTo("simultaneous-close", "did the two cross"))[0]).toMatch(/^They crossed/);
    expect((await answerTo("half-close", "did the two cross"))[0]).toMatch(/^They did not cross/);
    expect((await answerTo("half-close", "How much did the server send"))[0]).toContain("200,955 bytes");
    const [data, resets] = await answerTo("reset-mid-transfer", "never acknowledge");
    expect(data).toMatch(/^44 segments with 64,240 bytes: /);
    expect(resets).toMatch(/^The client sent 44 resets, /);
    expect((await answerTo("refused", "try again"))[0]).toMatch(/^No, it sent one SYN/);
  });
});

describe("the page of questions", () => {
  const lesson: Lesson = {
    name: "syn-retry",
    title: SCENARIOS["syn-retry"].title,
    teaches: SCENARIOS["syn-retry"].teaches,
    command: "wirewright encapsulate 'a <b>.csv' x.pcapng",
    files: [["syn-retry.pcapng", "the capture"]],
    questions: [
      { asks: "Is <b> text?", answer: { sentences: ["It & all is."] } },
      { asks: "And here?", answer: { sentences: [], table: { heads: ["A"], rows: [["<i>"], ["2"]] } } },
    ],
  };

  it("is whole, runs nothing, and keeps texts what they are", () => {
    const page = new PageReader(formatQuestionsPage([lesson, { ...lesson, name: "other" }]));
    expect(faultsOf(page, { scripts: 0, files: ["syn-retry.pcapng"] })).toEqual([]);
    expect(page.all("script", "b", "i", "img", "link")).toEqual([]);
    expect(textOf(page.all("pre")[0]!)).toBe(lesson.command);
    expect(page.all("h3").map(textOf)).toEqual(["1. Is <b> text?", "2. And here?", "1. Is <b> text?", "2. And here?"]);
    expect(page.all("td").map(textOf)).toEqual(["<i>", "2", "<i>", "2"]);
  });

  it("folds every answer away, and links the files beside it", () => {
    const page = new PageReader(formatQuestionsPage([lesson]));
    const details = page.all("details");
    expect(details.map(textOf).map((text) => text.trim().split("\n")[0])).toEqual(["Answer", "Answer"]);
    for (const one of details) expect(attribute(one, "open")).toBeUndefined();
    const links = page.all("a").map((link) => attribute(link, "href"));
    expect(links).toEqual(["#questions", "#syn-retry", "syn-retry.pcapng"]);
  });
});
