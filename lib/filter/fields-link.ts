import { LayerKind } from "../dissect/layer-kinds.ts";
import { type FilterField, finding, number, ofType, protocol, UINT16, UINT32 } from "./field-types.ts";
import {
  both,
  byteAt,
  comments,
  fromTag,
  inArp,
  inHeader,
  inTag,
  macAt,
  ofSubject,
  shortAt,
  wholeFrame,
  wordAt,
} from "./readers.ts";

const { ETHERNET, ARP, NULL, LOOP, SLL, SLL2 } = LayerKind;

const NANOSECONDS = 1_000_000_000;
const LOWEST_ETHER_TYPE = 0x0600;

const etherType = shortAt(12);
const destination = inHeader(ETHERNET, 14, macAt(0));
const source = inHeader(ETHERNET, 14, macAt(6));
const senderAddress = inArp(wordAt(14));
const targetAddress = inArp(wordAt(24));

/** The frame as such, and what stands before the network header. */
export const LINK_FIELDS: readonly FilterField[] = [
  { name: "frame", type: "protocol", meaning: "any frame; with contains and matches, all its bytes", read: wholeFrame },
  number(
    "frame.number",
    UINT32,
    "number of the frame in the capture, from 1",
    ofSubject((s) => s.frameNumber),
  ),
  number(
    "frame.len",
    UINT32,
    "bytes of the frame on the wire",
    ofSubject((s) => s.outline.wireLength),
  ),
  number(
    "frame.cap_len",
    UINT32,
    "bytes of the frame in the capture",
    ofSubject((s) => s.outline.end - s.outline.start),
  ),
  ofType("time", "frame.time_epoch", "seconds since 1970", (s, into) => {
    if (!s.hasTime) return;
    into.push(s.seconds);
    into.push(s.nanoseconds);
  }),
  ofType("time", "frame.time_relative", "seconds since the first frame", (s, into) => {
    if (s.relativeNanoseconds === undefined) return;
    const seconds = Math.floor(s.relativeNanoseconds / NANOSECONDS);
    into.push(seconds);
    into.push(s.relativeNanoseconds - seconds * NANOSECONDS);
  }),
  { name: "frame.comment", type: "string", meaning: "a comment on the frame", read: comments },
  finding("_ws.malformed", "a header cannot be what it claims"),

  protocol("eth", "Ethernet", ETHERNET),
  ofType("mac", "eth.dst", "destination of the Ethernet frame", destination),
  ofType("mac", "eth.src", "source of the Ethernet frame", source),
  ofType("mac", "eth.addr", "destination or source of the Ethernet frame", both(destination, source)),
  number("eth.type", UINT16, "EtherType, as in eth.type == 0x0800", ({ outline: o }, into) => {
    const layer = o.indexOf(ETHERNET);
    if (layer < 0 || o.ends[layer]! - o.starts[layer]! < 14) return;
    const type = etherType(o.bytes, o.starts[layer]!);
    // What is below is the length of the data (IEEE 802.3).
    if (type >= LOWEST_ETHER_TYPE) into.push(type);
  }),
  finding("eth.fcs_bad", "the frame check sequence is wrong"),
  { name: "vlan", type: "protocol", meaning: "a tag of IEEE 802.1Q", read: fromTag(false) },
  number("vlan.id", 4095, "VLAN of a tag", inTag(false, shortAt(0, 0, 0xfff))),
  number("vlan.priority", 7, "priority of a tag", inTag(false, byteAt(0, 5))),
  number("vlan.etype", UINT16, "EtherType behind a tag", inTag(false, shortAt(2))),
  { name: "ieee8021ad", type: "protocol", meaning: "a provider's tag, of IEEE 802.1ad", read: fromTag(true) },
  number("ieee8021ad.id", 4095, "VLAN of a provider's tag", inTag(true, shortAt(0, 0, 0xfff))),
  number("ieee8021ad.priority", 7, "priority of a provider's tag", inTag(true, byteAt(0, 5))),
  protocol("null", "BSD loopback, in either byte order", NULL, LOOP),
  protocol("sll", "a cooked capture of Linux, version 1 or 2", SLL, SLL2),

  protocol("arp", "ARP", ARP),
  number("arp.opcode", UINT16, "1 for a request, 2 for a reply", inHeader(ARP, 8, shortAt(6))),
  ofType("mac", "arp.src.hw_mac", "MAC address of the sender", inArp(macAt(8))),
  ofType("mac", "arp.dst.hw_mac", "MAC address of the target", inArp(macAt(18))),
  ofType("ipv4", "arp.src.proto_ipv4", "IPv4 address of the sender", senderAddress),
  ofType("ipv4", "arp.dst.proto_ipv4", "IPv4 address of the target", targetAddress),
];
