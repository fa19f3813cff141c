/**
 * Writes what sockets did as a capture: no rights are needed for it, and no network adapter is looked at.
 *
 * Ends, bytes, their order and their times are those of the sockets. What no socket tells is made by `lib/session` as a
 * fast and faultless network would: handshakes, acknowledgements, sequence numbers, how bytes are cut into segments, and
 * datagrams that Ethernet has no room for into fragments. Bytes count as sent when they were handed over, so a reader that
 * is slow, or never reads, shows in no packet.
 */

import { WirewrightError } from "../../core/errors.ts";
import { SeededRandom } from "../../core/random.ts";
import { formatIp, type IpAddress, macFromIp, tryParseIpv4, tryParseIpv6 } from "../../headers/address.ts";
import { LinkType } from "../../headers/assigned-numbers.ts";
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, TCP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { GrowingFile } from "../../pcap/growing-file.ts";
import type { FileIdentity, OutputError } from "../../pcap/output-file.ts";
import type { SideName, Socket } from "../../session/conversation.ts";
import { DatagramFlow } from "../../session/conversation.ts";
import { Host } from "../../session/host.ts";
import { IdealSession } from "../../session/ideal/ideal-session.ts";
import type { Session } from "../../session/session.ts";
import {
  type RecordedConnection,
  RecordedDatagrams,
  type RecordedFlow,
  RecordedTcp,
  type RecordingContext,
  type Suspendable,
} from "./recorded-sockets.ts";
import { LimitedFile, RecordedFrames } from "./recording-file.ts";

export type { CommentText, RecordedConnection, RecordedFlow } from "./recorded-sockets.ts";

/** One end of what is recorded, as Node tells it: IPv4, IPv6, or IPv4 inside of IPv6. */
export interface SocketAddress {
  /** IPv4 or IPv6, as text. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
  /** What comments call it. Default: address and port. */
  readonly name?: string | undefined;
}

/** The two ends of what is recorded. */
export interface SocketEnds {
  /** Who opened it, or sent first. */
  readonly client: SocketAddress;
  /** The other end. */
  readonly server: SocketAddress;
}

/** What a recording is of, and how large it can grow. */
export interface RecorderOptions {
  /** Where it is recorded: which packets come in and which go out. Default: at the server. */
  readonly tapAt?: SideName | undefined;
  /** A file that is being read, so that it is not overwritten. */
  readonly input?: FileIdentity | undefined;
  /** Told once, when the file can be written no more. The recording ends there. */
  readonly onFailure?: ((error: OutputError) => void) | undefined;
  /** Bytes that the file can have; it ends behind the last packet that has room. Default: any number. */
  readonly limit?: number | undefined;
  /** Told once, when something has no room under that limit. The recording ends there, and is whole up to there. */
  readonly onLimit?: (() => void) | undefined;
  /** Decides sequence numbers. Default: others each time. */
  readonly random?: SeededRandom | undefined;
}

/** Milliseconds from an event to the moment when its packets are in the file, at the latest. */
const FLUSH_AFTER = 50;
/** Bytes that may wait for it. */
const MOST_WAITING = 1 << 20;
const TICKS_PER_SECOND = 1_000_000;
const TICKS_PER_MILLISECOND = 1000;
/** In ticks. Short, so that an answer is never sent before what it answers has been acknowledged. */
const DELAYS = { roundTripTime: 2, reactionTime: 1, segmentGap: 1 } as const;
/** Characters of what a comment says of a message. */
const LONGEST_NAME = 240;

/** Bytes of the largest packet on Ethernet, and on the loopback adapter of Linux. */
const ETHERNET_PACKET = 1500;
const LOOPBACK_PACKET = 65_535;

type NamedSocket = Socket & { readonly name: string };

