/** Captures that are in memory. */
import { concatBytes, inPieces } from "../core/bytes.ts";
import { requireBytesGiven } from "../core/given.ts";
import { isGzip } from "../files/file-kinds.ts";
import { gunzip } from "../files/gunzip.ts";
import { GzipError } from "../files/gzip-error.ts";
import { isPcapng } from "./capture-file.ts";
import { type Capture, type CaptureSource, ParsedCapture } from "./capture-reader.ts";
import { notACapture } from "./not-a-capture.ts";
import { isPcap, PcapParser } from "./pcap-parser.ts";
import { PcapngParser } from "./pcapng-parser.ts";

/**
 * A capture that is in memory as a whole, not compressed.
 *
 * @param name what errors and warnings call it
 * @throws CaptureError EMPTY_INPUT, NOT_A_CAPTURE, TRUNCATED, BAD_HEADER; WirewrightError BAD_OPTION for what are no bytes
 */
export function captureFromBytes(bytes: Uint8Array, name = USUAL_NAME): Capture {
  requireBytesGiven("captureFromBytes", bytes, BYTES, ADVICE);
  return parsed(bytes, name, { isCompressed: false, size: bytes.length, interruption: undefined });
}

/**
 * A capture that is in memory as a whole: pcap or pcapng, as it is or packed with gzip. Of one that is damaged or ends too
 * early, there is what could be unpacked, with a warning.
 *
 * @throws CaptureError as `captureFromBytes`, and BAD_GZIP if nothing can be unpacked
 *
 * @example
 * ```ts
 * import { captureBytes, encodePacket, ethernet, ipv4, openCaptureBytes, udp } from "wirewright";
 *
 * const file = captureBytes([encodePacket([ethernet(), ipv4(), udp()])]);
 * const capture = await openCaptureBytes(file, "one.pcapng");
 * while (capture.next()) console.log(capture.packet.number, capture.packet.wireLength); // 1 42
 * ```
 */
export async function openCaptureBytes(bytes: Uint8Array, name = USUAL_NAME): Promise<Capture> {
  requireBytesGiven("openCaptureBytes", bytes, BYTES, ADVICE);
  if (!isGzip(bytes)) return captureFromBytes(bytes, name);
  const { unpacked, interruption } = await unpack(bytes);
  return parsed(unpacked, name, { isCompressed: true, size: bytes.length, interruption });
}

const USUAL_NAME = "the capture";
const BYTES = "the bytes of a capture";
const ADVICE = "give a Uint8Array; for a file use openCapture of wirewright/node";
/** So much is unpacked at a time, so that of a damaged file little is lost. */
const PIECE_LENGTH = 1 << 15;

async function unpack(bytes: Uint8Array): Promise<{ unpacked: Uint8Array; interruption: string | undefined }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of gunzip(inPieces(bytes, PIECE_LENGTH))) pieces.push(piece);
    return { unpacked: concatBytes(pieces), interruption: undefined };
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    return { unpacked: concatBytes(pieces), interruption: error.message };
  }
}

function parsed(
  bytes: Uint8Array,
  name: string,
  source: Pick<CaptureSource, "isCompressed" | "interruption"> & { readonly size: number },
): Capture {
  if (!isPcap(bytes) && !isPcapng(bytes)) throw notACapture(bytes, name, source.interruption);
  const parser = isPcap(bytes) ? new PcapParser(name) : new PcapngParser(name);
  parser.feed(bytes);
  if (parser.isOpen) parser.readAhead();
  else parser.end(source.interruption);
  const nothing = async () => undefined;
  return new ParsedCapture(name, parser, { ...source, bytesRead: source.size, read: nothing, close: nothing });
}
