import { execFile, spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { inputFailure, openInput } from "../../lib/csv/input.ts";
import { openMessages } from "../../lib/traffic/message-source.ts";

const folder = mkdtempSync(path.join(tmpdir(), "wirewright-input-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function readBytes(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  // Copies: the memory of a chunk is used again.
  for await (const chunk of chunks) pieces.push(chunk.slice());
  return Buffer.concat(pieces);
}

describe("a file", () => {
  const file = path.join(folder, "some.csv");
  const bytes = Buffer.alloc(600_000, "a line of text\n");
  writeFileSync(file, bytes);

  test("is read whole, and known by name, size and identity", async () => {
    const input = await openInput(file);
    const { dev, ino } = statSync(file, { bigint: true });
    expect(input).toMatchObject({ name: file, size: bytes.length, identity: { dev, ino } });
    expect((await readBytes(input.chunks)).equals(bytes)).toBe(true);
    await input.close();
  });

  test.each(["plain", "packed", "in one row"])(
    "of many chunks becomes the messages that are in it: %s",
    async (kind) => {
      // So many digits that packing leaves several chunks of them.
      const digits = Array.from({ length: 40_000 }, (_, i) =>
        (Math.imul(i + 1, 0x9e37_79b1) >>> 0).toString(36).repeat(3),
      );
      const texts = kind === "in one row" ? ["first", digits.join("\n"), "last"] : digits;
      const rows = texts.map((text, i) => `${i},CHAT,a,b,"${text}",${i / 1000}`);
      const csv = Buffer.from(`msg_id,app_protocol,src_app,dst_app,message,timestamp\n${rows.join("\n")}\n`);
      const large = path.join(folder, "large.csv");
      writeFileSync(large, kind === "packed" ? gzipSync(csv) : csv);
      expect(statSync(large).size).toBeGreaterThan(400_000);
      const input = await openInput(large);
      const source = await openMessages(input.chunks, { file: large, ticksPerSecond: 1_000_000 });
      const found: string[] = [];
      for await (const batch of source.batches())
        found.push(...batch.map(({ payload }) => Buffer.from(payload).toString()));
      await input.close();
      expect(found.length).toBe(texts.length);
      expect(found.every((text, i) => text === texts[i])).toBe(true);
    },
  );

  test("can be closed before its end", async () => {
    const input = await openInput(file);
    for await (const chunk of input.chunks) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await input.close();
  });

  test.skipIf(process.platform === "win32")("that may not be read", async () => {
    const locked = path.join(folder, "locked.csv");
    writeFileSync(locked, "x");
    chmodSync(locked, 0);
    chmodSync(folder, 0o755);
    // Nothing is locked for root, so the test becomes nobody for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await expect(openInput(locked)).rejects.toMatchObject({
        code: "INPUT_NOT_ALLOWED",
        message: `${locked}: reading it is not permitted; change its permissions.`,
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test("that is not there", async () => {
    const missing = path.join(folder, "missing.csv");
    await expect(openInput(missing)).rejects.toMatchObject({
      name: "InputError",
      code: "NO_SUCH_INPUT",
      file: missing,
      message: `${missing}: there is no such file; check the path.`,
    });
    const below = path.join(file, "missing.csv");
    await expect(openInput(below)).rejects.toThrow(`${below}: there is no such file; check the path.`);
  });

  test("that is a folder", async () => {
    await expect(openInput(folder)).rejects.toMatchObject({
      code: "INPUT_IS_FOLDER",
      message: `${folder}: this is a folder; give the CSV file in it.`,
    });
  });

  test("whose name no system accepts", async () => {
    await expect(openInput("a\0b")).rejects.toMatchObject({
      code: "INPUT_UNREADABLE",
      message: "a\\u0000b: it cannot be read (ERR_INVALID_ARG_VALUE); try with a copy of it.",
    });
  });
});

test.each([
  ["EACCES", "x.csv: reading it is not permitted; change its permissions."],
  ["EPERM", "x.csv: reading it is not permitted; change its permissions."],
  ["EISDIR", "x.csv: this is a folder; give the CSV file in it."],
  ["EIO", "x.csv: it cannot be read (EIO); try with a copy of it."],
])("%s is one sentence", (code, sentence) => {
  const cause = Object.assign(new Error("no"), { code });
  const error = inputFailure("x.csv", cause);
  expect(error.message).toBe(sentence);
  expect(error.cause).toBe(cause);
});

test("any other failure is one sentence", () => {
  expect(inputFailure("x.csv", new Error("line one\nline two")).message).toBe(
    "x.csv: it cannot be read (Error: line one\\nline two); try with a copy of it.",
  );
});

describe("standard input", () => {
  const module = fileURLToPath(new URL("../../lib/csv/input.ts", import.meta.url));
  const program = `
    import { openInput } from ${JSON.stringify(module)};
    const input = await openInput("-");
    let length = 0;
    for await (const chunk of input.chunks) { length += chunk.length; if (length > 100000) break; }
    await input.close();
    console.log(input.name, length > 100000 ? "enough" : length, typeof input.identity?.ino);
  `;

  function runWith(feed: (stdin: NodeJS.WritableStream) => void): Promise<string> {
    return new Promise((resolve, reject) => {
      const args = ["--import", "tsx", "--input-type=module", "--eval", program];
      const child = execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
      child.stdin?.on("error", () => {});
      if (child.stdin) feed(child.stdin);
    });
  }

  test("is read to its end", async () => {
    expect(await runWith((stdin) => stdin.end("hello\n"))).toBe("standard input 6 bigint\n");
  });

  test.skipIf(process.platform === "win32")("that is a folder", () => {
    const stdin = openSync(folder, "r");
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const { stderr } = spawnSync(process.execPath, args, { stdio: [stdin, "pipe", "pipe"], encoding: "utf8" });
    closeSync(stdin);
    expect(stderr).toContain("InputError: standard input: this is a folder; give the CSV file in it.");
  });

  test("that stays open does not keep a finished program alive", async () => {
    expect(await runWith((stdin) => stdin.write("x".repeat(200_000)))).toBe("standard input enough bigint\n");
  });
});
