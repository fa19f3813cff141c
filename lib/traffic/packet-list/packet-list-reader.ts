/**
 * The rows of a packet list into packets. Rows are looked at with those that follow between the same addresses, because
 * Wireshark leaves out of a row what its neighbours tell: a row of HTTP has neither ports nor numbers.
 */

import type { PacketListCounts } from "../../csv/dialect.ts";
import { EndPoints } from "../../csv/end-points.ts";
import type { EndPoint } from "../../csv/message.ts";
import type { ListColumns } from "../../csv/packet-list/list-columns.ts";
import type { ListRow, RowContent } from "../../csv/packet-list/list-rows.ts";

import { bareProtocol, type Carrier, carrierOf } from "../../csv/protocol-names.ts";
import type { WarningLog } from "../../csv/warnings.ts";
import type { LinkKind } from "../../session/encapsulation/outer-headers.ts";
import { DatagramRows } from "./datagram-rows.ts";
import { FrameLengths, findLink } from "./frame-lengths.ts";

import { ListedMessage, type LonePacket } from "./listed-packet.ts";
import { LoneRows } from "./lone-rows.ts";
import { SegmentRows } from "./segment-rows.ts";

/** Rows that may be looked at before it is settled what a row is. */
const LOOK_AHEAD = 1024;

export class PacketListReader {
  /** The link layer that the lengths of the first rows show. */
  readonly link: LinkKind | undefined;
  readonly #warnings: WarningLog;
  readonly #endPoints = new EndPoints();
  readonly #segments: SegmentRows;
  readonly #datagrams: DatagramRows;
  readonly #lone = new LoneRows();
  readonly #lengths: FrameLengths;
  /** By pair of addresses, the row that was met last. */
  readonly #latest = new Map<string, ListRow>();
  #window: ListRow[] = [];
  #head = 0;
  readonly counts: PacketListCounts;

  constructor({ measured, isExport }: ListColumns, warnings: WarningLog) {
    this.link = findLink(measured);
    const lengths = new FrameLengths(this.link);
    this.counts = { segments: 0, datagrams: 0, others: 0, relative: 0, absolute: 0, isExport };
    this.#warnings = warnings;
    this.#lengths = lengths;
    const endPointOf = (text: string, port: number | undefined) => this.#endPointOf(text, port);
    this.#segments = new SegmentRows({ warnings, lengths, endPointOf, counts: this.counts });
    this.#datagrams = new DatagramRows({ warnings, lengths, endPointOf });
  }

  /** @throws InputError where a row cannot be made and nothing may be left out */
  async *messages(batches: AsyncIterable<readonly ListRow[]>): AsyncGenerator<ListedMessage[]> {
    for await (const rows of batches) {
      for (const row of rows) this.#push(row);
      const messages = this.#take(LOOK_AHEAD);
      if (messages.length > 0) yield messages;
    }
    const messages = this.#take(0);
    if (messages.length > 0) yield messages;
  }

  #push(row: ListRow): void {
    const { pair } = row;
    const before = this.#latest.get(pair);
    if (before !== undefined) before.next = row;
    this.#latest.set(pair, row);
    this.#window.push(row);
  }

  /** All but the last so many rows. */
  #take(kept: number): ListedMessage[] {
    const messages: ListedMessage[] = [];
    while (this.#window.length - this.#head > kept) {
      const row = this.#window[this.#head++]!;
      const message = this.#read(row);
      if (message !== undefined) messages.push(message);
      if (this.#latest.get(row.pair) === row) this.#latest.delete(row.pair);
      // One that has grown old would keep those behind it from being collected while they are young.
      row.next = undefined;
    }
    this.#window = this.#window.slice(this.#head);
    this.#head = 0;
    return messages;
  }

  #read(row: ListRow): ListedMessage | undefined {
    const { content } = row;
    if (content.source === "" || content.destination === "") return this.#leaveOut(row);
    const carrier = this.#carrierOf(row);
    if (carrier === "tcp") {
      this.counts.segments++;
      return this.#segments.read(row);
    }
    if (carrier === "udp") {
      const message = this.#datagrams.read(row);
      if (message === undefined) return this.#leaveOut(row);
      this.counts.datagrams++;
      return message;
    }
    const listed = carrier === "neither" || carrier === undefined ? undefined : this.#lonePacketOf(carrier, content);
    if (listed === undefined) return this.#leaveOut(row);
    this.counts.others++;
    return new ListedMessage(row, {
      source: content.told?.source ?? this.#endPointOf(content.source, undefined),
      destination: content.told?.destination ?? this.#endPointOf(content.destination, undefined),
      listed,
    });
  }

  #lonePacketOf(kind: "arp" | "icmp" | "icmpv6", content: RowContent): LonePacket | undefined {
    return this.#lone.read(kind, { ...content, packetLength: this.#lengths.packetLengthOf(content.frameLength) });
  }

  #carrierOf(row: ListRow): Carrier | undefined {
    const { segment, datagram, protocol, info } = row.content;
    const carrier = carrierOf(protocol);
    // The columns of tshark have the ports and flags of what an error quotes, too.
    if ((carrier === "icmp" || carrier === "icmpv6") && segment?.options === undefined) return carrier;
    if (segment !== undefined) return "tcp";
    // What is carried in pieces is named by its last one.
    if (/^(?:Fragmented IP|IPv6 fragment)/.test(info)) return "neither";
    if (datagram !== undefined) return carrier === "tcp" ? "tcp" : "udp";
    // DNS goes over both, and its neighbours tell.
    if (bareProtocol(protocol) === "DNS") return this.#segments.isLikelyOwnerOf(row) ? "tcp" : "udp";
    if (carrier !== undefined) return carrier;
    if (/^(?:Who has \d|\d[\d.]+ is at )/.test(info)) return "arp";
    return this.#segments.hasStreamFor(row) ? "tcp" : undefined;
  }

  #leaveOut({ content }: ListRow): undefined {
    this.#warnings.leaveOut(content.protocol || "without a name", content.line);
    return undefined;
  }

  #endPointOf(text: string, port: number | undefined): EndPoint {
    // A port of 0 is nobody's, but stands in some packets.
    const found = this.#endPoints.find(text, "", port === undefined || port === 0 ? "" : String(port));
    if ("part" in found) throw new RangeError(`an end point without a ${found.part}`);
    return found;
  }
}
