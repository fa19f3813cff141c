/** Points of the checklist that single frames show: encapsulation, data, and the IP header. */
import { TcpFlag } from "../../../headers/tcp-fields.ts";
import { PROBES } from "../../../streams/findings.ts";
import type { Arrow } from "../../arrow-log.ts";
import { count, plural, senderOf } from "../../wording.ts";
import { foreign, type Html, html } from "../escape.ts";
import { filterOf, rangeOf } from "../frames/field-list.ts";
import { encapsulationBar } from "../frames/frames-section.ts";
import { fieldNamed, layerClass, layerRole } from "../frames/numbered-fields.ts";
import type { FrameLinks } from "../landmarks.ts";
import type { DetailedFrame, ReportData } from "../report-data.ts";
import { type ChecklistItem, evidenceTable } from "./checklist-item.ts";

const MOST_ROWS = 8;

export function encapsulationItem({ frames }: ReportData, links: FrameLinks): ChecklistItem {
  const frame =
    frames.find((candidate) => hasAllLayers(candidate) && isInOnePiece(candidate)) ??
    frames.find(hasAllLayers) ??
    frames.find(({ layers }) => layers.length > 2);
  return {
    id: "encapsulation",
    title: "Encapsulation, layer by layer",
    meaning:
      "Each layer takes what the layer above hands it as its payload and puts its own header in front. Read from the first byte on, the outermost layer comes first.",
    evidence: frame && stackOf(frame, links),
    advice: "Capture traffic that carries data, such as a web page or a chat: a frame with data has all layers.",
    question: "In your words: what does each layer add, and who reads it?",
  };
}

function hasAllLayers({ layers }: DetailedFrame): boolean {
  const kinds = new Set(layers.filter(({ isQuoted }) => !isQuoted).map(layerClass));
  return ["k-link", "k-net", "k-tra", "k-app"].every((kind) => kinds.has(kind));
}

/** Whether all layers stand in the frame itself, and none in a datagram that other fragments had a part in. */
function isInOnePiece({ layers }: DetailedFrame): boolean {
  return layers.every(({ memory }) => memory === "frame");
}

function stackOf({ frame, layers }: DetailedFrame, links: FrameLinks): Html {
  const rows = layers
    .filter(({ length, memory }) => length > 0 && memory === "frame")
    .map((layer) => [
      html`<span class="tag ${layerClass(layer)}">${layerRole(layer)}</span> ${layer.name}`,
      foreign(layer.label),
      rangeOf(layer),
      count(layer.length),
    ]);
  const bar = encapsulationBar(layers);
  return html`<p>Frame ${links.to(frame)} shows it:</p>${bar}${evidenceTable(`Layers of frame ${frame}`, ["Layer", "What it says", "Bytes", "Length"], rows)}`;
}

/** A segment with data, and whether its sender asked to push it. */
interface DataArrow {
  readonly arrow: Arrow;
  readonly from: "client" | "server";
}

export function dataItem({ arrows }: ReportData, links: FrameLinks): ChecklistItem {
  // Packets made by hand have whatever flags their maker gave them, and nobody acknowledges them.
  const real = arrows.filter(({ stream }) => stream.protocol === "UDP" || !stream.isMadeByHand);
  const data = real.flatMap((stream) =>
    stream.arrows
      .filter(({ flags, length, findings }) => flags !== undefined && length > 0 && (findings & PROBES) === 0)
      .map((arrow): DataArrow => {
        return { arrow, from: senderOf(arrow, stream.stream) };
      }),
  );
  const pushed = data.filter(({ arrow }) => ((arrow.flags ?? 0) & TcpFlag.PSH) !== 0);
  return {
    id: "data",
    title: "Data with PSH and ACK",
    meaning:
      "PSH stands on the last segment of what an application handed over in one piece: the receiver passes it on at once. ACK stands on every segment after the first SYN, but for some resets.",
    evidence: pushed.length === 0 ? undefined : pushedSegments(pushed, data.length, links),
    advice: "Send a message over TCP while you capture: its last segment has PSH. Wireshark: tcp.flags.push == 1.",
    question: "In your words: which message does one of these frames carry, and why is PSH set?",
  };
}

function pushedSegments(pushed: readonly DataArrow[], total: number, links: FrameLinks): Html {
  const rows = pushed
    .slice(0, MOST_ROWS)
    .map(({ arrow, from }) => [
      links.to(arrow.frame),
      html`<span class="${from}">${from}</span>`,
      count(arrow.sequence),
      count(arrow.length),
      `the other side should acknowledge ${count(arrow.sequence + arrow.length)} or more`,
    ]);
  const rest = pushed.length > rows.length ? `, the first ${rows.length} of them here` : "";
  return html`<p>Of ${plural(total, "segment")} with data, ${count(pushed.length)} ${pushed.length === 1 ? "has" : "have"} PSH${rest}.</p>${evidenceTable("Segments with PSH", ["Frame", "From", "Sequence number", "Bytes", "So"], rows)}`;
}

/** By their names for both versions of IP. */
const IP_FIELDS: readonly string[] = [
  "ip.version",
  "ip.hdr_len",
  "ip.len",
  "ip.id",
  "ip.flags",
  "ip.frag_offset",
  "ip.ttl",
  "ip.proto",
  "ip.checksum",
  "ip.src",
  "ip.dst",
  "ipv6.version",
  "ipv6.tclass",
  "ipv6.flow",
  "ipv6.plen",
  "ipv6.nxt",
  "ipv6.hlim",
  "ipv6.src",
  "ipv6.dst",
];

export function ipHeaderItem({ frames }: ReportData, links: FrameLinks): ChecklistItem {
  const hasIp = ({ layers }: DetailedFrame) => fieldNamed(layers, "ip.version", "ipv6.version") !== undefined;
  const frame = frames.find((candidate) => hasIp(candidate) && hasAllLayers(candidate)) ?? frames.find(hasIp);
  return {
    id: "ip",
    title: "The IP header",
    meaning:
      "It brings the packet from one host to the other: who sent it, whom it is for, how long it is, how far it may go.",
    evidence: frame && ipFields(frame, links),
    advice: "Capture on an interface that carries IP: this capture has none.",
    question: "In your words: what do time to live, protocol and total length tell about this packet?",
  };
}

function ipFields({ frame, layers }: DetailedFrame, links: FrameLinks): Html {
  const rows = IP_FIELDS.flatMap((name) => {
    const field = fieldNamed(layers, name);
    if (field === undefined) return [];
    const filter = filterOf(field);
    return [
      [
        html`${field.label}`,
        foreign(field.text),
        foreign(field.meaning ?? ""),
        filter === undefined ? "" : html`<code>${filter}</code>`,
      ],
    ];
  });
  return html`<p>Frame ${links.to(frame)} has this header; there it is also drawn in rows of 32 bits.</p>${evidenceTable(`IP header of frame ${frame}`, ["Field", "Value", "Meaning", "Filter"], rows)}`;
}
