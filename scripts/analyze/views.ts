/** The views of a capture: each reads it once and writes what it has to show. */
import { type AnalyzeOptions, followInput } from "../../lib/analyze.ts";
import { WirewrightError } from "../../lib/core/errors.ts";
import { makeVisible } from "../../lib/core/text.ts";
import { ArrowLog } from "../../lib/report/arrow-log.ts";
import { frameJson, viewFrame } from "../../lib/report/frame-view.ts";
import { findingsJson, messagesJson, packetJson } from "../../lib/report/json/analysis-json.ts";
import { controlJson, hasControl } from "../../lib/report/json/control-json.ts";
import { captureJson } from "../../lib/report/json/conversation-json.ts";
import { JsonDocument, toJson } from "../../lib/report/json/json-document.ts";
import { conversationsJson } from "../../lib/report/json/whole-analysis-json.ts";
import { MessageLog } from "../../lib/report/message-log.ts";
import { isChosen, type StreamChoice } from "../../lib/report/stream-selection.ts";
import { formatAnalysis } from "../../lib/report/text/analysis-summary.ts";
import { conflictText } from "../../lib/report/text/findings-text.ts";
import { type Follower, HexFollower, RawFollower, TextFollower } from "../../lib/report/text/follow-text.ts";
import { formatFrame } from "../../lib/report/text/frame-text.ts";
import { formatLadders } from "../../lib/report/text/ladder.ts";
import { formatMermaid } from "../../lib/report/text/mermaid.ts";
import { formatMessages } from "../../lib/report/text/messages-text.ts";
import { type Paint, paragraph } from "../../lib/report/text/text-layout.ts";
import type { TruthComparison } from "../../lib/report/truth-comparison.ts";
import { verdictJson, verdictOf } from "../../lib/report/verdict/verdict.ts";
import { count, formatSocket, plural, streamTitle } from "../../lib/report/wording.ts";
import type { Analysis } from "../../lib/streams/analysis.ts";
import type { AnalyzedPacket } from "../../lib/streams/analyzed-packet.ts";
import type { Stream } from "../../lib/streams/tcp-stream.ts";
import type { Output } from "../shared/output.ts";
import type { Request } from "./request.ts";

export type View = (request: Request, output: Output, paint: Paint) => Promise<void>;

/** Packets or messages of a stream that are shown when nobody says how many. */
const USUAL_COUNT = 100;

export const VIEWS: Readonly<Record<Request["view"], View>> = {
  summary: showSummary,
  ladder: (request, output, paint) => showArrows(request, (log) => output.write(formatLadders(log, paint))),
  mermaid: (request, output) => showArrows(request, (log) => output.write(formatMermaid(log))),
  messages: showMessages,
  follow: showFollowed,
  frame: showFrame,
  html: async (request, output) => {
    // The page draws figures, which no other view has to load.
    const { writeHtmlReport } = await import("./html-view.ts");
    await writeHtmlReport(request.flags.html!, optionsOf(request), output, request.flags.conversations);
  },
};

async function showSummary(request: Request, output: Output, paint: Paint): Promise<void> {
  if (request.flags.json) return writeJson(request, output);
  const { truth: file, conversations } = request.flags;
  const truth = file === undefined ? undefined : await truthOf(file);
  const onPacket = truth && (({ frameNumber, findingBits }: AnalyzedPacket) => truth.show(frameNumber, findingBits));
  const analysis = await followInput({ ...optionsOf(request), onPacket });
  output.write(await formatAnalysis(analysis, paint, conversations));
  if (truth === undefined) return;
  const { formatTruth } = await import("../../lib/report/text/truth-text.ts");
  output.write(`\n${await formatTruth(truth)}`);
}

/** Loaded when it is needed: each file takes its time to start. */
async function truthOf(file: string): Promise<TruthComparison> {
  const { readTruth } = await import("./truth.ts");
  return readTruth(file);
}

function optionsOf({ input, flags, signal }: Request): AnalyzeOptions {
  return { input, filter: flags.filter, framing: flags.framing, signal };
}

async function showArrows(request: Request, show: (log: ArrowLog) => void): Promise<void> {
  const { stream, flags } = request;
  const log = new ArrowLog({ stream, most: flags.count ?? USUAL_COUNT });
  const analysis = await followInput({ ...optionsOf(request), onPacket: (packet) => log.add(packet) });
  if (stream !== undefined) requireStream(analysis, stream);
  log.choose(analysis.findings);
  show(log);
}

async function showMessages(request: Request, output: Output, paint: Paint): Promise<void> {
  if (request.flags.json) return writeJson(request, output);
  const log = new MessageLog(request.flags.count ?? USUAL_COUNT);
  const analysis = await followInput({ ...optionsOf(request), ...listening(log, request) });
  if (request.stream !== undefined) requireStream(analysis, request.stream);
  output.write(formatMessages(selectedMessages(log, analysis), paint));
  writeConflicts(request, analysis, output);
}

function writeConflicts({ stream }: Request, { findings }: Analysis, output: Output): void {
  if (stream?.protocol === "UDP") return;
  const text = conflictText(findings, stream?.number);
  if (text !== "") output.write(`\n${text}`);
}

/** What puts the messages of the streams that are wanted into a log. */
function listening(log: MessageLog, { stream: choice }: Request): Pick<AnalyzeOptions, "listenTo" | "onDatagram"> {
  return {
    listenTo: (stream) => {
      return isChosen(choice, stream) ? { message: (message) => log.add(stream, message) } : undefined;
    },
    onDatagram: (stream, payload, isFromHigher, frame) => {
      if (isChosen(choice, stream)) log.addDatagram(stream, payload, isFromHigher, frame);
    },
  };
}

