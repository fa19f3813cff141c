/** The fourth main job: a capture goes in, and comes out as somebody wants it. */
import { createCipheriv, scryptSync } from "node:crypto";
import fs from "node:fs";
import { WirewrightError } from "./core/errors.ts";
import { requirePath } from "./core/given.ts";
import { checkOptions } from "./core/option-rules.ts";
import { unreadName } from "./dissect/unread.ts";
import { type AddressMap, RuleMap } from "./edit/address-map.ts";
import { Anonymizer } from "./edit/anonymizer.ts";
import type { EncryptBlocks } from "./edit/crypto-pan.ts";
import { EditedFile, type EditedFileOptions, LostDetails } from "./edit/edited-file.ts";
import { FrameEditor } from "./edit/frame-editor.ts";
import type { EditCounts } from "./edit/packet-editor.ts";
import { isInRanges, lastOfRanges, TimeShift } from "./edit/selection.ts";
import {
  FilesByStream,
  FilesInTurn,
  type OutputFiles,
  SingleFile,
  type SplitRule,
  type WrittenFile,
} from "./edit/splitter.ts";
import { EDIT_RULES, type EditOptions } from "./edit-options.ts";
import { compileFilter } from "./filter/filter.ts";
import { type CapturedPacket, type CaptureFormat, formatOfName } from "./pcap/capture-file.ts";
import type { Capture } from "./pcap/capture-reader.ts";
import { MergedCapture } from "./pcap/merged-capture.ts";
import { openCapture } from "./pcap/open-capture.ts";
import { type FileIdentity, isStandardOutput, OutputFile } from "./pcap/output-file.ts";
import { OutputSet } from "./pcap/output-set.ts";
import { type AnalyzeCaptureOptions, followStreams } from "./running-analysis.ts";
import type { AnalyzedPacket } from "./streams/analyzed-packet.ts";

/** What was read, changed and written, counted. */
export interface EditSummary {
  /** Packets that were read. */
  readonly packets: number;
  /** Packets that were written. */
  readonly written: number;
  /** The files that were written. */
  readonly files: readonly WrittenFile[];
  /** The format of all of them. */
  readonly format: CaptureFormat;
  /** Packets that were left out, by the reason. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** What was changed in packets. */
  readonly counts: EditCounts;
  /** Frames that were cut. */
  readonly cutFrames: number;
  /** What the output had no place for. */
  readonly lost: LostDetails;
  /** Blocks of a pcapng file that are no packets and are not carried over: statistics, secrets. */
  readonly otherBlocks: number;
  /** Packets of which no more was understood than what comes before these: addresses may stand in them. */
  readonly notLookedInto: ReadonlyMap<string, number>;
  /** What was wrong with the input, as sentences. */
  readonly warnings: readonly string[];
}

const PATHS_ADVICE = 'write edit("out/part1.pcap", "out/part2.pcap", { filter: "http" })';
const TWO_TIMES = "Times are moved by a length of time or to an instant, and not by both; leave out shift or start.";

/**
 * Reads a capture, changes what is asked for, and writes it.
 *
 * @param input a path, or `-` for standard input
 * @param output a path, or `-` for standard output; where it is split, what the names of the files are made of
 * @throws CaptureError for an input that cannot be read, FilterError for a filter that cannot be understood, OutputError for an
 *   output that cannot be written or is an input, WirewrightError BAD_OPTION, LINK_TYPES or TIME_RANGE; no output is left then
 *
 * @example
 * ```ts
 * import { edit, encapsulate } from "wirewright/node";
 *
 * await encapsulate({ input: "fixtures/chat.csv", output: "out/whole.pcapng" });
 * const { written } = await edit("out/whole.pcapng", "out/first.pcapng", { filter: "tcp.stream == 0", anonymizeKey: "7" });
 * console.log(written); // 27
 * ```
 */
