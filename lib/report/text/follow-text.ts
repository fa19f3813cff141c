/** The contents of one stream, as they are read: as text, as dumps, or as they are. */
import { ByteText, dumpRow, ROW_LENGTH } from "../byte-text.ts";
import { count } from "../wording.ts";
import { chop, PAGE_WIDTH } from "./text-layout.ts";

/** What takes the contents of a stream. */
export interface Follower {
  data(bytes: Uint8Array, isFromClient: boolean): void;
  gap(length: number, isFromClient: boolean): void;
  /** What follows is no part of what came before. */
  boundary?(isFromClient: boolean): void;
  end(): void;
}

const CLIENT_MARK = "> ";
const SERVER_MARK = "< ";
/** Before what goes on with the line above. */
const NO_MARK = "  ";
const TEXT_WIDTH = PAGE_WIDTH - CLIENT_MARK.length;

function markOf(isFromClient: boolean): string {
  return isFromClient ? CLIENT_MARK : SERVER_MARK;
}

/** "[1,460 bytes missing in the capture]" */
function gapText(length: number): string {
  return `[${count(length)} ${length === 1 ? "byte" : "bytes"} missing in the capture]`;
}

/** Lines of text, each behind the mark of who sent it. */
export class TextFollower implements Follower {
  readonly #write: (text: string) => void;
  readonly #client = new ByteText();
  readonly #server = new ByteText();
  /** The line that is going on: what of it does not fill a row yet, and whether rows of it were written. */
  #row = "";
  #isOpen = false;
  #isContinued = false;
  #isFromClient = true;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  data(bytes: Uint8Array, isFromClient: boolean): void {
    this.#turn(isFromClient);
    this.#add((isFromClient ? this.#client : this.#server).read(bytes));
  }

  gap(length: number, isFromClient: boolean): void {
    this.#turn(isFromClient);
    // A character cannot go on behind a gap.
    this.#add((isFromClient ? this.#client : this.#server).finish());
    this.#endLine();
    this.#write(`${markOf(isFromClient)}${gapText(length)}\n`);
  }

  boundary(isFromClient: boolean): void {
    if (this.#isFromClient !== isFromClient) return;
    this.#add((isFromClient ? this.#client : this.#server).finish());
    this.#endLine();
  }

  end(): void {
    for (const isFromClient of [this.#isFromClient, !this.#isFromClient]) {
      const rest = (isFromClient ? this.#client : this.#server).finish();
      if (rest !== "") this.#turn(isFromClient);
      this.#add(rest);
    }
    this.#endLine();
  }

  #turn(isFromClient: boolean): void {
    if (this.#isFromClient !== isFromClient) this.#endLine();
    this.#isFromClient = isFromClient;
  }

  #add(text: string): void {
    const lines = text.split("\n");
    for (const [index, line] of lines.entries()) {
      if (line !== "" || index < lines.length - 1) this.#extend(line);
      if (index < lines.length - 1) this.#endLine();
    }
  }

  #extend(text: string): void {
    this.#isOpen = true;
    const rows = chop(this.#row + text, TEXT_WIDTH);
    this.#row = rows.pop() ?? "";
    for (const row of rows) this.#writeRow(row);
  }

  #writeRow(row: string): void {
    const mark = this.#isContinued ? NO_MARK : markOf(this.#isFromClient);
    this.#write(`${`${mark}${row}`.trimEnd()}\n`);
    this.#isContinued = true;
  }

  #endLine(): void {
    if (!this.#isOpen) return;
    this.#writeRow(this.#row);
    this.#row = "";
    this.#isOpen = false;
    this.#isContinued = false;
  }
}

const OFFSET_DIGITS = 8;

/** Dumps, with an offset that counts in each direction by itself. */
export class HexFollower implements Follower {
  readonly #write: (text: string) => void;
  #clientOffset = 0;
  #serverOffset = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  data(bytes: Uint8Array, isFromClient: boolean): void {
    const offset = this.#advance(bytes.length, isFromClient);
    for (let at = 0; at < bytes.length; at += ROW_LENGTH) {
      const row = dumpRow(bytes.subarray(at, at + ROW_LENGTH), offset + at, OFFSET_DIGITS);
      this.#write(`${markOf(isFromClient)}${row}\n`);
    }
  }

  gap(length: number, isFromClient: boolean): void {
    this.#advance(length, isFromClient);
    this.#write(`${markOf(isFromClient)}${gapText(length)}\n`);
  }

  end(): void {}

  /** @returns the offset before */
  #advance(length: number, isFromClient: boolean): number {
    const before = isFromClient ? this.#clientOffset : this.#serverOffset;
    if (isFromClient) this.#clientOffset += length;
    else this.#serverOffset += length;
    return before;
  }
}

/** The bytes and nothing else. */
export class RawFollower implements Follower {
  readonly #write: (bytes: Uint8Array) => void;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  data(bytes: Uint8Array): void {
    this.#write(bytes.slice());
  }

  gap(): void {}

  end(): void {}
}
