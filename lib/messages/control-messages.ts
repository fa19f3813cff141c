/** Messages that speak of the connection itself: `SYN`, `FIN-ACK`, `[SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0`. */
import { parseTcpFlags } from "./tcp-flags.ts";

const LONGEST = 120;
const CONTROL = /^\s*\[?\s*((?:SYN|ACK|FIN|RST)(?:[\s,+/&_-]+(?:SYN|ACK|FIN|RST|PSH))*)\s*\]?(?:\s+Seq=\d.*)?\s*$/i;
/** What a control message can begin with, in capitals: a space, a bracket, or the first letter of a flag. */
const FIRST_BYTES: ReadonlySet<number> = new Set([..." [SAFR"].map((character) => character.charCodeAt(0)));
const SMALL_TO_CAPITAL = 0x20;

const decoder = new TextDecoder();

/** The TCP flags that a whole message from `start` to `end` names; undefined for any other message. */
export function parseControlMessage(bytes: Uint8Array, start = 0, end = bytes.length): number | undefined {
  if (end - start < 3 || end - start > LONGEST) return undefined;
  const first = bytes[start]!;
  if (!FIRST_BYTES.has(first) && !FIRST_BYTES.has(first - SMALL_TO_CAPITAL)) return undefined;
  const names = CONTROL.exec(decoder.decode(bytes.subarray(start, end)))?.[1];
  return names === undefined ? undefined : parseTcpFlags(names);
}
