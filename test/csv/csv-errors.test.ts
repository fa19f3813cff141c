import { describe, expect, test } from "vitest";
import { errorOf, HEADER, readAll, readWhole, toBytes } from "./read-csv.ts";

const ROW = "1,CHAT,alice,bob,hello,0.5\n";
const NETWORK_HEADER = "app_protocol,src_app,src_ip,src_port,dst_app,dst_ip,dst_port,message,timestamp";
const STANDARD_ADVICE =
  "the first line must name the columns, such as msg_id,app_protocol,src_app,dst_app,message,timestamp";
const NAME_IT = "; where one has another name, say so with --column";
const SAVE_AS_UTF_8 =
  "save the file as CSV in UTF-8, or name its encoding with --encoding, such as windows-1255 or latin1";
const DOUBLE_QUOTES = "double every quote that belongs to the text, and put the whole cell in quotes";
const EMPTY = `bad.csv: the file is empty; it needs a first line such as ${HEADER}, and a row for each message.`;

function bytes(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...toBytes(part)] : part)));
}

/** Text or bytes, and the one sentence about them. */
const CASES: [name: string, input: string | Uint8Array, sentence: string][] = [
  ["no bytes", "", EMPTY],
  ["a byte order mark alone", "\ufeff", EMPTY],
  ["blank lines alone", "\n\r\n  \n", EMPTY],
  ["a line end alone", "\n", EMPTY],
  [
    "a header without rows",
    `\n${HEADER}\n\n`,
    "bad.csv, line 2: there is no row after the header; add a row for each message.",
  ],
  [
    "a header without rows, in quotes and without a line end",
    `"msg_id",app_protocol,src_app,dst_app,message,timestamp`,
    "bad.csv, line 1: there is no row after the header; add a row for each message.",
  ],
  [
    "one missing column",
    "msg_id,app_protocol,src_app,dst_app,message,when\n",
    `bad.csv, line 1: column "timestamp" is missing, found "msg_id", "app_protocol", "src_app", "dst_app", "message", "when"; ${STANDARD_ADVICE}${NAME_IT} time=NAME.`,
  ],
  [
    "several missing columns",
    "hello\nworld\n",
    `bad.csv, line 1: columns "src_app" and "dst_app" and "message" and "timestamp" are missing, found "hello"; ${STANDARD_ADVICE}${NAME_IT} source=NAME.`,
  ],
  [
    "a very wide header",
    `${Array.from({ length: 20 }, (_, i) => `c${i}`).join(",")},app_protocol,src_app,dst_app,message\n`,
    `bad.csv, line 1: column "timestamp" is missing, found "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11" and 12 more; ${STANDARD_ADVICE}${NAME_IT} time=NAME.`,
  ],
  [
    "no header",
    "1,HTTP,client,server,GET /,0.015\n2,HTTP,server,client,200 OK,0.015\n",
    'bad.csv, line 1: there is no header row, the first line is "1", "HTTP", "client", "server", "GET /", "0.015"; add this line above it: msg_id,app_protocol,src_app,dst_app,message,timestamp.',
  ],
  [
    "no header, and the same cell twice",
    "0.0;TCP;10.0.0.1;10.0.0.1;hi\n",
    'bad.csv, line 1: there is no header row, the first line is "0.0", "TCP", "10.0.0.1", "10.0.0.1", "hi"; add this line above it: timestamp;app_protocol;src_ip;dst_ip;message.',
  ],
  [
    "no header, and more cells than are shown",
    "1,0.5,10.0.0.1,10.0.0.2,TCP,66,hello\n81,0.6,10.0.0.2,10.0.0.1,TCP,90,hi there\n",
    'bad.csv, line 1: there is no header row, the first line is "1", "0.5", "10.0.0.1", "10.0.0.2", "TCP", "66", ...; add this line above it: msg_id,timestamp,src_ip,dst_ip,app_protocol,column_6,message.',
  ],
  [
    "no header, tabs",
    "0.5\tann\tbob\thi\n0.7\tbob\tann\tho\n",
    'bad.csv, line 1: there is no header row, the first line is "0.5", "ann", "bob", "hi"; add this line above it: timestamp,src_app,dst_app,message (with tabs for the commas).',
  ],
  [
    "no header, ports",
    "CHAT,5001,9009,HELLO,0.001\nCHAT,5002,9009,HI,0.006\n",
    'bad.csv, line 1: there is no header row, the first line is "CHAT", "5001", "9009", "HELLO", "0.001"; add this line above it: app_protocol,src_port,dst_port,message,timestamp.',
  ],
  [
    "no header, and columns that do not tell what they are",
    "1,2,3,4\n5,6,7,8\n",
    'bad.csv, line 1: there is no header row, the first line is "1", "2", "3", "4"; add a line above it that names the 4 columns, such as msg_id,app_protocol,src_app,dst_app,message,timestamp.',
  ],
  [
    "a header with a number in it",
    "src,dst,message,2024\na,b,c,1\n",
    `bad.csv, line 1: column "timestamp" is missing, found "src", "dst", "message", "2024"; ${STANDARD_ADVICE}${NAME_IT} time=NAME.`,
  ],
  [
    "a date that is missing beside its time",
    "date,time,src,dst,message\n2025-12-20,12:00:00,a,b,x\n,12:00:01,b,a,y\n",
    "bad.csv, line 3, column 1 (date): the cell is empty; write the date into it.",
  ],
  [
    "a time that is none beside its date",
    "date,time,src,dst,message\n2025-12-20,12:00:00,a,b,x\n2025-12-20,noon,b,a,y\n",
    'bad.csv, line 3, column 2 (time): "2025-12-20 noon" is not a time; write it like "2025-12-20 12:00:00", as the file\'s other times are.',
  ],
  [
    "a time that is none among milliseconds",
    "time_ms,src,dst,message\n15,a,b,x\nnoon,b,a,y\n",
    'bad.csv, line 3, column 1 (time_ms): "noon" is not a time; write milliseconds from the start, such as 15.',
  ],
  [
    "a column name twice",
    `${HEADER}, MESSAGE \n${ROW}`,
    "bad.csv, line 1, column 7 (MESSAGE): column 5 has the same name; rename or remove one of the two, or set one aside with --column ignore=#7.",
  ],
  [
    "too few cells",
    `${HEADER}\n${ROW}2,CHAT,alice,bob,hello\n`,
    "bad.csv, line 3, column 6 (timestamp): the row has 5 cells and the header has 6; add what is missing, an empty cell needs its comma too.",
  ],
  [
    "one cell",
    `${HEADER}\nhello\n`,
    "bad.csv, line 2, column 2 (app_protocol): the row has 1 cell and the header has 6; add what is missing, an empty cell needs its comma too.",
  ],
  [
    "too many cells",
    `${HEADER}\n1,CHAT,alice,bob,hello, world,0.5\n`,
    "bad.csv, line 2, column 7: the row has 7 cells and the header has 6; remove the surplus, or put the cell that holds a comma in quotes.",
  ],
  [
    "too many cells in a row with quotes",
    `${HEADER}\n"1",CHAT,alice,bob,hello, world,0.5\n`,
    "bad.csv, line 2, column 7: the row has 7 cells and the header has 6; remove the surplus, or put the cell that holds a comma in quotes.",
  ],
  [
    "a quote that is never closed",
    `${HEADER}\n${ROW}2,CHAT,alice,bob,"hello,0.6\n3,CHAT,alice,bob,hello,0.7\n`,
    "bad.csv, line 3, column 5 (message): the quote that opens this cell is never closed; close it.",
  ],
  [
    "a quote that is never closed, after cells over several lines",
    `${HEADER}\r\n${ROW}\r\n2,CHAT,alice,"b\r\no\nb","hello\r\n""\r\n`,
    "bad.csv, line 6, column 5 (message): the quote that opens this cell is never closed; close it.",
  ],
  [
    "a quote that is never closed in the header",
    `msg_id,"app_protocol,src_app\n1,2\n`,
    "bad.csv, line 1, column 2: the quote that opens this cell is never closed; close it.",
  ],
  [
    "text after a closing quote",
    `${HEADER}\n1,CHAT,alice,bob,"hello" world,0.5\n`,
    `bad.csv, line 2, column 5 (message): text follows the quote that closes this cell; ${DOUBLE_QUOTES}.`,
  ],
  [
    "text after a closing quote that a later row brought",
    `${HEADER}\n1,CHAT,alice,bob,"hello,0.5\n2,CHAT,alice,bob,"world",0.6\n`,
    `bad.csv, line 2, column 5 (message): text follows the quote that closes this cell on line 3; ${DOUBLE_QUOTES}.`,
  ],
  [
    "a lone carriage return after a closing quote",
    `${HEADER}\n1,CHAT,alice,bob,"hello"\r,0.5\n`,
    `bad.csv, line 2, column 5 (message): text follows the quote that closes this cell; ${DOUBLE_QUOTES}.`,
  ],
  [
    "a lone carriage return after the last quote of the file",
    `${HEADER}\n1,CHAT,alice,bob,hello,"0.5"\r`,
    `bad.csv, line 2, column 6 (timestamp): text follows the quote that closes this cell; ${DOUBLE_QUOTES}.`,
  ],
  [
    "a time that is not one",
    `${HEADER}\n${ROW}\n"2",CHAT,alice,bob,"a\nb\r\nc",0.6\n3,CHAT,alice,bob,hello,noon\n`,
    'bad.csv, line 7, column 6 (timestamp): "noon" is not a time; write seconds from the start, such as 0.015.',
  ],
  [
    "a negative time",
    `${HEADER}\n1,CHAT,alice,bob,hello,-1\n`,
    'bad.csv, line 2, column 6 (timestamp): "-1" is not a time; write seconds from the start, such as 0.015.',
  ],
  [
    "a long and hostile time",
    `${HEADER}\n1,CHAT,alice,bob,hello,"\u001b[2J\r\n\t\u202e${"9".repeat(300)}"\n`,
    `bad.csv, line 2, column 6 (timestamp): "\\u001b[2J\\r\\n\\t\\u202e${"9".repeat(18)}…" is not a time; write seconds from the start, such as 0.015.`,
  ],
  ...["0", "65536", "http", "8e1", "-1", "123456"].map((port): [string, string, string] => [
    `port ${port}`,
    `${NETWORK_HEADER}\nHTTP,a,10.0.0.1,1024,b,10.0.0.2,${port},hello,0\n`,
    `bad.csv, line 2, column 7 (dst_port): "${port}" is not a port; write a whole number from 1 to 65535, or leave the cell empty.`,
  ]),
  [
    "an address that is not one",
    `${NETWORK_HEADER}\nHTTP,a,10.0.0.256,1024,b,10.0.0.2,80,hello,0\n`,
    'bad.csv, line 2, column 3 (src_ip): "10.0.0.256" is not an IP address; write one such as 10.0.0.1 or 2001:db8::1, or leave the cell empty.',
  ],
  [
    "an empty source",
    `${HEADER}\n1,CHAT, ,bob,hello,0\n`,
    "bad.csv, line 2, column 3 (src_app): the cell is empty; write the application's name into it.",
  ],
  [
    "an empty destination",
    `${HEADER}\n1,CHAT,alice,"",hello,0\n`,
    "bad.csv, line 2, column 4 (dst_app): the cell is empty; write the application's name into it.",
  ],
  [
    "one end point on both sides",
    `${NETWORK_HEADER}\nHTTP,a,10.0.0.1,80,a ,10.0.0.1, 080,hello,0\n`,
    'bad.csv, line 2, column 5 (dst_app): "a" is the source and the destination; give the two different names, addresses or ports.',
  ],
  [
    "Latin-1",
    bytes(`${HEADER}\n${ROW}2,CHAT,alice,bob,"caf\n`, [0xe9], `",0.6\n`),
    `bad.csv, line 4, column 5 (message): the byte 0xE9 is not UTF-8; ${SAVE_AS_UTF_8}.`,
  ],
  [
    "Latin-1 in the header",
    bytes("msg_id,pr", [0xe9], "nom\n"),
    `bad.csv, line 1, column 2: the byte 0xE9 is not UTF-8; ${SAVE_AS_UTF_8}.`,
  ],
  [
    "a character cut off by the end of the file",
    bytes(`${HEADER}\n${ROW}2,CHAT,alice,bob,caf`, [0xe2, 0x82]),
    `bad.csv, line 3, column 5 (message): the byte 0xE2 is not UTF-8; ${SAVE_AS_UTF_8}.`,
  ],
  [
    "UTF-16 that says nothing of use",
    bytes([0xff, 0xfe], "m\0s\0g\0"),
    `bad.csv, line 1: columns "src_app" and "dst_app" and "timestamp" are missing, found "msg"; ${STANDARD_ADVICE}${NAME_IT} source=NAME.`,
  ],
  [
    "UTF-16 with half a character",
    bytes([0xff, 0xfe], "m\0s\0g"),
    "bad.csv: the text is not utf-16le throughout; name its encoding with --encoding, or save the file as CSV in UTF-8.",
  ],
  [
    "a wrong time before a wrong byte",
    bytes(`${HEADER}\n1,CHAT,alice,bob,hello,x\n2,CHAT,alice,bob,`, [0xff], ",0.6\n"),
    'bad.csv, line 2, column 6 (timestamp): "x" is not a time; write seconds from the start, such as 0.015.',
  ],
  [
    "a wrong byte before a wrong quote",
    bytes(`${HEADER}\n1,CHAT,alice,bob,`, [0xff], `,0.6\n2,CHAT,alice,bob,"a"b,0.7\n`),
    `bad.csv, line 2, column 5 (message): the byte 0xFF is not UTF-8; ${SAVE_AS_UTF_8}.`,
  ],
  [
    "a wrong time before a wrong quote",
    `${HEADER}\n1,CHAT,alice,bob,hello,x\n2,CHAT,alice,bob,"a"b,0.7\n`,
    'bad.csv, line 2, column 6 (timestamp): "x" is not a time; write seconds from the start, such as 0.015.',
  ],
];