/**
 * Writes what sockets do as a capture, while they do it. Who has the sockets tells it of what happens to them.
 *
 * @example
 * ```ts
 * import { analyze, Recorder } from "wirewright/node";
 *
 * const recorder = await Recorder.open("out/recorded.pcapng");
 * const [client, server] = [{ address: "10.0.0.1", port: 49152 }, { address: "10.0.0.2", port: 7, name: "echo" }];
 * const connection = recorder.connected({ client, server });
 * connection.sent("client", new TextEncoder().encode("hello"));
 * for (const side of ["client", "server"] as const) connection.ended(side);
 * await recorder.close();
 * console.log((await analyze({ input: "out/recorded.pcapng" })).capture.packets); // 9
 * ```
 */
export class Recorder {
  readonly #file: GrowingFile;
  readonly #store: LimitedFile;
  readonly #writer: RecordedFrames;
  readonly #session: Session;
  readonly #random: SeededRandom;
  readonly #onFailure: (error: OutputError) => void;
  readonly #onLimit: () => void;
  readonly #context: RecordingContext;
  /** When the recording began, on the clock that never jumps, in milliseconds. */
  readonly #start: number;
  /** Connections that something has happened to since the file was last written. */
  #active: Suspendable[] = [];
  #timer: NodeJS.Timeout | undefined;
  #waitingBytes = 0;
  #lastTick = 0;
  #isClosed = false;

