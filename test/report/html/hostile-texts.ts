/** Texts that would be more than text in a careless page, and captures that carry them wherever a capture has words. */

import { parseIpv4, parseMac } from "../../../lib/headers/address.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";

export const HOSTILE_TEXTS: readonly string[] = [
  "</script><script>alert(1)</script>",
  "</style></title></textarea></noscript><script>alert(2)</script>",
  "<img src=x onerror=alert(3)>",
  "]]><svg onload=alert(4)>",
  "--><!--><b onclick=alert(5)>",
  '" onmouseover="alert(6)" x="',
  "' autofocus onfocus='alert(7)",
  "</text></svg></desc><foreignObject><p onclick=alert(8)>",
  "<a href=javascript:alert(9)>x</a>",
  "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;&lt;&#60;",
  "<meta http-equiv=refresh content=0;url=javascript:alert(10)>",
  "$" + "{alert(11)}`$&$1",
  "line\u2028paragraph\u2029end",
  "zero\0end",
  "escape\x1b[2J\x07\x9b31m\x7fend",
  "right\u202eleft\u2066\u2069\u200f\u200e\u061c\ufeffend",
];

const LINKTYPE_ETHERNET = 1;
const utf8 = new TextEncoder();
const CLIENT_PORT = 50_000;
const ends = {
  ethernet: { source: parseMac("02:00:0a:00:00:01"), destination: parseMac("02:00:0a:00:00:02") },
  ipv4: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") },
};

/** A frame for each text, whose payload `wrap` makes of it: all of one TCP conversation. */
export function tcpFrames(destinationPort: number, wrap: (text: string) => string): Uint8Array[] {
  let sequenceNumber = 1000;
  return HOSTILE_TEXTS.map((text) => {
    const payload = utf8.encode(wrap(text));
    const tcp = { sourcePort: CLIENT_PORT, destinationPort, sequenceNumber, flags: TcpFlag.PSH | TcpFlag.ACK };
    sequenceNumber += payload.length;
    return encodeFrame({ ...ends, tcp, payload });
  });
}

/** A query for each text, which is a label of its name. */
export function dnsFrames(): Uint8Array[] {
  return HOSTILE_TEXTS.map((text) => {
    const label = utf8.encode(text).subarray(0, 63);
    const payload = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, label.length, ...label, 0, 0, 1, 0, 1);
    return encodeFrame({ ...ends, udp: { sourcePort: CLIENT_PORT, destinationPort: 53 }, payload });
  });
}

/** A pcapng file whose section, interface and packets all bear texts: what a tool wrote there is anybody's guess. */
export function wordyCapture(text: string, frame: Uint8Array): Uint8Array {
  const words = utf8.encode(text);
  const texts = (...codes: number[]) => optionsOf(codes.map((code) => [code, words]));
  const section = [...uint32(0x1a2b3c4d), ...uint16(1), ...uint16(0), ...uint32(0xffffffff), ...uint32(0xffffffff)];
  const packet = [0, 0, 1000, frame.length, frame.length].flatMap(uint32);
  return Uint8Array.from([
    // Comment, hardware, system and program; comment, name, description, filter and system; comment.
    ...block(0x0a0d0d0a, [...section, ...texts(1, 2, 3, 4)]),
    ...block(1, [...uint16(LINKTYPE_ETHERNET), ...uint16(0), ...uint32(0), ...texts(1, 2, 3, 12)]),
    ...block(6, [...packet, ...padded(frame), ...texts(1)]),
  ]);
}

function block(type: number, body: readonly number[]): number[] {
  const length = uint32(body.length + 12);
  return [...uint32(type), ...length, ...body, ...length];
}

function optionsOf(options: readonly (readonly [code: number, value: Uint8Array])[]): number[] {
  const bytes = options.flatMap(([code, value]) => [...uint16(code), ...uint16(value.length), ...padded(value)]);
  return [...bytes, 0, 0, 0, 0];
}

function padded(bytes: Uint8Array): number[] {
  return [...bytes, ...new Uint8Array(-bytes.length & 3)];
}

function uint16(value: number): number[] {
  return [value & 0xff, value >> 8];
}

function uint32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
