/** How fast an end sends: the curve of RFC 9438, and the rates that theory has for a link that loses by chance. */
import { describe, expect, it } from "vitest";
import { Congestion } from "../../../lib/session/tcp/congestion.ts";
import { type CongestionControl, linuxHabits, type TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import { chanceOf } from "../../helpers/network/chances.ts";
import { EndpointPair, MICROSECONDS, MILLISECOND, sampleBytes } from "../../helpers/network/endpoint-pair.ts";

const ROUND = 100 * MILLISECOND;

/** One whose window was 100 segments of 1000 bytes when something was lost. */
function reduced(congestion: CongestionControl): Congestion {
  const control = new Congestion({ ...linuxHabits(MICROSECONDS), congestion, initialWindow: 100 }, MICROSECONDS);
  control.begin(1000, false);
  control.reduce(control.window);
  control.window = control.threshold;
  return control;
}

/** Lets so many round trips of full windows be acknowledged. @returns the window after each, in segments */
function rounds(control: Congestion, count: number, round = ROUND): number[] {
  const windows = [];
  for (let at = 0; at < count; at++) {
    const segments = Math.floor(control.window / 1000);
    for (let n = 0; n < segments; n++) control.grow(at * round + (n * round) / segments, 1000, round);
    windows.push(control.window / 1000);
  }
  return windows;
}

describe("CUBIC (RFC 9438)", () => {
  it("keeps seven tenths of the window, and is back at it after K = cbrt(Wmax (1 - 0.7) / 0.4) seconds", () => {
    const control = reduced("cubic");
    expect(control.window).toBe(70_000);
    const windows = rounds(control, 80);
    const untilPlateau = Math.cbrt((100 * 0.3) / 0.4);
    const at = Math.round((untilPlateau * MICROSECONDS) / ROUND) - 1;
    expect(windows[at]).toBeGreaterThan(98);
    expect(windows[at]).toBeLessThan(101);
    for (const index of [9, 19, 29]) {
      const seconds = ((index + 1) * ROUND) / MICROSECONDS;
      expect(Math.abs(windows[index]! - (100 + 0.4 * (seconds - untilPlateau) ** 3))).toBeLessThan(3);
    }
    // Flat at the plateau, and ever steeper behind it.
    const growth = (index: number) => windows[index]! - windows[index - 1]!;
    expect(growth(2)).toBeGreaterThan(growth(at));
    expect(growth(79)).toBeGreaterThan(growth(at));
  });

  it("is never slower than Reno would be: half a segment a round trip, on a short path", () => {
    const windows = rounds(reduced("cubic"), 40, MILLISECOND);
    expect(windows.at(-1)).toBeGreaterThan(70 + 40 * 0.5);
  });

  it("leaves room for others where it had less than last time (fast convergence)", () => {
    const control = reduced("cubic");
    control.reduce(control.window);
    control.window = control.threshold;
    expect(control.window).toBe(49_000);
    // The plateau is 0.85 of what there was, so that the way to it takes 3 seconds.
    const windows = rounds(control, 9, 4 * ROUND);
    expect(Math.abs(windows[7]! - 0.85 * 70)).toBeLessThan(1);
  });

  it("does not run on while nothing is sent (section 5.8)", () => {
    const control = reduced("cubic");
    rounds(control, 10);
    const { window } = control;
    control.restart(10 * MICROSECONDS, 1e9);
    control.grow(11 * MICROSECONDS, 1000, ROUND);
    expect(control.window - window).toBeLessThan(1000);
  });
});

describe("Reno (RFC 5681)", () => {
  it("keeps half of the window, and grows by a segment a round trip", () => {
    const control = reduced("reno");
    expect(control.window).toBe(50_000);
    const windows = rounds(control, 10);
    expect(Math.abs(windows.at(-1)! - 60)).toBeLessThan(0.5);
  });

  it("grows up to the threshold by all that is acknowledged, and beyond it by what is left (RFC 3465)", () => {
    const control = reduced("reno");
    control.window = 40_000;
    control.grow(0, 20_000, ROUND);
    expect(control.window).toBe(50_000 + (1000 * 10_000) / 50_000);
  });
});

/** Bytes a second of a long transfer over a path with a round trip of 40 ms that loses one segment in a hundred. */
function rateOf(habits: Partial<TcpHabits>, loss: number): number {
  const chance = chanceOf(4711);
  const pair = EndpointPair.opened({
    client: habits,
    server: { receiveBuffer: 1_000_000, delayedAcknowledgment: 0 },
    delay: 20 * MILLISECOND,
    onSegment: (side) => (side === "client" && chance() < 100 * loss ? "lose" : "deliver"),
  });
  const start = pair.now;
  pair.client.write(sampleBytes(6_000_000));
  pair.runUntil(() => pair.server.receivedBytes === 6_000_000);
  return 6_000_000 / ((pair.now - start) / MICROSECONDS);
}

describe("the rate over a path that loses", () => {
  it("is near MSS / RTT x 1.22 / sqrt(p) with Reno (Mathis and others)", () => {
    const theory = ((1460 / 0.04) * 1.22) / Math.sqrt(0.01);
    for (const habits of [{}, { rack: false }]) {
      const rate = rateOf({ congestion: "reno", ...habits }, 0.01);
      expect(rate / theory).toBeGreaterThan(0.65);
      expect(rate / theory).toBeLessThan(1.2);
    }
  });

  it("is window / RTT where nothing is lost", () => {
    const pair = EndpointPair.opened({ delay: 20 * MILLISECOND });
    const start = pair.now;
    pair.client.write(sampleBytes(6_000_000));
    pair.runUntil(() => pair.server.receivedBytes === 6_000_000);
    const rate = 6_000_000 / ((pair.now - start) / MICROSECONDS);
    expect(rate / (65_536 / 0.04)).toBeGreaterThan(0.93);
    expect(rate / (65_536 / 0.04)).toBeLessThanOrEqual(1);
  });
});
