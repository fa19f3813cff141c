/** Which of several output files a packet belongs to. */
import { parsed } from "../core/given.ts";
import type { Moment } from "../core/time.ts";
import type { CapturedPacket } from "../pcap/capture-file.ts";
import type { EditedFile } from "./edited-file.ts";

/** How an output is split: a file for each TCP or UDP stream, or another one after so many minutes, packets or bytes. */
export type SplitRule =
  | {
      /** What a file holds: a stream, or so many of these. */
      readonly by: "stream";
    }
  | {
      /** What a file holds: a stream, or so many of these. */
      readonly by: "minutes" | "packets" | "bytes";
      /** How many of them, more than 0. */
      readonly count: number;
    };

/**
 * Reads `stream`, `minutes 5`, `packets 1000`, `bytes 1000000`; `=` or `:` may stand for the blank.
 *
 * @throws WirewrightError BAD_OPTION for what is no such rule
 */
export function parseSplitRule(text: string): SplitRule {
  return parsed(tryParseSplitRule(text), text, "a rule for splitting", 'write "stream", "minutes 5" or "packets 1000"');
}

/** The same. @returns undefined for what is no such rule */
export function tryParseSplitRule(text: string): SplitRule | undefined {
  if (typeof text !== "string") return undefined;
  if (/^\s*streams?\s*$/i.test(text)) return { by: "stream" };
  const match = /^\s*(minute|packet|byte)s?[\s=:]+(\d+(?:\.\d+)?)([kmg]?)b?\s*$/i.exec(text);
  if (match === null) return undefined;
  const by = `${match[1]!.toLowerCase()}s` as "minutes" | "packets" | "bytes";
  const unit = { "": 1, k: 1e3, m: 1e6, g: 1e9 }[match[3]!.toLowerCase()]!;
  const count = Number(match[2]) * unit;
  const isPossible = by === "minutes" ? unit === 1 : Number.isSafeInteger(count);
  return isPossible && count > 0 ? { by, count } : undefined;
}

/** The name of a part: `out.pcap` becomes `out-00001.pcap`. */
export function partName(file: string, number: number): string {
  const digits = String(number).padStart(5, "0");
  const at = file.search(/\.[^./\\]+$/);
  return at < 1 || /[/\\]$/.test(file.slice(0, at))
    ? `${file}-${digits}`
    : `${file.slice(0, at)}-${digits}${file.slice(at)}`;
}

/** What is said of a file that is whole. */
export interface WrittenFile {
  /** Its path. */
  readonly file: string;
  /** Packets in it. */
  readonly packets: number;
  /** Bytes of the file. */
  readonly bytes: number;
}

export interface OutputFiles {
  /** The file for a packet. @param length bytes of it that are kept @param stream of it, where it has one */
  fileFor(packet: CapturedPacket, time: Moment, length: number, stream: object | undefined): EditedFile;
  /** Ends all files. */
  finish(): WrittenFile[];
}

type Begin = (name: string) => EditedFile;

/** All packets in one file. */
export class SingleFile implements OutputFiles {
  readonly #file: EditedFile;
  readonly #name: string;

  constructor(name: string, begin: Begin) {
    this.#name = name;
    this.#file = begin(name);
  }

  fileFor(): EditedFile {
    return this.#file;
  }

  finish(): WrittenFile[] {
    const bytes = this.#file.finish();
    return [{ file: this.#name, packets: this.#file.packets, bytes }];
  }
}

/** One file after the other: the next one is begun when the present one has enough. */
export class FilesInTurn implements OutputFiles {
  readonly #name: string;
  readonly #begin: Begin;
  readonly #rule: Exclude<SplitRule, { by: "stream" }>;
  readonly #written: WrittenFile[] = [];
  #file: EditedFile | undefined;
  #current = "";
  #first: Moment | undefined;
  #interval = 0;

  constructor(name: string, begin: Begin, rule: Exclude<SplitRule, { by: "stream" }>) {
    this.#name = name;
    this.#begin = begin;
    this.#rule = rule;
  }

  fileFor(packet: CapturedPacket, time: Moment, length: number): EditedFile {
    const isFull = this.#file !== undefined && this.#isFull(this.#file, packet, time, length);
    this.#countInterval(time);
    if (isFull) this.#end();
    this.#file ??= this.#next();
    return this.#file;
  }

  finish(): WrittenFile[] {
    this.#file ??= this.#next();
    this.#end();
    return this.#written;
  }

  #isFull(file: EditedFile, packet: CapturedPacket, time: Moment, length: number): boolean {
    const { by, count } = this.#rule;
    if (by === "packets") return file.packets >= count;
    if (by === "bytes") return file.packets > 0 && file.byteCount + file.roomFor(packet, length) > count;
    return this.#intervalOf(time) > this.#interval;
  }

  /** Packets that are stamped earlier than those before stay with them. */
  #countInterval(time: Moment): void {
    this.#first ??= { seconds: time.seconds, nanoseconds: time.nanoseconds };
    this.#interval = Math.max(this.#interval, this.#intervalOf(time));
  }

  #intervalOf(time: Moment): number {
    const first = this.#first ?? time;
    const seconds = time.seconds - first.seconds + (time.nanoseconds - first.nanoseconds) / 1e9;
    return Math.floor(seconds / (60 * this.#rule.count));
  }

  #next(): EditedFile {
    this.#current = partName(this.#name, this.#written.length + 1);
    return this.#begin(this.#current);
  }

  #end(): void {
    const file = this.#file!;
    const bytes = file.finish();
    this.#written.push({ file: this.#current, packets: file.packets, bytes });
    this.#file = undefined;
  }
}

/** A file for each stream, in the order in which they begin, from 1; what belongs to none is in 0. */
export class FilesByStream implements OutputFiles {
  readonly #name: string;
  readonly #begin: Begin;
  readonly #files = new Map<object | undefined, { readonly name: string; readonly file: EditedFile }>();
  #streams = 0;

  constructor(name: string, begin: Begin) {
    this.#name = name;
    this.#begin = begin;
  }

  fileFor(_packet: CapturedPacket, _time: Moment, _length: number, stream: object | undefined): EditedFile {
    const known = this.#files.get(stream);
    if (known !== undefined) return known.file;
    const name = partName(this.#name, stream === undefined ? 0 : ++this.#streams);
    const file = this.#begin(name);
    this.#files.set(stream, { name, file });
    return file;
  }

  finish(): WrittenFile[] {
    const written = Array.from(this.#files.values(), ({ name, file }) => {
      const bytes = file.finish();
      return { file: name, packets: file.packets, bytes };
    });
    return written.sort((a, b) => (a.file < b.file ? -1 : 1));
  }
}
