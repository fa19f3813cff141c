/** Which bytes leave when: segments, timeouts, windows, Nagle, probes (RFC 9293, section 3.8; RFC 6298). */
import { describe, expect, it } from "vitest";
import { EndpointPair, MICROSECONDS, MILLISECOND, sampleBytes } from "../../helpers/network/endpoint-pair.ts";
import { LoneEndpoint } from "../../helpers/network/lone-endpoint.ts";

const NEVER = Number.POSITIVE_INFINITY;

describe("segments", () => {
  it("refer to what was written, and are put together of several writes that wait", () => {
    const lone = new LoneEndpoint();
    const first = sampleBytes(1200);
    const parts = [Buffer.from("a"), Buffer.from("bc"), Buffer.from("def")];
    lone.endpoint.write(0, first);
    for (const part of parts) lone.endpoint.write(0, part);
    lone.endpoint.write(0, first, 100, 110);
    lone.endpoint.connect(0);
    lone.give({ flags: "SA", sequence: 0, acknowledgment: 1, mss: 1000 });
    expect(lone.lines().slice(1)).toEqual(["new A 1:1001 ack 1", "new PA 1001:1217 ack 1"]);
    const [, whole, mixed] = lone.sent.map(({ segment }) => segment);
    expect([whole!.data === first, whole!.start]).toEqual([true, 0]);
    const bytes = mixed!.data!.subarray(mixed!.start, mixed!.start + mixed!.length);
    expect(Buffer.concat([first.subarray(1000), ...parts, first.subarray(100, 110)]).equals(bytes)).toBe(true);
  });

  it("are pushed where a write ends and nothing more waits", () => {
    const lone = LoneEndpoint.connected({ initialWindow: 2 });
    lone.write(1000);
    lone.write(1000);
    lone.write(1000);
    lone.write(500);
    expect(lone.lines()).toEqual(["new PA 1:1001 ack 1", "new PA 1001:2001 ack 1"]);
    lone.give({ acknowledgment: 2001 });
    expect(lone.lines()).toEqual(["new A 2001:3001 ack 1", "new PA 3001:3501 ack 1"]);
  });

  it("keep their boundaries and flags when they are sent again", () => {
    const lone = LoneEndpoint.connected({ rack: false });
    lone.write(300);
    lone.write(1500);
    lone.lines();
    lone.wait(300);
    expect(lone.lines()).toEqual(["timeout PA 1:301 ack 1"]);
    lone.give({ acknowledgment: 301 });
    lone.give({ acknowledgment: 301 });
    lone.wait(10_000);
    expect(lone.lines().slice(0, 2)).toEqual(["timeout A 301:1301 ack 1", "timeout A 301:1301 ack 1"]);
  });
});

describe("the retransmission timer", () => {
  it("waits for SRTT and the least variance, and twice as long each time (RFC 6298)", () => {
    const lone = LoneEndpoint.connected({ rack: false });
    expect(lone.endpoint.senderState()).toMatchObject({ srtt: 100_000, rto: 300_000 });
    lone.write(100);
    lone.lines();
    lone.wait(5000);
    expect(lone.timedLines()).toEqual([
      "400 timeout PA 1:101 ack 1",
      "1000 timeout PA 1:101 ack 1",
      "2200 timeout PA 1:101 ack 1",
      "4600 timeout PA 1:101 ack 1",
    ]);
  });

  it("has 4 RTTVAR where that is more, and follows what is measured", () => {
    const lone = LoneEndpoint.connected({ leastTimeout: MILLISECOND });
    expect(lone.endpoint.senderState().rto).toBe(300_000);
    for (let at = 1; at < 30; at++) {
      lone.write(100);
      lone.wait(100);
      lone.give({ acknowledgment: 1 + 100 * at });
    }
    expect(lone.endpoint.senderState()).toMatchObject({ srtt: 100_000 });
    expect(lone.endpoint.senderState().rto).toBeLessThan(102_000);
    lone.write(100);
    lone.wait(101);
    expect(lone.lines().at(-1)).toBe("tail-probe PA 2901:3001 ack 1");
  });

  it("does not measure what was sent twice, and keeps the longer timeout until something can be measured (Karn)", () => {
    const lone = LoneEndpoint.connected({ rack: false });
    lone.write(100);
    lone.wait(1000);
    lone.give({ acknowledgment: 101 });
    expect(lone.endpoint.senderState()).toMatchObject({ srtt: 100_000, rto: 1_200_000 });
    lone.write(100);
    lone.lines();
    lone.wait(100);
    lone.give({ acknowledgment: 201 });
    expect(lone.endpoint.senderState()).toMatchObject({ srtt: 100_000, rto: 300_000 });
  });

  it("measures what was sent twice by its time stamp", () => {
    const lone = LoneEndpoint.connected({ rack: false, timestamps: true }, { timestamp: 1 });
    lone.write(100);
    lone.wait(350);
    lone.give({ acknowledgment: 101, timestamp: 2, echo: lone.last.timestamp });
    expect(lone.endpoint.senderState().srtt).toBe(100_000 - 50_000 / 8);
  });

  it("starts again with every acknowledgement of something new", () => {
    const lone = LoneEndpoint.connected({ rack: false });
    lone.write(3000);
    lone.lines();
    lone.wait(250);
    lone.give({ acknowledgment: 1001 });
    const wait = lone.endpoint.senderState().rto / MILLISECOND;
    lone.wait(wait - 1);
    expect(lone.lines()).toEqual([]);
    lone.wait(1);
    expect(lone.lines()).toEqual(["timeout A 1001:2001 ack 1"]);
  });

  it("gives up after as many retransmissions as the habits allow, 15 of Linux after some 924 seconds", () => {
    const lone = LoneEndpoint.connected({ rack: false }, { window: 60_000 });
    lone.wait(100);
    lone.write(100);
    lone.lines();
    lone.wait(2_000_000);
    expect(lone.sent.filter(({ segment }) => segment.cause === "timeout").length).toBe(15);
    expect([lone.endpoint.state, ...lone.news()]).toEqual(["CLOSED", "opened", "timed-out"]);
    expect(lone.endpoint.deadline).toBe(NEVER);
  });

  it("waits no longer than the habits allow", () => {
    const lone = LoneEndpoint.connected({ rack: false, largestTimeout: MICROSECONDS, dataRetries: 5 });
    lone.write(100);
    lone.lines();
    lone.wait(10_000);
    expect(lone.timedLines().map((line) => Number.parseInt(line, 10))).toEqual([400, 1000, 2000, 3000, 4000]);
  });
});

