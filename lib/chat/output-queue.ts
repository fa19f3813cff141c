/** What is to be written to one client, and has not been taken by the system yet. */

/** A line for a client, made once for all who get it. */
export interface Outgoing<Sender> {
  /** With its end. */
  readonly text: string;
  /** Of the text in UTF-8. */
  readonly bytes: number;
  /** Who is told if it does not arrive; undefined for what the server says. */
  readonly from: Sender | undefined;
}

/** Writes text, and calls back when the system has taken all of it. */
export type WriteText = (text: string, done: (error?: Error | null) => void) => void;

/**
 * Bytes in one write; a longer line is one by itself. Progress is seen only when a write is done, so one must not be so
 * large that a slow reader takes long for it.
 */
const WRITE_SIZE = 4 << 10;
/** Written lines are released when there are so many at the front. */
const COMPACT_AT = 1024;

export class OutputQueue<Sender> {
  readonly #write: WriteText;
  readonly #onProgress: () => void;
  #items: Outgoing<Sender>[] = [];
  /** Where in `#items` begin: what is being written, and what is not yet. */
  #head = 0;
  #next = 0;
  #waiting = 0;

  /**
   * @param write is never called again before it has called back
   * @param onProgress after each write that succeeded
   */
  constructor(write: WriteText, onProgress: () => void) {
    this.#write = write;
    this.#onProgress = onProgress;
  }

  /** Bytes that the system has not taken. */
  get waiting(): number {
    return this.#waiting;
  }

  push(item: Outgoing<Sender>): void {
    this.#items.push(item);
    this.#waiting += item.bytes;
  }

  /** Begins to write what is there, as one piece where it is not large. Goes on by itself. */
  flush(): void {
    const isWriting = this.#next > this.#head;
    if (isWriting || this.#next === this.#items.length) return;
    let text = "";
    let bytes = 0;
    for (; this.#next < this.#items.length; this.#next++) {
      const item = this.#items[this.#next] as Outgoing<Sender>;
      if (bytes > 0 && bytes + item.bytes > WRITE_SIZE) break;
      text += item.text;
      bytes += item.bytes;
    }
    this.#write(text, (error) => {
      if (!error) this.#written(bytes);
    });
  }

  /** Empties the queue. @returns the messages of users in it, those included that were being written */
  takeUndelivered(): Outgoing<Sender>[] {
    const rest = this.#items.slice(this.#head).filter((item) => item.from !== undefined);
    this.#items = [];
    this.#head = this.#next = this.#waiting = 0;
    return rest;
  }

  #written(bytes: number): void {
    // Emptied while the write was on its way.
    if (this.#waiting === 0) return;
    this.#waiting -= bytes;
    this.#head = this.#next;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = this.#next = 0;
    } else if (this.#head >= COMPACT_AT) {
      this.#items = this.#items.slice(this.#head);
      this.#head = this.#next = 0;
    }
    this.flush();
    this.#onProgress();
  }
}
