/**
 * Where the rows of a CSV end, byte by byte. A line end inside quotes ends no row, so this must know quotes, and being
 * the one who knows them it also finds the wrong ones. What the cells hold is not its business.
 */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/** What the byte before was part of. */
const AT_CELL_START = 0;
const IN_PLAIN_CELL = 1;
const IN_QUOTES = 2;
/** A quote inside quotes: either the first half of a doubled one, or the end of the cell. */
const AFTER_QUOTE = 3;
/** A carriage return after that: only a line feed may follow. */
const AFTER_QUOTE_AND_RETURN = 4;
type State = 0 | 1 | 2 | 3 | 4;

/** The first place where quotes are used in a way that CSV does not have. Lines and columns count from 1. */
export interface QuoteFault {
  readonly kind: "open" | "stray" | "textAfter";
  /** Where the row starts, except for `open`: there, where the cell starts. */
  readonly line: number;
  readonly column: number;
  /** The line of the byte itself. */
  readonly atLine: number;
}

export class RecordScanner {
  /** The line of the next byte. */
  line: number;
  /** The line where the row now being read starts. */
  rowLine: number;
  /** The cell now being read, from 1. */
  column = 1;
  /** Once set, nothing more is scanned. */
  fault: QuoteFault | undefined;
  /** Cells so far that have a quote inside but none at their start. */
  strayCells = 0;
  /** The line where the row of the first of them starts. */
  firstStrayLine = 0;
  lastStrayLine = 0;
  readonly #delimiter: number;
  readonly #strayIsFault: boolean;
  #state: State = AT_CELL_START;
  #openLine = 0;
  #strayColumn = 0;

  /**
   * Starts at the first byte of a row.
   *
   * @param delimiter the byte between cells
   * @param strayIsFault whether a quote inside a cell that has none at its start is a fault; else it is text
   */
  constructor(line: number, delimiter: number, strayIsFault: boolean) {
    this.line = line;
    this.rowLine = line;
    this.#delimiter = delimiter;
    this.#strayIsFault = strayIsFault;
  }

  /** Takes the next piece of the text. Returns how many of its bytes belong to rows that are now complete. */
  scan(bytes: Uint8Array): number {
    let complete = 0;
    // In a local variable: this loop sees every byte of every input.
    let state = this.#state;
    const delimiter = this.#delimiter;
    const lastSpecial = Math.max(delimiter, QUOTE);
    for (let i = 0; i < bytes.length && this.fault === undefined; i++) {
      const byte = bytes[i]!;
      if (byte > lastSpecial && state === IN_PLAIN_CELL) continue;
      if (byte === LINE_FEED) {
        this.line++;
        if (state === IN_QUOTES) continue;
        complete = i + 1;
        this.rowLine = this.line;
        this.column = 1;
        state = AT_CELL_START;
      } else if (byte === QUOTE) {
        state = this.#quote(state);
      } else if (state >= AFTER_QUOTE) {
        state = this.#afterQuote(state, byte);
      } else if (state !== IN_QUOTES) {
        state = byte === delimiter ? this.#endCell() : IN_PLAIN_CELL;
      }
    }
    this.#state = state;
    return complete;
  }

  /** To be called at the end of the text. */
  finish(): void {
    if (this.#state === AFTER_QUOTE_AND_RETURN) this.#fail("textAfter");
    if (this.#state === IN_QUOTES) this.#fail("open", this.#openLine);
  }

  #quote(state: State): State {
    if (state === IN_QUOTES) return AFTER_QUOTE;
    if (state === AFTER_QUOTE) return IN_QUOTES;
    if (state === IN_PLAIN_CELL && !this.#strayIsFault) return this.#stray();
    if (state === AT_CELL_START) this.#openLine = this.line;
    else this.#fail(state === IN_PLAIN_CELL ? "stray" : "textAfter");
    return IN_QUOTES;
  }

  #stray(): State {
    if (this.rowLine !== this.lastStrayLine || this.column !== this.#strayColumn) {
      this.strayCells++;
      this.lastStrayLine = this.rowLine;
      this.#strayColumn = this.column;
      if (this.strayCells === 1) this.firstStrayLine = this.rowLine;
    }
    return IN_PLAIN_CELL;
  }

  #afterQuote(state: State, byte: number): State {
    if (state === AFTER_QUOTE && byte === CARRIAGE_RETURN) return AFTER_QUOTE_AND_RETURN;
    if (state === AFTER_QUOTE && byte === this.#delimiter) return this.#endCell();
    this.#fail("textAfter");
    return state;
  }

  #endCell(): State {
    this.column++;
    return AT_CELL_START;
  }

  #fail(kind: QuoteFault["kind"], line = this.rowLine): void {
    this.fault ??= { kind, line, column: this.column, atLine: this.line };
  }
}
