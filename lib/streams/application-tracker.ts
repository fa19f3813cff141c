/**
 * Which application each packet belongs to, and which messages end in it. Told from what streams carry: a stream that
 * shows no protocol known here is given up after its first packets, so that it costs next to nothing.
 */

import type { DnsProblem } from "../dissect/dns-check.ts";
import { findHttpStartLine } from "../dissect/http.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import type { SegmentPart } from "../dissect/payload.ts";
import { isOnDnsPort } from "../headers/dns/dns.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { type ApplicationName, applicationOf, applicationOfDatagram } from "./application-names.ts";
import { FollowedDirection } from "./followed-direction.ts";
import { FramingContext } from "./framings.ts";
import { type ContentListener, type IdleDirection, StreamContents } from "./stream-contents.ts";
import type { TcpStream, UdpStream } from "./tcp-stream.ts";

/** Packets with data in which HTTP may still show itself, in a stream that began with something else. */
const MOST_SECOND_LOOKS = 16;

/** A stream that is not followed: its application, if it has shown one, and how often it will be looked at again. */
interface Unfollowed {
  readonly application: ApplicationName | undefined;
  looks: number;
  /** Whether it was followed to its end: what comes now was there before. */
  readonly isOver: boolean;
}

/** A stream of HTTP that waits for its next request: many do so until the capture ends. */
class IdleStream {
  readonly fromHigher: IdleDirection;
  readonly fromLower: IdleDirection;
  readonly isClientHigher: boolean;
  /** A bit for each side whose FIN has come. */
  readonly fins: number;

  constructor(fromHigher: IdleDirection, fromLower: IdleDirection, isClientHigher: boolean, fins: number) {
    this.fromHigher = fromHigher;
    this.fromLower = fromLower;
    this.isClientHigher = isClientHigher;
    this.fins = fins;
  }
}

/** What goes on in a stream even without data. */
const RESUMING = TcpFlag.SYN | TcpFlag.FIN | TcpFlag.RST;

/** Streams followed at a time before idle ones are suspended. */
const MOST_ACTIVE = 1024;

export class ApplicationTracker {
  /** Of the packet added last: the application whose data it carries. */
  application: ApplicationName | undefined = undefined;
  /** Bits of `EndedMessage`; undefined where the packet's stream is not followed. */
  ended: number | undefined = undefined;
  /** What its payload is made of; undefined where that can be told from the payload alone. */
  parts: readonly SegmentPart[] | undefined = undefined;
  /** What is wrong with a DNS message that ends in it. */
  problem: DnsProblem | undefined = undefined;
  /** By the number of their stream. */
  readonly #streams: (FollowedStream | IdleStream | Unfollowed | undefined)[] = [];
  /** Numbers of streams that are followed, in the order in which that began; around and around. */
  readonly #active: number[] = [];
  #nextActive = 0;

  add(o: PacketOutline, stream: TcpStream | UdpStream | undefined, isFromHigher: boolean, frame: number): void {
    this.application = undefined;
    this.ended = undefined;
    this.parts = undefined;
    this.problem = undefined;
    if (stream === undefined || !o.isInStream) return;
    if (stream.protocol === "TCP") this.#addSegment(o, stream, isFromHigher, frame);
    else if (o.payloadLength > 0) this.application = applicationOfDatagram(o);
  }

