import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../../lib/live/record/recorder.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { complaints, judgedFrames, tshark } from "../../helpers/judges/tshark.ts";
import { runShell } from "../../helpers/programs/run-script.ts";
import {
  bytes,
  commentsOf,
  connect,
  faultsIn,
  newFile,
  newFlow,
  PREFIX,
  readRecording,
  record,
} from "./recorder-scene.ts";

describe.skipIf(isMissing("tshark"))("a recording, judged by tshark", () => {
  it("is a whole session, and says on each packet what it is and that nobody has captured it", async () => {
    const before = Date.now();
    const file = await record((recorder) => {
      const connection = connect(recorder);
      connection.sent("client", bytes("hello"), "greeting");
      connection.sent("server", bytes("hi"));
      connection.rename("client", "Ann");
      connection.sent("client", bytes("bye"), () => "farewell from Ann");
      connection.ended("client");
      expect(connection.isOver).toBe(false);
      connection.sent("client", bytes("too late"));
      connection.ended("client");
      connection.sent("server", bytes("!"));
      connection.ended("server");
      expect(connection.isOver).toBe(true);
      connection.reset("server");
    });
    expect(complaints(file)).toEqual([]);
    // Whether an acknowledgement still rides on the next data is a matter of microseconds.
    const comments = commentsOf(file).filter((comment) => !/; ACK: \w+ has received/.test(comment));
    expect(comments).toEqual(
      [
        "SYN: Ann opens",
        "SYN, ACK: shop accepts",
        "ACK: the connection is open",
        "greeting",
        "2 bytes from shop",
        "farewell from Ann",
        "FIN, ACK: Ann has nothing more to send",
        "1 byte from shop",
        "FIN, ACK: shop has nothing more to send",
      ].map((comment) => PREFIX + comment),
    );
    const directions = tshark("-r", file, "-T", "fields", "-e", "tcp.dstport", "-e", "frame.packet_flags_direction");
    for (const line of directions.trim().split("\n")) {
      expect(line).toBe(line.startsWith("8080") ? "8080\t0x00000001" : "50000\t0x00000002");
    }
    const [first] = judgedFrames(file);
    expect(Number(first!.time) * 1000).toBeGreaterThan(before - 50);
    expect(Number(first!.time) * 1000).toBeLessThan(Date.now() + 50);
    const { streams, findings, warnings, artefacts } = await readRecording(file);
    expect(streams).toMatchObject([{ clientPort: 50_000, client: "hellobye", server: "hi!" }]);
    expect({ findings, warnings, notes: artefacts.map(({ code }) => code) }).toEqual({
      findings: 0,
      warnings: [],
      notes: ["reconstructed"],
    });
  });

  it("has datagrams as they were sent, and names on them", async () => {
    const buffer = Buffer.from("first");
    const large = "x".repeat(4000);
    const file = await record((recorder) => {
      const flow = newFlow(recorder, 40_000, "192.0.2.7", "192.0.2.1");
      flow.sent("client", buffer);
      buffer.fill("y");
      flow.sent("server", bytes(large), "answer");
      flow.sent("client", bytes(""), () => "nothing");
      flow.rename("client", "Ann");
      flow.sent("client", bytes("z"));
    });
    expect(complaints(file)).toEqual([]);
    expect(commentsOf(file)).toEqual(
      [
        "5 bytes from Ann",
        "answer, fragment 1 of 3",
        "answer, fragment 2 of 3",
        "answer, fragment 3 of 3",
        "nothing",
        "1 byte from Ann",
      ].map((comment) => PREFIX + comment),
    );
    const fields = ["ip.src", "udp.srcport", "udp.dstport", "udp.payload", "frame.packet_flags_direction"];
    const rows = tshark("-r", file, "-Y", "udp", "-T", "fields", ...fields.flatMap((field) => ["-e", field]));
    expect(rows.trimEnd().split("\n")).toEqual(
      [
        ["192.0.2.7", 40_000, 8080, "first", 1],
        ["192.0.2.1", 8080, 40_000, large, 2],
        ["192.0.2.7", 40_000, 8080, "", 1],
        ["192.0.2.7", 40_000, 8080, "z", 1],
      ].map(([source, from, to, text, direction]) =>
        [source, from, to, bytes(String(text)).toString("hex"), `0x0000000${direction}`].join("\t"),
      ),
    );
  });

  it("stamps what happens with the time at which it happens", async () => {
    const file = newFile();
    const recorder = await Recorder.open(file);
    const connection = connect(recorder);
    await sleep(120);
    const before = Date.now();
    connection.sent("client", bytes("now"), "now");
    const after = Date.now();
    await recorder.close();
    const stamp = Number(judgedFrames(file).find(({ payload }) => payload.length > 0)!.time) * 1000;
    expect(stamp).toBeGreaterThan(before - 20);
    expect(stamp).toBeLessThan(after + 20);
  });

  it.each([
    ["127.0.0.1", "127.0.0.1", "127.0.0.1:50000", "00:00:00:00:00:00"],
    ["::1", "::1", "[::1]:50000", "00:00:00:00:00:00"],
    ["::ffff:192.0.2.7", "::ffff:192.0.2.1", "192.0.2.7:50000", "02:00:c0:00:02:07"],
    ["fe80::1%eth0", "fe80::2%eth0", "[fe80::1]:50000", undefined],
  ])("from %s to %s", async (client, server, name, mac) => {
    const long = "x".repeat(3 * 65_536);
    const file = await record((recorder) => {
      const connection = connect(recorder, 50_000, client, server);
      connection.sent("client", bytes(long), "long");
      connection.sent("server", bytes("short"));
      connection.reset("client");
    });
    expect(faultsIn(file)).toEqual([]);
    expect(commentsOf(file)[0]).toBe(`${PREFIX}SYN: ${name} opens`);
    expect(commentsOf(file).some((comment) => /long, segment 2 of \d+$/.test(comment))).toBe(true);
    const source = tshark("-r", file, "-c", "1", "-T", "fields", "-e", "eth.src").trim();
    if (mac !== undefined) expect(source).toBe(mac);
    const { streams, findings } = await readRecording(file);
    expect(findings).toBe(0);
    expect(streams[0]!.client).toBe(long);
    expect(streams[0]!.server).toBe("short");
    expect(streams[0]!.close).toBe("reset");
  });

  it("can be of a client's side", async () => {
    const file = await record((recorder) => void connect(recorder).sent("client", bytes("x")), { tapAt: "client" });
    const first = tshark("-r", file, "-c", "1", "-T", "fields", "-e", "frame.packet_flags_direction");
    expect(first.trim()).toBe("0x00000002");
  });

  it("copies what it is told, and bears texts of every kind", async () => {
    const buffer = Buffer.from("first");
    const hostile = `\u001b[2J\u202eevil\n\0${"\ud800".repeat(3)}${"long ".repeat(50_000)}`;
    const file = await record((recorder) => {
      const connection = connect(recorder);
      connection.sent("client", buffer, hostile);
      buffer.fill("x");
      connection.rename("client", hostile);
      connection.sent("server", bytes("s"), () => hostile);
      connection.ended("client");
    });
    expect((await readRecording(file)).streams[0]).toMatchObject({ client: "first", server: "s" });
    expect(complaints(file)).toEqual([]);
    for (const comment of commentsOf(file)) {
      expect(comment).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
      expect(comment.length).toBeLessThan(600);
    }
  });
});

