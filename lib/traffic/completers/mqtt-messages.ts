/** Rows that only name a message of MQTT, such as `CONNECT`, as the least such message. */

import type { ApplicationProtocol, ProtocolCompleter } from "./payload-row.ts";

/** Names, and what Wireshark has for them, with the first byte of the message (OASIS MQTT 3.1.1, section 2.2). */
const MQTT_WORDS: readonly (readonly [RegExp, readonly number[]])[] = [
  // Protocol MQTT, level 4, a clean session, a minute of keep-alive, and an identifier that the server chooses.
  [/^connect(?: command)?$/i, [0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0]],
  [/^conn(?:ect )?ack$/i, [0x20, 2, 0, 0]],
  [/^pub(?:lish )?ack$/i, [0x40, 2, 0, 1]],
  [/^sub(?:scribe )?ack$/i, [0x90, 3, 0, 1, 0]],
  [/^ping ?req(?:uest)?$/i, [0xc0, 0]],
  [/^ping ?resp(?:onse)?$/i, [0xd0, 0]],
  [/^disconnect(?: req)?$/i, [0xe0, 0]],
];
const PUBLISH = /^publish(?: message)?\s+\[?([^\s\][]+)\]?\s*(.*)$/is;
const SUBSCRIBE = /^subscribe(?: request)?(?: \(id=\d+\))?\s+\[?([^\s\][]+)\]?$/i;
const MOST_OF_ONE_LENGTH_BYTE = 127;

/** @returns undefined for a text that names no message of MQTT */
export function mqttOfWords(payload: Uint8Array): Uint8Array | undefined {
  const text = new TextDecoder().decode(payload).trim();
  const fixed = MQTT_WORDS.find(([pattern]) => pattern.test(text));
  if (fixed !== undefined) return Uint8Array.from(fixed[1]);
  const published = PUBLISH.exec(text);
  if (published !== null) return mqttMessage(0x30, [...lengthAndText(published[1]!), ...bytesOf(published[2]!)]);
  const subscribed = SUBSCRIBE.exec(text);
  return subscribed === null ? undefined : mqttMessage(0x82, [0, 1, ...lengthAndText(subscribed[1]!), 0]);
}

function mqttMessage(first: number, rest: readonly number[]): Uint8Array | undefined {
  return rest.length > MOST_OF_ONE_LENGTH_BYTE ? undefined : Uint8Array.of(first, rest.length, ...rest);
}

function lengthAndText(text: string): number[] {
  const bytes = bytesOf(text);
  return [bytes.length >>> 8, bytes.length & 0xff, ...bytes];
}

function bytesOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

// It remembers nothing.
const COMPLETER: ProtocolCompleter = { complete: ({ payload }) => mqttOfWords(payload) };

export const MQTT: ApplicationProtocol = {
  completer: () => COMPLETER,
  understands: (payload) => mqttOfWords(payload) !== undefined,
};