  #addSegment(o: PacketOutline, stream: TcpStream, isFromHigher: boolean, frame: number): void {
    const hasData = o.payloadLength > 0;
    let entry = this.#streams[stream.number];
    if (!(entry instanceof FollowedStream)) {
      entry = entry instanceof IdleStream ? this.#resume(entry, o, stream) : this.#begin(entry, o, stream);
      if (entry === undefined) return;
      this.#streams[stream.number] = entry;
    }
    if (!entry.isListed) this.#list(entry, stream.number);
    const own = entry.add(o, isFromHigher, frame);
    const { kind } = own.finder;
    this.ended = own.ended;
    this.problem = own.problem;
    if (hasData) this.application = applicationOf(kind);
    if (entry.isOver(o)) this.#streams[stream.number] = { application: applicationOf(kind), looks: 0, isOver: true };
    // Nothing has changed of what is known of the stream: most packets end here.
    if (own.parts.length > 0 || kind !== "http") this.#settle(o, stream.number, entry, own, hasData);
  }

  /** @returns undefined for a packet in which nothing goes on */
  #resume(idle: IdleStream, o: PacketOutline, stream: TcpStream): FollowedStream | undefined {
    if (o.payloadLength > 0 || (o.flags & RESUMING) !== 0) return FollowedStream.resumed(stream, idle);
    this.ended = 0;
    return undefined;
  }

  /** @returns undefined where the packet does not show that there is something to follow */
  #begin(entry: Unfollowed | undefined, o: PacketOutline, stream: TcpStream): FollowedStream | undefined {
    if (o.payloadLength === 0) return undefined;
    // What opened it has passed, unless this is not its first packet with data.
    if (entry === undefined || isWorthALook(entry, o)) return new FollowedStream(stream, entry === undefined);
    this.application = entry.application;
    if (entry.isOver) this.ended = 0;
    if (isOnDnsPort(o)) this.parts = NO_PARTS;
    return undefined;
  }

  /** Remembers a stream among those that are followed, and suspends the one that has been longest, if it is idle. */
  #list(stream: FollowedStream, number: number): void {
    stream.isListed = true;
    const before = this.#active[this.#nextActive];
    this.#active[this.#nextActive] = number;
    this.#nextActive = (this.#nextActive + 1) % MOST_ACTIVE;
    const other = before === undefined ? undefined : this.#streams[before];
    if (!(other instanceof FollowedStream) || before === undefined || other === stream) return;
    const { idle } = other;
    // What cannot be suspended is listed again with its next packet.
    if (idle === undefined) other.isListed = false;
    else this.#streams[before] = idle;
  }

  /** Shows the parts of a packet where it must, and gives the stream up where nothing is to be followed. */
  #settle(o: PacketOutline, number: number, stream: FollowedStream, own: FollowedDirection, hasData: boolean): void {
    const { kind } = own.finder;
    const isFramed = kind === "dns" || kind === "websocket" || isOnDnsPort(o);
    if (isFramed || own.parts.some((part) => part.kind !== "http")) this.parts = own.parts;
    const { unfollowed } = stream;
    if (unfollowed === undefined) return;
    if (hasData) this.application ??= unfollowed.application;
    this.ended = undefined;
    this.#streams[number] = unfollowed;
  }
}

const NO_PARTS: readonly SegmentPart[] = [];

/** There, every payload looks like the beginning of a message, and only the stream tells which is one. */
/** HTTP can show itself in a stream that was open before the capture began. */
function isWorthALook(entry: Unfollowed, o: PacketOutline): boolean {
  if (entry.looks === 0) return false;
  entry.looks--;
  return findHttpStartLine(o.transportBytes, o.payloadAt, o.payloadEnd) !== undefined;
}

const BOTH_FINS = 3;

class FollowedStream implements ContentListener {
  readonly #contents: StreamContents;
  readonly #context: FramingContext;
  readonly #fromHigher: FollowedDirection;
  readonly #fromLower: FollowedDirection;
  #frame = 0;
  #outline: PacketOutline | undefined;
  #application: ApplicationName | undefined;
  /** A bit for each side whose FIN has come. */
  #fins = 0;
  isListed = false;

  static resumed(stream: TcpStream, { fromHigher, fromLower, isClientHigher, fins }: IdleStream): FollowedStream {
    const followed = new FollowedStream(stream, false);
    followed.#contents.resume(true, fromHigher);
    followed.#contents.resume(false, fromLower);
    followed.#fromHigher.finder.resume(isClientHigher ? "requests" : "responses");
    followed.#fromLower.finder.resume(isClientHigher ? "responses" : "requests");
    followed.#fins = fins;
    return followed;
  }

  /** @param isAtStart whether no data has passed yet: then it begins behind the SYNs */
  constructor(stream: TcpStream, isAtStart: boolean) {
    const context = FramingContext.of(stream);
    this.#context = context;
    this.#fromHigher = new FollowedDirection(context);
    this.#fromLower = new FollowedDirection(context);
    this.#contents = new StreamContents(this);
    if (!isAtStart) return;
    const { fromHigher, fromLower } = stream;
    if (fromHigher.hasBase && hasSyn(stream, true)) this.#contents.open(true, fromHigher.base);
    if (fromLower.hasBase && hasSyn(stream, false)) this.#contents.open(false, fromLower.base);
  }

