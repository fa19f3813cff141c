/** Messages in words. */
import { visibleBytes } from "../../byte-text.ts";
import type { LoggedMessage } from "../../message-log.ts";
import { count, firstOf } from "../../wording.ts";

export function framesOf({ parts, partCount }: LoggedMessage): string {
  const frames = parts.map(({ frame }) => frame);
  return partCount === 0
    ? "in no segment of this capture"
    : `frame${partCount === 1 ? "" : "s"} ${firstOf(frames, 6, partCount)}`;
}

export function stateOf({ missing, isComplete, length }: LoggedMessage): string {
  if (missing > 0) return `[${count(missing)} missing] `;
  return isComplete || length === 0 ? "" : "[unfinished] ";
}

/** The end of its first line is not worth a place. */
export function beginningOf({ preview, title }: LoggedMessage, longest = 60): string {
  const text = visibleBytes(preview.subarray(0, 2 * longest)).replace(/(?:\\r)?\\n$/, "");
  return title === undefined ? text : `[${title}] ${text}`.trimEnd();
}
