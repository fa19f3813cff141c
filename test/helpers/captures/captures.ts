import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import { macFromIpv4, parseIpv4 } from "../../../lib/headers/address.ts";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { PcapWriter } from "../../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../../lib/pcap/slabs.ts";
import { Host } from "../../../lib/session/host.ts";
import { IdealSession } from "../../../lib/session/ideal/ideal-session.ts";
import type { Session, SessionOptions } from "../../../lib/session/session.ts";

const START_SECONDS = 1_767_225_600;

/** A folder for the files of one test file, taken away afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "wirewright-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function hostAt(text: string, identification = 0): Host {
  const address = parseIpv4(text);
  return new Host(text, address, macFromIpv4(address), identification);
}

/** Lets `play` drive a session to its end. @returns the capture file it makes, in memory */
export function captureOf(play: (session: Session) => void, options: Partial<SessionOptions> = {}): Uint8Array {
  const slabs = new MemorySlabs();
  const ticksPerSecond = options.ticksPerSecond ?? 1_000_000;
  const linkType = { ethernet: LinkType.ETHERNET, raw: LinkType.RAW, null: LinkType.NULL }[options.link ?? "ethernet"];
  const writer = new PcapWriter(slabs, { linkType, ticksPerSecond, origin: { seconds: START_SECONDS, ticks: 0 } });
  const session = new IdealSession(writer, { ...options, ticksPerSecond });
  play(session);
  session.advance(Number.POSITIVE_INFINITY);
  writer.finish();
  return slabs.concat();
}

/** The same, in a file. @returns its path */
export function captureFile(folder: string, name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** The frames of a capture of ours, each with its time in ticks since the start. */
export function framesOf(
  capture: Uint8Array,
  ticksPerSecond = 1_000_000,
  startSeconds = START_SECONDS,
): { time: number; bytes: Uint8Array }[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  const frames: { time: number; bytes: Uint8Array }[] = [];
  for (let offset = 24; offset < capture.length; ) {
    const length = view.getUint32(offset + 8, true);
    frames.push({
      time: (view.getUint32(offset, true) - startSeconds) * ticksPerSecond + view.getUint32(offset + 4, true),
      bytes: capture.subarray(offset + 16, offset + 16 + length),
    });
    offset += 16 + length;
  }
  return frames;
}
