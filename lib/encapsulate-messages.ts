/**
 * Messages become a capture of the packets that would have carried them, in memory or into any store: of a CSV, or objects. What
 * opens files is in `encapsulate.ts`.
 */
import { openCaptureWriter } from "./capture-writer.ts";
import { inPieces } from "./core/bytes.ts";
import { WirewrightError } from "./core/errors.ts";
import type { FrameSink } from "./core/frame-sink.ts";
import { SeededRandom } from "./core/random.ts";
import type { TicksPerSecond } from "./core/time.ts";
import { describeDialect } from "./csv/dialect.ts";
import { CHUNK_LENGTH } from "./csv/text-input.ts";
import { MemorySlabs, type SlabStore } from "./pcap/slabs.ts";
import type { LinkKind } from "./session/encapsulation/outer-headers.ts";
import { MessagePlayer } from "./session/message-player.ts";
import type { GivenNetwork } from "./session/network/network-options.ts";
import type { Session } from "./session/session.ts";
import { encapsulationOf, makeResolution, makeSession } from "./session-of-options.ts";
import { AddressAllocator } from "./traffic/address-allocator.ts";
import { LoadedProtocols } from "./traffic/completers/loaded-protocols.ts";
import { ConversationPlayer } from "./traffic/conversation-player.ts";
import type { ConversationState } from "./traffic/conversation-state.ts";
import { type ConversationSummaries, Summaries } from "./traffic/conversation-summaries.ts";
import { ConversationTable } from "./traffic/conversation-table.ts";
import { type MessageObject, messagesOf } from "./traffic/message-objects.ts";
import { aboutRow, LOOK_AHEAD, lookAhead, type MessageSource, openMessages } from "./traffic/message-source.ts";
import { isLone, type TrafficMessage } from "./traffic/packet-list/listed-packet.ts";
import type { PendingMessage, PendingPacket } from "./traffic/pending-message.ts";
import { PlayingParts } from "./traffic/playing-parts.ts";
import type { Resolution } from "./traffic/resolution/resolution.ts";
import {
  type CsvOptions,
  DEFAULT_START,
  TICKS_PER_SECOND,
  type TrafficOptions,
  ticksPerSecondOf,
} from "./traffic-options.ts";

/** What was read and written, counted. */
export interface CaptureSummary {
  /** Who talked to whom, and how much was said. */
  readonly conversations: ConversationSummaries;
  /** Connections beyond the first of each conversation: idle ones were closed, or rows opened another one. */
  readonly reopenedConnections: number;
  /** Messages that were read. */
  readonly messages: number;
  /** Messages without bytes, which send nothing. */
  readonly emptyMessages: number;
  /** Messages that left later than asked, because the window of their receiver was full. */
  readonly delayedMessages: number;
  /** Messages to which something was added so that they are what their protocol says. */
  readonly completedMessages: number;
  /** Messages carried as text on a port of no protocol, because they are not what their protocol says. */
  readonly movedMessages: number;
  /** Messages on a port of another protocol, or that are not what its protocol says, because the input gives the port. */
  readonly misplacedMessages: number;
  /** Rows left out because the connection had taken their step already. */
  readonly repeatedRows: number;
  /** Packets that were written. */
  readonly packets: number;
  /** Of these, packets of ARP or ICMP, which belong to no conversation. */
  readonly lonePackets: number;
  /** Packets of ARP and neighbour discovery that were added, as `asksNeighbours` says. */
  readonly neighbourPackets: number;
  /** Messages of DNS that were added, as `asksNames` says. */
  readonly lookupPackets: number;
  /** Packets of ARP left out, because the link layer of the capture has none. */
  readonly unlinkedPackets: number;
  /** Rows with data that were taken for the same data sent again. */
  readonly repeatedSegments: number;
  /** Bytes of messages. */
  readonly bytes: number;
  /** Bytes of the capture file. */
  readonly fileBytes: number;
  /** How the input was understood, a line each. */
  readonly dialect: readonly string[];
  /** What had to be put right in the input, a line each. */
  readonly warnings: readonly string[];
  /** What else should be known of what was made of it, a line each. */
  readonly remarks: readonly string[];
}

