/**
 * What reports say of captures, and what they must not say: a row for each, with sentences of its text, its page and its JSON.
 * Whoever finds a sentence that is not so adds the capture that shows it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import { parseIpv4 } from "../../lib/headers/address.ts";
import { Recorder, type SocketEnds } from "../../lib/live/record/recorder.ts";
import type { Flags } from "../../scripts/analyze/request.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { ethernet, FOUR, ip, ipv4, letters, reversed, SIX, tcp } from "../helpers/captures/odd/packet-bytes.ts";
import { parseScript, segmentRecord } from "../helpers/captures/packetdrill-script.ts";
import { pcapOf, type TapRecord } from "../helpers/captures/pcap-records.ts";
import { HANDSHAKE } from "../helpers/captures/scenarios/scenario.ts";
import { elementsOf, textOf } from "../helpers/judges/page-reader.ts";
import { viewOf } from "../helpers/programs/shown-view.ts";

interface Told {
  readonly capture: () => TapRecord[] | Promise<string>;
  readonly flags?: Flags;
  /** Sentences of the text, white space as single blanks. */
  readonly text?: readonly string[];
  /** Sentences of the page, as somebody reads it. */
  readonly page?: readonly string[];
  /** Parts of the JSON, as it is written. */
  readonly json?: readonly string[];
  /** What none of the three says. */
  readonly never?: readonly string[];
}

const folder = temporaryFolder();
const CLIENT = { address: parseIpv4("10.0.0.1"), port: 50_001 };
const SERVER = { address: parseIpv4("10.0.0.2"), port: 443 };
let files = 0;

const scripted =
  (script: string, client = CLIENT, server = SERVER) =>
  () =>
    parseScript(script).map((line) => segmentRecord(line, client, server));

/** Frames a millisecond apart. */
const framed =
  (...frames: readonly Uint8Array[]) =>
  () =>
    frames.map((bytes, index) => ({ time: index * 1000, bytes }));

/** Of a frame with IPv4 and TCP and no options of IP. */
const CHECKSUM_AT = 14 + 20 + 16;