/** What is put right otherwise. */
const STRICT_CASES: [name: string, input: string | Uint8Array, sentence: string][] = [
  [
    "a quote inside a cell without quotes",
    `${HEADER}\n1,CHAT,alice,bob,a 5" disk,0.5\n`,
    `bad.csv, line 2, column 5 (message): a quote stands inside a cell that has none at its start; ${DOUBLE_QUOTES}.`,
  ],
  [
    "a quote inside a cell without quotes, below a line break of its row",
    `${HEADER}\n1,CHAT,"al\nice",bob,a 5" disk,0.5\n`,
    `bad.csv, line 2, column 5 (message): a quote stands inside a cell that has none at its start on line 3; ${DOUBLE_QUOTES}.`,
  ],
  [
    "times that run backwards",
    `${HEADER}\n${ROW}2,CHAT,alice,bob,hello,0.499999\n`,
    "bad.csv, line 3: the row is earlier than one above it; sort the rows by time.",
  ],
  [
    "equal times",
    `${HEADER}\n${ROW}${ROW}`,
    "bad.csv, line 3: the row has the same time as another one; give each row its own time.",
  ],
  ["a blank line", `${HEADER}\n\n${ROW}`, "bad.csv, line 2: the row is empty; remove it."],
  ["an empty row", `${HEADER}\n${ROW},,,,,\n`, "bad.csv, line 3: the row is empty; remove it."],
  [
    "empty cells beyond the header",
    `${HEADER}\n1,CHAT,alice,bob,hello,0.5,,\n`,
    "bad.csv, line 2: the row has empty cells beyond the header; remove them.",
  ],
  [
    "dates that can be read in two ways",
    `${HEADER}\n1,CHAT,alice,bob,hello,09/12/2025\n`,
    "bad.csv, line 2: the dates can be read with the day first or with the month first; say which with --date-order dmy or --date-order mdy.",
  ],
  [
    "a wrong time before a wrong quote",
    `${HEADER}\n1,CHAT,alice,bob,hello,x\n2,CHAT,alice,bob,a"b,0.7\n`,
    'bad.csv, line 2, column 6 (timestamp): "x" is not a time; write seconds from the start, such as 0.015.',
  ],
  [
    "a wrong byte before a wrong quote",
    bytes(`${HEADER}\n1,CHAT,alice,bob,`, [0xff], `,0.6\n2,CHAT,alice,bob,a"b,0.7\n`),
    `bad.csv, line 2, column 5 (message): the byte 0xFF is not UTF-8; ${SAVE_AS_UTF_8}.`,
  ],
];

