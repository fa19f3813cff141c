/** What is done about losses (RFC 5681, 6582, 6675, 6937, 8985), and about what only looked like one (RFC 2883, 4015, 5682). */
import { describe, expect, it } from "vitest";
import type { Segment } from "../../../lib/session/tcp/segment.ts";
import { EndpointPair, type PairOptions, sampleBytes } from "../../helpers/network/endpoint-pair.ts";
import { type Given, LoneEndpoint } from "../../helpers/network/lone-endpoint.ts";

/** One that has sent ten segments of 1000 bytes, and waited for 100 ms. */
function sending(habits: ConstructorParameters<typeof LoneEndpoint>[0] = {}, synAck: Given = {}): LoneEndpoint {
  const lone = LoneEndpoint.connected({ congestion: "reno", ...habits }, synAck);
  lone.write(30_000);
  lone.wait(100);
  lone.lines();
  return lone;
}

const WITHOUT = { sack: false };

describe("without selective acknowledgements", () => {
  it("two duplicates let new data out, the third the first segment again (RFC 3042, RFC 5681)", () => {
    const lone = sending(WITHOUT);
    lone.give({});
    expect(lone.lines()).toEqual(["new A 10001:11001 ack 1"]);
    lone.give({});
    expect(lone.lines()).toEqual(["new A 11001:12001 ack 1"]);
    lone.give({});
    expect(lone.lines()).toEqual(["fast A 1:1001 ack 1"]);
    expect(lone.endpoint.senderState()).toMatchObject({ ssthresh: 5000, cwnd: 8000 });
    for (let time = 0; time < 4; time++) lone.give({});
    expect(lone.endpoint.senderState()).toMatchObject({ ssthresh: 5000, cwnd: 12_000 });
    expect(lone.lines()).toEqual([]);
    lone.give({});
    expect(lone.lines()).toEqual(["new A 12001:13001 ack 1"]);
    lone.give({ acknowledgment: 12_001 });
    expect(lone.endpoint.senderState()).toMatchObject({ ssthresh: 5000, cwnd: 2000 });
  });

  it("what is no duplicate does not count: data, another window, nothing under way", () => {
    const lone = sending(WITHOUT);
    lone.give({ length: 10 });
    lone.give({ sequence: 11, window: 50_000 });
    lone.give({ sequence: 11, length: 10 });
    lone.give({ sequence: 21, window: 50_000 });
    expect(lone.lines().filter((line) => !line.startsWith("ack"))).toEqual([]);
  });

  it("a partial acknowledgement shows the next hole (RFC 6582)", () => {
    const lone = sending(WITHOUT);
    for (let time = 0; time < 3; time++) lone.give({});
    lone.lines();
    lone.give({ acknowledgment: 3001 });
    expect(lone.lines()).toEqual(["fast A 3001:4001 ack 1"]);
    lone.give({ acknowledgment: 6001 });
    expect(lone.lines()).toEqual(["fast A 6001:7001 ack 1"]);
    lone.give({ acknowledgment: 12_001 });
    expect(lone.endpoint.senderState().ssthresh).toBe(5000);
    expect(lone.lines()[0]).toBe("new A 12001:13001 ack 1");
  });

  it("duplicates of what was sent before the last recovery begin no other (RFC 6582, section 3.2, step 1)", () => {
    const lone = sending(WITHOUT);
    lone.wait(300);
    expect(lone.lines()).toEqual(["timeout A 1:1001 ack 1"]);
    lone.give({ acknowledgment: 2001 });
    for (let time = 0; time < 5; time++) lone.give({ acknowledgment: 2001 });
    expect(lone.lines().filter((line) => line.startsWith("fast"))).toEqual([]);
  });

  it("after a timeout one segment goes out, and two for each that is acknowledged", () => {
    const lone = sending(WITHOUT);
    lone.wait(300);
    expect(lone.lines()).toEqual(["timeout A 1:1001 ack 1"]);
    expect(lone.endpoint.senderState()).toMatchObject({ cwnd: 1000, ssthresh: 5000 });
    lone.give({});
    lone.give({ acknowledgment: 1001 });
    expect(lone.lines()).toEqual(["new A 10001:11001 ack 1", "new A 11001:12001 ack 1"]);
    lone.give({ acknowledgment: 1001 });
    expect(lone.lines()).toEqual(["timeout A 1001:2001 ack 1"]);
    lone.give({ acknowledgment: 1001 });
    expect(lone.lines()).toEqual(["timeout A 2001:3001 ack 1"]);
    lone.give({ acknowledgment: 3001 });
    expect(lone.lines()).toEqual(["timeout A 3001:4001 ack 1", "timeout A 4001:5001 ack 1"]);
  });
});