describe("a recording", () => {
  it("is in the file soon, without being asked, and then whole", async () => {
    const file = newFile();
    const recorder = await Recorder.open(file);
    const connection = connect(recorder);
    connection.sent("client", bytes("hello"));
    await expect.poll(() => readFileSync(file).includes("hello")).toBe(true);
    // The acknowledgement too: SYN, SYN-ACK, ACK, data, ACK.
    expect(await readRecording(file)).toMatchObject({ packets: 5, findings: 0, warnings: [] });
    connection.sent("server", bytes("a".repeat(70_000)));
    recorder.flush();
    const read = await readRecording(file);
    expect(read.streams[0]!.server).toHaveLength(70_000);
    expect(read).toMatchObject({ findings: 0, warnings: [] });
    await recorder.close();
    connection.sent("client", bytes("nobody writes this down"));
    recorder.flush();
    await recorder.close();
    expect(await readRecording(file)).toEqual(read);
  });

  it("does not keep much in memory between two moments of writing", async () => {
    const file = newFile();
    const recorder = await Recorder.open(file);
    const connection = connect(recorder);
    for (let count = 0; count < 40; count++) connection.sent("client", new Uint8Array(100_000));
    // Nothing else has had its turn yet.
    expect(readFileSync(file).length).toBeGreaterThan(2_500_000);
    await recorder.close();
    expect((await readRecording(file)).streams[0]!.client).toHaveLength(4_000_000);
  });

  it("keeps nothing of connections that are over, or that nobody cares for any more", async () => {
    const program = `
      const { Recorder } = await import("./lib/live/record/recorder.ts");
      const recorder = await Recorder.open("${newFile()}");
      const connectMany = (count) => {
        for (let index = 0; index < count; index++) {
          const address = "10." + (index >> 16) + "." + ((index >> 8) & 255) + "." + (index & 255);
          const client = { address, port: 1024 + (index % 60000) };
          const connection = recorder.connected({ client, server: { address: "192.0.2.1", port: 8080 } });
          connection.sent("client", new Uint8Array(100), () => "message " + index);
          connection.rename("client", "client " + index);
          if (index % 3 === 0) connection.reset("client");
          if (index % 3 === 1) for (const side of ["client", "server"]) connection.ended(side);
          if (index % 100 === 0) recorder.flush();
        }
        recorder.flush();
        gc();
        return process.memoryUsage().heapUsed;
      };
      connectMany(2000);
      const before = connectMany(2000);
      console.log((connectMany(40000) - before) / 40000);
      await recorder.close();`;
    const { stdout, stderr } = await runShell(
      `${process.execPath} --expose-gc --import tsx --input-type=module -e '${program}'`,
    );
    expect(stderr).toBe("");
    // Bytes of each. A connection that is kept takes thousands, its name alone dozens.
    expect(Number(stdout)).toBeLessThan(16);
  });

  it("has all that was sent before a reset, however little time was left for it", async () => {
    // In the session of the recording its segments take longer than this program takes to hand it over.
    const large = new Uint8Array(1_000_000).fill(97);
    const file = await record((recorder) => {
      const connection = connect(recorder, 50_000, "192.0.2.1", "192.0.2.2");
      connection.sent("client", large);
      connection.reset("server");
    });
    const { streams, findings } = await readRecording(file);
    expect(findings).toBe(0);
    expect(streams[0]!.client).toHaveLength(large.length);
    expect(streams[0]!.close).toBe("reset");
  });

  it("takes no datagram that no socket could have sent", async () => {
    const file = await record((recorder) => {
      const flow = newFlow(recorder, 40_000);
      expect(() => flow.sent("client", new Uint8Array(65_508))).toThrow(
        "A datagram of 65508 bytes cannot be recorded: the most that one carries is 65507.",
      );
      flow.sent("client", new Uint8Array(65_507));
    });
    const { datagrams } = await readRecording(file);
    expect(datagrams.map(({ payload }) => payload.length)).toEqual([65_507]);
  });

  it("leaves an older file alone until it begins", async () => {
    const file = newFile();
    writeFileSync(file, "older");
    await (await Recorder.open(file)).abandon();
    expect(readFileSync(file, "utf8")).toBe("older");
    const recorder = await Recorder.open(file);
    recorder.flush();
    expect(await readRecording(file)).toMatchObject({ packets: 0, warnings: [] });
    await recorder.close();
  });

  it("ends where the disk is full, is whole up to there, and says so once", async () => {
    const file = newFile();
    const program = `
      process.on("SIGXFSZ", () => {});
      const { Recorder } = await import("./lib/live/record/recorder.ts");
      const recorder = await Recorder.open("${file}", { onFailure: (error) => console.log(error.code) });
      const ends = { client: { address: "::1", port: 1 }, server: { address: "::1", port: 2 } };
      const connection = recorder.connected(ends);
      for (let count = 0; count < 100; count++) {
        connection.sent("client", new Uint8Array(1000).fill(65));
        recorder.flush();
      }
      recorder.connected(ends).reset("server");
      await recorder.close().catch((error) => console.log(error.message));`;
    const { stdout, stderr } = await runShell(
      `ulimit -f 20; ${process.execPath} --import tsx --input-type=module -e '${program}'`,
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^CANNOT_WRITE\n\S+ cannot be written: the file would be larger than .*\n$/);
    const { streams, findings, warnings } = await readRecording(file);
    expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
    expect(streams[0]!.client).toMatch(/^(?:A{1000}){10,19}$/);
  });

  // What comes at once is more than a slab, and what comes piece by piece much less.
  it.each([
    ["at once", 30_000, 2_000_000],
    ["piece by piece", 1000, 300_000],
    ["where hardly anything has room", 1000, 1000],
  ])("ends at its limit, is whole up to there, and says so once: %s", async (how, size, limit) => {
    const file = newFile();
    let told = 0;
    const recorder = await Recorder.open(file, { limit, onLimit: () => told++ });
    recorder.flush();
    const connection = connect(recorder);
    for (let count = 0; count < 400; count++) {
      connection.sent("client", Buffer.alloc(size, "A"));
      if (how !== "at once") recorder.flush();
    }
    connect(recorder, 50_001).reset("server");
    await recorder.close();
    expect(told).toBe(1);
    expect(recorder.failure).toBeUndefined();
    const { length } = readFileSync(file);
    expect(length).toBeLessThanOrEqual(limit);
    expect(length).toBeGreaterThan(limit - size - 1000);
    const { streams, findings, warnings } = await readRecording(file);
    expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
    if (limit > 1000) expect(streams[0]!.client.length).toBeGreaterThan(0.6 * (limit - size));
    if (!isMissing("tshark")) expect(complaints(file)).toEqual([]);
  });

  it("has no limit that it was not given, and none that it does not reach", async () => {
    const play = (recorder: Recorder) => connect(recorder).sent("client", Buffer.alloc(10_000, "A"));
    const whole = readFileSync(await record(play)).length;
    const onLimit = () => expect.unreachable();
    const file = await record(play, { limit: whole + 100, onLimit });
    expect((await readRecording(file)).streams[0]!.client.length).toBe(10_000);
  });

  it.each([
    ["nowhere", "127.0.0.1", 'Nothing between these two ends can be recorded: "nowhere" is no address.'],
    ["", "127.0.0.1", 'Nothing between these two ends can be recorded: "" is no address.'],
    [
      "::1",
      "127.0.0.1",
      "Nothing between these two ends can be recorded: ::1 and 127.0.0.1 are addresses of different versions.",
    ],
  ])("knows no connection from %j to %s", async (client, server, message) => {
    const recorder = await Recorder.open(newFile());
    expect(() => connect(recorder, 1, client, server)).toThrow(
      expect.objectContaining({ code: "BAD_ADDRESS", message }),
    );
    await recorder.abandon();
  });
});
