/**
 * What looks like a fault of the network and is none: traces that capturing on a real machine leaves. Each is explained
 * in a sentence, so that nobody writes a report about errors that never happened.
 */
import { LayerKind, Verdict } from "../dissect/layer-kinds.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import type { StreamTracker } from "./stream-tracker.ts";
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

export type ArtefactCode =
  | "checksum-offload"
  | "no-ip-checksum"
  | "segmentation-offload"
  | "loopback-mtu"
  | "duplicate-frames"
  | "cut-packets"
  | "began-mid-connection"
  | "ended-mid-connection"
  | "constant-sequence";

const MOST_FRAMES = 10;
/** What Ethernet carries in one frame. */
const ETHERNET_PAYLOAD = 1500;
/** Frames among which a copy is looked for. */
const MEMORY = 4;
const NUMBERS = 6;
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
  /** Numbers of the last few IPv4 packets. */
  readonly #latest = new Float64Array(MEMORY * NUMBERS);
  #place = 0;

  /** Looks at the next packet. */
  add(o: PacketOutline, frame: number): void {
    if (o.tcpChecksum === Verdict.PARTIAL || o.udpChecksum === Verdict.PARTIAL || o.icmpChecksum === Verdict.PARTIAL) {
      this.#offload.add(frame);
    }
    if (o.ipv4Checksum === Verdict.ABSENT) this.#noIpChecksum.add(frame);
    if (o.end - o.start < o.wireLength) this.#cut.add(frame);
    if (o.transport !== LayerKind.TCP || o.datagramLayer !== o.kinds.length) return;
    if (o.transportAt + o.transportLength - o.ipAt > ETHERNET_PAYLOAD) {
      (isLoopback(o) ? this.#largeOnLoopback : this.#large).add(frame);
    }
    if (o.ipVersion === 4 && this.#isCopy(o)) this.#duplicates.add(frame);
  }

  /** Whether one of the last packets was the same: a host never gives one identification twice in so short a time. */
  #isCopy(o: PacketOutline): boolean {
    const view = o.view;
    const identification = view.getUint16(o.ipAt + 4);
    const source = view.getUint32(o.ipAt + 12);
    const latest = this.#latest;
    let isCopy = false;
    for (let at = 0; at < latest.length && !isCopy; at += NUMBERS) {
      isCopy =
        identification !== 0 &&
        latest[at] === identification &&
        latest[at + 1] === source &&
        latest[at + 2] === o.sequenceNumber &&
        latest[at + 3] === o.acknowledgmentNumber &&
        latest[at + 4] === o.transportLength &&
        latest[at + 5] === o.flags;
    }
    const at = this.#place;
    latest[at] = identification;
    latest[at + 1] = source;
    latest[at + 2] = o.sequenceNumber;
    latest[at + 3] = o.acknowledgmentNumber;
    latest[at + 4] = o.transportLength;
    latest[at + 5] = o.flags;
    this.#place = (at + NUMBERS) % latest.length;
    return isCopy;
  }

  /** Everything that was seen, the capture having ended. */
  finish(tracker: StreamTracker): Artefact[] {
    return [
      artefact(
        "checksum-offload",
        this.#offload,
        "hold only the sum of the pseudo-header where their checksum should be: the system left the rest to the network adapter, and the capture was taken before it. This is no fault",
      ),
      artefact(
        "no-ip-checksum",
        this.#noIpChecksum,
        "have an IP header checksum of 0: on a loopback interface nobody computes it. This is no fault",
      ),
      artefact(
        "segmentation-offload",
        this.#large,
        "are larger than the 1500 bytes that Ethernet carries: the system hands large segments to the network adapter, which cuts them; on the wire they are smaller",
      ),
      artefact(
        "loopback-mtu",
        this.#largeOnLoopback,
        "are larger than 1500 bytes: a loopback interface takes packets of up to 65,536 bytes, so a message that would be segmented on a network is whole here",
      ),
      artefact(
        "duplicate-frames",
        this.#duplicates,
        "are copies of a frame just before: the capture shows them on their way out and on their way in. Nothing was sent twice",
      ),
      artefact(
        "cut-packets",
        this.#cut,
        "were cut when they were captured (snap length): what is missing cannot be checked",
      ),
      ...streamArtefacts(tracker.tcpStreams),
    ].filter(({ count }) => count > 0);
  }
}

function isLoopback(o: PacketOutline): boolean {
  const link = o.kinds[0];
  if (link === LayerKind.NULL || link === LayerKind.LOOP) return true;
  if (o.ipVersion === 4) return o.view.getUint8(o.ipAt + 12) === 127;
  return o.view.getBigUint64(o.ipAt + 8) === 0n && o.view.getBigUint64(o.ipAt + 16) === 1n;
}

function artefact(code: ArtefactCode, { count, frames }: Occurrences, what: string): Artefact {
  return { code, count, frames, text: `${packets(count)} ${count === 1 ? singular(what) : what}.` };
}

function streamArtefacts(streams: readonly TcpStream[]): Artefact[] {
  const began = new Occurrences();
  const ended = new Occurrences();
  const constant = new Occurrences();
  for (const stream of streams) {
    const isConstant =
      stream.handshake === "none" && (isAtOnePlace(stream.fromHigher) || isAtOnePlace(stream.fromLower));
    if (isConstant) constant.add(stream.firstFrame);
    else if (stream.handshake === "none") began.add(stream.firstFrame);
    if (stream.close === "open" && !isConstant) ended.add(stream.lastFrame);
  }
  const connections = (count: number) => (count === 1 ? "1 connection was" : `${count} connections were`);
  return [
    { ...fields("constant-sequence", constant), text: constantText(constant.count) },
    {
      ...fields("began-mid-connection", began),
      text: `${connections(began.count)} open before the capture began: there is no handshake to see, and window scaling is not known.`,
    },
    {
      ...fields("ended-mid-connection", ended),
      text: `${connections(ended.count)} still open when the capture ended: there is no close to see.`,
    },
  ];
}

function constantText(count: number): string {
  const which = count === 1 ? "1 stream has" : `${count} streams have`;
  return `${which} no handshake and one and the same sequence number in every segment: so they were made by hand, packet by packet. That is why the segments after the first count as retransmissions; nothing was lost.`;
}

function fields(code: ArtefactCode, { count, frames }: Occurrences): Omit<Artefact, "text"> {
  return { code, count, frames };
}

function isAtOnePlace(side: TcpSide): boolean {
  return side.dataSegments >= FEWEST_CONSTANT && !side.hasMoved;
}

function packets(count: number): string {
  return count === 1 ? "1 packet" : `${count} packets`;
}

/** The sentence for one packet instead of several. */
function singular(what: string): string {
  return what
    .replace(/^hold /, "holds ")
    .replace(/^have /, "has ")
    .replace(/^are /, "is ")
    .replace(/^were /, "was ")
    .replace(/\btheir checksum\b/, "its checksum")
    .replace(/they are smaller/, "it is smaller")
    .replace("when they were captured", "when it was captured")
    .replace("copies of a frame", "a copy of a frame")
    .replace("shows them on their way out and on their way in", "shows it on its way out and on its way in");
}