export async function edit(input: string, output: string, options: EditOptions = {}): Promise<EditSummary> {
  requirePath("edit", input, "the path of a capture", PATHS_ADVICE);
  requirePath("edit", output, "the path of an output behind that of its input", PATHS_ADVICE);
  checkOptions("edit", options, EDIT_RULES);
  const matches = options.filter === undefined ? undefined : compileFilter(options.filter);
  if (options.shift !== undefined && options.start !== undefined) throw new WirewrightError("BAD_OPTION", TWO_TIMES);
  const paths = [input, ...(options.merge ?? [])];
  if (paths.filter((path) => path === "-").length > 1) {
    throw new WirewrightError("BAD_OPTION", "Standard input can be read only once; name a file for the other capture.");
  }
  const capture = await openAll(paths);
  const target = new Target(output, paths.flatMap(identityOf), options.splitBy !== undefined);
  try {
    await target.open();
    const job = new EditJob(capture, output, target, options);
    const needsAnalysis = matches !== undefined || options.splitBy?.by === "stream";
    if (needsAnalysis) await runAnalysis(capture, job, matches);
    else await run(capture, job);
    const summary = job.finish();
    await target.commit();
    return summary;
  } finally {
    await target.abort();
    await capture.close();
  }
}

async function openAll(paths: readonly string[]): Promise<Capture> {
  const captures: Capture[] = [];
  try {
    for (const path of paths) captures.push(await openCapture(path));
  } catch (error) {
    for (const capture of captures) await capture.close();
    throw error;
  }
  return captures.length === 1 ? captures[0]! : new MergedCapture(captures);
}

function identityOf(path: string): FileIdentity[] {
  try {
    const stats = path === "-" ? fs.fstatSync(0, { bigint: true }) : fs.statSync(path, { bigint: true });
    return stats.isFile() ? [stats] : [];
  } catch {
    // What was opened a moment ago has no name any more.
    return [];
  }
}

async function run(capture: Capture, job: EditJob): Promise<void> {
  do {
    while (capture.next()) {
      if (job.isBehindLast(capture.packet.number)) return;
      job.take(capture.packet, undefined);
    }
    await job.drain();
  } while (await capture.more());
}

/** Filters and streams need to know what came before. */
async function runAnalysis(capture: Capture, job: EditJob, filter: AnalyzeCaptureOptions["filter"]): Promise<void> {
  const onPacket = (packet: AnalyzedPacket) => job.take(packet.captured, packet.tcpStream ?? packet.udpStream);
  await followStreams(capture, { filter, onPacket, onPause: () => job.drain() });
  job.noteUnmatched();
}

/** Where the output goes: one file, or several. */
class Target {
  readonly #output: string;
  readonly #inputs: readonly FileIdentity[];
  readonly #isSplit: boolean;
  #file: OutputFile | undefined;
  #set: OutputSet | undefined;

  constructor(output: string, inputs: readonly FileIdentity[], isSplit: boolean) {
    this.#output = output;
    this.#inputs = inputs;
    this.#isSplit = isSplit;
  }

