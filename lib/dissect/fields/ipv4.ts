/** Fields of the IPv4 header (RFC 791, section 3.1; RFC 2474 for its second byte). */
import { formatIpv4 } from "../../headers/address.ts";
import { Ipv4Offset as AT, IPV4_HEADER_LENGTH } from "../../headers/ipv4.ts";
import { endOfSourceRoute } from "../../headers/source-route.ts";
import { ipv4HeaderVerdict } from "../header-checksums.ts";
import { Verdict } from "../layer-kinds.ts";
import { lengthOfIpv4 } from "../packet-length.ts";
import { checksumField, checksumOf } from "./checksum-field.ts";
import { codePointText, congestionMeaning, congestionText } from "./differentiated-services.ts";
import type { FieldReader } from "./field-reader.ts";
import { ipv4Options } from "./ipv4-options.ts";
import { IP_PROTOCOLS } from "./numbers.ts";
import type { Place, Title } from "./place.ts";
import { hex, hexAndDecimal, inBytes, named, SET_OR_NOT } from "./text.ts";

export function describeIpv4(reader: FieldReader, place: Place): Title {
  reader.bits("ip.version", "Version", 1, 0xf0);
  const headerLength = headerLengthField(reader);
  serviceField(reader);
  totalLengthField(reader, place);
  reader.number("ip.id", "Identification", 2, {
    text: (value) => hexAndDecimal(value, 2),
    meaning: "the same in all fragments of one packet",
  });
  fragmentFields(reader);
  reader.number("ip.ttl", "Time to Live", 1, {
    meaning: (value) => `at most ${value} more routers pass the packet on; each takes one off`,
  });
  reader.number("ip.proto", "Protocol", 1, { text: (value) => named(IP_PROTOCOLS, value) });
  const { verdict, expected } = checksumOfHeader(reader, headerLength, place);
  checksumField(reader, "ip", "Header Checksum", verdict, expected);
  const source = reader.ipv4("ip.src", "Source Address");
  // Wireshark calls the last stop of a source route the destination, and so do filters.
  const end = Math.min(reader.end, reader.start + headerLength);
  const lastStopAt = endOfSourceRoute(reader.memory.bytes, reader.start + IPV4_HEADER_LENGTH, end);
  const header = lastStopAt === 0 ? ROUTELESS : ON_ROUTE;
  const next = reader.ipv4(header.name, header.label, { meaning: header.meaning });
  const destination = lastStopAt === 0 ? next : formatIpv4(reader.memory.view.getUint32(lastStopAt));
  ipv4Options(reader, headerLength - IPV4_HEADER_LENGTH, lastStopAt);
  const label = `Internet Protocol Version 4, Src: ${source}, Dst: ${destination}`;
  return { name: "ip", label, needed: Math.max(IPV4_HEADER_LENGTH, headerLength) };
}

const ROUTELESS = { name: "ip.dst", label: "Destination Address", meaning: undefined } as const;
const ON_ROUTE = {
  name: "ip.cur_rt",
  label: "Current Route",
  meaning: "the next stop; the packet goes to the last address of its route in the end",
} as const;

/** 0 stands where the adapter was to cut up the packet: then the frame tells the length, as in Wireshark. */
function totalLengthField(reader: FieldReader, { outline, layer }: Place): void {
  if (reader.remaining < 2 || reader.peek(0, 2) !== 0) {
    const meaning = "header and data; what follows in the frame is no part of the packet";
    reader.number("ip.len", "Total Length", 2, { text: inBytes, meaning });
    return;
  }
  const length = lengthOfIpv4(outline, layer);
  reader.skip(2);
  reader.derived("ip.len", "Total Length", 2, 2, length, {
    text: `${inBytes(length)} (given as 0)`,
    meaning: "0 stands for a packet that the network adapter had yet to cut up: its length is that of the frame",
  });
}

/** @returns the length in bytes, as Wireshark's value of the field is */
function headerLengthField(reader: FieldReader): number {
  const words = reader.peek(0) & 0x0f;
  reader.skip(1);
  reader.derived("ip.hdr_len", "Header Length", 1, 1, words * 4, {
    mask: 0x0f,
    text: `${inBytes(words * 4)} (${words})`,
    meaning: "counted in words of 4 bytes; what is more than 20 bytes are options",
  });
  return words * 4;
}

function serviceField(reader: FieldReader): void {
  const parts = reader.inside(1);
  const codePoint = parts.bits("ip.dsfield.dscp", "Differentiated Services Codepoint", 1, 0xfc, {
    text: codePointText,
  });
  const congestion = parts.bits("ip.dsfield.ecn", "Explicit Congestion Notification", 1, 0x03, {
    text: congestionText,
    meaning: congestionMeaning,
  });
  reader.number("ip.dsfield", "Differentiated Services Field", 1, {
    text: (value) => `${hex(value, 1)} (DSCP: ${codePoint}, ECN: ${congestion})`,
    children: parts.fields,
  });
}

const FLAGS = [
  ["ip.flags.rb", "Reserved bit", 0x80, undefined],
  ["ip.flags.df", "Don't fragment", 0x40, "a router that cannot pass the packet on whole must drop it and say so"],
  ["ip.flags.mf", "More fragments", 0x20, "this is not the last fragment of its packet"],
] as const;

/** Three flags and thirteen bits of offset share two bytes. */
function fragmentFields(reader: FieldReader): void {
  const parts = reader.inside(1);
  const names: string[] = [];
  for (const [name, label, mask, meaning] of FLAGS) {
    const isSet = parts.flag(name, label, 1, mask, { text: SET_OR_NOT, meaning: (is) => (is ? meaning : undefined) });
    if (isSet) names.push(label);
  }
  reader.bits("ip.flags", "Flags", 1, 0xe0, {
    text: (value) => (names.length === 0 ? hex(value, 1) : `${hex(value, 1)}, ${names.join(", ")}`),
    children: parts.fields,
  });
  reader.bits("ip.frag_offset", "Fragment Offset", 2, 0x1fff, {
    text: (value) => String(value * 8),
    meaning: (value) =>
      value === 0 ? undefined : "where the data of this fragment belongs in that of the packet, in bytes",
  });
  reader.skip(2);
}

function checksumOfHeader(reader: FieldReader, length: number, place: Place) {
  const { start, end } = reader;
  const { view } = reader.memory;
  if (length < IPV4_HEADER_LENGTH || start + length > end) return { verdict: Verdict.UNCHECKED };
  const expected = checksumOf(view, start, start + length, start + AT.HEADER_CHECKSUM);
  return { verdict: ipv4HeaderVerdict(view, start, start + length, place.outline.kinds[0]!), expected };
}
