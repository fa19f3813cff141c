/**
 * How fast packets are made and read, and how much chat the server bears. `npm run bench` prints tables, `npm run bench --
 * --json` one object. Medians; the machine and the versions stand beside them, because a figure without them says nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { Bench } from "tinybench";
import { formatTable } from "../../lib/report/text/table.ts";
import { type ChatFigure, measureChat } from "./chat.ts";
import { composeFrames } from "./composed-frames.ts";
import { generateCsv } from "./generate-csv.ts";
import { writeSession } from "./session-to-file.ts";

interface Figure {
  readonly work: string;
  readonly packets: number;
  readonly bytes: number;
  readonly medianSeconds: number;
  readonly peakMemoryMB?: number;
}

const flags = new Command("bench")
  .option("--json", "print one JSON object")
  .option("--rows <number>", "rows of the CSV", Number, 1_000_000)
  .option("--conversations <number>", "conversations in the CSV", Number, 1000)
  .option("--runs <number>", "runs of each work, of which the median counts", Number, 5)
  .parse()
  .opts<{ json?: boolean; rows: number; conversations: number; runs: number }>();

const folder = mkdtempSync(path.join(os.tmpdir(), "wirewright-bench-"));
try {
  const figures = [...(await measureSessions()), ...measureCsv(), ...measureReading()];
  const chat = await measureChat();
  if (flags.json) console.log(JSON.stringify({ machine: describeMachine(), figures, chat }, undefined, 2));
  else await print(figures, chat);
} finally {
  rmSync(folder, { recursive: true });
}

async function measureSessions(): Promise<Figure[]> {
  const bench = new Bench({ iterations: flags.runs, time: 0, warmupIterations: 1, warmupTime: 0 });
  const works = [
    { name: "composed frames into memory", ...composeFrames() },
    { name: "session into a file, 40-byte messages", ...writeSession(path.join(folder, "40.pcap"), 1_000_000, 40) },
    {
      name: "session into a file, 1,400-byte messages",
      ...writeSession(path.join(folder, "1400.pcap"), 300_000, 1400),
    },
  ];
  for (const { name, run } of works) bench.add(name, run);
  await bench.run();
  return works.map(({ name, packets, bytes }) => {
    const result = bench.getTask(name)?.result;
    if (result === undefined || !("latency" in result))
      throw new Error(`${name} did not run: ${JSON.stringify(result)}`);
    return { work: name, packets, bytes, medianSeconds: result.latency.p50 / 1000 };
  });
}

function measureCsv(): Figure[] {
  const { rows, conversations } = flags;
  const csv = path.join(folder, "rows.csv");
  generateCsv(csv, rows, conversations);
  const size = `${rows.toLocaleString("en")} rows, ${conversations.toLocaleString("en")} conversations`;
  const measure = (payload: "exact" | "wire", work: string) =>
    measureChild(work, "csv-to-file.ts", [csv, path.join(folder, `${payload}.pcap`), payload]);
  return [measure("exact", `CSV into a file, ${size}`), measure("wire", "the same, HTTP completed")];
}

/** Of the capture with the messages as they are. */
function measureReading(): Figure[] {
  const capture = path.join(folder, "exact.pcap");
  return [
    measureChild("that file read and dissected", "read-capture.ts", [capture, "dissect"]),
    measureChild("the same with streams and findings", "read-capture.ts", [capture, "analyze"]),
  ];
}

/** In a process of its own, as a user would run it: start-up counts, and peak memory belongs to this work alone. */
function measureChild(work: string, script: string, args: readonly string[]): Figure {
  const child = fileURLToPath(new URL(script, import.meta.url));
  const results = Array.from({ length: flags.runs }, () => {
    const text = execFileSync(process.execPath, ["--import", "tsx", child, ...args]).toString();
    return JSON.parse(text) as { seconds: number; packets: number; fileBytes?: number; peakMemoryMB: number };
  }).sort((a, b) => a.seconds - b.seconds);
  const median = results[Math.floor(results.length / 2)]!;
  return {
    work,
    packets: median.packets,
    bytes: median.fileBytes ?? statSync(args[0]!).size,
    medianSeconds: median.seconds,
    peakMemoryMB: Math.max(...results.map(({ peakMemoryMB }) => peakMemoryMB)),
  };
}

function describeMachine(): string {
  const cpus = os.cpus();
  return `${cpus.length} x ${cpus[0]?.model.trim() ?? "unknown processor"}, Node ${process.version}, ${os.platform()} ${os.release()}`;
}

async function print(figures: readonly Figure[], chat: readonly ChatFigure[]): Promise<void> {
  console.log(`${describeMachine()}\nMedian of ${flags.runs} runs.\n`);
  const rows = figures.map(({ work, packets, bytes, medianSeconds, peakMemoryMB }) => [
    work,
    medianSeconds.toFixed(3),
    (packets / medianSeconds / 1e6).toFixed(2),
    (bytes / medianSeconds / 1e6).toFixed(0),
    peakMemoryMB === undefined ? "" : peakMemoryMB.toFixed(0),
  ]);
  const columns = ["Work", "Seconds", "M packets/s", "MB/s", "Peak MB"].map((title, index) => ({
    title,
    align: index === 0 ? ("left" as const) : ("right" as const),
  }));
  for (const line of await formatTable(columns, rows)) console.log(line);
  console.log();
  for (const { work, figures: values } of chat) {
    const texts = Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 1 : 0)}`);
    console.log(`${work}: ${texts.join(", ")}`);
  }
}
