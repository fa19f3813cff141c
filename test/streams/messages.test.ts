import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyze } from "../../lib/analyze.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import type { FramingKind } from "../../lib/streams/message-framing.ts";
import { MessageSplitter, type StreamMessage } from "../../lib/streams/messages.ts";
import { readAll } from "../csv/read-csv.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";

const folder = temporaryFolder();
const bytesOf = (text: string) => Buffer.from(text, "latin1");

interface Piece {
  readonly text?: string;
  /** Bytes that are missing, instead of a text. */
  readonly gap?: number;
  readonly push?: boolean;
}

/** The messages in these pieces, each of them from a frame of its own, numbered from 1. */
function messagesIn(pieces: readonly Piece[], framing?: FramingKind): StreamMessage[] {
  const messages: StreamMessage[] = [];
  const splitter = new MessageSplitter(false, framing, { last: 0 }, (message) => messages.push(message));
  let position = 0;
  for (const [index, { text = "", gap = 0, push = false }] of pieces.entries()) {
    if (gap > 0) splitter.gap(position, gap);
    else splitter.data(bytesOf(text), position, index + 1, push);
    position += gap + text.length;
  }
  splitter.end();
  return messages;
}

/** Where each message ends, and a `+` behind those that the stream cut off. */
function endsOf(messages: readonly StreamMessage[]): string[] {
  return messages.map(({ position, length, isComplete }) => `${position + length}${isComplete ? "" : "+"}`);
}

const previews = (messages: readonly StreamMessage[]) =>
  messages.map(({ preview }) => Buffer.from(preview).toString("latin1"));

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const RESPONSE = "HTTP/1.1 200 OK\r\nServer: b\r\ncontent-length:  3 \r\n\r\nabc";
const CHUNKED =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n";
const CHUNKED_BARE = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\nx\n0\n\n";
const NO_CONTENT = "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n";
const NOT_MODIFIED = "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: x\r\n\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const EMPTY_BODY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

describe("HTTP", () => {
  it.each([
    ["a request without a body", [REQUEST]],
    ["requests that share a segment", [REQUEST, POST, REQUEST]],
    ["a response with a length", [RESPONSE, RESPONSE]],
    ["chunks, with extensions and a trailer", [CHUNKED, RESPONSE]],
    ["chunks with bare line feeds", [CHUNKED_BARE, RESPONSE]],
    ["responses that never have a body", [CONTINUE, NO_CONTENT, NOT_MODIFIED, RESPONSE]],
    ["a body of no bytes", [EMPTY_BODY, RESPONSE]],
    ["chunks and no trailer, then the same again", [CHUNKED_BARE, CHUNKED, CHUNKED_BARE]],
    ["empty lines before a message", [`\r\n\r\n${REQUEST}`, `\n${POST}`]],
  ])("finds %s, cut anywhere, and byte by byte", (_, parts) => {
    const whole = parts.join("");
    const ends = parts.map((_part, index) => `${parts.slice(0, index + 1).join("").length}`);
    expect(endsOf(messagesIn([{ text: whole, push: true }], "http"))).toEqual(ends);
    for (let cut = 1; cut < whole.length; cut++) {
      const pieces = [{ text: whole.slice(0, cut) }, { text: whole.slice(cut), push: true }];
      expect(endsOf(messagesIn(pieces, "http"))).toEqual(ends);
      // The same without being told that it is HTTP.
      if (!whole.startsWith("\r")) expect(endsOf(messagesIn(pieces))).toEqual(ends);
    }
    const bytes = [...whole].map((text, index) => ({ text, push: index === whole.length - 1 }));
    expect(endsOf(messagesIn(bytes, "http"))).toEqual(ends);
    if (!whole.startsWith("\r")) expect(endsOf(messagesIn(bytes))).toEqual(ends);
  });

  it("is known by its first line, in a request and in a response", () => {
    expect(messagesIn([{ text: REQUEST, push: true }])[0]?.framing).toBe("http");
    expect(messagesIn([{ text: RESPONSE, push: true }])[0]?.framing).toBe("http");
    expect(messagesIn([{ text: "GET lost\n", push: true }])[0]?.framing).toBe("line");
  });

  it("lets a response without a length go on until the end", () => {
    const pieces = [{ text: "HTTP/1.0 200 OK\r\n\r\nso " }, { text: "on", push: true }, { text: `and\n\n${RESPONSE}` }];
    expect(endsOf(messagesIn(pieces, "http"))).toEqual([`${pieces.map(({ text }) => text).join("").length}+`]);
  });

  it.each([
    ["a chunk size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
    ["a chunk size without end", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1".repeat(2000)}`],
    ["a head without end", `GET / HTTP/1.1\r\n${"X: y\r\n".repeat(20_000)}`],
    ["a line without end", "x".repeat(100_000)],
  ])("takes what follows %s for one message", (_, text) => {
    const pieces = [{ text }, { text: REQUEST, push: true }];
    expect(endsOf(messagesIn(pieces, "http"))).toEqual([`${text.length + REQUEST.length}+`]);
  });

  it("counts bytes of a body that the capture lacks", () => {
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    const [first, second, ...rest] = messagesIn([{ text: `${head}ab` }, { gap: 6 }, { text: `ij${RESPONSE}` }], "http");
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ length: head.length + 10, missing: 6, isComplete: true, lastFrame: 3 });
    expect(first?.parts).toEqual([
      { frame: 1, offset: 0, length: head.length + 2 },
      { frame: 3, offset: head.length + 8, length: 2 },
    ]);
    expect(second).toMatchObject({ position: head.length + 10, length: RESPONSE.length, missing: 0, isComplete: true });
  });

  it("ends a body within a gap, and counts bytes that a chunk lacks", () => {
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    expect(endsOf(messagesIn([{ text: head }, { gap: 10 }, { text: RESPONSE }], "http"))).toEqual([
      `${head.length + 10}`,
      `${head.length + 10 + RESPONSE.length}`,
    ]);
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const pieces = [{ text: `${chunked}6\r\nab` }, { gap: 4 }, { text: `\r\n0\r\n\r\n${RESPONSE}` }];
    const length = chunked.length + 3 + 6 + 7;
    expect(endsOf(messagesIn(pieces, "http"))).toEqual([`${length}`, `${length + RESPONSE.length}`]);
    // Where a body ends in a gap, what is lost behind it ends where a segment begins with a start line.
    const lost = messagesIn([{ text: head }, { gap: 12 }, { text: REQUEST }], "http");
    expect(lost.map(({ length, missing, isComplete }) => [length, missing, isComplete])).toEqual([
      [head.length + 10, 10, true],
      [2, 2, true],
      [REQUEST.length, 0, true],
    ]);
  });
});

