/**
 * IPv4 headers without a checksum, in packets that the capturing host sent: it leaves the sum to its network adapter, as it
 * leaves those of TCP and UDP, so that the capture shows 0. Not every 0 is that: among headers of the same host that have
 * their sums, it is a wrong one. Which it is can be known only when the capture has ended, so packets are judged by what was
 * seen before them, and a few are kept to be judged again.
 */

import type { PacketOutline } from "../dissect/outline.ts";
import type { IpAddress } from "../headers/address.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import type { FoundPacket } from "./finding-log.ts";
import type { StreamTracker } from "./stream-tracker.ts";
import type { TcpStream } from "./tcp-stream.ts";

const CHECKSUM_AT = ipv4Offsets.headerChecksum;
const SOURCE_AT = ipv4Offsets.source;
/** Hosts that are told apart; of others, a checksum of 0 is a wrong one. */
const MOST_HOSTS = 256;
/** Packets of a host, and of all hosts, that can still turn out to have a wrong checksum. After so many, it is clear what a host does. */
const MOST_UNDECIDED_OF_HOST = 1000;
const MOST_UNDECIDED = 8000;
/** Senders that have written a checksum elsewhere than in TCP, one bit each; of TCP, the streams tell. Where two share a bit, 0 counts as wrong sooner. */
const SENDER_BITS = 1 << 16;

interface Sender {
  /** Headers with a checksum of 0, and with a right one. */
  zeros: number;
  sums: number;
  /** Sums of TCP, UDP or ICMP that were left to the adapter. */
  partials: number;
  readonly undecided: FoundPacket[];
  isSettled: boolean;
}

export class ChecksumOffload {
  readonly #senders = new Map<IpAddress, Sender>();
  readonly #tracker: StreamTracker;
  readonly #haveWritten = new Uint32Array(SENDER_BITS / 32);
  #undecided = 0;
  /** The sender of the packet judged last, where its header has no checksum that was left to the adapter. */
  #last: Sender | undefined = undefined;

  /** @param tracker that has seen all packets before the one that is judged */
  constructor(tracker: StreamTracker) {
    this.#tracker = tracker;
  }

  /** Whether this packet is worth a look: most segments of TCP are not, as long as no header without a sum was seen. */
  concerns(o: PacketOutline): boolean {
    if (o.transport !== LayerKind.TCP) return true;
    if (this.#senders.size > 0) return true;
    if (!o.hasOddChecksum) return false;
    return o.ipv4Checksum !== ChecksumStatus.GOOD || o.tcpChecksum === ChecksumStatus.PARTIAL;
  }

  /** Looks at the next packet that concerns it; a header of 0 that the adapter was to fill in gets the status PARTIAL. */
  judge(o: PacketOutline): void {
    this.#last = undefined;
    if (o.ipVersion !== 4) return;
    const isPartial = o.hasOddChecksum && hasPartialTransport(o);
    if (!o.hasOddChecksum || o.ipv4Checksum === ChecksumStatus.GOOD) {
      this.#write(o.ipView.getUint32(o.ipAt + SOURCE_AT));
      if (!isPartial && this.#senders.size === 0) return;
      const sender = this.#senderOf(o, isPartial);
      if (sender === undefined) return;
      sender.sums++;
      if (isPartial) sender.partials++;
    } else if (o.ipv4Checksum === ChecksumStatus.BAD && isLeftOut(o)) this.#judgeZero(o, isPartial);
  }

  #judgeZero(o: PacketOutline, isPartial: boolean): void {
    const sender = this.#senderOf(o, true);
    if (sender === undefined) return;
    sender.zeros++;
    if (isPartial) sender.partials++;
    // By what was seen so far; of a host's first packet that is itself.
    if (!isLeavingSums(sender) && !(isPartial && sender.zeros > sender.sums)) return;
    o.checksums[o.ipLayer] = ChecksumStatus.PARTIAL;
    this.#last = sender;
  }

  /** @param isWanted whether a sender that is not known yet is to be remembered */
  #senderOf(o: PacketOutline, isWanted: boolean): Sender | undefined {
    const address = o.ipView.getUint32(o.ipAt + SOURCE_AT);
    const known = this.#senders.get(address);
    if (known !== undefined || !isWanted || this.#senders.size >= MOST_HOSTS) return known;
    const sender = {
      zeros: 0,
      sums: this.#hasWritten(o.ipView.getUint32(o.ipAt + SOURCE_AT)) ? 1 : 0,
      partials: 0,
      undecided: [],
      isSettled: false,
    };
    this.#senders.set(address, sender);
    return sender;
  }

  /** Whether the packet judged last may still turn out to have a wrong checksum; then it is to be kept. */
  get isUndecided(): boolean {
    const sender = this.#last;
    if (sender === undefined || sender.isSettled) return false;
    if (sender.undecided.length < MOST_UNDECIDED_OF_HOST && this.#undecided < MOST_UNDECIDED) return true;
    sender.isSettled = true;
    this.#undecided -= sender.undecided.splice(0).length;
    return false;
  }

  keep(packet: FoundPacket): void {
    this.#last?.undecided.push(packet);
    this.#undecided++;
  }

  /** The capture has ended. @returns packets whose checksum was wrong after all */
  finish(): FoundPacket[] {
    return [...this.#senders.values()].filter((sender) => !isLeavingSums(sender)).flatMap(({ undecided }) => undecided);
  }

  #write(source: number): void {
    const bit = bitOf(source);
    this.#haveWritten[bit >>> 5]! |= 1 << (bit & 31);
  }

  #hasWritten(source: number): boolean {
    const isSender = ({ higher, lower, fromHigher, fromLower }: TcpStream) =>
      (higher.address === source && fromHigher.packets > 0) || (lower.address === source && fromLower.packets > 0);
    if (this.#tracker.tcpStreams.some(isSender)) return true;
    const bit = bitOf(source);
    return (this.#haveWritten[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }
}

/** All of a host's headers are 0; or it leaves other sums to the adapter too, and most of its headers are 0. */
function isLeavingSums({ zeros, sums, partials, isSettled }: Sender): boolean {
  return isSettled || sums === 0 || (partials > 0 && zeros > sums && zeros > 1);
}

/** Whether the one IPv4 header of a packet has 0 for its checksum; of a tunnel, nobody knows which header is wrong. */
function isLeftOut(o: PacketOutline): boolean {
  if (o.ipView.getUint16(o.ipAt + CHECKSUM_AT) !== 0) return false;
  let headers = 0;
  for (let layer = 0; layer < Math.min(o.layerCount, o.quotedLayer); layer++) {
    if (o.kinds[layer] === LayerKind.IPV4) headers++;
  }
  return headers === 1;
}

function bitOf(source: number): number {
  return Math.imul(source, 0x9e37_79b1) >>> 16;
}

function hasPartialTransport(o: PacketOutline): boolean {
  return (
    o.tcpChecksum === ChecksumStatus.PARTIAL ||
    o.udpChecksum === ChecksumStatus.PARTIAL ||
    o.icmpChecksum === ChecksumStatus.PARTIAL
  );
}
