import { describe, expect, it } from "vitest";
import { Link } from "../../../lib/session/network/link.ts";
import type { NetworkLink } from "../../../lib/session/network/link-options.ts";
import { defaultLink } from "../../../lib/session/network/network-options.ts";
import { every, type KeptCourse, keyOf, MS, moments, send, TICKS } from "./link-traffic.ts";

const COUNT = 20_000;
const delaysOf = (courses: readonly KeptCourse[]) => courses.map(({ arrived, sent }) => arrived! - sent);
const lost = ({ fate }: KeptCourse) => fate === "lost";
/** Five standard deviations of so many draws with a probability. */
const bound = (part: number, count = COUNT) => 5 * Math.sqrt(count * part * (1 - part));

describe("a link that does nothing but take its time", () => {
  it("delivers everything after the delay, and passes each place when its part of the way is made", () => {
    const [course] = send({ delay: 20 * MS }, [{ sent: 1000 }]);
    expect(course).toMatchObject({ fate: "delivered", arrived: 1000 + 20 * MS, copies: 1, isMarked: false });
    expect(course!.lostAt ?? course!.damagedAt ?? course!.copyArrived).toBeUndefined();
    expect(course!.passes).toEqual(Array.from({ length: 11 }, (_, tenth) => 1000 + tenth * 2 * MS));
  });

  it("runs the other way for what servers send: places are those of the path", () => {
    const [course] = send({ delay: 20 * MS }, [{ sent: 1000 }], { from: "server" });
    expect(course!.passes).toEqual(Array.from({ length: 11 }, (_, tenth) => 1000 + (10 - tenth) * 2 * MS));
    const [unlucky] = send({ delay: 20 * MS, loss: 1 }, [{ sent: 0 }], { from: "server" });
    for (const [tenth, time] of unlucky!.passes.entries())
      expect(time === undefined).toBe(tenth / 10 <= unlucky!.lostAt!);
    expect(unlucky!.arrived).toBeUndefined();
  });
});

describe("loss", () => {
  it("has its mean in the long run, at places that lie evenly on the path", () => {
    for (const loss of [0, 0.001, 0.02, 0.5, 1]) {
      const courses = send({ loss }, every(MS, COUNT));
      expect(Math.abs(courses.filter(lost).length - COUNT * loss)).toBeLessThanOrEqual(bound(loss));
    }
    const places = send({ loss: 1 }, every(MS, COUNT)).map(({ lostAt }) => lostAt!);
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect(Math.max(...places)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const here = places.filter((place) => Math.floor(place * 10) === tenth).length;
      expect(Math.abs(here - COUNT / 10)).toBeLessThan(bound(0.1));
    }
  });

  it("passes the places before the one where it happens, and no other", () => {
    for (const { lostAt, passes } of send({ loss: 1, delay: 10 * MS }, every(MS, 50))) {
      for (const [tenth, time] of passes.entries()) expect(time !== undefined).toBe(tenth / 10 < lostAt!);
    }
  });

  it.each([
    [0.02, 0.25],
    [0.1, 0.5],
    [0.3, 0.1],
    [0.45, 1],
  ])("comes in bursts of the mean and length that were asked for: %d, %d", (mean, end) => {
    const count = 60_000;
    const fates = send({ lossBursts: { mean, end } }, every(MS, count)).map(lost);
    const bursts = fates.filter((isLost, index) => isLost && !fates[index - 1]).length;
    const losses = fates.filter(Boolean).length;
    // Losses in a row depend on each other: the variance of their number is larger by (2 - p - r) / (p + r).
    const begin = (end * mean) / (1 - mean);
    const inflation = Math.max(0.05, (2 - begin - end) / (begin + end));
    expect(Math.abs(losses - count * mean)).toBeLessThan(bound(mean, count) * Math.sqrt(inflation));
    const deviation = Math.sqrt(1 - end) / end / Math.sqrt(bursts);
    expect(Math.abs(losses / bursts - 1 / end)).toBeLessThan(5 * deviation + 1 / bursts);
  });

  it("is in a burst from the first packet on as often as later", () => {
    const firsts = Array.from({ length: 4000 }, (_, conversation) => ({ sent: conversation, conversation }));
    const count = send({ lossBursts: { mean: 0.3, end: 0.2 } }, firsts).filter(lost).length;
    expect(Math.abs(count - 1200)).toBeLessThan(bound(0.3, 4000));
  });
});

