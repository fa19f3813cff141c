/**
 * Connections written down segment by segment, in the manner of packetdrill:
 *
 *     +0    > S  0:0(0) win 65535 <mss 1460,sackOK,wscale 7>
 *     +.010 < S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 7>
 *     +.010 > .  1:1(0) ack 1 win 512
 *     +.500 > P. 1:101(100) ack 1                              ; lost_segment
 *
 * What an end does that is given such lines is another matter: see `endpoint-script.ts` for that.
 *
 * Seconds since the line before, negative for a clock that was set back; `>` from the client, `<` from the server; flags S F R P U E W and `.` for ACK, or `-` for
 * none; sequence numbers counted from the sender's initial one, acknowledgments and SACK blocks from the other side's. A
 * window left out is the sender's last. `urg 5` is an urgent pointer. Behind `;` stand the findings that this frame must
 * have, by the last part of Wireshark's name. `isn > 5000` gives the client another initial sequence number from there on.
 */

import { addSequence, type SequenceNumber } from "../../../lib/core/sequence.ts";
import { formatIp, type IpAddress, macFromIp } from "../../../lib/headers/address.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import type { SackBlock, TcpOption } from "../../../lib/headers/tcp.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import type { TapRecord } from "./pcap-records.ts";

export interface ScriptEnd {
  readonly address: IpAddress;
  readonly port: number;
}

/** One segment with absolute sequence numbers, ready for any link. */
export interface Segment {
  /** Microseconds. */
  readonly time: number;
  readonly isClient: boolean;
  readonly sequence: SequenceNumber;
  readonly acknowledgment: SequenceNumber;
  readonly flags: number;
  readonly window: number;
  readonly length: number;
  readonly options: readonly TcpOption[];
  readonly urgentPointer: number;
}

export interface ScriptLine extends Segment {
  /** What the script says behind `;`, sorted. */
  readonly findings: readonly string[];
}

const FLAG_OF: Record<string, number> = {
  S: TcpFlag.SYN,
  F: TcpFlag.FIN,
  R: TcpFlag.RST,
  P: TcpFlag.PSH,
  ".": TcpFlag.ACK,
  U: TcpFlag.URG,
  E: TcpFlag.ECE,
  W: TcpFlag.CWR,
};

const SEGMENT = /^(\S+)\s+(-?\d+):(-?\d+)\((\d+)\)(?: ack (-?\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <([^>]*)>)?$/;
const LINE = /^([+-][\d.]+)\s+([<>])\s+(.*)$/;
const INITIAL_NUMBER = /^isn ([<>]) (\d+)$/;

/** What a script's next line depends on. */
class ScriptReader {
  readonly #initial = { client: 1_000_000, server: 3_000_000 };
  readonly #window = { client: 65_535, server: 65_535 };
  #time = 0;

  /** @returns undefined for a line that is no segment */
  read(text: string): ScriptLine | undefined {
    const change = INITIAL_NUMBER.exec(text);
    if (change !== null) this.#initial[change[1] === ">" ? "client" : "server"] = Number(change[2]);
    if (change !== null || text === "") return undefined;
    const [what = "", findings = ""] = text.split(";");
    const match = LINE.exec(what.trim());
    if (match === null) throw new Error(`cannot read ${JSON.stringify(text)}`);
    const [, wait, arrow, segment] = match;
    this.#time += Math.round(Number(wait) * 1e9) / 1000;
    return {
      ...this.#segment(arrow === ">", parseSegment(segment!)),
      findings: findings
        .split(/[\s,]+/)
        .filter(Boolean)
        .sort(),
    };
  }

  #segment(isClient: boolean, written: WrittenSegment): Segment {
    const [own, other] = isClient ? (["client", "server"] as const) : (["server", "client"] as const);
    const { sequence, acknowledgment, flags, length, urgentPointer = 0 } = written;
    this.#window[own] = written.window ?? this.#window[own];
    return {
      time: this.#time,
      isClient,
      sequence: addSequence(this.#initial[own], sequence),
      acknowledgment: acknowledgment === undefined ? 0 : addSequence(this.#initial[other], acknowledgment),
      flags,
      window: this.#window[own],
      length,
      options: optionsOf(written.options ?? "", this.#initial[other]),
      urgentPointer,
    };
  }
}

/** A segment as it is written, with what was left out left out, and numbers as they stand there. */
export interface WrittenSegment {
  readonly flags: number;
  readonly sequence: number;
  readonly length: number;
  readonly acknowledgment: number | undefined;
  readonly window: number | undefined;
  readonly urgentPointer: number | undefined;
  /** What stands between `<` and `>`. */
  readonly options: string | undefined;
}

/** Reads what stands behind the arrow; what cannot be read is an error that shows it. */
export function parseSegment(text: string): WrittenSegment {
  const match = SEGMENT.exec(text.trim());
  if (match === null) throw new Error(`cannot read ${JSON.stringify(text)}`);
  const [, flags, first, last, length, ack, win, urg, options] = match;
  if (Number(last) - Number(first) !== Number(length)) throw new Error(`wrong length in ${JSON.stringify(text)}`);
  const numberOf = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));
  return {
    flags: flagsOf(flags!),
    sequence: Number(first),
    length: Number(length),
    acknowledgment: numberOf(ack),
    window: numberOf(win),
    urgentPointer: numberOf(urg),
    options,
  };
}

/** Segments of a script; a line that cannot be read is an error that shows it. */
export function parseScript(script: string): ScriptLine[] {
  const reader = new ScriptReader();
  const lines = script.split("\n").map((line) => reader.read(line.trim()));
  return lines.filter((line) => line !== undefined);
}

function flagsOf(letters: string): number {
  if (letters === "-") return 0;
  return [...letters].reduce((flags, letter) => {
    const bit = FLAG_OF[letter];
    if (bit === undefined) throw new Error(`no flag ${JSON.stringify(letter)}`);
    return flags | bit;
  }, 0);
}

/** Options as they are written. @param othersInitial what the edges of SACK blocks are counted from */
export function optionsOf(text: string, othersInitial: SequenceNumber): TcpOption[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => optionOf(part.trim(), othersInitial));
}

