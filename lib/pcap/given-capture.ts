/** Whether what is to be read is an open capture, and was not read to its end before. */
import { WirewrightError } from "../core/errors.ts";
import { notGiven } from "../core/given.ts";
import type { Capture } from "./capture-reader.ts";

const ADVICE = "captureFromBytes opens bytes, and openCapture of wirewright/node a file";

/** @throws WirewrightError BAD_OPTION for a path, bytes, a promise and whatever else is no open capture */
export function requireCapture(where: string, given: Capture): void {
  if (typeof given?.next !== "function" || typeof given.more !== "function") {
    throw notGiven(where, given, "an open capture", ADVICE);
  }
}

/** For a capture that gave no packet: that of one which somebody has read before is no empty one. */
export function alreadyRead({ name }: Capture): WirewrightError {
  const sentence = `All packets of ${name} have been read already, and a capture is read once; open it again for another look.`;
  return new WirewrightError("ALREADY_READ", sentence);
}
