/**
 * Conversations in sentences: how each began, what it carried, how it ended. What a sentence concludes, it concludes from
 * frames that it can name; where two explanations fit, it says both.
 */
import type { Retransmissions } from "../../streams/tcp-side.ts";
import { type ResetReason, SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "../../streams/tcp-side.ts";
import type { Stream, TcpStream, UdpStream } from "../../streams/tcp-stream.ts";
import { elapsed, formatDuration, ofNanoseconds } from "../moments.ts";
import { tunnelText } from "../tunnel-words.ts";
import { count, firstOf, plural } from "../wording.ts";

export type Sentence = readonly [head: string, text: string];

/** Frames that a sentence names. */
const MOST_FRAMES = 6;

export function tcpSentences(stream: TcpStream): Sentence[] {
  return [
    ...tunnelsOf(stream),
    ["Opened", openingOf(stream)],
    ["Data", dataOf(stream)],
    ...segmentsOf(stream),
    ...againOf(stream),
    ...idleOf(stream),
    ["Closed", closingOf(stream)],
  ];
}

export function udpSentences(stream: UdpStream): Sentence[] {
  const errors = errorsOf(stream);
  const refused: Sentence[] = errors === "" ? [] : [["Answer", `${errors}.`]];
  return [...tunnelsOf(stream), ["Data", `${dataOf(stream)} ${DATAGRAM_REASONS[stream.clientIsKnownBy]}`], ...refused];
}

function tunnelsOf(stream: Stream): Sentence[] {
  const text = tunnelText(stream);
  return text === undefined ? [] : [["Tunnel", text]];
}

/** Why one side is taken for the client. */
export const CLIENT_REASONS: Readonly<Record<TcpStream["clientIsKnownBy"], string>> = {
  syn: "The client is who sent the SYN.",
  "syn-ack": "The client is whom the SYN/ACK answers.",
  ports: "No SYN was captured: the server is who has the port that looks more like one of a service.",
  first: "No SYN was captured, and the ports tell nothing: the client is who spoke first.",
};

/** The same where nothing is opened. */
export const DATAGRAM_REASONS: Readonly<Record<UdpStream["clientIsKnownBy"], string>> = {
  ports: "The server is who has the port of a well-known service.",
  first: "The client is who spoke first in the capture.",
};

function openingOf(stream: TcpStream): string {
  switch (stream.handshake) {
    case "complete": {
      const { roundTripTime } = stream;
      const took = roundTripTime > 0 ? `; the handshake took ${formatDuration(ofNanoseconds(roundTripTime))}` : "";
      const time = stream.isReconstructed ? "; reconstructed, so that its times tell nothing of the network" : took;
      return `by the client: ${stepsOf(stream)}${time}.`;
    }
    case "refused":
      return refusalOf(stream);
    case "unanswered":
      return `no: ${requestsOf(stream)}, and as far as the capture shows, the server never answered.${errorSentence(stream)}`;
    case "partial":
      return `${stepsOf(stream)}; ${restOf(stream)}.${errorSentence(stream)}`;
    default:
      return withoutHandshake(stream);
  }
}

function stepsOf({ synFrame, synAckFrame, handshakeAckFrame }: TcpStream): string {
  const seen = [
    synFrame === 0 ? "" : `SYN in frame ${synFrame}`,
    synAckFrame === 0 ? "" : `SYN/ACK in frame ${synAckFrame}`,
    handshakeAckFrame === 0 ? "" : `ACK in frame ${handshakeAckFrame}`,
  ];
  return seen.filter((step) => step !== "").join(", ");
}

function requestsOf({ synFrame, fromClient }: TcpStream): string {
  return fromClient.syns > 1
    ? `${count(fromClient.syns)} SYNs, the first in frame ${synFrame}`
    : `SYN in frame ${synFrame}`;
}

const NOBODY_LISTENS = "Nothing listens on that port, or a firewall refuses in its place.";

function refusalOf(stream: TcpStream): string {
  const { fromClient, fromServer } = stream;
  const first = fromServer.resetFrame;
  const asked = requestsOf(stream);
  if (fromClient.syns === 1 && fromServer.resets === 1) {
    return `no: ${asked}, answered by a reset in frame ${first}. ${NOBODY_LISTENS}`;
  }
  const tried = fromClient.syns > 1 ? " The client tried again after a reset." : "";
  const answers =
    fromServer.resets === fromClient.syns
      ? `each answered by a reset, the first in frame ${first}`
      : `and ${plural(fromServer.resets, "reset")} in answer, the first in frame ${first}`;
  return `no: ${asked}, ${answers}. ${NOBODY_LISTENS}${tried}`;
}

function restOf({ fromClient, synAckFrame }: TcpStream): string {
  const isReset = synAckFrame !== 0 && fromClient.resetReason === "syn-ack";
  return isReset
    ? `the client then sent a reset in frame ${fromClient.resetFrame} instead of completing the handshake`
    : "the rest of the handshake is not in the capture";
}

function withoutHandshake(stream: TcpStream): string {
  const { stranger, fromClient, fromServer } = stream;
  const known = CLIENT_REASONS[stream.clientIsKnownBy];
  if (stream.isMadeByHand) return `not as a TCP opens: ${byHand(stream)}. ${known}`;
  if (fromClient.packets + fromServer.packets === fromClient.resets + fromServer.resets) {
    return `not in this capture: all there is are resets, answers to something that was not captured. ${known}`;
  }
  if (stranger !== undefined) {
    return `not in this capture, and ${nameOf(stranger, stream)} knows of no such connection: all it sends is ${plural(stranger.resets, "reset")}. ${strangeOpening(stream)} ${known}`;
  }
  return `before the capture began, as it seems. ${known}`;
}

/** Keep-alives are sent by nobody but a TCP whose connection stands. */
function strangeOpening({ fromClient, fromServer }: TcpStream): string {
  return fromClient.keepAlives + fromServer.keepAlives > 0
    ? "Keep-alives show that it was opened before the capture began, and that it has been forgotten there."
    : "Either it was opened before the capture began and has been forgotten there, or it never was.";
}

function nameOf(side: TcpSide, { fromClient }: TcpStream): string {
  return side === fromClient ? "the client" : "the server";
}

/** Which frames show that no TCP made the packets. */
function byHand(stream: TcpStream): string {
  const sides = [stream.fromClient, stream.fromServer].filter(
    ({ again, hasMoved }) => !hasMoved && (again?.otherBytesCount ?? 0) > 0,
  );
  const proofs = sides.map((side) => {
    const { otherBytes, otherBytesCount } = side.again!;
    const number = side.firstDataSequence === 0 ? "0" : "of the first segment";
    const frames = firstOf(otherBytes, MOST_FRAMES, otherBytesCount);
    return `the sequence number ${number} comes again from ${nameOf(side, stream)} with other bytes in ${otherBytesCount === 1 ? "frame" : "frames"} ${frames}`;
  });
  const isOnce = sides.every(({ again }) => again?.otherBytesCount === 1);
  const who = isOnce ? ", or one of them by somebody in between" : ", each by itself";
  return `${proofs.join("; ")}. The packets were made by hand${who}`;
}

function dataOf(stream: Stream | TcpStream): string {
  const [sent, received] = payloadBytes(stream);
  const frames = plural(stream.packets, "packet");
  const [fromClient, fromServer] = againBytes(stream);
  const client = `${plural(sent, "byte")} of data from the client${fromClient}`;
  const server = `${count(received)} from the server${fromServer}`;
  const duration = formatDuration(elapsed(stream.firstMoment, stream.lastMoment));
  return `${client}, ${server}, in ${frames} (${plural(stream.wireBytes, "byte")} on the wire) and ${duration}.`;
}

/** Bytes of payload from the client and from the server, none of them counted twice. */
export function payloadBytes(stream: Stream): [client: number, server: number] {
  const [higher, lower] = isTcp(stream)
    ? [dataBytes(stream.fromHigher), dataBytes(stream.fromLower)]
    : [stream.bytesFromHigher, stream.bytesFromLower];
  return stream.isClientHigher ? [higher, lower] : [lower, higher];
}

function isTcp(stream: Stream): stream is TcpStream {
  return stream.protocol === "TCP";
}

/** Bytes that a side handed over: of packets made by hand, all of them, since each is a message of its own. */
export function dataBytes(side: TcpSide): number {
  if (isHandMade(side)) return side.bytes;
  return isIdle(side) ? 0 : side.newBytes;
}

function isHandMade({ hasMoved, again }: TcpSide): boolean {
  return !hasMoved && (again?.otherBytesCount ?? 0) > 0;
}

/** Whether all that a side sent are keep-alives: the first of them cannot be told from data when it comes. */
function isIdle({ dataSegments, probeBytes, bytes }: TcpSide): boolean {
  return probeBytes > 0 && dataSegments === probeBytes + 1 && bytes === dataSegments;
}

function againBytes(stream: Stream): [client: string, server: string] {
  return isTcp(stream) ? [againText(stream.fromClient), againText(stream.fromServer)] : ["", ""];
}

function againText(side: TcpSide): string {
  if (isHandMade(side)) return "";
  const probes = isIdle(side) ? side.dataSegments : side.probeBytes;
  const { otherBytes, copiedBytes } = side;
  const again = isIdle(side) ? 0 : side.bytes - side.newBytes - side.probeBytes - otherBytes - copiedBytes;
  const parts = [
    again > 0 ? `${count(again)} more were sent again` : "",
    otherBytes > 0 ? `${count(otherBytes)} more came under numbers that had other bytes before` : "",
    copiedBytes > 0 ? `${count(copiedBytes)} more are in the capture twice` : "",
    probes > 0 ? `${plural(probes, "probe")} of one byte, which is no data` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Nothing of a connection that never was. */
function segmentsOf({ fromClient, fromServer, handshake }: TcpStream): Sentence[] {
  const hasData = fromClient.bytes + fromServer.bytes > 0;
  if (!hasData && (handshake === "refused" || handshake === "unanswered")) return [];
  const texts = [sideText(fromClient, fromServer), sideText(fromServer, fromClient)];
  return [["Segments", `from the client ${texts[0]}; from the server ${texts[1]}.`]];
}

function sideText(side: TcpSide, other: TcpSide): string {
  const { maximumSegmentSize, largestSegment } = side;
  const parts = [
    largestSegment === 0 || isIdle(side) ? "no data" : `at most ${plural(largestSegment, "byte")}`,
    maximumSegmentSize === undefined ? "" : `MSS ${maximumSegmentSize}`,
    scaleText(side, other),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Of a side that has sent nothing there is no window; and what only one of two SYNs offers, the other need not have taken up. */
function scaleText({ windowScale, packets, resets }: TcpSide, other: TcpSide): string {
  if (windowScale === SCALE_UNKNOWN || packets === resets) return "";
  if (windowScale === SCALE_NOT_USED) return "window not scaled";
  const isSettled = other.syns > 0 || other.windowScale !== SCALE_UNKNOWN;
  return `${isSettled ? "" : "offers "}window scale ${windowScale} (times ${2 ** windowScale})`;
}

/** So many times the same segment are worth a sentence. */
const FEWEST_TIMES = 3;

/** What was sent again and again, and what that tells. */
function againOf(stream: TcpStream): Sentence[] {
  const sides = [stream.fromClient, stream.fromServer].filter((side) => !isHandMade(side));
  return sides.flatMap((side): Sentence[] => {
    const text = side.again === undefined ? "" : repeatedText(side.again, nameOf(side, stream));
    return text === "" ? [] : [["Again", text]];
  });
}

function repeatedText({ most }: Retransmissions, name: string): string {
  if (most === undefined || most.times < FEWEST_TIMES) return "";
  const { firstFrame, lastFrame, times, firstWait, lastWait, isGrowing, hasSameBytes } = most;
  const waits = `${formatDuration(ofNanoseconds(Math.max(0, firstWait)))} to ${formatDuration(ofNanoseconds(Math.max(0, lastWait)))}`;
  const what = `one segment of ${name} was sent ${count(times)} times, ${hasSameBytes ? "with the same bytes" : "with the same number and length"}, from frame ${firstFrame} to frame ${lastFrame}`;
  return isGrowing
    ? `${what}, after waits that grow from ${waits}: a retransmission that backs off, because no acknowledgement reached its sender.`
    : `${what}, after waits of ${waits}: a retransmission, or a program that sends one and the same packet again and again.`;
}

/** That nothing happened, and that the two sides kept asking. */
function idleOf(stream: TcpStream): Sentence[] {
  const sides: readonly (readonly [string, string, TcpSide, TcpSide])[] = [
    ["client", "server", stream.fromClient, stream.fromServer],
    ["server", "client", stream.fromServer, stream.fromClient],
  ];
  return sides.flatMap(([name, other, { keepAlives, keepAliveFrame }, { keepAliveAcks }]): Sentence[] => {
    if (keepAlives === 0) return [];
    const asked = keepAlives === 1 ? "once" : `${count(keepAlives)} times`;
    const answers =
      keepAliveAcks === 0
        ? "and no answer was captured"
        : `and the ${other} answered ${keepAliveAcks === 1 ? "once" : `${count(keepAliveAcks)} times`}`;
    return [
      [
        "Idle",
        `the ${name} asked ${asked} whether the other end is still there (keep-alive, first in frame ${keepAliveFrame}), ${answers}.`,
      ],
    ];
  });
}

function closingOf(stream: TcpStream): string {
  const { fromClient, fromServer } = stream;
  switch (stream.close) {
    case "fin":
      return `${finsOf(stream)}.`;
    case "half":
      return fromClient.finFrame !== 0
        ? `by the client only: its FIN in frame ${fromClient.finFrame}; there is none from the server in the capture.`
        : `by the server only: its FIN in frame ${fromServer.finFrame}; there is none from the client in the capture.`;
    case "reset":
      return resetsOf(stream);
    case "none":
      return stream.stranger === undefined
        ? "there was nothing to close: it was never opened, as far as the capture shows."
        : `there was nothing to close: ${resetText(stream.stranger, stream)}.`;
    default:
      return stream.wasOpen ? "not before the capture ended." : "no FIN and no reset is in the capture.";
  }
}

function finsOf({ fromClient, fromServer }: TcpStream): string {
  const isClientFirst = fromClient.finFrame < fromServer.finFrame;
  const [first, second] = isClientFirst ? [fromClient, fromServer] : [fromServer, fromClient];
  const [name, other] = isClientFirst ? ["client", "server"] : ["server", "client"];
  return `by the ${name}: its FIN in frame ${first.finFrame}, the ${other}'s in frame ${second.finFrame}`;
}

function resetsOf(stream: TcpStream): string {
  const { fromClient, fromServer, handshake } = stream;
  if (handshake === "refused") return "there was nothing to close: the reset refused it.";
  const sides = [fromClient, fromServer].filter(({ resets }) => resets > 0);
  sides.sort((a, b) => a.resetFrame - b.resetFrame);
  const resets = sides.map((side) => resetText(side, stream)).join("; ");
  const wasClosed = fromClient.finFrame !== 0 && fromServer.finFrame !== 0;
  if (wasClosed && sides.every(({ resetReason }) => resetReason === "close"))
    return `${finsOf(stream)}; then ${resets}.`;
  const goesOn = sides.length === 1 && (sides[0] === fromClient ? fromServer : fromClient).wentOnAfterReset;
  const other = sides[0] === fromClient ? "server" : "client";
  const rest = goesOn ? ` The ${other} went on sending: what was on its way, or the reset never reached it.` : "";
  return `by a reset: ${resets}.${rest}`;
}

const RESET_REASONS: Readonly<Record<ResetReason, string>> = {
  none: "",
  syn: "in answer to a SYN",
  "syn-ack":
    "in answer to the other side's SYN/ACK: it has given the connection up, only wanted to know whether the port is open, or never asked for it",
  close: "after both FINs: something arrived for a connection that was over",
  fin: "after its own FIN: nobody there reads any more what arrives",
  unknown:
    "and nothing else was seen of it: nobody listens there, or the connection is one that it does not know any more",
  open: "in the middle of the connection: a program gave it up without closing it, its host forgot it, or something on the way cut it",
};

function resetText(side: TcpSide, stream: TcpStream): string {
  const name = nameOf(side, stream).slice("the ".length);
  const { resets, resetFrame, resetReason } = side;
  const why = RESET_REASONS[resetReason];
  if (resets === 1) return `from the ${name} in frame ${resetFrame}, ${why}`;
  return `${count(resets)} resets from the ${name}, the first in frame ${resetFrame}, ${why}`;
}

/** " An ICMP error answers it in frame 7." */
function errorSentence(stream: Stream): string {
  const errors = errorsOf(stream);
  return errors === "" ? "" : ` ${errors}.`;
}

function errorsOf({ icmpErrors, icmpErrorFrame }: Stream): string {
  if (icmpErrors === 0) return "";
  return icmpErrors === 1
    ? `An ICMP error in frame ${icmpErrorFrame} quotes a packet of it`
    : `${count(icmpErrors)} ICMP errors quote packets of it, the first in frame ${icmpErrorFrame}`;
}
