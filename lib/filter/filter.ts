/**
 * Which packets are wanted, in the words of Wireshark: the part of its display-filter language that people write most.
 * A filter that compiles selects what Wireshark selects; what is not known here is an error, and never just false.
 *
 *     tcp.port == 80 and not ip.src == 10.0.0.0/8
 *     tcp.flags.syn == 1 && tcp.flags.ack == 0
 *     tcp.analysis.retransmission || tcp.port in {80, 443, 8000..8010}
 *     http and tcp.payload contains "Host: example"
 *
 * OPERATORS, from what binds most to what binds least
 *     == != === !== ~= > < >= <=        also eq ne any_eq all_ne any_ne all_eq gt lt ge le
 *     contains, matches (~), in, & (bitwise_and)
 *     ! (not)      && (and)      ^^ (xor)      || (or)            parentheses
 *
 * A field can have several values in a packet: tcp.port has two. Then == < > <= >= ~= !== want one that fits, and != and
 * === want all to fit. On packets without the field, every comparison is false, != too.
 * A field alone asks whether the packet has it, whatever its value: tcp.flags.syn is in every TCP packet.
 * tcp.flags & 0x02 asks whether any of these bits is set; tcp.flags & 0x12 == 0x02 compares what is left of the field.
 *
 * VALUES
 *     numbers        80  0x50  0120  0b1010000
 *     truth          1  0  true  false
 *     addresses      10.0.0.1  10.0.0.0/8  2001:db8::/32  02:00:0a:00:00:01
 *     times          1767225600.25  0.000000001  -1
 *     text           "GET /"  "\r\n"  "\x16\x03"  r"\d+"
 *     bytes          47:45:54
 *     other fields   ip.src == ip.dst  tcp.srcport < tcp.dstport
 * `contains` and `matches` look for text and bytes in payloads, comments, and protocols, as in frame contains "GET".
 * `matches` takes a regular expression and ignores case, unless that begins with (?-i).
 *
 * WHAT WIRESHARK HAS AND THIS HAS NOT, all of which is an error here: slices, functions, arithmetic, macros, the
 * quantifiers any and all, comparisons in chains (1 < a < 2), the layer operator #, characters in '', names of hosts and
 * of protocol numbers as values, text without quotes, comparisons of protocols, fields in sets or behind &, `&` on
 * addresses and bytes, `contains` and `matches` on addresses, sets of text or bytes, regular expressions that JavaScript
 * has no word for, and every field that `describeFilterFields` does not list.
 *
 * WHAT THIS HAS AND WIRESHARK 4.0 HAS NOT: xor, which came with 4.2; true and false in small letters.
 *
 * WHAT DIFFERS: a value that a field can never have is an error (tcp.port == -1), as is a range that ends before it
 * begins. `http`, `websocket` and `dns` over TCP stand where a message ends, as in Wireshark; of a packet without its stream,
 * where one begins. A carriage return alone ends no line of HTTP (RFC 9112, section 2.2), and in Wireshark it does. A checksum
 * left to the network adapter is good, and one of which an ICMP error quotes too little to check it is unverified. A first
 * fragment that an ICMP error quotes has ports, but no stream. frame.comment is matched byte by byte.
 */
import { notGiven } from "../core/given.ts";
import { compileTree } from "./compile.ts";
import type { FieldType } from "./field-types.ts";
import { FIELDS } from "./known-fields.ts";
import { parseFilter } from "./parser.ts";
import type { FilterSubject } from "./subject.ts";

export { FilterError, type FilterErrorCode } from "./filter-error.ts";
export type { FilterSubject } from "./subject.ts";

/**
 * Compiles a filter to a function that says of a packet whether it is wanted. The function keeps nothing of the packet,
 * and takes no memory for it, but for `matches` and for comments.
 *
 * @throws FilterError FILTER_SYNTAX or FILTER_FIELD, with the column of what is wrong
 *
 * @example
 * ```ts
 * import { analyzeCapture, captureFromBytes, compileFilter, encapsulateMessages } from "wirewright";
 *
 * const { capture } = await encapsulateMessages([{ from: "Alice", to: "Bob", message: "hello", time: 0 }]);
 * const isOpening = compileFilter("tcp.flags.syn == 1");
 * let openings = 0;
 * await analyzeCapture(captureFromBytes(capture), { onPacket: (packet) => (openings += Number(isOpening(packet))) });
 * console.log(openings); // 2
 * ```
 */
export function compileFilter(text: string): (packet: FilterSubject) => boolean {
  if (typeof text !== "string")
    throw notGiven("compileFilter", text, "a filter", 'give a text such as "tcp.port == 80"');
  return compileTree(parseFilter(text));
}

/** One line of the list of fields. */
export interface FilterFieldDescription {
  /** Its name, as filters have it: "ip.ttl". */
  readonly name: string;
  /** What kind of values it has. */
  readonly type: FieldType;
  /** What it is, in words. */
  readonly meaning: string;
}

/** Every field, in the order of the layers that they belong to. */
export function describeFilterFields(): FilterFieldDescription[] {
  return Array.from(FIELDS.values(), ({ name, type, meaning }) => ({ name, type, meaning }));
}