/** The same segments, of which some end with another byte than the one that belongs there, their checksums right. */
const changed = (script: string, lines: readonly number[]) => () => {
  const records = scripted(script)();
  for (const line of lines) {
    const { bytes } = records[line]!;
    const at = bytes.length - 1;
    // RFC 1624, equation 3, for a word that ends or begins with the byte.
    const by = at % 2 === 0 ? 1 << 8 : 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const sum = (~view.getUint16(CHECKSUM_AT) & 0xffff) + by;
    bytes[at]! += 1;
    view.setUint16(CHECKSUM_AT, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  }
  return records;
};

const ENDS: SocketEnds = {
  client: { address: "10.0.0.1", port: 50_001 },
  server: { address: "10.0.0.2", port: 7, name: "echo" },
};

async function recording(): Promise<string> {
  const file = path.join(folder, `${files++}.pcapng`);
  const recorder = await Recorder.open(file);
  const connection = recorder.connected(ENDS);
  connection.sent("client", new TextEncoder().encode("hello"));
  connection.sent("server", new TextEncoder().encode("hello"));
  for (const side of ["client", "server"] as const) connection.ended(side);
  await recorder.close();
  return file;
}

const flat = (text: string) => text.replace(/\s+/g, " ");

/** The words of a page, those of its script and its style left out. */
function wordsOf(page: string): string {
  const [body] = elementsOf(parse(page.replace(/<script>[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>/g, ""))).filter(
    ({ tagName }) => tagName === "body",
  );
  return flat(textOf(body!));
}

async function viewsOf({ capture, flags = {} }: Told): Promise<Readonly<Record<"text" | "page" | "json", string>>> {
  const made = await capture();
  const file = typeof made === "string" ? made : captureFile(folder, `${files++}.pcap`, pcapOf(1, made));
  const page = path.join(folder, `${files++}.html`);
  await viewOf(file, { ...flags, html: page });
  return {
    text: flat(await viewOf(file, flags)),
    page: wordsOf(readFileSync(page, "utf8")),
    json: await viewOf(file, { ...flags, json: true }),
  };
}

function hold(rows: Readonly<Record<string, Told>>): void {
  it.each(Object.entries(rows))("%s", async (_, told) => {
    const views = await viewsOf(told);
    for (const view of ["text", "page", "json"] as const) {
      for (const sentence of told[view] ?? []) expect(views[view], view).toContain(sentence);
      for (const sentence of told.never ?? []) expect(views[view], view).not.toContain(sentence);
    }
  });
}

const KEEP_ALIVE = `
  +0     > . 1:2(1) ack 1
  +.05   < . 1:1(0) ack 2`;

describe("packets made by hand", () => {
  hold({
    "are not one keep-alive and its answer": {
      capture: scripted(KEEP_ALIVE),
      text: ["1 connection shows no handshake, as when it was open before the capture began."],
      never: ["by hand", "one by one"],
    },
    "are not keep-alives, whatever byte they carry": {
      capture: changed(`${KEEP_ALIVE}\n+45 > . 1:2(1) ack 1\n+.05 < . 1:1(0) ack 2\n+45 > . 1:2(1) ack 1`, [2, 4]),
      text: ["the client asked 2 times whether the other end is still there", "0 bytes of data from the client"],
      never: ["by hand", "one by one", "other bytes"],
    },
    "are not keep-alives that nobody answers": {
      capture: scripted("+0 > . 1:2(1) ack 1\n+75 > . 1:2(1) ack 1\n+75 > . 1:2(1) ack 1"),
      never: ["by hand", "one by one", "other bytes"],
    },
    "are not keep-alives that a forgotten connection answers with resets": {
      capture: scripted(
        "+0 > . 1:2(1) ack 1\n+.1 < R 1:1(0) win 0\n+75 > . 1:2(1) ack 1\n+.1 < R 1:1(0) win 0\n+75 > . 1:2(1) ack 1\n+.1 < R 1:1(0) win 0",
      ),
      text: ["Keep-alives show that it was opened before the capture began, and that it has been forgotten there."],
      never: ["by hand", "one by one"],
    },
    "are not one segment that comes again at even times": {
      capture: scripted(
        `${HANDSHAKE}\n+.1 > P. 1:11(10) ack 1\n+.2 > P. 1:11(10) ack 1\n+.2 > P. 1:11(10) ack 1\n+.2 > P. 1:11(10) ack 1`,
      ),
      text: ["a retransmission, or a program that sends one and the same packet again and again"],
      never: ["by hand"],
    },
    "are told where other bytes come under one number, which no TCP does": {
      capture: changed("+0 > P. 0:10(10) ack 1\n+1 > P. 0:10(10) ack 1\n+1 > P. 0:10(10) ack 1", [1]),
      text: ["The packets were made by hand"],
    },
  });
});

const SENT = { net: FOUR } as const;
const pseudoSum = (length: number) => {
  const sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + length;
  return (sum & 0xffff) + (sum >>> 16);
};
const answer = ethernet(0x0800, ipv4({ protocol: 6, net: reversed(FOUR) }, tcp({ net: reversed(FOUR) })));

describe("checksums that are left to the adapter", () => {
  hold({
    "in IPv4 headers of the capturing host are no damage": {
      capture: framed(
        ethernet(0x0800, ipv4({ protocol: 6, ...SENT, checksum: 0 }, tcp({ ...SENT, checksum: "partial" }))),
        answer,
        ethernet(0x0800, ipv4({ protocol: 6, ...SENT, checksum: 0 }, tcp({ ...SENT, checksum: "partial" }))),
      ),
      text: ["2 packets have an IP header checksum of 0", "This is no fault."],
      json: ['"code":"ip-checksum-offload"', '"code":"checksum-offload"'],
      never: ["changed on its way", "checksum_bad", "by hand"],
    },
    "of large segments are those of the pseudo-header without a length": {
      capture: framed(
        ethernet(0x0800, ipv4({ protocol: 6, ...SENT }, tcp({ ...SENT, checksum: pseudoSum(0) }, letters(4000)))),
      ),
      text: ["1 packet holds only the sum of the pseudo-header where its checksum should be"],
      never: ["changed on its way", "checksum_bad"],
    },
    "are wrong where they are neither": {
      capture: framed(ethernet(0x0800, ipv4({ protocol: 6, ...SENT }, tcp({ ...SENT, checksum: pseudoSum(0) + 1 })))),
      text: ["Bad TCP checksum: 1 packet, frame 1."],
    },
  });
});

describe("findings", () => {
  hold({
    "name their conversation": {
      capture: scripted(`${HANDSHAKE}\n+.1 > P. 1:11(10) ack 1\n+.3 > P. 1:11(10) ack 1`),
      page: ["FrameConversationSeverityWhat it says 5TCP 0"],
      json: ['"frame":5,"protocol":"TCP","stream":0,"code":"tcp.analysis.retransmission"'],
    },
  });
});

describe("what was not sent again", () => {
  hold({
    "is a SYN after a reset": {
      capture: scripted(`
        +0     > S  0:0(0) win 8192
        +.0001 < R. 0:0(0) ack 1 win 0
        +.5    > S  0:0(0) win 8192
        +.0001 < R. 0:0(0) ack 1 win 0`),
      text: ["The connection is tried again after a reset, which had refused it"],
      json: ["the connection is tried again after a reset"],
      never: ["sent again", "no acknowledgement", "no answer"],
    },
    "are other bytes under a number, in a connection that was opened": {
      capture: changed(`${HANDSHAKE}\n+.1 > P. 1:21(20) ack 1\n+.3 > P. 1:21(20) ack 1`, [4]),
      text: [
        "20 bytes of data from the client (20 more came under numbers that had other bytes before)",
        "TCP Retransmission: 1 packet, frame 5. Other bytes under a number that was used before, which no TCP sends again",
      ],
      page: ["20 more came under numbers that had other bytes before"],
      never: ["were sent again", "(sent again)", "data sent again", "are sent again"],
    },
    "is a frame that the capture holds twice": {
      capture: () => {
        const records = scripted(`${HANDSHAKE}\n+.1 > P. 1:11(10) ack 1\n+.1 < . 1:1(0) ack 11`)();
        // An identification, by which a copy is told, and the checksum with it.
        const { bytes } = records[3]!;
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        view.setUint16(18, 7);
        view.setUint16(24, view.getUint16(24) - 7);
        return [...records.slice(0, 4), { ...records[3]!, time: records[3]!.time + 10 }, records[4]!];
      },
      text: [
        "10 bytes of data from the client (10 more are in the capture twice)",
        "it was captured twice rather than sent twice",
      ],
      never: ["were sent again", "(sent again)", "data sent again", "are sent again"],
    },
    "is told of a retransmission as before": {
      capture: scripted(`${HANDSHAKE}\n+.1 > P. 1:11(10) ack 1\n+.3 > P. 1:11(10) ack 1`),
      text: [
        "10 bytes of data from the client (10 more were sent again)",
        "Bytes that were sent before are sent again",
      ],
      page: ["(sent again)", "data sent again"],
      never: ["No findings"],
    },
  });
});

const MISSING = "not in this capture";
const shown = (title: string) => `${title} ✓ shown`;
const missing = (title: string) => `${title} – ${MISSING}`;
const SEGMENTATION = "Segmentation and reassembly";
const CLOSE = "The close";

describe("the checklist", () => {
  hold({
    "shows no segmentation where a keep-alive stands before a message": {
      capture: scripted("+0 > . 1:2(1) ack 1\n+.1 < . 1:1(0) ack 2\n+9 > P. 2:1402(1400) ack 1"),
      page: [missing(SEGMENTATION)],
    },
    "shows none where a message of several segments is smaller than one can be": {
      capture: scripted(
        `${HANDSHAKE}\n+.1 > . 1:301(300) ack 1\n+.1 > P. 301:601(300) ack 1\n+.1 > F. 601:601(0) ack 1`,
      ),
      page: [missing(SEGMENTATION)],
    },
    "shows it where a message is larger": {
      capture: scripted(`${HANDSHAKE}\n+.1 > . 1:1461(1460) ack 1\n+.1 > P. 1461:2001(540) ack 1`),
      page: [shown(SEGMENTATION)],
    },
    "shows it where options take room from the data": {
      capture: scripted(`${HANDSHAKE}\n+.1 > . 1:1449(1448) ack 1\n+.1 > P. 1449:1456(7) ack 1`),
      page: [shown(SEGMENTATION)],
    },
    "shows no close of a SYN that was refused": {
      capture: scripted("+0 > S 0:0(0) win 8192\n+.1 < R. 0:0(0) ack 1 win 0"),
      text: ["there was nothing to close: the reset refused it."],
      page: [missing(CLOSE)],
    },
    "shows none where a reset answers what nobody has opened": {
      capture: scripted("+0 > P. 1:11(10) ack 1\n+.1 < R 1:1(0) win 0"),
      page: [missing(CLOSE)],
    },
    "shows none of a handshake that the client gives up": {
      capture: scripted("+0 > S 0:0(0) win 1024\n+.1 < S. 0:0(0) ack 1 win 100\n+.1 > R 1:1(0) win 0"),
      page: [missing(CLOSE)],
    },
    "shows no data where keep-alives are all there is": {
      capture: scripted(`${HANDSHAKE}\n+45 > P. 0:1(1) ack 1\n+.1 < . 1:1(0) ack 1`),
      text: ["0 bytes of data from the client (1 probe of one byte, which is no data)", "from the client no data, MSS"],
      page: [missing("Data with PSH and ACK")],
    },
    "says that it is about a selection": {
      capture: scripted(`${HANDSHAKE}\n+.1 > P. 1:11(10) ack 1`),
      flags: { filter: "tcp.flags.push == 1" },
      page: ["What the filter selects shows", "– not in what the filter selects"],
      never: [MISSING, "This capture shows"],
    },
  });
});

describe("a recording", () => {
  hold({
    "says that it was made up, and claims neither times nor cleanliness": {
      capture: recording,
      text: [
        "Origin reconstructed from what sockets did; no network adapter has seen the packets",
        "reconstructed, so that its times tell nothing of the network.",
        "No findings, which says nothing of the network",
        "packets were seen by no network adapter",
      ],
      page: [
        "reconstructed from what sockets did; no network adapter has seen the packets",
        "no network adapter has seen them. This capture shows",
        "Nobody has captured these packets",
        "No findings, which says nothing of the network",
      ],
      json: ['"reconstructedPackets":', '"reconstructed":true', '"code":"reconstructed"'],
      never: [
        "handshake took",
        "roundTripTime",
        "every checksum that can be checked is right",
        "captured was taken near",
      ],
    },
    "is not what a capture is": {
      capture: scripted(HANDSHAKE),
      text: ["the handshake took 21 ms"],
      json: ['"roundTripTime":"0.021000000"'],
      never: ["reconstructed"],
    },
  });
});

it("is told to be one beside its ladder", async () => {
  expect(flat(await viewOf(await recording(), { ladder: true }))).toContain("reconstructed from what sockets did");
});

describe("words", () => {
  const SILENT = "+0 > S 0:0(0) win 8192\n+1 > S 0:0(0) win 8192";
  hold({
    "count the routers that still pass a packet on": {
      capture: framed(ethernet(0x0800, ip(FOUR, 6, tcp({ net: FOUR })))),
      page: ["at most 63 more routers pass the packet on"],
      never: ["at most 64 more"],
    },
    "count them behind IPv6 as well": {
      capture: framed(ethernet(0x86dd, ip(SIX, 6, tcp({ net: SIX })))),
      page: ["at most 63 more routers pass the packet on"],
      never: ["at most 64 more"],
    },
    "say what is likely of a port that Linux lends": {
      capture: scripted(HANDSHAKE, { ...CLIENT, port: 44_930 }),
      page: ["10.0.0.1:44930, a port that services can register (up to 49151), but more likely one that a system lent"],
    },
    "say that there was nothing to close where nobody answered": {
      capture: scripted(SILENT),
      text: ["there was nothing to close: it was never opened, as far as the capture shows."],
      json: ['"handshake":"unanswered","close":"none"'],
      never: ["not before the capture ended", "window not scaled"],
    },
    "tell no scale of a server that was not heard": {
      capture: scripted("+0 > S 0:0(0) win 8192\n+.1 > . 1:1(0) ack 1\n+.1 > P. 1:11(10) ack 1"),
      text: ["from the client at most 10 bytes, window not scaled; from the server no data."],
    },
    "call a scale an offer where the other SYN is missing": {
      capture: scripted("+0 > S 0:0(0) win 8192 <wscale 7>\n+.1 > . 1:1(0) ack 1\n+.1 > P. 1:11(10) ack 1"),
      text: ["from the client at most 10 bytes, offers window scale 7 (times 128); from the server no data."],
    },
    "name the side whose window it is": {
      capture: scripted(
        `${HANDSHAKE}\n+.1 > P. 1:11(10) ack 1\n+.1 < . 1:1(0) ack 11 win 0\n+1 < . 1:1(0) ack 11 win 500`,
      ),
      text: [
        "The sender of the segment has no room left for data",
        "The sender of the segment has room for another number",
      ],
      page: ["the sender of this segment takes no more than"],
      never: ["he receiver has no room", "the receiver changes", "the receiver takes"],
    },
    "claim no bytes of a window whose unit nobody knows": {
      capture: scripted("+0 > P. 1:11(10) ack 1 win 500\n+.1 < . 1:1(0) ack 11 win 500"),
      page: ["in which unit the sender of this segment counts, only the SYNs would tell"],
      never: ["takes no more than 500 bytes"],
    },
    "write microseconds as they are written": {
      capture: scripted(
        "+0 > S 0:0(0) win 8192\n+.00001 < S. 0:0(0) ack 1 win 8192\n+.000005 > . 1:1(0) ack 1\n+.00001 > . 1:1(0) ack 1",
      ),
      text: ["the handshake took 15 µs", "and 25 µs."],
      page: ["the handshake took 15 µs"],
      never: ["15 us"],
    },
  });
});

describe("with a filter", () => {
  const other = { ...SERVER, port: 8080 };
  const two = () => [
    ...scripted("+0 > P. 1:11(10) ack 1\n+.1 < . 1:1(0) ack 11")(),
    ...scripted(`+1 > S 0:0(0) win 8192\n+1 > S 0:0(0) win 8192`, CLIENT, other)(),
    { time: 5_000_000, bytes: ethernet(0x0800, ipv4({ protocol: 6, ...SENT }, tcp({ ...SENT, checksum: "partial" }))) },
    { time: 1_000_000, bytes: answer },
  ];
  hold({
    "notes are about what is selected": {
      capture: two,
      flags: { filter: "tcp.port == 443" },
      text: ["1 connection shows no handshake", "No findings in the packets that the filter selects"],
      never: ["asked for and got no answer", "pseudo-header where", "stamped earlier", "No findings: every"],
    },
    "notes of the others are told with the others": {
      capture: two,
      flags: { filter: "tcp.port == 8080" },
      text: ["1 connection was asked for and got no answer"],
      never: ["shows no handshake", "pseudo-header where", "stamped earlier"],
    },
    "what was not looked into is left out too": {
      capture: () => [
        ...two(),
        { time: 6_000_000, bytes: ethernet(0x0800, ipv4({ protocol: 115, ...SENT }, letters(20))) },
      ],
      flags: { filter: "tcp.port == 443 or ip.proto == 115" },
      text: ["No findings in what was looked into of the packets that the filter selects: every checksum there"],
    },
    "all are told without it": {
      capture: two,
      text: ["connections show no handshake", "asked for and got no answer", "pseudo-header where", "stamped earlier"],
    },
  });
});
