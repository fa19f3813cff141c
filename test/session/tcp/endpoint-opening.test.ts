/** How a connection begins, or does not (RFC 9293, sections 3.5 and 3.10.7). */
import { describe, expect, it } from "vitest";
import { EndpointPair, MICROSECONDS, MILLISECOND } from "../../helpers/network/endpoint-pair.ts";
import { LoneEndpoint } from "../../helpers/network/lone-endpoint.ts";

describe("a handshake", () => {
  it("takes three segments, of which the last may be followed by data at once", () => {
    const pair = new EndpointPair();
    pair.server.endpoint.listen();
    pair.client.write("early");
    pair.client.endpoint.connect(0);
    pair.runUntil(() => pair.server.receivedBytes > 0);
    expect(pair.lines().slice(0, 3)).toEqual(["0 syn S 0:0 0", "10 syn SA 0:0 1", "20 new PA 1:6 1"]);
    expect([pair.client.endpoint.state, pair.server.endpoint.state]).toEqual(["ESTABLISHED", "ESTABLISHED"]);
  });

  it("offers what it can, and has what both can", () => {
    const lone = new LoneEndpoint({ maximumSegmentSize: 1400, receiveBuffer: 1_000_000, timestamps: true });
    lone.endpoint.connect(5000);
    expect(lone.last.syn).toEqual({ maximumSegmentSize: 1400, windowScale: 4, sackPermitted: true });
    expect([lone.last.window, lone.last.timestamp, lone.last.timestampEcho]).toEqual([65_535, 6, 0]);
    lone.give({ flags: "SA", sequence: 0, acknowledgment: 1, mss: 1000, window: 60_000, scale: 2 });
    expect([lone.last.window, lone.last.timestamp]).toEqual([62_500, -1]);
    lone.write(5000);
    expect(lone.lines().slice(1)).toEqual([
      "ack A 1:1 ack 1",
      "new A 1:1001 ack 1",
      "new A 1001:2001 ack 1",
      "new A 2001:3001 ack 1",
      "new A 3001:4001 ack 1",
      "new PA 4001:5001 ack 1",
    ]);
  });

  it("leaves out of its answer what was not offered", () => {
    const lone = LoneEndpoint.accepted({ timestamps: true, ecn: true }, { sack: false });
    const [synAck] = lone.sent;
    expect(synAck!.segment.syn).toEqual({ maximumSegmentSize: 1460, windowScale: undefined, sackPermitted: false });
    expect(synAck!.segment.timestamp).toBe(-1);
    expect(synAck!.segment.flags).toBe(0x12);
  });

  it("takes 536 bytes for the segment size of a side that says none (section 3.7.1)", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.connect(0);
    lone.give({ flags: "SA", sequence: 0, acknowledgment: 1 });
    lone.write(600);
    expect(lone.lines().slice(2)).toEqual(["new A 1:537 ack 1", "new PA 537:601 ack 1"]);
  });

  it("keeps room for time stamps in every segment (RFC 6691)", () => {
    const lone = LoneEndpoint.connected({ timestamps: true }, { timestamp: 77 });
    lone.write(2000);
    expect(lone.lines()).toEqual(["new A 1:989 ack 1", "new A 989:1977 ack 1", "new PA 1977:2001 ack 1"]);
    expect([lone.last.timestamp, lone.last.timestampEcho]).toEqual([101, 77]);
  });
});

describe("a SYN without an answer", () => {
  it("is sent again after 1, 2, 4 seconds and so on, and given up after 127", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.connect(0);
    lone.wait(126_999);
    expect(lone.sent.map(({ at }) => at / MICROSECONDS)).toEqual([0, 1, 3, 7, 15, 31, 63]);
    expect(lone.news()).toEqual([]);
    lone.wait(1);
    expect(lone.news()).toEqual(["timed-out"]);
    expect([lone.endpoint.state, lone.endpoint.deadline]).toEqual(["CLOSED", Number.POSITIVE_INFINITY]);
  });

  it("makes the next timeout 3 seconds and the first window one segment (RFC 6298, section 5.7)", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.connect(0);
    lone.wait(1100);
    lone.give({ flags: "SA", sequence: 0, acknowledgment: 1, mss: 1000, sack: true });
    const { rto, cwnd, srtt } = lone.endpoint.senderState();
    expect([rto, cwnd, srtt]).toEqual([3_000_000, 1000, undefined]);
    lone.write(5000);
    lone.lines();
    lone.wait(2_900);
    expect(lone.timedLines()).toEqual(["2100 tail-probe A 1001:2001 ack 1"]);
  });

  it("is measured all the same where time stamps tell which one was answered", () => {
    const lone = new LoneEndpoint({ timestamps: true });
    lone.endpoint.connect(0);
    lone.wait(1100);
    lone.give({ flags: "SA", sequence: 0, acknowledgment: 1, mss: 1000, timestamp: 5, echo: lone.last.timestamp });
    expect(lone.endpoint.senderState().srtt).toBe(100 * MILLISECOND);
  });
});

