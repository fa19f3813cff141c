/** What a report concludes, and from what: of captures that look alike, each is told what its own frames prove. */
import { describe, expect, it } from "vitest";
import { macFromIpv4, parseIpv4 } from "../../lib/headers/address.ts";
import { encodeFrame } from "../../lib/headers/frame.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { parseScript, segmentRecord } from "../helpers/captures/packetdrill-script.ts";
import { pcapOf, type TapRecord } from "../helpers/captures/pcap-records.ts";
import { HANDSHAKE } from "../helpers/captures/scenarios/scenario.ts";
import { viewOf } from "../helpers/programs/shown-view.ts";

const folder = temporaryFolder();
const CLIENT = { address: parseIpv4("10.0.0.1"), port: 50_001 };
const SERVER = { address: parseIpv4("10.0.0.2"), port: 443 };
let files = 0;

const fileOf = (records: readonly TapRecord[]) => captureFile(folder, `${files++}.pcap`, pcapOf(1, records));
const scripted = (script: string) => fileOf(parseScript(script).map((line) => segmentRecord(line, CLIENT, SERVER)));
const follow = { protocol: "TCP", number: 0 } as const;

/** The report as one line, since it is broken at the width of a page. */
async function reportOf(file: string): Promise<string> {
  return (await viewOf(file)).replace(/\s+/g, " ");
}

interface HandMade {
  readonly text?: string;
  readonly sequence?: number;
  readonly flags?: number;
  readonly isAnswer?: boolean;
}

/** Segments as people make them one by one, ten to the second. */
function byHand(segments: readonly HandMade[]): string {
  const records = segments.map(({ text = "", sequence = 0, flags = TcpFlag.PSH | TcpFlag.ACK, isAnswer }, index) => {
    const [from, to] = isAnswer === true ? [SERVER, CLIENT] : [CLIENT, SERVER];
    const bytes = encodeFrame({
      ethernet: { source: macFromIpv4(from.address), destination: macFromIpv4(to.address) },
      ipv4: { source: from.address, destination: to.address },
      tcp: { sourcePort: from.port, destinationPort: to.port, sequenceNumber: sequence, flags, window: 8192 },
      payload: new TextEncoder().encode(text),
    });
    return { time: index * 100_000, bytes };
  });
  return fileOf(records);
}

const RESET: HandMade = { flags: TcpFlag.RST, isAnswer: true };

describe("bytes that were missing", () => {
  it("are not said to have been sent before, where no frame shows it", async () => {
    const text = await reportOf(
      scripted(`${HANDSHAKE}
        +.01 > P. 11:21(10) ack 1
        +.3  > P. 1:11(10) ack 1`),
    );
    expect(text).toContain("TCP Retransmission: 1 packet, frame 5. Bytes that were missing until now: either");
    expect(text).not.toContain("Bytes that were sent before");
  });

  it("and are, where some of them came before", async () => {
    const text = await reportOf(
      scripted(`${HANDSHAKE}
        +.01 > P. 11:21(10) ack 1
        +.3  > P. 1:15(14) ack 1`),
    );
    expect(text).toContain("TCP Retransmission: 1 packet, frame 5. Bytes that were sent before are sent again");
  });
});

