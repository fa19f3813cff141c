import { describe, expect, it } from "vitest";
import { parseSequenceNumber } from "../../lib/csv/number-columns.ts";
import { errorOf, readWhole } from "./read-csv.ts";

const ENDS = "time,src,sport,dst,dport,flags";
const END_CELLS = [
  "0.0,10.0.0.1,40000,10.0.0.2,80,S",
  "0.1,10.0.0.2,80,10.0.0.1,40000,SA",
  "0.2,10.0.0.1,40000,10.0.0.2,80,A",
];

/** A table of a handshake, with more columns. */
const table = (names: string, ...cells: string[]) =>
  [`${ENDS},${names}`, ...END_CELLS.map((ends, row) => `${ends},${cells[row]}`), ""].join("\n");

async function columnsOf(text: string, options = {}) {
  const { source } = await readWhole(text, options);
  const { columns, unknownColumns } = source.dialect;
  const told = (["sequence", "acknowledgment", "sequence-raw", "acknowledgment-raw", "id"] as const).flatMap(
    (meaning) => (columns.has(meaning) ? [`${meaning} = ${columns.get(meaning)}`] : []),
  );
  return { told, unknownColumns };
}

describe("columns of sequence and acknowledgment numbers", () => {
  it.each([
    ["seq", "ack"],
    ["Seq", "Ack"],
    ["tcp.seq", "tcp.ack"],
    ["Sequence Number", "Acknowledgment number"],
    ["sequence_number", "acknowledgement_number"],
    ["TCP Seq", "TCP Ack"],
    ["seq_num", "ack_num"],
    ["SeqNo", "AckNo"],
    ["Sequence number (relative)", "Acknowledgment number (relative)"],
    ["relative seq", "relative ack"],
  ])("may be called %s and %s", async (sequence, acknowledgment) => {
    const { told, unknownColumns } = await columnsOf(table(`${sequence},${acknowledgment}`, "0,", "0,1", "1,1"));
    expect(told).toEqual([`sequence = ${sequence}`, `acknowledgment = ${acknowledgment}`]);
    expect(unknownColumns).toEqual([]);
  });

  it.each([
    ["tcp.seq_raw", "tcp.ack_raw"],
    ["Sequence Number (raw)", "Acknowledgment number (raw)"],
    ["raw_seq", "raw_ack"],
  ])("may be called %s and %s where they are those of the header", async (sequence, acknowledgment) => {
    const { told } = await columnsOf(table(`${sequence},${acknowledgment}`, "0,", "0,1", "1,1"));
    expect(told).toEqual([`sequence-raw = ${sequence}`, `acknowledgment-raw = ${acknowledgment}`]);
  });

  it("may be named, and set aside", async () => {
    const text = table("seq,ack,x", "0,,5", "0,1,7", "1,1,6");
    const named = await columnsOf(text, { columns: new Map([["sequence", "x"]]) });
    expect(named).toEqual({ told: ["sequence = x", "acknowledgment = ack"], unknownColumns: ["seq"] });
    const aside = await columnsOf(text, { ignoredColumns: ["seq", "ack"] });
    expect(aside).toEqual({ told: [], unknownColumns: ["seq", "ack", "x"] });
  });

  it("are none where they hold something else, count messages, or only say that a flag is set", async () => {
    expect((await columnsOf(table("seq,ack", "first,no", "second,yes", "third,yes"))).told).toEqual([]);
    expect((await columnsOf(table("seqno,note", "1,a", "2,b", "3,c"))).told).toEqual(["id = seqno"]);
    expect((await columnsOf(table("syn,ack,seq", "1,0,0", "1,1,0", "0,1,1"))).told).toEqual(["sequence = seq"]);
    expect((await columnsOf(table("ack", "0", "1", "1"))).told).toEqual([]);
  });

  it("are left alone in a table of messages", async () => {
    const text = "src,dst,message,time,seq,ack\na,b,hello,0,1,0\nb,a,hi,1,2,1\n";
    expect(await columnsOf(text)).toEqual({ told: [], unknownColumns: ["seq", "ack"] });
  });

  it.each([
    ["-1", 'column 7 (seq): "-1" is not a sequence number'],
    ["4294967296", 'column 7 (seq): "4294967296" is not a sequence number'],
    ["3.29E+09", 'column 7 (seq): "3.29E+09" is not a sequence number'],
    ["soon", 'column 7 (seq): "soon" is not a sequence number'],
  ])("refuse %s with its place", async (number, sentence) => {
    const error = await errorOf(table("seq,ack", "0,", "0,1", `${number},1`));
    expect(error.code).toBe("BAD_SEQUENCE");
    expect(error.message).toBe(
      `bad.csv, line 4, ${sentence}; write a whole number from 0 to 4294967295, leave the cell empty, or set the column aside with --column ignore=seq.`,
    );
  });

  it("are set aside by their place, where a shell would cut the name", async () => {
    const error = await errorOf(table("Sequence Number,ack", "0,", "0,1", "soon,1"));
    expect(error.message).toContain("or set the column aside with --column ignore=#7.");
  });

  it("refuse a whole column of what a spreadsheet has made of them", async () => {
    const error = await errorOf(table("seq,ack", "3.29E+09,", "1.01E+09,3.29E+09", "3.29E+09,1.01E+09"));
    expect(error.code).toBe("BAD_SEQUENCE");
    expect(error.message).toContain('line 2, column 7 (seq): "3.29E+09" is not a sequence number');
  });

  it.each(["one", "-1", "1.5", "4294967296"])("refuse %s as an acknowledgment number, too", async (number) => {
    const error = await errorOf(table("seq,ack", "0,", `0,${number}`, "1,1"));
    expect(error.code).toBe("BAD_SEQUENCE");
    expect(error.message).toBe(
      `bad.csv, line 3, column 8 (ack): "${number}" is not an acknowledgment number; write a whole number from 0 to 4294967295, leave the cell empty, or set the column aside with --column ignore=ack.`,
    );
  });

  it.each([
    ["protocol", "UDP", "seq,ack", ",7", "column 9 (ack): a datagram of UDP has no acknowledgment number"],
    ["protocol", "17", "raw seq,raw ack", "7,", "column 8 (raw seq): a datagram of UDP has no sequence number"],
    ["protocol", "DNS over UDP", "ack,seq", "7,0", "column 8 (ack): a datagram of UDP has no acknowledgment number"],
    ["transport", "udp", "seq,raw ack", "0,7", "column 9 (raw ack): a datagram of UDP has no acknowledgment number"],
  ])("refuse one where the %s is %s", async (kind, word, names, numbers, sentence) => {
    const error = await errorOf(
      `${ENDS},${kind},${names}\n${END_CELLS[0]},TCP,5,5\n0.1,10.0.0.1,5000,10.0.0.2,53,,${word},${numbers}\n`,
    );
    expect(error.code).toBe("BAD_SEQUENCE");
    expect(error.message).toBe(
      `bad.csv, line 3, ${sentence}; leave the cell empty, or write TCP where the row says UDP.`,
    );
  });

  it("refuse in a row of UDP what is no number at all", async () => {
    const error = await errorOf(
      `${ENDS},protocol,seq\n${END_CELLS[0]},TCP,5\n0.1,10.0.0.1,5000,10.0.0.2,53,,UDP,soon\n`,
    );
    expect(error.message).toContain('line 3, column 8 (seq): "soon" is not a sequence number');
  });

  it("refuse a length that no segment has", async () => {
    const error = await errorOf(table("seq,len", "0,0", "0,0", "1,4000000000"));
    expect(error.message).toContain("line 4, column 8 (len): a segment cannot carry 4000000000 bytes");
  });
});

describe("a sequence number", () => {
  it.each([
    ["0", 0],
    [" 4294967295 ", 0xffff_ffff],
    ["0x1F", 31],
    ["101.0", 101],
    ["4,294,967,295", 0xffff_ffff],
    ["1    (relative sequence number)", 1],
    ["", null],
    ["-", null],
    ["NaN", null],
    ["-7", undefined],
    ["1.5", undefined],
    ["12,34", undefined],
    ["0x100000000", undefined],
  ])("may be written %j", (text, value) => {
    expect(parseSequenceNumber(text, false)).toBe(value);
  });

  it("is the outermost one where tshark joins those of several headers", () => {
    expect(parseSequenceNumber("1,234", true)).toBe(1);
    expect(parseSequenceNumber("1,234", false)).toBe(1234);
  });
});
