/** The views as people see them, on small captures. */
import { beforeAll, describe, expect, it } from "vitest";
import { encapsulate } from "../../lib/encapsulate.ts";
import { parseIpv4 } from "../../lib/headers/address.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { parseScript, segmentRecord } from "../helpers/captures/packetdrill-script.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { viewOf } from "../helpers/programs/shown-view.ts";

const folder = temporaryFolder();
const CLIENT = { address: parseIpv4("10.0.0.1"), port: 49_152 };
const SERVER = { address: parseIpv4("10.0.0.2"), port: 50_000 };

function scripted(name: string, script: string): string {
  const records = parseScript(script).map((line) => segmentRecord(line, CLIENT, SERVER));
  return captureFile(folder, `${name}.pcap`, pcapOf(1, records));
}

const HANDSHAKE = `
+0    > S  0:0(0) win 65535 <mss 1460,sackOK,wscale 7>
+.010 < S. 0:0(0) ack 1 win 65535 <mss 1400,wscale 7>
+.010 > .  1:1(0) ack 1 win 512`;

const LOSS = `${HANDSHAKE}
+.010 > P. 1:101(100) ack 1
+.010 < .  1:1(0) ack 101 win 512
+.010 > P. 201:301(100) ack 1
+2    > P. 101:201(100) ack 1
+.010 < R. 1:1(0) ack 301`;

describe("a connection with faults", () => {
  const lossy = () => scripted("lossy", LOSS);

  it("is told on a page", async () => {
    const text = await viewOf(lossy());
    expect(text).toContain(`Conversations
Stream  Client          Server          Packets  Bytes  Opened    Closed
TCP 0   10.0.0.1:49152  10.0.0.2:50000        8    752  complete  reset

TCP stream 0: 10.0.0.1:49152 to 10.0.0.2:50000
  Opened   by the client: SYN in frame 1, SYN/ACK in frame 2, ACK in frame 3;
           the handshake took 20 ms.
`);
    expect(text).toContain("  Closed   by a reset: from the server in frame 8, in the middle of the\n");
    expect(text).toContain(`Findings
warning  TCP Previous segment not captured: 1 packet, frame 6. The sequence
         number skips bytes that this capture has not seen
         (tcp.analysis.lost_segment).
note     TCP Retransmission: 1 packet, frame 7. `);
  });

  it("is drawn as a ladder", async () => {
    expect(await viewOf(lossy(), { ladder: true })).toBe(
      `TCP stream 0, 8 packets
Time (ms)  client                                                  server  Frame
           10.0.0.1:49152                                  10.0.0.2:50000
    0.000  |--------------------- SYN Seq=0 Len=0 --------------------->|      1
   10.000  |<--------------- SYN, ACK Seq=0 Ack=1 Len=0 ----------------|      2
   20.000  |------------------ ACK Seq=1 Ack=1 Len=0 ------------------>|      3
   30.000  |-------------- PSH, ACK Seq=1 Ack=1 Len=100 --------------->|      4
   40.000  |<----------------- ACK Seq=1 Ack=101 Len=0 -----------------|      5
   50.000  |------------- PSH, ACK Seq=201 Ack=1 Len=100 -------------->|      6
           |            ! TCP Previous segment not captured             |
                            ... 2 s without a packet ...
 2050.000  |------------- PSH, ACK Seq=101 Ack=1 Len=100 -------------->|      7
           |                    ! TCP Retransmission                    |
 2060.000  |<-------------- RST, ACK Seq=1 Ack=301 Len=0 ---------------|      8
`,
    );
  });

  it("is cut where there is too much of it", async () => {
    const text = await viewOf(lossy(), { ladder: true, count: 2 });
    expect(text).toContain("|      2\n... and 6 more packets; give --count 0 for all.\n");
    expect(await viewOf(lossy(), { mermaid: true, count: 2 })).toContain("%% 6 more packets left out");
  });

  it("is a diagram for mermaid", async () => {
    expect(await viewOf(lossy(), { mermaid: "0", filter: "frame.number >= 6" })).toBe(
      `sequenceDiagram
  participant p1 as 10.0.0.1:49152
  participant p2 as 10.0.0.2:50000
  p1->>p2: 6. PSH, ACK Seq=201 Ack=1 Len=100
  Note over p1,p2: TCP Previous segment not captured
  Note over p1,p2: 2 s later
  p1->>p2: 7. PSH, ACK Seq=101 Ack=1 Len=100
  Note over p1,p2: TCP Retransmission
  p2->>p1: 8. RST, ACK Seq=1 Ack=301 Len=0
`,
    );
  });

  it("shows what is missing where it is followed", async () => {
    const file = scripted(
      "gap",
      `${HANDSHAKE}\n+.1 > P. 1:11(10) ack 1\n+.1 > P. 31:41(10) ack 1\n+.1 < . 1:1(0) ack 41`,
    );
    const text = await viewOf(file, { follow: { protocol: "TCP", number: 0 } });
    expect(text).toContain("> [20 bytes missing in the capture]\n");
    const hex = await viewOf(file, { follow: { protocol: "TCP", number: 0 }, hex: true });
    expect(hex).toMatch(/\n> 0000001e {2}/);
  });
});

