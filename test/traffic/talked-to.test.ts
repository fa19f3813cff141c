import fc from "fast-check";
import { expect, test } from "vitest";
import type { EndPoint, Message } from "../../lib/csv/message.ts";
import { TalkedTo } from "../../lib/traffic/talked-to.ts";

const endPoints: readonly EndPoint[] = Array.from({ length: 200 }, (_, index) => ({
  index,
  name: `n${index}`,
  ...(index % 10 !== 0 && { port: 1000 + index }),
}));

test("tells who has several partners, and never calls one a listener that nobody spoke to first", () => {
  const pair = fc.tuple(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 0, max: 199 }));
  const property = fc.property(fc.array(pair, { maxLength: 300 }), (pairs) => {
    const talkedTo = new TalkedTo();
    const partners = endPoints.map(() => new Set<number>());
    const wereAddressed = new Set<number>();
    const met = new Set<string>();
    for (const [from, to] of pairs) {
      if (from === to) continue;
      const [source, destination] = [endPoints[from]!, endPoints[to]!];
      talkedTo.note({ source, destination } as Message);
      if (source.port === undefined || destination.port === undefined) continue;
      partners[from]!.add(to);
      partners[to]!.add(from);
      const key = [from, to].sort().join();
      if (!met.has(key)) wereAddressed.add(to);
      met.add(key);
    }
    for (const endPoint of endPoints) {
      expect(talkedTo.hasSeveral(endPoint)).toBe(partners[endPoint.index]!.size > 1);
      if (talkedTo.listens(endPoint)) expect(wereAddressed.has(endPoint.index)).toBe(true);
    }
  });
  fc.assert(property, { numRuns: 500 });
});
