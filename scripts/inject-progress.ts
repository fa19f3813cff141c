/** How far inject is. */
import { withThousands } from "../lib/core/text.ts";

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
