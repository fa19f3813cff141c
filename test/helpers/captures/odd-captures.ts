/** Frames that are rare, old, wrong or cut off, in captures of every link type. */
import { checksumCaptures } from "./odd/checksum-frames.ts";
import { linkCaptures } from "./odd/link-frames.ts";
import { networkCaptures } from "./odd/network-frames.ts";
import type { OddCapture } from "./odd/odd-capture.ts";

export type { OddCapture };

export function oddCaptures(): OddCapture[] {
  return [...linkCaptures(), ...networkCaptures(), ...checksumCaptures()];
}
