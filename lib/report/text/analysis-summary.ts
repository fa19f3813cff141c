/** What a capture holds, on a page: the file, its conversations, and what is out of the ordinary. */
import { notGiven } from "../../core/given.ts";
import { NO_LINK_TYPE } from "../../pcap/capture-file.ts";
import { linkTypeName } from "../../pcap/link-types.ts";
import type { Analysis, CaptureFacts } from "../../streams/analysis.ts";
import { type ControlSection, controlSections } from "../control-sentences.ts";
import { elapsed, formatDuration, formatInstant } from "../moments.ts";
import { type AnyStream, inOrder, notableStreams } from "../stream-selection.ts";
import { verdictOf, verdictText } from "../verdict/verdict.ts";
import { count, firstOf, plural } from "../wording.ts";
import { conversationSummary, conversationTable } from "./conversation-text.ts";
import { findingLines } from "./findings-text.ts";
import { NO_PAINT, PAGE_WIDTH, type Paint, paragraph, truncate } from "./text-layout.ts";

/** A table is there to be read; what does not fit on a screen is counted instead. */
const MOST_ROWS = 20;
/** So many conversations are explained one by one where nobody says how many. */
const USUAL_SUMMARIES = 5;
const MOST_FRAMES = 6;
const MOST_COMMENTS = 5;
const MOST_INTERFACES = 8;
const LONGEST_TEXT = 200;
const LONGEST_INTERFACE = 40;
const HEAD_WIDTH = 11;
const ANALYSIS = "what analyzeCapture has found out";
const ANALYSIS_ADVICE = "write formatAnalysis(await analyzeCapture(capture))";

/**
 * What happened in a capture, as text for a terminal or a file: the file itself, its conversations, what ICMP and ARP said, and
 * what is out of the ordinary.
 *
 * @param paint sets colours. Default: none
 * @param summaries conversations that are explained one by one; 0: all. Default: 5
 *
 * @example
 * ```ts
 * import { analyzeCapture, captureBytes, captureFromBytes, encodePacket, ethernet, formatAnalysis, ipv4, udp } from "wirewright";
 *
 * const file = captureBytes([encodePacket([ethernet(), ipv4(), udp({ checksum: 1 })])]);
 * const text = await formatAnalysis(await analyzeCapture(captureFromBytes(file, "one.pcapng")));
 * console.log(/Bad UDP checksum: .*?\./s.exec(text)?.[0]); // Bad UDP checksum: 1 packet, frame 1.
 * ```
 */