describe("how a connection is opened and closed", () => {
  it.each([
    [
      "refused",
      "+0 > S 0:0(0) win 100 <mss 1460>\n+.1 < R. 0:0(0) ack 1 win 0",
      "answered by a reset in frame 2. Nothing listens",
    ],
    ["unanswered", "+0 > S 0:0(0) win 100\n+1 > S 0:0(0) win 100", "the server never answered."],
    ["none", "+0 > P. 1:11(10) ack 1 win 100\n+.1 < . 1:1(0) ack 11 win 100", "before the capture began, as it seems."],
    ["half", `${HANDSHAKE}\n+.1 > F. 1:1(0) ack 1`, "by the client only: its FIN in frame 4; there is none"],
    [
      "fin",
      `${HANDSHAKE}\n+.1 < F. 1:1(0) ack 1\n+.1 > F. 1:1(0) ack 2`,
      "by the server: its FIN in frame 4, the client's in",
    ],
    ["open", HANDSHAKE, "not before the capture ended."],
  ])("%s", async (name, script, sentence) => {
    expect(await viewOf(scripted(name, script))).toContain(sentence);
  });
});

describe("a capture of messages", () => {
  const file = `${folder}/input.pcap`;
  beforeAll(() => encapsulate({ input: "fixtures/input.csv", output: file }));

  it("shows which segments carried which message", async () => {
    const text = await viewOf(file, { messages: "0" });
    expect(text.split("\n").slice(0, 7)).toEqual([
      "TCP stream 0: 10.0.0.1:49152 to 10.0.0.2:80",
      "8 messages, told apart by lengths in HTTP headers",
      "No.  From    Bytes  Frames                  Shared with   Begins",
      expect.stringMatching(/^ {2}1 {2}client {4}145 {2}4 {37}GET \/ HTTP\/1\.1/),
      expect.stringMatching(/^ {2}2 {2}server/),
      expect.stringMatching(/^ {2}3 {2}client/),
      expect.stringMatching(/^ {2}4 {2}server {2}3,464 {2}17, 18, 19 {28}HTTP\/1\.1 200 OK/),
    ]);
  });

  it("shows which messages shared a segment", async () => {
    const shared = await viewOf(file, { messages: "0", framing: "line" });
    const line = shared.split("\n")[4] ?? "";
    expect(line).toMatch(/^ +2 {2}client +\d+ {2}4 +1, 3( \+\d+)? /);
  });

  it("shows a frame beside its bytes", async () => {
    const text = await viewOf(file, { frame: 1 });
    for (const line of [
      "Ethernet II, Src: 02:00:0a:00:00:01, Dst: 02:00:0a:00:00:02",
      "000c  08 00                    Type: IPv4 (0x0800)",
      "001a  0a 00 00 01              Source Address: 10.0.0.1",
      "0024  00 50                    Destination Port: 80",
      "0000  02 00 0a 00 00 02 02 00  0a 00 00 01 08 00 45 00  ..............E.",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(text).toMatch(
      /\n[0-9a-f]{4} {2}00 02 +\.\.\.\. \.\.\.\. \.\.1\. = Syn: Set\n|\.\.\.\. \.\.1\. = Syn: Set\n/,
    );
  });

  it("can be followed", async () => {
    const text = await viewOf(file, { follow: { protocol: "TCP", number: 2 } });
    expect(text.split("\n").slice(0, 4)).toEqual([
      "TCP stream 2: > client 10.0.0.4:49154, < server 10.0.0.5:80",
      "",
      "> GET /v1/prices?tea=sencha HTTP/1.1",
      "> Host: api.teahouse.example",
    ]);
    expect(text).toContain('\n< {"tea":"sencha","price":8.40,"currency":"EUR"}\n> GET /v1/prices');
  });
});
