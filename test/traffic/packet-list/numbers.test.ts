/** What tables of packets with sequence numbers become, segment by segment. */
import { describe, expect, it } from "vitest";
import { encapsulateCsv } from "../../../lib/encapsulate-messages.ts";
import { decodeFrame } from "../../../lib/headers/frame.ts";
import { formatTcpFlags } from "../../../lib/headers/tcp-fields.ts";
import { framesOf } from "../../helpers/captures/captures.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Segment {
  readonly flags: string;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly payload: string;
}

async function segmentsOf(csv: string, options = {}): Promise<{ segments: Segment[]; dialect: readonly string[] }> {
  const { capture, dialect } = await encapsulateCsv(csv, { format: "pcap", ...options });
  const segments = framesOf(capture).map(({ bytes }) => {
    const { tcp, payload } = decodeFrame(bytes, "ethernet");
    return {
      flags: formatTcpFlags(tcp!.flags),
      sequence: tcp!.sequenceNumber,
      acknowledgment: tcp!.acknowledgmentNumber,
      payload: text(payload),
    };
  });
  return { segments, dialect };
}

const CLIENT = "10.1.0.1,40000,10.1.0.2,80";
const SERVER = "10.1.0.2,80,10.1.0.1,40000";

/** Rows of `> S 0 - 0`: who, flags, sequence and acknowledgment number, length or text. */
function table(rows: readonly string[], last = "len"): string {
  const cells = rows.map((row, index) => {
    const [who, flags, sequence, acknowledgment, rest = ""] = row.split(" ").map((cell) => (cell === "-" ? "" : cell));
    return `${index / 10},${who === ">" ? CLIENT : SERVER},${flags},${sequence},${acknowledgment},${rest.replaceAll("_", " ")}`;
  });
  return [`time,src,sport,dst,dport,flags,seq,ack,${last}`, ...cells, ""].join("\n");
}

async function numbersOf(rows: readonly string[], options = {}): Promise<string[]> {
  const { segments } = await segmentsOf(table(rows), options);
  return segments.map(({ sequence, acknowledgment, payload }) => `${sequence} ${acknowledgment} ${payload.length}`);
}

/** The same, counted from the number of the first segment of each side. */
async function relativeNumbersOf(rows: readonly string[]): Promise<string[]> {
  const { segments } = await segmentsOf(table(rows));
  const firstOf = (who: string) => segments[rows.findIndex((row) => row.startsWith(who))]!.sequence;
  const first = { ">": firstOf(">"), "<": firstOf("<") };
  return segments.map(({ sequence, acknowledgment, flags, payload }, index) => {
    const [own, other] = rows[index]!.startsWith(">") ? ([">", "<"] as const) : (["<", ">"] as const);
    const acknowledged = flags.includes("ACK") ? (acknowledgment - first[other]) >>> 0 : acknowledgment;
    return `${(sequence - first[own]) >>> 0} ${acknowledged} ${payload.length}`;
  });
}

