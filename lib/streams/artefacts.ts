/**
 * What looks like a fault of the network and is none: traces that capturing on a real machine leaves. Each is explained
 * in a sentence, so that nobody writes a report about errors that never happened.
 */

import { ChangingMoment, isLater, type Moment, nanosecondsBetween, type PacketPlace } from "../core/time.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { ipv6Offsets } from "../headers/ipv6.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { tcpOffsets } from "../headers/tcp.ts";
import { isReconstructed } from "../pcap/reconstruction.ts";
import { type ArtefactCode, artefactText } from "./artefact-text.ts";
import { Occurrences } from "./occurrences.ts";
import type { TcpStream } from "./tcp-stream.ts";

/** One kind of trace that a capture shows. */
export interface Artefact {
  /** For programs. */
  readonly code: ArtefactCode;
  /** How many frames or streams show it. */
  readonly count: number;
  /** The first of these frames; empty where it is about the capture. */
  readonly frames: readonly number[];
  /** What it is and what it means, for people. */
  readonly text: string;
}

/** What Ethernet carries in one frame. */
const ETHERNET_PAYLOAD = 1500;

/** Traces are looked for in every packet, since some show only beside the packets around; those that are selected count. */
export class ArtefactCollector {
  readonly #offload = new Occurrences();
  readonly #leftIpChecksum = new Occurrences();
  readonly #noIpChecksum = new Occurrences();
  readonly #large = new Occurrences();
  readonly #largeOnLoopback = new Occurrences();
  readonly #duplicates = new Occurrences();
  readonly #cut = new Occurrences();
  readonly #backwards = new Occurrences();
  readonly #copies = new CopyDetector();
  readonly #reconstructed = new Occurrences();
  #lastMoment: ChangingMoment | undefined = undefined;
  /** What the packet looked at last shows. */
  readonly #shown: Occurrences[] = [];

