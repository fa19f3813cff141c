/** What editing has done, as text for a person and as data for a program. */
import { makeVisible } from "../../lib/core/text.ts";
import type { EditSummary } from "../../lib/edit.ts";
import { count, plural } from "../../lib/report/wording.ts";

/** @param output as the person named it @param isAnonymous whether addresses were to be made unknowable */
export function formatEditSummary(summary: EditSummary, output: string, isAnonymous: boolean): string {
  const { packets, written } = summary;
  const lines = [`${plural(packets, "packet")} read, ${count(written)} written: ${whereText(summary, output)}.`];
  lines.push(
    ...leftOutLines(summary),
    ...changeLines(summary),
    ...lossLines(summary),
    ...unreadLines(summary, isAnonymous),
  );
  return `${lines.join("\n")}\n`;
}

function whereText({ files }: EditSummary, output: string): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const name = output === "-" ? "standard output" : makeVisible(output);
  const [first, last] = [files[0], files.at(-1)];
  if (first === undefined || last === undefined) return "no file, since there was no packet";
  if (files.length === 1)
    return `${plural(bytes, "byte")} in ${first.file === output ? name : makeVisible(first.file)}`;
  return `${plural(bytes, "byte")} in ${plural(files.length, "file")}, ${makeVisible(first.file)} to ${makeVisible(last.file)}`;
}

function leftOutLines({ leftOut }: EditSummary): string[] {
  return Array.from(leftOut, ([reason, packets]) => `Left out: ${plural(packets, "packet")} ${reason}.`);
}

function changeLines({ counts, cutFrames }: EditSummary): string[] {
  const { changedPackets, checksums, absentChecksums, partialChecksums, frameChecks } = counts;
  const lines: string[] = [];
  if (changedPackets > 0) {
    const kinds = [
      [counts.ipv4Addresses, "IPv4"],
      [counts.ipv6Addresses, "IPv6"],
      [counts.macAddresses, "MAC"],
    ] as const;
    const changed = kinds.filter(([number]) => number > 0).map(([number, kind]) => `${count(number)} ${kind}`);
    lines.push(`Addresses changed: ${changed.join(", ")}, in ${plural(changedPackets, "packet")}.`);
  }
  if (checksums > 0) lines.push(`Checksums changed with them: ${count(checksums)}.`);
  if (frameChecks > 0) lines.push(`Frame check sequences made anew: ${count(frameChecks)}.`);
  if (absentChecksums > 0) lines.push(`Checksums of 0, which stand for none: ${count(absentChecksums)}, left at that.`);
  if (partialChecksums > 0) {
    lines.push(`Checksums left to a network adapter: ${count(partialChecksums)}, and still left to it.`);
  }
  if (cutFrames > 0) lines.push(`Frames cut: ${count(cutFrames)}; what they had on the wire is still told.`);
  return lines;
}

function lossLines({ lost, otherBlocks, counts, format }: EditSummary): string[] {
  const lines: string[] = [];
  if (lost.times > 0) lines.push(`Times that lost what is finer than the output's unit: ${count(lost.times)}.`);
  if (lost.untimed > 0) lines.push(`Packets without a time, written with the start of 1970: ${count(lost.untimed)}.`);
  if (lost.comments > 0) lines.push(`Comments that ${format} has no place for: ${count(lost.comments)}.`);
  if (lost.names > 0) lines.push(`Names of addresses that ${format} has no place for: ${count(lost.names)}.`);
  if (otherBlocks > 0) {
    lines.push(
      `Blocks that are no packets and were not carried over, such as statistics and secrets: ${count(otherBlocks)}.`,
    );
  }
  if (counts.authenticatedPackets > 0) {
    const packets = plural(counts.authenticatedPackets, "packet");
    lines.push(`Authentication headers that cover a changed address, and are wrong now: in ${packets}.`);
  }
  if (counts.cutAddresses > 0) {
    lines.push(
      `Addresses of which too little was captured to tell what they become: ${count(counts.cutAddresses)}, left as they are.`,
    );
  }
  return lines;
}

/** What was not looked into may hold addresses that were not found. */
function unreadLines({ notLookedInto, counts, cutFrames }: EditSummary, isAnonymous: boolean): string[] {
  const lines: string[] = [];
  if (notLookedInto.size > 0) {
    const names = Array.from(notLookedInto, ([name, packets]) => `${name} (${count(packets)})`);
    lines.push(`Not looked into, so that addresses behind these may be unchanged: ${names.join(", ")}.`);
  }
  if (isAnonymous && counts.changedPackets > 0 && cutFrames === 0) {
    lines.push("What applications sent is as it was, and may name addresses; --strip-payload takes it away.");
  }
  return lines;
}

/** The summary under names that stay. */
export function editJson(summary: EditSummary): object {
  const { counts, leftOut, notLookedInto, ...rest } = summary;
  const listed = (map: ReadonlyMap<string, number>, name: string) =>
    Array.from(map, ([key, packets]) => ({ [name]: key, packets }));
  return {
    ...rest,
    leftOut: listed(leftOut, "reason"),
    ...counts,
    notLookedInto: listed(notLookedInto, "name"),
  };
}
