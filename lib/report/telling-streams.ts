/**
 * Which conversations of a busy capture are told one by one. Whoever reads a report looks for what went wrong, so those come
 * first that have something to explain: the gravest findings, then connections that were refused, reset, never answered or
 * made by hand, then whatever has the most findings. Of what is left, the largest say most.
 */
import type { FindingLog } from "../streams/finding-log.ts";
import { FINDING_KINDS, type Severity } from "../streams/findings.ts";
import type { TcpStream, UdpStream } from "../streams/tcp-stream.ts";

/** What counts as gravest. Ordinary events are no reason to look. */
const WEIGHTS: Readonly<Record<Severity, number>> = { chat: 0, note: 1, warning: 2, error: 3 };
const GRAVE = FINDING_KINDS.filter(({ severity }) => severity !== "chat");

interface Reasons {
  /** Of its gravest finding. */
  gravity: number;
  findings: number;
}

/**
 * The `most` conversations that tell most, in the order in which they were given.
 *
 * @param findings of the packets that the report is about
 */
export function tellingStreams<T extends TcpStream | UdpStream>(
  streams: readonly T[],
  findings: FindingLog,
  most: number,
): T[] {
  if (streams.length <= most) return [...streams];
  const reasons = reasonsOf(findings);
  const rank = (stream: T) => reasons.get(nameOf(stream.protocol === "TCP", stream.number));
  const chosen = streams.toSorted((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    return (
      (other?.gravity ?? 0) - (one?.gravity ?? 0) ||
      trouble(b) - trouble(a) ||
      (other?.findings ?? 0) - (one?.findings ?? 0) ||
      b.wireBytes - a.wireBytes ||
      a.firstFrame - b.firstFrame
    );
  });
  const kept = new Set(chosen.slice(0, most));
  return streams.filter((stream) => kept.has(stream));
}

function reasonsOf(findings: FindingLog): Map<string, Reasons> {
  const reasons = new Map<string, Reasons>();
  for (const packet of findings.packets()) {
    if (packet.stream < 0) continue;
    const name = nameOf(packet.isTcp !== false, packet.stream);
    const entry = reasons.get(name) ?? { gravity: 0, findings: 0 };
    reasons.set(name, entry);
    for (const { bit, severity } of GRAVE) {
      if ((packet.findings & bit) === 0) continue;
      entry.findings++;
      entry.gravity = Math.max(entry.gravity, WEIGHTS[severity]);
    }
  }
  return reasons;
}

function nameOf(isTcp: boolean, number: number): string {
  return `${isTcp ? "tcp" : "udp"} ${number}`;
}

/** Whether something is to be explained that is no finding. */
function trouble(stream: TcpStream | UdpStream): number {
  if (stream.icmpErrors > 0) return 1;
  if (stream.protocol === "UDP") return 0;
  const { handshake, close } = stream;
  const isTroubled = handshake === "refused" || handshake === "unanswered" || close === "reset" || close === "none";
  return isTroubled || stream.isMadeByHand ? 1 : 0;
}