/** The filter has chosen streams only when the capture has been read. */
function selectedMessages(log: MessageLog, { tcpStreams, udpStreams }: Analysis) {
  const selected = new Set<Stream>([...tcpStreams, ...udpStreams]);
  return log.streams.filter(({ stream }) => selected.has(stream));
}

async function writeJson(request: Request, output: Output): Promise<void> {
  const { flags, stream, view } = request;
  const json = new JsonDocument((text) => output.write(text));
  const log = view === "messages" ? new MessageLog(flags.count ?? 0) : undefined;
  const analysis = await followInput({
    ...optionsOf(request),
    ...(log !== undefined && listening(log, request)),
    ...(flags.packets && { onPacket: (packet) => json.element("packets", packetJson(packet)) }),
    onPause: () => output.drain(),
  });
  if (stream !== undefined) requireStream(analysis, stream);
  if (flags.packets) json.close("packets");
  json.member("capture", captureJson(analysis.capture));
  json.member("verdict", verdictOf(analysis).map(verdictJson));
  const pieces = [
    json.array("conversations", conversationsJson(analysis)),
    json.array("findings", findingsJson(analysis.findings)),
    json.array("notes", analysis.artefacts),
    ...(log === undefined ? [] : [json.array("messages", messagesJson(selectedMessages(log, analysis)))]),
  ];
  for (const array of pieces) for (const _ of array) if (output.isFull) await output.drain();
  if (hasControl(analysis.control)) json.member("control", controlJson(analysis.control));
  json.end();
}

/** Thrown to stop reading: what was looked for is found. */
class Found extends Error {}

async function showFrame({ input, flags, signal }: Request, output: Output, paint: Paint): Promise<void> {
  const wanted = flags.frame;
  const analysis = await followInput({
    input,
    signal,
    onPacket: (packet) => {
      if (packet.frameNumber !== wanted) return;
      // While the packet's memory is still its own.
      const view = viewFrame(packet);
      output.write(flags.json ? `${toJson(frameJson(view), 2)}\n` : formatFrame(view, paint));
      throw new Found();
    },
  }).catch((error: unknown) => {
    if (error instanceof Found) return undefined;
    throw error;
  });
  if (analysis === undefined) return;
  const { name, packets } = analysis.capture;
  throw new WirewrightError(
    "NO_SUCH_FRAME",
    `${makeVisible(name)} has ${plural(packets, "frame")}, counted from 1; there is no frame ${count(wanted ?? 0)}.`,
  );
}

async function showFollowed(request: Request, output: Output, paint: Paint): Promise<void> {
  const { input, flags, signal } = request;
  const wanted = request.stream!;
  let follower: Follower | undefined;
  const start = (stream: Stream) => {
    if (follower === undefined && !flags.raw) writeHead(stream, output, paint);
    follower ??= followerOf(request, output);
    return follower;
  };
  const analysis = await followInput({
    input,
    signal,
    listenTo: (stream) => {
      if (!isChosen(wanted, stream)) return undefined;
      return {
        data: (bytes, isFromHigher) => start(stream).data(bytes, isFromHigher === stream.isClientHigher),
        gap: (length, isFromHigher) => start(stream).gap(length, isFromHigher === stream.isClientHigher),
        boundary: (isFromHigher) => start(stream).boundary?.(isFromHigher === stream.isClientHigher),
      };
    },
    onDatagram: (stream, payload, isFromHigher) => {
      if (!isChosen(wanted, stream)) return;
      const isFromClient = isFromHigher === stream.isClientHigher;
      start(stream).data(payload, isFromClient);
      // Each datagram is a message of its own.
      start(stream).boundary?.(isFromClient);
    },
    onPause: () => output.drain(),
  });
  const stream = requireStream(analysis, wanted);
  follower?.end();
  if (!flags.raw) writeConflicts(request, analysis, output);
  if (follower !== undefined || flags.raw) return;
  writeHead(stream, output, paint);
  output.write("No data.\n");
}

function followerOf({ flags }: Request, output: Output): Follower {
  if (flags.raw) return new RawFollower((bytes) => output.write(bytes));
  const write = (text: string) => output.write(text);
  return flags.hex ? new HexFollower(write) : new TextFollower(write);
}

function writeHead(stream: Stream, output: Output, paint: Paint): void {
  const title = `${streamTitle(stream)}: > client ${formatSocket(stream.client)}, < server ${formatSocket(stream.server)}`;
  for (const line of paragraph(title)) output.write(`${paint.heading(line)}\n`);
  output.write("\n");
}

/** @throws WirewrightError NO_SUCH_STREAM */
function requireStream({ capture, tcpStreams, udpStreams }: Analysis, { protocol, number }: StreamChoice): Stream {
  const streams = protocol === "TCP" ? tcpStreams : udpStreams;
  const stream = streams.find((candidate) => candidate.number === number);
  if (stream !== undefined) return stream;
  const last = streams.at(-1);
  const selected = capture.selectedPackets < capture.packets ? " that the filter selects" : "";
  const has = last === undefined ? `no ${protocol} stream` : plural(streams.length, `${protocol} stream`);
  const numbers = last === undefined ? "" : `, numbered from ${streams[0]!.number} to ${last.number}`;
  throw new WirewrightError(
    "NO_SUCH_STREAM",
    `${makeVisible(capture.name)} has ${has}${selected}${numbers}; there is no ${protocol} stream ${number}.`,
  );
}
