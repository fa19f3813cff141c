import { describe, expect, it } from "vitest";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import { type ScriptedSegment, SegmentScript } from "../../lib/session/segment-script.ts";
import { captureOf } from "../helpers/captures/captures.ts";
import { CLIENT, linesOf, SERVER } from "../helpers/captures/transcript.ts";

const { SYN, ACK, FIN, RST, PSH } = TcpFlag;
const data = (text: string) => new TextEncoder().encode(text);

type RowText = readonly [side: "client" | "server", time: number, flags: number | undefined, text?: string];

/** Plays rows as a script does, each knowing the next. */
function played(rows: readonly RowText[], isCompleted = true, closes = true): string[] {
  return linesOf(
    captureOf((session) => {
      const script = new SegmentScript(session, session.connect(CLIENT(), SERVER()), isCompleted, closes, false);
      const segments = rows.map(
        ([side, time, flags, text]): ScriptedSegment => ({
          side,
          time,
          flags,
          payload: text === undefined ? undefined : data(text),
        }),
      );
      segments.forEach((segment, index) => {
        script.play(segment, segments[index + 1]);
      });
    }),
  );
}

describe("a connection told segment by segment", () => {
  it("is what its rows say, at their times", () => {
    const lines = played([
      ["client", 0, SYN],
      ["server", 40_000, SYN | ACK],
      ["client", 90_000, ACK],
      ["client", 100_000, undefined, "hello"],
      ["server", 150_000, ACK],
      ["server", 160_000, undefined, "hi"],
      ["client", 170_000, ACK],
      ["client", 200_000, FIN],
      ["server", 210_000, FIN | ACK],
      ["client", 220_000, ACK],
    ]);
    expect(lines).toEqual([
      "0 > SYN 0:0(0) ack 0",
      "40000 < SYN,ACK 0:0(0) ack 1",
      "90000 > ACK 1:1(0) ack 1",
      "100000 > PSH,ACK 1:6(5) ack 1",
      "150000 < ACK 1:1(0) ack 6",
      "160000 < PSH,ACK 1:3(2) ack 6",
      "170000 > ACK 6:6(0) ack 3",
      "200000 > FIN,ACK 6:6(0) ack 3",
      "210000 < FIN,ACK 3:3(0) ack 7",
      "220000 > ACK 7:7(0) ack 4",
    ]);
  });

  it("gets what is missing: the rest of a handshake, acknowledgements, the rest of a close", () => {
    const lines = played([
      ["client", 0, SYN],
      ["client", 100_000, undefined, "hello"],
      ["client", 200_000, FIN],
    ]);
    expect(lines).toEqual([
      "0 > SYN 0:0(0) ack 0",
      "1000 < SYN,ACK 0:0(0) ack 1",
      "1050 > ACK 1:1(0) ack 1",
      "100000 > PSH,ACK 1:6(5) ack 1",
      "101000 < ACK 1:1(0) ack 6",
      "200000 > FIN,ACK 6:6(0) ack 1",
      "201000 < ACK 1:1(0) ack 7",
      "201050 < FIN,ACK 1:1(0) ack 7",
      "201100 > ACK 7:7(0) ack 2",
    ]);
  });

  it("gets a whole handshake before data that has none, and before a lone SYN-ACK its SYN", () => {
    const handshake = ["-1100 > SYN 0:0(0) ack 0", "-100 < SYN,ACK 0:0(0) ack 1", "-50 > ACK 1:1(0) ack 1"];
    expect(played([["client", 0, undefined, "x"]]).slice(0, 4)).toEqual([...handshake, "0 > PSH,ACK 1:2(1) ack 1"]);
    expect(played([["server", 0, SYN | ACK]])).toEqual([
      "-1000 > SYN 0:0(0) ack 0",
      "0 < SYN,ACK 0:0(0) ack 1",
      "50 > ACK 1:1(0) ack 1",
    ]);
  });

  it("gets no second acknowledgement of the same", () => {
    const lines = played([
      ["client", 0, undefined, "x"],
      ["server", 500, undefined, "y"],
      ["client", 700, ACK],
      ["client", 800, ACK],
    ]);
    expect(lines.slice(3)).toEqual([
      "0 > PSH,ACK 1:2(1) ack 1",
      "500 < PSH,ACK 1:2(1) ack 2",
      "700 > ACK 2:2(0) ack 2",
    ]);
  });

  it("ends with a reset where a row says so", () => {
    expect(
      played([
        ["client", 0, undefined, "x"],
        ["server", 300, RST],
      ]).slice(3),
    ).toEqual(["0 > PSH,ACK 1:2(1) ack 1", "300 < RST,ACK 1:1(0) ack 2"]);
  });

  it("stays exactly as its table has it where nothing is to be added", () => {
    const lines = played(
      [
        ["client", 0, PSH | ACK, "x"],
        ["server", 1, ACK],
        ["server", 2, ACK],
        ["client", 3, FIN],
      ],
      false,
    );
    expect(lines).toEqual([
      "0 > PSH,ACK 0:1(1) ack 0",
      "1 < ACK 0:0(0) ack 1",
      "2 < ACK 0:0(0) ack 1",
      "3 > FIN 1:1(0) ack 0",
    ]);
  });

  it("has each SYN once, however often a table that stands as it is repeats it, and whatever was said since", () => {
    const lines = played(
      [
        ["client", 0, SYN],
        ["client", 1, SYN],
        ["server", 2, SYN | ACK],
        ["client", 3, SYN],
        ["server", 4, SYN | ACK],
        ["client", 5, ACK],
        ["server", 6, PSH | ACK, "hello"],
        ["server", 7, SYN | ACK],
        ["server", 8, PSH | ACK, "you"],
      ],
      false,
    );
    expect(lines).toEqual([
      "0 > SYN 0:0(0) ack 0",
      "1 > SYN 0:0(0) ack 0",
      "2 < SYN,ACK 0:0(0) ack 1",
      "3 > SYN 0:0(0) ack 0",
      "4 < SYN,ACK 0:0(0) ack 1",
      "5 > ACK 1:1(0) ack 1",
      "6 < PSH,ACK 1:6(5) ack 1",
      "7 < SYN,ACK 0:0(0) ack 1",
      "8 < PSH,ACK 6:9(3) ack 1",
    ]);
  });

  it("keeps the number of each side where both open at once", () => {
    const lines = played(
      [
        ["client", 0, SYN],
        ["server", 1, SYN],
        ["client", 2, SYN | ACK],
        ["server", 3, SYN | ACK],
        ["client", 4, ACK],
      ],
      false,
    );
    expect(lines).toEqual([
      "0 > SYN 0:0(0) ack 0",
      "1 < SYN 0:0(0) ack 0",
      "2 > SYN,ACK 0:0(0) ack 1",
      "3 < SYN,ACK 0:0(0) ack 1",
      "4 > ACK 1:1(0) ack 1",
    ]);
  });

  it("has each FIN once, with or without the data that came with it", () => {
    const lines = played(
      [
        ["client", 0, PSH | ACK, "x"],
        ["client", 1, FIN | ACK, "bye"],
        ["server", 2, ACK],
        ["client", 3, FIN | ACK],
        ["client", 4, FIN | PSH | ACK, "bye"],
        ["server", 5, FIN | ACK],
        ["client", 6, ACK],
        ["server", 7, FIN | ACK],
      ],
      false,
    );
    expect(lines).toEqual([
      "0 > PSH,ACK 0:1(1) ack 0",
      "1 > FIN,ACK 1:4(3) ack 0",
      "2 < ACK 0:0(0) ack 5",
      "3 > FIN,ACK 4:4(0) ack 0",
      "4 > FIN,PSH,ACK 1:4(3) ack 0",
      "5 < FIN,ACK 0:0(0) ack 5",
      "6 > ACK 5:5(0) ack 1",
      "7 < FIN,ACK 0:0(0) ack 5",
    ]);
  });
});
