/** Connections that were broken off, questions that nobody answers, packets that are damaged, and receivers without room. */
import type { Analysis } from "../../streams/analysis.ts";
import { FINDING_KINDS, Finding } from "../../streams/findings.ts";
import { Occurrences } from "../../streams/occurrences.ts";
import type { TcpStream, UdpStream } from "../../streams/tcp-stream.ts";
import { payloadBytes } from "../text/conversation-summary.ts";
import { formatSocket, plural } from "../wording.ts";
import { icmpReasons } from "./icmp-reasons.ts";
import { isMulticast, sidesOf } from "./stream-traits.ts";
import { type Trouble, TroubleWeight } from "./trouble.ts";

/** Resets in the middle of a connection: after an orderly close they mean nothing. */
export function resetTroubles({ tcpStreams }: Analysis): Trouble[] {
  const broken = tcpStreams.flatMap((stream) => {
    const side = sidesOf(stream).find(([, { resetReason }]) => resetReason === "open");
    return side === undefined ? [] : [{ stream, who: side[0], frame: side[1].resetFrame }];
  });
  const first = broken[0];
  if (first === undefined) return [];
  const frames = broken.map(({ frame }) => frame);
  const text =
    broken.length === 1
      ? `The ${first.who} breaks the connection to ${formatSocket(first.stream.server)} off with a reset`
      : `${plural(broken.length, "connection")} are broken off with a reset in the middle`;
  const reason =
    ": a program gave up without closing, its host has forgotten the connection, or something on the way cut it";
  return [{ weight: TroubleWeight.RESET, parts: [{ text, frames, total: frames.length }, { text: reason }] }];
}

/** Protocols over UDP in which each question has an answer. */
const ANSWERED: ReadonlySet<string> = new Set(["DNS", "DHCP", "DHCPv6"]);

export function silenceTroubles(analysis: Analysis): Trouble[] {
  const silent = analysis.udpStreams.filter((stream) => isUnanswered(stream));
  const first = silent[0];
  if (first === undefined) return [];
  const servers = new Set(silent.map(({ server }) => formatSocket(server)));
  const where = servers.size === 1 ? [...servers][0]! : plural(servers.size, "server");
  const what = new Set(silent.map(({ application }) => application)).size === 1 ? `${first.application} ` : "";
  const questions = silent.reduce((sum, { packets }) => sum + packets, 0);
  const text = `${where} ${servers.size === 1 ? "answers" : "answer"} none of ${plural(questions, `${what}question`)}`;
  const said = icmpReasons(analysis, silent);
  const reason = { text: ": it is not there, something drops what comes, or the answers were not captured" };
  const frames = silent.map(({ firstFrame }) => firstFrame);
  const parts = [{ text, frames, total: silent.length }, ...(said.length > 0 ? said : [reason])];
  return [{ weight: TroubleWeight.SILENT, parts }];
}

function isUnanswered(stream: UdpStream): boolean {
  if (stream.packets === 0 || isMulticast(stream.server.address)) return false;
  if (stream.application === undefined || !ANSWERED.has(stream.application)) return false;
  const [asked, answered] = payloadBytes(stream);
  return asked > 0 && answered === 0;
}

const CHECKSUMS: readonly number[] = [
  ...[Finding.IP_CHECKSUM_BAD, Finding.TCP_CHECKSUM_BAD, Finding.UDP_CHECKSUM_BAD, Finding.ICMP_CHECKSUM_BAD],
  ...[Finding.ICMPV6_CHECKSUM_BAD, Finding.FRAME_CHECK_BAD, Finding.GRE_CHECKSUM_BAD, Finding.IGMP_CHECKSUM_BAD],
  ...[Finding.SCTP_CHECKSUM_BAD],
];
const ALL_CHECKSUMS = CHECKSUMS.reduce((all, bit) => all | bit, 0);

export function damageTroubles(analysis: Analysis): Trouble[] {
  const sums = packetsWith(analysis, ALL_CHECKSUMS);
  const malformed = packetsWith(analysis, Finding.MALFORMED);
  const troubles: Trouble[] = [];
  if (sums.total > 0) {
    const names = FINDING_KINDS.filter(({ bit }) => (sums.bits & bit & ALL_CHECKSUMS) !== 0).map(({ code }) => code);
    const text = `${plural(sums.total, "packet")} ${sums.total === 1 ? "has" : "have"} a wrong checksum`;
    const reason = `: damaged on the way, or written wrongly by whoever made ${sums.total === 1 ? "it" : "them"}; receivers drop such packets (${names.join(", ")})`;
    troubles.push({ weight: TroubleWeight.DAMAGED, parts: [{ ...sums, text }, { text: reason }] });
  }
  if (malformed.total > 0) {
    const text = `${plural(malformed.total, "packet")} cannot be read to the end`;
    const reason = ": damaged, cut, or made by something that does not keep to the protocol";
    troubles.push({ weight: TroubleWeight.MALFORMED, parts: [{ ...malformed, text }, { text: reason }] });
  }
  return troubles;
}

export function windowTroubles(analysis: Analysis): Trouble[] {
  const closed = packetsWith(analysis, Finding.ZERO_WINDOW);
  if (closed.total === 0) return [];
  const who = new Set(closed.senders);
  const text = `${who.size === 1 ? `${[...who][0]!} has` : `${plural(who.size, "host")} have`} no room for more data`;
  const reason = ": the application there reads more slowly than data comes, and the other side has to wait";
  return [{ weight: TroubleWeight.ZERO_WINDOW, parts: [{ ...closed, text }, { text: reason }] }];
}

/** Packets with one of these findings: how many, the first of them, and who sent these. */
function packetsWith({ findings, tcpStreams }: Analysis, wanted: number) {
  const seen = new Occurrences();
  const senders: string[] = [];
  let bits = 0;
  let byNumber: Map<number, TcpStream> | undefined;
  for (const packet of findings.packets()) {
    if ((packet.findings & wanted) === 0) continue;
    bits |= packet.findings;
    seen.add(packet.frame);
    if (seen.count > seen.frames.length) continue;
    byNumber ??= new Map(tcpStreams.map((stream) => [stream.number, stream]));
    const stream = packet.isTcp === false ? undefined : byNumber.get(packet.stream);
    if (stream !== undefined) senders.push(formatSocket(packet.isFromHigher ? stream.higher : stream.lower));
  }
  return { frames: seen.frames, total: seen.count, bits, senders };
}
