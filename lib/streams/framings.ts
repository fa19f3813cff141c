/** The ways to tell where a message ends, and which of them a stream looks like. */

import { findHttpStartLine } from "../dissect/http.ts";
import { DNS_PORT } from "../headers/dns/dns.ts";
import { HttpExchange } from "./http-exchange.ts";
import { HttpFraming } from "./http-framing.ts";
import { DnsFraming, isTlsRecord, mayBeDns, TlsFraming, WebSocketFraming } from "./length-framing.ts";
import type { FramingKind, MessageFraming, Succession } from "./message-framing.ts";

/** Where nothing but the bytes themselves shows an end, those that are missing show none. */
const goOn = () => -1;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const DELETE = 0x7f;

interface HasPort {
  readonly port: number;
}

/** What both directions of a stream tell each other, and what is known of it before its bytes. */
export class FramingContext {
  readonly http = new HttpExchange();
  /** Whether one of its ports is that of DNS. */
  readonly isOnDnsPort: boolean;
  #tunnel: FramingContext | undefined;

  constructor(isOnDnsPort = false) {
    this.isOnDnsPort = isOnDnsPort;
  }

  /** Of a whole stream. */
  static of({ higher, lower }: { readonly higher: HasPort; readonly lower: HasPort }): FramingContext {
    return new FramingContext(higher.port === DNS_PORT || lower.port === DNS_PORT);
  }

  /** Of what follows where HTTP ends: anything, and that can be HTTP again. */
  get tunnel(): FramingContext {
    this.#tunnel ??= new FramingContext();
    return this.#tunnel;
  }
}

/** Messages of no known protocol. Behind one of them HTTP can begin, where the other direction speaks it already. */
abstract class PlainFraming implements MessageFraming {
  abstract readonly kind: "line" | "push";
  readonly skip = goOn;
  readonly #context: FramingContext | undefined;

  /** @param context left out where it is settled that the stream goes on like this */
  constructor(context: FramingContext | undefined) {
    this.#context = context;
  }

  abstract endOf(bytes: Uint8Array, from: number, endsWithPush: boolean): number;
  abstract isWholeAtFin(): boolean;

  successor(bytes: Uint8Array, at: number): Succession | undefined {
    const exchange = this.#context?.http;
    if (exchange === undefined || !exchange.isHttp || exchange.switchedTo !== undefined) return undefined;
    return findHttpStartLine(bytes, at, bytes.length) === undefined ? undefined : new HttpFraming(exchange);
  }
}

class LineFraming extends PlainFraming {
  readonly kind = "line";

  endOf(bytes: Uint8Array, from: number): number {
    return bytes.indexOf(LINE_FEED, from) + 1 || -1;
  }

  isWholeAtFin(): boolean {
    return false;
  }
}

class PushFraming extends PlainFraming {
  readonly kind = "push";

  endOf(bytes: Uint8Array, _from: number, endsWithPush: boolean): number {
    return endsWithPush ? bytes.length : -1;
  }

  /** A FIN pushes what came before it (RFC 9293, section 3.9.1). */
  isWholeAtFin(): boolean {
    return true;
  }
}

/** @param isSettled whether somebody has chosen this kind, so that no bytes change it */
export function framingOf(kind: FramingKind, context: FramingContext, isSettled: boolean): MessageFraming {
  switch (kind) {
    case "line":
      return new LineFraming(isSettled ? undefined : context);
    case "push":
      return new PushFraming(isSettled ? undefined : context);
    case "http":
      return new HttpFraming(context.http);
    case "dns":
      return new DnsFraming();
    case "websocket":
      return new WebSocketFraming();
    case "tls":
      return new TlsFraming();
  }
}

/** Longer request lines are not recognised. */
export const START_LENGTH = 4096;

/** What the first bytes of a direction look like: a protocol that says how long its messages are, lines of text, or neither. */
export function guessFraming(bytes: Uint8Array, context: FramingContext): FramingKind {
  if (findHttpStartLine(bytes, 0, Math.min(bytes.length, START_LENGTH)) !== undefined) return "http";
  if (context.isOnDnsPort && mayBeDns(bytes)) return "dns";
  if (isTlsRecord(bytes, 0)) return "tls";
  return bytes[bytes.length - 1] === LINE_FEED && isText(bytes) ? "line" : "push";
}

/** Whether no byte is a control code, but for those that lines are made with. Above ASCII, anything may be text. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every(
    (byte) => (byte >= SPACE && byte !== DELETE) || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB,
  );
}
