/** A TCP conversation written down by what each side says, a segment an entry. */

import { addSequence } from "../../../lib/core/sequence.ts";
import { macFromIp, parseIpv4 } from "../../../lib/headers/address.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { pcapOf, type TapRecord } from "./pcap-records.ts";

export interface Turn {
  /** `>` from the client, `<` from the server. */
  readonly from: ">" | "<";
  /** Bytes, or text of one byte a character. */
  readonly data?: string | Uint8Array;
  readonly fin?: boolean;
  readonly rst?: boolean;
  readonly noPush?: boolean;
  /** It was sent, and the capture lacks it. */
  readonly isLost?: boolean;
  /** It stands so many frames later in the capture than it was sent. */
  readonly later?: number;
  /** It stands in the capture a second time. */
  readonly twice?: boolean;
}

export interface TalkOptions {
  readonly clientPort?: number;
  readonly serverPort?: number;
  /** The capture begins with the first turn. */
  readonly isOpenAlready?: boolean;
}

const CLIENT = parseIpv4("10.0.0.1");
const SERVER = parseIpv4("10.0.0.2");
const MICROSECONDS_APART = 1000;

/** The capture of one conversation: frames 1 to 3 are the handshake, and each turn is a frame. */
export function talk(turns: readonly Turn[], options: TalkOptions = {}): Uint8Array {
  return pcapOf(1, talkRecords(turns, options));
}

/** The same, to be put into a capture with others. */
export function talkRecords(turns: readonly Turn[], options: TalkOptions = {}): TapRecord[] {
  const frames = new TalkFrames(options);
  const handshake: Turn[] = options.isOpenAlready ? [] : [{ from: ">" }, { from: "<" }, { from: ">" }];
  for (const [index, turn] of handshake.entries()) frames.send(turn, index < 2 ? TcpFlag.SYN : 0);
  for (const turn of turns) frames.send(turn, 0);
  const sorted = frames.order.toSorted((a, b) => a.at - b.at);
  return sorted.map(({ bytes }, index) => ({ time: index * MICROSECONDS_APART, bytes }));
}

class TalkFrames {
  readonly order: { at: number; bytes: Uint8Array }[] = [];
  readonly #client: { address: number; port: number; next: number };
  readonly #server: { address: number; port: number; next: number };

  constructor({ clientPort = 40_000, serverPort = 80, isOpenAlready = false }: TalkOptions) {
    const syn = isOpenAlready ? 1 : 0;
    this.#client = { address: CLIENT, port: clientPort, next: 1_000_000 + syn };
    this.#server = { address: SERVER, port: serverPort, next: 3_000_000 + syn };
  }

  send(turn: Turn, syn: number): void {
    const { later = 0 } = turn;
    const payload = typeof turn.data === "string" ? Buffer.from(turn.data, "latin1") : (turn.data ?? new Uint8Array(0));
    const bytes = this.#encode(turn, syn, payload);
    const own = turn.from === ">" ? this.#client : this.#server;
    own.next = addSequence(own.next, payload.length + (syn === 0 ? 0 : 1) + (turn.fin ? 1 : 0));
    if (turn.isLost) return;
    this.order.push({ at: this.order.length + (later === 0 ? 0 : later + 0.5), bytes });
    if (turn.twice) this.order.push({ at: this.order.length, bytes });
  }

  #encode(turn: Turn, syn: number, payload: Uint8Array): Uint8Array {
    const isClient = turn.from === ">";
    const [from, to] = isClient ? [this.#client, this.#server] : [this.#server, this.#client];
    const hasAck = syn === 0 || !isClient;
    return encodeFrame({
      ethernet: { source: macFromIp(from.address), destination: macFromIp(to.address) },
      ipv4: { source: from.address, destination: to.address },
      tcp: {
        sourcePort: from.port,
        destinationPort: to.port,
        sequenceNumber: from.next,
        acknowledgmentNumber: hasAck ? to.next : 0,
        flags: (hasAck ? TcpFlag.ACK : 0) | syn | flagsOf(turn, payload.length),
        window: 65_535,
        options: [],
      },
      payload,
    });
  }
}

function flagsOf({ noPush, fin, rst }: Turn, length: number): number {
  return (length > 0 && !noPush ? TcpFlag.PSH : 0) | (fin ? TcpFlag.FIN : 0) | (rst ? TcpFlag.RST : 0);
}
