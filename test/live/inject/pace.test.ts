import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { Injector } from "../../../lib/live/inject/injector.ts";
import { Pace, Waiter } from "../../../lib/live/inject/pace.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import { pcapOf } from "../../helpers/captures/pcap-records.ts";

const START = 1_767_225_600;
/** @param milliseconds after a start shortly before a full second */
const at = (milliseconds: number) => {
  const nanoseconds = Math.round(milliseconds * 1e6) + 999_999_999;
  const seconds = Math.floor(nanoseconds / 1e9);
  // Not the remainder, which is negative before the start.
  return { hasTime: true, seconds: START + seconds, nanoseconds: nanoseconds - seconds * 1e9 };
};
const untimed = { hasTime: false, seconds: 0, nanoseconds: 0 };
const dues = (pace: Pace, times: readonly number[]) => times.map((time) => pace.dueAt(at(time)));

describe("the pace of an injection", () => {
  it("is the capture's own, or so many times faster", () => {
    expect(dues(new Pace(1), [0, 0.5, 100, 100, 2500])).toEqual([0, 0.5, 100, 100, 2500]);
    expect(dues(new Pace(10), [0, 100, 2500])).toEqual([0, 10, 250]);
    expect(dues(new Pace(0.5), [0, 100, 2500])).toEqual([0, 200, 5000]);
    expect(dues(new Pace(Number.POSITIVE_INFINITY), [0, 100, 2500])).toEqual([0, 0, 0]);
  });

  it("does not wait for packets that were captured before their predecessors, and counts them", () => {
    const pace = new Pace(1);
    expect(dues(pace, [0, 100, 40, 60, 50, 130])).toEqual([0, 100, 100, 100, 100, 130]);
    expect(pace.backwards).toBe(2);
    const before = new Pace(1);
    expect(dues(before, [0, -5000, 10])).toEqual([0, 0, 10]);
    expect(before.backwards).toBe(1);
  });

  it("sends a packet without a time together with the one before it", () => {
    const pace = new Pace(1);
    expect([untimed, at(0), at(7), untimed, at(8)].map((packet) => pace.dueAt(packet))).toEqual([0, 0, 7, 7, 8]);
    expect(pace.backwards).toBe(0);
  });

  it("has the same gaps in every round", () => {
    const pace = new Pace(2);
    const rounds = [1, 2, 3].flatMap(() => {
      const round = dues(pace, [0, 30, 100]);
      pace.startAgain();
      return round;
    });
    expect(rounds).toEqual([0, 15, 50, 50, 65, 100, 100, 115, 150]);
    expect(pace.backwards).toBe(0);
  });

  it("never goes back, and does not drift", () => {
    const someTimes = fc.array(fc.integer({ min: -1000, max: 100_000_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(someTimes, (times) => {
        const seen = dues(new Pace(1), times);
        for (let index = 1; index < seen.length; index++) expect(seen[index]).toBeGreaterThanOrEqual(seen[index - 1]!);
        expect(seen.at(-1)).toBeCloseTo(Math.max(...times) - times[0]!, 5);
      }),
      { examples: [[[-1000, 0]]] },
    );
  });
});

describe("an injection", () => {
  it("waits for each packet until its own time, however late the one before it was", async () => {
    const times = [0, 100, 200, 200.5, 330, 331, 1000, 1001];
    const records = times.map((time) => ({ time: time * 1000, bytes: Uint8Array.of(0x45, ...new Uint8Array(19)) }));
    const waits = vi.spyOn(Waiter.prototype, "until").mockResolvedValue();
    vi.spyOn(Waiter.prototype, "mustYield").mockReturnValue(true);
    let sent = 0;
    const send = () => {
      sent++;
      // For as long as the next gap should be, and longer.
      if (sent === 4) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    };
    const adapter = { linkType: LinkType.RAW, send, close: () => {} };
    for (const speed of [1, 10, 0.5]) {
      waits.mockClear();
      sent = 0;
      const injector = new Injector(adapter, "fake", { speed });
      await injector.send(captureFromBytes(pcapOf(LinkType.RAW, records), "paced"));
      await injector.send(captureFromBytes(pcapOf(LinkType.RAW, records), "paced"));
      const [first = 0, ...others] = waits.mock.calls.map(([due]) => due);
      const expected = [...times, ...times.map((time) => 1001 + time)].map((time) => time / speed);
      expect([0, ...others.map((due) => Number((due - first).toFixed(3)))]).toEqual(expected);
      expect(sent).toBe(2 * times.length);
    }
    vi.restoreAllMocks();
  });
});

describe("waiting", () => {
  it("is never too short, however short it is", async () => {
    const waiter = new Waiter();
    for (const wait of [0, 0.01, 0.3, 1, 1.9, 2.1, 5, 30]) {
      const due = performance.now() + wait;
      if (waiter.mustYield(performance.now(), due)) await waiter.until(due);
      else waiter.briefly(due);
      expect(performance.now()).toBeGreaterThanOrEqual(due);
    }
  });

  it("lets others run, also where each wait is short", async () => {
    const waiter = new Waiter();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    for (let packet = 0; packet < 200; packet++) {
      const due = performance.now() + 1;
      if (waiter.mustYield(performance.now(), due)) await waiter.until(due);
      else waiter.briefly(due);
    }
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  it("is broken off by the signal, also where it would last for years", async () => {
    const controller = new AbortController();
    const waiting = new Waiter(controller.signal).until(performance.now() + 50 * 365 * 86_400_000);
    await sleep(20);
    controller.abort();
    await waiting;
    await new Waiter(controller.signal).until(performance.now() + 86_400_000);
  });
});