export async function formatAnalysis(
  analysis: Analysis,
  paint: Paint = NO_PAINT,
  summaries: number = USUAL_SUMMARIES,
): Promise<string> {
  if (analysis?.capture?.protocols === undefined) throw notGiven("formatAnalysis", analysis, ANALYSIS, ANALYSIS_ADVICE);
  const sections = [
    captureLines(analysis.capture),
    verdictLines(analysis, paint),
    ...(await conversationSections(analysis, paint, summaries === 0 ? Number.POSITIVE_INFINITY : summaries)),
    ...controlSections(analysis.control).map((section) => controlLines(section, paint)),
    [paint.heading("Findings"), ...findingLines(analysis, paint)],
    noteSection(analysis, paint),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** The file, and what of it can be said in a word. */
function captureLines(capture: CaptureFacts): string[] {
  return captureRows(capture).flatMap(([head, text]) => paragraph(text, head.padEnd(HEAD_WIDTH)));
}

/** What the whole comes to, before all details. */
function verdictLines(analysis: Analysis, paint: Paint): string[] {
  const sentences = verdictOf(analysis).flatMap((sentence) => paragraph(verdictText(sentence), "- "));
  return [paint.heading("Verdict"), ...sentences];
}

export function captureRows(capture: CaptureFacts): [head: string, text: string][] {
  const { packets, selectedPackets, reconstructedPackets, firstMoment, lastMoment, wireBytes, capturedBytes } = capture;
  const cut = capturedBytes < wireBytes ? `, of which ${count(capturedBytes)} were captured` : "";
  const rows: [string, string][] = [
    ["File", `${truncate(capture.name, LONGEST_TEXT)} (${capture.format}${capture.isCompressed ? ", gzip" : ""})`],
    ["Packets", `${count(packets)}, ${plural(wireBytes, "byte")} on the wire${cut}`],
  ];
  if (reconstructedPackets > 0) rows.push(["Origin", originText(capture)]);
  for (const warning of capture.warnings) rows.push(["Warning", truncate(warning, PAGE_WIDTH * 4)]);
  if (selectedPackets !== packets) rows.push(["Filter", `${plural(selectedPackets, "packet")} selected`]);
  if (firstMoment !== undefined && lastMoment !== undefined) {
    rows.push(["Start", formatInstant(firstMoment)]);
    rows.push(["Duration", formatDuration(elapsed(firstMoment, lastMoment))]);
  }
  if (capture.linkTypes.size > 0) rows.push(["Link", countsText(linkTypeCounts(capture))]);
  const interfaces = interfaceNames(capture);
  if (interfaces.length > 0) {
    rows.push([interfaces.length === 1 ? "Interface" : "Interfaces", firstOf(interfaces, MOST_INTERFACES)]);
  }
  if (capture.protocols.size > 0) rows.push(["Protocols", protocolsText(capture)]);
  if (capture.application !== undefined) rows.push(["Made by", truncate(capture.application, LONGEST_TEXT)]);
  for (const comment of capture.comments.slice(0, MOST_COMMENTS))
    rows.push(["Comment", truncate(comment, LONGEST_TEXT)]);
  return rows;
}

/** Nobody is to take packets that were made up for what an adapter has seen. */
function originText({ packets, reconstructedPackets }: CaptureFacts): string {
  const which = packets === reconstructedPackets ? "" : `${count(reconstructedPackets)} packets are `;
  return `${which}reconstructed from what sockets did; no network adapter has seen ${packets === reconstructedPackets ? "the packets" : "them"}`;
}

/** Each once, though every section of a pcapng describes them anew, with what a person may know it by. */
function interfaceNames({ interfaces }: CaptureFacts): string[] {
  const names = interfaces.flatMap(({ name, description }) => {
    const texts = [name, description].filter((text) => text !== undefined && text.trim() !== "");
    const [first, second] = texts.map((text) => truncate(text!, LONGEST_INTERFACE));
    return first === undefined ? [] : [second === undefined ? first : `${first} (${second})`];
  });
  return [...new Set(names)];
}

function linkTypeCounts({ linkTypes }: CaptureFacts): [string, number][] {
  return Array.from(linkTypes, ([type, packets]) => [
    type === NO_LINK_TYPE ? "no packet" : linkTypeName(type),
    packets,
  ]);
}

/** "TCP 78 (HTTP 20), UDP 2 (DNS 2)": behind each transport the packets that carry an application's data. */
function protocolsText({ protocols, applications }: CaptureFacts): string {
  return countsText([...protocols], (name) => {
    const own = sortedCounts(
      applications.filter(({ transport }) => transport === name).map(({ name, packets }) => [name, packets]),
    );
    return own.length === 0 ? "" : ` (${own.map((entry) => countText(entry)).join(", ")})`;
  });
}

/** "TCP 78, UDP 2", the most frequent first; without a number where it is all there is. */
function countsText(counts: readonly Count[], more: (name: string) => string = () => ""): string {
  if (counts.length === 1) return `${counts[0]![0]}${more(counts[0]![0])}`;
  return sortedCounts(counts)
    .map((entry) => `${countText(entry)}${more(entry[0])}`)
    .join(", ");
}

type Count = readonly [name: string, packets: number];

function sortedCounts(counts: readonly Count[]): Count[] {
  return counts.toSorted((a, b) => b[1] - a[1]);
}

function countText([name, packets]: Count): string {
  return `${name} ${count(packets)}`;
}

async function conversationSections(
  { tcpStreams, udpStreams, findings }: Analysis,
  paint: Paint,
  most: number,
): Promise<string[][]> {
  const streams = inOrder(tcpStreams, udpStreams);
  if (streams.length === 0) return [["No conversations."]];
  const summarized = notableStreams(streams, findings, most);
  const rows = rowsFor(streams, summarized);
  const table = await conversationTable(rows);
  const hidden = streams.length - rows.length;
  if (hidden > 0) table.push(`... and ${plural(hidden, "more conversation")}`);
  const left = streams.length - summarized.length;
  if (left > 0) table.push("", ...paragraph(leftText(streams, summarized)));
  return [
    [paint.heading("Conversations"), ...table],
    ...summarized.map((stream) => paintFirst(conversationSummary(stream), paint)),
  ];
}

/** Those that are summarized, and of the others the first, in their order. */
function rowsFor(streams: readonly AnyStream[], summarized: readonly AnyStream[]): AnyStream[] {
  const shown = new Set(summarized);
  for (const stream of streams) {
    if (shown.size >= MOST_ROWS) break;
    shown.add(stream);
  }
  return streams.filter((stream) => shown.has(stream));
}

function leftText(streams: readonly AnyStream[], summarized: readonly AnyStream[]): string {
  const shown = new Set(summarized);
  const { protocol, number } = streams.find((stream) => !shown.has(stream))!;
  const one = `--filter "${protocol.toLowerCase()}.stream == ${number}"`;
  return `${count(summarized.length)} of ${count(streams.length)} are told one by one below: those with findings, resets or losses first, then the largest. --conversations 0 tells all of them, ${one} one of them.`;
}

/** As wide as the longest head, and two spaces before it. */
const CONTROL_HEAD = 12;

function controlLines({ title, sentences }: ControlSection, paint: Paint): string[] {
  return [
    paint.heading(title),
    ...sentences.flatMap(([head, text]) => paragraph(text, `  ${head.padEnd(CONTROL_HEAD - 1)} `)),
  ];
}

function paintFirst([first = "", ...rest]: string[], paint: Paint): string[] {
  return [paint.heading(first), ...rest];
}

/** Traces of how the capture was made. */
function noteSection({ artefacts }: Analysis, paint: Paint): string[] {
  const lines = artefacts.map(({ text, frames, count: total }) => {
    return frames.length === 0
      ? text
      : `${text} (${total === 1 ? "Frame" : "Frames"} ${firstOf(frames, MOST_FRAMES, total)}.)`;
  });
  if (lines.length === 0) return [];
  return [paint.heading("Notes"), ...lines.flatMap((text) => paragraph(text, "- "))];
}
