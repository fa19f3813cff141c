/** WebSocket frames (RFC 6455, section 5.2): their header, and what is in them. */

import { inBytes, named } from "../headers/assigned-numbers.ts";
import type { FieldReader } from "../headers/field-reader.ts";
import type { LayerSummary } from "../headers/layer.ts";

const WEBSOCKET_OPCODES: Readonly<Record<number, string>> = {
  0: "Continuation",
  1: "Text",
  2: "Binary",
  8: "Connection Close",
  9: "Ping",
  10: "Pong",
};

/** Two bytes, up to eight of an extended length, and four of the mask. */
export const LONGEST_WEBSOCKET_HEADER = 14;

interface WebSocketHeader {
  readonly isFinal: boolean;
  /** RSV1 to RSV3 in the lowest three bits: the first of them is set in compressed messages (RFC 7692, section 6). */
  readonly reserved: number;
  readonly opcode: number;
  /** Where the masking key stands, in bytes from the start of the frame; undefined where the frame is not masked. */
  readonly maskAt: number | undefined;
  readonly headerLength: number;
  readonly payloadLength: number;
}

/** How long the header is that begins with these two bytes. */
export function webSocketHeaderLength(second: number): number {
  const length = second & 0x7f;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  return 2 + extended + ((second & 0x80) === 0 ? 0 : 4);
}

/**
 * Reads the header that begins at `at`.
 *
 * @returns undefined where it is not whole, or is none: an opcode without meaning, or a length beyond 2^53
 */
export function readWebSocketHeader(bytes: Uint8Array, at: number, end: number): WebSocketHeader | undefined {
  if (end - at < 2) return undefined;
  const [first, second] = [bytes[at]!, bytes[at + 1]!];
  const headerLength = webSocketHeaderLength(second);
  if (end - at < headerLength || WEBSOCKET_OPCODES[first & 0xf] === undefined) return undefined;
  let payloadLength = second & 0x7f;
  const extended = payloadLength === 127 ? 8 : payloadLength === 126 ? 2 : 0;
  if (extended > 0) {
    payloadLength = 0;
    for (let index = 0; index < extended; index++) payloadLength = payloadLength * 256 + bytes[at + 2 + index]!;
  }
  if (!Number.isSafeInteger(payloadLength)) return undefined;
  // Frames that steer the connection are short and whole (RFC 6455, section 5.5).
  const isControl = (first & 0x08) !== 0;
  if (isControl && (payloadLength > 125 || (first & 0x80) === 0)) return undefined;
  return {
    isFinal: (first & 0x80) !== 0,
    reserved: (first >>> 4) & 7,
    opcode: first & 0xf,
    maskAt: (second & 0x80) === 0 ? undefined : headerLength - 4,
    headerLength,
    payloadLength,
  };
}

/** The payload without its mask, as much of it as is there. */
export function unmaskedPayload(frame: Uint8Array, header: WebSocketHeader): Uint8Array {
  const payload = frame.slice(header.headerLength, header.headerLength + header.payloadLength);
  const { maskAt } = header;
  if (maskAt !== undefined) for (let at = 0; at < payload.length; at++) payload[at]! ^= frame[maskAt + (at & 3)]!;
  return payload;
}

/** "WebSocket Text [FIN] [MASKED]", as Wireshark has it. */
function webSocketTitle({ opcode, isFinal, maskAt, reserved }: WebSocketHeader): string {
  const marks = [
    isFinal ? " [FIN]" : "",
    maskAt === undefined ? "" : " [MASKED]",
    (reserved & 4) === 0 ? "" : " [COMPRESSED]",
  ];
  return `WebSocket ${WEBSOCKET_OPCODES[opcode]}${marks.join("")}`;
}

/** What a message is, for a table of them: "Text", "Ping", "Text, goes on". */
export function webSocketKind({ opcode, isFinal, reserved }: WebSocketHeader): string {
  const compressed = (reserved & 4) === 0 ? "" : ", compressed";
  return `${WEBSOCKET_OPCODES[opcode]}${compressed}${isFinal ? "" : ", goes on"}`;
}

/** Fields of a WebSocket frame (RFC 6455, section 5.2). */

const TEXT = 1;
const CLOSE = 8;
const LENGTH_OF_TWO_BYTES = 126;
const LENGTH_OF_EIGHT_BYTES = 127;
const MASK_LENGTH = 4;

export function describeWebSocket(reader: FieldReader): LayerSummary {
  const frame = reader.memory.bytes.subarray(reader.start, reader.end);
  const header = readWebSocketHeader(frame, 0, frame.length);
  reader.flag("websocket.fin", "Fin", 1, 0x80, {
    meaning: (is) => (is ? undefined : "the message goes on in a later frame"),
  });
  reader.bits("websocket.rsv", "Reserved", 1, 0x70);
  const opcode = reader.bits("websocket.opcode", "Opcode", 1, 0x0f, {
    text: (value) => named(WEBSOCKET_OPCODES, value),
  });
  reader.skip(1);
  const isMasked = reader.flag("websocket.mask", "Mask", 1, 0x80);
  const length = reader.bits("websocket.payload_length", "Payload length", 1, 0x7f);
  reader.skip(1);
  if (length === LENGTH_OF_TWO_BYTES) {
    reader.number("websocket.payload_length_ext_16", "Extended Payload length (16 bits)", 2);
  } else if (length === LENGTH_OF_EIGHT_BYTES) {
    reader.number("", "Extended Payload length (64 bits), upper half", 4);
    reader.number("", "Extended Payload length (64 bits), lower half", 4);
  }
  if (isMasked) reader.raw("websocket.masking_key", "Masking-Key", MASK_LENGTH);
  if (header === undefined) return { name: "websocket", label: "WebSocket" };
  payloadFields(reader, unmaskedPayload(frame, header), opcode, (header.reserved & 4) !== 0);
  return { name: "websocket", label: webSocketTitle(header) };
}

/** @param payload without its mask */
function payloadFields(reader: FieldReader, payload: Uint8Array, opcode: number, isCompressed: boolean): void {
  if (payload.length === 0) return;
  const length = payload.length;
  const text = new TextDecoder().decode(opcode === CLOSE ? payload.subarray(2) : payload);
  if (opcode === TEXT && !isCompressed) {
    reader.string("websocket.payload.text", "Text", length, text);
  } else if (opcode === CLOSE && length >= 2) {
    const code = (payload[0]! << 8) | payload[1]!;
    reader.derived("websocket.payload.close.status_code", "Status code", 0, 2, code);
    if (length > 2) reader.derived("websocket.payload.close.reason", "Reason", -2, length - 2, text);
    reader.skip(length);
  } else {
    const meaning = isCompressed ? "compressed (RFC 7692)" : undefined;
    reader.raw("websocket.payload", "Payload", length, { meaning, text: inBytes(length) });
  }
}
