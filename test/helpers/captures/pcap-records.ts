/** Capture files from records of our own making: also such as no writer of ours would make, like snapped frames. */

/** Captures of the tests begin here: 2026-01-01T00:00:00Z. */
const START_SECONDS = 1_767_225_600;
const NANOSECONDS = 0xa1b23c4d;
const SNAP_LENGTH = 262_144;

/** One frame as a tap records it. */
export interface TapRecord {
  /** Microseconds since the start of the capture; thousandths count. */
  readonly time: number;
  readonly bytes: Uint8Array;
  /** Bytes the frame had on the wire. Default: as many as there are. */
  readonly wireLength?: number;
}

/** A whole pcap file with nanosecond stamps, in the order the records have. */
export function pcapOf(linkType: number, records: readonly TapRecord[]): Uint8Array {
  const total = records.reduce((sum, record) => sum + 16 + record.bytes.length, 24);
  const file = new Uint8Array(total);
  const view = new DataView(file.buffer);
  view.setUint32(0, NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAP_LENGTH, true);
  view.setUint32(20, linkType, true);
  let at = 24;
  for (const { time, bytes, wireLength } of records) {
    const nanoseconds = Math.round(time * 1000);
    view.setUint32(at, START_SECONDS + Math.floor(nanoseconds / 1e9), true);
    view.setUint32(at + 4, nanoseconds % 1e9, true);
    view.setUint32(at + 8, bytes.length, true);
    view.setUint32(at + 12, wireLength ?? bytes.length, true);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}
