/** What a capture holds that was made from messages, as data and as text for a person. */

import { makeVisible, shorten } from "../../core/text.ts";
import { formatIp, type IpAddress } from "../../headers/address.ts";
import { count, plural } from "../wording.ts";
import { formatTable } from "./table.ts";

export interface ParticipantSummary {
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
}

/** One conversation. Ports are those of its first connection. */
export interface ConversationSummary {
  readonly transport: "tcp" | "udp";
  readonly protocol: string;
  readonly client: ParticipantSummary;
  readonly server: ParticipantSummary;
  /** More than 1 where idle connections were closed and opened again. */
  readonly connections: number;
  readonly messages: number;
  readonly packets: number;
  /** Bytes of messages. */
  readonly bytes: number;
}

/** In the order of their first messages. Each is made when it is asked for, since there can be very many. */
export interface ConversationSummaries extends Iterable<ConversationSummary> {
  readonly length: number;
  /** @param index from 0; negative ones count from the end */
  at(index: number): ConversationSummary | undefined;
}

export interface CaptureSummary {
  readonly conversations: ConversationSummaries;
  /** Connections beyond the first of each conversation: idle ones were closed, or rows opened another one. */
  readonly reopenedConnections: number;
  readonly messages: number;
  /** Messages without bytes, which send nothing. */
  readonly emptyMessages: number;
  /** Messages that left later than asked, because the window of their receiver was full. */
  readonly delayedMessages: number;
  /** Messages to which something was added so that they are what their protocol says. */
  readonly completedMessages: number;
  /** Messages carried as text on a port of no protocol, because they are not what their protocol says. */
  readonly movedMessages: number;
  /** Messages on a port of another protocol, or that are not what its protocol says, because the input gives the port. */
  readonly misplacedMessages: number;
  /** Rows left out because the connection had taken their step already. */
  readonly repeatedRows: number;
  readonly packets: number;
  /** Of these, packets of ARP or ICMP, which belong to no conversation. */
  readonly lonePackets: number;
  /** Packets of ARP left out, because the link layer of the capture has none. */
  readonly unlinkedPackets: number;
  /** Rows with data that were taken for the same data sent again. */
  readonly repeatedSegments: number;
  /** Bytes of messages. */
  readonly bytes: number;
  /** Bytes of the capture file. */
  readonly fileBytes: number;
  /** How the input was understood, a line each. */
  readonly dialect: readonly string[];
  /** What had to be put right in the input, a line each. */
  readonly warnings: readonly string[];
  /** What else should be known of what was made of it, a line each. */
  readonly remarks: readonly string[];
}

/** A table is there to be read; what does not fit on a screen is counted instead. */
const MOST_ROWS = 20;
const LONGEST_NAME = 24;

/**
 * The summary as lines of text: a table of the conversations, the totals, and what was out of the ordinary.
 *
 * @param output what was written; undefined where it was only to be checked, and then how the input was understood is told
 */
export async function formatCaptureSummary(summary: CaptureSummary, output: string | undefined): Promise<string> {
  const { conversations } = summary;
  const shown = Math.min(conversations.length, MOST_ROWS);
  const hidden = conversations.length - shown;
  const lines = output === undefined ? [...summary.dialect, ""] : [];
  const table = await formatTable(
    [
      { title: "Protocol" },
      { title: "Client" },
      { title: "Server" },
      { title: "Messages", align: "right" },
      { title: "Packets", align: "right" },
      { title: "Bytes", align: "right" },
    ],
    Array.from({ length: shown }, (_, index) => rowOf(conversations.at(index)!)),
  );
  lines.push(...table);
  if (hidden > 0) lines.push(`... and ${plural(hidden, "more conversation")}`);
  const where =
    output === undefined ? "nothing written" : `${plural(summary.fileBytes, "byte")} in ${makeVisible(output)}`;
  lines.push("", `${totals(summary)}: ${where}.`, ...remarks(summary));
  return `${lines.join("\n")}\n`;
}

function rowOf({ protocol, client, server, messages, packets, bytes }: ConversationSummary): string[] {
  const ends = [formatParticipant(client), formatParticipant(server)];
  return [shorten(protocol, LONGEST_NAME), ...ends, count(messages), count(packets), count(bytes)];
}

function totals(summary: CaptureSummary): string {
  return [
    plural(summary.conversations.length, "conversation"),
    plural(summary.messages, "message"),
    plural(summary.packets, "packet"),
  ].join(", ");
}

function remarks(summary: CaptureSummary): string[] {
  const lines: string[] = [];
  if (summary.completedMessages > 0) {
    lines.push(
      `Messages completed as their protocol asks: ${count(summary.completedMessages)} (--payload exact keeps the bytes as they are).`,
    );
  }
  if (summary.movedMessages > 0) {
    lines.push(
      `Messages that their protocol would not understand, carried as text on a port of no protocol: ${count(summary.movedMessages)}.`,
    );
  }
  if (summary.misplacedMessages > 0) {
    lines.push(
      `Messages kept on the port that is given for them, although it is for something else (Wireshark may warn of them or call them malformed): ${count(summary.misplacedMessages)}.`,
    );
  }
  if (summary.repeatedRows > 0) {
    lines.push(`Rows left out, because their connection had taken that step already: ${count(summary.repeatedRows)}.`);
  }
  if (summary.reopenedConnections > 0) {
    lines.push(`Connections opened again after a close: ${count(summary.reopenedConnections)}.`);
  }
  if (summary.emptyMessages > 0)
    lines.push(`Messages without bytes, which send nothing: ${count(summary.emptyMessages)}.`);
  if (summary.delayedMessages > 0) {
    lines.push(`Messages that left late, because the receiver's window was full: ${count(summary.delayedMessages)}.`);
  }
  if (summary.lonePackets > 0) {
    lines.push(`Packets of ARP and ICMP, which belong to no conversation: ${count(summary.lonePackets)}.`);
  }
  if (summary.unlinkedPackets > 0) {
    lines.push(`Packets of ARP left out, because only Ethernet carries them: ${count(summary.unlinkedPackets)}.`);
  }
  if (summary.repeatedSegments > 0) {
    lines.push(
      `Rows taken for data sent again, since the acknowledgement that was due is missing: ${count(summary.repeatedSegments)}.`,
    );
  }
  lines.push(...summary.remarks, ...summary.warnings);
  return lines;
}

function formatParticipant({ name, address, port }: ParticipantSummary): string {
  const socket = typeof address === "number" ? `${formatIp(address)}:${port}` : `[${formatIp(address)}]:${port}`;
  return name === formatIp(address) ? socket : `${shorten(name, LONGEST_NAME)} ${socket}`;
}
