/** How a connection ends: FINs, resets, and segments that only look like resets (RFC 9293, section 3.6; RFC 5961). */
import { describe, expect, it } from "vitest";
import { EndpointPair, MICROSECONDS } from "../../helpers/network/endpoint-pair.ts";
import { LoneEndpoint } from "../../helpers/network/lone-endpoint.ts";

const NEVER = Number.POSITIVE_INFINITY;

describe("a close", () => {
  it("takes a FIN of each side, and TIME-WAIT where the first one came from", () => {
    const pair = EndpointPair.opened();
    const from = pair.sent.length;
    pair.server.onEnd = () => pair.server.endpoint.close(pair.now);
    pair.client.endpoint.close(pair.now);
    pair.runUntil(() => pair.client.endings.length > 0);
    expect(pair.lines(undefined, from)).toEqual(["30 fin FA 1:1 1", "40 fin FA 1:1 2", "50 ack A 2:2 2"]);
    expect([pair.client.endpoint.state, pair.client.endings]).toEqual(["TIME-WAIT", ["closed"]]);
    pair.run();
    expect(pair.now).toBe(50_000 + 60 * MICROSECONDS);
    expect([pair.client.endpoint.state, pair.server.endpoint.state]).toEqual(["CLOSED", "CLOSED"]);
    expect([pair.client.endings, pair.server.endings]).toEqual([["closed"], ["closed"]]);
  });

  it("puts the FIN on the last segment, and lets the other side go on", () => {
    const pair = EndpointPair.opened();
    const from = pair.sent.length;
    pair.client.endpoint.write(pair.now, Buffer.from("question"));
    pair.client.endpoint.shutdown(pair.now);
    pair.run(pair.now + MICROSECONDS);
    expect([pair.client.endpoint.state, pair.server.endpoint.state]).toEqual(["FIN-WAIT-2", "CLOSE-WAIT"]);
    expect(pair.server.hasSeenEnd).toBe(true);
    expect(pair.lines("client", from)).toEqual(["30 new PA 1:9 1", "30 fin FA 9:9 1"]);
    pair.server.write("answer");
    pair.server.endpoint.shutdown(pair.now);
    expect(pair.server.endpoint.state).toBe("LAST-ACK");
    pair.run();
    expect([pair.client.receivedBytes, pair.client.endings, pair.server.endings]).toEqual([6, ["closed"], ["closed"]]);
  });

  it("waits for what was written before", () => {
    const lone = LoneEndpoint.connected({ initialWindow: 1 });
    lone.write(1500);
    lone.endpoint.shutdown(lone.now);
    expect([lone.endpoint.state, ...lone.lines()]).toEqual(["FIN-WAIT-1", "new A 1:1001 ack 1"]);
    lone.give({ acknowledgment: 1001 });
    expect(lone.lines()).toEqual(["new FPA 1001:1501 ack 1"]);
    lone.give({ acknowledgment: 1501 });
    expect([lone.endpoint.state, lone.endpoint.isQuiet]).toEqual(["FIN-WAIT-1", false]);
    lone.give({ acknowledgment: 1502 });
    expect([lone.endpoint.state, lone.endpoint.isQuiet]).toEqual(["FIN-WAIT-2", true]);
    expect(lone.news()).toEqual(["opened", "acknowledged 1001", "acknowledged 1501"]);
  });

  it("may happen on both sides at once", () => {
    const pair = EndpointPair.opened();
    const from = pair.sent.length;
    pair.client.endpoint.close(pair.now);
    pair.server.endpoint.close(pair.now);
    pair.run(pair.now + 10_000);
    expect([pair.client.endpoint.state, pair.server.endpoint.state]).toEqual(["CLOSING", "CLOSING"]);
    pair.run(pair.now + 10_000);
    expect([pair.client.endpoint.state, pair.server.endpoint.state]).toEqual(["TIME-WAIT", "TIME-WAIT"]);
    expect(pair.lines(undefined, from)).toEqual([
      "30 fin FA 1:1 1",
      "30 fin FA 1:1 1",
      "40 ack A 2:2 2",
      "40 ack A 2:2 2",
    ]);
    pair.run();
    expect([pair.client.endings, pair.server.endings]).toEqual([["closed"], ["closed"]]);
  });

  it("does not wait longer than 60 seconds for the other side where nobody reads any more", () => {
    const lone = LoneEndpoint.connected();
    lone.endpoint.close(lone.now);
    lone.give({ acknowledgment: 2 });
    expect([lone.endpoint.state, lone.endpoint.deadline]).toEqual(["FIN-WAIT-2", lone.now + 60 * MICROSECONDS]);
    lone.wait(60_000);
    expect([lone.endpoint.state, ...lone.news()]).toEqual(["CLOSED", "opened", "timed-out"]);
    const reading = LoneEndpoint.connected();
    reading.endpoint.shutdown(reading.now);
    reading.give({ acknowledgment: 2 });
    expect([reading.endpoint.state, reading.endpoint.deadline]).toEqual(["FIN-WAIT-2", NEVER]);
  });

  it("acknowledges a FIN that comes again, and waits from then on", () => {
    const lone = LoneEndpoint.connected();
    lone.endpoint.shutdown(lone.now);
    lone.give({ flags: "FA", acknowledgment: 2 });
    lone.lines();
    lone.wait(30_000);
    lone.give({ flags: "FA", acknowledgment: 2 });
    expect(lone.lines()).toEqual(["duplicate-ack A 2:2 ack 2"]);
    expect([lone.endpoint.state, lone.endpoint.deadline]).toEqual(["TIME-WAIT", lone.now + 60 * MICROSECONDS]);
  });

  it("sends the FIN again, and gives the other side up as with data", () => {
    const lone = LoneEndpoint.connected({ dataRetries: 2, rack: false });
    lone.endpoint.shutdown(lone.now);
    lone.wait(5000);
    expect(lone.timedLines()).toEqual([
      "100 fin FA 1:1 ack 1",
      "400 timeout FA 1:1 ack 1",
      "1000 timeout FA 1:1 ack 1",
    ]);
    expect(lone.news()).toEqual(["opened", "timed-out"]);
  });

  it("tells the end of the stream only when all before it has come", () => {
    const lone = LoneEndpoint.connected();
    lone.give({ flags: "FA", sequence: 101, length: 50 });
    expect([lone.endpoint.state, ...lone.lines()]).toEqual(["ESTABLISHED", "duplicate-ack A 1:1 ack 1 sack 101 151"]);
    lone.give({ sequence: 1, length: 100 });
    expect([lone.endpoint.state, lone.read, ...lone.lines()]).toEqual(["CLOSE-WAIT", 150, "ack A 1:1 ack 152"]);
    expect(lone.news()).toEqual(["opened", "end of stream"]);
  });
});

