import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ReadMessage as Message } from "./read-csv.ts";
import { HEADER, readAll, toText } from "./read-csv.ts";

function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url)), "utf8");
}

function conversations(messages: Message[]): Set<string> {
  return new Set(messages.map(({ source, destination }) => [source.name, destination.name].sort().join(" ")));
}

describe("fixtures/input.csv", () => {
  const text = fixture("input.csv");

  test("has the standard header and several conversations in both directions", async () => {
    expect(text.startsWith(`${HEADER}\n`)).toBe(true);
    const messages = await readAll(text);
    expect(conversations(messages).size).toBeGreaterThanOrEqual(3);
    const directions = new Set(messages.map(({ source, destination }) => `${source.name} ${destination.name}`));
    expect(directions.size).toBe(2 * conversations(messages).size);
    expect(messages.some(({ payload }) => payload.length > 2 * 1460)).toBe(true);
  });

  test("holds whole HTTP messages, every Content-Length right", async () => {
    for (const { protocol, payload } of await readAll(text)) {
      expect(protocol).toBe("HTTP");
      const whole = toText(payload);
      const end = whole.indexOf("\r\n\r\n");
      expect(end).toBeGreaterThan(0);
      const head = whole.slice(0, end).split("\r\n");
      expect(head[0]).toMatch(/^(HTTP\/1\.1 \d{3} .+|(GET|POST|DELETE) \/\S* HTTP\/1\.1)$/);
      for (const field of head.slice(1)) expect(field).toMatch(/^[\w-]+: \S.*$/);
      const isRequest = !whole.startsWith("HTTP/");
      expect(head.some((field) => field.startsWith("Host: "))).toBe(isRequest);
      const given = head.find((field) => field.startsWith("Content-Length: "))?.slice("Content-Length: ".length);
      const body = new TextEncoder().encode(whole.slice(end + 4)).length;
      expect(Number(given ?? 0)).toBe(body);
      if (!isRequest) expect(given === undefined).toBe(/^HTTP\/1\.1 (204|304) /.test(whole));
    }
  });

  test("answers every request on its own conversation before the next one", async () => {
    const open = new Set<string>();
    for (const { source, destination, payload } of await readAll(text)) {
      const isRequest = !toText(payload).startsWith("HTTP/");
      const key = isRequest ? `${source.name} ${destination.name}` : `${destination.name} ${source.name}`;
      expect(open.has(key)).toBe(!isRequest);
      if (isRequest) open.add(key);
      else open.delete(key);
    }
    expect(open.size).toBe(0);
  });
});

describe("fixtures/chat.csv", () => {
  test("is a chat of three through a server, where lines are passed on", async () => {
    const messages = await readAll(fixture("chat.csv"));
    expect(messages.length).toBeGreaterThanOrEqual(12);
    expect(conversations(messages)).toEqual(new Set(["alice chat_server", "bob chat_server", "carol chat_server"]));
    const texts = messages.map(({ payload }) => toText(payload));
    const relays = messages.filter(({ source }) => source.name === "chat_server").map(({ payload }) => toText(payload));
    for (const relay of relays.filter((line) => !line.startsWith("*"))) {
      expect(texts).toContain(relay.slice(relay.indexOf(": ") + 2));
    }
    expect(new Set(messages.map(({ protocol }) => protocol))).toEqual(new Set(["CHAT"]));
  });
});

describe("fixtures/unicode.csv", () => {
  test("has everything that is easily broken", async () => {
    const texts = (await readAll(fixture("unicode.csv"))).map(({ payload }) => toText(payload));
    const all = texts.join("");
    expect(all).toMatch(/\p{Script=Hebrew}/u);
    expect(all).toMatch(/\p{Extended_Pictographic}\u200d\p{Extended_Pictographic}/u);
    expect(texts).toContain('"","",""');
    expect(texts.some((text) => text.includes("\n") && text.includes(",") && text.includes('"'))).toBe(true);
    expect(texts.some((text) => text.includes("\r\n"))).toBe(true);
  });
});
