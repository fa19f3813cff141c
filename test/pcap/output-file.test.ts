import { execFileSync, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { discardUnfinishedOutputs, OutputFile } from "../../lib/pcap/output-file.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { PATIENCE } from "../helpers/programs/patience.ts";

const folder = temporaryFolder();
const inFolder = (name: string) => path.join(folder, name);
const text = (file: string) => fs.readFileSync(file, "utf8");

async function write(file: string, content: string): Promise<void> {
  const output = await OutputFile.open(file);
  give(output, content);
  await output.commit();
}

function give(output: OutputFile, content: string): void {
  const slab = output.take(content.length);
  slab.set(new TextEncoder().encode(content));
  output.give(slab, content.length);
}

/** Systems that have no files without a name. */
const withoutUnnamedFiles = () => vi.spyOn(process, "platform", "get").mockReturnValue("freebsd");

afterEach(() => void vi.restoreAllMocks());

describe("an output file", () => {
  it("has its name only when it is whole, and leaves nothing beside it", async () => {
    const file = inFolder("a/b/whole.bin");
    const output = await OutputFile.open(file);
    give(output, "one ");
    await output.drain();
    expect(fs.existsSync(file)).toBe(false);
    give(output, "two");
    await output.commit();
    expect(text(file)).toBe("one two");
    expect(fs.readdirSync(path.dirname(file))).toEqual(["whole.bin"]);
    await output.abort();
    expect(text(file)).toBe("one two");
  });

  it.runIf(process.platform === "linux")("has no name at all before", async () => {
    const output = await OutputFile.open(inFolder("nameless.bin"));
    give(output, "some");
    await output.drain();
    expect(fs.readdirSync(folder).some((name) => name.includes("nameless"))).toBe(false);
    await output.commit();
    expect(text(inFolder("nameless.bin"))).toBe("some");
  });

  it("takes the usual permissions, and a name that begins like a flag", async () => {
    const before = process.cwd();
    fs.writeFileSync(inFolder("usual.bin"), "");
    try {
      process.chdir(folder);
      await write("-f", "x");
      await write("-f", "y");
    } finally {
      process.chdir(before);
    }
    expect(text(inFolder("-f"))).toBe("y");
    expect(fs.statSync(inFolder("-f")).mode).toBe(fs.statSync(inFolder("usual.bin")).mode);
  });

  it("is named where no program can, and where there are only files with names", async () => {
    fs.writeFileSync(inFolder("usual.bin"), "");
    const file = inFolder("other-way.bin");
    const content = "0123456789abcdef".repeat(100_000);
    vi.stubEnv("PATH", "");
    await write(file, "older");
    await write(file, content);
    vi.unstubAllEnvs();
    expect(text(file)).toBe(content);
    expect(fs.statSync(file).mode).toBe(fs.statSync(inFolder("usual.bin")).mode);
    withoutUnnamedFiles();
    await write(file, "named");
    expect(text(file)).toBe("named");
    expect(fs.readdirSync(folder).filter((name) => name.includes("other-way"))).toEqual(["other-way.bin"]);
  });

  it("begins to write what it is given while nobody waits for it", async () => {
    withoutUnnamedFiles();
    const output = await OutputFile.open(inFolder("busy.bin"));
    give(output, "some");
    const part = fs.readdirSync(folder).find((name) => name.startsWith(".busy.bin."))!;
    const deadline = Date.now() + PATIENCE;
    while (fs.statSync(inFolder(part)).size === 0 && Date.now() < deadline);
    expect(text(inFolder(part))).toBe("some");
    await output.abort();
  });

  it("has room again when one of two pieces is written, and everything when it is drained", async () => {
    const file = inFolder("two.bin");
    const output = await OutputFile.open(file);
    await output.room();
    give(output, "one ");
    expect(output.isFull).toBe(false);
    give(output, "two ");
    expect(output.isFull).toBe(true);
    await output.room();
    expect(output.isFull).toBe(false);
    give(output, "three");
    await output.commit();
    expect(text(file)).toBe("one two three");
  });

  it("leaves an older file as it was, and no new folder, when it is given up", async () => {
    const old = inFolder("old.bin");
    fs.writeFileSync(old, "good");
    const output = await OutputFile.open(old);
    give(output, "bad");
    await output.abort();
    expect(text(old)).toBe("good");
    const nested = await OutputFile.open(inFolder("new/folders/x.bin"));
    give(nested, "bad");
    await nested.abort();
    expect(fs.existsSync(inFolder("new"))).toBe(false);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it.each(["linux", "freebsd"] as const)("is not left half written by a loop that fails, on %s", async (platform) => {
    vi.spyOn(process, "platform", "get").mockReturnValue(platform);
    const file = inFolder(`copies-${platform}/copy.bin`);
    const copy = OutputFile.write(file, async (output) => {
      give(output, "some");
      await output.room();
      throw new Error("no more packets");
    });
    await expect(copy).rejects.toThrow("no more packets");
    expect(fs.existsSync(path.dirname(file))).toBe(false);
    const written = await OutputFile.write(file, (output) => {
      give(output, "whole");
      return 5;
    });
    expect([written, text(file), fs.readdirSync(path.dirname(file))]).toEqual([5, "whole", ["copy.bin"]]);
  });

  it("is given up at the end of a block that says `await using`, unless it was committed", async () => {
    withoutUnnamedFiles();
    const output = await OutputFile.open(inFolder("used.bin"));
    give(output, "some");
    await output[Symbol.asyncDispose]();
    const other = await OutputFile.open(inFolder("used-well.bin"));
    give(other, "whole");
    await other.commit();
    await other[Symbol.asyncDispose]();
    expect(fs.readdirSync(folder).filter((name) => name.includes("used"))).toEqual(["used-well.bin"]);
  });

  it("is not left by a process that ends with an error which nobody caught", () => {
    const program = `
      import { OutputFile } from ${JSON.stringify(path.resolve("lib/pcap/output-file.ts"))};
      Object.defineProperty(process, "platform", { value: "freebsd" });
      const output = await OutputFile.open(${JSON.stringify(inFolder("uncaught.bin"))});
      output.give(output.take(1), 1);
      console.log(await import("node:fs").then((fs) => fs.readdirSync(${JSON.stringify(folder)}).join()));
      throw new Error("nobody catches this");`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stdout).toContain(".uncaught.bin.");
    expect(fs.readdirSync(folder).filter((name) => name.includes("uncaught"))).toEqual([]);
  });

  it("is taken away at once when the process has to go", async () => {
    withoutUnnamedFiles();
    const file = inFolder("dying.bin");
    await OutputFile.open(file);
    expect(fs.readdirSync(folder).some((name) => name.startsWith(".dying.bin."))).toBe(true);
    discardUnfinishedOutputs();
    expect(fs.readdirSync(folder).some((name) => name.includes("dying"))).toBe(false);
  });

  it("keeps the permissions of the file it replaces", async () => {
    const file = inFolder("mode.bin");
    fs.writeFileSync(file, "", { mode: 0o600 });
    await write(file, "x");
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  it("follows links, also to a file that is not there yet", async () => {
    fs.mkdirSync(inFolder("far"));
    fs.symlinkSync("far/target.bin", inFolder("link1"));
    fs.symlinkSync("link1", inFolder("link2"));
    await write(inFolder("link2"), "first");
    await write(inFolder("link2"), "second");
    expect(text(inFolder("far/target.bin"))).toBe("second");
    expect(fs.lstatSync(inFolder("link1")).isSymbolicLink()).toBe(true);
    fs.symlinkSync("circle", inFolder("circle"));
    await expect(OutputFile.open(inFolder("circle"))).rejects.toThrow("its links lead in a circle");
  });

  it("follows a link from where its folder really is", async () => {
    fs.mkdirSync(inFolder("near"));
    fs.mkdirSync(inFolder("deep/down"), { recursive: true });
    fs.symlinkSync(inFolder("deep/down"), inFolder("near/shortcut"));
    fs.symlinkSync("../x.bin", inFolder("deep/down/link"));
    fs.writeFileSync(inFolder("near/x.bin"), "precious");
    await write(inFolder("near/shortcut/link"), "new");
    expect(text(inFolder("deep/x.bin"))).toBe("new");
    expect(text(inFolder("near/x.bin"))).toBe("precious");
  });

  it("is refused where it has no name, or that of a folder to come", async () => {
    await expect(OutputFile.open("")).rejects.toThrow("The output has no name; name a file to write to.");
    await expect(OutputFile.open(inFolder("coming/"))).rejects.toThrow("is a folder; name a file in it to write to.");
  });

  it("is refused where it is the input, under whatever name", async () => {
    const input = inFolder("input.csv");
    fs.writeFileSync(input, "");
    fs.symlinkSync(input, inFolder("alias"));
    fs.linkSync(input, inFolder("hard"));
    const identity = fs.statSync(input, { bigint: true });
    for (const name of [input, inFolder("alias"), inFolder("hard")]) {
      await expect(OutputFile.open(name, identity)).rejects.toThrow(
        `${name} is the input itself; name another file to write to.`,
      );
    }
  });

  it("is refused where it is a folder, or a file stands where a folder should", async () => {
    await expect(OutputFile.open(folder)).rejects.toThrow(`${folder} is a folder; name a file in it to write to.`);
    fs.writeFileSync(inFolder("plain"), "");
    await expect(OutputFile.open(inFolder("plain/x"))).rejects.toThrow("a part of its path is a file and not a folder");
    await expect(OutputFile.open("/proc/no/such/x")).rejects.toThrow("its folder is missing, and cannot be made");
  });

  it("goes straight into a device or a pipe", async () => {
    await write("/dev/null", "gone");
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
    execFileSync("mkfifo", [inFolder("fifo")]);
    const reader = spawn("cat", [inFolder("fifo")]);
    const read = new Promise<string>((resolve) => {
      let all = "";
      reader.stdout.on("data", (chunk: Buffer) => {
        all += chunk.toString();
      });
      reader.on("close", () => resolve(all));
    });
    await write(inFolder("fifo"), "through the pipe");
    expect(await read).toBe("through the pipe");
  });

  it("says so when the disk is full", async () => {
    const output = await OutputFile.open("/dev/full");
    give(output, "x");
    await expect(output.drain()).rejects.toThrow(
      "/dev/full cannot be written: the disk is full; make room or choose another place.",
    );
    await output.abort();
  });

  it("says once more, whoever asks, that something could not be written, and takes no more", async () => {
    const output = await OutputFile.open("/dev/full");
    for (const content of ["x", "y", "z"]) give(output, content);
    await expect(output.room()).rejects.toThrow("the disk is full");
    give(output, "more");
    await expect(output.drain()).rejects.toThrow("the disk is full");
    await expect(output.commit()).rejects.toThrow("the disk is full");
    expect(output.isFull).toBe(false);
    await output.abort();
    await output.abort();
  });

  it("asks for a pause while slabs wait to be written, and takes them back", async () => {
    const output = await OutputFile.open(inFolder("slabs.bin"));
    const slab = output.take(10);
    expect(output.isFull).toBe(false);
    output.give(slab, 10);
    output.give(output.take(10), 10);
    expect(output.isFull).toBe(true);
    await output.drain();
    expect(output.isFull).toBe(false);
    const again = new Set([output.take(10), output.take(10)]);
    expect(again.has(slab)).toBe(true);
    await output.abort();
  });
});
