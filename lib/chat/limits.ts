/** What the chat does if nothing else is said: where it is, and how much of its clients it bears. */
/** Where a chat server listens, and where a client looks for one, if nothing else is said. */
export const USUAL_ADDRESS = { host: "127.0.0.1", port: 8080 } as const;

/** What the chat server bears from its clients. 0 lifts a limit. */
export interface ChatLimits {
  /** Bytes of a line, its end not counted, after and before its sender has a name. */
  readonly maxLine: number;
  /** Bytes of a line before its sender has a name. */
  readonly maxLineBeforeName: number;
  /** Characters of a name. */
  readonly maxName: number;
  /** Milliseconds in which a connection must get a name, whatever it sends meanwhile. */
  readonly nameTimeout: number;
  /** Lines that it may send for that. */
  readonly maxLinesBeforeName: number;
  /** Milliseconds of silence after which the system asks whether the other end is still there. */
  readonly keepAlive: number;
  /**
   * Lines that a client may send at once, and lines a second after that. More are read later. Bytes that make no line count
   * as well: 8 KiB, or twice the longest line, as one.
   */
  readonly floodBurst: number;
  /** Lines a second that a client may send after that. */
  readonly floodRate: number;
  /** Bytes of lines that wait to be read later; a client of which more comes although nothing is read is closed. */
  readonly maxInputQueue: number;
  /** Milliseconds in which what waits is read once the client has closed its side; the rest is dropped. */
  readonly drainTimeout: number;
  /** Bytes that a client has not taken yet: above the first, its own lines wait; above the second, it is closed. */
  readonly softOutputQueue: number;
  /** Bytes that a client has not taken yet, above which it is closed. */
  readonly hardOutputQueue: number;
  /** Milliseconds in which a client that has bytes waiting must take some. */
  readonly outputTimeout: number;
  /**
   * Connections from one address at a time, and new ones from it within `addressWindow` milliseconds; 0 for either of these
   * two lifts the limit to new ones.
   */
  readonly maxPerAddress: number;
  /** New connections from one address within `addressWindow`. */
  readonly maxNewPerAddress: number;
  /** Milliseconds in which new connections from one address are counted. */
  readonly addressWindow: number;
  /** Connections at a time. */
  readonly maxClients: number;
}

export const USUAL_LIMITS: ChatLimits = {
  maxLine: 4096,
  maxLineBeforeName: 1024,
  maxName: 32,
  nameTimeout: 60_000,
  maxLinesBeforeName: 32,
  keepAlive: 30_000,
  floodBurst: 10,
  floodRate: 4,
  maxInputQueue: 16 << 10,
  drainTimeout: 60_000,
  softOutputQueue: 64 << 10,
  hardOutputQueue: 1 << 20,
  outputTimeout: 10_000,
  maxPerAddress: 16,
  maxNewPerAddress: 32,
  addressWindow: 600_000,
  maxClients: 0,
};