describe("a reset", () => {
  it("is sent by a close that leaves data unread", () => {
    const lone = LoneEndpoint.connected({ readRate: 0 });
    lone.give({ length: 10 });
    lone.lines();
    lone.endpoint.close(lone.now);
    expect(lone.lines()).toEqual(["reset RA 1:1 ack 11"]);
    expect([lone.endpoint.state, lone.endpoint.deadline, ...lone.news()]).toEqual([
      "CLOSED",
      NEVER,
      "opened",
      "aborted",
    ]);
  });

  it("is the answer to data that comes after a close", () => {
    const lone = LoneEndpoint.connected();
    lone.endpoint.close(lone.now);
    lone.give({ length: 10, acknowledgment: 2 });
    expect(lone.lines()).toEqual(["fin FA 1:1 ack 1", "reset R 2:2"]);
    expect([lone.endpoint.state, ...lone.news()]).toEqual(["CLOSED", "opened", "aborted"]);
  });

  it("is not the answer to data after a mere shutdown", () => {
    const lone = LoneEndpoint.connected();
    lone.endpoint.shutdown(lone.now);
    lone.give({ length: 10, acknowledgment: 2 });
    expect(lone.lines()).toEqual(["fin FA 1:1 ack 1", "ack A 2:2 ack 11"]);
    expect(lone.read).toBe(10);
  });

  it("is sent by abort, and ends the other side", () => {
    const pair = EndpointPair.opened();
    pair.client.endpoint.abort(pair.now);
    pair.run();
    expect([pair.client.endings, pair.server.endings]).toEqual([["aborted"], ["reset"]]);
    expect([pair.client.endpoint.state, pair.server.endpoint.state]).toEqual(["CLOSED", "CLOSED"]);
  });

  it("counts at the number that is expected only; elsewhere it is challenged (RFC 5961, section 3)", () => {
    const lone = LoneEndpoint.connected();
    lone.give({ flags: "R", sequence: 2 });
    expect([lone.endpoint.state, ...lone.lines()]).toEqual(["ESTABLISHED", "challenge A 1:1 ack 1"]);
    lone.give({ flags: "R", sequence: 900_000 });
    lone.give({ flags: "R", sequence: 0 });
    expect([lone.endpoint.state, ...lone.lines()]).toEqual(["ESTABLISHED"]);
    lone.give({ flags: "R", sequence: 1 });
    expect([lone.endpoint.state, ...lone.news()]).toEqual(["CLOSED", "opened", "reset"]);
  });
});

