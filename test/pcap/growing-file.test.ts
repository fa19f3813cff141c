import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { GrowingFile } from "../../lib/pcap/growing-file.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../lib/pcap/slabs.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { runShell } from "../helpers/programs/run-script.ts";

const folder = temporaryFolder();
const inFolder = (name: string) => path.join(folder, name);
const text = (file: string) => fs.readFileSync(file, "utf8");

function give(file: GrowingFile, content: string): void {
  const slab = file.take(content.length);
  slab.set(new TextEncoder().encode(content));
  file.give(slab, content.length);
}

describe("a growing file", () => {
  it("holds what was given as soon as it was given, under its own name", async () => {
    const name = inFolder("a/b/growing.bin");
    const file = await GrowingFile.open(name);
    give(file, "one ");
    expect(text(name)).toBe("one ");
    give(file, "two");
    expect(text(name)).toBe("one two");
    expect(file.length).toBe(7);
    expect(fs.readdirSync(path.dirname(name))).toEqual(["growing.bin"]);
    await file.close();
    await file.close();
    give(file, "three");
    expect(text(name)).toBe("one two");
  });

  it("leaves an older file as it was until something is given, and then nothing of it", async () => {
    const name = inFolder("older.bin");
    fs.writeFileSync(name, "something older");
    await (await GrowingFile.open(name)).close();
    expect(text(name)).toBe("something older");
    const file = await GrowingFile.open(name);
    give(file, "new");
    await file.close();
    expect(text(name)).toBe("new");
  });

  it("leaves no file behind that never had anything in it", async () => {
    const name = inFolder("never.bin");
    await (await GrowingFile.open(name)).close();
    expect(fs.existsSync(name)).toBe(false);
  });

  it("writes through a link, and keeps the rights of an older file", async () => {
    const target = inFolder("target.bin");
    fs.writeFileSync(target, "old", { mode: 0o640 });
    fs.symlinkSync(target, inFolder("link.bin"));
    const file = await GrowingFile.open(inFolder("link.bin"));
    give(file, "new");
    await file.close();
    expect(text(target)).toBe("new");
    expect(fs.statSync(target).mode & 0o777).toBe(0o640);
  });

  it.each([
    ["", "The output has no name; name a file to write to."],
    [folder, `${folder} is a folder; name a file in it to write to.`],
    ["-", "Standard output cannot be recorded to, since a recording has to stay readable after a crash; name a file."],
    [
      path.join(folder, "file", "below.bin"),
      `${path.join(folder, "file", "below.bin")} cannot be written: a part of its path is a file and not a folder; choose another path.`,
    ],
    // Where the system would let Node try for ever.
    [
      "/proc/no/such/x.bin",
      "/proc/no/such/x.bin cannot be written: its folder is missing, and cannot be made; choose another place.",
    ],
  ])("cannot be opened as %j", async (name, message) => {
    fs.writeFileSync(inFolder("file"), "");
    await expect(GrowingFile.open(name)).rejects.toMatchObject({ name: "OutputError", code: "CANNOT_WRITE", message });
  });

  it("is not a pipe, which would be waited for, and not what is being read", async () => {
    const pipe = inFolder("pipe");
    await runShell(`mkfifo ${pipe}`);
    await expect(GrowingFile.open(pipe)).rejects.toThrow(/is a pipe or a socket, and cannot be recorded to/);
    const input = inFolder("input.bin");
    fs.writeFileSync(input, "input");
    await expect(GrowingFile.open(input, fs.statSync(input, { bigint: true }))).rejects.toMatchObject({
      code: "SAME_FILE",
    });
    expect(text(input)).toBe("input");
  });

  it("says what failed, once and for all, and does not throw where it is given something", async () => {
    const file = await GrowingFile.open("/dev/full");
    expect(file.failure).toBeUndefined();
    give(file, "anything");
    const message = "/dev/full cannot be written: the disk is full; make room or choose another place.";
    expect(file.failure).toMatchObject({ code: "CANNOT_WRITE", message });
    give(file, "more");
    await expect(file.close()).rejects.toThrow(message);
    expect(file.length).toBe(0);
  });

  it("ends where the last write ended that was whole", async () => {
    const name = inFolder("limited.bin");
    // The limit is counted in KiB; the third write would only fit in part.
    const program = `
      process.on("SIGXFSZ", () => {});
      const { GrowingFile } = await import("./lib/pcap/growing-file.ts");
      const file = await GrowingFile.open(${JSON.stringify(name)});
      for (let count = 0; count < 4; count++) file.give(new Uint8Array(3000).fill(65 + count), 3000);
      console.log(file.length, file.failure.message);`;
    const { stdout, stderr } = await runShell(
      `ulimit -f 8; ${process.execPath} --import tsx --input-type=module -e '${program.replaceAll("'", `'"'"'`)}'`,
    );
    expect(stderr).toBe("");
    expect(stdout).toBe(
      `6000 ${name} cannot be written: the file would be larger than this file system allows; choose another place.\n`,
    );
    expect(text(name)).toBe("A".repeat(3000) + "B".repeat(3000));
  });

  it("keeps everything that was given when the process is killed", async () => {
    const name = inFolder("killed.bin");
    const program = `
      const { GrowingFile } = await import("./lib/pcap/growing-file.ts");
      const file = await GrowingFile.open(${JSON.stringify(name)});
      for (let count = 0; count < 50; count++) file.give(new TextEncoder().encode(count + "\\n"), String(count).length + 1);
      console.log("given");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
    expect(text(name).trim().split("\n")).toEqual(Array.from({ length: 50 }, (_, count) => `${count}`));
  });
});

describe("a writer that is flushed", () => {
  it("leaves a whole capture behind each time, and the same one in the end as without", async () => {
    const options = {
      linkType: LinkType.ETHERNET,
      ticksPerSecond: 1_000_000,
      origin: { seconds: 1, ticks: 0 },
    } as const;
    const name = inFolder("flushed.pcap");
    const file = await GrowingFile.open(name);
    const slabs = new MemorySlabs();
    const flushed = new PcapWriter(file, options);
    const whole = new PcapWriter(slabs, options);
    for (let count = 1; count <= 5; count++) {
      for (const writer of [flushed, whole]) {
        const start = writer.reserve(count, 60);
        writer.bytes.fill(count, start, start + 60);
      }
      flushed.flush();
      flushed.flush();
      expect(flushed.byteCount).toBe(whole.byteCount);
      expect(await countPackets(name)).toBe(count);
    }
    flushed.finish();
    whole.finish();
    await file.close();
    expect(Buffer.compare(fs.readFileSync(name), slabs.concat())).toBe(0);
  });
});

async function countPackets(file: string): Promise<number> {
  const capture = await openCapture(file);
  let count = 0;
  do while (capture.next()) count++;
  while (await capture.more());
  await capture.close();
  return count;
}
