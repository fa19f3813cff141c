/** What a link does to one packet depends on nothing that it does to others, as far as that can be. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NetworkLink } from "../../../lib/session/network/link-options.ts";
import { MS, type SentPacket, send } from "./link-traffic.ts";

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const ticks = fc.integer({ min: 0, max: 100 * MS });

const options = fc.record<Partial<NetworkLink>>({
  delay: ticks,
  jitter: ticks,
  jitterDistribution: fc.constantFrom("normal", "uniform", "pareto"),
  jitterReorders: fc.boolean(),
  duplicate: probability,
  reorder: probability,
  corrupt: probability,
});

const packets = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 5 * MS }),
      bytes: fc.integer({ min: 54, max: 1514 }),
      conversation: fc.integer({ min: 0, max: 3 }),
      isEcnCapable: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((list): SentPacket[] => {
    let sent = 0;
    return list.map(({ gap, ...packet }) => {
      sent += gap;
      return { sent, ...packet };
    });
  });

describe("the course of a packet", () => {
  it("is the same whatever else is lost", () => {
    fc.assert(
      fc.property(options, packets, probability, (link, sent, loss) => {
        const before = send(link, sent);
        const after = send({ ...link, loss, lossBursts: { mean: loss / 2, end: 0.5 } }, sent);
        for (const [index, course] of after.entries()) {
          if (course.fate !== "lost") expect(course).toEqual(before[index]);
        }
      }),
    );
  });

  it("is lost still where more is lost", () => {
    fc.assert(
      fc.property(options, packets, probability, probability, (link, sent, one, other) => {
        const few = send({ ...link, loss: Math.min(one, other) }, sent);
        const many = send({ ...link, loss: Math.max(one, other) }, sent);
        for (const [index, { fate, lostAt }] of few.entries()) {
          if (fate === "lost") expect(many[index]).toMatchObject({ fate, lostAt });
        }
      }),
    );
  });

  it("is the same whatever conversations there are besides, where there is no rate", () => {
    fc.assert(
      fc.property(options, packets, probability, (link, sent, loss) => {
        const together = send({ ...link, loss }, sent).filter(({ conversation }) => conversation === 0);
        const alone = send(
          { ...link, loss },
          sent.filter(({ conversation }) => conversation === 0),
        );
        expect(together).toEqual(alone);
      }),
    );
  });

  it("takes as long whether or not packets are duplicated, damaged or held up before it", () => {
    fc.assert(
      fc.property(options, packets, (link, sent) => {
        const plain = send({ ...link, duplicate: 0, reorder: 0, corrupt: 0 }, sent);
        const ailing = send({ ...link, reorder: 0 }, sent);
        expect(ailing.map(({ arrived }) => arrived)).toEqual(plain.map(({ arrived }) => arrived));
        const delays = send({ ...link, reorderDelay: 7 * MS }, sent).map(
          ({ arrived }, index) => arrived! - plain[index]!.arrived!,
        );
        expect(delays.filter((more) => more !== 0 && more !== 7 * MS)).toEqual([]);
      }),
    );
  });

  it("goes forward only, and with a rate takes no less than without", () => {
    fc.assert(
      fc.property(options, packets, fc.integer({ min: 10_000, max: 1e9 }), (link, sent, rate) => {
        const slow = send({ ...link, jitterReorders: true, rate, queue: 5, reorderDelay: MS }, sent);
        const fast = send({ ...link, jitterReorders: true, reorderDelay: MS }, sent);
        for (const [index, { passes, arrived, sent: left }] of slow.entries()) {
          const times = passes.filter((time) => time !== undefined);
          expect([left, ...times]).toEqual([left, ...times].sort((a, b) => a - b));
          if (arrived !== undefined) expect(arrived).toBeGreaterThanOrEqual(fast[index]!.arrived!);
        }
      }),
    );
  });
});
