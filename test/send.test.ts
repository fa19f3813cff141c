import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encapsulate } from "../lib/encapsulate.ts";
import { durationOf, type SendOptions, send } from "../lib/send.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { complaints } from "./helpers/judges/tshark.ts";
import { commentsOf } from "./live/record/recorder-scene.ts";
import { streamsOf } from "./send-streams.ts";

const folder = mkdtempSync(path.join(tmpdir(), "send-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HERE = { sides: "both", host: "127.0.0.1", port: 0, speed: Number.POSITIVE_INFINITY } as const;

const sendFile = (input: string, more: Partial<SendOptions> = {}) => send({ ...HERE, input, ...more });

function csv(name: string, rows: readonly string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, ["msg_id,app_protocol,src_app,dst_app,message,timestamp", ...rows, ""].join("\n"));
  return file;
}

const FIXTURES = [
  "input.csv",
  "chat.csv",
  "unicode.csv",
  "dialects/tcp-as-rows.csv",
  "dialects/three-parties.csv",
  "dialects/ten-in-a-chain.csv",
  "dialects/http-over-several-rows.csv",
  "dialects/client-port-used-again.csv",
  "dialects/windows-1255.csv",
  "dialects/compressed.csv.gz",
  "dialects/dns-as-text.csv",
  "dialects/many-protocols.csv",
];

describe.skipIf(isMissing("tshark"))("tshark, of what send records", () => {
  for (const payload of ["wire", "exact"] as const) {
    it.each(FIXTURES)(`finds in %s the streams that encapsulate makes, ${payload}`, async (name) => {
      const input = `fixtures/${name}`;
      const options = { input, payload, encoding: name.includes("1255") ? "windows-1255" : undefined };
      const recorded = path.join(folder, "recorded.pcapng");
      const made = path.join(folder, "made.pcapng");
      const { faults } = await send({ ...HERE, ...options, record: recorded });
      await encapsulate({ ...options, output: made });
      expect(faults).toEqual([]);
      const streams = streamsOf(recorded);
      expect(streams).toEqual(streamsOf(made));
      expect(streams.some(({ client }) => !client.startsWith("0 "))).toBe(true);
      expect(complaints(recorded)).toEqual([]);
    });
  }

  it("finds each datagram that encapsulate makes, the largest and those without bytes too", async () => {
    const input = csv("datagrams.csv", [
      "1,UDP,a,b,one,0",
      "2,UDP,b,a,two,0.001",
      `3,UDP,a,b,${"x".repeat(1472)},0.002`,
      `4,UDP,a,b,${"y".repeat(1473)},0.003`,
      `5,UDP,b,a,${"z".repeat(65_507)},0.004`,
      "6,UDP,c,b,three,0.005",
      "7,HTTP,c,d,GET /,0.006",
      "8,UDP,a,b,,0.007",
      "9,UDP,a,b,four,0.008",
    ]);
    const recorded = path.join(folder, "recorded.pcapng");
    const made = path.join(folder, "made.pcapng");
    const summary = await sendFile(input, { record: recorded });
    await encapsulate({ input, output: made });
    expect(summary.arrived.messages).toBe(8);
    expect(streamsOf(recorded)).toEqual(streamsOf(made));
    expect(
      streamsOf(recorded).map(({ client, server }) => [client, server].map((one) => one.split("; ").length)),
    ).toEqual([
      [1, 1],
      [4, 2],
      [1, 1],
    ]);
    expect(complaints(recorded)).toEqual([]);
    const datagrams = commentsOf(recorded).filter((comment) => / msg [24] of /.test(comment));
    expect(datagrams).toEqual(
      ["msg 2 of b", "msg 4 of a, fragment 1 of 2", "msg 4 of a, fragment 2 of 2"].map(
        (comment) => `Reconstructed from socket events; ${comment}`,
      ),
    );
  });
});

describe("send", () => {
  it("counts what was sent and what arrived", async () => {
    const summary = await sendFile("fixtures/input.csv");
    const made = await encapsulate({ input: "fixtures/input.csv" });
    expect(summary.sent).toEqual({ messages: made.messages, bytes: made.bytes });
    expect(summary.arrived).toEqual(summary.sent);
    expect(summary).toMatchObject({ conversations: made.conversations.length, isInterrupted: false, faults: [] });
  });

  it("sends datagrams where the protocol does, and what moves away from their port too", async () => {
    const input = "fixtures/dialects/dns-as-text.csv";
    const summary = await sendFile(input);
    const made = await encapsulate({ input });
    expect(summary.arrived).toEqual({ messages: made.messages, bytes: made.bytes });
  });

  it("opens a conversation again after its end, and after a reset", async () => {
    const input = csv("again.csv", [
      "1,X,pc,web server,one,0",
      "2,X,pc,web server,FIN,0.001",
      "3,X,web server,pc,two,0.002",
      "4,X,pc,web server,three,0.003",
      "5,X,web server,pc,RST,0.004",
      "6,X,pc,web server,four,0.005",
      "7,X,pc,web server,SYN,0.006",
      "8,X,web server,pc,SYN-ACK,0.007",
      "9,X,pc,web server,ACK,0.008",
      "10,X,pc,web server,five,0.009",
    ]);
    const summary = await sendFile(input);
    expect(summary).toMatchObject({
      conversations: 1,
      connections: 4,
      arrived: { messages: 5 },
      // The kernel's own.
      controlRows: 2,
    });
  });

  it("takes its time from the CSV", async () => {
    // Nearly ten hours, which nobody waits for if the speed is not heeded.
    const input = csv("slow.csv", ["1,X,a,b,one,100", "2,X,a,b,two,35100"]);
    expect(await durationOf({ input })).toBe(35_000_000);
    const { duration } = await sendFile(input, { speed: 100_000 });
    expect(duration).toBeGreaterThanOrEqual(350);
  });

  it("names file and line of a row that cannot be sent", async () => {
    const input = csv("long.csv", ["1,UDP,a,b,hi,0", `2,UDP,a,b,${"x".repeat(66_000)},1`]);
    await expect(sendFile(input)).rejects.toThrow(
      `${input}, line 3: a datagram of 66000 bytes is too long, the most is 65507; split it, or send it over TCP.`,
    );
  });

  it("writes neither capture nor recording over its input, nor both into one file", async () => {
    const input = csv("input.csv", ["1,X,a,b,one,0"]);
    for (const more of [{ capture: input }, { record: input }]) {
      await expect(sendFile(input, more)).rejects.toMatchObject({ code: "SAME_FILE" });
    }
    const file = path.join(folder, "one.pcapng");
    await expect(sendFile(input, { capture: file, record: file })).rejects.toMatchObject({ code: "SAME_FILE" });
    expect((await sendFile(input)).arrived.messages).toBe(1);
  });

  it("leaves an older recording as it was when it cannot begin", async () => {
    const record = path.join(folder, "older.pcapng");
    writeFileSync(record, "precious");
    await expect(sendFile("fixtures/input.csv", { record, host: "192.0.2.1" })).rejects.toMatchObject({
      code: "BAD_HOST",
    });
    expect(await import("node:fs").then((fs) => fs.readFileSync(record, "utf8"))).toBe("precious");
  });

  it("ends when it is told to, with what was done until then", async () => {
    const input = csv("endless.csv", ["1,X,a,b,one,0", "2,X,a,b,two,3600"]);
    const stop = new AbortController();
    const record = path.join(folder, "endless.pcapng");
    const running = sendFile(input, { speed: 1, signal: stop.signal, record });
    const isSent = () => existsSync(record) && readFileSync(record).includes("one");
    await expect.poll(isSent, { interval: 5 }).toBe(true);
    // What is under way within this process arrives.
    await new Promise((resolve) => setTimeout(resolve, 300));
    stop.abort();
    expect(await running).toMatchObject({ isInterrupted: true, arrived: { messages: 1 } });
  });
});
