import { pcapOf } from "../pcap-records.ts";

export interface OddCapture {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BETWEEN_FRAMES = 1000;

/** Frames a millisecond apart. @param wireLength of each of them, where they were cut off */
export function oddCapture(
  name: string,
  linkType: number,
  frames: readonly Uint8Array[],
  wireLength?: number,
): OddCapture {
  const records = frames.map((bytes, index) => ({
    time: index * BETWEEN_FRAMES,
    bytes,
    ...(wireLength === undefined ? {} : { wireLength }),
  }));
  return { name, bytes: pcapOf(linkType, records) };
}
