/** How much work there is: enough that starting up does not decide, and a tenth of it for a quick look. */

export interface CsvInput {
  readonly rows: number;
  readonly conversations: number;
}

export interface Sizes {
  readonly frames: number;
  readonly sessions: Readonly<Record<"short" | "long", { readonly messages: number; readonly bytes: number }>>;
  readonly csv: CsvInput;
  /** Over a network that loses: messages of one connection, for its speed and for its memory, and open connections. */
  readonly lossy: {
    readonly shortMessages: number;
    readonly longMessages: number;
    readonly transfers: readonly number[];
    readonly connections: readonly number[];
  };
  /** Scapy would take many minutes for as many rows as the others. */
  readonly scapy: CsvInput;
  /** What the capture is made of that is read. */
  readonly capture: CsvInput;
  /** Steps of rows, with the conversations of `csv`. */
  readonly rowSteps: readonly number[];
  /** Steps of conversations, with the rows of the last step of rows. */
  readonly conversationSteps: readonly number[];
}

/** Bytes of one that takes many segments. */
export const LONG_MESSAGE = 100_000;

export interface SizeFlags {
  readonly quick?: boolean;
  readonly long?: boolean;
  readonly rows: number;
}

const CONVERSATIONS = 1000;
const PACKETS_TO_OPEN_AND_CLOSE = 7;
const QUICK_SHARE = 0.1;

export function sizesFor({ quick, long, rows }: SizeFlags): Sizes {
  const share = quick ? QUICK_SHARE : 1;
  const rowsInAll = Math.round(rows * share);
  const conversations = Math.min(CONVERSATIONS, rowsInAll);
  return {
    frames: Math.round(2_000_000 * share),
    sessions: {
      short: { messages: Math.round(1_000_000 * share), bytes: 40 },
      long: { messages: Math.round(300_000 * share), bytes: 1400 },
    },
    csv: { rows: rowsInAll, conversations },
    lossy: {
      shortMessages: Math.round(1_000_000 * share),
      longMessages: Math.round(6000 * share),
      transfers: [1000, 10_000].map((messages) => messages * share),
      connections: [1000, 50_000].map((count) => count * share),
    },
    scapy: { rows: Math.min(rowsInAll, Math.round(20_000 * share)), conversations },
    capture: {
      rows: (1_000_000 * share - PACKETS_TO_OPEN_AND_CLOSE * CONVERSATIONS) / 2,
      conversations: CONVERSATIONS,
    },
    rowSteps: [rowsInAll / 4, rowsInAll / 2, rowsInAll].map(Math.round),
    conversationSteps: [1000, 10_000, 100_000, ...(long ? [1_000_000] : [])].filter((count) => count <= rowsInAll),
  };
}

/** A handshake, two packets a message, and a close by both sides: as our script and the programs of others make them. */
export function packetsOf({ rows, conversations }: CsvInput): number {
  return 2 * rows + PACKETS_TO_OPEN_AND_CLOSE * conversations;
}
