/** Points of the checklist about messages and the segments that carry them. */
import type { TcpSide } from "../../../streams/tcp-side.ts";
import type { TcpStream } from "../../../streams/tcp-stream.ts";
import type { LoggedMessage, StreamMessages } from "../../message-log.ts";
import { count, plural, senderOf, streamTitle } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import type { FrameLinks } from "../landmarks.ts";
import type { ReportData } from "../report-data.ts";
import { type ChecklistItem, evidenceTable } from "./checklist-item.ts";

const MOST_PARTS = 10;
const MOST_SHARED = 6;

/** A message and the conversation that it belongs to. */
interface FoundMessage {
  readonly entry: StreamMessages;
  readonly message: LoggedMessage;
}

function findMessage(
  { messages }: ReportData,
  matches: (message: LoggedMessage, stream: TcpStream) => boolean,
): FoundMessage | undefined {
  for (const entry of messages) {
    const { stream } = entry;
    const message = stream.protocol === "TCP" ? entry.messages.find((each) => matches(each, stream)) : undefined;
    if (message !== undefined) return { entry, message };
  }
  return undefined;
}

export function segmentationItem(data: ReportData, links: FrameLinks): ChecklistItem {
  const found =
    findMessage(data, (message, stream) => isCut(message, stream) && message.isComplete) ?? findMessage(data, isCut);
  return {
    id: "segmentation",
    title: "Segmentation and reassembly",
    meaning:
      "A message that is larger than one segment may be is cut up by the sender's TCP. The receiver puts the pieces together again by their sequence numbers, whatever order they arrive in.",
    evidence: found && partsOf(found, links),
    advice:
      "Send one message of more than 1,460 bytes over a network, not over loopback: TCP cuts it into several segments.",
    question: "In your words: how does the receiver know that these segments belong together?",
  };
}

/** Behind IPv4 a segment holds as many bytes without having said so, behind IPv6 as many (RFC 9293, section 3.7.1). */
const USUAL_LIMITS = { ipv4: 536, ipv6: 1220 } as const;
/** Bytes of options that can take room from data. */
const MOST_OPTIONS = 40;

/**
 * Whether a message had to be cut. What an application hands over bit by bit travels in several segments too: only what no
 * segment holds was cut by TCP.
 */
function isCut({ partCount, parts, length, isFromHigher }: LoggedMessage, stream: TcpStream): boolean {
  const [from, to] = isFromHigher ? [stream.fromHigher, stream.fromLower] : [stream.fromLower, stream.fromHigher];
  // A byte alone in front may be that of a keep-alive, the first one in the capture.
  const before = parts[0]?.length === 1 ? 1 : 0;
  return partCount - before > 1 && length - before > Math.max(from.largestSegment, limitOf(from, to, stream));
}

/** What a full segment holds, as far as it is known. */
function limitOf(from: TcpSide, to: TcpSide, { higher }: TcpStream): number {
  const { largestSegment } = from;
  const limit = to.maximumSegmentSize ?? USUAL_LIMITS[typeof higher.address === "number" ? "ipv4" : "ipv6"];
  return largestSegment >= limit - MOST_OPTIONS ? Math.min(limit, largestSegment) : limit;
}

function partsOf({ entry, message }: FoundMessage, links: FrameLinks): Html {
  const { parts, partCount, length, number } = message;
  const { stream } = entry;
  const from = senderOf(message, stream);
  const side = stream.protocol === "TCP" ? (from === "client" ? stream.fromServer : stream.fromClient) : undefined;
  const limit =
    side?.maximumSegmentSize === undefined
      ? ""
      : ` The other side takes at most ${plural(side.maximumSegmentSize, "byte")} in a segment (its MSS).`;
  const rows = parts
    .slice(0, MOST_PARTS)
    .map(({ frame, offset, length: size }) => [
      links.to(frame),
      `${count(offset)}–${count(offset + size - 1)}`,
      count(size),
    ]);
  const rest = partCount > rows.length ? ` The first ${rows.length} segments are here.` : "";
  return html`<p>Message ${number} of ${streamTitle(stream)}, from the <span class="${from}">${from}</span>, has ${plural(length, "byte")} and travels in ${plural(partCount, "segment")}.${limit}${rest}</p>${evidenceTable("Segments of one message", ["Frame", "Bytes of the message", "Length"], rows)}`;
}

export function sharedSegmentItem(data: ReportData, links: FrameLinks): ChecklistItem {
  const found = findMessage(data, ({ sharedWith }) => sharedWith.length > 0);
  return {
    id: "shared",
    title: "Several messages in one segment",
    meaning:
      "TCP carries a stream of bytes and knows nothing of messages: what an application sends in short order can share a segment, so the application itself must mark where each message ends.",
    evidence: found && sharedFrames(found, links),
    advice:
      "Let an application send several short messages faster than they are acknowledged: some of them then share a segment.",
    question: "In your words: how does the receiving application tell these messages apart?",
  };
}

function sharedFrames({ entry, message }: FoundMessage, links: FrameLinks): Html {
  const group = new Set([message.number, ...message.sharedWith]);
  const members = entry.messages.filter(({ number }) => group.has(number)).slice(0, MOST_SHARED);
  const rows = members.map(({ number, length, parts }) => [
    String(number),
    count(length),
    links.list(parts.slice(0, MOST_PARTS).map(({ frame }) => frame)),
  ]);
  return html`<p>In ${streamTitle(entry.stream)}, message ${message.number} shares a segment with ${plural(message.sharedWith.length, "other message")}.</p>${evidenceTable("Messages that share a segment", ["Message", "Bytes", "Frames"], rows)}`;
}
