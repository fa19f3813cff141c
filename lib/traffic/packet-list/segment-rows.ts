/** Rows of TCP, and of protocols over it, into segments with their numbers, options and bytes. */

import { addSequence, sequenceDifference } from "../../core/sequence.ts";
import type { PacketListCounts } from "../../csv/dialect.ts";
import type { ListRow, RowContent } from "../../csv/packet-list/list-rows.ts";
import type { TcpInfoOptions } from "../../csv/packet-list/transport-info.ts";
import { bareProtocol, carrierOf } from "../../csv/protocol-names.ts";
import type { WarningLog } from "../../csv/warnings.ts";
import { TCP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import type { TcpOption } from "../../headers/tcp.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import { byteLength } from "../../headers/tcp-options.ts";
import type { FrameLengths } from "./frame-lengths.ts";
import { methodOf } from "./http-bytes.ts";
import type { ListStream, StreamSide } from "./list-stream.ts";
import { ListedMessage } from "./listed-packet.ts";
import { convertedAcknowledgment, goesOn, heedNumbers, settleNumbers } from "./numbering.ts";
import { type RowBytes, rowBytes } from "./row-bytes.ts";
import { lengthOfFrame, SegmentLengths } from "./segment-lengths.ts";
import { type Ahead, type EndPointOf, StreamFinder } from "./stream-finder.ts";
import { scaleShown } from "./window-scale.ts";

const { SYN, ACK, FIN, PSH } = TcpFlag;
const NOP: TcpOption = { kind: "nop" };
/** Rows that are looked through for the end of a message. */
const LONGEST_MESSAGE = 1000;
const LARGEST_WINDOW = 0xffff;
/** What every host must take (RFC 9293, section 3.7.1). */
const LEAST_FULL_SEGMENT = 536;

export interface SegmentRowsOptions {
  readonly warnings: WarningLog;
  readonly lengths: FrameLengths;
  readonly endPointOf: EndPointOf;
  readonly counts: PacketListCounts;
}

export class SegmentRows {
  readonly #warnings: WarningLog;
  readonly #lengths: FrameLengths;
  readonly #finder: StreamFinder;
  readonly #segmentLengths: SegmentLengths;
  readonly #counts: PacketListCounts;

  constructor({ warnings, lengths, endPointOf, counts }: SegmentRowsOptions) {
    this.#warnings = warnings;
    this.#lengths = lengths;
    this.#counts = counts;
    this.#finder = new StreamFinder(endPointOf, (row, side) => lengthOfFrame(row.content, side, lengths));
    this.#segmentLengths = new SegmentLengths(lengths, this.#finder);
  }

  /** Whether a row without ports fits a connection that is open. */
  hasStreamFor(row: ListRow): boolean {
    return this.#finder.hasStreamFor(row);
  }

  /** The same, where the numbers of the rows around it say so. */
  isLikelyOwnerOf(row: ListRow): boolean {
    return this.#finder.isProved(row);
  }

  read(row: ListRow): ListedMessage {
    const { content } = row;
    const { segment: told } = content;
    const { stream, side, choices } = this.#finder.find(row);
    if (choices > 1) this.#warnings.tell("JOINED_ROWS", content.line);
    const { peer } = side;
    const opensAnew = stream.opensAnew(side, row, () => goesOn(row, side));
    if (opensAnew) stream.restart();
    if (stream.isRelative === undefined) this.#settle(stream, row, side);
    heedNumbers(stream, side, told);
    const known = told?.flags;
    const sequence = told?.sequence ?? this.#sequenceOf(row, side);
    // A SYN takes a number before the data that it may carry (RFC 9293, section 3.4).
    const dataAt = addSequence(sequence, ((known ?? 0) & SYN) === 0 ? 0 : 1);
    const payload = this.#payloadOf(row, side, dataAt);
    const { length } = payload.bytes;
    const ahead = this.#finder.look(row, side);
    const flags = known ?? likelyFlags(content, length, addSequence(dataAt, length), ahead);
    const acknowledgment =
      told?.acknowledgment ??
      convertedAcknowledgment(row, side) ??
      ((flags & ACK) === 0 ? 0 : stream.acknowledgmentOf(side, ahead.acknowledgment));
    this.#noteSegment(row, side, flags, length);
    const window = this.#windowOf(row, side, flags);
    const options = this.#optionsOf(content, side, peer, flags, length);
    stream.note(side, { flags, sequence, acknowledgment, length, stream: told?.stream });
    if (payload.isFiller && length > 0) this.#warnings.tell("MADE_UP_BYTES", content.line);
    return new ListedMessage(row, {
      source: side.endPoint,
      destination: peer.endPoint,
      protocol: stream.protocol,
      flags,
      payload: payload.bytes,
      isFiller: payload.isFiller,
      listed: {
        kind: "segment",
        sequence,
        acknowledgment,
        isSequenceRelative: side.isRelative,
        isAcknowledgmentRelative: peer.isRelative,
        window,
        options,
        opensAnew,
        frameLength: content.frameLength,
        sourceMac: content.sourceMac,
        destinationMac: content.destinationMac,
        timeToLive: content.timeToLive,
      },
    });
  }

  #settle(stream: ListStream, row: ListRow, side: StreamSide): void {
    settleNumbers(stream, row, side);
    if (stream.isRelative) this.#counts.relative++;
    else this.#counts.absolute++;
  }

  /**
   * Of a row without a number: the next one. A side has one SYN and one FIN, and where the list says that it sends something
   * again, that is its latest.
   */
  #sequenceOf(row: ListRow, side: StreamSide): number {
    const { segment, notes } = row.content;
    const { flags = 0, length = 0 } = segment ?? {};
    const isSyn = (flags & SYN) !== 0;
    if (isSyn && side.synAt !== undefined) return side.synAt;
    if ((flags & FIN) !== 0 && side.finAt !== undefined) return addSequence(side.finAt, -length);
    if (/retransmission/i.test(notes) && side.latestStart !== undefined) return side.latestStart;
    return side.next ?? this.#firstOf(row, side, isSyn, length);
  }

  /** The first number of a side: what it goes on from, or the other acknowledges, where that is no relative one. */
  #firstOf(row: ListRow, side: StreamSide, isSyn: boolean, length: number): number {
    if (side.isRelative) return isSyn ? 0 : side.expected();
    if (!isSyn && side.peer.acknowledged !== undefined) return side.peer.acknowledged;
    const { sequence, acknowledgedByPeer } = this.#finder.look(row, side);
    const known = sequence ?? acknowledgedByPeer;
    return known === undefined ? 0 : addSequence(known, -length - Number(isSyn));
  }

  #payloadOf(row: ListRow, side: StreamSide, sequence: number): RowBytes {
    if (row.content.told !== undefined) return this.#bytesTold(row, side, sequence);
    const { segment: told, info, protocol, line, isPartOfMessage } = row.content;
    const length = told?.length ?? this.#segmentLengths.lengthOf(row, side, sequence);
    const { sent } = side;
    if (isPartOfMessage && length && !sent.covers(sequence) && line >= side.noEndBefore) {
      this.#readAhead(row, side, sequence, length);
    }
    if (told?.options !== undefined) {
      if (length === undefined || length === 0) return { bytes: new Uint8Array(0), isFiller: false };
      return { bytes: sent.read(sequence, length), isFiller: true };
    }
    if (info === "") return sent.again(sequence, length ?? 0);
    side.method = methodOf(info) ?? side.method;
    // The end of a message that began in an earlier segment, or one that is sent again.
    if (length !== undefined && sent.covers(sequence)) return { bytes: sent.read(sequence, length), isFiller: true };
    const made = rowBytes(protocol, info, length, sequence, side.peer.method);
    if (made.bytes.length > 0) sent.add(sequence, made.bytes);
    return made;
  }

  /** What a row says that people have written is what it carries; what they leave out was sent before, or is made up. */
  #bytesTold(row: ListRow, side: StreamSide, sequence: number): RowBytes {
    const { segment, info } = row.content;
    const text = info === "" ? undefined : new TextEncoder().encode(info);
    const length = segment?.length ?? this.#segmentLengths.lengthOf(row, side, sequence, text) ?? text?.length ?? 0;
    const { sent } = side;
    const before = sent.again(sequence, length);
    if (text === undefined || length === 0) return before;
    before.bytes.set(text.subarray(0, length));
    sent.add(sequence, before.bytes.subarray(0, text.length));
    return { bytes: before.bytes, isFiller: before.isFiller && text.length < length };
  }

  /**
   * A message that began here is named in the row of its last segment. Where that is not too far, all of it is made at once.
   */
  #readAhead(row: ListRow, side: StreamSide, start: number, length: number): void {
    let end = addSequence(start, length);
    let latest = row;
    for (let count = 0; latest.next !== undefined && count < LONGEST_MESSAGE; count++) {
      latest = latest.next;
      const { content } = latest;
      if (!this.#finder.mayBeFrom(content, side)) continue;
      const { segment } = content;
      if (segment?.options === undefined && !content.isPartOfMessage) {
        if (!mayBeOverTcp(content)) continue;
        const rest = segment?.length ?? this.#segmentLengths.lengthOf(latest, side, end) ?? 0;
        const total = sequenceDifference(addSequence(end, rest), start);
        const { method } = side.peer;
        side.sent.add(start, rowBytes(content.protocol, content.info, total, start, method).bytes);
        return;
      }
      if (((segment?.flags ?? 0) & SYN) !== 0) break;
      if (segment?.sequence === end) end = addSequence(end, segment.length ?? 0);
    }
    side.noEndBefore = latest.content.line;
  }

  #noteSegment(row: ListRow, side: StreamSide, flags: number, length: number): void {
    const { segment, frameLength } = row.content;
    const options = segment?.options;
    // A SYN that is sent again may have fewer options, and the first one counts.
    if ((flags & SYN) !== 0) {
      side.windowScale ??= options === undefined ? this.#scaleOf(row, side) : options.windowScale;
    }
    side.timestamp = options?.timestamps?.value ?? side.timestamp;
    const isPadded = this.#lengths.mayBePadded(frameLength);
    const isTelling = options !== undefined && options.sackBlocks.length === 0 && (flags & SYN) === 0 && !isPadded;
    if (isTelling && frameLength !== undefined && frameLength > length) side.overhead = frameLength - length;
  }

  #scaleOf(row: ListRow, side: StreamSide): number | undefined {
    return row.content.segment?.windowScale ?? (side.hasSentSyn ? undefined : scaleShown(row, side));
  }

  /** What stands in the header: the info column has it multiplied, once Wireshark has seen both SYNs. */
  #windowOf(row: ListRow, side: StreamSide, flags: number): number | undefined {
    const { segment: told, line } = row.content;
    if (told?.windowField !== undefined) return Math.min(told.windowField, LARGEST_WINDOW);
    if (told?.window === undefined && side.windowField !== undefined) return side.windowField;
    const shown = told?.window ?? this.#finder.windowAhead(row, side);
    if (shown === undefined) return undefined;
    const shift = (flags & SYN) === 0 && side.isScaled ? side.windowScale! : 0;
    const field = Math.floor(shown / 2 ** shift);
    if (field > LARGEST_WINDOW) this.#warnings.tell("CUT_WINDOWS", line);
    const window = Math.min(field, LARGEST_WINDOW);
    if ((flags & SYN) === 0) side.windowField = window;
    return window;
  }

  #optionsOf(content: RowContent, side: StreamSide, peer: StreamSide, flags: number, length: number): TcpOption[] {
    const { segment: told, frameLength, source } = content;
    const options =
      told?.options === undefined
        ? usualOptions(side, peer, flags)
        : optionsFrom(told.options, told.areNumbersRaw ? told.numbersAhead : 0);
    if (frameLength === undefined || this.#lengths.isShortest(frameLength)) return options;
    return paddedTo(options, frameLength - this.#lengths.headersBefore(source) - TCP_HEADER_LENGTH - length);
  }
}