/** A capture in memory, and what is to be said of it. */
export interface MemoryCapture extends CaptureSummary {
  /** The bytes of the file. */
  readonly capture: Uint8Array;
}

const A_TABLE = "the CSV";

/**
 * Makes a capture of a table of messages: the packets that would have carried them.
 *
 * @param csv the table as text, as bytes in any encoding, packed with gzip or not, or bytes as they come
 * @throws InputError for a table that cannot be used; other WirewrightErrors for options that cannot be met
 *
 * @example
 * ```ts
 * import { encapsulateCsv } from "wirewright";
 *
 * const csv = "from,to,message,timestamp\nAlice,Bob,hello,0\nBob,Alice,hi,0.5\n";
 * const { capture, packets } = await encapsulateCsv(csv, { format: "pcap" });
 * console.log(packets, capture.length); // 11 825
 * ```
 */
export async function encapsulateCsv(
  csv: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: CsvOptions = {},
): Promise<MemoryCapture> {
  // Loaded when it is needed, as all that a page can do without at first.
  const { checkCsv } = await import("./traffic-rules.ts");
  checkCsv(csv, options);
  const { name = A_TABLE } = options;
  const ticksPerSecond = ticksPerSecondOf(options);
  const whole = typeof csv === "string" ? new TextEncoder().encode(csv) : csv;
  const chunks = whole instanceof Uint8Array ? inPieces(whole, CHUNK_LENGTH) : whole;
  return inMemory(await openMessages(chunks, { ...options, file: name, ticksPerSecond }), options);
}

/**
 * Makes a capture of messages: the packets that would have carried them. A message is such as
 * `{ from: "Alice", to: "Bob", message: "hello" }`; those of a table are what `openMessages` has opened.
 *
 * @throws InputError for a message that cannot be, named by its place in the list, from 1, or its line in the table; other
 *   WirewrightErrors for options that cannot be met
 *
 * @example
 * ```ts
 * import { encapsulateMessages } from "wirewright";
 *
 * const { capture, packets, conversations } = await encapsulateMessages([
 *   { from: "Alice", to: "web", protocol: "HTTP", message: "GET /teas", time: 0 },
 *   { from: "web", to: "Alice", protocol: "HTTP", message: "200 OK: oolong", time: 0.03 },
 * ]);
 * const network = { loss: 0.1, delay: 20_000 }; // in both directions; 20 ms
 * const lossy = await encapsulateMessages([{ from: "Alice", to: "Bob", message: "hello" }], { network, seed: 3 });
 * console.log(capture instanceof Uint8Array, packets, conversations.length, lossy.packets); // true 11 1 10
 * ```
 */
export async function encapsulateMessages(
  messages: Iterable<MessageObject> | AsyncIterable<MessageObject> | MessageSource,
  options: TrafficOptions & {
    /** Ticks of the precision between messages without a time. Default: a millisecond. Of a table, `openMessages` is told. */
    readonly gap?: number | undefined;
  } = {},
): Promise<MemoryCapture> {
  const { checkMessages } = await import("./traffic-rules.ts");
  checkMessages(messages, options);
  if (isSource(messages)) return inMemory(messages, options);
  const ticksPerSecond = ticksPerSecondOf(options);
  const list = Symbol.asyncIterator in messages ? await allOf(messages) : messages;
  return inMemory(messagesOf(list, { ...options, ticksPerSecond }), options);
}