/** What a client sends again when these of its segments with data are lost, of 40,000 bytes. */
function repairs(
  lost: readonly number[],
  options: PairOptions = {},
  bytes = 40_000,
): { lines: string[]; pair: EndpointPair } {
  let count = 0;
  const pair = EndpointPair.opened({
    ...options,
    onSegment: (side, segment) => {
      if (side === "client" && segment.length > 0) count++;
      return side === "client" && segment.length > 0 && lost.includes(count) ? "lose" : "deliver";
    },
  });
  pair.client.write(sampleBytes(bytes));
  pair.run(30_000_000);
  expect(pair.server.receivedBytes).toBe(bytes);
  return { lines: pair.lines("client").filter((line) => !/ (syn|new|ack) /.test(line)), pair };
}

const isData = ({ segment }: { segment: Segment }) => segment.length > 0;

describe("with selective acknowledgements", () => {
  it("three holes are mended in one round trip after they are known, each once", () => {
    for (const rack of [true, false]) {
      const { lines, pair } = repairs([3, 5, 8], { client: { rack } });
      const second = rack ? 50 : 70;
      expect(lines).toEqual(["50 sack A 2921:4381 1", `${second} sack A 5841:7301 1`, "70 sack A 10221:11681 1"]);
      expect(pair.sent.filter(isData).length).toBe(28 + 3);
    }
  });

  it("one segment is lost where three above it have arrived, or more than two segments' bytes (RFC 6675, IsLost)", () => {
    const lone = sending({ rack: false });
    lone.give({ blocks: [1001, 2001] });
    lone.give({ blocks: [3001, 4001, 1001, 2001] });
    expect(lone.lines()).toEqual(["new A 10001:11001 ack 1", "new A 11001:12001 ack 1"]);
    lone.give({ blocks: [5001, 6001, 3001, 4001, 1001, 2001] });
    expect(lone.lines()).toEqual(["sack A 1:1001 ack 1"]);
    lone.give({ blocks: [6001, 9001] });
    expect(lone.lines()[0]).toBe("sack A 2001:3001 ack 1");
  });

  it("as much is sent during recovery as leads to the new window at its end (RFC 6937)", () => {
    const lone = sending();
    lone.give({ blocks: [1001, 2001] });
    lone.give({ blocks: [1001, 3001] });
    lone.give({ blocks: [1001, 4001] });
    expect(lone.lines().at(-1)).toBe("sack A 1:1001 ack 1");
    for (let right = 5001; right <= 12_001; right += 1000) lone.give({ blocks: [1001, right] });
    const { ssthresh, cwnd, inFlight } = lone.endpoint.senderState();
    expect(ssthresh).toBe(5000);
    expect(inFlight).toBeLessThanOrEqual(cwnd);
    expect(lone.lines().length).toBeGreaterThanOrEqual(4);
    lone.give({ acknowledgment: 12_001 });
    expect(lone.endpoint.senderState().cwnd).toBe(5000);
  });

  it("a retransmission that is lost too is told by what was sent after it (RFC 8985)", () => {
    let seen = 0;
    const { lines } = repairs([], {
      onSegment: (side, segment) =>
        side === "client" && segment.sequence === 2921 && ++seen <= 2 ? "lose" : "deliver",
    });
    expect(lines).toEqual([]);
    let count = 0;
    const pair = EndpointPair.opened({
      onSegment: (side, segment) =>
        side === "client" && segment.sequence === 2921 && ++count <= 2 ? "lose" : "deliver",
    });
    pair.client.write(sampleBytes(40_000));
    pair.run(1_000_000);
    expect(pair.lines("client").filter((line) => / 2921:/.test(line))).toEqual([
      "30 new A 2921:4381 1 lost",
      "50 sack A 2921:4381 1 lost",
      "70 sack A 2921:4381 1",
    ]);
  });

  it("a segment is given a quarter of a round trip where order is known to change (RFC 8985, section 6.2)", () => {
    const lone = sending();
    lone.give({ blocks: [1001, 2001] });
    lone.wait(10);
    lone.give({ acknowledgment: 2001 });
    lone.lines();
    lone.give({ acknowledgment: 2001, blocks: [3001, 6001] });
    expect(lone.lines().every((line) => line.startsWith("new"))).toBe(true);
    lone.wait(14);
    expect(lone.lines()).toEqual([]);
    lone.wait(20);
    expect(lone.lines()[0]).toBe("sack A 2001:3001 ack 1");
  });

  it("what the other side takes back is sent again after a timeout (RFC 2018, section 8)", () => {
    const lone = sending({ rack: false });
    lone.give({ blocks: [1001, 10_001] });
    lone.lines();
    lone.give({ acknowledgment: 1001 });
    lone.wait(2000);
    expect(lone.lines()).toContain("timeout A 1001:2001 ack 1");
  });
});

