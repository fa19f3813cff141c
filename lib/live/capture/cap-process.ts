/**
 * A process of its own that captures through `cap` and writes what it sees to standard output, as a pcap file with
 * nanoseconds, like `dumpcap -w -` and `tcpdump -w - -U`. `cap` does not return to the event loop as long as packets keep
 * coming and aborts its process when the adapter goes away; here it hurts nobody.
 *
 * The file's header appears when packets are being seen. The end of standard input asks for the end. What goes wrong is one
 * line on standard error: an object with `code` and `message`.
 */
import fs from "node:fs";
import { performance } from "node:perf_hooks";
import { PcapWriter } from "../../pcap/pcap-writer.ts";
import type { SlabStore } from "../../pcap/slabs.ts";
import { CAP_SNAP_LENGTH, loadCap, type OpenAdapter } from "../cap.ts";
import { LiveError } from "../live-errors.ts";

/** What the process is to do, as its only argument, in JSON. */
export interface CapCaptureTask {
  readonly adapter: string;
  readonly filter: string;
}

const STANDARD_OUTPUT = 1;
const NANOSECONDS = 1_000_000_000;
/** Small, so that little is lost with the process. */
const SLAB_LENGTH = 1 << 18;
/** In milliseconds: longer than a packet that has passed the adapter takes to get here. */
const SETTLE_TIME = 100;
/** The same where libpcap hands packets over once a second. */
const SLOW_SETTLE_TIME = 1200;
/** In milliseconds: Node may have made standard output one that does not block. */
const WAIT_FOR_READER = 1;
/** In milliseconds. A clock that is further off than this was set meanwhile. */
const CLOCK_TOLERANCE = 50;

/** Writes at once: nothing waits for an event loop that may not get its turn. */
class StandardOutput implements SlabStore {
  readonly isFull = false;
  readonly #slab = new Uint8Array(SLAB_LENGTH);

  take(minimumLength: number): Uint8Array {
    return minimumLength <= SLAB_LENGTH ? this.#slab : new Uint8Array(minimumLength);
  }

  give(slab: Uint8Array, length: number): void {
    for (let offset = 0; offset < length; ) offset += writeOrWait(slab, offset, length);
  }
}

/** What a thread sleeps on. */
const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/** @returns how many bytes were taken; none when the reader is behind, and may have to be waited for again */
function writeOrWait(slab: Uint8Array, offset: number, length: number): number {
  try {
    return fs.writeSync(STANDARD_OUTPUT, slab, offset, length - offset);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(neverNotified, 0, 0, WAIT_FOR_READER);
    return 0;
  }
}

/** The time of day, finer than milliseconds. `cap` does not tell when the kernel saw a packet. */
class Clock {
  #origin = performance.timeOrigin;

  /** Milliseconds since 1970. */
  now(): number {
    const elapsed = performance.now();
    const now = this.#origin + elapsed;
    const told = Date.now();
    if (Math.abs(told - now) <= CLOCK_TOLERANCE) return now;
    this.#origin = told - elapsed;
    return told;
  }
}

class CapCapture {
  readonly #clock = new Clock();
  readonly #writer: PcapWriter;
  readonly #adapter: OpenAdapter;
  #isFlushDue = false;

  constructor(open: (onFrame: (bytes: Uint8Array, wireLength: number) => void) => OpenAdapter) {
    this.#adapter = open((bytes, wireLength) => this.#add(bytes, wireLength));
    this.#writer = new PcapWriter(new StandardOutput(), {
      linkType: this.#adapter.linkType,
      ticksPerSecond: NANOSECONDS,
      origin: { seconds: 0, ticks: 0 },
      snapLength: CAP_SNAP_LENGTH,
    });
    this.#writer.flush();
  }

  end(): void {
    this.#adapter.close();
    this.#writer.flush();
  }

  #add(bytes: Uint8Array, wireLength: number): void {
    const now = this.#clock.now();
    const seconds = Math.floor(now / 1000);
    const nanoseconds = Math.floor((now - seconds * 1000) * 1e6);
    const at = this.#writer.reserveAt(seconds, nanoseconds, bytes.length, wireLength);
    this.#writer.bytes.set(bytes, at);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    // When the packets that have come together are through.
    setImmediate(() => {
      this.#isFlushDue = false;
      this.#writer.flush();
    });
  }
}

async function run(): Promise<void> {
  const { adapter, filter } = JSON.parse(process.argv[2] ?? "") as CapCaptureTask;
  const cap = await loadCap();
  const capture = new CapCapture((onFrame) => cap.open(adapter, { filter, onFrame }));
  process.stdin.resume();
  process.stdin.once("close", () => {
    const settleTime = cap.isImmediate() ? SETTLE_TIME : SLOW_SETTLE_TIME;
    setTimeout(() => {
      capture.end();
      process.exit();
    }, settleTime);
  });
}

/** When whoever reads has gone there is nobody to tell. */
function fail(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code === "EPIPE") process.exit(1);
  const { code, message } = error as Error & { code?: string };
  fs.writeSync(2, `${JSON.stringify({ code: error instanceof LiveError ? code : undefined, message })}\n`);
  process.exit(1);
}

process.on("uncaughtException", fail);
run().catch(fail);