/** Of a row that tells none. @param end number behind its data */
function likelyFlags({ segment, isPartOfMessage }: RowContent, length: number, end: number, ahead: Ahead): number {
  const isFinal = ahead.acknowledgedByPeer === addSequence(end, 1) && ahead.sequence !== end;
  // A full segment in the middle of a message has no push of its own.
  const isPushed = length > 0 && !(isPartOfMessage && length >= LEAST_FULL_SEGMENT);
  return (isPushed ? PSH | ACK : ACK) | (isFinal && segment?.options === undefined ? FIN : 0);
}

function mayBeOverTcp({ protocol }: RowContent): boolean {
  return carrierOf(protocol) === "tcp" || bareProtocol(protocol) === "DNS";
}

/** Who has begun with timestamps has them in every segment (RFC 7323, section 3.2); the scale stands in a SYN alone. */
function usualOptions(side: StreamSide, peer: StreamSide, flags: number): TcpOption[] {
  if ((flags & SYN) !== 0) return side.windowScale === undefined ? [] : scaleOption(side.windowScale);
  if (side.timestamp === undefined) return [];
  return [NOP, NOP, { kind: "timestamps", value: side.timestamp, echoReply: peer.timestamp ?? 0 }];
}

function scaleOption(shift: number): TcpOption[] {
  return [NOP, { kind: "windowScale", shift }];
}

