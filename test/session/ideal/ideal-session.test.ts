import { describe, expect, it } from "vitest";
import type { SeededRandom } from "../../../lib/core/random.ts";
import { decodeFrame } from "../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import type { TcpConversation } from "../../../lib/session/conversation.ts";
import type { Session, SessionOptions } from "../../../lib/session/session.ts";
import { captureOf, framesOf, hostAt } from "../../helpers/captures/captures.ts";
import { CLIENT, linesOf, SERVER } from "../../helpers/captures/transcript.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** What one conversation looks like on the wire. */
function transcript(
  play: (session: Session, conversation: TcpConversation) => void,
  options: Partial<SessionOptions> = {},
): string[] {
  return linesOf(captureOf((session) => play(session, session.connect(CLIENT(), SERVER())), options));
}

/** What one side sent, and how far it ever was ahead of the other's acknowledgements, as the tap sees them. */
function dataFrom(capture: Uint8Array, senderPort: number): { received: Buffer; mostInFlight: number } {
  const parts: Uint8Array[] = [];
  let acknowledged = 0;
  let mostInFlight = 0;
  for (const { bytes } of framesOf(capture)) {
    const { tcp, payload } = decodeFrame(bytes, "ethernet");
    if (tcp!.sourcePort !== senderPort) acknowledged = tcp!.acknowledgmentNumber!;
    else if (payload !== undefined && payload.length > 0) {
      parts.push(payload);
      mostInFlight = Math.max(mostInFlight, (tcp!.sequenceNumber! + payload.length - acknowledged) >>> 0);
    }
  }
  return { received: Buffer.concat(parts), mostInFlight };
}

const HANDSHAKE = ["0 > SYN 0:0(0) ack 0", "1000 < SYN,ACK 0:0(0) ack 1", "1050 > ACK 1:1(0) ack 1"];