describe("the window of the other side", () => {
  it("is not exceeded, and a part of it is not used where it is smaller than a segment (silly window)", () => {
    const lone = LoneEndpoint.connected({}, { window: 2500 });
    lone.write(5000);
    expect(lone.lines()).toEqual(["new A 1:1001 ack 1", "new A 1001:2001 ack 1"]);
    lone.give({ acknowledgment: 1001, window: 1600 });
    expect(lone.lines()).toEqual([]);
    lone.give({ acknowledgment: 1001, window: 2500 });
    expect(lone.lines()).toEqual(["new A 2001:3001 ack 1"]);
  });

  it("is used by halves where it never was larger than a segment", () => {
    const lone = LoneEndpoint.connected({}, { window: 600 });
    lone.write(1000);
    expect(lone.lines()).toEqual(["new A 1:601 ack 1"]);
    lone.give({ acknowledgment: 601, window: 299 });
    expect(lone.lines()).toEqual([]);
    lone.give({ acknowledgment: 601, window: 300 });
    expect(lone.lines()).toEqual(["new A 601:901 ack 1"]);
  });

  it("is asked for while it is closed, ever more seldom, and never given up while there are answers", () => {
    const lone = LoneEndpoint.connected();
    lone.write(2000);
    lone.wait(100);
    lone.give({ acknowledgment: 2001, window: 0 });
    lone.write(500);
    lone.lines();
    for (let time = 0; time < 5000; time++) {
      lone.wait(1000);
      lone.give({ acknowledgment: 2001, window: 0 });
    }
    const probes = lone.sent.filter(({ segment }) => segment.cause === "window-probe");
    expect(probes.length).toBeGreaterThan(40);
    const gaps = probes.map(({ at }, index) => (at - (probes[index - 1]?.at ?? 0)) / MILLISECOND);
    expect(probes[0]!.at).toBe(500 * MILLISECOND);
    expect(gaps.slice(1, 11)).toEqual([600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, 120_000, 120_000]);
    expect([probes[0]!.segment.sequence, probes[0]!.segment.length]).toEqual([2000, 0]);
    lone.give({ acknowledgment: 2001, window: 1000 });
    expect(lone.lines().at(-1)).toBe("new PA 2001:2501 ack 1");
  });

  it("is given up where nothing answers", () => {
    const lone = LoneEndpoint.connected({}, { window: 0 });
    lone.write(500);
    lone.wait(3_600_000);
    expect(lone.sent.filter(({ segment }) => segment.cause === "window-probe").length).toBe(15);
    expect(lone.news()).toEqual(["opened", "timed-out"]);
  });

  it("is given up in some minutes where the application has gone, whatever the answers", () => {
    const lone = LoneEndpoint.connected({}, { window: 0 });
    lone.write(500);
    lone.endpoint.close(lone.now);
    for (let time = 0; time < 600; time++) {
      lone.wait(1000);
      lone.give({ window: 0 });
    }
    expect(lone.news()).toEqual(["opened", "timed-out"]);
  });

  it("is used as it is when it has been too small for too long (the override of section 3.8.6.2.1)", () => {
    const lone = LoneEndpoint.connected();
    lone.write(1000);
    lone.wait(100);
    lone.give({ acknowledgment: 1001, window: 100 });
    lone.write(1000);
    lone.lines();
    lone.wait(1000);
    expect(lone.timedLines()[0]).toBe("500 new A 1001:1101 ack 1");
  });
});

