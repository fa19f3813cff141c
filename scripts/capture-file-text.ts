/** What scripts say of a capture file that they have written. */
import fs from "node:fs";
import { makeVisible } from "../lib/core/text.ts";
import { namesFormat } from "../lib/pcap/capture-file.ts";
import { isStandardOutput } from "../lib/pcap/output-file.ts";

/** An argument as it can be pasted behind a prompt. */
export function quoteForShell(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** The line for a file whose name leaves open what it is; undefined where there is nothing to say. */
export function formatNotice(file: string): string | undefined {
  if (namesFormat(file) || isStandardOutput(file) || isDevice(file)) return undefined;
  return `${makeVisible(file)} is written as pcap, since its name does not say what it is; end it in .pcap or .pcapng.`;
}

function isDevice(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === false;
}
