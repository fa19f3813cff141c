/** What it means that an adapter has not taken a frame. */
import { makeVisible } from "../../core/text.ts";
import { LiveError } from "../live-errors.ts";

/** TOO_LONG: no such frame fits. BUSY: it would fit later. GONE: none will fit any more. OTHER: who knows. */
export type Refusal = "TOO_LONG" | "BUSY" | "GONE" | "OTHER";

/** Tells by libpcap's words, which are the system's. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof LiveError) || error.code !== "CANNOT_SEND") return "OTHER";
  if (/too long|too large|EMSGSIZE/i.test(error.message)) return "TOO_LONG";
  if (/temporarily unavailable|no buffer space|try again/i.test(error.message)) return "BUSY";
  return /is down|no such device|not configured|not attached/i.test(error.message) ? "GONE" : "OTHER";
}

/** @param cause what was noticed of it */
export function adapterLost(adapter: string, cause?: unknown): LiveError {
  const name = makeVisible(adapter);
  const advice = process.platform === "linux" ? `bring it up with: sudo ip link set ${name} up` : "bring it up";
  const sentence = `The adapter ${name} went down while packets were being sent; ${advice}, and start again.`;
  return new LiveError("ADAPTER_LOST", sentence, { cause });
}