describe("the tail of the data", () => {
  it("is probed after two round trips and the longest delay of an acknowledgement (RFC 8985, section 7)", () => {
    const lone = LoneEndpoint.connected();
    lone.write(2500);
    lone.lines();
    lone.wait(1000);
    expect(lone.timedLines().slice(0, 2)).toEqual(["300 tail-probe PA 2001:2501 ack 1", "600 timeout A 1:1001 ack 1"]);
  });

  it("is probed with new data where there is some", () => {
    const lone = LoneEndpoint.connected({ initialWindow: 2 });
    lone.write(5000);
    lone.lines();
    lone.wait(250);
    expect(lone.lines()).toEqual(["tail-probe A 2001:3001 ack 1"]);
  });

  it("tells by its answer that the last segments were lost, in some round trips", () => {
    const { lines } = repairs([26, 27, 28]);
    expect(lines.map((line) => line.split(" ").slice(1, 4).join(" "))).toEqual([
      "tail-probe PA 39421:40001",
      "sack A 36501:37961",
      "sack A 37961:39421",
    ]);
  });

  it("that was lost and mended by the probe reduces the window; one that was not lost does not", () => {
    const lone = LoneEndpoint.connected({ congestion: "reno" });
    lone.write(1000);
    lone.wait(310);
    expect(lone.lines().at(-1)).toBe("tail-probe PA 1:1001 ack 1");
    lone.give({ acknowledgment: 1001 });
    lone.give({ acknowledgment: 1001, blocks: [1, 1001] });
    expect(lone.endpoint.senderState()).toMatchObject({ cwnd: 10_000, ssthresh: undefined });
    const other = LoneEndpoint.connected({ congestion: "reno" });
    other.write(1000);
    other.wait(310);
    other.give({ acknowledgment: 1001 });
    other.write(1000);
    other.wait(100);
    other.give({ acknowledgment: 2001 });
    expect(other.endpoint.senderState().ssthresh).toBe(2000);
  });
});

describe("what was not lost", () => {
  it("gives the window back where duplicates are reported for all that was sent again (RFC 2883)", () => {
    const lone = sending();
    for (const right of [2001, 3001, 4001]) lone.give({ blocks: [1001, right] });
    expect(lone.endpoint.senderState().ssthresh).toBe(5000);
    lone.give({ acknowledgment: 12_001 });
    expect(lone.endpoint.senderState().cwnd).toBe(5000);
    lone.give({ acknowledgment: 12_001, blocks: [1, 1001] });
    expect(lone.endpoint.senderState()).toMatchObject({ cwnd: 10_000, ssthresh: undefined });
  });

  it("gives it back where a time stamp tells that the first one was answered (Eifel, RFC 4015)", () => {
    const lone = sending({ timestamps: true, sack: false }, { timestamp: 1 });
    for (let time = 0; time < 3; time++) lone.give({ timestamp: 2, echo: 101 });
    expect(lone.lines().at(-1)).toBe("fast A 1:989 ack 1");
    lone.wait(5);
    lone.give({ acknowledgment: 4941, timestamp: 3, echo: 101 });
    expect(lone.endpoint.senderState().ssthresh).toBe(undefined);
  });

  it("gives it back after a timeout where something arrives that was sent only once (F-RTO, RFC 5682)", () => {
    const lone = sending();
    lone.wait(400);
    expect(lone.lines().at(-1)).toBe("timeout A 1:1001 ack 1");
    const { ssthresh } = lone.endpoint.senderState();
    expect(ssthresh).toBeLessThan(10_000);
    lone.give({ acknowledgment: 2001 });
    expect(lone.endpoint.senderState().ssthresh).toBe(undefined);
    expect(lone.lines().every((line) => line.startsWith("new"))).toBe(true);
  });

  it("is not what was there before a hole that a timeout has mended, where nothing could tell of it", () => {
    const lone = sending(WITHOUT);
    lone.wait(400);
    expect(lone.lines()).toEqual(["timeout A 1:1001 ack 1"]);
    lone.give({ acknowledgment: 3001 });
    expect(lone.endpoint.senderState().ssthresh).toBe(5000);
  });

  it("gives it back after a timeout when all that was sent again is reported (RFC 2883)", () => {
    let late = 0;
    const pair = EndpointPair.opened({
      client: { rack: false, congestion: "reno" },
      onSegment: (side, segment) =>
        side === "client" && segment.length > 0 && ++late <= 10 ? { delay: 300_000 } : "deliver",
    });
    pair.client.write(sampleBytes(14_600));
    pair.run(2_000_000);
    expect(pair.server.receivedBytes).toBe(14_600);
    expect(pair.client.endpoint.senderState().ssthresh).toBe(undefined);
    expect(pair.client.endpoint.senderState().cwnd).toBeGreaterThanOrEqual(14_600);
  });
});

