/** HTTP messages where the end of a response depends on more than its own bytes (RFC 9112, section 6.3). */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import type { StreamMessage } from "../../lib/streams/messages.ts";
import { type TalkOptions, type Turn, talk } from "../helpers/captures/talk.ts";

async function messagesOf(turns: readonly Turn[], options?: TalkOptions): Promise<StreamMessage[]> {
  const messages: StreamMessage[] = [];
  await analyzeCapture(captureFromBytes(talk(turns, options), "test"), {
    listenTo: () => ({ message: (message) => messages.push(message) }),
  });
  return messages.sort((a, b) => a.number - b.number);
}

/** "GET /a", "200", each with `+` where it is not whole and its frames where there are several. */
async function summaryOf(turns: readonly Turn[], options?: TalkOptions): Promise<string[]> {
  const messages = await messagesOf(turns, options);
  return messages.map(({ preview, isComplete, title, missing }) => {
    const text = Buffer.from(preview).toString("latin1").trimStart();
    const start = /^HTTP\/1\.\d (\d+)/.exec(text)?.[1] ?? /^(\S+ \S+) HTTP\/1\.\d\r?\n/.exec(text)?.[1];
    const marks = `${missing > 0 ? `-${missing}` : ""}${isComplete ? "" : "+"}`;
    return `${title === undefined ? "" : `[${title}] `}${start ?? JSON.stringify(text)}${marks}`;
  });
}

