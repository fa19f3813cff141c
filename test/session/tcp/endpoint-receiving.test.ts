/** When what has come is acknowledged, and how the window opens (RFC 9293, section 3.8.6; RFC 5681, section 4.2; RFC 2018 and 2883). */
import { describe, expect, it } from "vitest";
import { EndpointPair, MILLISECOND, sampleBytes } from "../../helpers/network/endpoint-pair.ts";
import { LoneEndpoint } from "../../helpers/network/lone-endpoint.ts";

/** One that has had so many quick acknowledgements that it puts them off now; the next byte has this number. */
function settled(habits: ConstructorParameters<typeof LoneEndpoint>[0] = {}): { lone: LoneEndpoint; next: number } {
  const lone = LoneEndpoint.connected(habits);
  let next = 1;
  for (; next < 16_001; next += 1000) lone.give({ sequence: next, length: 1000 });
  lone.lines();
  return { lone, next };
}

describe("acknowledgements", () => {
  it("come at once for the first segments of a connection", () => {
    const lone = LoneEndpoint.connected();
    for (let at = 0; at < 16; at++) lone.give({ sequence: 1 + 1000 * at, length: 1000 });
    expect(lone.lines().length).toBe(16);
    lone.give({ sequence: 16_001, length: 1000 });
    expect(lone.lines()).toEqual([]);
  });

  it("are put off for a while, but not beyond the second full segment", () => {
    const { lone, next } = settled();
    lone.give({ sequence: next, length: 1000 });
    expect(lone.lines()).toEqual([]);
    lone.give({ sequence: next + 1000, length: 1000 });
    expect(lone.lines()).toEqual([`ack A 1:1 ack ${next + 2000}`]);
    lone.give({ sequence: next + 2000, length: 1000 });
    lone.wait(39);
    expect(lone.lines()).toEqual([]);
    lone.wait(1);
    expect(lone.lines()).toEqual([`ack A 1:1 ack ${next + 3000}`]);
    expect([lone.endpoint.isQuiet, lone.endpoint.deadline]).toEqual([true, Number.POSITIVE_INFINITY]);
  });

  it("are put off as the habits say, or never", () => {
    const { lone, next } = settled({ delayedAcknowledgment: 200 * MILLISECOND });
    lone.give({ sequence: next, length: 10 });
    lone.wait(199);
    expect([lone.endpoint.isQuiet, ...lone.lines()]).toEqual([false]);
    lone.wait(1);
    expect(lone.lines().length).toBe(1);
    const { lone: prompt } = settled({ delayedAcknowledgment: 0 });
    prompt.give({ sequence: next, length: 10 });
    expect(prompt.lines().length).toBe(1);
  });

  it("ride on data where there is some", () => {
    const { lone, next } = settled();
    lone.onDeliver = () => lone.write(5);
    lone.give({ sequence: next, length: 10 });
    expect(lone.lines()).toEqual([`new PA 1:6 ack ${next + 10}`]);
    lone.wait(100);
    expect(lone.lines()).toEqual([]);
  });

  it("come at once for what is out of order, and for what fills a hole", () => {
    const { lone, next } = settled();
    lone.give({ sequence: next + 1000, length: 1000 });
    lone.give({ sequence: next + 2000, length: 10 });
    lone.give({ sequence: next, length: 500 });
    lone.give({ sequence: next + 500, length: 500 });
    expect(lone.lines()).toEqual([
      `duplicate-ack A 1:1 ack ${next} sack ${next + 1000} ${next + 2000}`,
      `duplicate-ack A 1:1 ack ${next} sack ${next + 1000} ${next + 2010}`,
      `ack A 1:1 ack ${next + 500} sack ${next + 1000} ${next + 2010}`,
      `ack A 1:1 ack ${next + 2010}`,
    ]);
    expect(lone.read).toBe(18_010);
  });

  it("of what is out of order are pure even where there is data to send", () => {
    const { lone, next } = settled({ initialWindow: 1 });
    lone.write(2000);
    lone.lines();
    lone.give({ sequence: next + 1000, length: 1000, acknowledgment: 1001 });
    expect(lone.lines()).toEqual([
      `duplicate-ack A 1001:1001 ack ${next} sack ${next + 1000} ${next + 2000}`,
      `new PA 1001:2001 ack ${next}`,
    ]);
  });
});