const MOST_SACK_BLOCKS = 4;

/**
 * TCP options in the order and with the padding that systems give them.
 *
 * @param ahead how far the numbers of the header are ahead of those that the info column has
 */
function optionsFrom(info: TcpInfoOptions, ahead: number): TcpOption[] {
  const { maximumSegmentSize, windowScale, isSackPermitted, timestamps, sackBlocks } = info;
  const blocks = sackBlocks.slice(0, MOST_SACK_BLOCKS - (timestamps === undefined ? 0 : 1)).map(({ left, right }) => ({
    left: addSequence(left, ahead),
    right: addSequence(right, ahead),
  }));
  const scale = windowScale === undefined ? [] : scaleOption(windowScale);
  const stamp: TcpOption[] = timestamps === undefined ? [] : [{ kind: "timestamps", ...timestamps }];
  const permit: TcpOption[] = isSackPermitted ? [{ kind: "sackPermitted" }] : [];
  // Two bytes and ten make three words; either alone is filled up in front.
  const isPaired = permit.length > 0 && stamp.length > 0;
  const filled = (options: TcpOption[]) => (options.length === 0 || isPaired ? options : [NOP, NOP, ...options]);
  const mss: TcpOption[] =
    maximumSegmentSize === undefined ? [] : [{ kind: "mss", value: Math.min(maximumSegmentSize, 0xffff) }];
  const isScaleFirst = info.isScaleBeforeSack;
  const middle = [...filled(permit), ...filled(stamp)];
  return [
    ...mss,
    ...(isScaleFirst ? [...scale, ...middle] : [...middle, ...scale]),
    ...(blocks.length === 0 ? [] : [NOP, NOP, { kind: "sack" as const, blocks }]),
  ];
}

/** The same in a header of known length: with an end of the list and zeros behind it, or without what only aligns. */
function paddedTo(options: TcpOption[], length: number): TcpOption[] {
  const missing = length - byteLength(options);
  if (missing < 0) {
    const bare = options.filter(({ kind }) => kind !== "nop");
    return byteLength(bare) <= length ? paddedTo(bare, length) : options;
  }
  if (missing === 0 || length > 40 || length % 4 !== 0) return options;
  return [...options, { kind: "eol", padding: new Uint8Array(missing - 1) }];
}
