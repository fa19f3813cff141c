/** Rows of UDP, and of protocols over it, into datagrams. */

import type { ListRow, RowContent, TableRow } from "../../csv/packet-list/list-rows.ts";
import { bareProtocol } from "../../csv/protocol-names.ts";
import type { WarningLog } from "../../csv/warnings.ts";
import { DHCP_PORTS } from "../../headers/assigned-numbers.ts";
import { UDP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { DhcpCompleter } from "../completers/dhcp-completer.ts";
import { fillerAt, fillerOfRow } from "../filler.ts";
import { refusesText, servicePortOf, UDP_SERVICES } from "../service-ports.ts";
import { dnsBytes } from "./dns-bytes.ts";
import { type FrameLengths, ipHeaderLengthOf } from "./frame-lengths.ts";
import { groupMacOf } from "./hardware-names.ts";
import { httpBytes, isHttpStart } from "./http-bytes.ts";
import { ListedMessage } from "./listed-packet.ts";
import { type EndPointOf, hasPorts } from "./stream-finder.ts";
import { LONGEST_DATAGRAM } from "./usual-lengths.ts";

const NTP_LENGTH = 48;
/** What both sides send from and to. */
const SHARED_PORTS = new Set(["MDNS"]);
const MOST_PAIRS = 4096;

export interface DatagramRowsOptions {
  readonly warnings: WarningLog;
  readonly lengths: FrameLengths;
  readonly endPointOf: EndPointOf;
}

interface Content {
  readonly bytes: Uint8Array;
  readonly isFiller: boolean;
}

type Ports = readonly [source: number | undefined, destination: number | undefined];

export class DatagramRows {
  readonly #warnings: WarningLog;
  readonly #lengths: FrameLengths;
  readonly #endPointOf: EndPointOf;
  /** By pair of addresses, the ports of the row that last told them, as the lower address sees them. */
  readonly #ports = new Map<string, readonly [number, number]>();
  /** By pair and protocol, who spoke first. */
  readonly #clients = new Map<string, string>();

  constructor({ warnings, lengths, endPointOf }: DatagramRowsOptions) {
    this.#warnings = warnings;
    this.#lengths = lengths;
    this.#endPointOf = endPointOf;
  }

  /** @returns undefined for what would be malformed, because the list tells too little of it */
  read(row: ListRow): ListedMessage | undefined {
    const { content } = row;
    if (content.told !== undefined) return this.#toldMessage(row, content.told);
    const ports = this.#portsOf(row);
    const made = this.#contentOf(content, ports);
    if (made === undefined) return undefined;
    if (made.isFiller && made.bytes.length > 0) this.#warnings.tell("MADE_UP_BYTES", content.line);
    return new ListedMessage(row, {
      source: this.#endPointOf(content.source, ports[0]),
      destination: this.#endPointOf(content.destination, ports[1]),
      payload: made.bytes,
      isFiller: made.isFiller,
      listed: {
        kind: "datagram",
        frameLength: content.frameLength,
        sourceMac: content.sourceMac,
        destinationMac: content.destinationMac ?? groupMacOf(content.destination),
        timeToLive: content.timeToLive,
      },
    });
  }

  /** What people have written is what the datagram carries. */
  #toldMessage(row: ListRow, { source, destination }: TableRow): ListedMessage {
    const { content } = row;
    const text = new TextEncoder().encode(content.info);
    const length = this.#lengthOf(content) ?? 0;
    const [sourcePort, destinationPort] = [source, destination].map(({ port }) => String(port ?? ""));
    const counted = {
      length,
      isOfFrame: false,
      ordinal: content.line,
      sourcePort: sourcePort!,
      destinationPort: destinationPort!,
    };
    const isFiller = text.length === 0;
    if (isFiller && length > 0) this.#warnings.tell("MADE_UP_BYTES", content.line);
    const { frameLength, sourceMac, destinationMac, timeToLive } = content;
    return new ListedMessage(row, {
      source,
      destination,
      payload: isFiller ? fillerOfRow(counted) : text,
      isFiller,
      listed: { kind: "datagram", frameLength, sourceMac, destinationMac, timeToLive },
    });
  }

  #contentOf(content: RowContent, ports: Ports): Content | undefined {
    const { info, protocol } = content;
    const name = bareProtocol(protocol);
    const length = this.#lengthOf(content);
    if (name === "DNS" || name === "MDNS" || name === "LLMNR") {
      const bytes = dnsBytes(info, length, name !== "DNS");
      return bytes && { bytes, isFiller: bytes.length !== length };
    }
    if (name === "DHCP" || name === "BOOTP") return dhcpContent(info, length);
    if (name === "NTP") return { bytes: ntpBytes(info, length), isFiller: true };
    if (isHttpStart(info) || / \* HTTP\/1\.1/.test(info)) return { bytes: httpBytes(info, length), isFiller: true };
    const isText = content.datagram === undefined && name === "UDP" && !/Len=\d/.test(info);
    if (isText) {
      const bytes = new TextEncoder().encode(info);
      if (length === undefined || length === bytes.length) return { bytes, isFiller: false };
    }
    if (ports.some((port) => port !== undefined && refusesText("udp", port)) && name !== "UDP") return undefined;
    return { bytes: fillerAt(0, Math.min(length ?? 0, LONGEST_DATAGRAM)), isFiller: true };
  }

  #lengthOf({ datagram, frameLength, source }: RowContent): number | undefined {
    if (datagram?.length !== undefined) return datagram.length;
    const packetLength = this.#lengths.packetLengthOf(frameLength);
    return packetLength && Math.max(0, packetLength - ipHeaderLengthOf(source) - UDP_HEADER_LENGTH);
  }

  #portsOf(row: ListRow): Ports {
    const { content, pair } = row;
    const { source, destination, protocol, info } = content;
    const isLower = source < destination;
    if (hasPorts(content)) {
      const ports = [content.sourcePort!, content.destinationPort!] as const;
      remember(this.#ports, pair, isLower ? ports : ([ports[1], ports[0]] as const));
      return ports;
    }
    const name = bareProtocol(protocol);
    const service = UDP_SERVICES.get(name) ?? servicePortOf(protocol);
    if (SHARED_PORTS.has(name)) return [service, service];
    const key = `${pair} ${name}`;
    const isFromServer = saysServer(info) ?? (this.#clients.get(key) ?? source) !== source;
    if (!this.#clients.has(key)) remember(this.#clients, key, isFromServer ? destination : source);
    if (name === "DHCP" || name === "BOOTP") {
      const { client, server } = DHCP_PORTS;
      return isFromServer ? [server, client] : [client, server];
    }
    const told = this.#ports.get(pair);
    if (told !== undefined && (told.includes(service) || !UDP_SERVICES.has(name))) {
      return isLower ? told : [told[1], told[0]];
    }
    return isFromServer ? [service, undefined] : [undefined, service];
  }
}

/** Whether the text is a server's; undefined where it does not tell. */
function saysServer(info: string): boolean | undefined {
  if (/^Standard query response|\bOffer\b|\bACK\b|\bNAK\b|NTP Version \d, server|^HTTP\/1/.test(info)) return true;
  if (/^Standard query|\bDiscover\b|\bRequest\b|\bInform\b|NTP Version \d, client|^M-SEARCH|^NOTIFY/.test(info))
    return false;
  return undefined;
}

function dhcpContent(info: string, length: number | undefined): Content | undefined {
  const completer = new DhcpCompleter(Number(/0x([0-9a-f]{1,8})/i.exec(info)?.[0] ?? 1));
  const end = { name: "", host: { address: 0, mac: 0 } };
  const payload = new TextEncoder().encode(info);
  const message = completer.complete({ transport: "udp", payload, client: end, server: end });
  if (message === undefined) return undefined;
  // Zeros behind the last option are padding.
  const bytes = new Uint8Array(Math.max(message.length, length ?? 0));
  bytes.set(message);
  const id = /Transaction ID (0x[0-9a-f]{1,8})/i.exec(info)?.[1];
  // Where a reader looks for it: the second word.
  if (id !== undefined) new DataView(bytes.buffer).setUint32(4, Number(id));
  return { bytes, isFiller: true };
}

/** RFC 5905, section 7.3: version and mode, and times of which the list says nothing. */
function ntpBytes(info: string, length = NTP_LENGTH): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, NTP_LENGTH));
  const version = Number(/Version (\d)/.exec(info)?.[1] ?? 4) & 7;
  const mode = /server/.test(info) ? 4 : 3;
  bytes[0] = (version << 3) | mode;
  return bytes;
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= MOST_PAIRS && !map.has(key)) map.clear();
  map.set(key, value);
}