  async open(): Promise<void> {
    if (!this.#isSplit) this.#file = await OutputFile.open(this.#output, this.#inputs);
    else if (isStandardOutput(this.#output)) {
      throw new WirewrightError("BAD_OPTION", "Standard output is one file; name an output file to split.");
    } else this.#set = new OutputSet(this.#inputs);
  }

  storeFor(name: string) {
    return this.#file ?? this.#set!.open(name);
  }

  async room(): Promise<void> {
    await this.#file?.room();
  }

  async commit(): Promise<void> {
    await this.#file?.commit();
    this.#set?.commit();
  }

  async abort(): Promise<void> {
    await this.#file?.abort();
    this.#set?.abort();
  }
}

const OUT_OF_RANGE = "out of the range of numbers";
const UNMATCHED = "that the filter does not match";

class EditJob {
  readonly #capture: Capture;
  readonly #options: EditOptions;
  readonly #target: Target;
  readonly #frame: FrameEditor;
  readonly #time: TimeShift;
  readonly #files: OutputFiles;
  readonly #format: CaptureFormat;
  readonly #lost = new LostDetails();
  readonly #leftOut = new Map<string, number>();
  readonly #unread = new Map<string, number>();
  readonly #last: number;
  #taken = 0;
  #written = 0;
  /** Behind the last frame that is wanted, nothing is read. */
  #hasEnded = false;

  constructor(capture: Capture, output: string, target: Target, options: EditOptions) {
    this.#capture = capture;
    this.#options = options;
    this.#target = target;
    const map = mapOf(options);
    this.#frame = new FrameEditor({ ...options, map, changesDns: options.dns, stripsPayload: options.stripPayload });
    this.#time = new TimeShift({ by: options.shift, start: options.start });
    this.#format = options.format ?? (isStandardOutput(output) ? capture.format : formatOfName(output));
    this.#last = options.ranges === undefined ? Number.POSITIVE_INFINITY : lastOfRanges(options.ranges);
    const fileOptions: EditedFileOptions = {
      format: this.#format,
      linkType: options.linkType,
      snapLength: options.snapLength,
      map,
      leavesOutTexts: options.anonymizeKey !== undefined,
    };
    const begin = (name: string) => new EditedFile(name, target.storeFor(name), capture, fileOptions, this.#lost);
    this.#files = filesOf(output, begin, options.splitBy);
  }

  isBehindLast(frame: number): boolean {
    this.#hasEnded = frame > this.#last;
    return this.#hasEnded;
  }

  take(packet: CapturedPacket, stream: object | undefined): void {
    this.#taken++;
    const { ranges } = this.#options;
    if (ranges !== undefined && !isInRanges(ranges, packet.number)) return increase(this.#leftOut, OUT_OF_RANGE);
    const frame = this.#frame;
    const reason = frame.prepare(packet);
    if (reason !== undefined) return increase(this.#leftOut, reason);
    if (frame.looksInside) {
      const unread = unreadName(frame.outline, packet.linkType);
      if (unread !== undefined) increase(this.#unread, unread);
    }
    this.#time.move(packet);
    this.#files.fileFor(packet, this.#time, frame.length, stream).write(packet, frame, this.#time);
    this.#written++;
  }

  noteUnmatched(): void {
    const count = this.#capture.packet.number - this.#taken;
    if (count > 0) this.#leftOut.set(UNMATCHED, count);
  }

  async drain(): Promise<void> {
    await this.#target.room();
    this.#options.onProgress?.(this.#capture.bytesRead, this.#capture.size);
  }

  finish(): EditSummary {
    const { warnings, otherBlocks, packet } = this.#capture;
    return {
      // The one that was looked at to see that all are there is none of those that were read.
      packets: packet.number - (this.#hasEnded ? 1 : 0),
      written: this.#written,
      files: this.#files.finish(),
      format: this.#format,
      leftOut: this.#leftOut,
      counts: this.#frame.counts,
      cutFrames: this.#frame.cutFrames,
      lost: this.#lost,
      otherBlocks,
      notLookedInto: this.#unread,
      warnings,
    };
  }
}

function filesOf(output: string, begin: (name: string) => EditedFile, rule: SplitRule | undefined): OutputFiles {
  if (rule === undefined) return new SingleFile(output, begin);
  return rule.by === "stream" ? new FilesByStream(output, begin) : new FilesInTurn(output, begin, rule);
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function mapOf({ mapIp = [], mapMac = [], anonymizeKey }: EditOptions): AddressMap | undefined {
  const anonymizer = anonymizeKey === undefined ? undefined : anonymizerOf(anonymizeKey);
  if (mapIp.length === 0 && mapMac.length === 0) return anonymizer;
  return new RuleMap(mapIp, mapMac, anonymizer);
}

const KEY_LENGTH = 32;
/** For keys that are made of a passphrase: always the same, so that the same passphrase gives the same addresses. */
const SALT = "wirewright";
/** The cost that Node takes where none is said; said here so that it stays what it is. */
const COST = { N: 16_384, r: 8, p: 1 } as const;

/**
 * A map that makes addresses unknowable under a key; those with a common prefix keep one.
 *
 * @param key 64 hexadecimal digits, or a passphrase, of which scrypt (RFC 7914) makes 32 bytes
 * @throws WirewrightError BAD_OPTION for a key that is empty
 */
export function anonymizerOf(key: string): AddressMap {
  if (key === "")
    throw new WirewrightError(
      "BAD_OPTION",
      "The key to anonymize with is empty; give 64 hexadecimal digits or a passphrase.",
    );
  const isHex = /^[0-9a-f]{64}$/i.test(key);
  const bytes = isHex ? Buffer.from(key, "hex") : scryptSync(key.normalize("NFC"), SALT, KEY_LENGTH, COST);
  const cipher = createCipheriv("aes-128-ecb", bytes.subarray(0, KEY_LENGTH / 2), null).setAutoPadding(false);
  const encrypt: EncryptBlocks = (blocks) => cipher.update(blocks);
  return new Anonymizer(encrypt, bytes.subarray(KEY_LENGTH / 2));
}