  /** Looks at the next packet. @returns whether it is a copy of one just before */
  add(o: PacketOutline, place: PacketPlace & { hasTime: boolean; comments: readonly string[] }): boolean {
    if (this.#shown.length > 0) this.#shown.length = 0;
    if (isReconstructed(place.comments)) this.#shown.push(this.#reconstructed);
    if (place.hasTime) this.#checkClock(place);
    if (o.hasOddChecksum) this.#addChecksums(o);
    if (o.end - o.start < o.wireLength) this.#shown.push(this.#cut);
    if (o.transport !== LayerKind.TCP || !o.isInStream || o.datagramLayer !== o.kinds.length) return false;
    if (o.transportAt + o.transportLength - o.ipAt > ETHERNET_PAYLOAD) {
      this.#shown.push(isLoopback(o) ? this.#largeOnLoopback : this.#large);
    }
    const isCopy = o.ipVersion === 4 && this.#copies.isCopy(o, place);
    if (isCopy) this.#shown.push(this.#duplicates);
    return isCopy;
  }

  /** The packet looked at last is one of those that count. */
  select(frame: number): void {
    for (const occurrences of this.#shown) occurrences.add(frame);
  }

  #addChecksums(o: PacketOutline): void {
    if (
      o.tcpChecksum === ChecksumStatus.PARTIAL ||
      o.udpChecksum === ChecksumStatus.PARTIAL ||
      o.icmpChecksum === ChecksumStatus.PARTIAL
    ) {
      this.#shown.push(this.#offload);
    }
    if (o.ipv4Checksum === ChecksumStatus.ABSENT) this.#shown.push(this.#noIpChecksum);
    if (o.ipv4Checksum === ChecksumStatus.PARTIAL) this.#shown.push(this.#leftIpChecksum);
  }

  /** Of these packets, the checksum was wrong after all. */
  forgetLeftChecksums(packets: readonly { readonly frame: number }[]): void {
    for (const { frame } of packets) this.#leftIpChecksum.remove(frame);
  }

  #checkClock(place: PacketPlace): void {
    this.#lastMoment ??= new ChangingMoment(place);
    if (isLater(this.#lastMoment, place)) this.#shown.push(this.#backwards);
    this.#lastMoment.set(place);
  }

  /** Everything that was seen, the capture having ended. @param streams that count */
  finish(streams: readonly TcpStream[]): Artefact[] {
    const seen: readonly [ArtefactCode, Occurrences][] = [
      ["reconstructed", this.#reconstructed],
      ["checksum-offload", this.#offload],
      ["ip-checksum-offload", this.#leftIpChecksum],
      ["no-ip-checksum", this.#noIpChecksum],
      ["segmentation-offload", this.#large],
      ["loopback-mtu", this.#largeOnLoopback],
      ["duplicate-frames", this.#duplicates],
      ["cut-packets", this.#cut],
      ["time-backwards", this.#backwards],
      ...streamOccurrences(streams),
    ];
    return seen
      .filter(([, { count }]) => count > 0)
      .map(([code, { count, frames }]) => ({ code, count, frames, text: artefactText(code, count) }));
  }
}

function isLoopback(o: PacketOutline): boolean {
  const link = o.kinds[0];
  if (link === LayerKind.NULL || link === LayerKind.LOOP) return true;
  if (o.ipVersion === 4) return o.view.getUint8(o.ipAt + ipv4Offsets.source) === 127;
  return (
    o.view.getBigUint64(o.ipAt + ipv6Offsets.source) === 0n &&
    o.view.getBigUint64(o.ipAt + ipv6Offsets.source + 8) === 1n
  );
}

const STREAM_CODES = [
  "constant-sequence",
  "unknown-connection",
  "one-direction",
  "one-side",
  "unanswered",
  "began-mid-connection",
  "open-before-capture",
  "ended-mid-connection",
] as const satisfies readonly ArtefactCode[];

function streamOccurrences(streams: readonly TcpStream[]): [ArtefactCode, Occurrences][] {
  const seen = new Map<ArtefactCode, Occurrences>(STREAM_CODES.map((code) => [code, new Occurrences()]));
  for (const stream of streams) {
    if (stream.packets === 0) continue;
    for (const code of codesOf(stream)) {
      seen.get(code)!.add(code === "ended-mid-connection" ? stream.lastFrame : stream.firstFrame);
    }
  }
  return [...seen];
}

function codesOf(stream: TcpStream): ArtefactCode[] {
  const { handshake, close } = stream;
  const codes: ArtefactCode[] = [];
  // It was never a connection: nothing else that holds for connections is said of it.
  if (stream.isMadeByHand) return ["constant-sequence"];
  if (stream.stranger !== undefined) return ["unknown-connection"];
  const oneSided = oneSidedOf(stream);
  if (oneSided !== undefined) codes.push(oneSided);
  if (handshake === "unanswered") return [...codes, "unanswered"];
  if (handshake === "none" && hasConnection(stream)) {
    codes.push(isKeptByTcp(stream) ? "open-before-capture" : "began-mid-connection");
  }
  if (close === "open" && stream.wasOpen) codes.push("ended-mid-connection");
  return codes;
}

/** Whether timers show that there is a TCP behind it: keep-alives that are answered, or waits that grow. */
function isKeptByTcp({ fromHigher, fromLower }: TcpStream): boolean {
  const isAnswered = fromHigher.keepAliveAcks + fromLower.keepAliveAcks > 0;
  return isAnswered || [fromHigher, fromLower].some(({ again }) => again?.most?.isGrowing === true);
}

/** Resets alone, which answer something that was not captured, show no connection. */
function hasConnection({ fromHigher, fromLower }: TcpStream): boolean {
  return fromHigher.packets + fromLower.packets > fromHigher.resets + fromLower.resets;
}

/**
 * Whether one side shows only in what the other acknowledges: more than a SYN, which every answer does. That something of
 * it arrived is proven only where acknowledgments follow a SYN, or grow.
 */
function oneSidedOf({ fromHigher, fromLower }: TcpStream): "one-direction" | "one-side" | undefined {
  const [silent, heard] = fromHigher.packets === 0 ? [fromHigher, fromLower] : [fromLower, fromHigher];
  if (silent.packets > 0 || !silent.hasBase || heard.packets < 2) return undefined;
  const hasHeard = heard.hasAcknowledgedMore || heard.syns > 0;
  return hasHeard ? "one-direction" : "one-side";
}

/** Frames among which a copy is looked for. */
const COPY_MEMORY = 4;
const COPY_WORDS = 8;
/** A copy follows at once; what comes later was sent again. In nanoseconds. */
const LATEST_COPY = 1_000_000;

/**
 * Notices TCP segments over IPv4 that a capture holds twice. A segment that is sent again has another identification; a
 * copy has the same one, and everything else too.
 */
class CopyDetector {
  readonly #latest = new Uint32Array(COPY_MEMORY * COPY_WORDS);
  readonly #own = new Uint32Array(COPY_WORDS);
  readonly #moments = Array.from({ length: COPY_MEMORY }, () => new ChangingMoment());
  #place = 0;

  /** Whether this segment is a copy of one of the last few. */
  isCopy(o: PacketOutline, moment: Moment): boolean {
    this.#read(o);
    let isCopy = false;
    // Where a host does not number its packets, nothing tells a copy from the next one.
    const isNumbered = o.ipView.getUint16(o.ipAt + ipv4Offsets.identification) !== 0;
    for (let place = 0; isNumbered && place < COPY_MEMORY && !isCopy; place++) {
      const since = nanosecondsBetween(this.#moments[place]!, moment);
      isCopy = Math.abs(since) < LATEST_COPY && this.#isSame(place);
    }
    this.#latest.set(this.#own, this.#place * COPY_WORDS);
    this.#moments[this.#place]!.set(moment);
    this.#place = (this.#place + 1) % COPY_MEMORY;
    return isCopy;
  }

  #read(o: PacketOutline): void {
    const own = this.#own;
    // Length and identification, addresses; ports, numbers, flags, window and checksum. Not the time to live.
    own[0] =
      o.ipView.getUint16(o.ipAt + ipv4Offsets.totalLength) * 0x1_0000 +
      o.ipView.getUint16(o.ipAt + ipv4Offsets.identification);
    own[1] = o.ipView.getUint32(o.ipAt + ipv4Offsets.source);
    own[2] = o.ipView.getUint32(o.ipAt + ipv4Offsets.destination);
    own[3] = o.sourcePort * 0x1_0000 + o.destinationPort;
    own[4] = o.sequenceNumber;
    own[5] = o.acknowledgmentNumber;
    own[6] = o.flags * 0x1_0000 + o.window;
    own[7] = o.transportView.getUint16(o.transportAt + tcpOffsets.window);
  }

  #isSame(place: number): boolean {
    const start = place * COPY_WORDS;
    for (let word = 0; word < COPY_WORDS; word++) if (this.#latest[start + word] !== this.#own[word]) return false;
    return true;
  }
}