describe("echoed congestion (RFC 3168)", () => {
  it("reduces the window once in a round trip, and is answered by CWR on new data", () => {
    const lone = LoneEndpoint.connected({ ecn: true, congestion: "reno" }, { flags: "SAE" });
    expect(lone.sent[0]!.segment.flags).toBe(0xc2);
    lone.write(60_000);
    lone.wait(100);
    expect(lone.last.ecn).toBe(2);
    lone.give({ acknowledgment: 2001, flags: "AE" });
    expect(lone.endpoint.senderState().ssthresh).toBe(4000);
    lone.give({ acknowledgment: 4001, flags: "AE" });
    lone.give({ acknowledgment: 6001, flags: "AE" });
    lone.give({ acknowledgment: 8001, flags: "AE" });
    lone.give({ acknowledgment: 10_001, flags: "AE" });
    expect(lone.endpoint.senderState().ssthresh).toBe(4000);
    const withCwr = lone.sent.filter(({ segment }) => segment.length > 0 && (segment.flags & 0x80) !== 0);
    expect(withCwr.length).toBe(1);
    expect(withCwr[0]!.segment.sequence).toBe(10_001);
    expect(lone.sent.filter(({ segment }) => segment.length === 0).every(({ segment }) => segment.ecn === 0)).toBe(
      true,
    );
  });

  it("is not asked for again after a SYN was lost, and retransmissions may not be marked", () => {
    const lone = new LoneEndpoint({ ecn: true });
    lone.endpoint.connect(0);
    lone.wait(1100);
    expect(lone.last.flags).toBe(0x02);
    lone.give({ flags: "SAE", sequence: 0, acknowledgment: 1, mss: 1000, sack: true });
    lone.write(10);
    expect(lone.last.ecn).toBe(0);
    const other = LoneEndpoint.connected({ ecn: true, rack: false }, { flags: "SAE" });
    other.write(10);
    other.wait(1000);
    expect([other.last.cause, other.last.ecn]).toEqual(["timeout", 0]);
  });
});

describe("the window in congestion avoidance", () => {
  it("grows by one segment a round trip with Reno", () => {
    const lone = sending(WITHOUT);
    for (let time = 0; time < 3; time++) lone.give({});
    lone.give({ acknowledgment: 12_001 });
    lone.write(200_000);
    let next = 12_001;
    const windows = [];
    for (let round = 0; round < 12; round++) {
      lone.wait(100);
      const { inFlight } = lone.endpoint.senderState();
      const end = next + inFlight;
      while (next < end) {
        next += Math.min(1000, end - next);
        lone.give({ acknowledgment: next });
      }
      windows.push(Math.round(lone.endpoint.senderState().cwnd / 1000));
    }
    expect(windows.slice(0, 2)).toEqual([4, 6]);
    expect(windows.at(-1)).toBeGreaterThanOrEqual(13);
    expect(windows.at(-1)).toBeLessThanOrEqual(17);
  });
});
