/** Numbers, nouns, end points and streams as every report writes them. */
import { withThousands as count } from "../core/text.ts";
import { formatIp } from "../headers/address.ts";
import type { EndPoint, Stream } from "../streams/tcp-stream.ts";

/** "2,000". By this short name, because hardly a sentence does without it. */
export { count };

/** "1 packet", "2,000 packets" */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** The first few of a list, and how many more there are: "1, 2, 3 and 4 more". */
export function firstOf(values: readonly (number | string)[], most: number, total = values.length): string {
  const shown = values.slice(0, most);
  const rest = total - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${count(rest)} more` : shown.join(", ");
}

/** "frame 1", "frames 1, 2, 3 and 4 more" */
export function framesText(frames: readonly number[], most: number, total = frames.length): string {
  return `frame${total === 1 ? "" : "s"} ${firstOf(frames, most, total)}`;
}

/** "10.0.0.1:80", "[2001:db8::1]:80" */
export function formatSocket({ address, port }: Pick<EndPoint, "address" | "port">): string {
  return typeof address === "number" ? `${formatIp(address)}:${port}` : `[${formatIp(address)}]:${port}`;
}

/** Which side of its stream sent a packet or a message. */
export function senderOf(
  { isFromHigher }: { readonly isFromHigher: boolean },
  { isClientHigher }: Pick<Stream, "isClientHigher">,
): "client" | "server" {
  return isFromHigher === isClientHigher ? "client" : "server";
}

/** "TCP stream 0" */
export function streamTitle(stream: Stream): string {
  return `${stream.protocol} stream ${stream.number}`;
}
