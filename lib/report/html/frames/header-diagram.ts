/** Headers as the RFCs draw them: rows of 32 bits, every field as wide as it is. */
import type { Layer } from "../../../dissect/fields/field.ts";
import { foreign, type Html, html } from "../escape.ts";
import type { NumberedField, NumberedLayer } from "./numbered-fields.ts";

/** A cell: how many bits, what is written in it, and the fields whose values stand there. */
type Cell = readonly [bits: number, title: string, ...names: string[]];

interface Drawing {
  readonly title: string;
  readonly rows: readonly (readonly Cell[])[];
}

const IPV4: Drawing = {
  title: "IPv4 header (RFC 791)",
  rows: [
    [
      [4, "Version", "ip.version"],
      [4, "IHL", "ip.hdr_len"],
      [6, "DSCP", "ip.dsfield.dscp"],
      [2, "ECN", "ip.dsfield.ecn"],
      [16, "Total Length", "ip.len"],
    ],
    [
      [16, "Identification", "ip.id"],
      [1, "R", "ip.flags.rb"],
      [1, "DF", "ip.flags.df"],
      [1, "MF", "ip.flags.mf"],
      [13, "Fragment Offset", "ip.frag_offset"],
    ],
    [
      [8, "Time to Live", "ip.ttl"],
      [8, "Protocol", "ip.proto"],
      [16, "Header Checksum", "ip.checksum"],
    ],
    [[32, "Source Address", "ip.src"]],
    [[32, "Destination Address", "ip.dst"]],
  ],
};

const IPV6: Drawing = {
  title: "IPv6 header (RFC 8200)",
  rows: [
    [
      [4, "Version", "ipv6.version"],
      [8, "Traffic Class", "ipv6.tclass"],
      [20, "Flow Label", "ipv6.flow"],
    ],
    [
      [16, "Payload Length", "ipv6.plen"],
      [8, "Next Header", "ipv6.nxt"],
      [8, "Hop Limit", "ipv6.hlim"],
    ],
    [[128, "Source Address", "ipv6.src"]],
    [[128, "Destination Address", "ipv6.dst"]],
  ],
};

const TCP: Drawing = {
  title: "TCP header (RFC 9293)",
  rows: [
    [
      [16, "Source Port", "tcp.srcport"],
      [16, "Destination Port", "tcp.dstport"],
    ],
    [[32, "Sequence Number", "tcp.seq_raw", "tcp.seq"]],
    [[32, "Acknowledgment Number", "tcp.ack_raw", "tcp.ack"]],
    [
      [4, "Data Offset", "tcp.hdr_len"],
      [3, "Rsrvd", "tcp.flags.res"],
      [1, "AE", "tcp.flags.ae"],
      [1, "CWR", "tcp.flags.cwr"],
      [1, "ECE", "tcp.flags.ece"],
      [1, "URG", "tcp.flags.urg"],
      [1, "ACK", "tcp.flags.ack"],
      [1, "PSH", "tcp.flags.push"],
      [1, "RST", "tcp.flags.reset"],
      [1, "SYN", "tcp.flags.syn"],
      [1, "FIN", "tcp.flags.fin"],
      [16, "Window", "tcp.window_size_value", "tcp.window_size"],
    ],
    [
      [16, "Checksum", "tcp.checksum"],
      [16, "Urgent Pointer", "tcp.urgent_pointer"],
    ],
  ],
};

const UDP: Drawing = {
  title: "UDP header (RFC 768)",
  rows: [
    [
      [16, "Source Port", "udp.srcport"],
      [16, "Destination Port", "udp.dstport"],
    ],
    [
      [16, "Length", "udp.length"],
      [16, "Checksum", "udp.checksum"],
    ],
  ],
};

const DRAWINGS: Readonly<Record<string, Drawing>> = { ip: IPV4, ipv6: IPV6, tcp: TCP, udp: UDP };
const ROW_BITS = 32;
const LONGEST_VALUE = 60;
const SHORT_VALUE = 14;

/** @param where a name for the place of the header in the page, unlike any other. @returns undefined for layers that are not drawn. */
export function headerDiagram({ layer, fields }: NumberedLayer, where: string): Html | undefined {
  const drawing = Object.hasOwn(DRAWINGS, layer.name) ? DRAWINGS[layer.name] : undefined;
  if (drawing === undefined || layer.length === 0) return undefined;
  const byName = new Map<string, NumberedField>();
  for (const numbered of fields) if (!byName.has(numbered.field.name)) byName.set(numbered.field.name, numbered);
  let byte = 0;
  const rows = drawing.rows.map((row) => {
    const start = byte;
    byte += row.reduce((bits, [size]) => bits + size, 0) / 8;
    return html`<tr><th scope="row">${start}</th>${row.map((cell) => cellOf(cell, byName))}</tr>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${drawing.title}, ${where}"><table class="bits"><caption>${drawing.title}, 32 bits a row</caption>
<thead>${RULER}</thead><tbody>${rows}${optionRows(layer, byte)}</tbody></table></div>`;
}

const RULER = html`<tr><th scope="col">Byte</th>${Array.from({ length: ROW_BITS }, (_, bit) => html`<th scope="col">${bit}</th>`)}</tr>`;

function cellOf([bits, title, ...names]: Cell, byName: ReadonlyMap<string, NumberedField>): Html {
  const found = names.map((name) => byName.get(name)).filter((field) => field !== undefined);
  const columns = Math.min(bits, ROW_BITS);
  const height = bits > ROW_BITS ? html` class="tall"` : undefined;
  if (found.length === 0) return html`<td colspan="${columns}"${height}><b>${title}</b> –</td>`;
  const indexes = found.map(({ index }) => index).join(" ");
  const label = found[0]!.field.label;
  const name = bits < 4 ? html`<abbr title="${label}">${title}</abbr>` : html`${title}`;
  return html`<td colspan="${columns}" data-f="${indexes}"${height}><b>${name}</b> ${foreign(valueText(bits, found), LONGEST_VALUE)}</td>`;
}

/** Where there is no room for words, the bits themselves. */
function valueText(bits: number, [first, second]: readonly NumberedField[]): string {
  const { value, text } = first!.field;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (bits < 8 && typeof value === "number")
    return bits === 4 ? text.replace(/^(\d+) bytes? \((\d+)\)$/, "$2") : String(value);
  if (bits === 8 && text.length > SHORT_VALUE && typeof value === "number") return String(value);
  if (second === undefined || second.field.text === text) return text;
  const other = second.field.text;
  return `${text}, ${other.includes("relative") ? other.replace(/ .*/, " relative") : `${other} bytes`}`;
}

/** Options follow the fields that every header has. */
function optionRows({ name, length, fields }: Layer, drawn: number): Html | undefined {
  const size = fields.find((field) => field.name === `${name}.hdr_len`)?.value;
  if (typeof size !== "number" || size <= drawn || length < drawn) return undefined;
  const bytes = Math.min(size, length) - drawn;
  if (bytes <= 0) return undefined;
  return html`<tr><th scope="row">${drawn}</th><td colspan="32"><b>Options</b> ${bytes} bytes, ${Math.ceil(bytes / 4)} ${bytes <= 4 ? "row" : "rows"}; each is in the list below</td></tr>`;
}
