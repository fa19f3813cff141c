/** Where WebSocket frames end (RFC 6455, section 5.2). */
import { LONGEST_WEBSOCKET_HEADER, readWebSocketHeader, webSocketHeaderLength } from "../dissect/websocket-header.ts";
import { LengthFraming } from "./length-framing.ts";

export class WebSocketFraming extends LengthFraming {
  constructor() {
    super("websocket", LONGEST_WEBSOCKET_HEADER);
  }

  protected lengthBehind(header: Uint8Array, length: number): number | undefined {
    if (length < 2 || length < webSocketHeaderLength(header[1]!)) return undefined;
    return readWebSocketHeader(header, 0, length)?.payloadLength ?? -1;
  }
}
