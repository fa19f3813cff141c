import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../lib/csv/input-errors.ts";
import type { Message } from "../../lib/csv/message.ts";
import { CHUNK_SIZES, HEADER, inChunks, readAll, readMessages, toBytes, toCell, toText } from "./read-csv.ts";

describe.each(CHUNK_SIZES)("a CSV in chunks of %i bytes", (size) => {
  const read = (text: string) => readAll(text, size);

  test("gives its messages", async () => {
    const [message, ...others] = await read(`${HEADER}\n1,HTTP,client_browser,web_server,GET /index.html,0.015\n`);
    expect(others).toEqual([]);
    expect(message).toEqual({
      line: 2,
      id: "1",
      protocol: "HTTP",
      source: { name: "client_browser" },
      destination: { name: "web_server" },
      payload: toBytes("GET /index.html"),
      time: 15_000,
    });
  });

  test("has its columns in any order, its names in any case, unknown columns, and perhaps no ids", async () => {
    const [message] = await read(
      `\ufeffTimestamp, MESSAGE ,priority,dst_port,dst_app,dst_ip,src_ip,src_app,src_port,App_Protocol,,\n` +
        `2,hi,high,80,web, 10.0.0.2 ,10.0.0.1,browser,,HTTP,,\n`,
    );
    expect(message).toEqual({
      line: 2,
      id: "",
      protocol: "HTTP",
      source: { name: "browser", address: 0x0a000001 },
      destination: { name: "web", address: 0x0a000002, port: 80 },
      payload: toBytes("hi"),
      time: 2_000_000,
    });
  });

  test("may have a byte order mark, mixed line ends, blank lines and no last line end", async () => {
    const messages = await read(
      `\ufeff\r\n"msg_id",app_protocol,src_app,dst_app,message,timestamp\r\n\n1,CHAT,a,b,"one,\r\n""two""\nthree",0\n  \n\r\n2,CHAT,a,b,,1\r\n\n3,CHAT,b,a,x  ,"1"`,
    );
    expect(messages.map(({ line, payload }) => [line, toText(payload)])).toEqual([
      [4, 'one,\r\n"two"\nthree'],
      [9, ""],
      [11, "x  "],
    ]);
  });

  test("keeps a byte order mark that is not at its start", async () => {
    const messages = await read(`${HEADER}\n1,CHAT,a,b,\ufeffx,0\n\ufeff2,CHAT,a,b,"\ufeffx",0\n`);
    expect(messages.map(({ id, payload }) => [id, toText(payload)])).toEqual([
      ["1", "\ufeffx"],
      ["\ufeff2", "\ufeffx"],
    ]);
  });

  test("keeps a message's bytes as they are", async () => {
    const texts = ["  spaces at both ends  ", "שלום", "👩‍💻", "a\rb", "\t", 'say "yes", or "no"', "\r\n\r\n", "\0"];
    const messages = await read(`${HEADER}\n${texts.map((text) => `1,CHAT,a,b,${toCell(text)},0\n`).join("")}`);
    expect(messages.map(({ payload }) => toText(payload))).toEqual(texts);
  });

  test("makes equal end points one object", async () => {
    const messages = await read(
      `app_protocol,src_app,src_ip,src_port,dst_app,dst_ip,dst_port,message,timestamp\n` +
        `HTTP,browser,10.0.0.1,5000,web,,,x,0\n` +
        `HTTP,"browser ",10.0.0.1,05000,web,,,x,0\n` +
        `HTTP,web ,,,browser,10.0.0.1, 5000,x,0\n` +
        `HTTP,browser,10.0.0.2,5000,web,,80,x,0\n`,
    );
    const [first, second, back, other] = messages;
    expect(second?.source).toBe(first?.source);
    expect(back?.destination).toBe(first?.source);
    expect(back?.source).toBe(first?.destination);
    expect(other?.source).not.toBe(first?.source);
    expect(other?.destination).toEqual({ name: "web", port: 80 });
  });
});

test("nanoseconds are kept", async () => {
  const text = toBytes(`${HEADER}\n1,CHAT,a,b,x,1.999999999\n`);
  const batches = readMessages(inChunks(text, 9), { file: "x", ticksPerSecond: 1_000_000_000 });
  const times: number[] = [];
  for await (const batch of batches) times.push(...batch.map(({ time }) => time));
  expect(times).toEqual([1_999_999_999]);
});

test("beyond its beginning and the rows held back for sorting, a file is read no faster than its messages are taken", async () => {
  let asked = 0;
  const rows = 1000;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield toBytes(`${HEADER}\n`);
    for (let i = 0; i < 200; i++) {
      asked++;
      const row = (k: number) => `${k},CHAT,a,b,${"x".repeat(100)},${i * rows + k}\n`;
      yield toBytes(Array.from({ length: rows }, (_, k) => row(k)).join(""));
    }
  }
  const reader = readMessages(chunks(), { file: "x", ticksPerSecond: 1_000_000 });
  await reader.next();
  // A mebibyte is looked at, and 1,000 rows wait for others that may belong before them.
  expect(asked).toBeLessThan(25);
  const before = asked;
  await reader.next();
  expect(asked).toBeLessThanOrEqual(before + 1);
  await reader.return(undefined);
  expect(asked).toBeLessThanOrEqual(before + 1);
});

