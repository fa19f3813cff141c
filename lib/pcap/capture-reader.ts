/** Captures to be read packet by packet, whatever their format and wherever their bytes come from. */

import type { CapturedPacket, CaptureFormat } from "./capture-file.ts";
import { isPcapng } from "./capture-file.ts";
import type { CaptureInterface, CaptureParser } from "./capture-parser.ts";
import { isPcap, PcapParser } from "./pcap-parser.ts";

/**
 * A capture that is being read:
 *
 *     do {
 *       while (capture.next()) use(capture.packet);
 *     } while (await capture.more());
 *     await capture.close();
 */
export interface Capture {
  /** The file as the person named it, or "standard input". */
  readonly name: string;
  /** The format of the file. */
  readonly format: CaptureFormat;
  /** Whether it is packed with gzip. */
  readonly isCompressed: boolean;
  /** Filled in by `next`, the same object every time. Its bytes are gone after the next `next` or `more`. */
  readonly packet: CapturedPacket;
  /** Moves on to the next packet. @returns false when `more` is to be asked */
  next(): boolean;
  /** Gets further bytes. @returns false when there are none. @throws CaptureError INPUT_UNREADABLE */
  more(): Promise<boolean>;
  /** Bytes of the file that were taken so far, as they are stored: for showing progress against `size`. */
  readonly bytesRead: number;
  /** Bytes of the file, where they are known beforehand. */
  readonly size?: number;
  /**
   * Those that the file has described so far: the first is there from the start, in a file that describes any before its first
   * packet. A pcapng file can describe further ones, which are added while its packets are read.
   */
  readonly interfaces: readonly CaptureInterface[];
  /** Comments on the whole file, or on sections of it. */
  readonly comments: readonly string[];
  /** The program that wrote the file, as the file has it. */
  readonly application: string | undefined;
  /** The machine that wrote the file, as the file has it. */
  readonly hardware: string | undefined;
  /** The system that wrote the file, as the file has it. */
  readonly os: string | undefined;
  /** Blocks that are no packets and were passed over: statistics, secrets, and whatever is not known. */
  readonly otherBlocks: number;
  /** Names that the file gives, by address. */
  readonly resolvedNames: ReadonlyMap<string, readonly string[]>;
  /** What was wrong, as sentences. Complete when `more` has returned false. */
  readonly warnings: readonly string[];
  /** To be called in the end, also when not everything was read. */
  close(): Promise<void>;
}

/** Where the bytes behind those that were fed come from. */
export interface CaptureSource {
  readonly isCompressed: boolean;
  readonly bytesRead: number;
  readonly size?: number;
  /** The next bytes, or undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Why the bytes ended before the file should, if they did. */
  readonly interruption: string | undefined;
  close(): Promise<void>;
}

/** So many bytes tell the format. */
export const MAGIC_LENGTH = 4;

/** The parser for a file that begins with these bytes, or undefined if it is no capture that can be read. */
export async function parserFor(start: Uint8Array, name: string): Promise<CaptureParser | undefined> {
  if (isPcap(start)) return new PcapParser(name);
  if (!isPcapng(start)) return undefined;
  // Loaded when it is needed: each file takes its time to start.
  const { PcapngParser } = await import("./pcapng-parser.ts");
  return new PcapngParser(name);
}

/**
 * Reads the file's header, and on to its first interface, packet or end; what else stands there already is read too.
 *
 * @returns false if the bytes end before that
 * @throws CaptureError BAD_HEADER, NOT_A_CAPTURE, and what the source throws
 */
export async function readBeginning(parser: CaptureParser, source: CaptureSource): Promise<boolean> {
  for (;;) {
    if (parser.isOpen && (parser.readAhead() || parser.interfaces.length > 0 || parser.hasStopped)) return true;
    const bytes = await source.read();
    if (bytes === undefined) return false;
    parser.feed(bytes);
  }
}

/** A parser and its source as one. */
export class ParsedCapture implements Capture {
  readonly name: string;
  readonly isCompressed: boolean;
  readonly packet: CapturedPacket;
  readonly #parser: CaptureParser;
  readonly #source: CaptureSource;
  #isAtEnd = false;

  constructor(name: string, parser: CaptureParser, source: CaptureSource) {
    this.name = name;
    this.isCompressed = source.isCompressed;
    this.packet = parser.packet;
    this.#parser = parser;
    this.#source = source;
    if (source.size !== undefined) this.size = source.size;
  }

  declare readonly size?: number;

  get format(): CaptureFormat {
    return this.#parser.format;
  }

  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#parser.interfaces;
  }

  get comments(): readonly string[] {
    return this.#parser.comments;
  }

  get application(): string | undefined {
    return this.#parser.application;
  }

  get hardware(): string | undefined {
    return this.#parser.hardware;
  }

  get os(): string | undefined {
    return this.#parser.os;
  }

  get otherBlocks(): number {
    return this.#parser.otherBlocks;
  }

  get resolvedNames(): ReadonlyMap<string, readonly string[]> {
    return this.#parser.resolvedNames;
  }

  get warnings(): readonly string[] {
    return this.#parser.warnings;
  }

  next(): boolean {
    return this.#parser.next();
  }

  async more(): Promise<boolean> {
    if (this.#isAtEnd || this.#parser.hasStopped) return false;
    const bytes = await this.#source.read();
    if (bytes !== undefined) {
      this.#parser.feed(bytes);
      return true;
    }
    this.#isAtEnd = true;
    this.#parser.end(this.#source.interruption);
    return false;
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
