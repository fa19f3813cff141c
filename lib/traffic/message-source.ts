/** The messages that a table tells: those of its rows, or those that the packets of a packet list were. */

import type { Origin, TicksPerSecond } from "../core/time.ts";
import { openTable, type ReadOptions } from "../csv/csv-reader.ts";
import type { Dialect } from "../csv/dialect.ts";
import { InputError } from "../csv/input-errors.ts";
import type { ListColumns } from "../csv/packet-list/list-columns.ts";
import type { ListRow } from "../csv/packet-list/list-rows.ts";
import type { PacketMaker } from "../csv/packet-rows.ts";
import type { Warning, WarningLog } from "../csv/warnings.ts";
import type { LinkKind } from "../session/encapsulation/outer-headers.ts";
import { PlanError } from "./address-allocator.ts";
import type { LonePacket, TrafficMessage } from "./packet-list/listed-packet.ts";
import { LoneRows } from "./packet-list/lone-rows.ts";

/** The messages of a table whose first rows were read. */
export interface MessageSource {
  /** The input's name for errors. */
  readonly name: string;
  /** What times are counted in. */
  readonly ticksPerSecond: TicksPerSecond;
  /** The instant of tick 0, where the file tells it and `start` was not given. */
  readonly origin: Origin | undefined;
  /** How a table was understood. Undefined where there is none. */
  readonly dialect: Dialect | undefined;
  /** Of a packet list: the link layer that its lengths show. */
  readonly link: LinkKind | undefined;
  /** Whether rows say something of their frames, beyond what packet lists do. */
  readonly hasFields: boolean;
  /** What was put right so far; complete after the last batch. In the order first met. */
  readonly warnings: readonly Warning[];
  /** What else should be known of what was made of the rows, though nothing in them was wrong. */
  readonly remarks: readonly Warning[];
  /** The messages in the order of their times, in batches of about one chunk. To be called once. */
  batches(): AsyncGenerator<TrafficMessage[]>;
}

/** The messages of a table, and how it was understood. */
export interface TableMessages extends MessageSource {
  readonly dialect: Dialect;
}

const FIELD_MEANINGS = ["source-mac", "destination-mac", "vlan", "ttl"] as const;

/**
 * Reads the beginning of a table and settles how to read the rest. What is held does not grow with the table. A chunk must
 * stay as it is until the next but one is asked for; then its memory may be used again. `encapsulateMessages` makes a capture of
 * the messages.
 *
 * @throws InputError for a file that is no such table, and later, from `batches`, for the first thing in it that is wrong;
 *   WirewrightError BAD_OPTION for an encoding that nobody knows; what the chunks themselves throw passes through
 *
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { openMessages } from "wirewright";
 *
 * const options = { file: "chat.csv", ticksPerSecond: 1_000_000 } as const;
 * const { dialect, batches } = await openMessages(createReadStream("fixtures/chat.csv"), options);
 * let messages = 0;
 * for await (const batch of batches()) messages += batch.length;
 * console.log(dialect.columns.get("source"), messages); // src_app 24
 * ```
 */
export async function openMessages(chunks: AsyncIterable<Uint8Array>, options: ReadOptions): Promise<TableMessages> {
  const { origin, dialect, warnings, rows } = await openTable(chunks, options, packetMaker());
  const list = rows.kind === "packet list" ? await openList(rows.columns, rows.batches, warnings) : undefined;
  return {
    name: options.file,
    ticksPerSecond: options.ticksPerSecond,
    origin,
    dialect: list === undefined ? dialect : { ...dialect, packetList: list.counts },
    link: list?.link,
    hasFields: !list?.isExport && FIELD_MEANINGS.some((meaning) => dialect.columns.has(meaning)),
    get warnings() {
      return warnings.all;
    },
    get remarks() {
      return warnings.remarks;
    },
    batches: rows.kind === "messages" ? rows.batches : list!.batches,
  };
}

function packetMaker(): PacketMaker<LonePacket> {
  const lone = new LoneRows();
  return {
    loadFiller: async () => (await import("./filler.ts")).ROW_FILLER,
    packetOf: (carrier, words) => lone.read(carrier, words),
  };
}

async function openList(columns: ListColumns, rows: () => AsyncGenerator<ListRow[]>, warnings: WarningLog) {
  // What most tables do not need is loaded for those that do: each file takes its time to start.
  const { PacketListReader } = await import("./packet-list/packet-list-reader.ts");
  const reader = new PacketListReader(columns, warnings);
  const { link, counts } = reader;
  return { link, isExport: columns.isExport, counts, batches: () => reader.messages(rows()) };
}

/** Messages are known so long before they are played that one can take the next of its conversation into account. */
export const LOOK_AHEAD = 1024;

/**
 * Messages in order, each with its successor in its conversation if that is not far behind.
 *
 * @param watch told of a message so many rows before its conversation is looked for, however the input comes in pieces
 * @param add finds the conversation of a message
 * @param prepare is waited for before anything else is done with messages
 * @param rows how many are known before one is played; Infinity: all, at the price of the memory for them
 * @throws InputError for input that cannot be used
 */
export async function* lookAhead<Pending>(
  source: MessageSource,
  prepare: (messages: readonly TrafficMessage[]) => Promise<void>,
  watch: (message: TrafficMessage) => void,
  add: (message: TrafficMessage) => Pending,
  rows: number = LOOK_AHEAD,
): AsyncGenerator<Pending[]> {
  let window: Pending[] = [];
  let watched: TrafficMessage[] = [];
  const push = (message: TrafficMessage) => {
    try {
      window.push(add(message));
    } catch (error) {
      throw aboutRow(error, source.name, message.line);
    }
  };
  for await (const messages of source.batches()) {
    await prepare(messages);
    const all = watched.length === 0 ? messages : watched.concat(messages);
    for (let i = watched.length; i < all.length; i++) {
      watch(all[i]!);
      if (i >= rows) push(all[i - rows]!);
    }
    watched = all.slice(-rows);
    if (window.length <= rows) continue;
    // A batch is many messages, so what is given away is cut off in one piece.
    const known = window.slice(0, -rows);
    window = window.slice(-rows);
    yield known;
  }
  for (const message of watched) push(message);
  yield window;
}

/** What cannot be done for a message, as an error about its row; every other error as it is. */
export function aboutRow(error: unknown, file: string, line: number): unknown {
  if (!(error instanceof PlanError)) return error;
  return new InputError("PLAN", { file, line }, error.problem, error.advice, { cause: error });
}