describe("selective acknowledgements", () => {
  it("tell the block of the latest segment first, and then others by how late they were told (RFC 2018, section 4)", () => {
    const lone = LoneEndpoint.connected();
    for (const sequence of [2001, 4001, 6001, 8001, 10_001, 4501]) lone.give({ sequence, length: 500 });
    expect(lone.lines().map((line) => line.split(" sack ")[1])).toEqual([
      "2001 2501",
      "4001 4501 2001 2501",
      "6001 6501 4001 4501 2001 2501",
      "8001 8501 6001 6501 4001 4501 2001 2501",
      "10001 10501 8001 8501 6001 6501 4001 4501",
      "4001 5001 10001 10501 8001 8501 6001 6501",
    ]);
  });

  it("have room for three blocks beside a time stamp", () => {
    const lone = LoneEndpoint.connected({ timestamps: true }, { timestamp: 1 });
    for (const sequence of [2001, 4001, 6001, 8001]) lone.give({ sequence, length: 500, timestamp: 2 });
    expect(lone.last.blocks).toEqual([8001, 8501, 6001, 6501, 4001, 4501]);
  });

  it("report a duplicate once, before all else (RFC 2883)", () => {
    const lone = LoneEndpoint.connected();
    lone.give({ sequence: 1, length: 1000 });
    lone.give({ sequence: 3001, length: 1000 });
    lone.lines();
    lone.give({ sequence: 1, length: 1000 });
    lone.give({ sequence: 501, length: 1000 });
    lone.give({ sequence: 2801, length: 700 });
    lone.give({ sequence: 4001, length: 100 });
    expect(lone.lines().map((line) => line.replace(/^.* 1:1 /, ""))).toEqual([
      "ack 1001 sack 1 1001 3001 4001",
      "ack 1501 sack 501 1001 3001 4001",
      "ack 1501 sack 3001 3501 2801 4001",
      "ack 1501 sack 2801 4101",
    ]);
  });

  it("are not sent to a side that has not asked for them", () => {
    const lone = LoneEndpoint.connected({}, { sack: false });
    lone.give({ sequence: 1001, length: 10 });
    expect(lone.lines()).toEqual(["duplicate-ack A 1:1 ack 1"]);
  });
});

describe("the receive window", () => {
  it("closes as the buffer fills, and is never taken back", () => {
    const lone = LoneEndpoint.connected({ receiveBuffer: 5000, readRate: 0, delayedAcknowledgment: 0 });
    const edges = [];
    for (let at = 0; at < 6; at++) {
      lone.give({ sequence: 1 + 1000 * at, length: 1000 });
      edges.push([lone.last.acknowledgment, lone.last.window]);
    }
    expect(edges).toEqual([
      [1001, 4000],
      [2001, 3000],
      [3001, 2000],
      [4001, 1000],
      [5001, 0],
      [5001, 0],
    ]);
    expect(lone.read).toBe(0);
  });

  it("opens by two segments or half the buffer at least, and tells so by itself", () => {
    const pair = EndpointPair.opened({
      server: { receiveBuffer: 8000, readRate: 20_000, maximumSegmentSize: 1000 },
      client: { maximumSegmentSize: 1000 },
    });
    const from = pair.sent.length;
    pair.client.write(sampleBytes(20_000));
    pair.client.endpoint.close(pair.now);
    pair.server.onEnd = () => pair.server.endpoint.close(pair.now);
    pair.run();
    expect(pair.server.bytes).toEqual(Buffer.from(sampleBytes(20_000)));
    const updates = pair.sent.slice(from).filter(({ segment }) => segment.cause === "window-update");
    expect(updates.length).toBeGreaterThan(3);
    let edge = 0;
    for (const { segment, side } of pair.sent.slice(from)) {
      if (side === "client" || segment.acknowledgment > 20_001) continue;
      const next = segment.acknowledgment + segment.window;
      expect(next === edge || next >= edge + 1000 || edge === 0).toBe(true);
      edge = Math.max(edge, next);
    }
    expect(pair.sent.slice(from).every(({ segment }) => segment.length === 0 || segment.length === 1000)).toBe(true);
    expect(pair.now).toBeGreaterThan(61_000_000);
  });

  it("stays as it is until the application begins to read", () => {
    const pair = EndpointPair.opened({ server: { readPause: 500 * MILLISECOND, receiveBuffer: 3000 } });
    pair.client.write(sampleBytes(3000));
    pair.run(529 * MILLISECOND);
    expect(pair.server.receivedBytes).toBe(0);
    pair.run(530 * MILLISECOND);
    expect(pair.server.receivedBytes).toBe(3000);
  });

  it("is scaled, and what cannot be said exactly does not shrink it (RFC 7323)", () => {
    const lone = LoneEndpoint.connected({ receiveBuffer: 1_000_000, readRate: 0 }, { scale: 0 });
    let edge = 0;
    for (let at = 0; at < 200; at++) {
      lone.give({ sequence: 1 + 77 * at, length: 77 });
      lone.wait(50);
      const next = lone.last.acknowledgment + lone.last.window * 16;
      expect(next).toBeGreaterThanOrEqual(edge);
      edge = next;
    }
  });

  it("takes a FIN even where it is closed", () => {
    const lone = LoneEndpoint.connected({ receiveBuffer: 1000, readRate: 0 });
    lone.give({ length: 1000 });
    lone.give({ flags: "FA", sequence: 1001 });
    expect([lone.endpoint.state, lone.last.acknowledgment]).toEqual(["CLOSE-WAIT", 1002]);
  });
});

describe("congestion that was met on the way (RFC 3168)", () => {
  it("is echoed until the sender says that it has slowed down", () => {
    const lone = LoneEndpoint.accepted({ ecn: true }, { flags: "SEW" });
    expect(lone.sent[0]!.segment.flags).toBe(0x52);
    lone.give({ sequence: 1, length: 1000, ecn: 2 });
    lone.give({ sequence: 1001, length: 1000, ecn: 3 });
    lone.give({ sequence: 2001, length: 1000, ecn: 2 });
    lone.give({ sequence: 3001, length: 1000, ecn: 2, flags: "AW" });
    lone.give({ sequence: 4001, length: 1000, ecn: 3, flags: "AW" });
    expect(lone.sent.slice(1).map(({ segment }) => (segment.flags & 0x40) !== 0)).toEqual([
      false,
      true,
      true,
      false,
      true,
    ]);
  });
});
