/** Rows of TCP, and of protocols over it, into segments with their numbers, options and bytes. */

import { addSequence, sequenceDifference } from "../../core/sequence.ts";
import type { ListRow, RowContent } from "../../csv/packet-list/list-rows.ts";
import type { TcpInfoOptions } from "../../csv/packet-list/transport-info.ts";
import { bareProtocol, carrierOf } from "../../csv/protocol-names.ts";
import type { WarningLog } from "../../csv/warnings.ts";
import { TCP_HEADER_LENGTH, TcpFlag, type TcpOption } from "../../headers/tcp.ts";
import { byteLength } from "../../headers/tcp-options.ts";
import { type FrameLengths, LONGEST_SEGMENT, TIMESTAMPS_LENGTH } from "./frame-lengths.ts";
import { methodOf } from "./http-bytes.ts";
import type { StreamSide } from "./list-stream.ts";
import { ListedMessage } from "./listed-packet.ts";

import { type RowBytes, rowBytes } from "./row-bytes.ts";
import { type EndPointOf, StreamFinder } from "./stream-finder.ts";

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
}

export class SegmentRows {
  readonly #warnings: WarningLog;
  readonly #lengths: FrameLengths;
  readonly #finder: StreamFinder;

  constructor({ warnings, lengths, endPointOf }: SegmentRowsOptions) {
    this.#warnings = warnings;
    this.#lengths = lengths;
    this.#finder = new StreamFinder(endPointOf, (row, side) => this.#lengthOfFrame(row.content, side));
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
    const { segment: told, notes } = content;
    const { stream, side, choices } = this.#finder.find(row);
    if (choices > 1) this.#warnings.tell("JOINED_ROWS", content.line);
    const { peer } = side;
    const opensAnew = stream.opensAnew(side, told?.flags ?? 0, told?.sequence, notes);
    if (opensAnew) stream.restart();
    const known = told?.flags;
    stream.settle(known ?? ACK, told?.sequence, told?.acknowledgment, told?.areNumbersRaw ?? false);
    const sequence = told?.sequence ?? this.#sequenceOf(row, side);
    // A SYN takes a number before the data that it may carry (RFC 9293, section 3.4).
    const dataAt = addSequence(sequence, ((known ?? 0) & SYN) === 0 ? 0 : 1);
    const payload = this.#payloadOf(row, side, dataAt);
    const { length } = payload.bytes;
    const ahead = this.#finder.look(row, side);
    const end = addSequence(dataAt, length);
    const isFinal = ahead.acknowledgedByPeer === addSequence(end, 1) && ahead.sequence !== end;
    // A full segment in the middle of a message has no push of its own.
    const isPushed = length > 0 && !(content.isPartOfMessage && length >= LEAST_FULL_SEGMENT);
    const flags = known ?? (isPushed ? PSH | ACK : ACK) | (isFinal && told?.options === undefined ? FIN : 0);
    const acknowledgment =
      told?.acknowledgment ?? ((flags & ACK) === 0 ? 0 : stream.acknowledgmentOf(side, ahead.acknowledgment));
    this.#noteSegment(content, side, flags, length);
    const window = this.#windowOf(row, side, flags);
    const options = this.#optionsOf(content, side, peer, flags, length);
    stream.note(side, { flags, sequence, acknowledgment, length });
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
        isRelative: stream.isRelative ?? true,
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

  /** Of a row without a number: the next one, or where the latest began if the list says that it is sent again. */
  #sequenceOf({ content }: ListRow, side: StreamSide): number {
    const isSyn = ((content.segment?.flags ?? 0) & SYN) !== 0;
    const isAgain = /retransmission/i.test(content.notes) || (isSyn && side.hasSentSyn);
    if (isAgain && side.latestStart !== undefined) return side.latestStart;
    return side.next ?? (isSyn ? 0 : side.expected());
  }

