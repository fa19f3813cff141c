/** Captures that are in memory. */
import { CaptureError, isPcapng } from "./capture-file.ts";
import { type Capture, ParsedCapture } from "./capture-reader.ts";
import { isPcap, PcapParser } from "./pcap-parser.ts";
import { PcapngParser } from "./pcapng-parser.ts";

/**
 * A capture that is in memory as a whole, not compressed.
 *
 * @param name what errors and warnings call it
 * @throws CaptureError EMPTY_INPUT, NOT_A_CAPTURE, TRUNCATED, BAD_HEADER
 */
export function captureFromBytes(bytes: Uint8Array, name: string): Capture {
  if (!isPcap(bytes) && !isPcapng(bytes)) throw notACapture(bytes, name);
  const parser = isPcap(bytes) ? new PcapParser(name) : new PcapngParser(name);
  parser.feed(bytes);
  if (!parser.isOpen) parser.end();
  const nothing = async () => undefined;
  return new ParsedCapture(name, parser, {
    isCompressed: false,
    bytesRead: bytes.length,
    size: bytes.length,
    read: nothing,
    interruption: undefined,
    close: nothing,
  });
}

function notACapture(bytes: Uint8Array, name: string): CaptureError {
  if (bytes.length === 0) {
    return new CaptureError("EMPTY_INPUT", { file: name }, "the file is empty", "record it again");
  }
  const advice = "give a pcap or pcapng file";
  return new CaptureError("NOT_A_CAPTURE", { file: name, offset: 0 }, "this is no packet capture", advice);
}