describe("what cannot be right", () => {
  it("is challenged: a SYN (RFC 5961, section 4), an acknowledgement of what was not sent (section 5)", () => {
    const lone = LoneEndpoint.connected();
    lone.give({ flags: "S", sequence: 500 });
    expect(lone.lines()).toEqual(["challenge A 1:1 ack 1"]);
    lone.wait(500);
    lone.give({ acknowledgment: 2 });
    expect(lone.lines()).toEqual(["challenge A 1:1 ack 1"]);
    expect(lone.endpoint.state).toBe("ESTABLISHED");
  });

  it("is not challenged more often than twice a second", () => {
    const lone = LoneEndpoint.connected();
    for (let time = 0; time < 10; time++) {
      lone.give({ flags: "S", sequence: 500 });
      lone.wait(100);
    }
    expect(lone.lines().length).toBe(2);
  });

  it("is answered where it lies outside the window, and where its time stamp is of another time (RFC 7323, section 5)", () => {
    const lone = LoneEndpoint.connected({ timestamps: true }, { timestamp: 1000 });
    lone.give({ sequence: 900_000, length: 10, timestamp: 1001 });
    expect(lone.lines()).toEqual(["duplicate-ack A 1:1 ack 1"]);
    lone.give({ sequence: 1, length: 10, timestamp: 999 });
    expect(lone.lines()).toEqual(["duplicate-ack A 1:1 ack 1"]);
    expect(lone.read).toBe(0);
    lone.give({ sequence: 1, length: 10, timestamp: 1001 });
    expect([lone.read, lone.last.timestampEcho]).toEqual([10, 1001]);
  });

  it("may be a new connection where the old one only waits (RFC 6191)", () => {
    const lone = LoneEndpoint.connected();
    lone.endpoint.shutdown(lone.now);
    lone.give({ flags: "FA", acknowledgment: 2 });
    lone.lines();
    lone.give({ flags: "S", sequence: 1 });
    expect([lone.endpoint.state, ...lone.lines()]).toEqual(["TIME-WAIT", "challenge A 2:2 ack 2"]);
    lone.give({ flags: "S", sequence: 100_000 });
    expect([lone.endpoint.state, ...lone.lines()]).toEqual(["CLOSED"]);
  });
});

describe("what the world is told", () => {
  it("may make it write and close within the same call", () => {
    const pair = EndpointPair.opened();
    const from = pair.sent.length;
    pair.server.onData = () => pair.server.write("echo");
    pair.server.onEnd = () => pair.server.endpoint.close(pair.now);
    pair.client.write("ask");
    pair.client.endpoint.shutdown(pair.now);
    pair.run();
    expect(pair.lines("server", from)).toEqual(["40 new PA 1:5 4", "40 fin FA 5:5 5"]);
    expect([pair.client.receivedBytes, pair.client.endings]).toEqual([4, ["closed"]]);
  });
});
