/** What happens when a person or the system wants a script to end. */
import { discardUnfinishedOutputs } from "../lib/pcap/output-file.ts";

/** By signal, the exit code of a process that it has ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Milliseconds in which a second signal is the first one again: one Ctrl-C reaches a process from the terminal, and once
 * more through each program that has started it.
 */
const ECHO_TIME = 500;

/** @param exitCode the usual one for the signal */
type Ending = (exitCode: number) => void;

let ending: Ending = (exitCode) => {
  discardUnfinishedOutputs();
  process.exit(exitCode);
};
let firstAt: number | undefined;

/**
 * Ends the process on a signal, without half-written files. To be called once. Listeners that somebody else has installed
 * must stay: the program that has started this one may learn from them that the signal has come.
 */
export function endOnSignals(): void {
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (firstAt !== undefined && performance.now() - firstAt < ECHO_TIME) return;
      if (firstAt !== undefined) process.exit(exitCode);
      firstAt = performance.now();
      ending(exitCode);
    });
  }
}

/** From now on the first signal asks for an end in order; the second one leaves at once. */
export function endInOrder(inOrder: Ending): void {
  ending = inOrder;
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** That of the signal that came. */
  readonly exitCode: number;
}

/** From now on the first signal stops the work, so that its counts can be told. */
export function interruptOnSignals(): Interruption {
  const controller = new AbortController();
  const interruption = { signal: controller.signal, exitCode: EXIT_CODES.SIGINT as number };
  endInOrder((exitCode) => {
    interruption.exitCode = exitCode;
    controller.abort();
  });
  return interruption;
}
