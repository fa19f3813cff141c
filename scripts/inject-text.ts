/** What inject says of its work. */

import { makeVisible, withThousands } from "../lib/core/text.ts";
import type { InjectionResult } from "../lib/live/inject/injection.ts";
import { durationText } from "../lib/report/moments.ts";
import { plural } from "../lib/report/wording.ts";

interface Announcement {
  readonly input: string;
  readonly adapter: string;
  readonly speed: number;
  readonly loop: number;
}

/** What will be done on an adapter that is no loopback. */
export function announcement({ input, adapter, speed, loop }: Announcement): string {
  const source = input === "-" ? "standard input" : makeVisible(input);
  const pace = Number.isFinite(speed)
    ? `at ${speed === 1 ? "its own pace" : `${speed} times its pace`}`
    : "without a wait";
  const times = loop === 1 ? "once" : `${withThousands(loop)} times`;
  return `${makeVisible(adapter)} is no loopback adapter: sending ${source} into the network behind it, ${pace}, ${times}; Ctrl-C ends it.`;
}

/** The line before a wait that a person may not have the patience for. */
export function waitingText(wait: number, packet: number): string {
  return `The next packet (number ${packet} of the capture) is due in ${durationText(wait)}; a higher --speed waits less.`;
}

/** The counts, as lines. */
export function summaryLines(result: InjectionResult): string[] {
  const { packets, bytes, duration, worstDelay, leftOut, adapter, backwards, isInterrupted } = result;
  const where = adapter === undefined ? "" : ` to ${makeVisible(adapter.name)}`;
  const rate =
    worstDelay === undefined && packets > 1 && duration > 0 ? Math.round(((packets - 1) / duration) * 1000) : 0;
  const pace = worstDelay === undefined ? "" : `, at most ${worstDelay.toFixed(1)} ms late`;
  const lines = [
    `${isInterrupted ? "Interrupted: " : ""}${plural(packets, "packet")} sent${where}, ${withThousands(bytes)} bytes, ` +
      `in ${durationText(duration)}${packets === 0 ? "" : pace}${rate === 0 ? "" : ` (${withThousands(rate)} packets a second)`}.`,
  ];
  for (const [reason, count] of Object.entries(leftOut)) lines.push(`Left out: ${plural(count, "packet")} ${reason}.`);
  if (backwards > 0) {
    const those = `${plural(backwards, "packet")} captured before the one in front of ${backwards === 1 ? "it" : "them"}`;
    lines.push(`${those}: sent in the order of the file, without a wait.`);
  }
  return lines;
}