describe("lines", () => {
  it("end with their line feed, wherever they are cut", () => {
    const whole = "one\r\ntwo\n\nfour\n";
    for (let cut = 1; cut < whole.length; cut++) {
      const pieces = [{ text: whole.slice(0, cut) }, { text: whole.slice(cut), push: true }];
      const messages = messagesIn(pieces);
      expect(previews(messages)).toEqual(["one\r\n", "two\n", "\n", "four\n"]);
      expect(messages.every(({ framing }) => framing === "line")).toBe(true);
    }
  });

  it("are only taken for such where the first push ends a line of text", () => {
    const kinds = (text: string) => messagesIn([{ text, push: true }])[0]?.framing;
    expect(kinds("text\tand more\r\n")).toBe("line");
    expect(kinds("gr\xfc\xdfe\n")).toBe("line");
    expect(kinds("no end")).toBe("push");
    expect(kinds("\0\n")).toBe("push");
    expect(kinds("\x7f\n")).toBe("push");
  });

  it("say which frames carry them, and lack what is missing", () => {
    const pieces = [{ text: "ab\ncd" }, { gap: 3 }, { text: "gh\ni" }];
    expect(messagesIn(pieces, "line")).toMatchObject([
      { number: 1, position: 0, length: 3, parts: [{ frame: 1, offset: 0, length: 3 }], isComplete: true },
      {
        number: 2,
        position: 3,
        length: 8,
        missing: 3,
        partCount: 2,
        lastFrame: 3,
        parts: [
          { frame: 1, offset: 0, length: 2 },
          { frame: 3, offset: 5, length: 3 },
        ],
      },
      { number: 3, position: 11, length: 1, isComplete: false },
    ]);
  });
});

describe("pushes", () => {
  it("end messages that do not show their end", () => {
    const pieces = [{ text: "\x01" }, { text: "\x02", push: true }, { text: "\x03", push: true }, { text: "\x04" }];
    expect(endsOf(messagesIn(pieces))).toEqual(["2", "3", "4+"]);
  });

  it("do so also behind a gap that a direction begins with", () => {
    const messages = messagesIn([{ gap: 7 }, { text: "\x02\x03", push: true }]);
    expect(messages).toMatchObject([{ framing: "push", length: 9, missing: 7, isComplete: true }]);
  });
});

describe("what is told to be separate", () => {
  it("is a message each, whatever came before", () => {
    const messages: StreamMessage[] = [];
    const splitter = new MessageSplitter(false, undefined, { last: 0 }, (message) => messages.push(message));
    splitter.data(bytesOf("GET / HTTP/1.1\r\nHost"), 0, 1, true);
    for (const [index, text] of ["one", "two"].entries()) {
      splitter.separate();
      splitter.data(bytesOf(text), 20 + 3 * index, 2 + index, true);
    }
    expect(previews(messages)).toEqual(["GET / HTTP/1.1\r\nHost", "one", "two"]);
    expect(endsOf(messages)).toEqual(["20+", "23", "26"]);
  });
});

