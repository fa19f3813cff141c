/** Captures whose contents would like to be more than contents: in payloads, in names, in comments. */

import { parseIpv4, parseMac } from "../../../lib/headers/address.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { pcapOf } from "./pcap-records.ts";

const ETHERNET = 1;
const utf8 = (text: string) => new TextEncoder().encode(text);

/** Each of them does something to a careless program. */
const HOSTILE_PAYLOADS: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["terminal escapes", utf8("\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b1m\x7f")],
  ["direction of writing", utf8("abc\u202etxt.exe\u2066\u200f end")],
  ["zeros", Uint8Array.of(0, 0, 0, 65, 0)],
  ["broken UTF-8", Uint8Array.of(0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x92, 0x41, 0xe2)],
  ["a long line", utf8("long ".repeat(270))],
  ["a long word", utf8("x".repeat(1400))],
  [
    "wide and stacked characters",
    utf8("茶".repeat(100) + "e\u0301".repeat(100) + "👨‍👩‍👧".repeat(30) + "\u0301".repeat(300)),
  ],
  ["returns and tabs", utf8("one\rtwo\r\nthree\tfour\r\r\n\n\v\f\u2028five\u0085")],
  ["a diagram of its own", utf8("end\nparticipant x as <script>alert(1)</script>;%%{init:{}}%%\n#quot;")],
  ["HTTP with escapes", utf8(`GET /\x1b[2J HTTP/1.1\r\nHost: \x1b[31m${"h".repeat(300)}\u202e\r\n\r\n`)],
  ["a DNS name", Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, 27, 91, 50, 74, 7, 0, 0, 1, 0, 1)],
];

const there = { source: parseMac("02:00:0a:00:00:01"), destination: parseMac("02:00:0a:00:00:02") };
const addresses = { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") };

/** One TCP stream and two UDP streams that carry all of them. */
export function hostileCapture(): Uint8Array {
  let sequenceNumber = 1000;
  const frames = HOSTILE_PAYLOADS.flatMap(([, payload]) => {
    const tcp = { sourcePort: 50_000, destinationPort: 80, sequenceNumber, flags: TcpFlag.PSH | TcpFlag.ACK };
    sequenceNumber += payload.length;
    return [
      encodeFrame({ ethernet: there, ipv4: addresses, tcp, payload }),
      encodeFrame({ ethernet: there, ipv4: addresses, udp: { sourcePort: 50_001, destinationPort: 53 }, payload }),
      encodeFrame({ ethernet: there, ipv4: addresses, udp: { sourcePort: 50_002, destinationPort: 9999 }, payload }),
    ];
  });
  return pcapOf(
    ETHERNET,
    frames.map((bytes, index) => ({ time: index * 1000, bytes })),
  );
}

/** A CSV whose names would do the same in the comments of a pcapng file. */
export const HOSTILE_CSV = `msg_id,app_protocol,src_app,dst_app,message,timestamp
\x1b[2J1,CHAT,"evil\x1b]0;x\x07\u202e","server\x9b31m",hello \x1b[31m,0.5
2,CHAT,"server\x9b31m","evil\x1b]0;x\x07\u202e",bye \x00,0.6
`;
