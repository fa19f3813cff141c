/** How far inject is, and how a person ends it. */
import { withThousands } from "../lib/thousands.ts";
import { ExitCode } from "./cli.ts";

/** A person should not be bothered with what is over in a moment. */
const QUIET_FOR_MS = 1000;

/** The packets sent so far, on standard error, while a person is watching. */
export class PacketProgress {
  readonly #started = performance.now();
  #isShown = false;

  show(packets: number): void {
    if (!process.stderr.isTTY || performance.now() - this.#started < QUIET_FOR_MS) return;
    process.stderr.write(`\r\x1b[K${withThousands(packets)} packets sent`);
    this.#isShown = true;
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#isShown) process.stderr.write("\r\x1b[K");
    this.#isShown = false;
  }
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** That of the signal that came. */
  readonly exitCode: number;
}

/** The first signal stops the work, so that its counts can be told; the second one leaves at once. */
export function interruptOnSignals(): Interruption {
  const controller = new AbortController();
  const interruption = { signal: controller.signal, exitCode: ExitCode.INTERRUPTED as number };
  for (const [signal, code] of [
    ["SIGINT", ExitCode.INTERRUPTED],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(code);
      interruption.exitCode = code;
      controller.abort();
    });
  }
  return interruption;
}