  #payloadOf(row: ListRow, side: StreamSide, sequence: number): RowBytes {
    const { segment: told, info, protocol, line, isPartOfMessage } = row.content;
    const length = told?.length ?? this.#lengthOf(row, side, sequence);
    const { sent } = side;
    if (isPartOfMessage && length && !sent.covers(sequence) && line >= side.noEndBefore) {
      this.#readAhead(row, side, sequence, length);
    }
    if (told?.options !== undefined) {
      if (length === undefined || length === 0) return { bytes: new Uint8Array(0), isFiller: false };
      return { bytes: sent.read(sequence, length), isFiller: true };
    }
    side.method = methodOf(info) ?? side.method;
    // The end of a message that began in an earlier segment, or one that is sent again.
    if (length !== undefined && sent.covers(sequence)) return { bytes: sent.read(sequence, length), isFiller: true };
    const made = rowBytes(protocol, info, length, sequence, side.peer.method);
    if (made.bytes.length > 0) sent.add(sequence, made.bytes);
    return made;
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
        const rest = segment?.length ?? this.#lengthOf(latest, side, end) ?? 0;
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

  /** Bytes of data of a row that does not say so itself. */
  #lengthOf(row: ListRow, side: StreamSide, sequence: number): number | undefined {
    const ofFrame = this.#lengthOfFrame(row.content, side);
    const isSure = side.overhead !== undefined || side.peer.overhead !== undefined;
    if (ofFrame !== undefined && isSure) return ofFrame;
    const ahead = this.#finder.look(row, side);
    const [nearest] = [
      { number: ahead.sequence, rowsBetween: ahead.beforeSequence },
      { number: ahead.acknowledgedByPeer, rowsBetween: ahead.beforeAcknowledged },
    ]
      .map(({ number, rowsBetween }) => ({ bytes: sequenceDifference(number ?? sequence, sequence), rowsBetween }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => a.bytes - b.bytes);
    if (nearest === undefined) return ofFrame;
    // Rows between that tell no length either have each their share of the bytes.
    const share = Math.floor(nearest.bytes / (nearest.rowsBetween + 1));
    return share <= LONGEST_SEGMENT ? share : ofFrame;
  }

  #lengthOfFrame({ frameLength, source }: RowContent, side: StreamSide): number | undefined {
    if (frameLength === undefined) return undefined;
    const { peer } = side;
    const overhead = side.overhead ?? peer.overhead ?? this.#usualOverhead(source, side.timestamp !== undefined);
    return this.#lengths.mayBePadded(frameLength) ? undefined : Math.max(0, frameLength - overhead);
  }

  #usualOverhead(address: string, hasTimestamps: boolean): number {
    return this.#lengths.headersBefore(address) + TCP_HEADER_LENGTH + (hasTimestamps ? TIMESTAMPS_LENGTH : 0);
  }

  #noteSegment({ segment, frameLength }: RowContent, side: StreamSide, flags: number, length: number): void {
    const options = segment?.options;
    if ((flags & SYN) !== 0) side.windowScale = options?.windowScale;
    side.timestamp = options?.timestamps?.value ?? side.timestamp;
    const isPadded = this.#lengths.mayBePadded(frameLength);
    const isTelling = options !== undefined && options.sackBlocks.length === 0 && (flags & SYN) === 0 && !isPadded;
    if (isTelling && frameLength !== undefined && frameLength > length) side.overhead = frameLength - length;
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

function mayBeOverTcp({ protocol }: RowContent): boolean {
  return carrierOf(protocol) === "tcp" || bareProtocol(protocol) === "DNS";
}

/** Who has begun with timestamps has them in every segment (RFC 7323, section 3.2). */
function usualOptions(side: StreamSide, peer: StreamSide, flags: number): TcpOption[] {
  if (side.timestamp === undefined || (flags & SYN) !== 0) return [];
  return [NOP, NOP, { kind: "timestamps", value: side.timestamp, echoReply: peer.timestamp ?? 0 }];
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
  const scale: TcpOption[] = windowScale === undefined ? [] : [NOP, { kind: "windowScale", shift: windowScale }];
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
