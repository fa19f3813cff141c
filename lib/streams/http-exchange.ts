/**
 * What the two directions of an HTTP connection must know of each other: which request a response answers (RFC 9112,
 * section 9.3.2), and whether HTTP has come to an end (RFC 9110, sections 7.8 and 9.3.6).
 */

/** As far as it changes how the answer is read. `unknown`: the request is not in the capture. */
export type RequestKind = "head" | "connect" | "other" | "unknown";

/** What follows HTTP on the connection. `tunnel`: whatever the two ends have agreed upon. */
export type SwitchedTo = "websocket" | "tunnel";

/** Requests that may wait for their answer. Nobody sends so many; a capture of one side alone has so many. */
const MOST_PENDING = 1024;

export class HttpExchange {
  /** Whether any direction has been recognised as HTTP. */
  isHttp = false;
  switchedTo: SwitchedTo | undefined = undefined;
  /** Whether a response is going on. */
  isAnswering = false;
  readonly #pending: RequestKind[] = [];
  /** Requests may have been lost in a gap: nobody knows which of them comes next. */
  #isUnsure = false;
  #hasAnsweredSince = false;

  /** Whether every request has its answer, and none can be missing. */
  get isIdle(): boolean {
    return !this.isAnswering && !this.#isUnsure && this.switchedTo === undefined && this.#pending.length === 0;
  }

  /** A request whose head is whole. */
  request(kind: RequestKind): void {
    // Who waits for each answer before he asks again, and most do, has now been answered.
    if (this.#isUnsure && this.#hasAnsweredSince && !this.isAnswering) {
      this.#isUnsure = false;
      this.#pending.length = 0;
    }
    if (this.#pending.length >= MOST_PENDING) this.requestsLost();
    this.#pending.push(kind);
  }

  /** Bytes are missing in which requests may have stood. */
  requestsLost(): void {
    this.#isUnsure = true;
    this.#hasAnsweredSince = false;
    this.#pending.length = 0;
  }

  /** The request that a response answers. Interim responses (1xx) leave it waiting for the final one. */
  answered(status: number): RequestKind {
    const isInterim = status < 200 && status !== 101;
    if (this.#isUnsure) {
      if (!isInterim) this.#hasAnsweredSince = true;
      return "unknown";
    }
    const kind = this.#pending[0] ?? "unknown";
    if (!isInterim) this.#pending.shift();
    return kind;
  }

  /** Responses may have been lost: it is not known which request the next one answers. */
  responsesLost(): void {
    this.isAnswering = false;
    if (this.#pending.length > 1) this.requestsLost();
    else this.#pending.length = 0;
  }
}
