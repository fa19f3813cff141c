/** TCP options in the order and with the padding that systems give them, from what the info column says of them. */

import { addSequence } from "../../core/sequence.ts";
import type { TcpInfoOptions } from "../../csv/packet-list/transport-info.ts";
import { byteLength, type TcpOption } from "../../headers/tcp-options.ts";

const NOP: TcpOption = { kind: "nop" };
const MOST_SACK_BLOCKS = 4;

/** @param ahead how far the numbers of the header are ahead of those that the info column has */
export function optionsFrom(info: TcpInfoOptions, ahead: number): TcpOption[] {
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
export function paddedTo(options: TcpOption[], length: number): TcpOption[] {
  const missing = length - byteLength(options);
  if (missing < 0) {
    const bare = options.filter(({ kind }) => kind !== "nop");
    return byteLength(bare) <= length ? paddedTo(bare, length) : options;
  }
  if (missing === 0 || length > 40 || length % 4 !== 0) return options;
  return [...options, { kind: "eol", padding: new Uint8Array(missing - 1) }];
}