  data(bytes: Uint8Array, isFromHigher: boolean, frame: number, position: number, endsWithPush: boolean): void {
    if (position === 0) this.#application ??= greeting(bytes);
    const offset = frame === this.#frame ? this.#offsetOf(bytes) : undefined;
    this.#direction(isFromHigher).data(bytes, position, frame, endsWithPush, offset);
  }

  pass(length: number, isFromHigher: boolean): boolean {
    return this.#direction(isFromHigher).pass(length);
  }

  boundary(isFromHigher: boolean): void {
    this.#direction(isFromHigher).finder.separate();
  }

  gap(length: number, isFromHigher: boolean, position: number): void {
    this.#direction(isFromHigher).finder.gap(position, length);
  }

  fin(isFromHigher: boolean): void {
    this.#fins |= isFromHigher ? 1 : 2;
    this.#direction(isFromHigher).finder.fin();
  }

  /** @returns the direction of the segment, which says what ends in it */
  add(o: PacketOutline, isFromHigher: boolean, frame: number): FollowedDirection {
    this.#frame = frame;
    this.#outline = o;
    this.#fromHigher.begin(frame);
    this.#fromLower.begin(frame);
    this.#contents.add(o, isFromHigher, frame);
    const own = this.#direction(isFromHigher);
    own.finish();
    return own;
  }

  /** Whether nothing more can come: what is kept of it need not be kept any longer. */
  isOver({ flags }: PacketOutline): boolean {
    return this.#fins === BOTH_FINS || (flags & TcpFlag.RST) !== 0;
  }

  /** All that is to be kept of a stream in which nothing is going on; undefined where something is. */
  get idle(): IdleStream | undefined {
    const [higher, lower] = [this.#fromHigher.finder.idleHttp, this.#fromLower.finder.idleHttp];
    if (higher === undefined || lower === undefined || higher === lower) return undefined;
    if (!this.#context.http.isIdle) return undefined;
    const [fromHigher, fromLower] = [this.#contents.idle(true), this.#contents.idle(false)];
    if (fromHigher === undefined || fromLower === undefined) return undefined;
    return new IdleStream(fromHigher, fromLower, higher === "requests", this.#fins);
  }

  /** What becomes of a stream that need not be followed; undefined while it must. */
  get unfollowed(): Unfollowed | undefined {
    const kinds = [this.#fromHigher.finder.kind, this.#fromLower.finder.kind];
    if (kinds.includes("tls") && !kinds.includes("http")) return { application: "TLS", looks: 0, isOver: false };
    const isOpen = kinds.some((kind) => kind !== undefined && kind !== "push" && kind !== "line");
    if (isOpen || kinds.every((kind) => kind === undefined)) return undefined;
    const looks = this.#application === undefined ? MOST_SECOND_LOOKS : 0;
    return { application: this.#application, looks, isOver: false };
  }

  #direction(isFromHigher: boolean): FollowedDirection {
    return isFromHigher ? this.#fromHigher : this.#fromLower;
  }

  /** Where bytes of the segment at hand stand in its payload; undefined for a copy of them. */
  #offsetOf(bytes: Uint8Array): number | undefined {
    const { transportBytes, payloadAt } = this.#outline!;
    if (bytes.buffer !== transportBytes.buffer) return undefined;
    return bytes.byteOffset - transportBytes.byteOffset - payloadAt;
  }
}

/** Whether the SYN of one side was seen, in answer to another or not. */
function hasSyn(stream: TcpStream, isHigher: boolean): boolean {
  return (stream.isOpenerHigher === isHigher ? stream.synFrame : stream.synAckFrame) !== 0;
}

const SSH = [0x53, 0x53, 0x48, 0x2d];

/** What a direction's first bytes say of a protocol that is not followed (RFC 4253, section 4.2). */
function greeting(bytes: Uint8Array): ApplicationName | undefined {
  return SSH.every((byte, index) => bytes[index] === byte) ? "SSH" : undefined;
}
