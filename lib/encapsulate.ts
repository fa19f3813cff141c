/** The main job: a CSV of messages goes in, a capture of the packets that would have carried them comes out. */
import { AddressPlan, ExhaustedError, type MappedEndPoint } from "./messages/address-plan.ts";
import { type Conversation, ConversationBook, type Participant } from "./messages/conversations.ts";
import { readMessages } from "./messages/csv.ts";
import { InputError } from "./messages/errors.ts";
import { openInput } from "./messages/input.ts";
import type { Message } from "./messages/message.ts";
import { LinkType } from "./pcap/link-types.ts";
import { OutputFile } from "./pcap/output-file.ts";
import { type Origin, PcapWriter, type TicksPerSecond } from "./pcap/pcap-writer.ts";
import type { CaptureSummary, ConversationSummary, ParticipantSummary } from "./report/capture-summary.ts";
import { type CloseKind, MessagePlayer } from "./session/message-player.ts";
import { SeededRandom } from "./session/random.ts";
import type { LinkKind } from "./session/segment-writer.ts";
import { Timeline } from "./session/timeline.ts";

/** 2026-01-01T00:00:00Z. Fixed, so that a capture depends on nothing but its input and options. */
export const DEFAULT_START: Origin = { seconds: 1_767_225_600, ticks: 0 };

export type Precision = "us" | "ns";

export const TICKS_PER_SECOND: Readonly<Record<Precision, TicksPerSecond>> = { us: 1_000_000, ns: 1_000_000_000 };

const LINK_TYPES: Readonly<Record<LinkKind, LinkType>> = {
  ethernet: LinkType.ETHERNET,
  raw: LinkType.RAW,
  null: LinkType.NULL,
};

export interface EncapsulateOptions {
  /** A path, or `-` for standard input. */
  readonly input: string;
  /** A path, or `-` for standard output. */
  readonly output: string;
  /** Decides the initial sequence numbers and first identifications: 0 to 2^32 - 1. Default 1. */
  readonly seed?: number | undefined;
  /** The instant of CSV time 0, in ticks of the precision. Default: the first moment of 2026, UTC. */
  readonly start?: Origin | undefined;
  /** Micro- or nanoseconds in the file. Default `us`. */
  readonly precision?: Precision | undefined;
  /** Round-trip time in ticks of the precision. Default: one millisecond. */
  readonly roundTripTime?: number | undefined;
  /** Maximum segment size in bytes, 1 to 65495. Default 1460. */
  readonly maximumSegmentSize?: number | undefined;
  /** Default `ethernet`. */
  readonly link?: LinkKind | undefined;
  /** How connections end. Default `fin`. */
  readonly close?: CloseKind | undefined;
  /** Ticks without a message after which a connection is closed. Default: never. */
  readonly idleClose?: number | undefined;
  /** Both ends on 127.0.0.1. */
  readonly loopback?: boolean | undefined;
  /** Addresses and ports that the user has settled, by application name. */
  readonly map?: ReadonlyMap<string, MappedEndPoint> | undefined;
  /** Told now and then how many bytes of the input were read, and how many there are if that is known. */
  readonly onProgress?: ((bytesRead: number, bytesInAll: number | undefined) => void) | undefined;
}

/**
 * Reads messages, plays them as TCP conversations and writes the capture.
 *
 * @throws InputError for input that cannot be used, OutputError for an output that cannot be written, other
 *   WirewrightErrors for options that cannot be met; no output file is left in any of these cases
 */
export async function encapsulate(options: EncapsulateOptions): Promise<CaptureSummary> {
  const ticksPerSecond = TICKS_PER_SECOND[options.precision ?? "us"];
  const link = options.link ?? "ethernet";
  const input = await openInput(options.input);
  let output: OutputFile | undefined;
  try {
    output = OutputFile.open(options.output, input.identity);
    const origin = options.start ?? DEFAULT_START;
    const writer = new PcapWriter(output, { linkType: LINK_TYPES[link], ticksPerSecond, origin });
    const random = new SeededRandom(options.seed ?? 1);
    const timeline = new Timeline(writer, {
      ticksPerSecond,
      link,
      random,
      roundTripTime: options.roundTripTime,
      maximumSegmentSize: options.maximumSegmentSize,
    });
    const player = new MessagePlayer(timeline, { close: options.close, idleClose: options.idleClose });
    const plan = new AddressPlan({ random, loopback: options.loopback, map: options.map });
    const book = new ConversationBook(timeline, player, plan);

    const advance = async (time: number) => {
      while (!player.advance(time)) await output?.drain();
    };
    const chunks = counted(input.chunks, (bytesRead) => options.onProgress?.(bytesRead, input.size));
    for await (const messages of readMessages(chunks, { file: input.name, ticksPerSecond })) {
      for (const message of messages) {
        if (!player.advance(message.time)) await advance(message.time);
        playOrExplain(book, message, input.name);
      }
    }
    await advance(Number.POSITIVE_INFINITY);
    player.closeAll();
    await advance(Number.POSITIVE_INFINITY);
    writer.finish();
    await output.commit();
    return summarise(book, timeline, writer.byteCount);
  } finally {
    await output?.abort();
    await input.close();
  }
}

/** Reports every so many bytes, so that the watcher costs nothing. */
const PROGRESS_STEP = 1 << 20;

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  report: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let reported = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes - reported < PROGRESS_STEP) continue;
    reported = bytes;
    report(bytes);
  }
}

/** What the rooms below cannot do for a message becomes an error about its row. */
function playOrExplain(book: ConversationBook, message: Message, file: string): void {
  try {
    book.play(message);
  } catch (error) {
    if (!(error instanceof ExhaustedError)) throw error;
    throw new InputError("EXHAUSTED", { file, line: message.line }, error.problem, error.advice, { cause: error });
  }
}

function summarise(book: ConversationBook, timeline: Timeline, fileBytes: number): CaptureSummary {
  const conversations = [...book.conversations()];
  const sum = (value: (conversation: Conversation) => number) =>
    conversations.reduce((total, conversation) => total + value(conversation), 0);
  return {
    conversations: conversations.map(summariseConversation),
    messages: sum(({ tally }) => tally.messages),
    emptyMessages: sum(({ emptyMessages }) => emptyMessages),
    delayedMessages: sum(({ tally }) => tally.delayedMessages),
    packets: timeline.packets,
    bytes: timeline.payloadBytes,
    fileBytes,
  };
}

function summariseConversation(conversation: Conversation): ConversationSummary {
  const { protocol, connections, tally } = conversation;
  return {
    protocol,
    client: summariseParticipant(conversation.client),
    server: summariseParticipant(conversation.server),
    connections,
    messages: tally.messages,
    packets: tally.packets,
    bytes: tally.payloadBytes,
  };
}

function summariseParticipant({ name, host, port }: Participant): ParticipantSummary {
  return { name, address: host.address, port };
}
