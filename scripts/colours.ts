import { NO_PAINT, type Paint } from "../lib/report/text/text-layout.ts";

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
