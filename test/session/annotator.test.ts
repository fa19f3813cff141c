import { describe, expect, it } from "vitest";
import type { FrameNotes, FrameSink } from "../../lib/core/frame-sink.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import type { SideName, Socket } from "../../lib/session/conversation.ts";
import { DatagramFlow } from "../../lib/session/conversation.ts";
import { IdealSession } from "../../lib/session/ideal/ideal-session.ts";
import { SegmentScript } from "../../lib/session/segment-script.ts";
import type { Session, SessionOptions } from "../../lib/session/session.ts";
import { captureOf, framesOf, hostAt } from "../helpers/captures/captures.ts";

const { SYN, ACK, FIN, RST, PSH } = TcpFlag;
const CLIENT: () => Socket = () => ({ host: hostAt("10.0.0.1"), port: 50_000, name: "anna" });
const SERVER: () => Socket = () => ({ host: hostAt("10.0.0.2"), port: 80, name: "shop" });

/** A sink that keeps what is said about frames, and the frames' lengths. */
class NoteKeeper implements FrameSink {
  readonly bytes = new Uint8Array(70_000);
  readonly view = new DataView(this.bytes.buffer);
  readonly isFull = false;
  readonly notes: FrameNotes = { comments: [], direction: undefined, interfaceId: 0 };
  readonly lines: string[] = [];

  reserve(_time: number, _length: number): number {
    const { comments, direction } = this.notes;
    this.lines.push(`${direction === "outbound" ? ">" : "<"} ${comments.join(" | ")}`);
    return 0;
  }
}

function linesOf(play: (session: Session) => void, options: Partial<SessionOptions> = {}): string[] {
  const sink = new NoteKeeper();
  const session = new IdealSession(sink, { ticksPerSecond: 1_000_000, ...options });
  play(session);
  session.advance(Number.POSITIVE_INFINITY);
  return sink.lines;
}

/** Sends messages of so many bytes, named m1, m2 and so on, and closes. */
function converse(
  session: Session,
  messages: readonly (readonly [SideName, number, number])[],
  end: "close" | "reset" = "close",
): void {
  const conversation = session.connect(CLIENT(), SERVER());
  session.open(conversation, 0);
  messages.forEach(([side, time, size], index) => {
    session.send(conversation, side, time, session.named(new Uint8Array(size), `m${index + 1}`));
  });
  session[end](conversation, "client", 1_000_000);
}

const OPENING = ["> SYN: anna opens", "< SYN, ACK: shop accepts", "> ACK: the connection is open"];
const CLOSE = [
  "> FIN, ACK: anna has nothing more to send",
  "< ACK: shop has received the FIN",
  "< FIN, ACK: shop has nothing more to send",
  "> ACK: anna has received the FIN",
];

