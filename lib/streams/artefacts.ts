/**
 * What looks like a fault of the network and is none: traces that capturing on a real machine leaves. Each is explained
 * in a sentence, so that nobody writes a report about errors that never happened.
 */
import { LayerKind, Verdict } from "../dissect/layer-kinds.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { type ArtefactCode, artefactText } from "./artefact-text.ts";
import { CopyDetector } from "./copy-detector.ts";
import { ChangingMoment, isLater } from "./moment.ts";
import type { PacketPlace, StreamTracker } from "./stream-tracker.ts";
import type { TcpSide } from "./tcp-side.ts";
import type { TcpStream } from "./tcp-stream.ts";

export interface Artefact {
  /** For programs. */
  readonly code: ArtefactCode;
  /** How many frames or streams show it. */
  readonly count: number;
  /** The first of these frames; empty where it is about the capture. */
  readonly frames: readonly number[];
  readonly text: string;
}

const MOST_FRAMES = 10;
/** What Ethernet carries in one frame. */
const ETHERNET_PAYLOAD = 1500;
/** So many segments at the same place are no accident. */
const FEWEST_CONSTANT = 3;

class Occurrences {
  count = 0;
  readonly frames: number[] = [];

  add(frame: number): void {
    this.count++;
    if (this.frames.length < MOST_FRAMES) this.frames.push(frame);
  }
}

export class ArtefactCollector {
  readonly #offload = new Occurrences();
  readonly #noIpChecksum = new Occurrences();
  readonly #large = new Occurrences();
  readonly #largeOnLoopback = new Occurrences();
  readonly #duplicates = new Occurrences();
  readonly #cut = new Occurrences();
  readonly #backwards = new Occurrences();
  readonly #copies = new CopyDetector();
  #lastMoment: ChangingMoment | undefined = undefined;

  /** Looks at the next packet. */
  add(o: PacketOutline, place: PacketPlace & { hasTime: boolean }): void {
    const frame = place.number;
    if (place.hasTime) this.#checkClock(place);
    if (o.tcpChecksum === Verdict.PARTIAL || o.udpChecksum === Verdict.PARTIAL || o.icmpChecksum === Verdict.PARTIAL) {
      this.#offload.add(frame);
    }
    if (o.ipv4Checksum === Verdict.ABSENT) this.#noIpChecksum.add(frame);
    if (o.end - o.start < o.wireLength) this.#cut.add(frame);
    if (o.transport !== LayerKind.TCP || !o.isInStream || o.datagramLayer !== o.kinds.length) return;
    if (o.transportAt + o.transportLength - o.ipAt > ETHERNET_PAYLOAD) {
      (isLoopback(o) ? this.#largeOnLoopback : this.#large).add(frame);
    }
    if (o.ipVersion === 4 && this.#copies.isCopy(o, place)) this.#duplicates.add(frame);
  }

  #checkClock(place: PacketPlace): void {
    this.#lastMoment ??= new ChangingMoment(place);
    if (isLater(this.#lastMoment, place)) this.#backwards.add(place.number);
    this.#lastMoment.set(place);
  }

  /** Everything that was seen, the capture having ended. */
  finish(tracker: StreamTracker): Artefact[] {
    const seen: readonly [ArtefactCode, Occurrences][] = [
      ["checksum-offload", this.#offload],
      ["no-ip-checksum", this.#noIpChecksum],
      ["segmentation-offload", this.#large],
      ["loopback-mtu", this.#largeOnLoopback],
      ["duplicate-frames", this.#duplicates],
      ["cut-packets", this.#cut],
      ["time-backwards", this.#backwards],
      ...streamOccurrences(tracker.tcpStreams),
    ];
    return seen
      .filter(([, { count }]) => count > 0)
      .map(([code, { count, frames }]) => ({ code, count, frames, text: artefactText(code, count) }));
  }
}

function isLoopback(o: PacketOutline): boolean {
  const link = o.kinds[0];
  if (link === LayerKind.NULL || link === LayerKind.LOOP) return true;
  if (o.ipVersion === 4) return o.view.getUint8(o.ipAt + 12) === 127;
  return o.view.getBigUint64(o.ipAt + 8) === 0n && o.view.getBigUint64(o.ipAt + 16) === 1n;
}

function streamOccurrences(streams: readonly TcpStream[]): [ArtefactCode, Occurrences][] {
  const constant = new Occurrences();
  const oneDirection = new Occurrences();
  const unanswered = new Occurrences();
  const began = new Occurrences();
  const ended = new Occurrences();
  for (const stream of streams) {
    const { handshake, close, packets, firstFrame, lastFrame } = stream;
    if (packets === 0) continue;
    const isConstant = handshake === "none" && (isAtOnePlace(stream.fromHigher) || isAtOnePlace(stream.fromLower));
    if (!isConstant && isOneSided(stream)) oneDirection.add(firstFrame);
    if (isConstant) constant.add(firstFrame);
    else if (handshake === "unanswered") unanswered.add(firstFrame);
    else {
      if (handshake === "none") began.add(firstFrame);
      if (close === "open") ended.add(lastFrame);
    }
  }
  return [
    ["constant-sequence", constant],
    ["one-direction", oneDirection],
    ["unanswered", unanswered],
    ["began-mid-connection", began],
    ["ended-mid-connection", ended],
  ];
}

/** Whether one side shows only in what the other acknowledges: more than a SYN, which every answer does. */
function isOneSided({ fromHigher, fromLower }: TcpStream): boolean {
  const [silent, heard] = fromHigher.packets === 0 ? [fromHigher, fromLower] : [fromLower, fromHigher];
  return silent.packets === 0 && silent.hasBase && heard.packets > 1;
}

function isAtOnePlace(side: TcpSide): boolean {
  return side.dataSegments >= FEWEST_CONSTANT && !side.hasMoved;
}
