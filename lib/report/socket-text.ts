/** End points and streams by name. */
import { formatIp } from "../headers/address.ts";
import type { EndPoint, Stream } from "../streams/tcp-stream.ts";

/** "10.0.0.1:80", "[2001:db8::1]:80" */
export function formatSocket({ address, port }: EndPoint): string {
  return typeof address === "number" ? `${formatIp(address)}:${port}` : `[${formatIp(address)}]:${port}`;
}

/** "TCP stream 0" */
export function streamTitle(stream: Stream): string {
  return `${stream.protocol} stream ${stream.number}`;
}
