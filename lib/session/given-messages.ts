/** What is asked of a session, where it is something else than a side or bytes. */
import { WirewrightError } from "../core/errors.ts";
import type { FrameSink } from "../core/frame-sink.ts";
import type { SideName } from "./conversation.ts";
import type { SessionOptions } from "./session.ts";

/** Bytes of a message. @throws WirewrightError BAD_OPTION for a text, and whatever else are no bytes */
export function lengthOfMessage(payload: Uint8Array): number {
  if (payload instanceof Uint8Array) return payload.length;
  throw wrong("What a side sends is a Uint8Array; make one of a text with new TextEncoder().encode(text).");
}

/** @throws WirewrightError BAD_OPTION for what is neither side */
export function requireSide(side: SideName): void {
  if (side !== "server" && side !== "client")
    throw wrong(`There is no side ${String(side)}; give "client" or "server".`);
}

/** Whether it is the server. @throws WirewrightError BAD_OPTION as `requireSide` */
export function isServer(side: SideName): boolean {
  requireSide(side);
  return side === "server";
}

/** @throws WirewrightError BAD_OPTION for what frames cannot be written into, and options without the unit of times */
export function requireSession(sink: FrameSink, options: SessionOptions): void {
  if (typeof sink?.reserve === "function" && options?.ticksPerSecond > 0) return;
  throw wrong("A session takes a sink, such as a PcapWriter, and options with ticksPerSecond, such as 1,000,000.");
}

function wrong(sentence: string): WirewrightError {
  return new WirewrightError("BAD_OPTION", sentence);
}
