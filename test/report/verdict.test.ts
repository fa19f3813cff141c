/** The verdict on captures whose truth is known by how they were made: what it must say, and what it must not. */
import { describe, expect, it } from "vitest";
import { encapsulateMessages } from "../../lib/encapsulate-messages.ts";
import { parseIpv4 } from "../../lib/headers/address.ts";
import {
  analyzeCapture,
  arp,
  captureFromBytes,
  dns,
  encodePacket,
  ethernet,
  icmp,
  ipv4,
  raw,
  tcp,
  udp,
  verdictOf,
  verdictText,
} from "../../lib/index.ts";
import { verdictJson } from "../../lib/report/verdict/verdict.ts";
import { parseScript, segmentRecord } from "../helpers/captures/packetdrill-script.ts";
import { pcapOf, type TapRecord } from "../helpers/captures/pcap-records.ts";
import { HANDSHAKE } from "../helpers/captures/scenarios/scenario.ts";

interface Judged {
  readonly capture: () => readonly TapRecord[] | Promise<Uint8Array>;
  readonly filter?: string;
  readonly says: readonly string[];
  readonly never?: readonly string[];
}

const CLIENT = { address: parseIpv4("10.0.0.1"), port: 50_001 };
const SERVER = { address: parseIpv4("10.0.0.2"), port: 8080 };

/** One connection after the other, each a second later. */
const scripts =
  (...all: readonly (readonly [script: string, client?: typeof CLIENT, server?: typeof SERVER])[]) =>
  (): TapRecord[] =>
    all.flatMap(([script, client = CLIENT, server = SERVER], index) =>
      parseScript(script).map((line) => {
        const record = segmentRecord(line, client, server);
        return { ...record, time: record.time + index * 1e6 };
      }),
    );

/** Frames a millisecond apart. */
const frames =
  (...all: readonly Uint8Array[]) =>
  (): TapRecord[] =>
    all.map((bytes, index) => ({ time: index * 1000, bytes }));

const messages =
  (list: Parameters<typeof encapsulateMessages>[0], options: Parameters<typeof encapsulateMessages>[1] = {}) =>
  async () =>
    (await encapsulateMessages(list, options)).capture;

const ports = (client: number, server: number) =>
  [
    { ...CLIENT, port: client },
    { ...SERVER, port: server },
  ] as const;

const CALM = "Nothing went wrong that the capture shows";
const TALK = `${HANDSHAKE}
  +.010 > P. 1:101(100) ack 1
  +.020 < .  1:1(0) ack 101
  +.010 < P. 1:201(200) ack 101
  +.001 > .  101:101(0) ack 201`;
const CLOSED = `${TALK}
  +.010 > F. 101:101(0) ack 201
  +.020 < F. 201:201(0) ack 102
  +.001 > .  102:102(0) ack 202`;
const REFUSED = `+0 > S 0:0(0) win 8192\n+.001 < R. 0:0(0) ack 1 win 0`;
const SILENT = `+0 > S 0:0(0) win 8192\n+1 > S 0:0(0) win 8192\n+2 > S 0:0(0) win 8192`;
const KEPT = `
  +0  > . 1:2(1) ack 1
  +.1 < . 1:1(0) ack 2
  +45 > . 1:2(1) ack 1
  +.1 < . 1:1(0) ack 2`;

const NETWORK = (source: string, destination: string) => [ethernet(), ipv4({ source, destination })] as const;
const QUERY = encodePacket([
  ...NETWORK("10.0.0.1", "10.0.0.53"),
  udp({ sourcePort: 40_000, destinationPort: 53 }),
  dns({ id: 1, questions: [{ name: "www.example.com", type: "A" }] }),
]);