const request = (method: string, path: string, more = "") => `${method} ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
const response = (status: string, body: string, length: number | undefined = body.length) =>
  `HTTP/1.1 ${status}\r\n${length === undefined ? "" : `Content-Length: ${length}\r\n`}\r\n${body}`;

const HEAD = request("HEAD", "/a");
const GET = request("GET", "/b");
const OK = response("200 OK", "body");
/** What is said in answer to HEAD: the length of a body that does not come. */
const HEADERS_ONLY = response("200 OK", "", 5000);
const CHUNKED_HEADERS_ONLY = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const NO_LENGTH = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n";

describe("a response to HEAD", () => {
  it.each([
    ["with a length", HEADERS_ONLY],
    ["that would be chunked", CHUNKED_HEADERS_ONLY],
    ["without a length", NO_LENGTH],
  ])("%s ends with its head", async (_, headers) => {
    const turns: Turn[] = [
      { from: ">", data: HEAD },
      { from: "<", data: headers },
      { from: ">", data: GET },
      { from: "<", data: OK },
    ];
    expect(await summaryOf(turns)).toEqual(["HEAD /a", "200", "GET /b", "200"]);
  });

  it("is told from others among requests that did not wait, wherever segments end", async () => {
    const requests = GET + HEAD + GET + HEAD;
    const responses = OK + HEADERS_ONLY + OK + CHUNKED_HEADERS_ONLY;
    const expected = ["GET /b", "HEAD /a", "GET /b", "HEAD /a", "200", "200", "200", "200"];
    for (let cut = 1; cut < responses.length; cut += 7) {
      const turns: Turn[] = [
        { from: ">", data: requests },
        { from: "<", data: responses.slice(0, cut), noPush: true },
        { from: "<", data: responses.slice(cut) },
      ];
      expect(await summaryOf(turns), `cut at ${cut}`).toEqual(expected);
    }
  });

  it("stays the one that is asked for after interim responses", async () => {
    const turns: Turn[] = [
      { from: ">", data: HEAD + GET },
      {
        from: "<",
        data: `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${HEADERS_ONLY}${OK}`,
      },
    ];
    expect(await summaryOf(turns)).toEqual(["HEAD /a", "GET /b", "103", "102", "200", "200"]);
  });

  it("is known by what follows it where no request is in the capture", async () => {
    const turns: Turn[] = [HEADERS_ONLY, OK, HEADERS_ONLY + OK, NO_LENGTH, OK, HEADERS_ONLY].map((data) => ({
      from: "<",
      data,
    }));
    expect(await summaryOf([...turns, { from: "<", fin: true }])).toEqual(Array(7).fill("200"));
    expect(await summaryOf([...turns, { from: "<", fin: true }], { isOpenAlready: true })).toEqual(
      Array(7).fill("200"),
    );
  });
});

describe("requests lost in a gap", () => {
  it("leave later ones with their own answers", async () => {
    const turns: Turn[] = [
      { from: ">", data: GET },
      { from: "<", data: OK },
      { from: ">", data: HEAD, isLost: true },
      { from: "<", data: HEADERS_ONLY },
      { from: ">", data: GET },
      { from: "<", data: OK },
      { from: ">", data: HEAD },
      { from: "<", data: HEADERS_ONLY },
      { from: ">", data: GET },
      { from: "<", data: OK },
    ];
    expect(await summaryOf(turns)).toEqual([
      "GET /b",
      "200",
      "200",
      `""-${HEAD.length}`,
      "GET /b",
      "200",
      "HEAD /a",
      "200",
      "GET /b",
      "200",
    ]);
  });

  it("and so do lost responses", async () => {
    const turns: Turn[] = [
      { from: ">", data: HEAD },
      { from: "<", data: HEADERS_ONLY, isLost: true },
      { from: ">", data: GET },
      { from: "<", data: OK },
      { from: ">", data: HEAD },
      { from: "<", data: HEADERS_ONLY },
      { from: ">", data: GET },
      { from: "<", data: OK },
    ];
    expect(await summaryOf(turns)).toEqual([
      "HEAD /a",
      "GET /b",
      `""-${HEADERS_ONLY.length}`,
      "200",
      "HEAD /a",
      "200",
      "GET /b",
      "200",
    ]);
  });
});

describe("a body that ends with its connection", () => {
  const turns = (...end: Turn[]): Turn[] => [
    { from: ">", data: GET },
    { from: "<", data: `${NO_LENGTH}some` },
    { from: "<", data: " more" },
    ...end,
  ];

  it("is complete after a FIN (RFC 9112, section 8), also one that carries the last of it", async () => {
    expect(await summaryOf(turns({ from: "<", fin: true }))).toEqual(["GET /b", "200"]);
    expect(await summaryOf(turns({ from: "<", data: "!", fin: true }))).toEqual(["GET /b", "200"]);
    const late = turns({ from: "<", data: "late", later: 1 }, { from: "<", fin: true }, { from: ">", fin: true });
    expect(await summaryOf(late)).toEqual(["GET /b", "200"]);
  });

  it("is complete although the other side resets the connection afterwards", async () => {
    expect(await summaryOf(turns({ from: "<", fin: true }, { from: ">", rst: true }))).toEqual(["GET /b", "200"]);
  });

  it("is not complete after a reset, nor where the capture ends, nor by the FIN of the other side", async () => {
    expect(await summaryOf(turns({ from: "<", rst: true }))).toEqual(["GET /b", "200+"]);
    expect(await summaryOf(turns())).toEqual(["GET /b", "200+"]);
    expect(await summaryOf(turns({ from: ">", fin: true }))).toEqual(["GET /b", "200+"]);
  });

  it("says what is missing of it", async () => {
    const lost = turns({ from: "<", data: "lost", isLost: true }, { from: "<", fin: true });
    expect(await summaryOf(lost)).toEqual(["GET /b", "200-4"]);
  });

  it("is no excuse for a body that is shorter than its length, or whose last chunk is missing", async () => {
    for (const head of ["Content-Length: 9", "Transfer-Encoding: chunked"]) {
      const data = `HTTP/1.1 200 OK\r\n${head}\r\n\r\n4\r\nbody`;
      const short: Turn[] = [
        { from: ">", data: GET },
        { from: "<", data },
        { from: "<", fin: true },
      ];
      expect(await summaryOf(short)).toEqual(["GET /b", "200+"]);
    }
  });

  it("is one whose encoding ends with another than chunked, whatever the length says", async () => {
    const data = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nlonger";
    const whole: Turn[] = [
      { from: ">", data: GET },
      { from: "<", data },
      { from: "<", fin: true },
    ];
    expect(await summaryOf(whole)).toEqual(["GET /b", "200"]);
  });
});

describe("what follows HTTP", () => {
  const upgrade = request("GET", "/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\n");
  const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n";
  const masked = (text: string) => {
    const key = [1, 2, 3, 4];
    return Buffer.from([0x81, 0x80 | text.length, ...key, ...[...Buffer.from(text)].map((b, i) => b ^ key[i & 3]!)]);
  };
  const frame = (opcode: number, payload: string) => Buffer.from([opcode, payload.length, ...Buffer.from(payload)]);

  it("is WebSocket after 101, in both directions, its text unmasked", async () => {
    const turns: Turn[] = [
      { from: ">", data: upgrade },
      { from: "<", data: Buffer.concat([Buffer.from(switching), frame(0x81, "Hello")]) },
      { from: ">", data: masked("from the client") },
      { from: "<", data: Buffer.concat([frame(0x01, "in "), frame(0x80, "parts"), frame(0x89, "")]) },
      { from: ">", data: masked("cut in two").subarray(0, 3), noPush: true },
      { from: ">", data: masked("cut in two").subarray(3) },
      { from: "<", data: frame(0xc1, "zzz") },
      { from: "<", data: frame(0x88, "\x03") },
    ];
    const messages = await messagesOf(turns);
    expect(messages.map(({ framing }) => framing)).toEqual(["http", "http", ...Array(8).fill("websocket")]);
    expect(messages.slice(2).map(({ preview, title }) => [title, Buffer.from(preview).toString()])).toEqual([
      ["Text", "Hello"],
      ["Text", "from the client"],
      ["Text, goes on", "in "],
      ["Continuation", "parts"],
      ["Ping", ""],
      ["Text", "cut in two"],
      ["Text, compressed", "zzz"],
      ["Connection Close", "\x03"],
    ]);
    expect(messages.every(({ isComplete }) => isComplete)).toBe(true);
  });

  it("is WebSocket with lengths of two and of eight bytes", async () => {
    const [two, eight] = [Buffer.alloc(300, "x"), Buffer.alloc(70_000, "y")];
    const long = Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]), eight]);
    const turns: Turn[] = [
      { from: ">", data: upgrade },
      { from: "<", data: switching },
      { from: "<", data: Buffer.concat([Buffer.from([0x82, 126, 1, 44]), two]) },
      ...Array.from({ length: 8 }, (_, index) => ({
        from: "<" as const,
        data: long.subarray(index * 9000, (index + 1) * 9000),
      })),
      { from: "<", data: frame(0x8a, "") },
    ];
    const messages = await messagesOf(turns);
    expect(messages.slice(2).map(({ title, length }) => [title, length])).toEqual([
      ["Binary", 304],
      ["Binary", 70_010],
      ["Pong", 2],
    ]);
  });

  it("is opaque after 101 to another protocol, or where it is no WebSocket after all", async () => {
    const opaque: Turn[] = [
      { from: ">", data: request("GET", "/", "Upgrade: tic\r\n") },
      { from: "<", data: "HTTP/1.1 101 Switching\r\nUpgrade: tic\r\n\r\n" },
      { from: "<", data: "\x01\x02" },
      { from: ">", data: "\x03" },
    ];
    expect((await messagesOf(opaque)).map(({ framing, isComplete }) => [framing, isComplete])).toEqual([
      ["http", true],
      ["http", true],
      ["push", true],
      ["push", true],
    ]);
    const none: Turn[] = [
      { from: ">", data: upgrade },
      { from: "<", data: switching },
      { from: "<", data: "\x83\x01x" },
    ];
    expect((await messagesOf(none)).at(-1)).toMatchObject({ framing: "push", isComplete: true, length: 3 });
  });

  it("is anything in a tunnel after 2xx to CONNECT: TLS, lines, HTTP again; after 4xx, HTTP goes on", async () => {
    const connect = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n";
    const established = "HTTP/1.1 200 Connection established\r\nContent-Length: 700\r\n\r\n";
    const hello = Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]);
    const tls: Turn[] = [
      { from: ">", data: connect },
      { from: "<", data: established },
      { from: ">", data: hello },
      { from: "<", data: Buffer.concat([hello, hello]) },
    ];
    expect((await messagesOf(tls)).map(({ framing }) => framing)).toEqual(["http", "http", "tls", "tls", "tls"]);
    const lines: Turn[] = [
      { from: ">", data: connect },
      { from: "<", data: established },
      { from: "<", data: "one\ntwo\n" },
    ];
    expect((await messagesOf(lines)).map(({ framing }) => framing)).toEqual(["http", "http", "line", "line"]);
    const inner: Turn[] = [
      { from: ">", data: connect },
      { from: "<", data: established },
      { from: ">", data: HEAD },
      { from: "<", data: HEADERS_ONLY },
      { from: ">", data: GET },
      { from: "<", data: OK },
    ];
    const all = ["CONNECT a.example:443", "200", "HEAD /a", "200", "GET /b", "200"];
    expect(await summaryOf(inner)).toEqual(all);
    const refused: Turn[] = [
      { from: ">", data: connect },
      { from: "<", data: response("407 Proxy Authentication Required", "no") },
      { from: ">", data: GET },
      { from: "<", data: OK },
    ];
    expect(await summaryOf(refused)).toEqual(["CONNECT a.example:443", "407", "GET /b", "200"]);
    const unseen: Turn[] = [
      { from: "<", data: "HTTP/1.1 200 Connection established\r\n\r\n" },
      { from: "<", data: hello },
    ];
    expect((await messagesOf(unseen)).map(({ framing }) => framing)).toEqual(["http", "tls"]);
  });
});

describe("a request", () => {
  it("has any token for its method (RFC 9110, section 9.1), and may follow empty lines", async () => {
    const turns: Turn[] = [
      { from: ">", data: `${request("PROPFIND", "/a", "Content-Length: 4\r\n")}<a/>` },
      { from: "<", data: response("207 Multi-Status", "m") },
      { from: ">", data: `\r\n${GET}` },
      { from: "<", data: OK },
      { from: ">", data: request("M-SEARCH", "*") },
      { from: ">", data: request("my_own!", "http://h/x") },
    ];
    expect(await summaryOf(turns)).toEqual(["PROPFIND /a", "207", "GET /b", "200", "M-SEARCH *", "my_own! http://h/x"]);
    expect(await summaryOf([{ from: ">", data: `\r\n\r\n${request("MKCOL", "/x")}` }])).toEqual(["MKCOL /x"]);
  });

  it.each([
    "nobody likes HTTP/1.1\r\n",
    "OPTIONS rtsp://h/x RTSP/1.0\r\n\r\n",
    "INVITE sip:a@b SIP/2.0\r\n\r\n",
    "GET up\r\n",
  ])("is not %j", async (data) => {
    expect((await messagesOf([{ from: ">", data }]))[0]?.framing).toBe("line");
  });

  it("is found again behind what a capture begins with in the middle of", async () => {
    const turns: Turn[] = [
      { from: "<", data: "the rest of a body" },
      { from: ">", data: GET },
      { from: "<", data: OK },
    ];
    expect(await summaryOf(turns, { isOpenAlready: true })).toEqual(['"the rest of a body"', "GET /b", "200"]);
  });
});
