/** What send says of its work. */

import { makeVisible, withThousands } from "../lib/core/text.ts";
import type { MessageCount } from "../lib/live/exchange/exchange.ts";
import { describeStep } from "../lib/live/exchange/exchange-errors.ts";
import type { PlannedStep, PlayedSides } from "../lib/live/exchange/exchange-plan.ts";
import { durationText } from "../lib/report/moments.ts";
import { plural } from "../lib/report/wording.ts";
import type { SendSummary } from "../lib/send.ts";
import { isLoopback, type Place } from "./send-flags.ts";

/** Milliseconds that a person waits without being told for how long. */
const SHORT = 10_000;
/** Speeds to propose: the first one that is fast enough. */
const SPEEDS = [10, 60, 100, 1000, 10_000, 100_000];
const FAST_ENOUGH = 5 * 60_000;

/** What is said before a long exchange; undefined for a short one. @param duration milliseconds at the CSV's own times */
export function durationNotice(duration: number, speed: number): string | undefined {
  const time = duration / speed;
  if (time < SHORT) return undefined;
  const own =
    speed === 1
      ? `The CSV lasts ${durationText(duration)}`
      : `At --speed ${speed}x the CSV lasts ${durationText(time)}`;
  const better = SPEEDS.find((factor) => factor > speed && duration / factor <= FAST_ENOUGH) ?? SPEEDS.at(-1)!;
  if (better <= speed) return `${own}; --speed max does not wait.`;
  return `${own}; --speed ${better}x would take ${durationText(duration / better)}, and --speed max does not wait.`;
}

/** What the half that listens says once it does. */
export function listeningText({ address, port }: { readonly address: string; readonly port: number }): string {
  const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  if (isLoopback(address)) return `Listening at ${where}; start the other half with --connect ${where}.`;
  return `Listening at ${where}, where other computers can connect; start the other half there, with --connect and this computer's address.`;
}

export function waitingText(step: PlannedStep, file: string): string {
  return `Still waiting for ${describeStep(step)} (${makeVisible(file)}, line ${step.line}), which the other half sends.`;
}

/** What was done, as lines. */
export function summaryLines(summary: SendSummary, { sides }: Place, { speed }: { readonly speed: number }): string[] {
  const { isInterrupted, duration, latestStep, worstDelay, conversations, connections } = summary;
  const lines = [
    `${isInterrupted ? "Interrupted: " : ""}${verdict(summary, sides)}`,
    `${plural(conversations, "conversation")} in ${plural(connections, "connection")}, ${durationText(duration)}.`,
  ];
  if (Number.isFinite(speed) && latestStep !== undefined) {
    lines.push(`At worst ${worstDelay.toFixed(1)} ms late (line ${latestStep.line}).`);
  }
  if (summary.completedMessages > 0) {
    lines.push(
      `Messages completed as their protocol asks: ${withThousands(summary.completedMessages)} (--payload exact keeps the bytes as they are).`,
    );
  }
  if (summary.emptyMessages > 0)
    lines.push(`Messages without bytes, which send nothing: ${withThousands(summary.emptyMessages)}.`);
  if (summary.controlRows > 0)
    lines.push(`Rows that the system's own TCP makes true: ${withThousands(summary.controlRows)}.`);
  const { captured } = summary;
  if (captured !== undefined) {
    const dropped = captured.dropped ? `, and ${captured.dropped} more were dropped` : "";
    lines.push(`Captured: ${plural(captured.packets, "packet")}${dropped}.`);
  }
  return [...lines, ...summary.warnings];
}

function verdict({ sent, arrived, isInterrupted }: SendSummary, sides: PlayedSides): string {
  if (sides !== "both") {
    return `${amount(sent)} sent, ${amount(arrived)} arrived${isInterrupted ? "" : ", all as the CSV says"}.`;
  }
  if (isInterrupted) return `${amount(sent)} sent, ${amount(arrived)} of them arrived as sent.`;
  return `${amount(sent)} sent, all arrived as sent.`;
}

function amount({ messages, bytes }: MessageCount): string {
  return `${plural(messages, "message")} (${plural(bytes, "byte")})`;
}
