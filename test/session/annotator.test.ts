import { describe, expect, it } from "vitest";
import type { FrameNotes, FrameSink } from "../../lib/core/frame-sink.ts";
import { TcpFlag } from "../../lib/headers/tcp.ts";
import { SegmentScript } from "../../lib/session/segment-script.ts";
import { DatagramFlow, Timeline } from "../../lib/session/session.ts";
import type { SideName, Socket, TimelineOptions } from "../../lib/session/tcp-parameters.ts";
import { captureOf, framesOf, hostAt } from "../helpers/captures/captures.ts";

const { SYN, ACK, FIN, RST, PSH } = TcpFlag;
const CLIENT: () => Socket = () => ({ host: hostAt("10.0.0.1"), port: 50_000, name: "anna" });
const SERVER: () => Socket = () => ({ host: hostAt("10.0.0.2"), port: 80, name: "shop" });

/** A sink that keeps what is said about frames, and the frames' lengths. */
class NoteKeeper implements FrameSink {
  readonly bytes = new Uint8Array(70_000);
  readonly view = new DataView(this.bytes.buffer);
  readonly isFull = false;
  readonly notes: FrameNotes = { comments: [], direction: undefined };
  readonly lines: string[] = [];

  reserve(_time: number, _length: number): number {
    const { comments, direction } = this.notes;
    this.lines.push(`${direction === "outbound" ? ">" : "<"} ${comments.join(" | ")}`);
    return 0;
  }
}

function linesOf(play: (timeline: Timeline) => void, options: Partial<TimelineOptions> = {}): string[] {
  const sink = new NoteKeeper();
  const timeline = new Timeline(sink, { ticksPerSecond: 1_000_000, ...options });
  play(timeline);
  timeline.advance(Number.POSITIVE_INFINITY);
  return sink.lines;
}

/** Sends messages of so many bytes, named m1, m2 and so on, and closes. */
function converse(
  timeline: Timeline,
  messages: readonly (readonly [SideName, number, number])[],
  end: "close" | "reset" = "close",
): void {
  const conversation = timeline.connect(CLIENT(), SERVER());
  timeline.open(conversation, 0);
  messages.forEach(([side, time, size], index) => {
    timeline.send(conversation, side, time, timeline.named(new Uint8Array(size), `m${index + 1}`));
  });
  timeline[end](conversation, "client", 1_000_000);
}

const OPENING = ["> SYN: anna opens", "< SYN, ACK: shop accepts", "> ACK: the connection is open"];
const CLOSE = [
  "> FIN, ACK: anna has nothing more to send",
  "< ACK: shop has received the FIN",
  "< FIN, ACK: shop has nothing more to send",
  "> ACK: anna has received the FIN",
];

describe("the commentary", () => {
  it("tells a conversation from its handshake to its close", () => {
    const play = (timeline: Timeline) =>
      converse(timeline, [
        ["client", 10_000, 5],
        ["server", 20_000, 5],
      ]);
    const messages = ["> m1", "< ACK: shop has received m1", "< m2", "> ACK: anna has received m2"];
    expect(linesOf(play)).toEqual([...OPENING, ...messages, ...CLOSE]);
  });

  it("counts the segments of a message, and what an acknowledgement covers of it", () => {
    const play = (timeline: Timeline) => converse(timeline, [["client", 10_000, 250]]);
    expect(linesOf(play, { maximumSegmentSize: 100 }).slice(3, -4)).toEqual([
      "> m1, segment 1 of 3",
      "> m1, segment 2 of 3",
      "> m1, segment 3 of 3",
      "< ACK: shop has received part of m1",
      "< ACK: shop has received m1",
    ]);
  });

  it("says up to which message something was received, where that is more than one", () => {
    const burst = (timeline: Timeline) => {
      const conversation = timeline.connect(CLIENT(), SERVER());
      const send = (flags: number, side: SideName, time: number, name?: string) =>
        timeline.sendAsGiven(
          conversation,
          side,
          time,
          flags,
          name === undefined ? undefined : timeline.named(new Uint8Array(3), name),
        );
      send(PSH | ACK, "client", 0, "m1");
      send(PSH | ACK, "client", 1, "m2");
      send(ACK, "server", 2);
      send(ACK, "server", 3);
    };
    expect(linesOf(burst)).toEqual(["> m1", "> m2", "< ACK: shop has received up to m2", "< ACK: nothing new"]);
  });

  it("calls a reset what it is: an end, or a refusal", () => {
    expect(linesOf((timeline) => converse(timeline, [], "reset")).at(-1)).toBe(
      "> RST, ACK: anna breaks the connection off",
    );
    const refuse = (timeline: Timeline) => {
      const conversation = timeline.connect(CLIENT(), SERVER());
      timeline.sendAsGiven(conversation, "client", 0, SYN);
      timeline.sendAsGiven(conversation, "server", 1, RST | ACK);
    };
    expect(linesOf(refuse)).toEqual(["> SYN: anna opens", "< RST, ACK: shop refuses the connection"]);
  });

  it("says of any flags at least which they are", () => {
    const odd = (timeline: Timeline) => {
      const conversation = timeline.connect(CLIENT(), SERVER());
      timeline.sendAsGiven(conversation, "client", 0, 0);
      timeline.sendAsGiven(conversation, "client", 1, SYN | FIN);
      timeline.sendAsGiven(conversation, "server", 2, FIN | PSH | ACK, new Uint8Array(4));
    };
    expect(linesOf(odd)).toEqual([
      "> <None>",
      "> FIN, SYN: anna opens",
      "< FIN, PSH, ACK: shop has nothing more to send; data",
    ]);
  });

  it("knows the pieces that a script cuts a row into", () => {
    const play = (timeline: Timeline) => {
      const script = new SegmentScript(timeline, timeline.connect(CLIENT(), SERVER()), true, true);
      const payload = timeline.named(new Uint8Array(250), "m1");
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
    const play = (timeline: Timeline) => {
      const flow = new DatagramFlow(CLIENT(), SERVER());
      timeline.sendDatagram(flow, "client", 0, timeline.named(new Uint8Array(3000), "m1"));
      timeline.sendDatagram(flow, "server", 1, timeline.named(new Uint8Array(10), "m2"));
    };
    expect(linesOf(play)).toEqual(["> m1, fragment 1 of 3", "> m1, fragment 2 of 3", "> m1, fragment 3 of 3", "< m2"]);
  });

  it("changes nothing in the frames, however often one and the same bytes are sent", () => {
    const same = new Uint8Array(300).fill(0x61);
    const play = (timeline: Timeline) => {
      const conversation = timeline.connect(CLIENT(), SERVER());
      timeline.open(conversation, 0);
      for (let i = 0; i < 300; i++) {
        timeline.send(conversation, i % 3 === 0 ? "server" : "client", 10_000 + i, timeline.named(same, `m${i + 1}`));
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
