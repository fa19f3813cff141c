/** The ways to tell where a message ends, and which of them a stream looks like. */
import { HTTP_METHOD } from "../dissect/http-methods.ts";
import { HttpFraming } from "./http-framing.ts";
import type { FramingKind, MessageFraming } from "./message-framing.ts";

/** Where nothing but the bytes themselves shows an end, those that are missing show none. */
const goOn = () => -1;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const DELETE = 0x7f;

class LineFraming implements MessageFraming {
  readonly kind = "line";
  readonly skip = goOn;

  endOf(bytes: Uint8Array, from: number): number {
    return bytes.indexOf(LINE_FEED, from) + 1 || -1;
  }
}

class PushFraming implements MessageFraming {
  readonly kind = "push";
  readonly skip = goOn;

  endOf(bytes: Uint8Array, _from: number, endsWithPush: boolean): number {
    return endsWithPush ? bytes.length : -1;
  }
}

export function framingOf(kind: FramingKind): MessageFraming {
  if (kind === "line") return new LineFraming();
  return kind === "http" ? new HttpFraming() : new PushFraming();
}

const HTTP_START = new RegExp(String.raw`^(?:HTTP/1\.[01] |${HTTP_METHOD} [!-~]+ HTTP/1\.[01]\r?\n)`);
/** Longer request lines are not recognised. */
export const START_LENGTH = 4096;

/** What the first bytes of a direction look like: HTTP, lines of text, or nothing that ends by itself. */
export function guessFraming(bytes: Uint8Array): FramingKind {
  let start = "";
  const length = Math.min(bytes.length, START_LENGTH);
  for (let index = 0; index < length; index++) start += String.fromCharCode(bytes[index]!);
  if (HTTP_START.test(start)) return "http";
  return bytes[bytes.length - 1] === LINE_FEED && isText(bytes) ? "line" : "push";
}

/** Whether no byte is a control code, but for those that lines are made with. Above ASCII, anything may be text. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every(
    (byte) => (byte >= SPACE && byte !== DELETE) || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB,
  );
}
