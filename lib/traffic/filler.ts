/** Bytes in place of those that a table does not tell. A person who meets them reads what they are. */
import type { CountedBytes, PacketFiller } from "../csv/packet-rows.ts";
import { LONGEST_SEGMENT, USUAL_HEADERS_LENGTH } from "./packet-list/usual-lengths.ts";
import { servicePortOf } from "./service-ports.ts";

/** As many bytes as a power of two, so that the bytes of a stream go on where its sequence numbers begin anew. */
const TEXT = "wirewright packet list: these bytes were made up, not captured. ";
const PATTERN = new TextEncoder().encode(TEXT);

/**
 * @param at place in the stream, such as a sequence number: the same place has the same bytes, so that what is sent again
 *   is the same again, however it is cut
 */
export function fillerAt(at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const start = ((at % PATTERN.length) + PATTERN.length) % PATTERN.length;
  for (let i = 0; i < length; i++) bytes[i] = PATTERN[(start + i) % PATTERN.length]!;
  return bytes;
}

/** The same as text, without what would end a line or a quoted string. */
export function fillerText(length: number): string {
  return TEXT.repeat(Math.ceil(length / TEXT.length)).slice(0, length);
}

/** For the payload of a row that only counts it: tells which row it belongs to. On the port of DNS, text would be malformed. */
export function fillerOfRow({ length, isOfFrame, ordinal, sourcePort, destinationPort }: CountedBytes): Uint8Array {
  const payloadLength = isOfFrame ? Math.max(0, length - USUAL_HEADERS_LENGTH) : length;
  if (sourcePort === DNS_PORT || destinationPort === DNS_PORT) {
    const isResponse = sourcePort === DNS_PORT;
    const question = dnsFiller(payloadLength, `wirewright-packet-${ordinal}-`, ordinal & 0xffff, isResponse);
    if (question !== undefined) return question;
  }
  const text = `wirewright packet ${ordinal} `;
  return new TextEncoder().encode(text.repeat(Math.ceil(payloadLength / text.length)).slice(0, payloadLength));
}

/** For tables of packets. */
export const ROW_FILLER: PacketFiller = { longestPayload: LONGEST_SEGMENT, fillerFor: fillerOfRow };

const DNS_PORT = String(servicePortOf("DNS"));

const DNS_HEADER_LENGTH = 12;
/** Type and class behind a question's name. */
const QUESTION_END = 4;
const LONGEST_LABEL = 63;
/** Of a name, with the lengths of its labels and the zero at its end (RFC 1035, section 2.3.4). */
const LONGEST_NAME = 255;
/** An OPT record (RFC 6891, section 6.1.2) with a padding option (RFC 7830) that is empty. */
const PADDING_RECORD = 15;

/**
 * A question for a name that nobody has, as long as is wished.
 *
 * @param text what the name says over and over: letters, digits and hyphens
 * @param id 0 to 65535
 * @returns undefined for a length that no question has
 */
function dnsFiller(length: number, text: string, id: number, isResponse: boolean): Uint8Array | undefined {
  const isPadded = length > DNS_HEADER_LENGTH + LONGEST_NAME + QUESTION_END;
  const nameLength = isPadded ? 1 + text.length + 1 : length - DNS_HEADER_LENGTH - QUESTION_END;
  // Two bytes would be a label without a letter.
  if (nameLength < 1 || nameLength === 2) return undefined;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, isResponse ? 0x8180 : 0x0100);
  view.setUint16(4, 1);
  const end = DNS_HEADER_LENGTH + nameLength;
  writeName(bytes, DNS_HEADER_LENGTH, end, text);
  view.setUint16(end, 1);
  view.setUint16(end + 2, 1);
  if (isPadded) writePadding(view, end + QUESTION_END);
  return bytes;
}

/** Writes labels up to the zero that ends the name. */
function writeName(bytes: Uint8Array, start: number, end: number, text: string): void {
  let written = 0;
  for (let at = start; at < end - 1; ) {
    let length = Math.min(LONGEST_LABEL, end - at - 2);
    // One byte left over would be a label without a letter.
    if (end - 1 - (at + 1 + length) === 1) length--;
    bytes[at++] = length;
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(written++ % text.length);
  }
}

function writePadding(view: DataView, start: number): void {
  view.setUint16(10, 1);
  view.setUint16(start + 1, 41);
  view.setUint16(start + 3, 4096);
  const data = view.byteLength - start - PADDING_RECORD;
  view.setUint16(start + 9, data + 4);
  view.setUint16(start + 11, 12);
  view.setUint16(start + 13, data);
}
