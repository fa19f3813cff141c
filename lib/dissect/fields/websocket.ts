/** Fields of a WebSocket frame (RFC 6455, section 5.2). */
import { readWebSocketHeader, unmaskedPayload, WEBSOCKET_OPCODES, webSocketTitle } from "../websocket-header.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Title } from "./place.ts";
import { inBytes, named } from "./text.ts";

const TEXT = 1;
const CLOSE = 8;
const LENGTH_OF_TWO_BYTES = 126;
const LENGTH_OF_EIGHT_BYTES = 127;
const MASK_LENGTH = 4;

export function describeWebSocket(reader: FieldReader): Title {
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
