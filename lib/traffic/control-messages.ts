/** Messages that speak of the connection itself: `SYN`, `FIN-ACK`, `[SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0`. */
import { parseTcpFlags } from "../csv/tcp-flags.ts";

const LONGEST = 120;
const CONTROL = /^\s*\[?\s*((?:SYN|ACK|FIN|RST)(?:[\s,+/&_-]+(?:SYN|ACK|FIN|RST|PSH))*)\s*\]?(?:\s+Seq=\d.*)?\s*$/i;
/** By byte: whether a control message can begin with it: a space, a bracket, or the first letter of a flag. */
const CAN_BEGIN = new Uint8Array(256);
for (const character of " [SAFRsafr") CAN_BEGIN[character.charCodeAt(0)] = 1;

const decoder = new TextDecoder();

/** The TCP flags that a whole message from `start` to `end` names; undefined for any other message. */
export function parseControlMessage(bytes: Uint8Array, start = 0, end = bytes.length): number | undefined {
  if (end - start < 3 || end - start > LONGEST) return undefined;
  if (CAN_BEGIN[bytes[start]!] === 0) return undefined;
  const names = CONTROL.exec(decoder.decode(bytes.subarray(start, end)))?.[1];
  return names === undefined ? undefined : parseTcpFlags(names);
}
