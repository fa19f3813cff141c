/**
 * Which streams a report is about: the one that was named, or of a busy capture the most notable. Whoever reads a report looks
 * for what went wrong, so those come first that have something to explain: the gravest findings, then connections that were
 * refused, reset, never answered or made by hand, then whatever has the most findings. Of what is left, the largest say most.
 */
import type { FindingLog } from "../streams/finding-log.ts";
import { FINDING_KINDS, type Severity } from "../streams/findings.ts";
import type { Stream, TcpStream, UdpStream } from "../streams/tcp-stream.ts";
import { payloadBytes } from "./text/conversation-summary.ts";

/** A stream of TCP or of UDP. */
export type AnyStream = TcpStream | UdpStream;

/** By the frame that each began with. */
export function inOrder(tcp: readonly TcpStream[], udp: readonly UdpStream[]): AnyStream[] {
  return [...tcp, ...udp].filter(hasPackets).sort((a, b) => a.firstFrame - b.firstFrame);
}

/** A stream has none where an ICMP error quotes a packet of it and nothing more of it was captured. */
export function hasPackets({ packets }: Stream): boolean {
  return packets > 0;
}

/** A stream as a person names it: `0` or `tcp:0` is the first TCP stream, `udp:0` the first UDP stream. */
export interface StreamChoice {
  readonly protocol: "TCP" | "UDP";
  readonly number: number;
}

/** @returns undefined for what names no stream */
export function parseStreamChoice(text: string): StreamChoice | undefined {
  const match = /^(?:(tcp|udp)[:.])?(\d{1,10})$/i.exec(text.trim());
  if (match === null) return undefined;
  return { protocol: match[1]?.toLowerCase() === "udp" ? "UDP" : "TCP", number: Number(match[2]) };
}

export function isChosen(choice: StreamChoice | undefined, stream: StreamChoice): boolean {
  return choice === undefined || (choice.protocol === stream.protocol && choice.number === stream.number);
}

/** What counts as gravest. Ordinary events are no reason to look. */
const WEIGHTS: Readonly<Record<Severity, number>> = { chat: 0, note: 1, warning: 2, error: 3 };
const GRAVE = FINDING_KINDS.filter(({ severity }) => severity !== "chat");

interface Reasons {
  /** Of its gravest finding. */
  gravity: number;
  findings: number;
}

/**
 * The `most` notable conversations, in the order in which they were given.
 *
 * @param findings of the packets that the report is about
 */
export function notableStreams<T extends AnyStream>(streams: readonly T[], findings: FindingLog, most: number): T[] {
  return chosenOf(streams, findings, most, (stream, reasons) => [reasons.gravity, trouble(stream), reasons.findings]);
}

/**
 * The `most` conversations that are most worth drawing, in the order in which they were given: those that were opened and said
 * something, then others that said something, then those that came to nothing, and what merely keeps a connection alive last; of
 * each, those with trouble first, then the gravest findings, then the most, then the largest.
 *
 * @param findings of the packets that the report is about
 */
export function tellingStreams<T extends AnyStream>(streams: readonly T[], findings: FindingLog, most: number): T[] {
  return chosenOf(streams, findings, most, (stream, reasons) => [
    ...[weightOf(stream), trouble(stream), reasons.gravity, reasons.findings],
  ]);
}

/** @param ranksOf what counts, first what counts most: the larger, the better; then come size, and who came first */
function chosenOf<T extends AnyStream>(
  streams: readonly T[],
  findings: FindingLog,
  most: number,
  ranksOf: (stream: T, reasons: Reasons) => readonly number[],
): T[] {
  if (streams.length <= most) return [...streams];
  const reasons = reasonsOf(findings);
  const ranks = new Map(
    streams.map((stream) => {
      const own = reasons.get(nameOf(stream.protocol === "TCP", stream.number)) ?? NO_REASONS;
      return [stream, [...ranksOf(stream, own), stream.wireBytes, -stream.firstFrame]];
    }),
  );
  const sorted = streams.toSorted((a, b) => compareRanks(ranks.get(b)!, ranks.get(a)!));
  const kept = new Set(sorted.slice(0, most));
  return streams.filter((stream) => kept.has(stream));
}

const NO_REASONS: Reasons = { gravity: 0, findings: 0 };

function compareRanks(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((rank, at) => rank !== other[at]);
  return index < 0 ? 0 : one[index]! - other[index]!;
}

/** Whether it carries data of either side: keep-alives are none. */
export function hasTalked(stream: AnyStream): boolean {
  const [sent, received] = payloadBytes(stream);
  return sent + received > 0;
}

function weightOf(stream: AnyStream): number {
  if (stream.protocol === "UDP") return payloadBytes(stream).every((bytes) => bytes > 0) ? 2 : 1;
  if (hasTalked(stream)) return stream.handshake === "complete" ? 3 : 2;
  return stream.fromHigher.keepAlives + stream.fromLower.keepAlives > 0 ? 0 : 1;
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
function trouble(stream: AnyStream): number {
  if (stream.icmpErrors > 0) return 1;
  if (stream.protocol === "UDP") return 0;
  const { handshake, close } = stream;
  const isTroubled = handshake === "refused" || handshake === "unanswered" || close === "reset" || close === "none";
  return isTroubled || stream.isMadeByHand ? 1 : 0;
}