function optionOf(text: string, othersInitial: SequenceNumber): TcpOption {
  const [name, ...words] = text.split(/[\s:]+/);
  const numbers = words.filter((word) => /^-?\d+$/.test(word)).map(Number);
  const [a = 0, b = 0] = numbers;
  switch (name) {
    case "mss":
      return { kind: "mss", value: a };
    case "wscale":
      return { kind: "windowScale", shift: a };
    case "sackOK":
      return { kind: "sackPermitted" };
    case "sack":
      return { kind: "sack", blocks: blocksOf(numbers.map((edge) => addSequence(othersInitial, edge))) };
    case "TS":
      return { kind: "timestamps", value: a, echoReply: b };
    default:
      throw new Error(`no option ${JSON.stringify(text)}`);
  }
}

function blocksOf(edges: readonly SequenceNumber[]): SackBlock[] {
  return Array.from({ length: edges.length / 2 }, (_, at) => ({ left: edges[2 * at]!, right: edges[2 * at + 1]! }));
}

const LETTER_A = 97;
const CAPITAL_A = 65;

/** Letters, so that no dissector takes them for its own; which ones follows from the sequence number alone. */
export function payloadAt(sequence: SequenceNumber, length: number, isClient: boolean): Uint8Array {
  const first = isClient ? LETTER_A : CAPITAL_A;
  return Uint8Array.from({ length }, (_, index) => first + (addSequence(sequence, index) % 26));
}

/** The segment as an Ethernet frame, every checksum right. */
export function segmentRecord(segment: Segment, client: ScriptEnd, server: ScriptEnd): TapRecord {
  const [from, to] = segment.isClient ? [client, server] : [server, client];
  const bytes = encodeFrame({
    ethernet: { source: macFromIp(from.address), destination: macFromIp(to.address) },
    ...network(from.address, to.address),
    tcp: {
      sourcePort: from.port,
      destinationPort: to.port,
      sequenceNumber: segment.sequence,
      acknowledgmentNumber: segment.acknowledgment,
      flags: segment.flags,
      window: segment.window,
      urgentPointer: segment.urgentPointer,
      options: segment.options,
    },
    payload: payloadAt(segment.sequence, segment.length, segment.isClient),
  });
  return { time: segment.time, bytes };
}

function network(source: IpAddress, destination: IpAddress) {
  if (typeof source === "number" && typeof destination === "number") {
    return { ipv4: { source, destination, dontFragment: true } };
  }
  if (typeof source === "bigint" && typeof destination === "bigint") return { ipv6: { source, destination } };
  throw new Error(`${formatIp(source)} and ${formatIp(destination)} are not of one version`);
}