describe("one conversation", () => {
  it("opens, carries a request and its answer, and closes in four steps", () => {
    const lines = transcript((session, conversation) => {
      session.open(conversation, 0);
      session.send(conversation, "client", 5000, bytes("hello"));
      session.send(conversation, "server", 9000, bytes("hi there"));
      session.close(conversation, "client", 20_000);
    });
    expect(lines).toEqual([
      ...HANDSHAKE,
      "5000 > PSH,ACK 1:6(5) ack 1",
      "6000 < ACK 1:1(0) ack 6",
      "9000 < PSH,ACK 1:9(8) ack 6",
      "9050 > ACK 6:6(0) ack 9",
      "20000 > FIN,ACK 6:6(0) ack 9",
      "21000 < ACK 9:9(0) ack 7",
      "21010 < FIN,ACK 9:9(0) ack 7",
      "21060 > ACK 7:7(0) ack 10",
    ]);
  });

  it("lets an acknowledgement ride on data that leaves before it or with it", () => {
    const lines = transcript((session, conversation) => {
      session.open(conversation, 0);
      session.send(conversation, "client", 5000, bytes("a"));
      session.send(conversation, "server", 5400, bytes("b"));
      session.send(conversation, "client", 5450, bytes("c"));
      session.send(conversation, "server", 6450, bytes("d"));
    });
    expect(lines.slice(3)).toEqual([
      "5000 > PSH,ACK 1:2(1) ack 1",
      "5400 < PSH,ACK 1:2(1) ack 2",
      "5450 > PSH,ACK 2:3(1) ack 2",
      "6450 < PSH,ACK 2:3(1) ack 3",
      "6500 > ACK 3:3(0) ack 3",
    ]);
  });

  it("cuts a message at the MSS, pushes its last segment, and acknowledges every second one", () => {
    const lines = transcript(
      (session, conversation) => {
        session.open(conversation, 0);
        session.send(conversation, "client", 5000, new Uint8Array(250));
      },
      { maximumSegmentSize: 100 },
    );
    expect(lines.slice(3)).toEqual([
      "5000 > ACK 1:101(100) ack 1",
      "5010 > ACK 101:201(100) ack 1",
      "5020 > PSH,ACK 201:251(50) ack 1",
      "6010 < ACK 1:1(0) ack 201",
      "6020 < ACK 1:1(0) ack 251",
    ]);
  });

  it("hurries a long message along when the next one is due, whoever sends it", () => {
    const lines = transcript(
      (session, conversation) => {
        session.open(conversation, 0);
        session.send(conversation, "client", 5000, new Uint8Array(250));
        session.send(conversation, "client", 5005, bytes("next"));
        session.send(conversation, "server", 5007, bytes("answer"));
      },
      { maximumSegmentSize: 100 },
    );
    expect(lines.slice(3, 8)).toEqual([
      "5000 > ACK 1:101(100) ack 1",
      "5005 > ACK 101:201(100) ack 1",
      "5005 > PSH,ACK 201:251(50) ack 1",
      "5005 > PSH,ACK 251:255(4) ack 1",
      "5007 < PSH,ACK 1:7(6) ack 255",
    ]);
  });

  it("waits with data that comes before the handshake is done", () => {
    const lines = transcript((session, conversation) => {
      session.open(conversation, 0);
      session.send(conversation, "client", 10, bytes("eager"));
    });
    expect(lines).toEqual([...HANDSHAKE, "1050 > PSH,ACK 1:6(5) ack 1", "2050 < ACK 1:1(0) ack 6"]);
  });

  it("lets the server speak first, but not before it knows of the connection", () => {
    const lines = transcript((session, conversation) => {
      session.open(conversation, 0);
      session.send(conversation, "server", 10, bytes("220 ready"));
    });
    expect(lines).toEqual([...HANDSHAKE, "2050 < PSH,ACK 1:10(9) ack 1", "2100 > ACK 1:1(0) ack 10"]);
  });

  it("can be reset by either side, and drops what waits", () => {
    const lines = transcript(
      (session, conversation) => {
        session.open(conversation, 0);
        session.send(conversation, "client", 5000, new Uint8Array(300));
        session.reset(conversation, "server", 5005);
      },
      { maximumSegmentSize: 100 },
    );
    expect(lines.slice(3)).toEqual(["5000 > ACK 1:101(100) ack 1", "5005 < RST,ACK 1:1(0) ack 101"]);
  });

  it("can be closed by one side alone, while the other goes on", () => {
    const lines = transcript((session, conversation) => {
      session.open(conversation, 0);
      session.close(conversation, "client", 5000, "stays");
      session.send(conversation, "server", 8000, bytes("still here"));
      session.close(conversation, "server", 9000);
      session.close(conversation, "server", 9500);
    });
    expect(lines.slice(3)).toEqual([
      "5000 > FIN,ACK 1:1(0) ack 1",
      "6000 < ACK 1:1(0) ack 2",
      "8000 < PSH,ACK 1:11(10) ack 2",
      "8050 > ACK 2:2(0) ack 11",
      "9000 < FIN,ACK 11:11(0) ack 2",
      "9050 > ACK 2:2(0) ack 12",
    ]);
  });

  it("puts data that comes at the last moment before the FIN that waits", () => {
    const lines = transcript((session, conversation) => {
      session.open(conversation, 0);
      session.close(conversation, "client", 5000);
      session.send(conversation, "server", 6005, bytes("wait"));
    });
    expect(lines.slice(3, 7)).toEqual([
      "5000 > FIN,ACK 1:1(0) ack 1",
      "6000 < ACK 1:1(0) ack 2",
      "6005 < PSH,ACK 1:5(4) ack 2",
      "6005 < FIN,ACK 5:5(0) ack 2",
    ]);
  });

  it("stands when both sides close at once", () => {
    const lines = transcript((session, conversation) => {
      session.open(conversation, 0);
      session.close(conversation, "client", 5000, "stays");
      session.close(conversation, "server", 5000, "stays");
    });
    expect(lines.slice(3)).toEqual([
      "5000 > FIN,ACK 1:1(0) ack 1",
      "5000 < FIN,ACK 1:1(0) ack 2",
      "5050 > ACK 2:2(0) ack 2",
    ]);
  });

  it.each([1, 100, 1460, 16_344, 65_495])(
    "never has more in flight than the window, and gets everything through (MSS %i)",
    (maximumSegmentSize) => {
      const size = maximumSegmentSize === 1 ? 70_000 : 1_000_000;
      const data = Uint8Array.from({ length: size }, (_, index) => index % 251);
      for (const [sender, answerer] of [
        ["client", "server"],
        ["server", "client"],
      ] as const) {
        const capture = captureOf(
          (session) => {
            const conversation = session.connect(CLIENT(), SERVER());
            session.open(conversation, 0);
            session.send(conversation, sender, 5000, data);
            session.send(conversation, answerer, 5001, bytes("answer"));
            session.close(conversation, "client", 10_000_000);
          },
          { maximumSegmentSize },
        );
        const { received, mostInFlight } = dataFrom(capture, sender === "client" ? CLIENT().port : SERVER().port);
        expect(Buffer.compare(received, data)).toBe(0);
        expect(mostInFlight).toBeLessThan(65_535);
      }
    },
  );

  it("carries sequence numbers over the end of their range", () => {
    const nearTheEnd = { next: () => 0xffffffff } as SeededRandom;
    const capture = captureOf(
      (session) => {
        const conversation = session.connect(
          { host: hostAt("10.0.0.1"), port: 49_152 },
          { host: hostAt("10.0.0.2"), port: 80 },
        );
        session.open(conversation, 0);
        session.send(conversation, "client", 5000, bytes("over the top"));
        session.send(conversation, "server", 7000, bytes("me too"));
      },
      { random: nearTheEnd },
    );
    const numbers = framesOf(capture).map(({ bytes }) => {
      const { tcp } = decodeFrame(bytes, "ethernet");
      return [tcp!.sequenceNumber, tcp!.acknowledgmentNumber];
    });
    const top = 0xffffffff;
    expect(numbers).toEqual([
      [top, 0],
      [top, 0],
      [0, 0],
      [0, 0],
      [0, 12],
      [0, 12],
      [12, 6],
    ]);
  });
});

