/** What the programs that capture say about themselves, understood. */

import { makeVisible } from "../../core/text.ts";
import { type AdapterRequest, asReason, openingProblem } from "../adapter-problems.ts";
import { LiveError, type LiveErrorCode } from "../live-errors.ts";
import type { CaptureEnd } from "./capture-process.ts";
import type { CaptureProgram } from "./capture-programs.ts";

/** Why a program ended before it saw packets. */
export function startProblem(request: AdapterRequest, end: CaptureEnd): LiveError {
  const told = toldByCap(end.words);
  if (told !== undefined) return told;
  return openingProblem(request, reasonIn(end.words) ?? exitOf(end));
}

/** Why a program ended that nobody had asked to. */
export function lossProblem(adapter: string, via: CaptureProgram, end: CaptureEnd): LiveError {
  const kept = "what was captured until then is kept";
  if (/no longer attached|no longer running|disappeared|went down|network is down|`status == 0'/i.test(end.words)) {
    const sentence = `The adapter ${makeVisible(adapter)} went away, or was shut down; ${kept}.`;
    return new LiveError("ADAPTER_LOST", sentence);
  }
  const reason = toldByCap(end.words)?.message ?? reasonIn(end.words) ?? exitOf(end);
  const who = via === "cap" ? "The process that captures through cap" : via;
  return new LiveError("ADAPTER_LOST", `${who} ended by itself (${asReason(reason)}); ${kept}.`);
}

/** Packets that the kernel or the program lost, where the program says so. */
export function drops(via: CaptureProgram, words: string): number | undefined {
  if (via === "dumpcap") return numberIn(/received\/dropped on interface .*: \d+\/(\d+)/, words);
  if (via === "tcpdump") return numberIn(/^(\d+) packets? dropped by kernel/m, words);
  return undefined;
}

function numberIn(expression: RegExp, words: string): number | undefined {
  const digits = expression.exec(words)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The process that captures through `cap` says what is wrong in an object. */
function toldByCap(words: string): LiveError | undefined {
  const line = words.split("\n").find((text) => text.startsWith('{"'));
  if (line === undefined) return undefined;
  try {
    const { code, message } = JSON.parse(line) as { code?: LiveErrorCode; message: string };
    return new LiveError(code ?? "ADAPTER_LOST", message);
  } catch {
    return undefined;
  }
}

/** libpcap's own words, among those that dumpcap and tcpdump put around them. */
function reasonIn(words: string): string | undefined {
  return (
    /capture filter \((.+)\)\.$/m.exec(words)?.[1] ??
    /^\((.+)\)$/m.exec(words)?.[1] ??
    /^(?:dumpcap|tcpdump): (?!listening on|data link type|verbose output|WARNING)(.+)$/m.exec(words)?.[1]
  );
}

function exitOf({ code, signal, words }: CaptureEnd): string {
  const last = words.trim().split("\n").at(-1) ?? "";
  if (last !== "") return last;
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