describe("a SYN/ACK without an answer", () => {
  it("is sent again 5 times, and given up after 63 seconds", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.listen();
    lone.give({ flags: "S", sequence: 0, mss: 1000 });
    lone.wait(63_000);
    expect(lone.sent.map(({ at }) => at / MICROSECONDS)).toEqual([0, 1, 3, 7, 15, 31]);
    expect([lone.endpoint.state, ...lone.news()]).toEqual(["CLOSED", "timed-out"]);
  });

  it("is sent again when the SYN comes again", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.listen();
    lone.give({ flags: "S", sequence: 0, mss: 1000 });
    lone.give({ flags: "S", sequence: 0, mss: 1000 });
    expect(lone.lines()).toEqual(["syn SA 0:0 ack 1", "syn SA 0:0 ack 1"]);
  });
});

describe("an opening that meets something else", () => {
  it("opens where both sides ask at once (section 3.5, figure 8)", () => {
    const pair = new EndpointPair();
    pair.client.endpoint.connect(0);
    pair.server.endpoint.connect(0);
    pair.runUntil(() => pair.client.hasOpened && pair.server.hasOpened);
    expect(pair.lines()).toEqual(["0 syn S 0:0 0", "0 syn S 0:0 0", "10 syn SA 0:0 1", "10 syn SA 0:0 1"]);
    pair.client.write("both");
    pair.run(pair.now + MICROSECONDS);
    expect([pair.server.receivedBytes, pair.client.endpoint.state]).toEqual([4, "ESTABLISHED"]);
  });

  it("is refused by a reset that acknowledges the SYN, and by no other", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.connect(0);
    lone.give({ flags: "R", sequence: 0 });
    lone.give({ flags: "RA", sequence: 0, acknowledgment: 2 });
    expect(lone.endpoint.state).toBe("SYN-SENT");
    lone.give({ flags: "RA", sequence: 0, acknowledgment: 1 });
    expect([lone.endpoint.state, ...lone.news()]).toEqual(["CLOSED", "refused"]);
    expect(lone.lines()).toEqual(["syn S 0:0"]);
  });

  it("answers an acknowledgement of what it has not sent with a reset (section 3.10.7.3)", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.connect(0);
    lone.give({ flags: "A", sequence: 90, acknowledgment: 50 });
    expect(lone.lines()).toEqual(["syn S 0:0", "reset R 50:50"]);
    expect(lone.endpoint.state).toBe("SYN-SENT");
  });

  it("returns to waiting where its SYN/ACK is reset", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.listen();
    lone.give({ flags: "S", sequence: 0, mss: 1000 });
    lone.give({ flags: "R", sequence: 1 });
    expect([lone.endpoint.state, lone.endpoint.deadline]).toEqual(["LISTEN", Number.POSITIVE_INFINITY]);
    lone.give({ flags: "S", sequence: 0, mss: 1000 });
    lone.give({ flags: "A", sequence: 1, acknowledgment: 1 });
    expect([lone.endpoint.state, ...lone.news()]).toEqual(["ESTABLISHED", "opened"]);
  });

  it("is refused where nobody listens, with a reset for the SYN and one for an acknowledgement", () => {
    const lone = new LoneEndpoint();
    lone.give({ flags: "S", sequence: 7, mss: 1000 });
    lone.give({ flags: "A", sequence: 7, acknowledgment: 90, length: 10 });
    lone.give({ flags: "R", sequence: 7 });
    expect(lone.lines()).toEqual(["reset RA 0:0 ack 8", "reset R 90:90"]);
    const pair = new EndpointPair();
    pair.client.endpoint.connect(0);
    pair.run();
    expect(pair.client.endings).toEqual(["refused"]);
  });

  it("does not take an acknowledgement for a SYN", () => {
    const lone = new LoneEndpoint();
    lone.endpoint.listen();
    lone.give({ flags: "A", sequence: 7, acknowledgment: 90 });
    lone.give({ flags: "R", sequence: 7 });
    expect([lone.endpoint.state, ...lone.lines()]).toEqual(["LISTEN", "reset R 90:90"]);
  });

  it("is given up by an application that has nothing to say, and by abort", () => {
    for (const giveUp of ["close", "abort"] as const) {
      const lone = new LoneEndpoint();
      lone.endpoint.connect(0);
      lone.endpoint[giveUp](10);
      expect([lone.endpoint.state, ...lone.news(), ...lone.lines()]).toEqual(["CLOSED", "aborted", "syn S 0:0"]);
    }
  });

  it("goes on where what was written is still to be sent", () => {
    const pair = new EndpointPair();
    pair.server.endpoint.listen();
    pair.client.endpoint.connect(0);
    pair.client.write("last words");
    pair.client.endpoint.close(0);
    pair.server.onEnd = () => pair.server.endpoint.close(pair.now);
    pair.run();
    expect([pair.server.receivedBytes, ...pair.client.endings, ...pair.server.endings]).toEqual([
      10,
      "closed",
      "closed",
    ]);
  });
});
