const WIDTH = 30;
/** A person should not be bothered with what is over in a moment. */
const QUIET_FOR_MS = 1000;
const REDRAW_EVERY_MS = 100;

/** A progress bar on standard error, for work that takes longer than a second while a person is watching. */
export class ProgressBar {
  readonly #started = performance.now();
  #drawn = Number.NEGATIVE_INFINITY;

  /** @param total undefined where the end is not known: then the amount alone is shown */
  update(done: number, total: number | undefined): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#started < QUIET_FOR_MS || now - this.#drawn < REDRAW_EVERY_MS) return;
    this.#drawn = now;
    const amount = `${(done / 1e6).toFixed(0)} MB`;
    const fraction = total ? Math.min(1, done / total) : undefined;
    const bar =
      fraction === undefined ? "" : `[${"#".repeat(fraction * WIDTH).padEnd(WIDTH)}] ${(fraction * 100).toFixed(0)}%  `;
    process.stderr.write(`\r\x1b[K${bar}${amount} read`);
  }

  /** Takes the bar away again. */
  clear(): void {
    if (this.#drawn > 0) process.stderr.write("\r\x1b[K");
  }
}