describe("jitter", () => {
  // Far enough apart that no packet has to wait for the one before.
  const apart = every(TICKS, COUNT);
  const delay = 100 * MS;

  it("gives delays with the mean and deviation that were asked for", () => {
    const normal = moments(delaysOf(send({ delay, jitter: 10 * MS, jitterDistribution: "normal" }, apart)));
    expect(Math.abs(normal.mean - delay)).toBeLessThan((5 * 10 * MS) / Math.sqrt(COUNT));
    expect(Math.abs(normal.deviation / (10 * MS) - 1)).toBeLessThan(5 / Math.sqrt(2 * COUNT));
    const uniform = delaysOf(send({ delay, jitter: 10 * MS, jitterDistribution: "uniform" }, apart));
    expect(Math.abs(moments(uniform).mean - delay)).toBeLessThan((5 * 5.8 * MS) / Math.sqrt(COUNT));
    expect(Math.abs(moments(uniform).deviation / (10 * MS) - Math.sqrt(1 / 3))).toBeLessThan(0.01);
    expect([Math.min(...uniform) >= delay - 10 * MS, Math.max(...uniform) <= delay + 10 * MS]).toEqual([true, true]);
  });

  it("gives delays of Pareto's distribution: seldom far too long, never much too short", () => {
    const delays = delaysOf(send({ delay, jitter: 10 * MS, jitterDistribution: "pareto" }, apart));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(delay - Math.round((0.5 / Math.sqrt(0.75)) * 10 * MS));
    expect(Math.abs(moments(delays).mean - delay)).toBeLessThan((5 * 10 * MS) / Math.sqrt(COUNT));
    for (const part of [0.5, 0.1, 0.01]) {
      const quantile = delay + 10 * MS * ((part ** (-1 / 3) - 1.5) / Math.sqrt(0.75));
      expect(Math.abs(delays.filter((ticks) => ticks > quantile).length - COUNT * part)).toBeLessThan(bound(part));
    }
  });

  it("never goes back in time", () => {
    const delays = delaysOf(send({ delay: MS, jitter: 10 * MS }, apart));
    expect(Math.min(...delays)).toBe(0);
  });

  it("keeps the order of a conversation at every place of the path, unless it may change it", () => {
    const options = { delay, jitter: 30 * MS, loss: 0.1 };
    const outOfOrder = (courses: readonly KeptCourse[], tenth: number) => {
      const times = courses.map(({ passes }) => passes[tenth]).filter((time) => time !== undefined);
      return times.filter((time, index) => index > 0 && time < times[index - 1]!).length;
    };
    for (const rate of [undefined, 20_000_000]) {
      const kept = send({ ...options, rate }, every(MS / 2, 2000));
      const changed = send({ ...options, rate, jitterReorders: true }, every(MS / 2, 2000));
      for (let tenth = 0; tenth <= 10; tenth++) expect(outOfOrder(kept, tenth)).toBe(0);
      expect(outOfOrder(changed, 10)).toBeGreaterThan(200);
    }
  });

  it("holds back what would come too early no longer than the one before it takes", () => {
    const options = { delay, jitter: 30 * MS } as const;
    const free = delaysOf(send({ ...options, jitterReorders: true }, every(MS, 500)));
    const kept = delaysOf(send(options, every(MS, 500)));
    let latest = 0;
    for (const [index, ticks] of free.entries()) {
      latest = Math.max(latest, index * MS + ticks);
      expect(kept[index]).toBe(latest - index * MS);
    }
  });
});

