import { wantsColours } from "../../lib/core/terminal-colours.ts";
import { NO_PAINT, type Paint } from "../../lib/report/text/text-layout.ts";

const BOLD = [1, 22] as const;
/** Red, yellow, cyan, grey, and back to the terminal's own. */
const SEVERITIES = { error: [31, 39], warning: [33, 39], note: [36, 39], chat: [90, 39] } as const;

/** Colours where they are wanted: where a person looks on, unless the environment says otherwise. */
export function paintFor(isTerminal: boolean, environment: NodeJS.ProcessEnv): Paint {
  if (!wantsColours(isTerminal, environment)) return NO_PAINT;
  return {
    heading: (text) => painted(text, BOLD),
    severity: (text, severity) => painted(text, SEVERITIES[severity]),
  };
}

function painted(text: string, [on, off]: readonly [number, number]): string {
  return `\x1b[${on}m${text}\x1b[${off}m`;
}