describe("what is wrong with a CSV is one sentence, whatever the size of its chunks", () => {
  test.each(CASES)("%s", async (_name, input, sentence) => {
    const error = await errorOf(input);
    expect(error.message).toBe(sentence);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  test.each(STRICT_CASES)("in strict reading: %s", async (_name, input, sentence) => {
    const error = await errorOf(input, { strict: true, gap: 1000 });
    expect(error.message).toBe(sentence);
    expect((await readWhole(input, { gap: 1000 }).catch(() => undefined))?.source.warnings).not.toEqual([]);
  });

  test.each([7, 65_536])("a row without an end, in chunks of %i bytes", async (size) => {
    const text = `${HEADER}\n1,CHAT,alice,bob,"${"x".repeat(1_200_000)}`;
    await expect(readAll(text, size, 1 << 20)).rejects.toThrow(
      "bad.csv, line 2, column 5 (message): the row is longer than 1 MiB; perhaps a quote is never closed: close it.",
    );
  });

  test("the place is there in parts, too", async () => {
    const error = await errorOf(`${HEADER}\n1,CHAT,alice,bob,hello,abc\n`);
    expect(error).toMatchObject({
      name: "InputError",
      code: "BAD_TIME",
      file: "bad.csv",
      line: 2,
      column: 6,
      columnName: "timestamp",
    });
    const whole = await errorOf("");
    expect(whole.code).toBe("EMPTY_INPUT");
    expect([whole.line, whole.column, whole.columnName]).toEqual([undefined, undefined, undefined]);
  });
});