function isSource(messages: object): messages is MessageSource {
  return "batches" in messages;
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function inMemory(source: MessageSource, options: TrafficOptions): Promise<MemoryCapture> {
  const slabs = new MemorySlabs();
  const summary = await encapsulateSource(source, options, slabs);
  return { capture: slabs.concat(), ...summary };
}

/** Where a capture goes; what is full says when there is room again. */
export interface CaptureStore extends SlabStore {
  room?(): Promise<void>;
}

/**
 * Plays messages as TCP conversations and datagrams into a store.
 *
 * @throws as `encapsulateCsv`
 */
export async function encapsulateSource(
  source: MessageSource,
  options: TrafficOptions,
  store: CaptureStore,
): Promise<CaptureSummary> {
  const { ticksPerSecond } = source;
  if (options.precision !== undefined && ticksPerSecondOf(options) !== ticksPerSecond) throw otherPrecision(source);
  const link = linkOf(options, source);
  const origin = source.origin ?? options.start ?? DEFAULT_START;
  const isAtBothEnds = options.network?.tap === "both";
  const times = { ticksPerSecond, origin };
  const writer = await openCaptureWriter(options.format ?? "pcapng", link, store, times, isAtBothEnds);
  const heedsFields = source.hasFields && !options.loopback;
  const players = await makePlayers(writer, { ...options, link, heedsFields }, ticksPerSecond);
  // Only who knows all of a conversation knows which message is its client's last.
  const rows = options.close === "half" ? Number.POSITIVE_INFINITY : LOOK_AHEAD;
  await playAll(source, rows, players, async (isDone) => {
    while (!isDone()) await store.room?.();
  });
  if (options.network !== undefined) checkServers(options.network, players.table);
  writer.finish();
  players.conversations.release();
  return summarise(players, source, writer.byteCount);
}

/** Who is to refuse or to be silent has to be somebody whom a message goes to. */
function checkServers({ refused = [], silent = [] }: GivenNetwork, { conversations }: ConversationTable): void {
  const names = new Set(conversations.map(({ server }) => server.name));
  const stranger = [...refused, ...silent].find((name) => !names.has(name));
  if (stranger === undefined) return;
  const known = [...names].slice(0, MOST_SERVERS).map((name) => JSON.stringify(name));
  const others = names.size > MOST_SERVERS ? " or another" : "";
  const advice =
    known.length === 0 ? "leave it out" : `name one of those whom messages go to: ${known.join(", ")}${others}`;
  throw new WirewrightError(
    "BAD_OPTION",
    `Nobody connects to ${JSON.stringify(stranger)}, so that it cannot refuse or be silent; ${advice}.`,
  );
}

/** Servers that an error names. */
const MOST_SERVERS = 5;

function otherPrecision({ name, ticksPerSecond }: MessageSource): WirewrightError {
  const [asked, is] = ticksPerSecond === TICKS_PER_SECOND.us ? ["nano", "micro"] : ["micro", "nano"];
  const sentence = `The capture is to count in ${asked}seconds, and the times of ${name} were read in ${is}seconds; open it with as many ticks a second.`;
  return new WirewrightError("BAD_OPTION", sentence);
}

/** A packet list shows by its lengths how its frames began; tags and tunnels were not in it. */
function linkOf({ link, encapsulation }: TrafficOptions, source: MessageSource): LinkKind {
  return link ?? (encapsulation === undefined ? source.link : undefined) ?? "ethernet";
}

/** What messages pass through on their way to the frames. */
interface Players {
  readonly protocols: LoadedProtocols;
  readonly parts: PlayingParts;
  readonly table: ConversationTable;
  readonly conversations: ConversationPlayer;
  readonly player: MessagePlayer;
  readonly session: Session;
  readonly resolution: Resolution | undefined;
}

async function makePlayers(
  writer: FrameSink,
  options: TrafficOptions & { readonly link: LinkKind; readonly heedsFields: boolean },
  ticksPerSecond: TicksPerSecond,
): Promise<Players> {
  const { loopback, map, payload = "wire", seed = 1, completesTables = false, close = "fin", heedsFields } = options;
  const encapsulation = await encapsulationOf(options.encapsulation ?? (heedsFields ? {} : undefined), options);
  const random = new SeededRandom(seed);
  const { session, loadPacketWriters } = await makeSession(writer, {
    ...options,
    encapsulation,
    ticksPerSecond,
    random,
  });
  const tunnel = encapsulation?.tunnel;
  const parts = new PlayingParts(loadPacketWriters);
  const { resolution, resolvers } = await makeResolution(options, session, tunnel);
  const player = new MessagePlayer(session, { ...options, leadTime: resolution?.leadTime });
  const machines = [...(tunnel === undefined ? [] : [tunnel.near, tunnel.far]), ...resolvers];
  const addresses = new AddressAllocator({ random, loopback, map, machines });
  const protocols = new LoadedProtocols();
  const table = new ConversationTable({ addresses, payload, seed, protocols });
  const hasTunnel = tunnel !== undefined;
  if (resolution !== undefined) parts.needDatagrams();
  const playing = { session, player, table, parts, completesTables, close, heedsFields, hasTunnel, resolution };
  return { protocols, parts, table, conversations: new ConversationPlayer(playing), player, session, resolution };
}

/** @param rows known before one is played @param makeRoomUntil empties the writer until what it is given says that it is done */
async function playAll(
  source: MessageSource,
  rows: number,
  { protocols, parts, table, conversations, player, session, resolution }: Players,
  makeRoomUntil: (isDone: () => boolean) => Promise<void>,
): Promise<void> {
  const add = (message: TrafficMessage): PendingMessage | PendingPacket => {
    if (isLone(message.listed)) {
      parts.needPackets();
      const lone = table.addLone(message, message.listed);
      conversations.learn(message.fields, lone.from, lone.to);
      return lone;
    }
    const pending = table.add(message);
    conversations.prepare(pending);
    return pending;
  };
  const watch = (message: TrafficMessage) => {
    if (!isLone(message.listed)) table.watch(message);
  };
  for await (const batch of lookAhead(source, (messages) => protocols.load(messages), watch, add, rows)) {
    await parts.load();
    for (const pending of batch) {
      const { time, line } = pending.message;
      resolution?.settle(time);
      if (!player.advance(time)) await makeRoomUntil(() => player.advance(time));
      try {
        conversations.play(pending);
      } catch (error) {
        throw aboutRow(error, source.name, line);
      }
    }
  }
  resolution?.settle(Number.POSITIVE_INFINITY);
  await makeRoomUntil(() => player.advance(Number.POSITIVE_INFINITY));
  for (const until of conversations.closings()) {
    await makeRoomUntil(() => session.advance(until));
  }
  await makeRoomUntil(() => player.advance(Number.POSITIVE_INFINITY));
}

function summarise(
  { table, conversations: player, resolution }: Players,
  source: MessageSource,
  fileBytes: number,
): CaptureSummary {
  const { neighbourPackets = 0, lookupPackets = 0 } = resolution ?? {};
  const sum = (value: (state: ConversationState) => number) =>
    player.states.reduce((total, state) => total + value(state), 0);
  return {
    // One of which nothing is on the wire and no message was meant for it is none.
    conversations: new Summaries(player.states.filter(({ messages, packets }) => messages > 0 || packets > 0)),
    reopenedConnections: sum(({ connections }) => connections - 1),
    messages: sum(({ messages }) => messages),
    emptyMessages: sum(({ emptyMessages }) => emptyMessages),
    delayedMessages: sum(({ delayedMessages }) => delayedMessages),
    completedMessages: table.payloads.completedMessages,
    movedMessages: table.payloads.movedMessages,
    misplacedMessages: table.misplacedMessages,
    repeatedRows: player.repeatedRows,
    packets: sum(({ packets }) => packets) + player.lonePackets + neighbourPackets + lookupPackets,
    lonePackets: player.lonePackets,
    neighbourPackets,
    lookupPackets,
    unlinkedPackets: player.unlinkedPackets,
    repeatedSegments: player.repeatedSegments,
    bytes: sum(({ payloadBytes }) => payloadBytes),
    fileBytes,
    dialect: source.dialect === undefined ? [] : describeDialect(source.dialect, player.completesTables),
    warnings: source.warnings.map(({ text }) => text),
    remarks: source.remarks.map(({ text }) => text),
  };
}
