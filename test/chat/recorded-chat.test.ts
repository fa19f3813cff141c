/** The chat, recorded by its server: against what was said, against what a network adapter saw, and against tshark. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { complaints, followStreams, tshark } from "../helpers/judges/tshark.ts";
import { runShell } from "../helpers/programs/run-script.ts";
import { commentsOf, type ReadRecording, type ReadStream, readRecording } from "../live/record/recorder-scene.ts";
import type { SceneClient } from "./recorded-scene.ts";

const lacksTshark = isMissing("tshark");
const lacksNetwork = isMissing("tcpdump", "namespaces");
const folder = temporaryFolder();

/** Milliseconds by which two clocks of one machine may differ. */
const CLOCKS_APART = 50;

interface Scene {
  readonly clients: SceneClient[];
  readonly recording: ReadRecording;
  readonly recorded: string;
  readonly captured: string;
  readonly log: Record<string, string>[];
}

async function playScene(isCaptured: boolean): Promise<Scene> {
  const place = mkdtempSync(path.join(folder, "scene-"));
  const run = `${process.execPath} --import tsx test/chat/recorded-scene.ts ${place}`;
  const { code, stdout, stderr } = await runShell(isCaptured ? `unshare -n ${run} --capture` : run);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const recorded = path.join(place, "recorded.pcapng");
  return {
    clients: JSON.parse(stdout),
    recorded,
    captured: path.join(place, "captured.pcap"),
    recording: await readRecording(recorded),
    log: readFileSync(path.join(place, "log.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}

const byPort = (streams: readonly ReadStream[], port: number): ReadStream =>
  streams.find(({ clientPort }) => clientPort === port)!;

/** Short, for streams that would fill the screen. */
const fingerprint = (text: string) => `${text.length} bytes, ${createHash("sha256").update(text).digest("hex")}`;

/** The characters of some bytes, as the streams are compared. */
const latin1 = (text: string) => Buffer.from(text).toString("latin1");

describe.skipIf(isMissing("IPv6"))("a recorded chat", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await playScene(!lacksNetwork);
  });

  it("has a stream for each client, of exactly what it has sent and received", () => {
    const { clients, recording } = scene;
    expect(clients.length).toBe(7);
    const streams = clients.map(({ what, port }) => {
      const { client, server } = byPort(recording.streams, port);
      return { what, port, sent: client, received: server };
    });
    expect(streams).toEqual(clients);
    expect(recording.streams.length).toBe(clients.length);
    expect(recording).toMatchObject({ findings: 0, warnings: [] });
    // As in a capture on the loopback adapter, which has packets of this size.
    expect(recording.artefacts.map(({ code }) => code)).toEqual(["reconstructed", "loopback-mtu"]);
  });

  it("agrees with the log, message by message, in order and in time", () => {
    const { log, clients, recording } = scene;
    const messages = log.filter(({ event }) => event === "message");
    expect(messages.length).toBeGreaterThan(35);
    for (const [name, what] of [
      ["Alice", /^Alice/],
      ["Bob", /^Bob/],
    ] as const) {
      const { port } = clients.find((client) => what.test(client.what))!;
      const { server } = byPort(recording.streams, port);
      const heard = server.split("\n").filter((line) => line.startsWith("["));
      const expected = messages.filter(({ from, to }) => to === name || (to === "all" && from !== name));
      expect(heard).toEqual(expected.map(({ from, text }) => latin1(`[${from}] ${text}`)));
    }
    const times = log.map(({ time }) => Date.parse(time!));
    for (const [index, { event, port }] of log.entries()) {
      if (event !== "connection") continue;
      const { start } = byPort(recording.streams, Number(port));
      const began = start.seconds * 1000 + start.nanoseconds / 1e6;
      // Between what the log says before and after it, however long that was.
      expect(began).toBeGreaterThan(times[index - 1]! - CLOCKS_APART);
      expect(began).toBeLessThan((times[index + 1] ?? Number.POSITIVE_INFINITY) + CLOCKS_APART);
    }
  });

  it("ends as the clients and the server have ended it", () => {
    const closes = Object.fromEntries(
      scene.clients.map(({ what, port }) => [what.split(",")[0], byPort(scene.recording.streams, port).close]),
    );
    expect(closes).toEqual({
      Alice: "fin",
      Bob: "fin",
      Piped: "fin",
      Breaker: "reset",
      "one too many": "fin",
      Flood: "fin",
      Silent: "fin",
    });
  });

  describe.skipIf(lacksTshark)("in the eyes of tshark", () => {
    it("has no fault, and says on each packet what it is", () => {
      expect(complaints(scene.recorded).filter((line) => !line.includes("Connection reset (RST)"))).toEqual([]);
      const comments = commentsOf(scene.recorded);
      expect(comments.length).toBe(scene.recording.packets);
      for (const comment of comments) expect(comment).toMatch(/^Reconstructed from socket events; ./);
      const said = comments.map((comment) => comment.split("; ").slice(1).join("; "));
      for (const expected of [
        "SYN: Alice opens",
        '"Bob: Good" (the line goes on) from Alice',
        '" mor" (the line goes on) from Alice',
        '"[Alice] Good morning" for Bob',
        '"\\xff\\xfd\\u0006Bob" from Bob',
        '"all: Grüße 😀", "Alice: one", "Alice: two", "list" from Bob',
        '"[Bob] Grüße 😀", "[Bob] one", "[Bob] two" for Alice',
        '"Bob: \\xfe\\xff" from Alice',
        '"Piped", "all: from a pipe" from Piped',
        "RST, ACK: Breaker breaks the connection off",
        '"Connection closed: the server is full; try again later." for a client without a name',
        "FIN, ACK: Piped has nothing more to send",
        '"Connection closed: the server is stopping." for a client without a name',
      ]) {
        expect(said).toContain(expected);
      }
      expect(said.some((comment) => /^"Bob: long .*…" from Alice$/.test(comment))).toBe(true);
    });

    it("is followed stream by stream", () => {
      const { streams } = scene.recording;
      for (const [index, stream] of followStreams(scene.recorded, streams.length).entries()) {
        expect(stream.length).toBe(streams[index]!.client.length + streams[index]!.server.length);
      }
    });
  });

  describe.skipIf(lacksNetwork)("beside what tcpdump has captured meanwhile", () => {
    it("has the same bytes in the same streams, and the same ends", async () => {
      const real = await readRecording(scene.captured);
      const essence = ({ streams }: ReadRecording) =>
        streams
          .map(({ clientPort, client, server, close }) => [clientPort, fingerprint(client), fingerprint(server), close])
          .sort(([a], [b]) => Number(a) - Number(b));
      expect(essence(scene.recording)).toEqual(essence(real));
    });

    it.skipIf(lacksTshark)("has the data after it was captured, and before what the server does next is", () => {
      const fields = ["frame.time_epoch", "tcp.srcport", "tcp.dstport", "tcp.payload"];
      const rows = (file: string) =>
        tshark("-r", file, "-Y", "tcp.len>0", "-T", "fields", ...fields.flatMap((field) => ["-e", field]))
          .trim()
          .split("\n")
          .map((line) => {
            const [time, from, ...rest] = line.split("\t");
            return { milliseconds: Number(time) * 1000, from: Number(from), what: [from, ...rest].join() };
          });
      const real = new Map(rows(scene.captured).map(({ what, milliseconds }) => [what, milliseconds]));
      const both = rows(scene.recorded).flatMap(({ what, from, milliseconds }) => {
        const captured = real.get(what);
        return captured === undefined ? [] : [{ from, captured, recorded: milliseconds }];
      });
      expect(both.length).toBeGreaterThan(30);
      const clients = new Set(scene.clients.map(({ port }) => port));
      for (const [index, { from, captured, recorded }] of both.entries()) {
        expect(recorded).toBeGreaterThan(captured - CLOCKS_APART);
        if (!clients.has(from)) continue;
        const next = both.slice(index).find((other) => !clients.has(other.from));
        expect(recorded).toBeLessThan((next?.captured ?? Number.POSITIVE_INFINITY) + CLOCKS_APART);
      }
    });
  });
});
