/** The frames byte by byte: what each is, its layers, its bytes, its headers as drawn in the RFCs, and every field. */
import type { Layer } from "../../../headers/layer.ts";
import { formatDuration, formatInstant } from "../../moments.ts";
import { count, plural, streamTitle } from "../../wording.ts";
import { foreign, type Html, html } from "../escape.ts";
import { severityMark } from "../findings-section.ts";
import { frameId, pageSection, scrollRegion, streamId } from "../landmarks.ts";
import type { DetailedFrame, ReportData } from "../report-data.ts";
import { bytesTable } from "./bytes-table.ts";
import { fieldList, rangeOf } from "./field-list.ts";
import { headerDiagram } from "./header-diagram.ts";
import { fieldNamed, layerClass, layerRole, type NumberedLayer, numberFields } from "./numbered-fields.ts";

const LONGEST_COMMENT = 300;

/** The frame as a section; `isFirst` stands open. */
export function frameSection(frame: DetailedFrame, isFirst: boolean, drawn: ReadonlySet<object>): Html {
  const layers = numberFields(frame.layers);
  const id = frameId(frame.frame);
  const inFrame = layers.filter(({ layer }) => layer.memory === "frame");
  const inDatagram = layers.filter(({ layer }) => layer.memory === "datagram");
  const datagram =
    frame.datagram === undefined
      ? undefined
      : bytesTable(frame.datagram, inDatagram, `Bytes of the datagram that frame ${frame.frame} completes`);
  const messages = layers.flatMap((numbered) => {
    const { message } = numbered.layer;
    const title = `Bytes of the message that frame ${frame.frame} completes`;
    return message === undefined ? [] : [bytesTable(message, [numbered], title)];
  });
  return html`<section class="frame" id="${id}"><details${isFirst ? html` open` : undefined}><summary><h3>${frameTitle(frame)}</h3></summary>
${frameFacts(frame, drawn)}${encapsulationBar(frame.layers)}
${bytesTable(frame.bytes, inFrame, `Bytes of frame ${frame.frame}`)}${datagram}${messages}
${layers.map((layer) => layerPart(layer, frame.frame))}</details></section>
`;
}

/** "Frame 5 TCP ACK, 10.0.0.2:80 to 10.0.0.1:49152, 54 bytes" */
function frameTitle(frame: DetailedFrame): Html {
  const { from, to } = endsOf(frame.layers);
  const ends = from === "" ? undefined : html` <span class="ends">${foreign(from)} → ${foreign(to)}</span>`;
  return html`Frame ${count(frame.frame)} <span class="what">${frame.protocol} ${flagsOf(frame.layers)}</span>${ends} <span class="size">${plural(frame.wireLength, "byte")}</span>`;
}

/** The flags that are set, as in "SYN, ACK". */
export function flagsOf(layers: readonly Layer[]): string {
  const text = fieldNamed(layers, "tcp.flags")?.text ?? "";
  return /\((.*)\)$/.exec(text)?.[1] ?? "";
}

/** Who sent a frame to whom, by the innermost addresses that it has. */
export function endsOf(layers: readonly Layer[]): { from: string; to: string } {
  const text = (...names: string[]) => fieldNamed(layers, ...names)?.text;
  const socket = (address: string | undefined, port: string | undefined) => {
    if (address === undefined) return "";
    if (port === undefined) return address;
    return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  };
  return {
    from: socket(text("ip.src", "ipv6.src") ?? text("eth.src"), text("tcp.srcport", "udp.srcport")),
    to: socket(text("ip.dst", "ipv6.dst") ?? text("eth.dst"), text("tcp.dstport", "udp.dstport")),
  };
}

function frameFacts(
  { elapsed, moment, stream, bytes, wireLength, comments, findings }: DetailedFrame,
  drawn: ReadonlySet<object>,
): Html {
  const parts: Html[] = [];
  if (moment !== undefined) parts.push(html`<span>${formatInstant(moment)}</span>`);
  if (elapsed !== undefined) parts.push(html`<span>${formatDuration(elapsed)} after the first packet</span>`);
  if (stream !== undefined) {
    const title = streamTitle(stream);
    parts.push(drawn.has(stream) ? html`<a href="#${streamId(stream)}">${title}</a>` : html`<span>${title}</span>`);
  }
  if (bytes.length < wireLength) parts.push(html`<span>${count(bytes.length)} bytes of it captured</span>`);
  return html`<p class="line">${parts}</p>${comments.map((comment) => html`<p class="comment"><strong>Comment:</strong> ${foreign(comment, LONGEST_COMMENT)}</p>`)}${findings.map(
    ({ severity, title, meaning }) =>
      html`<p class="finding">${severityMark(severity)} <strong>${title}</strong>: ${meaning}.</p>`,
  )}`;
}

/** The layers one after the other as they stand in the frame, each as wide as it is long, within reason. */
export function encapsulationBar(layers: readonly Layer[]): Html {
  const parts = layers.filter(({ length, memory }) => length > 0 && memory === "frame");
  return html`<ol class="stack" aria-label="Layers of the frame, from its first byte on">${parts.map(
    (layer) =>
      html`<li class="${layerClass(layer)}" style="flex-grow:${Math.min(layer.length, 200)}"><b>${layer.name}</b> <span>${layerRole(layer)}</span> <span>bytes ${rangeOf(layer)}</span></li>`,
  )}</ol>`;
}

function layerPart(numbered: NumberedLayer, frame: number): Html {
  const { name, start } = numbered.layer;
  const where = `byte ${start} of frame ${frame}`;
  return html`${headerDiagram(numbered, where)}${scrollRegion(`Fields of ${name}, ${where}`, fieldList(numbered))}
`;
}

/** @param sections of the frames that fit */
export function framesSection(data: ReportData, sections: readonly Html[]): Html {
  const { selectedPackets } = data.analysis.capture;
  const left = selectedPackets - sections.length;
  const rest =
    left > 0
      ? html`<p class="more">The first ${plural(sections.length, "frame")} of ${count(selectedPackets)} are here. <code>wirewright analyze</code> shows any other with <code>--frame</code>.</p>`
      : undefined;
  return pageSection(
    "frames",
    "Frames, byte by byte",
    html`<p>Open a frame. Point at a byte and its field is marked; point at a field, or move through the fields with the arrow keys, and its bytes are marked. The last column is a display filter for Wireshark: click it to select it whole. Filters on the state of a checksum match only where Wireshark is told to check it. In print, the frames that you have opened are printed.</p>
${rest}${sections}`,
  );
}
