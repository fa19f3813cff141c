/** What can be chosen of a session beside the usual: delays, names that are known late, segments of one conversation. */
import { describe, expect, it } from "vitest";
import type { FrameNotes } from "../../../lib/core/frame-sink.ts";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { PcapngWriter } from "../../../lib/pcap/pcapng-writer.ts";
import { MemorySlabs } from "../../../lib/pcap/slabs.ts";
import { IdealSession } from "../../../lib/session/ideal/ideal-session.ts";
import type { Session, SessionOptions } from "../../../lib/session/session.ts";
import { captureOf } from "../../helpers/captures/captures.ts";
import { CLIENT, linesOf, SERVER } from "../../helpers/captures/transcript.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Comments on each frame, as a writer is told. */
function commentsOf(play: (session: Session) => void, options: Partial<SessionOptions> = {}): string[] {
  const comments: string[] = [];
  class Listener extends PcapngWriter {
    override reserve(time: number, length: number): number {
      comments.push((this.notes as FrameNotes).comments.join(" | "));
      return super.reserve(time, length);
    }
  }
  const sink = new Listener(new MemorySlabs(), {
    interfaces: [{ linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000 }],
    origin: { seconds: 0, ticks: 0 },
  });
  const session = new IdealSession(sink, { ticksPerSecond: 1_000_000, ...options });
  play(session);
  session.advance(Number.POSITIVE_INFINITY);
  return comments;
}

describe("delays", () => {
  it("are those that were chosen", () => {
    const capture = captureOf(
      (session) => {
        expect(session.handshakeTime).toBe(14);
        const conversation = session.connect(CLIENT(), SERVER());
        session.open(conversation, 0);
        session.send(conversation, "client", 100, bytes("x".repeat(4000)));
        session.send(conversation, "server", 200, bytes("y"));
      },
      { roundTripTime: 5, reactionTime: 2, segmentGap: 3 },
    );
    expect(linesOf(capture)).toEqual([
      "0 > SYN 0:0(0) ack 0",
      "5 < SYN,ACK 0:0(0) ack 1",
      "7 > ACK 1:1(0) ack 1",
      "100 > ACK 1:1461(1460) ack 1",
      "103 > ACK 1461:2921(1460) ack 1",
      "106 > PSH,ACK 2921:4001(1080) ack 1",
      "108 < ACK 1:1(0) ack 2921",
      "111 < ACK 1:1(0) ack 4001",
      "200 < PSH,ACK 1:2(1) ack 4001",
      "202 > ACK 4001:4001(0) ack 2",
    ]);
  });
});

describe("the segments of one conversation", () => {
  it("can be larger than those of the others", () => {
    const capture = captureOf((session) => {
      const large = session.connect(CLIENT(), SERVER(), undefined, 4000);
      session.open(large, 0);
      session.send(large, "client", 5000, bytes("x".repeat(5000)));
    });
    expect(linesOf(capture).filter((line) => /\([1-9]/.test(line))).toEqual([
      "5000 > ACK 1:4001(4000) ack 1",
      "5010 > PSH,ACK 4001:5001(1000) ack 1",
    ]);
  });
});

describe("names", () => {
  it("can be known late: comments have those that are known when they are written", () => {
    let asked = 0;
    const comments = commentsOf((session) => {
      const conversation = session.connect({ ...CLIENT(), name: "somebody" }, { ...SERVER(), name: "shop" });
      session.open(conversation, 0);
      session.advance(1);
      const name = () => `question ${++asked}`;
      session.send(conversation, "client", 5000, session.named(bytes("x".repeat(2000)), name));
      expect(asked).toBe(0);
      session.rename(conversation, "client", "Ann\u0007");
      session.close(conversation, "client", 9000);
    });
    expect(comments).toEqual([
      "SYN: somebody opens",
      "SYN, ACK: shop accepts",
      "ACK: the connection is open",
      "question 1, segment 1 of 2",
      "question 1, segment 2 of 2",
      "ACK: shop has received question 1",
      "FIN, ACK: Ann\\u0007 has nothing more to send",
      "ACK: shop has received the FIN",
      "FIN, ACK: shop has nothing more to send",
      "ACK: Ann\\u0007 has received the FIN",
    ]);
  });

  it.each([
    [undefined, 60],
    [100, 100],
  ])("are cut where the longest may have %s characters", (longestName, length) => {
    const comments = commentsOf(
      (session) => {
        const conversation = session.connect(CLIENT(), SERVER());
        session.open(conversation, 0);
        session.send(
          conversation,
          "client",
          5000,
          session.named(bytes("x"), () => "n".repeat(200)),
        );
      },
      { ...(longestName !== undefined && { longestName }) },
    );
    expect(comments[3]).toBe(`${"n".repeat(length - 1)}…`);
  });
});