describe("the same segment again", () => {
  it("is a retransmission that backs off, where the waits grow", async () => {
    const file = scripted(`
      +0   > P. 1:30(29) ack 1
      +.2  > P. 1:30(29) ack 1
      +.6  > P. 1:30(29) ack 1
      +1.2 > P. 1:30(29) ack 1
      +2.4 > P. 1:30(29) ack 1`);
    const text = await reportOf(file);
    expect(text).toContain("29 bytes of data from the client (116 more were sent again), 0 from the server");
    expect(text).toContain(
      "one segment of the client was sent 5 times, with the same bytes, from frame 1 to frame 5, after waits that grow from 200 ms to 2.4 s: a retransmission that backs off",
    );
    expect(text).not.toContain("by hand");
    const { conversations } = JSON.parse(await viewOf(file, { json: true }));
    expect(conversations[0]).toMatchObject({
      payloadBytes: { client: 29, server: 0 },
      repeatedBytes: { client: 116, server: 0 },
    });
  });

  it("is told with both explanations, where the waits are even", async () => {
    const file = byHand(["hello", "hello", "hello", "hello"].map((text) => ({ text, sequence: 77 })));
    expect(await reportOf(file)).toContain(
      "a retransmission, or a program that sends one and the same packet again and again.",
    );
  });

  it("is no conclusion about what came before it was highest", async () => {
    const text = await reportOf(
      scripted(`${HANDSHAKE}
        +.1 > P. 1:11(10) ack 1
        +.1 > P. 11:21(10) ack 1
        +.1 > P. 1:11(10) ack 1
        +.1 < . 1:1(0) ack 21`),
    );
    expect(text).toContain("20 bytes of data from the client (10 more were sent again)");
    expect(text).not.toContain("Again");
  });

  it("counts bytes that fill a gap, and no others", async () => {
    const text = await reportOf(
      scripted(`${HANDSHAKE}
        +.1 > P. 11:21(10) ack 1
        +.1 > P. 31:41(10) ack 1
        +.1 > P. 1:41(40) ack 1
        +.1 > P. 21:31(10) ack 1`),
    );
    expect(text).toContain("40 bytes of data from the client (30 more were sent again)");
  });
});

describe("other bytes under one number", () => {
  const messages = ["GET /a HTTP/1.1", "HTTP/1.1 200 OK", "GET /longer/path HTTP/1.1", "GET /b"];

  it("are made by hand, each a message, and every reset is counted", async () => {
    const file = byHand(messages.flatMap((text) => [{ text }, RESET]));
    const text = await reportOf(file);
    expect(text).toContain("the sequence number 0 comes again from the client with other bytes in frames 3, 5, 7.");
    expect(text).toContain("The packets were made by hand, each by itself.");
    expect(text).toContain("61 bytes of data from the client, 0 from the server");
    expect(text).toContain("there was nothing to close: 4 resets from the server, the first in frame 2, ");
    expect(text).toContain("nobody listens there");
    for (const claim of ["before the capture began", "no acknowledgement", "by a reset:", "still open"]) {
      expect(text).not.toContain(claim);
    }
    expect(await viewOf(file, { follow })).toMatch(
      new RegExp(`\n\n${messages.map((line) => `> ${line}`).join("\n")}\n$`),
    );
    const told = JSON.parse(await viewOf(file, { json: true, messages: true }));
    expect(
      told.messages.map(({ begins, complete }: { begins: string; complete: boolean }) => [begins, complete]),
    ).toEqual(messages.map((message) => [message, true]));
    expect(told.conversations[0]).toMatchObject({ handshake: "none", close: "none" });
  });

  it("count again those that were sent twice before it was known", async () => {
    const file = byHand(["ab", "ab", "cd"].map((text) => ({ text })));
    expect(await viewOf(file, { follow })).toMatch(/\n\n> ab\n> ab\n> cd\n$/);
  });

  it("prove nothing where only the checksum shows that they changed", async () => {
    const [first, second] = parseScript("+0 > P. 1:11(10) ack 1\n+1 > P. 1:11(10) ack 1").map((line) =>
      segmentRecord(line, CLIENT, SERVER),
    );
    second!.bytes[second!.bytes.length - 1]! ^= 1;
    expect(await reportOf(fileOf([first!, second!]))).not.toContain("made by hand, each");
  });

  it("are not seen where a segment is sent again in larger or smaller pieces", async () => {
    const text = await reportOf(scripted("+0 > P. 1:11(10) ack 1\n+1 > P. 1:21(20) ack 1\n+2 > P. 1:6(5) ack 1"));
    expect(text).toContain("20 bytes of data from the client (15 more were sent again)");
    expect(text).not.toContain("other bytes");
  });
});