describe("sequence numbers of a table", () => {
  it("are kept as they are written: retransmissions, gaps, overlaps, keep-alives, probes", async () => {
    const rows = [
      "> S 100 - 0",
      "< SA 500 101 0",
      "> A 101 501 0",
      "> PA 101 501 10",
      "> PA 101 501 10",
      "> PA 300 501 10",
      "> PA 105 501 20",
      "< A 501 111 0",
      "> A 309 501 0",
      "> A 309 501 1",
      "< A 501 310 0",
      "> R 310 0 0",
    ];
    expect(await numbersOf(rows)).toEqual([
      "100 0 0",
      "500 101 0",
      "101 501 0",
      "101 501 10",
      "101 501 10",
      "300 501 10",
      "105 501 20",
      "501 111 0",
      "309 501 0",
      "309 501 1",
      "501 310 0",
      "310 0 0",
    ]);
  });

  it("are added to drawn initial ones where both sides begin as Wireshark does, which depend on the seed", async () => {
    const rows = ["> S 0 - 0", "< SA 0 1 0", "> A 1 1 0", "> PA 1 1 10", "< A 1 11 0", "> A 10 1 1"];
    const expected = ["0 0 0", "0 1 0", "1 1 0", "1 1 10", "1 11 0", "10 1 1"];
    expect(await relativeNumbersOf(rows)).toEqual(expected);
    const [one, other] = [await numbersOf(rows, { seed: 1 }), await numbersOf(rows, { seed: 2 })];
    expect(one[0]).not.toBe("0 0 0");
    expect(one[0]).not.toBe(other[0]);
  });

  it("are relative in mid-connection where each side begins with 1, and else as they are written", async () => {
    const relative = ["> PA 1 1 10", "< A 1 11 0", "< PA 1 11 5"];
    expect((await numbersOf(relative))[0]).not.toBe("1 1 10");
    expect(await relativeNumbersOf(relative)).toEqual(["0 0 10", "0 10 0", "0 10 5"]);
    expect(await numbersOf(["> A 1 1059 0", "> PA 1 2118 110", "< A 2118 111 0"])).toEqual([
      "1 1059 0",
      "1 2118 110",
      "2118 111 0",
    ]);
    expect(await numbersOf(["> PA 5001 301 10", "< A 301 5011 0"])).toEqual(["5001 301 10", "301 5011 0"]);
  });

  it("are as they are written where one SYN has 0 and the other one has not", async () => {
    expect(await numbersOf(["> S 0 - 0", "< SA 900 1 0", "> A 1 901 0"])).toEqual(["0 0 0", "900 1 0", "1 901 0"]);
  });

  it("follow from what a side has sent, and the other has, where rows leave them out", async () => {
    const rows = [
      "> S 100 - 0",
      "> S - - 0",
      "< SA - 101 0",
      "> A - 501 0",
      "> PA - - 10",
      "< PA - - 20",
      "> PA 101 - 10",
      "> FA - - 0",
      "< A - - 0",
      "> FA - - 0",
      "< FA - - 0",
      "> A - - 0",
    ];
    expect(await numbersOf(rows)).toEqual([
      "100 0 0",
      "100 0 0",
      "500 101 0",
      "101 501 0",
      "101 501 10",
      "501 111 20",
      "101 521 10",
      "111 521 0",
      "521 112 0",
      "111 521 0",
      "521 112 0",
      "112 522 0",
    ]);
  });

  it("get a drawn initial one for a side of which no row tells a number", async () => {
    const { segments } = await segmentsOf(
      table(["> S 100 - 0", "< SA - - 0", "> A 101 - 0", "< PA - - 20", "> A 101 - 0"]),
    );
    const [syn, answer, , data, last] = segments;
    expect(syn).toMatchObject({ sequence: 100, acknowledgment: 0 });
    expect(answer!.acknowledgment).toBe(101);
    expect(answer!.sequence).toBeGreaterThan(1000);
    expect(data!.sequence).toBe((answer!.sequence + 1) >>> 0);
    expect(last!.acknowledgment).toBe((answer!.sequence + 21) >>> 0);
  });

  it("are as they are written also where a side's first one is told late", async () => {
    const many = Array.from({ length: 100 }, (_, index) => `> PA ${5000 + 10 * index} - 10`);
    const numbers = await numbersOf([...many, "< A 900 6000 0", "> PA 6000 900 10"]);
    expect(numbers.slice(-2)).toEqual(["900 6000 0", "6000 900 10"]);
  });

  it("acknowledge nothing behind a gap, where rows leave that out", async () => {
    const rows = ["> S 0 - 0", "< SA 0 - 0", "> PA 1 - 10", "> PA 21 - 10", "< A 1 - 0", "> PA 11 - 10", "< A 1 - 0"];
    const acknowledged = (await relativeNumbersOf(rows)).map((row) => row.split(" ")[1]);
    expect([acknowledged[4], acknowledged[6]]).toEqual(["11", "31"]);
  });

  it("may be raw in one column and relative in the other", async () => {
    const columns = table(["> S 100 0 0", "< SA 500 1 0", "> PA 101 1 10", "< A 501 11 0"]);
    const raw = await segmentsOf(columns.replace(",seq,ack,", ",raw seq,ack,"));
    const numbers = raw.segments.map(({ sequence, acknowledgment }) => `${sequence} ${acknowledgment}`);
    expect(numbers).toEqual(["100 0", "500 101", "101 501", "501 111"]);
    const other = await segmentsOf(table(["> S 0 - 0", "< SA 0 101 0", "> PA 1 501 10"]).replace(",ack,", ",raw ack,"));
    const [syn, answer, data] = other.segments;
    expect(answer!.acknowledgment).toBe((syn!.sequence + 1) >>> 0);
    expect(data!.acknowledgment).toBe((answer!.sequence + 1) >>> 0);
  });

  it("keep an old SYN that comes late in its connection, and begin another one where the numbers begin anew", async () => {
    const open = ["> S 0 - 0", "< SA 0 1 0", "> PA 1 1 10", "< A 1 11 0"];
    const late = await relativeNumbersOf([...open, "> S 0 - 0", "> PA 11 1 10"]);
    expect(late.slice(4)).toEqual(["0 0 0", "11 1 10"]);
    const anew = await relativeNumbersOf([...open, "> S 0 - 0", "< SA 0 1 0", "> PA 1 1 10"]);
    expect(anew[4]).not.toBe("0 0 0");
  });

  it("are told with how they were understood", async () => {
    const written = await segmentsOf(table(["> S 100 - 0", "< SA 500 101 0"]));
    expect(written.dialect.slice(-2)).toEqual([
      "Rows: each a packet as it stands (2 of TCP).",
      "Sequence numbers: as they are written in 1 connection.",
    ]);
    const relative = await segmentsOf(table(["> S 0 - 0", "< SA 0 1 0"]));
    expect(relative.dialect.at(-1)).toBe(
      "Sequence numbers: relative in 1 connection, added to initial ones from the seed.",
    );
    const completed = await segmentsOf(table(["> S 0 - 0", "< SA 0 1 0"]), { completesTables: true });
    expect(completed.dialect.at(-1)).toBe(
      "Sequence numbers: chosen anew, because segments are added to those of the table.",
    );
  });
});

