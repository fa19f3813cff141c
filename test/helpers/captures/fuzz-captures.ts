/** Captures to be damaged, and the damage: a seed always gives the same bytes. */
import { gzipSync } from "node:zlib";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import { copyPacket } from "../../../lib/pcap/copy-packet.ts";
import { PcapngWriter } from "../../../lib/pcap/pcapng-writer.ts";
import { MemorySlabs } from "../../../lib/pcap/slabs.ts";
import { Chance } from "./chance.ts";
import { allHandMade, randomCapture, wildCapture } from "./faulty-captures.ts";
import { ethernetFrames } from "./frames-of-all-kinds.ts";
import { oddCaptures } from "./odd-captures.ts";
import { pcapOf } from "./pcap-records.ts";

/** Numbers at which something changes: signs, lengths, ends of ranges. */
const INTERESTING = [0, 1, 2, 4, 7, 8, 16, 20, 40, 0x3f, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
const ETHERNET = 1;
const NANOSECONDS = 1_000_000_000;
const MOST_CHANGES = 40;
const PIECE = 200;
/** The headers of most frames end before it. */
const FILE_HEADER = 24;

/** One capture of every kind. */
export function fuzzSources(): Uint8Array[] {
  const sources = [allHandMade(), ...oddCaptures(), randomCapture(1), wildCapture(1)].map(({ bytes }) => bytes);
  const records = ethernetFrames().map(({ bytes }, index) => ({ time: index, bytes }));
  sources.unshift(pcapOf(ETHERNET, records));
  return [...sources, ...sources.slice(0, 6).map(asPcapng)];
}

/** The same packets as pcapng, with comments and directions. */
function asPcapng(bytes: Uint8Array): Uint8Array {
  const capture = captureFromBytes(bytes, "source");
  const slabs = new MemorySlabs();
  const linkType = capture.interfaces[0]!.linkType;
  const writer = new PcapngWriter(slabs, {
    interfaces: [{ linkType, ticksPerSecond: NANOSECONDS, name: "tap" }],
    origin: { seconds: 0, ticks: 0 },
  });
  while (capture.next()) {
    const { packet } = capture;
    packet.comments = packet.number % 3 === 0 ? [`packet ${packet.number}`] : [];
    packet.direction = packet.number % 2 === 0 ? "inbound" : "outbound";
    copyPacket(packet, writer, NANOSECONDS);
  }
  writer.finish();
  return slabs.concat();
}

/** One of the sources with some damage, now and then packed before or after it. */
export function mutated(
  seed: number,
  sources: readonly Uint8Array[],
): { readonly bytes: Uint8Array; readonly isPacked: boolean } {
  const chance = new Chance(seed);
  let bytes: Uint8Array = chance.of(sources).slice();
  const isPacked = chance.perMille(40);
  const isDamagedPacked = isPacked && chance.perMille(500);
  if (isDamagedPacked) bytes = Uint8Array.from(gzipSync(bytes));
  const changes = chance.perMille(300) ? chance.between(1, MOST_CHANGES) : chance.between(1, 4);
  for (let change = 0; change < changes && bytes.length > 0; change++) {
    bytes = chance.of(DAMAGES)(bytes, chance, sources);
  }
  return { bytes: isPacked && !isDamagedPacked ? gzipSync(bytes) : bytes, isPacked };
}

type Damage = (bytes: Uint8Array, chance: Chance, sources: readonly Uint8Array[]) => Uint8Array;

/** Rarely in the file's header: a file that is refused at once shows little. */
function placeIn(bytes: Uint8Array, chance: Chance): number {
  if (bytes.length <= FILE_HEADER || chance.perMille(10)) return chance.below(bytes.length);
  return FILE_HEADER + chance.below(bytes.length - FILE_HEADER);
}

function flipBit(bytes: Uint8Array, chance: Chance): Uint8Array {
  bytes[placeIn(bytes, chance)]! ^= 1 << chance.below(8);
  return bytes;
}

function overwrite(bytes: Uint8Array, chance: Chance): Uint8Array {
  bytes[placeIn(bytes, chance)] = chance.of(INTERESTING);
  return bytes;
}

/** Two or four bytes, in either order, as lengths and counts are. */
function overwriteNumber(bytes: Uint8Array, chance: Chance): Uint8Array {
  if (bytes.length < 4) return bytes;
  const at = Math.min(placeIn(bytes, chance), bytes.length - 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = chance.perMille(500) ? chance.of(INTERESTING) : chance.sequenceNumber();
  const isLittle = chance.perMille(500);
  if (chance.perMille(700)) view.setUint16(at, value & 0xffff, isLittle);
  else view.setUint32(at, value, isLittle);
  return bytes;
}

function cut(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = placeIn(bytes, chance);
  if (chance.perMille(100)) return bytes.slice(0, at);
  return joined(bytes.subarray(0, at), bytes.subarray(at + chance.between(1, PIECE)));
}

function duplicate(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = placeIn(bytes, chance);
  return joined(bytes.subarray(0, at + chance.between(1, PIECE)), bytes.subarray(at));
}

function insert(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = placeIn(bytes, chance);
  const piece = Uint8Array.from({ length: chance.between(1, 16) }, () => chance.of(INTERESTING));
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
}

function splice(bytes: Uint8Array, chance: Chance, sources: readonly Uint8Array[]): Uint8Array {
  const other = chance.of(sources);
  const from = chance.below(other.length);
  const at = placeIn(bytes, chance);
  return joined(bytes.subarray(0, at), other.subarray(from, from + PIECE), bytes.subarray(at));
}

/** Overwrites a piece with one from elsewhere, which leaves the records of the file where they are. */
function transplant(bytes: Uint8Array, chance: Chance, sources: readonly Uint8Array[]): Uint8Array {
  const other = chance.of(sources);
  const from = chance.below(other.length);
  const at = placeIn(bytes, chance);
  const length = Math.min(chance.between(1, 40), other.length - from, bytes.length - at);
  bytes.set(other.subarray(from, from + length), at);
  return bytes;
}

// Those that keep the file's records whole come more often: behind a broken record nothing is read.
const DAMAGES: readonly Damage[] = [
  flipBit,
  flipBit,
  overwrite,
  overwrite,
  overwrite,
  overwriteNumber,
  overwriteNumber,
  transplant,
  transplant,
  cut,
  duplicate,
  insert,
  splice,
];

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
