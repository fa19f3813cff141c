/** What a capture shows beside what really happened, for people. */
import { withThousands } from "../../core/text.ts";
import type { Difference, ShownAs, TruthComparison } from "../truth-comparison.ts";
import { framesText, plural } from "../wording.ts";
import { formatTable } from "./table.ts";
import { paragraph } from "./text-layout.ts";

/** Kinds of differences that are shown, and frames that are named of each. */
const MOST_SHOWN = 20;
const MOST_NAMED = 10;

/** @returns lines, each with its end */
export async function formatTruth(truth: TruthComparison): Promise<string> {
  const { transmissions, seen, lost } = truth;
  const head =
    `What really happened: ${plural(transmissions, "packet")} ${transmissions === 1 ? "was" : "were"} sent, of which the ` +
    `capture shows ${withThousands(seen)} and ${withThousands(lost)} did not arrive.`;
  const columns = [
    { title: "Why it was sent" },
    { title: "Sent", align: "right" },
    { title: "Not seen", align: "right" },
    { title: "What the capture shows of the others" },
  ] as const;
  const table = await formatTable(columns, truth.causes.map(rowOf));
  const lines = [...paragraph(head), "", ...table, "", ...differenceLines(truth)];
  return lines.map((line) => `${line}\n`).join("");
}

function rowOf({ cause, transmissions, unseen, shown }: ShownAs): string[] {
  const ways = [...shown].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${withThousands(count)}`);
  return [cause, withThousands(transmissions), withThousands(unseen), ways.join("; ")];
}

function differenceLines({ differing, differences }: TruthComparison): string[] {
  if (differing === 0) return paragraph("Capture and truth say the same of every frame.");
  const head = `Capture and truth differ in ${plural(differing, "frame")}:`;
  const groups = [...alike(differences).values()];
  const shown = groups.slice(0, MOST_SHOWN).flatMap((group) => {
    const { shown, truth } = group[0]!;
    const frames = group.map(({ frame }) => frame);
    const is = shown === "nothing" ? "no finding" : shown;
    return paragraph(`${framesText(frames, MOST_NAMED)}: ${is}; in truth ${truth}.`, "  ");
  });
  const told = groups.slice(0, MOST_SHOWN).reduce((sum, { length }) => sum + length, 0);
  const left = differing - told;
  return [...paragraph(head), ...shown, ...(left === 0 ? [] : paragraph(`and ${withThousands(left)} more`, "  "))];
}

/** Those of which the same is said, in the order of their first frames. */
function alike(differences: readonly Difference[]): Map<string, Difference[]> {
  const groups = new Map<string, Difference[]>();
  for (const difference of differences) {
    const key = `${difference.shown}\n${difference.truth}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [difference]);
    else group.push(difference);
  }
  return groups;
}
