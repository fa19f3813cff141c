/** What the sentences of a verdict ask of streams. */
import { type IpAddress, ipv6Words } from "../../headers/address.ts";
import type { Occurrences } from "../../streams/occurrences.ts";
import type { TcpSide } from "../../streams/tcp-side.ts";
import type { TcpStream } from "../../streams/tcp-stream.ts";
import type { AnyStream } from "../stream-selection.ts";
import { payloadBytes } from "../text/conversation-summary.ts";
import type { VerdictPart } from "./sentence.ts";

/** First byte of the multicast addresses of IPv4, 224 to 239 (RFC 5771), and of IPv6 (RFC 4291, section 2.7). */
const FIRST_MULTICAST = 224;
const LAST_MULTICAST = 239;
const IPV6_MULTICAST = 0xff;
const BROADCAST = 0xffff_ffff;

/** Whether it is for more than one host. Of broadcasts to one network, only its mask would tell. */
export function isMulticast(address: IpAddress): boolean {
  if (typeof address === "number") {
    const first = address >>> 24;
    return (first >= FIRST_MULTICAST && first <= LAST_MULTICAST) || address >>> 0 === BROADCAST;
  }
  return ipv6Words(address)[0]! >>> 24 === IPV6_MULTICAST;
}

/** Whether a connection carries nothing but questions whether the other side is still there. */
export function isIdle(stream: AnyStream): boolean {
  if (stream.protocol === "UDP") return false;
  const { fromHigher, fromLower } = stream;
  const hasAsked = fromHigher.keepAlives + fromLower.keepAlives > 0;
  const [sent, received] = payloadBytes(stream);
  return hasAsked && sent + received === 0;
}

/** The two sides with their names, the client first. */
export function sidesOf(stream: TcpStream): readonly (readonly [name: "client" | "server", side: TcpSide])[] {
  return [
    ["client", stream.fromClient],
    ["server", stream.fromServer],
  ];
}

/** Whether a connection was asked for, and turned down or not answered. */
export function cameToNothing({ handshake }: TcpStream): boolean {
  return handshake === "refused" || handshake === "unanswered";
}

/** Frames as a part of a sentence names them. */
export function evidenceOf({ count, frames }: Occurrences): Pick<VerdictPart, "frames" | "total"> {
  return { frames, total: count };
}