describe("what cannot be", () => {
  const conversationOf = (session: Session) =>
    session.connect({ host: hostAt("10.0.0.1"), port: 49_152 }, { host: hostAt("10.0.0.2"), port: 80 });

  it("is refused: an event earlier than what was written", () => {
    expect(() =>
      captureOf((session) => {
        const conversation = conversationOf(session);
        session.open(conversation, 5000);
        session.advance(6000);
        session.send(conversation, "client", 4000, bytes("late"));
      }),
    ).toThrow("An event at tick 4000 comes too late: the capture has reached tick 5000.");
  });

  it("is refused: sending after the FIN, opening twice, resetting what was never open", () => {
    expect(() =>
      captureOf((session) => {
        const conversation = conversationOf(session);
        session.open(conversation, 0);
        session.close(conversation, "client", 5000);
        session.send(conversation, "client", 9000, bytes("x"));
      }),
    ).toThrow("A side that has closed its connection cannot send any more.");
    expect(() =>
      captureOf((session) => {
        const conversation = conversationOf(session);
        session.open(conversation, 0);
        session.open(conversation, 1);
      }),
    ).toThrow("A conversation is opened twice.");
    expect(() => captureOf((session) => session.reset(conversationOf(session), "client", 0))).toThrow("never opened");
  });

  it("is refused: a maximum segment size out of range", () => {
    for (const maximumSegmentSize of [0, 65_496, 1.5, Number.NaN]) {
      expect(() => captureOf(() => {}, { maximumSegmentSize })).toThrow(
        `A maximum segment size of ${maximumSegmentSize} is not possible; give 1 to 65495.`,
      );
    }
  });

  it("is refused: a time to live, a port, a set of flags out of range", () => {
    for (const timeToLive of [0, 256, 1.5]) {
      expect(() => captureOf(() => {}, { timeToLive })).toThrow(
        `A time to live of ${timeToLive} is not possible; give 1 to 255.`,
      );
    }
    const [client, server] = [
      { host: hostAt("10.0.0.1"), port: 1000 },
      { host: hostAt("10.0.0.2"), port: 70_000 },
    ];
    expect(() => captureOf((session) => session.connect(client, server))).toThrow(
      "A port of 70000 is not possible; give 0 to 65535.",
    );
    expect(() => captureOf((session) => session.sendAsGiven(conversationOf(session), "client", 0, 0x200))).toThrow(
      "A set of flags of 512 is not possible; give 0 to 511.",
    );
  });

  it("is refused: a segment that no packet has room for; the largest is whole", () => {
    const sendOne = (flags: number, length: number) =>
      captureOf((session) => session.sendAsGiven(conversationOf(session), "client", 0, flags, new Uint8Array(length)));
    for (const [flags, most] of [
      [TcpFlag.SYN, 65_483],
      [TcpFlag.ACK, 65_495],
    ] as const) {
      const { ipv4, payload } = decodeFrame(framesOf(sendOne(flags, most))[0]!.bytes, "ethernet");
      expect([ipv4?.totalLength, payload?.length]).toEqual([65_535, most]);
      expect(() => sendOne(flags, most + 1)).toThrow(
        `A segment of ${most + 1} bytes is too long; the most is ${most}.`,
      );
    }
  });
});

describe("SYN segments", () => {
  it("offer MSS, window scale and SACK in the order Linux does", () => {
    const capture = captureOf((session) =>
      session.open(session.connect({ host: hostAt("10.0.0.1"), port: 1 }, { host: hostAt("10.0.0.2"), port: 2 }), 0),
    );
    const frames = framesOf(capture);
    expect(frames.map(({ bytes }) => Buffer.from(bytes.subarray(54)).toString("hex"))).toEqual([
      "020405b40101040201030307",
      "020405b40101040201030307",
      "",
    ]);
    const first = decodeFrame(frames[0]!.bytes, "ethernet");
    expect(first.tcp).toMatchObject({ flags: TcpFlag.SYN, window: 65_535, acknowledgmentNumber: 0 });
  });
});