  private constructor(file: GrowingFile, options: RecorderOptions) {
    this.#file = file;
    this.#start = performance.now();
    const wallTicks = Math.round((performance.timeOrigin + this.#start) * TICKS_PER_MILLISECOND);
    this.#random = options.random ?? new SeededRandom(wallTicks);
    this.#onFailure = options.onFailure ?? (() => {});
    this.#onLimit = options.onLimit ?? (() => {});
    this.#store = new LimitedFile(file, options.limit ?? Number.POSITIVE_INFINITY);
    const origin = { seconds: Math.floor(wallTicks / TICKS_PER_SECOND), ticks: wallTicks % TICKS_PER_SECOND };
    const description = {
      linkType: LinkType.ETHERNET,
      ticksPerSecond: TICKS_PER_SECOND,
      name: "socket events",
    } as const;
    this.#writer = new RecordedFrames(this.#store, { interfaces: [description], origin }, options.tapAt !== "client");
    this.#session = new IdealSession(this.#writer, {
      ...DELAYS,
      ticksPerSecond: TICKS_PER_SECOND,
      random: this.#random,
      longestName: LONGEST_NAME,
    });
    this.#context = {
      session: this.#session,
      stamp: (bytes) => this.#stamp(bytes),
      settle: () => this.#settle(),
      resumed: (connection) => this.#keepActive(connection),
    };
  }

  /**
   * Prepares a recording, in pcapng. Folders that are missing are made. An older file of that name is emptied by the first
   * `flush`, and not before.
   *
   * @throws OutputError CANNOT_WRITE, SAME_FILE
   */
  static async open(file: string, options: RecorderOptions = {}): Promise<Recorder> {
    return new Recorder(await GrowingFile.open(file, options.input), options);
  }

  /** Why nothing is recorded any more; undefined as long as all is well. */
  get failure(): OutputError | undefined {
    return this.#file.failure;
  }

  /**
   * A connection stands from now on. Nothing of it is kept here.
   *
   * @throws WirewrightError BAD_ADDRESS when an address is none, or the two are of different versions
   */
  connected(ends: SocketEnds): RecordedConnection {
    const { client, server } = this.#socketsOf(ends);
    const conversation = this.#session.connect(client, server, undefined, segmentSize(client.host, server.host));
    return new RecordedTcp(this.#context, conversation, { client: client.name, server: server.name });
  }

  /**
   * Two sockets may send each other datagrams from now on. Nothing of it is kept here, and nothing is written before the
   * first one.
   *
   * @throws WirewrightError BAD_ADDRESS as `connected`
   */
  flow(ends: SocketEnds): RecordedFlow {
    const { client, server } = this.#socketsOf(ends);
    const names = { client: client.name, server: server.name };
    return new RecordedDatagrams(this.#context, new DatagramFlow(client, server), names);
  }

  /** Writes everything known so far. Happens by itself soon after each event. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waitingBytes = 0;
    // It may stop in the middle of this, and that is to be told.
    const wasStopped = this.#isStopped;
    if (!wasStopped) this.#settle();
    for (const connection of this.#active) connection.suspend();
    this.#active = [];
    if (wasStopped) return;
    this.#writer.flush();
    if (this.failure !== undefined) this.#onFailure(this.failure);
    else if (this.#store.isAtLimit) this.#onLimit();
  }

  /**
   * Writes what is left; harmless the second time. Connections that are open stay open in the recording.
   *
   * @throws OutputError CANNOT_WRITE when the recording is not whole
   */
  async close(): Promise<void> {
    this.flush();
    this.#isClosed = true;
    const wasTold = this.failure !== undefined;
    await this.#file.close().catch((error: OutputError) => {
      if (!wasTold) this.#onFailure(error);
      throw error;
    });
  }

  /** Closes it without a word; where nothing was written yet, an older file is as it was. */
  async abandon(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isClosed = true;
    await this.#file.close().catch(() => {});
  }

  get #isStopped(): boolean {
    return this.#isClosed || this.failure !== undefined || this.#store.isAtLimit;
  }

  #stamp(bytes: number): number | undefined {
    if (this.#isStopped) return undefined;
    this.#waitingBytes += bytes;
    // Before the event is in the session: so a name that is told in the same breath is known when it is written.
    if (this.#waitingBytes > MOST_WAITING) this.flush();
    if (this.#isStopped) return undefined;
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER).unref();
    const now = Math.floor((performance.now() - this.#start) * TICKS_PER_MILLISECOND);
    this.#lastTick = Math.max(now, this.#lastTick + 1);
    return this.#lastTick;
  }

  #keepActive(connection: Suspendable): void {
    this.#active.push(connection);
    // Nothing is written any more that it could wait for.
    if (this.#isStopped) this.flush();
  }

  /** The last acknowledgements come a few ticks after the event, and a large message takes some more. */
  #settle(): void {
    this.#session.advance(Number.POSITIVE_INFINITY);
    this.#lastTick = Math.max(this.#lastTick, this.#session.now);
  }

  /** @throws WirewrightError BAD_ADDRESS */
  #socketsOf(ends: SocketEnds): { readonly client: NamedSocket; readonly server: NamedSocket } {
    const client = this.#socketOf(ends.client);
    const server = this.#socketOf(ends.server);
    if (client.host.isIpv4 === server.host.isIpv4) return { client, server };
    throw badAddress(`${ends.client.address} and ${ends.server.address} are addresses of different versions`);
  }

  /** A host for each connection, as Linux counts its identifications: so none has to be remembered. */
  #socketOf({ address, port, name }: SocketAddress): NamedSocket {
    const ip = readAddress(address);
    const isLoopback = isLoopbackAddress(ip);
    const text = formatIp(ip);
    const host = new Host(text, ip, isLoopback ? 0 : macFromIp(ip), this.#random.next());
    return { host, port, name: name ?? (host.isIpv4 ? `${text}:${port}` : `[${text}]:${port}`) };
  }
}

/** @throws WirewrightError BAD_ADDRESS */
function readAddress(text: string): IpAddress {
  // IPv4 inside of IPv6, and the adapter that a link-local address belongs to.
  const plain = /^(?:::ffff:(?=\d+\.))?([^%]*)/i.exec(text)![1]!;
  const address = tryParseIpv4(plain) ?? tryParseIpv6(plain);
  if (address === undefined) throw badAddress(`"${text}" is no address`);
  return address;
}

function badAddress(problem: string): WirewrightError {
  return new WirewrightError("BAD_ADDRESS", `Nothing between these two ends can be recorded: ${problem}.`);
}

function isLoopbackAddress(address: IpAddress): boolean {
  return typeof address === "number" ? address >>> 24 === 127 : address === 1n;
}

/** A machine that talks to itself does it over the loopback adapter, whatever its address. */
function segmentSize(client: Host, server: Host): number {
  const isLocal =
    client.address === server.address || (isLoopbackAddress(client.address) && isLoopbackAddress(server.address));
  const ipHeader = client.isIpv4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  return (isLocal ? LOOPBACK_PACKET : ETHERNET_PACKET) - ipHeader - TCP_HEADER_LENGTH;
}
