/** Capture files made by hand, and readers of them for tests. */

import type { CapturedPacket } from "../../lib/pcap/capture-file.ts";
import { CaptureError, isPcapng } from "../../lib/pcap/capture-file.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import type { CaptureParser } from "../../lib/pcap/capture-parser.ts";
import { PcapParser } from "../../lib/pcap/pcap-parser.ts";
import { PcapngParser } from "../../lib/pcap/pcapng-parser.ts";

/** Sixty bytes of an Ethernet frame that carries nothing known. */
export const FRAME = Uint8Array.from({ length: 60 }, (_, index) => index);
export const SECONDS = 1_700_000_000;
export const MICROSECONDS = 1_700_000_000_123_456n;

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export const ascii = (text: string) => new TextEncoder().encode(text);

/** Writes integers of 8, 16, 32 and 64 bits in one byte order. */
export class Numbers {
  readonly isLittleEndian: boolean;

  constructor(isLittleEndian: boolean) {
    this.isLittleEndian = isLittleEndian;
  }

  u16(...values: number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(2 * values.length));
    for (const [index, value] of values.entries()) view.setUint16(2 * index, value, this.isLittleEndian);
    return new Uint8Array(view.buffer);
  }

  u32(...values: number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    for (const [index, value] of values.entries()) view.setUint32(4 * index, value, this.isLittleEndian);
    return new Uint8Array(view.buffer);
  }

  i64(value: bigint): Uint8Array {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, BigInt.asIntN(64, value), this.isLittleEndian);
    return new Uint8Array(view.buffer);
  }
}

export interface PcapShape {
  readonly magic?: number;
  readonly isLittleEndian?: boolean;
  readonly version?: readonly [number, number];
  readonly network?: number;
  readonly moreInFile?: Uint8Array;
}

export function pcapHeader(shape: PcapShape = {}): Uint8Array {
  const { magic = 0xa1b2c3d4, isLittleEndian = true, version = [2, 4], network = 1 } = shape;
  const n = new Numbers(isLittleEndian);
  return joined(n.u32(magic), n.u16(...version), n.u32(0, 0, 262_144, network), shape.moreInFile ?? new Uint8Array());
}

export function pcapRecord(words: readonly number[], frame: Uint8Array = FRAME, isLittleEndian = true): Uint8Array {
  return joined(new Numbers(isLittleEndian).u32(...words), frame);
}

function padded(bytes: Uint8Array): Uint8Array {
  return joined(bytes, new Uint8Array(-bytes.length & 3));
}

const NO_OPTIONS: Uint8Array = new Uint8Array();

/** Blocks of pcapng in one byte order. */
export class Blocks extends Numbers {
  block(type: number, ...body: readonly Uint8Array[]): Uint8Array {
    const content = padded(joined(...body));
    const length = content.length + 12;
    return joined(this.u32(type, length), content, this.u32(length));
  }

  option(code: number, value: Uint8Array | string): Uint8Array {
    const bytes = typeof value === "string" ? ascii(value) : value;
    return joined(this.u16(code, bytes.length), padded(bytes));
  }

  section(options: Uint8Array = NO_OPTIONS, version: readonly [number, number] = [1, 0], length = -1n): Uint8Array {
    return this.block(0x0a0d0d0a, this.u32(0x1a2b3c4d), this.u16(...version), this.i64(length), options);
  }

  interface(linkType = 1, snapLength = 262_144, options: Uint8Array = NO_OPTIONS): Uint8Array {
    return this.block(1, this.u16(linkType, 0), this.u32(snapLength), options);
  }

  enhanced(
    time: bigint,
    options: Uint8Array = NO_OPTIONS,
    frame: Uint8Array = FRAME,
    interfaceId = 0,
    wireLength = frame.length,
  ): Uint8Array {
    const stamp = [Number(BigInt.asUintN(64, time) >> 32n), Number(BigInt.asUintN(32, time))];
    return this.block(6, this.u32(interfaceId, ...stamp, frame.length, wireLength), padded(frame), options);
  }

  obsolete(time: bigint, options: Uint8Array = NO_OPTIONS, interfaceId = 0): Uint8Array {
    const stamp = [Number(time >> 32n), Number(BigInt.asUintN(32, time))];
    const lengths = this.u32(...stamp, FRAME.length, FRAME.length);
    return this.block(2, this.u16(interfaceId, 7), lengths, padded(FRAME), options);
  }

  simple(frame: Uint8Array = FRAME, wireLength = frame.length): Uint8Array {
    return this.block(3, this.u32(wireLength), frame);
  }
}

export const little = new Blocks(true);
export const big = new Blocks(false);

/** What of a packet can be compared. */
export function copyOf(packet: CapturedPacket) {
  const { number, wireLength, linkType, interfaceId, hasTime, seconds, nanoseconds, direction } = packet;
  const { bytes, view, start, end } = packet;
  if (view.byteLength !== bytes.length || view.byteOffset !== bytes.byteOffset || view.buffer !== bytes.buffer) {
    throw new Error("the view is not that of the bytes");
  }
  const data = Buffer.from(bytes.subarray(start, end)).toString("hex");
  const described = { number, wireLength, linkType, interfaceId, hasTime, seconds, nanoseconds, direction };
  return { ...described, data, comments: [...packet.comments] };
}

export type PacketCopy = ReturnType<typeof copyOf>;

export interface Reading {
  readonly packets: PacketCopy[];
  readonly warnings: readonly string[];
  readonly parser: CaptureParser;
}

/** Reads a file whose chunks are cut at these places, each in memory that is spoilt as soon as it may be. */
export function readInChunks(file: Uint8Array, cuts: readonly number[]): Reading {
  const parser = isPcapng(file) ? new PcapngParser("x") : new PcapParser("x");
  const packets: PacketCopy[] = [];
  let previous: Uint8Array | undefined;
  let start = 0;
  for (const end of [...cuts, file.length]) {
    const chunk = file.slice(start, end);
    start = end;
    parser.feed(chunk);
    if (chunk.length > 0) {
      previous?.fill(0xee);
      previous = chunk;
    }
    while (parser.next()) packets.push(copyOf(parser.packet));
  }
  parser.end();
  if (parser.next()) throw new Error("a packet came after the end");
  return { packets, warnings: parser.warnings, parser };
}

export const readAtOnce = (file: Uint8Array): Reading => readInChunks(file, []);

/** What a damaged file comes to: its packets and warnings, or the one typed error. Anything else is thrown. */
export function outcomeOf(read: () => Reading): { count: number; warnings: readonly string[]; error?: CaptureError } {
  try {
    const { packets, warnings } = read();
    return { count: packets.length, warnings };
  } catch (error) {
    if (error instanceof CaptureError) return { count: 0, warnings: [], error };
    throw error;
  }
}

/** The packets of a file in memory, through the capture that everybody uses. */
export async function packetsOf(file: Uint8Array): Promise<PacketCopy[]> {
  const capture = captureFromBytes(file, "x");
  const packets: PacketCopy[] = [];
  do {
    while (capture.next()) packets.push(copyOf(capture.packet));
  } while (await capture.more());
  await capture.close();
  return packets;
}
