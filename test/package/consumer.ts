/** What a user writes in TypeScript: nothing here runs, all of it has to compile where the package is installed. */
import {
  type Analysis,
  analyzeCapture,
  captureBytes,
  captureFromBytes,
  encapsulateMessages,
  encodePacket,
  ethernet,
  type Ipv4Header,
  ipv4,
  type MessageObject,
  raw,
  tcp,
} from "wirewright";

const header: Ipv4Header = { source: 0x0a00_0001, destination: 0x0a00_0002 };
export const file: Uint8Array = captureBytes([
  encodePacket([ethernet(), ipv4(header), tcp({ flags: "SYN" }), raw("x")]),
]);
const messages: MessageObject[] = [{ from: "Alice", to: "Bob", message: "hello" }];
const { capture, packets } = await encapsulateMessages(messages, { seed: 7 });
export const analysis: Analysis = await analyzeCapture(captureFromBytes(capture), { filter: "tcp" });
export const count: number = packets + analysis.tcpStreams.length;
// @ts-expect-error A port is no text.
tcp({ destinationPort: "80" });