describe("a message", () => {
  it("keeps how it begins and its first parts, and counts the rest", () => {
    const pieces = Array.from({ length: 1500 }, () => ({ text: "x" }));
    const [message] = messagesIn(pieces, "push");
    expect(message).toMatchObject({ length: 1500, partCount: 1500, lastFrame: 1500, isComplete: false });
    expect(message?.parts).toHaveLength(1000);
    expect(message?.preview).toHaveLength(256);
  });

  it("covers every byte exactly once, whatever the bytes and the framing", () => {
    const piece = fc.oneof(
      fc.record({ gap: fc.integer({ min: 1, max: 50 }) }),
      fc.record({
        text: fc.oneof(
          fc.string({ unit: "binary-ascii", minLength: 1 }),
          fc.constantFrom(
            REQUEST,
            POST,
            RESPONSE,
            CHUNKED,
            "HTTP/1.1 200 OK\r\n",
            "Content-Length: 7\r\n\r\n",
            "0\r\n\r\n",
          ),
        ),
        push: fc.boolean(),
      }),
    );
    const kind = fc.constantFrom<FramingKind | undefined>("http", "line", "push", undefined);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), kind, (pieces: readonly Piece[], framing) => {
        const messages = messagesIn(pieces, framing);
        let position = 0;
        for (const [index, message] of messages.entries()) {
          expect(message.number).toBe(index + 1);
          expect(message.position).toBe(position);
          expect(message.parts.reduce((sum, { length }) => sum + length, message.missing)).toBe(message.length);
          expect(message.length).toBeGreaterThan(0);
          position += message.length;
        }
        expect(position).toBe(pieces.reduce((sum, { text = "", gap = 0 }) => sum + gap + text.length, 0));
        expect(messages.slice(0, -1).every(({ isComplete }) => isComplete)).toBe(true);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });
});

describe("what encapsulate was given comes out again", () => {
  /** The contents of each message of a capture, in the order in which they begin in it. */
  async function messagesOf(input: string, framing?: FramingKind): Promise<string[]> {
    const found: { frame: number; text: string }[] = [];
    await analyze({
      input,
      framing,
      listenTo() {
        const sides = [Buffer.alloc(0), Buffer.alloc(0)];
        return {
          data(bytes, isFromHigher) {
            sides[Number(isFromHigher)] = Buffer.concat([sides[Number(isFromHigher)]!, bytes]);
          },
          message({ isFromHigher, position, length, missing, isComplete, parts }) {
            expect(missing).toBe(0);
            expect(isComplete).toBe(true);
            const text = sides[Number(isFromHigher)]!.toString("utf8", position, position + length);
            found.push({ frame: parts[0]!.frame, text });
          },
        };
      },
    });
    return found.toSorted((a, b) => a.frame - b.frame).map(({ text }) => text);
  }

  it.each(["chat", "input", "unicode"])("%s.csv, its messages as they are", async (fixture) => {
    const input = `fixtures/${fixture}.csv`;
    const output = path.join(folder, `${fixture}-exact.pcap`);
    await encapsulate({ input, output, payload: "exact" });
    const rows = await readAll(readFileSync(input));
    const expected = rows.map(({ payload }) => Buffer.from(payload).toString()).filter((text) => text !== "");
    expect(expected.length).toBeGreaterThan(3);
    expect(await messagesOf(output, "push")).toEqual(expected);
  });

  it("chat.csv on the wire, each message a line", async () => {
    const input = "fixtures/chat.csv";
    const output = path.join(folder, "chat-wire.pcap");
    await encapsulate({ input, output, payload: "wire" });
    const rows = await readAll(readFileSync(input));
    const expected = rows.map(
      ({ payload }) =>
        `${Buffer.from(payload)
          .toString()
          .replace(/\r?\n$/, "")}\n`,
    );
    expect((await messagesOf(output)).map((text) => text.replace(/\r\n$/, "\n"))).toEqual(expected);
  });

  it("input.csv on the wire, each message a whole one of HTTP, and of the other protocols as many", async () => {
    const input = "fixtures/input.csv";
    const output = path.join(folder, "input-wire.pcap");
    await encapsulate({ input, output, payload: "wire" });
    const rows = await readAll(readFileSync(input));
    const found = await messagesOf(output);
    const start = (text: string) => text.split(/\r?\n/, 1)[0];
    const expected = rows.map(({ payload }) => start(Buffer.from(payload).toString()));
    expect(found.map(start)).toEqual(expected);
  });
});