describe("a bottleneck", () => {
  it("lets through what the rate says, the link header included", () => {
    const rate = 2_000_000;
    const courses = send({ rate, queue: 100_000, delay: 10 * MS }, every(0, 1000));
    const arrivals = courses.map(({ arrived }) => arrived!);
    expect(arrivals[0]).toBe(10 * MS + (1514 * 8 * TICKS) / rate);
    const seconds = (arrivals[999]! - arrivals[0]!) / TICKS;
    expect(Math.abs((999 * 1514 * 8) / seconds / rate - 1)).toBeLessThan(0.001);
  });

  it("keeps the rate where a packet takes less than a tick", () => {
    const link = new Link(
      { ...defaultLink(1e6), rate: 100e9, queue: 1e6 },
      { from: "client", ticksPerSecond: 1e6, seed: 1 },
    );
    const flow = link.flow(keyOf(0));
    let arrived = 0;
    for (let index = 0; index < 100_000; index++) arrived = link.send(flow, 0, 1514, true, false).arrived!;
    expect(arrived - 500).toBe(Math.round((100_000 * 1514 * 8) / 100e3));
  });

  it("has room for as many packets as were asked for, besides the one that is leaving", () => {
    for (const queue of [1, 2, 7, 50]) {
      const fates = send({ rate: 1_000_000, queue }, every(0, 100)).map(({ fate }) => fate);
      expect(fates.filter((fate) => fate === "delivered").length).toBe(queue + 1);
      expect(fates.slice(0, queue + 1)).not.toContain("queue-full");
    }
  });

  it("has room again as soon as one begins to leave", () => {
    const takes = (1514 * 8 * TICKS) / 1_000_000;
    const sent = [0, 0, 0, 0, takes - 1, takes, takes, 4 * takes].map((time) => ({ sent: Math.ceil(time) }));
    const courses = send({ rate: 1_000_000, queue: 2, delay: 0 }, sent);
    expect(courses.map(({ fate }) => fate === "delivered")).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
    expect(courses.map(({ arrived }) => arrived! / takes)).toEqual([1, 2, 3, NaN, NaN, 4, NaN, 5]);
  });

  it("drops in the middle of the path, and makes wait there", () => {
    const courses = send({ rate: 1_000_000, queue: 1, delay: 10 * MS }, every(0, 3));
    const takes = (1514 * 8 * TICKS) / 1_000_000;
    expect(courses[1]!.passes).toEqual(
      Array.from({ length: 11 }, (_, tenth) => tenth * MS + (tenth < 5 ? 0 : 2 * takes)),
    );
    expect(courses[2]).toMatchObject({ fate: "queue-full", lostAt: 0.5, arrived: undefined, copies: 0 });
    expect(courses[2]!.passes.slice(0, 6)).toEqual([0, MS, 2 * MS, 3 * MS, 4 * MS, undefined]);
  });

  it("is not loaded by what was lost before it, but by what is lost behind it", () => {
    const courses = send({ rate: 1_000_000, queue: 1000, loss: 0.5, delay: 10 * MS }, every(0, 400));
    const came = courses.filter(({ lostAt = 1 }) => lostAt > 0.5);
    const last = came.filter(({ fate }) => fate === "delivered").at(-1)!;
    expect(last.arrived).toBe(10 * MS + (came.indexOf(last) + 1) * 1514 * 8 * 1000);
    expect(courses.filter(lost).length).toBeGreaterThan(150);
  });

  it("is shared by all conversations of the direction, each in the order of sending", () => {
    const packets = Array.from({ length: 6 }, (_, index) => ({ sent: 0, conversation: index % 2 }));
    const arrivals = send({ rate: 1_000_000, delay: 0 }, packets).map(({ arrived }) => arrived! / (1514 * 8 * 1000));
    expect(arrivals).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("marks", () => {
  it("stand in the place of losses by chance, for packets that may be marked", () => {
    const packets = every(MS, 2000).map((packet, index) => ({ ...packet, isEcnCapable: index % 2 === 0 }));
    const plain = send({ loss: 0.3 }, packets);
    const marking = send({ loss: 0.3, mark: true }, packets);
    for (const [index, course] of marking.entries()) {
      const isUnlucky = lost(plain[index]!);
      const isSpared = isUnlucky && index % 2 === 0;
      expect([course.isMarked, lost(course)]).toEqual([isSpared, isUnlucky && !isSpared]);
      expect(plain[index]!.isMarked).toBe(false);
    }
  });

  it("come from a queue that is half full, and none from one that is emptier", () => {
    const options = { rate: 1_000_000, queue: 10, mark: true } as const;
    const capable = every(0, 14).map((packet) => ({ ...packet, isEcnCapable: true }));
    const marks = send(options, capable).map(({ isMarked }) => isMarked);
    // The first leaves at once, and five wait before the seventh.
    expect(marks.map(Number).join("")).toBe("00000011111000");
    expect(send(options, capable)[11]!.fate).toBe("queue-full");
    expect(send({ ...options, mark: false }, capable).some(({ isMarked }) => isMarked)).toBe(false);
    expect(send(options, every(0, 14)).some(({ isMarked }) => isMarked)).toBe(false);
  });
});

describe("copies, overtaking and flipped bits", () => {
  it("duplicates as many as asked for; the copy follows, from the middle on, and holds up nothing", () => {
    const plain = send({ delay: 10 * MS }, every(MS, COUNT));
    const courses = send({ delay: 10 * MS, duplicate: 0.1 }, every(MS, COUNT));
    const copied = courses.filter(({ copies }) => copies === 2);
    expect(Math.abs(copied.length - COUNT * 0.1)).toBeLessThan(bound(0.1));
    for (const { arrived, copyArrived } of copied) expect(copyArrived! - arrived!).toBe(Math.round(1514 * 8));
    expect(delaysOf(courses)).toEqual(delaysOf(plain));
  });

  it("lets later packets overtake as many as asked for", () => {
    const courses = send({ delay: 10 * MS, reorder: 0.1 }, every(MS, COUNT));
    const heldUp = courses.filter(({ arrived, sent }) => arrived! - sent === 12.5 * MS);
    expect(Math.abs(heldUp.length - COUNT * 0.1)).toBeLessThan(bound(0.1));
    expect(courses.filter(({ arrived, sent }) => arrived! - sent === 10 * MS).length).toBe(COUNT - heldUp.length);
    const [{ passes }] = heldUp as [KeptCourse];
    expect(passes[5]! - passes[4]!).toBe(3.5 * MS);
    const longer = send({ delay: 10 * MS, reorder: 1, reorderDelay: 7 * MS }, every(MS, 3));
    expect(delaysOf(longer)).toEqual([17 * MS, 17 * MS, 17 * MS]);
    const slow = send({ delay: MS, reorder: 1, rate: 1_000_000 }, every(TICKS, 3));
    expect(delaysOf(slow)[0]).toBe(MS + 4 * 1514 * 8 * 1000);
  });

  it("flips a bit of as many as asked for, somewhere on the way, and any bit", () => {
    const courses = send({ corrupt: 0.1 }, every(MS, COUNT));
    const damaged = courses.filter(({ fate }) => fate === "corrupted");
    expect(Math.abs(damaged.length - COUNT * 0.1)).toBeLessThan(bound(0.1));
    for (const { bit, damagedAt, arrived, copies } of damaged) {
      expect(bit >= 14 * 8 && bit < 1514 * 8 && Number.isInteger(bit)).toBe(true);
      expect(damagedAt! > 0 && damagedAt! < 1 && arrived !== undefined && copies === 1).toBe(true);
    }
    const mean = moments(damaged.map(({ bit }) => bit)).mean;
    expect(Math.abs(mean - (14 + 1514) * 4)).toBeLessThan((5 * 1500 * 8) / Math.sqrt(12 * damaged.length));
  });

  it("tells at which places the bit has flipped", () => {
    const link = new Link({ ...defaultLink(TICKS), corrupt: 1 }, { from: "server", ticksPerSecond: TICKS, seed: 1 });
    const course = link.send(link.flow(keyOf(0)), 0, 100, true, false);
    expect([course.isDamagedAt(1), course.isDamagedAt(0)]).toEqual([false, true]);
    expect(course.isDamagedAt(course.damagedAt! + 0.01)).toBe(false);
    expect(course.isDamagedAt(course.damagedAt! - 0.01)).toBe(true);
  });
});

describe("chosen packets", () => {
  const numbers = (...list: number[]) => new Set(list);

  it("are lost, duplicated and held up, whatever chance says, each conversation counted by itself", () => {
    const fates = {
      lose: [{ side: "client", of: "all", numbers: numbers(3) } as const],
      duplicate: [{ side: "client", of: "data", numbers: numbers(1) } as const],
      delay: [{ packets: { side: "client", of: "all", numbers: numbers(4) } as const, by: 50 * MS }],
    };
    const packets = Array.from({ length: 12 }, (_, index) => ({
      sent: index * MS,
      conversation: index % 2,
      hasData: index >= 2,
    }));
    const courses = send({ delay: 10 * MS }, packets, { fates });
    for (const conversation of [0, 1]) {
      const own = courses.filter((course) => course.conversation === conversation);
      expect(own.map(({ fate }) => fate === "lost")).toEqual([false, false, true, false, false, false]);
      expect(own.map(({ copies }) => copies)).toEqual([1, 2, 0, 1, 1, 1]);
      expect(own.map(({ arrived = 0, sent }) => (arrived - sent) / MS).filter((ms) => ms > 10)).toEqual([60]);
    }
    // Those of the other side are not meant.
    for (const { fate, copies } of send({}, packets, { fates, from: "server" })) {
      expect([fate, copies]).toEqual(["delivered", 1]);
    }
  });

  it("are lost though they may be marked", () => {
    const fates = { lose: [{ side: "client", of: "all", numbers: numbers(1) } as const], duplicate: [], delay: [] };
    expect(send({ mark: true, loss: 1 }, [{ sent: 0, isEcnCapable: true }], { fates })[0]!.fate).toBe("lost");
  });
});

describe("what is larger than the path takes", () => {
  it("gets to the middle and no further", () => {
    const link = new Link(
      { ...defaultLink(TICKS), delay: 10 * MS },
      { from: "client", ticksPerSecond: TICKS, seed: 1 },
    );
    const flow = link.flow(keyOf(0));
    const { fate, lostAt, arrived } = link.sendTooLarge(flow, 0, true);
    expect({ fate, lostAt, arrived }).toEqual({ fate: "too-large", lostAt: 0.5, arrived: undefined });
    expect([flow.packets, flow.dataPackets]).toEqual([1, 1]);
    expect([link.sendTooLarge(flow, 0, true).timeAt(0.4), link.sendTooLarge(flow, 0, true).timeAt(0.5)]).toEqual([
      4 * MS,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe("options that no network can have", () => {
  it.each<[Partial<NetworkLink>, string]>([
    [{ rate: 0 }, "The rate to the server is 0 bits a second, at which nothing would ever arrive; give more than 0."],
    [{ queue: 0 }, "The queue to the server has room for 0 packets; give 1 to 1000000."],
    [{ loss: 1.2 }, "The part of packets to lose to the server is 1.2; give 0 to 1."],
    [{ corrupt: Number.NaN }, "The part of packets to corrupt to the server is NaN; give 0 to 1."],
    [{ delay: -1 }, "The delay to the server is -1 ticks; give 0 or more."],
    [
      { lossBursts: { mean: 0.9, end: 0.5 } },
      "Bursts that end with probability 0.5 cannot lose 0.9 of all packets to the server, since there is a packet between two of them; give at most 0.6666.",
    ],
    [
      { lossBursts: { mean: 0.1, end: 0 } },
      "A burst of losses to the server ends with each packet with probability 0; give more than 0 and at most 1.",
    ],
  ])("are refused in a sentence: %o", (options, message) => {
    expect(() => send(options, [])).toThrow(expect.objectContaining({ code: "BAD_OPTION", message }));
  });
});
