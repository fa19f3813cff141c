/** Where along the way between the two sides a capture was taken, as the handshake shows it. */
import { nanosecondsBetween } from "../../../core/time.ts";
import type { TcpStream, UdpStream } from "../../../streams/tcp-stream.ts";
import type { Arrow } from "../../arrow-log.ts";
import { formatDuration, ofNanoseconds } from "../../moments.ts";
import { marksOf } from "./arrow-marks.ts";

export type CapturePoint = "client" | "server" | "between" | "unknown";

/** Of the round trip, at most so much passes on the side where the capture is taken. */
const NEAR = 0.2;

/**
 * From the SYN/ACK to the client's answer a packet goes to the client and back; the rest of the round trip passes on the
 * way to the server and back.
 */
export function capturePointOf(stream: TcpStream | UdpStream, arrows: readonly Arrow[]): CapturePoint {
  if (stream.protocol !== "TCP" || stream.handshake !== "complete" || stream.roundTripTime <= 0) return "unknown";
  const answer = arrows.find(({ frame }) => frame === stream.synAckFrame);
  const end = arrows.find(({ frame }) => frame === stream.handshakeAckFrame);
  if (answer === undefined || end === undefined) return "unknown";
  // Nobody knows which of several copies was answered.
  if (arrows.some((arrow) => marksOf(arrow).isSyn && marksOf(arrow).isRetransmission)) return "unknown";
  const share = nanosecondsBetween(answer.moment, end.moment) / stream.roundTripTime;
  if (share < 0 || share > 1) return "unknown";
  if (share <= NEAR) return "client";
  return share >= 1 - NEAR ? "server" : "between";
}

/** How the slope of the arrows is to be read. */
export function slopeSentences(stream: TcpStream | UdpStream, point: CapturePoint): string {
  const scale = "The slope is not to scale: it stands for the time that a packet is on its way";
  if (point === "unknown" || stream.protocol !== "TCP") {
    return `Where the capture was taken is not known: take its times for the middle of the arrows. ${scale}.`;
  }
  const roundTrip = formatDuration(ofNanoseconds(stream.roundTripTime));
  const journey = `${scale}, about half of the round trip of ${roundTrip}.`;
  if (point === "between") return `Times hold in the middle of the arrows, where the capture was taken. ${journey}`;
  return `By the handshake, the capture was taken near the ${point}: times hold where arrows meet the ${point}'s line. ${journey}`;
}
