/** What is for a person who looks on: colours, and a line that says how far the work is. */
import { NO_PAINT, type Paint } from "../../lib/report/text/paint.ts";

const BOLD = [1, 22] as const;
/** Red, yellow, cyan, grey, and back to the terminal's own. */
const SEVERITIES = { error: [31, 39], warning: [33, 39], note: [36, 39], chat: [90, 39] } as const;

/** Colours where a person looks on and has not asked for none (https://no-color.org). */
export function paintFor(isTerminal: boolean, environment: NodeJS.ProcessEnv): Paint {
  if (!isTerminal || environment.NO_COLOR || environment.TERM === "dumb") return NO_PAINT;
  return {
    heading: (text) => painted(text, BOLD),
    severity: (text, severity) => painted(text, SEVERITIES[severity]),
  };
}

function painted(text: string, [on, off]: readonly [number, number]): string {
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

const CLEAR_LINE = "\r\x1b[K";
/** A person should not be bothered with what is over in a moment. */
const USUAL_DELAY = 1000;

export interface StatusLineOptions {
  /** Milliseconds before it is drawn for the first time. Default: a second. */
  readonly delay?: number;
  /** Milliseconds between two drawings at least. Default 0. */
  readonly interval?: number;
}

/** One line on standard error that is drawn over and over, while a person is watching. */
export class StatusLine {
  readonly #start = performance.now();
  readonly #delay: number;
  readonly #interval: number;
  #drawnAt: number | undefined;

  constructor({ delay = USUAL_DELAY, interval = 0 }: StatusLineOptions = {}) {
    this.#delay = delay;
    this.#interval = interval;
  }

  /** @param text is asked for only where it is drawn */
  update(text: () => string): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#start < this.#delay) return;
    if (this.#drawnAt !== undefined && now - this.#drawnAt < this.#interval) return;
    this.#drawnAt = now;
    process.stderr.write(`${CLEAR_LINE}${text()}`);
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#drawnAt !== undefined) process.stderr.write(CLEAR_LINE);
    this.#drawnAt = undefined;
  }
}
