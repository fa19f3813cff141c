/** What the parsers of all capture formats have in common: chunks of bytes go in, packets come out. */
import { ByteWindow } from "./byte-window.ts";
import type { CaptureFormat } from "./capture-file.ts";
import { CapturedPacket, CaptureError, describeCapturePlace } from "./capture-file.ts";

/** Where packets of a capture came from. */
export interface CaptureInterface {
  /** Counts from 0 within its section. */
  readonly id: number;
  /** Counts from 0; always 0 in a pcap file. */
  readonly section: number;
  /** A LINKTYPE number. */
  readonly linkType: number;
  /** Bytes that were kept of a packet at most; 0 where there was no limit. */
  readonly snapLength: number;
  /** Of the time stamps. Rounded where it is a power of ten above 10^22. */
  readonly ticksPerSecond: number;
  /** Its name where it was captured, such as "eth0"; left out where the file has none. */
  readonly name?: string;
  /** What the file says of it; left out where it says nothing. */
  readonly description?: string;
  /** Left out where there are none. */
  readonly comments?: readonly string[];
  /** Bytes of the check sequence that its frames end with; left out where the file does not say. */
  readonly checkSequenceLength?: number;
}

const NOBODY: ReadonlyMap<string, readonly string[]> = new Map();

/**
 * Takes the bytes of a capture in chunks of any size and hands out its packets.
 *
 * A file that is cut off or damaged gives the packets that stand before that place, then one warning; only a file of which
 * nothing can be read is an error.
 */
export abstract class CaptureParser {
  abstract readonly format: CaptureFormat;
  /** Filled in by `next`, the same object every time. */
  readonly packet = new CapturedPacket();
  /** Sentences for people, each with the place in the file. */
  readonly warnings: string[] = [];
  /** As far as they have been read: a pcapng file can bring further ones at any time. */
  readonly interfaces: CaptureInterface[] = [];
  /** Blocks that are no packets and were passed over: statistics, secrets, and whatever is not known. */
  otherBlocks = 0;
  /** What the file says of itself, section by section. */
  readonly comments: string[] = [];
  /** The program, machine and system that wrote the (first section of the) file. */
  application: string | undefined;
  hardware: string | undefined;
  os: string | undefined;
  protected readonly file: string;
  protected readonly window = new ByteWindow();
  #isOpen = false;
  #isPaused = true;
  #hasStopped = false;
  #hasEnded = false;
  #interruption: string | undefined;

  /** @param file what the errors and warnings call the file */
  constructor(file: string) {
    this.file = file;
  }

  /** Names that the file gives for addresses. */
  get resolvedNames(): ReadonlyMap<string, readonly string[]> {
    return NOBODY;
  }

  /** Whether the file's header was read and is good. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether reading ended before the file did. */
  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  /**
   * Hands in the next bytes of the file. Their memory may be used again after another chunk was fed.
   *
   * @throws CaptureError BAD_HEADER, NOT_A_CAPTURE when they complete the file's header and it is wrong
   */
  feed(chunk: Uint8Array): void {
    if (this.#hasStopped) return;
    // One without bytes too: the one before it may be used again now, so what is left of that has to be copied.
    this.window.feed(chunk);
    this.#isPaused = false;
    if (!this.#isOpen) this.#isOpen = this.readHeader();
  }

  /**
   * Says that nothing will follow.
   *
   * @param interruption why not, where it is not the file's own end: "the compressed file is damaged"
   * @throws CaptureError EMPTY_INPUT, TRUNCATED when not even the header is there
   */
  end(interruption?: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#interruption = interruption;
    if (!this.#isOpen) throw this.#withoutHeader();
    if (this.#isPaused) this.#finish();
  }

  /**
   * Reads what stands before the first packet, as far as it is here: descriptions of interfaces, names. To be called when the
   * file's header was read, and before `next`.
   *
   * @returns false as long as neither a packet nor the end is reached
   */
  readAhead(): boolean {
    return true;
  }

  /**
   * Moves on to the next packet and fills in `packet`.
   *
   * @returns false when more bytes must be fed first, or the end is reached
   */
  abstract next(): boolean;

  /** @returns false as long as bytes are missing. @throws CaptureError */
  protected abstract readHeader(): boolean;

  /** To be returned by `next` when bytes are missing. */
  protected pause(): false {
    this.#isPaused = true;
    if (this.#hasEnded) this.#finish();
    return false;
  }

  /** To be returned by `next` when what follows cannot be read. */
  protected stop(offset: number, problem: string): false {
    const place = describeCapturePlace(this.file, offset);
    this.#close(`${place}: ${problem}; reading stopped there, after ${this.#soFar()}.`);
    return false;
  }

  #finish(): void {
    if (this.#hasStopped) return;
    const start = this.recordStart;
    const place = describeCapturePlace(this.file, start);
    if (this.#interruption !== undefined) {
      this.#close(`${place}: ${this.#interruption}; reading stopped there, after ${this.#soFar()}.`);
    } else if (this.window.position + this.window.length > start || this.window.isInDebt) {
      this.#close(
        `${place}: the file is cut off within the record that begins there; reading stopped after ${this.#soFar()}.`,
      );
    }
  }

  /** Index in the file of the record that is being read, or is the next to be. */
  protected get recordStart(): number {
    return this.window.position;
  }

  #close(warning: string): void {
    this.#hasStopped = true;
    this.warnings.push(warning);
    this.window.clear();
  }

  #soFar(): string {
    return this.packet.number === 1 ? "1 packet" : `${this.packet.number} packets`;
  }

  #withoutHeader(): CaptureError {
    const { position, length } = this.window;
    const place = { file: this.file };
    if (this.#interruption !== undefined) {
      return new CaptureError("BAD_GZIP", place, this.#interruption, "copy or compress it again");
    }
    if (position + length === 0) {
      return new CaptureError("EMPTY_INPUT", place, "the file is empty", "record it again");
    }
    const problem = "the file is cut off within its header";
    return new CaptureError("TRUNCATED", { file: this.file, offset: length }, problem, "copy or record it again");
  }
}