describe("Nagle's rule", () => {
  it("lets no short segment follow a short one that is not acknowledged", () => {
    const lone = LoneEndpoint.connected({ nagle: true });
    lone.write(1);
    lone.write(2);
    lone.write(3);
    expect(lone.lines()).toEqual(["new PA 1:2 ack 1"]);
    lone.give({ acknowledgment: 2 });
    expect(lone.lines()).toEqual(["new PA 2:7 ack 1"]);
    lone.write(1200);
    expect(lone.lines()).toEqual(["new A 7:1007 ack 1"]);
    lone.endpoint.shutdown(lone.now);
    expect(lone.lines()).toEqual(["new FPA 1007:1207 ack 1"]);
  });

  it("is not followed unless it is asked for", () => {
    const lone = LoneEndpoint.connected();
    lone.write(1);
    lone.write(2);
    expect(lone.lines()).toEqual(["new PA 1:2 ack 1", "new PA 2:4 ack 1"]);
  });
});

describe("keep-alive", () => {
  const habits = { keepAlive: 10 * MICROSECONDS, keepAliveInterval: MICROSECONDS, keepAliveProbes: 3 };

  it("asks when nothing was heard for so long, and gives up where nothing answers", () => {
    const lone = LoneEndpoint.connected(habits);
    lone.wait(20_000);
    expect(lone.timedLines()).toEqual([
      "10100 keep-alive A 0:0 ack 1",
      "11100 keep-alive A 0:0 ack 1",
      "12100 keep-alive A 0:0 ack 1",
      "13100 reset RA 1:1 ack 1",
    ]);
    expect(lone.news()).toEqual(["opened", "timed-out"]);
  });

  it("is answered, and goes on as long as it is", () => {
    const pair = EndpointPair.opened({ client: habits });
    const from = pair.sent.length;
    pair.run(35 * MICROSECONDS);
    expect(pair.lines(undefined, from)).toEqual([
      "10020 keep-alive A 0:0 1",
      "10030 duplicate-ack A 1:1 1",
      "20040 keep-alive A 0:0 1",
      "20050 duplicate-ack A 1:1 1",
      "30060 keep-alive A 0:0 1",
      "30070 duplicate-ack A 1:1 1",
    ]);
  });

  it("leaves it to the retransmission timer while something is under way", () => {
    const lone = LoneEndpoint.connected({ ...habits, rack: false });
    lone.write(10);
    lone.wait(60_000);
    expect(new Set(lone.sent.map(({ segment }) => segment.cause))).toEqual(new Set(["syn", "ack", "new", "timeout"]));
  });
});

describe("the congestion window", () => {
  it("begins with ten segments and grows by all that is acknowledged, up to the threshold", () => {
    const lone = LoneEndpoint.connected();
    lone.write(50_000);
    expect([lone.lines().length, lone.endpoint.senderState().cwnd]).toEqual([10, 10_000]);
    lone.give({ acknowledgment: 4001 });
    expect(lone.endpoint.senderState()).toMatchObject({ cwnd: 14_000, ssthresh: undefined, inFlight: 14_000 });
  });

  it("does not grow while it is not used", () => {
    const lone = LoneEndpoint.connected();
    for (let at = 1; at <= 40; at++) {
      lone.write(1000);
      lone.wait(100);
      lone.give({ acknowledgment: 1 + 1000 * at });
    }
    expect(lone.endpoint.senderState().cwnd).toBe(10_000);
  });

  it("is halved for each timeout that nothing was sent, down to where it began (RFC 5681, section 4.1)", () => {
    const lone = LoneEndpoint.connected({}, { scale: 4 });
    lone.write(80_000);
    for (let at = 10; at <= 80; at += 10) lone.give({ acknowledgment: 1 + 1000 * at });
    const { cwnd, rto } = lone.endpoint.senderState();
    expect(cwnd).toBeGreaterThan(40_000);
    lone.wait(1.5 * (rto / MILLISECOND));
    lone.write(1000);
    expect(lone.endpoint.senderState().cwnd).toBe(cwnd / 2);
    lone.give({ acknowledgment: 81_001 });
    lone.wait(60_000);
    lone.write(1000);
    expect(lone.endpoint.senderState().cwnd).toBe(10_000);
  });

  it("is none where the habits say so: the window of the other side is all", () => {
    const lone = LoneEndpoint.connected({ congestion: "none" });
    lone.write(100_000);
    expect([lone.lines().length, lone.endpoint.senderState().cwnd]).toEqual([60, 60_000]);
  });
});
