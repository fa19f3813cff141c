/**
 * Sends the packets of a capture, in a process of its own, started by `injection.ts`: where an adapter goes down, the package
 * `cap` aborts the process that has opened it.
 */
import { WirewrightError } from "../../core/errors.ts";
import { loadCap } from "../cap.ts";
import { chooseAdapter } from "./inject-adapter.ts";
import type { InjectionNews, InjectionOrder, InjectionRequest } from "./inject-protocol.ts";
import { CaptureRounds } from "./inject-rounds.ts";
import { Injector } from "./injector.ts";

/** Nothing is captured; on Linux there must be room for one frame of the longest kind. */
const BUFFER_LENGTH = 1 << 20;
const PROGRESS_EVERY_MS = 200;

const stopping = new AbortController();
let go = () => {};
const mayGo = new Promise<void>((resolve) => {
  go = resolve;
});

// Ctrl-C in a terminal goes to both processes, and the other one says when to stop.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
process.on("message", (order: InjectionOrder) => {
  if (order.kind === "prepare") void run(order.request);
  else if (order.kind === "go") go();
  else {
    stopping.abort();
    go();
  }
});

async function run(request: InjectionRequest): Promise<void> {
  let last: InjectionNews;
  try {
    last = await inject(request);
  } catch (error) {
    if (!(error instanceof WirewrightError)) throw error;
    last = { kind: "failed", code: error.code, message: error.message };
  }
  // Not left to the event loop: reading from a silent pipe would go on.
  process.send!(last, () => process.exit());
}

/** @throws LiveError, CaptureError, WirewrightError BAD_OPTION */
async function inject(request: InjectionRequest): Promise<InjectionNews> {
  const { input, rounds, speed = Number.POSITIVE_INFINITY } = request;
  const cap = await loadCap();
  const adapter = chooseAdapter(cap.adapters(), request);
  const captures = await CaptureRounds.open(input, rounds);
  const open = cap.open(adapter.name, { bufferLength: BUFFER_LENGTH });
  tell({ kind: "ready", adapter });
  await mayGo;
  const { signal } = stopping;
  const injector = new Injector(open, adapter.name, {
    speed,
    signal,
    onTurn: progressTeller(() => injector.counts.packets),
    onLongWait: (wait, packet) => tell({ kind: "waiting", wait, packet }),
  });
  for (let round = 1; ; round++) {
    await injector.send(captures.capture);
    // What cannot be sent once never can.
    if (round === rounds || signal.aborted || injector.counts.packets === 0) break;
    await captures.again();
  }
  return { kind: "done", counts: injector.counts, warnings: captures.capture.warnings };
}

function progressTeller(packets: () => number): () => void {
  let told = performance.now();
  return () => {
    const now = performance.now();
    if (now - told < PROGRESS_EVERY_MS) return;
    told = now;
    tell({ kind: "progress", packets: packets() });
  };
}

function tell(news: InjectionNews): void {
  process.send!(news);
}