describe("rows of UDP in a table with sequence numbers", () => {
  async function carriersOf(rows: readonly string[]): Promise<string[]> {
    const lines = rows.map((row, index) => `${index},10.1.0.1,${5000 + index},10.1.0.2,53,${row},12`);
    const csv = `time,src,sport,dst,dport,protocol,flags,seq,ack,len\n99,${CLIENT},TCP,S,100,,0\n${lines.join("\n")}\n`;
    const { capture } = await encapsulateCsv(csv, { format: "pcap", payload: "exact" });
    return framesOf(capture)
      .slice(0, rows.length)
      .map(({ bytes }) => {
        const { udp, payload } = decodeFrame(bytes, "ethernet");
        return `${udp === undefined ? "tcp" : "udp"} ${payload.length}`;
      });
  }

  it("are datagrams by every name of it, and where programs write zeros for what they do not have", async () => {
    const names = ["UDP", "udp", "17", "UDPv4", "DNS", "DNS over UDP", "SYSLOG/UDP"];
    const rows = names.flatMap((name) => [`${name},,,`, `${name},,0,0`]);
    expect(await carriersOf(rows)).toEqual(rows.map(() => "udp 12"));
  });

  it("are segments where they have flags, or the protocol leaves it open and they have numbers", async () => {
    const rows = ["DNS,PA,1,1", "UDP,PA,1,1", "DNS,,1,1", "DNS over TCP,,1,1", "DNS over TCP,,,"];
    expect(await carriersOf(rows)).toEqual(rows.map(() => "tcp 12"));
  });
});

describe("what a table's segments carry", () => {
  it("is the same for the same numbers, however it is cut, and where they begin anew", async () => {
    const start = 4_294_967_280;
    const rows = ["> S 4294967279 - 0", `> PA ${start} 1 60`, "> PA 4294967290 1 30", "> PA 4 1 50", "> PA 0 1 3"];
    const { segments } = await segmentsOf(table(rows));
    const stream = Array.from({ length: 80 }, () => "");
    for (const { sequence, payload } of segments.slice(1)) {
      const at = (sequence - start) >>> 0;
      for (const [index, byte] of [...payload].entries()) {
        expect([index, stream[at + index] || byte]).toEqual([index, byte]);
        stream[at + index] = byte;
      }
    }
    expect(stream.slice(0, 70).every((byte) => byte !== "")).toBe(true);
  });

  it("is the text of a row, and of the row before where one has the numbers alone", async () => {
    const csv = `time,src,sport,dst,dport,flags,seq,ack,len,message
0.0,${CLIENT},PA,101,501,11,hello world
0.1,${CLIENT},PA,101,501,5,
0.2,${CLIENT},PA,107,501,5,
0.3,${CLIENT},PA,104,501,8,lo world
0.4,${CLIENT},PA,112,501,0,nothing more
`;
    const { segments } = await segmentsOf(csv);
    expect(segments.map(({ payload }) => payload)).toEqual(["hello world", "hello", "world", "lo world", ""]);
  });

  it("is as long as later numbers show, where no column tells", async () => {
    const rows = [
      "> S 0 - client_begins",
      "< SA 0 1 -",
      "> A 1 1 established",
      "> PA 1 1 hello",
      "> PA 3 1 llo_world",
      "< A 1 12 -",
      "> PA 12 1 -",
      "> PA 12 1 -",
      "< A 1 112 -",
      "> FA 112 1 bye",
      "< A 1 113 -",
    ];
    const { segments } = await segmentsOf(table(rows, "message"));
    const payloads = segments.map(({ payload }) => (payload.length > 12 ? payload.length : payload));
    expect(payloads).toEqual(["", "", "", "hello", "llo world", "", 100, 100, "", "", ""]);
  });
});