test("what the chunks throw passes through", async () => {
  // biome-ignore lint/correctness/useYield: it is the failure that matters
  async function* chunks(): AsyncGenerator<Uint8Array> {
    throw new RangeError("gone");
  }
  const reader = readMessages(chunks(), { file: "x", ticksPerSecond: 1_000_000 });
  await expect(reader.next()).rejects.toThrow(new RangeError("gone"));
});

test("a piece of several megabytes comes out in several batches, long plain stretches and quotes in turn", async () => {
  const row = (i: number) => `${i},CHAT,a,b,${i % 3000 < 7 ? `"x, ""${i}""\n"` : `x ${i}`},${i}\n`;
  const text = toBytes(`${HEADER}\n${Array.from({ length: 150_000 }, (_, i) => row(i)).join("")}`);
  const batches: Message[][] = [];
  const reader = readMessages(inChunks(text, text.length), { file: "x", ticksPerSecond: 1_000_000 });
  for await (const batch of reader) batches.push(batch);
  expect(batches.length).toBeGreaterThan(1);
  let line = 2;
  for (const [i, message] of batches.flat().entries()) {
    if (message.line !== line || message.time !== i * 1_000_000) throw new Error(`row ${i} is wrong`);
    line += i % 3000 < 7 ? 2 : 1;
    expect(toText(message.payload)).toBe(i % 3000 < 7 ? `x, "${i}"\n` : `x ${i}`);
  }
});

test.each([
  ["in quotes", '"'],
  ["without quotes", ""],
])("a message of 50 MB %s is read", async (_name, quote) => {
  const size = 50_000_000;
  const text = toBytes(`${HEADER}\n1,CHAT,a,b,${quote}${"x".repeat(size)}${quote},0\n2,CHAT,a,b,y,1\n`);
  const messages = await readAll(text);
  expect(messages.map(({ payload }) => payload.length)).toEqual([size, 1]);
});

describe("properties", () => {
  const cell = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", " ", "a", "é", "👍"), maxLength: 12 }),
    // Longer than the stretches of text that are worth reading without csv-parse.
    fc.constantFrom("plain text ", "text, with commas\n").map((text) => text.repeat(150)),
  );
  const name = cell.filter((text) => text.trim() !== "");
  const message = fc.record({
    id: cell,
    protocol: cell.map((text) => text.trim()),
    source: name,
    destination: name,
    text: cell,
    quoted: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    wait: fc.nat(5_000_000),
  });

  test("any table of messages comes back from its CSV", async () => {
    const property = fc.asyncProperty(
      fc.array(
        message.filter(({ source, destination }) => source.trim() !== destination.trim()),
        { minLength: 1, maxLength: 20 },
      ),
      fc.constantFrom("\n", "\r\n"),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.nat(2), { minLength: 20, maxLength: 20 }),
      async (table, lineEnd, chunkSize, blankLines) => {
        let text = HEADER;
        let line = 1;
        let time = 0;
        const expected = table.map(({ id, protocol, source, destination, text: payload, quoted, wait }, i) => {
          text += lineEnd.repeat(1 + (blankLines[i] ?? 0));
          line = text.split("\n").length;
          time += wait;
          const cells = [id, protocol, source, destination, payload, (time / 1e6).toFixed(6)];
          text += cells.map((value, index) => toCell(value, quoted[index])).join(",");
          return { line, id, protocol, source: source.trim(), destination: destination.trim(), payload, time };
        });
        const messages = await readAll(text, chunkSize);
        const found = messages.map(({ source, destination, payload, ...rest }) => ({
          ...rest,
          source: source.name,
          destination: destination.name,
          payload: toText(payload),
        }));
        expect(found).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });

  test("random bytes give messages or an InputError, the same in any chunks", async () => {
    const outcome = async (bytes: Uint8Array, size: number): Promise<unknown> => {
      try {
        return await readAll(bytes, size);
      } catch (error) {
        if (error instanceof InputError && !/\p{Cc}/u.test(error.message)) return error.message;
        throw error;
      }
    };
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 10 }),
      fc
        .constantFrom('"', ",", "\n", "\r\n", "\r", `${HEADER}\n`, "1,CHAT,a,b,x,0\n", '2,CHAT,a,b,"x', "\0")
        .map(toBytes),
    );
    const property = fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.boolean(), async (pieces, withHeader) => {
      const bytes = Uint8Array.from([
        ...(withHeader ? toBytes(`${HEADER}\n`) : []),
        ...pieces.flatMap((part) => [...part]),
      ]);
      const whole = await outcome(bytes, 65_536);
      expect(await outcome(bytes, 1)).toEqual(whole);
      expect(await outcome(bytes, 7)).toEqual(whole);
    });
    await fc.assert(property, { numRuns: 2000 });
  });
});
