/** What a capture holds that was made from messages, as text for a person. */
import { makeVisible, shorten } from "../../lib/core/text.ts";
import type { CaptureSummary } from "../../lib/encapsulate-messages.ts";
import { formatIp } from "../../lib/headers/address.ts";
import { formatTable } from "../../lib/report/text/table.ts";
import { count, plural } from "../../lib/report/wording.ts";
import type { ConversationSummary, ParticipantSummary } from "../../lib/traffic/conversation-summaries.ts";

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
    lines.push(
      `Messages that left late, because something before them was still under way or a window was full: ${count(summary.delayedMessages)}.`,
    );
  }
  if (summary.lonePackets > 0) {
    lines.push(`Packets of ARP and ICMP, which belong to no conversation: ${count(summary.lonePackets)}.`);
  }
  if (summary.neighbourPackets > 0) {
    lines.push(`Packets of ARP and neighbour discovery that were added: ${count(summary.neighbourPackets)}.`);
  }
  if (summary.lookupPackets > 0) lines.push(`Messages of DNS that were added: ${count(summary.lookupPackets)}.`);
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