describe("the annotator", () => {
  it("tells a conversation from its handshake to its close", () => {
    const play = (session: Session) =>
      converse(session, [
        ["client", 10_000, 5],
        ["server", 20_000, 5],
      ]);
    const messages = ["> m1", "< ACK: shop has received m1", "< m2", "> ACK: anna has received m2"];
    expect(linesOf(play)).toEqual([...OPENING, ...messages, ...CLOSE]);
  });

  it("counts the segments of a message, and what an acknowledgement covers of it", () => {
    const play = (session: Session) => converse(session, [["client", 10_000, 250]]);
    expect(linesOf(play, { maximumSegmentSize: 100 }).slice(3, -4)).toEqual([
      "> m1, segment 1 of 3",
      "> m1, segment 2 of 3",
      "> m1, segment 3 of 3",
      "< ACK: shop has received part of m1",
      "< ACK: shop has received m1",
    ]);
  });

  it("says up to which message something was received, where that is more than one", () => {
    const burst = (session: Session) => {
      const conversation = session.connect(CLIENT(), SERVER());
      const send = (flags: number, side: SideName, time: number, name?: string) =>
        session.sendAsGiven(
          conversation,
          side,
          time,
          flags,
          name === undefined ? undefined : session.named(new Uint8Array(3), name),
        );
      send(PSH | ACK, "client", 0, "m1");
      send(PSH | ACK, "client", 1, "m2");
      send(ACK, "server", 2);
      send(ACK, "server", 3);
    };
    expect(linesOf(burst)).toEqual(["> m1", "> m2", "< ACK: shop has received up to m2", "< ACK: nothing new"]);
  });

  it("calls a reset what it is: an end, or a refusal", () => {
    expect(linesOf((session) => converse(session, [], "reset")).at(-1)).toBe(
      "> RST, ACK: anna breaks the connection off",
    );
    const refuse = (session: Session) => {
      const conversation = session.connect(CLIENT(), SERVER());
      session.sendAsGiven(conversation, "client", 0, SYN);
      session.sendAsGiven(conversation, "server", 1, RST | ACK);
    };
    expect(linesOf(refuse)).toEqual(["> SYN: anna opens", "< RST, ACK: shop refuses the connection"]);
  });

  it("says of any flags at least which they are", () => {
    const odd = (session: Session) => {
      const conversation = session.connect(CLIENT(), SERVER());
      session.sendAsGiven(conversation, "client", 0, 0);
      session.sendAsGiven(conversation, "client", 1, SYN | FIN);
      session.sendAsGiven(conversation, "server", 2, FIN | PSH | ACK, new Uint8Array(4));
    };
    expect(linesOf(odd)).toEqual([
      "> <None>",
      "> FIN, SYN: anna opens",
      "< FIN, PSH, ACK: shop has nothing more to send; data",
    ]);
  });

  it("knows the pieces that a script cuts a row into", () => {
    const play = (session: Session) => {
      const script = new SegmentScript(session, session.connect(CLIENT(), SERVER()), true, true);
      const payload = session.named(new Uint8Array(250), "m1");
      script.play({ side: "client", time: 10_000, flags: undefined, payload }, undefined);
      script.play({ side: "client", time: 20_000, flags: FIN | ACK, payload: undefined }, undefined);
    };
    expect(linesOf(play, { maximumSegmentSize: 100 })).toEqual([
      ...OPENING,
      "> m1, segment 1 of 3",
      "> m1, segment 2 of 3",
      "> m1, segment 3 of 3",
      "< ACK: shop has received m1",
      ...CLOSE,
    ]);
  });

  it("counts the fragments of a datagram", () => {
    const play = (session: Session) => {
      const flow = new DatagramFlow(CLIENT(), SERVER());
      session.sendDatagram(flow, "client", 0, session.named(new Uint8Array(3000), "m1"));
      session.sendDatagram(flow, "server", 1, session.named(new Uint8Array(10), "m2"));
    };
    expect(linesOf(play)).toEqual(["> m1, fragment 1 of 3", "> m1, fragment 2 of 3", "> m1, fragment 3 of 3", "< m2"]);
  });

  it("changes nothing in the frames, however often one and the same bytes are sent", () => {
    const same = new Uint8Array(300).fill(0x61);
    const play = (session: Session) => {
      const conversation = session.connect(CLIENT(), SERVER());
      session.open(conversation, 0);
      for (let i = 0; i < 300; i++) {
        session.send(conversation, i % 3 === 0 ? "server" : "client", 10_000 + i, session.named(same, `m${i + 1}`));
      }
    };
    const options = { maximumSegmentSize: 100 };
    const lines = linesOf(play, options);
    expect(lines).toHaveLength(framesOf(captureOf(play, options)).length);
    const sent = lines.filter((line) => /^. m/.test(line));
    expect(sent).toHaveLength(900);
    // Each message, each segment, once.
    expect(new Set(sent).size).toBe(900);
    expect(lines.filter((line) => line.includes("nothing new"))).toEqual([]);
  });
});