describe("resets", () => {
  it("refuse a SYN that is tried again", async () => {
    const text = await reportOf(
      scripted(`
        +0 > S  0:0(0) win 8192
        +.0001 < R. 0:0(0) ack 1 win 0
        +.5 > S  0:0(0) win 8192
        +.0001 < R. 0:0(0) ack 1 win 0`),
    );
    expect(text).toContain("no: 2 SYNs, the first in frame 1, each answered by a reset, the first in frame 2.");
    expect(text).toContain(
      "The connection is tried again after a reset, which had refused it (tcp.analysis.retransmission)",
    );
    expect(text).not.toContain("acknowledgement");
  });

  it.each([
    [
      "after the close",
      `+.1 > F. 1:1(0) ack 1\n+.1 < F. 1:1(0) ack 2\n+.1 > . 2:2(0) ack 2\n+.1 < R 2:2(0)`,
      "by the client: its FIN in frame 4, the server's in frame 5; then from the server in frame 7, after both FINs",
    ],
    [
      "after its own FIN",
      "+.1 < F. 1:1(0) ack 1\n+.1 > P. 1:11(10) ack 2\n+.1 < R 2:2(0)",
      "from the server in frame 6, after its own FIN: nobody there reads any more",
    ],
    [
      "in the middle",
      "+.1 > P. 1:11(10) ack 1\n+.1 < R. 1:1(0) ack 11",
      "in the middle of the connection: a program gave it up",
    ],
  ])("%s are told so", async (_, script, sentence) => {
    expect(await reportOf(scripted(`${HANDSHAKE}\n${script}`))).toContain(sentence);
  });

  it("end a handshake that the client never wanted", async () => {
    const text = await reportOf(
      scripted("+0 > S 0:0(0) win 1024\n+.1 < S. 0:0(0) ack 1 win 100\n+.1 > R 1:1(0) win 0"),
    );
    expect(text).toContain("the client then sent a reset in frame 3 instead of completing the handshake");
    expect(text).toContain("only wanted to know whether the port is open");
  });

  it("alone tell of no connection", async () => {
    const text = await reportOf(scripted("+0 < R. 1:1(0) ack 1"));
    expect(text).toContain("all there is are resets, answers to something that was not captured.");
    expect(text).not.toContain("open before");
  });
});

describe("an idle connection", () => {
  const IDLE = `
    +0     > . 1:2(1) ack 1
    +.05   < . 1:1(0) ack 2
    +44.95 > . 1:2(1) ack 1
    +.05   < . 1:1(0) ack 2
    +44.95 > . 1:2(1) ack 1
    +.05   < . 1:1(0) ack 2`;

  it("is kept alive, and carries no data", async () => {
    const text = await reportOf(scripted(IDLE));
    expect(text).toContain("0 bytes of data from the client (3 probes of one byte, which is no data)");
    expect(text).toContain(
      "the client asked 2 times whether the other end is still there (keep-alive, first in frame 3), and the server answered 2 times.",
    );
    expect(text).not.toContain("by hand");
  });

  it("is not what a byte shows that nobody has acknowledged", async () => {
    const text = await reportOf(scripted(`${HANDSHAKE}\n+.1 > P. 1:2(1) ack 1\n+.3 > P. 1:2(1) ack 1`));
    expect(text).toContain(
      "The last byte, which nobody has acknowledged, comes again: it is sent again, or an idle connection",
    );
  });
});

describe("one side alone", () => {
  it("was captured in one direction where its acknowledgments show the other", async () => {
    const text = await reportOf(scripted("+0 > P. 1:11(10) ack 1\n+1 > P. 11:21(10) ack 500"));
    expect(text).toContain("captured in one direction only");
  });

  it("may have no other side where they do not", async () => {
    const text = await reportOf(scripted("+0 > P. 1:11(10) ack 1\n+1 > P. 11:21(10) ack 1"));
    expect(text).toContain("the other side does not answer, or what it sends was not captured");
  });
});