const CASES: Readonly<Record<string, Judged>> = {
  "one connection as it should be": {
    capture: scripts([CLOSED]),
    says: [
      "10.0.0.1 talks with 10.0.0.2:8080 in 1 TCP connection (frame 1).",
      "The connection opens with a whole handshake (frame 1) and is closed by both sides (frame 9).",
      `${CALM}: nothing was lost, sent again or damaged.`,
    ],
    never: ["sent again (", "reset", "distorts"],
  },
  "requests over HTTP": {
    capture: messages([
      {
        from: "10.0.0.1:50001",
        to: "10.0.0.2:80",
        message: "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        time: 0,
        protocol: "HTTP",
      },
      {
        from: "10.0.0.2:80",
        to: "10.0.0.1:50001",
        message: "HTTP/1.1 204 No Content\r\n\r\n",
        time: 1,
        protocol: "HTTP",
      },
    ]),
    says: ["10.0.0.1 talks HTTP with 10.0.0.2:80 in 1 TCP connection (frame 1).", CALM],
  },
  "three hosts with one server": {
    capture: scripts(
      ...[1, 2, 3].map((host) => [CLOSED, { address: CLIENT.address + host, port: 50_000 + host }, SERVER] as const),
    ),
    says: [
      "3 hosts talk with 10.0.0.2:8080 in 3 TCP connections (frame 1).",
      "All 3 connections open with a whole handshake",
    ],
  },
  "a refused connection": {
    capture: scripts([REFUSED]),
    says: [
      "10.0.0.1 tries in vain to open 1 connection to 10.0.0.2:8080 (frame 1).",
      "The connection is refused (frame 2).",
      "10.0.0.2:8080 refuses 1 connection with a reset (frame 2): nothing listens on that port, or a firewall refuses in its place.",
    ],
    never: [CALM, "closed", "broken off", "no close"],
  },
  "a server that never answers": {
    capture: scripts([SILENT]),
    says: [
      "The connection gets no answer (frame 1).",
      "10.0.0.2:8080 answers none of the 3 SYNs that were sent to it (frame 1): nobody is there, a firewall drops what comes, or the answers were not captured.",
    ],
    never: [CALM, "refuse", "no close"],
  },
  "a search for open ports": {
    capture: scripts(
      ...Array.from(
        { length: 12 },
        (_, index) => [index < 9 ? REFUSED : "+0 > S 0:0(0) win 1024", ...ports(50_001, 100 + index)] as const,
      ),
    ),
    says: [
      "10.0.0.1 tries 12 ports of 10.0.0.2 in vain, 9 refused, 3 without an answer",
      "it looks like a search for open ports.",
      "Of 12 connections, 9 are refused",
    ],
    never: [CALM, "nothing listens"],
  },
  "some refused among others": {
    capture: scripts([CLOSED], [REFUSED, ...ports(50_002, 81)], [REFUSED, ...ports(50_003, 81)]),
    says: [
      "10.0.0.1 talks with 10.0.0.2:8080",
      "Of 3 connections, 1 opens with a whole handshake (frame 1), 2 are refused (frames 12, 14); the other one is closed by both sides (frame 9)",
      "10.0.0.2:81 refuses 2 connections with a reset (frames 12, 14)",
    ],
    never: [CALM, "search for open ports"],
  },
  "a reset in the middle": {
    capture: scripts([`${TALK}\n+.010 < R. 201:201(0) ack 101`]),
    says: [
      "The connection opens with a whole handshake (frame 1) and ends with a reset (frame 8).",
      "The server breaks the connection to 10.0.0.2:8080 off with a reset (frame 8)",
    ],
    never: [CALM, "no close", "refuse"],
  },
  "a reset after an orderly close": {
    capture: scripts([`${CLOSED}\n+.010 < R 202:202(0)`]),
    says: ["ends with a reset", CALM],
    never: ["breaks the connection"],
  },
  "a connection that was open before and goes on": {
    capture: scripts([
      "+0 > P. 1:101(100) ack 1\n+.02 < . 1:1(0) ack 101\n+.02 < P. 1:301(300) ack 101\n+.01 > . 101:101(0) ack 301",
    ]),
    says: [
      "The connection shows no handshake (frame 1) and shows no close (frame 4).",
      CALM,
      "The capture itself distorts: it begins in the middle of connections (frame 1).",
    ],
    never: ["sent again (", "by hand"],
  },
  "nothing but keep-alives": {
    capture: scripts([KEPT]),
    says: [
      "10.0.0.1 and 10.0.0.2:8080 keep 1 TCP connection alive without saying anything (frame 1).",
      "is merely kept alive",
    ],
    never: ["talks with", "by hand", "sent again (", "no room"],
  },
  "keep-alives beside a talk": {
    capture: scripts([KEPT, ...ports(50_002, 443)], [CLOSED]),
    says: [
      "10.0.0.1 talks with 10.0.0.2:8080 in 1 TCP connection (frame 5); 10.0.0.1 and 10.0.0.2:443 keep 1 TCP connection alive",
    ],
  },
  "a loss behind the point of capture": {
    capture: scripts([`${HANDSHAKE}\n+.01 > P. 1:101(100) ack 1\n+.3 > P. 1:101(100) ack 1\n+.02 < . 1:1(0) ack 101`]),
    says: [
      "1 segment was sent again, 50.0 % of those with data (frame 5): it had passed the point of capture before, so it was lost behind it, or the acknowledgement was.",
    ],
    never: [CALM, "gap"],
  },
  "a loss before the point of capture": {
    capture: scripts([
      `${HANDSHAKE}
      +.001 > P. 101:201(100) ack 1
      +.001 > P. 201:301(100) ack 1
      +.001 > P. 301:401(100) ack 1
      +.02  < .  1:1(0) ack 1 <sack 101:201>
      +0    < .  1:1(0) ack 1 <sack 101:301>
      +0    < .  1:1(0) ack 1 <sack 101:401>
      +.02  > P. 1:101(100) ack 1
      +.02  < .  1:1(0) ack 401`,
    ]),
    says: ["lost before it came to the point of capture"],
    never: [CALM, "lost behind", "no room"],
  },
  "what the capture has missed": {
    capture: scripts([`${HANDSHAKE}\n+.01 > P. 101:201(100) ack 1\n+.02 < . 1:1(0) ack 201`]),
    says: ["speaks of data that the capture lacks", "the capture has missed it and the network has not"],
    never: ["sent again", CALM],
  },
  "a full receiver": {
    capture: scripts([
      `${HANDSHAKE}
      +.01 > .  1:1461(1460) ack 1
      +.02 < .  1:1(0) ack 1461 win 0
      +.5  < .  1:1(0) ack 1461 win 512`,
    ]),
    says: [
      "10.0.0.2:8080 has no room for more data (frame 5): the application there reads more slowly than data comes",
    ],
    never: [CALM, "sent again ("],
  },
  "a question to DNS that nobody answers": {
    capture: frames(QUERY, QUERY),
    says: [
      "10.0.0.1 sends DNS to 10.0.0.53:53, which does not answer",
      "10.0.0.53:53 answers none of 2 DNS questions (frame 1): it is not there, something drops what comes, or the answers were not captured.",
    ],
    never: [CALM, "connection"],
  },
  "a host that a router cannot reach": {
    capture: () => {
      const [syn] = scripts(["+0 > S 0:0(0) win 8192"])();
      const quoted = syn!.bytes.subarray(14, 14 + 28);
      const error = encodePacket([...NETWORK("10.0.0.254", "10.0.0.1"), icmp({ type: 3, code: 1 }), raw(quoted)]);
      return [syn!, { time: 1000, bytes: error }];
    },
    says: [
      "10.0.0.2:8080 does not answer the SYN that was sent to it (frame 1); 10.0.0.254 says so (frame 2): host unreachable: the last router finds no such host",
    ],
    never: [CALM, "nobody is there"],
  },
  "damaged packets": {
    capture: frames(
      encodePacket([
        ...NETWORK("10.0.0.1", "10.0.0.2"),
        udp({ sourcePort: 5000, destinationPort: 6000, checksum: 1 }),
        raw("hello"),
      ]),
    ),
    says: ["1 packet has a wrong checksum (frame 1)", "(udp.checksum.bad)"],
    never: [CALM],
  },
  "sums that are left to the adapter": {
    capture: () => {
      const records = scripts([CLOSED])();
      for (const { bytes } of records.filter(({ bytes: frame }) => frame[29] === 1)) {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        const sum = 0x0a00 + 1 + 0x0a00 + 2 + 6 + bytes.length - 34;
        view.setUint16(50, (sum & 0xffff) + (sum >>> 16));
      }
      return records;
    },
    says: [CALM, "The capture itself distorts: checksums were left to the network adapter, which is no damage"],
    never: ["wrong checksum"],
  },
  "no conversation at all": {
    capture: frames(
      encodePacket([ethernet(), arp({ senderIp: "10.0.0.1", targetIp: "10.0.0.2" })]),
      encodePacket([...NETWORK("10.0.0.1", "10.0.0.2"), icmp()]),
      encodePacket([...NETWORK("10.0.0.1", "10.0.0.2"), icmp()]),
    ),
    says: ["There is no conversation of TCP or UDP in the capture: its packets are ICMP 2, ARP 1."],
    never: ["connection"],
  },
  "announcements to all": {
    capture: frames(
      encodePacket([
        ...NETWORK("10.0.0.1", "239.255.255.250"),
        udp({ sourcePort: 50_000, destinationPort: 1900 }),
        raw("NOTIFY"),
      ]),
    ),
    says: ["1 packet goes to all who listen (UDP port 1900) (frame 1)."],
    never: ["does not answer", "answers none"],
  },
  "a part that a filter selects": {
    capture: scripts([CLOSED], [REFUSED, ...ports(50_002, 81)]),
    filter: "tcp.port == 81",
    says: ["This is about the 2 packets of 12 that the filter selects.", "The connection is refused"],
    never: ["8080", "All"],
  },
  "nothing that a filter selects": {
    capture: scripts([CLOSED]),
    filter: "udp",
    says: ["The filter selects no packet."],
    never: [CALM, "connection"],
  },
  "an empty capture": { capture: frames(), says: ["The capture holds no packet."], never: [CALM, "connection"] },
  "a segment by hand": {
    capture: frames(
      ...["hello", "world"].map((text) =>
        encodePacket([
          ...NETWORK("10.0.0.1", "10.0.0.2"),
          tcp({ sourcePort: 1000, destinationPort: 2000, flags: "PSH ACK", sequenceNumber: 7 }),
          raw(text),
        ]),
      ),
    ),
    says: ["One TCP stream puts different bytes under one sequence number (frame 2), which no TCP does"],
    never: [CALM, "sent again"],
  },
  "very many things at once": {
    capture: scripts(
      [`${TALK}\n+.010 < R. 201:201(0) ack 101`],
      [REFUSED, ...ports(50_002, 81)],
      [SILENT, ...ports(50_003, 82)],
      [REFUSED, ...ports(50_004, 83)],
    ),
    says: ["10.0.0.2:81 refuses 1 connection", "10.0.0.2:83 refuses 1 connection", "10.0.0.2:82 answers none"],
  },
};

async function judge({ capture, filter }: Judged) {
  const made = await capture();
  const bytes = made instanceof Uint8Array ? made : pcapOf(1, made as readonly TapRecord[]);
  const analysis = await analyzeCapture(captureFromBytes(bytes), filter === undefined ? {} : { filter });
  return { analysis, sentences: verdictOf(analysis) };
}

describe("the verdict", () => {
  it.each(Object.entries(CASES))("on %s", async (_, judged) => {
    const { analysis, sentences } = await judge(judged);
    const text = sentences.map(verdictText).join("\n");
    for (const sentence of judged.says) expect(text).toContain(sentence);
    for (const sentence of judged.never ?? []) expect(text).not.toContain(sentence);
    expect(sentences.length).toBeLessThanOrEqual(6);
    // Evidence is in the capture.
    for (const sentence of sentences) {
      for (const frame of verdictJson(sentence).frames ?? []) {
        expect(frame).toBeGreaterThanOrEqual(1);
        expect(frame).toBeLessThanOrEqual(analysis.capture.packets);
      }
    }
  });
});
