/**
 * TLS records of a given length, of which only the kinds are known (RFC 8446, sections 4 and 5). What they carry is made up,
 * and nobody could decrypt it; the handshake's own messages are whole, so that a reader sees what the list saw.
 */
import { byteTextOf } from "../../core/text.ts";
import { fillerAt } from "../filler.ts";
import type { ApplicationProtocol, ProtocolCompleter } from "./payload-row.ts";

const RecordType = { CHANGE_CIPHER_SPEC: 20, ALERT: 21, HANDSHAKE: 22, APPLICATION_DATA: 23 } as const;
const HandshakeType = { CLIENT_HELLO: 1, SERVER_HELLO: 2, OPAQUE: 0xff } as const;

const RECORD_HEADER = 5;
const HANDSHAKE_HEADER = 4;
const LARGEST_RECORD = 1 << 14;
const TLS_1_2 = 0x0303;
const RANDOM_LENGTH = 32;
const CIPHER_SUITE = 0x1301;
const SERVER_NAME = 0;
const PADDING = 21;
const EXTENSION_HEADER = 4;

/** Rows that only name messages, such as `Client Hello`. */
const TLS_WORDS =
  /^\s*(?:Client Hello|Server Hello(?: Done)?|Certificate(?: Request| Verify)?|(?:Client|Server) Key Exchange|Change Cipher Spec|Encrypted (?:Handshake Message|Extensions|Alert)|New Session Ticket|Finished|Application Data|Alert)(?:\s*\([^)]*\))?(?:\s*,\s*[A-Z][A-Za-z ]+(?:\([^)]*\))?)*\s*$/i;

interface Kind {
  readonly type: number;
  readonly handshake?: number;
  /** Bytes of the record, where they cannot be chosen. */
  readonly fixed?: number;
  readonly least: number;
}

const HELLO_LEAST = RECORD_HEADER + HANDSHAKE_HEADER + 2 + RANDOM_LENGTH + 1;
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^Client Hello/, { type: RecordType.HANDSHAKE, handshake: HandshakeType.CLIENT_HELLO, least: HELLO_LEAST + 8 }],
  [
    /^Server Hello(?! Done)/,
    { type: RecordType.HANDSHAKE, handshake: HandshakeType.SERVER_HELLO, least: HELLO_LEAST + 5 },
  ],
  [/^Change Cipher Spec/, { type: RecordType.CHANGE_CIPHER_SPEC, fixed: RECORD_HEADER + 1, least: RECORD_HEADER + 1 }],
  [/^Alert/, { type: RecordType.ALERT, fixed: RECORD_HEADER + 2, least: RECORD_HEADER + 2 }],
  [/^Encrypted Alert/, { type: RecordType.ALERT, fixed: RECORD_HEADER + 26, least: RECORD_HEADER + 19 }],
  [/^Application Data/, { type: RecordType.APPLICATION_DATA, least: RECORD_HEADER + 1 }],
];
const OTHER_HANDSHAKE: Kind = { type: RecordType.HANDSHAKE, handshake: HandshakeType.OPAQUE, least: RECORD_HEADER + 8 };

/** @param length bytes of all records; undefined where nothing tells */
export function tlsBytes(info: string, length: number | undefined): Uint8Array {
  const kinds = kindsIn(info);
  const lengths = share(kinds, length ?? kinds.reduce((sum, { fixed, least }) => sum + (fixed ?? least), 0));
  const bytes: number[] = [];
  kinds.forEach((kind, index) => {
    for (let rest = lengths[index]!; rest > 0; ) {
      const part = Math.min(rest, RECORD_HEADER + LARGEST_RECORD);
      // A rest that is no record of its own goes with this one.
      const taken = rest - part > 0 && rest - part <= RECORD_HEADER ? part - RECORD_HEADER : part;
      for (const byte of recordOf(kind, taken, serverNameIn(info))) bytes.push(byte);
      rest -= taken;
    }
  });
  return Uint8Array.from(bytes);
}

function kindsIn(info: string): Kind[] {
  const names = info
    .replace(/\([^)]*\)|\[[^\]]*\]/g, "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const kinds = names.map((name) => KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? OTHER_HANDSHAKE);
  return kinds.length === 0 ? [OTHER_HANDSHAKE] : kinds;
}

/** What the fixed ones leave goes to the last that can take it; the others get as little as they can have. */
function share(kinds: readonly Kind[], length: number): number[] {
  const lengths = kinds.map(({ fixed, least }) => fixed ?? least);
  let rest = length - lengths.reduce((sum, part) => sum + part, 0);
  let last = kinds.length - 1;
  while (last > 0 && kinds[last]!.fixed !== undefined) last--;
  if (rest >= 0) {
    lengths[last]! += rest;
    return lengths;
  }
  // Too little for all of them: as many as there is room for.
  rest = length;
  return lengths.map((part) => {
    const taken = Math.min(part, rest);
    rest -= taken;
    return taken;
  });
}

function recordOf({ type, handshake }: Kind, length: number, serverName: string | undefined): Uint8Array {
  const record = fillerAt(0, length);
  const view = new DataView(record.buffer);
  if (length <= RECORD_HEADER) return record;
  view.setUint8(0, type);
  view.setUint16(1, TLS_1_2);
  view.setUint16(3, length - RECORD_HEADER);
  if (type === RecordType.CHANGE_CIPHER_SPEC) record[RECORD_HEADER] = 1;
  if (type === RecordType.ALERT && length === RECORD_HEADER + 2) record.set([1, 0], RECORD_HEADER);
  if (handshake === undefined || length < RECORD_HEADER + HANDSHAKE_HEADER) return record;
  view.setUint32(RECORD_HEADER, (handshake << 24) | (length - RECORD_HEADER - HANDSHAKE_HEADER));
  if (handshake === HandshakeType.CLIENT_HELLO) writeClientHello(record, serverName);
  if (handshake === HandshakeType.SERVER_HELLO) writeServerHello(record);
  return record;
}

function writeClientHello(record: Uint8Array, serverName: string | undefined): void {
  const at = HELLO_LEAST;
  if (record.length < at + 8) return;
  const view = new DataView(record.buffer);
  writeHelloStart(view);
  view.setUint16(at, 2);
  view.setUint16(at + 2, CIPHER_SUITE);
  view.setUint8(at + 4, 1);
  view.setUint8(at + 5, 0);
  view.setUint16(at + 6, record.length - at - 8);
  let extension = at + 8;
  const name = serverName === undefined ? undefined : new TextEncoder().encode(serverName);
  if (name !== undefined && extension + EXTENSION_HEADER + 5 + name.length + EXTENSION_HEADER <= record.length) {
    view.setUint16(extension, SERVER_NAME);
    view.setUint16(extension + 2, name.length + 5);
    view.setUint16(extension + 4, name.length + 3);
    view.setUint8(extension + 6, 0);
    view.setUint16(extension + 7, name.length);
    record.set(name, extension + 9);
    extension += 9 + name.length;
  }
  writePadding(record, extension);
}

function writeServerHello(record: Uint8Array): void {
  const at = HELLO_LEAST;
  if (record.length < at + 5) return;
  const view = new DataView(record.buffer);
  writeHelloStart(view);
  view.setUint16(at, CIPHER_SUITE);
  view.setUint8(at + 2, 0);
  view.setUint16(at + 3, record.length - at - 5);
  writePadding(record, at + 5);
}

/** Version, a random of filler, and an empty session identifier. */
function writeHelloStart(view: DataView): void {
  view.setUint16(RECORD_HEADER + HANDSHAKE_HEADER, TLS_1_2);
  view.setUint8(HELLO_LEAST - 1, 0);
}

/** The extension that is there to be as long as one likes (RFC 7685), in zeros as it asks for. */
function writePadding(record: Uint8Array, at: number): void {
  const room = record.length - at - EXTENSION_HEADER;
  if (room < 0) return;
  const view = new DataView(record.buffer);
  view.setUint16(at, PADDING);
  view.setUint16(at + 2, room);
  record.fill(0, at + EXTENSION_HEADER);
}

function serverNameIn(info: string): string | undefined {
  return /\(SNI=([\w.-]+)\)/.exec(info)?.[1];
}

/** @returns undefined for a text that names no message of TLS */
export function tlsOfWords(payload: Uint8Array): Uint8Array | undefined {
  const text = byteTextOf(payload);
  if (text.length > 200 || !TLS_WORDS.test(text)) return undefined;
  const capitals = text.trim().replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
  return tlsBytes(capitals, undefined);
}

// It remembers nothing.
const COMPLETER: ProtocolCompleter = { complete: ({ payload }) => tlsOfWords(payload) };

export const TLS: ApplicationProtocol = {
  completer: () => COMPLETER,
  understands: (payload) => tlsOfWords(payload) !== undefined,
};
