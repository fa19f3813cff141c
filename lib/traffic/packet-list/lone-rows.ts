/** Rows of ARP, ICMP and ICMPv6 into packets, from the words that Wireshark, tcpdump and people have for them. */
import type { PacketWords } from "../../csv/packet-rows.ts";
import { BROADCAST_MAC, type Ipv4Address, type MacAddress, tryParseIpv4, tryParseIpv6 } from "../../headers/address.ts";
import { ArpOpcode, IcmpType, Icmpv6Type, NeighborFlag } from "../../headers/control-types.ts";
import type { NeighborOption } from "../../headers/neighbor-options.ts";
import { groupMacOf, macOf } from "./hardware-names.ts";
import type { ListedArp, ListedIcmp, ListedIcmpv6, LonePacket } from "./listed-packet.ts";

interface LoneWords extends PacketWords {
  /** Bytes of the frame from the IP header on, where the row tells. */
  readonly packetLength?: number | undefined;
  readonly frameLength?: number | undefined;
  readonly sourceMac?: MacAddress | undefined;
  readonly destinationMac?: MacAddress | undefined;
  readonly timeToLive?: number | undefined;
}

const IP = "(\\d{1,3}(?:\\.\\d{1,3}){3})";
const WHO_HAS = new RegExp(`who[ -]has\\s+${IP}\\??(?:.*?\\btell\\s+${IP})?`, "i");
const IS_AT = new RegExp(`${IP}\\s+is[ -]at\\s+([0-9a-f:-]{17}|\\S+_[0-9a-f:]{8})`, "i");
const ABOUT_ITSELF = new RegExp(
  `(?:gratuitous arp|arp announcement)\\s+for\\s+${IP}(?:\\s+\\((request|reply)\\))?`,
  "i",
);

const ECHO = /\b(?:echo|ping)\b.*?\b(request|reply|response)\b|\b(?:echo|ping)\b/i;
const ECHO_ID = /\bid\s*=?\s*(0x[0-9a-f]+|\d+)/i;
const ECHO_SEQUENCE = /\bseq\s*=?\s*(\d+)/i;
const HOPS = /\b(?:ttl|hop limit)\s*=\s*(\d+)/i;

type Coded = readonly (readonly [RegExp, number, number])[];

/** What errors are called, with type and code (RFC 792, RFC 1812). */
const ICMP_ERRORS: Coded = [
  [/\bport\b.*unreachable|unreachable.*\bport\b/i, IcmpType.DESTINATION_UNREACHABLE, 3],
  [/\bprotocol\b.*unreachable|unreachable.*\bprotocol\b/i, IcmpType.DESTINATION_UNREACHABLE, 2],
  [/fragmentation needed/i, IcmpType.DESTINATION_UNREACHABLE, 4],
  [/communication administratively|administratively filtered/i, IcmpType.DESTINATION_UNREACHABLE, 13],
  [/host administratively/i, IcmpType.DESTINATION_UNREACHABLE, 10],
  [/network administratively/i, IcmpType.DESTINATION_UNREACHABLE, 9],
  [/\bhost\b.*unreachable|unreachable.*\bhost\b/i, IcmpType.DESTINATION_UNREACHABLE, 1],
  [/\bnet(?:work)?\b.*unreachable|unreachable.*\bnet(?:work)?\b/i, IcmpType.DESTINATION_UNREACHABLE, 0],
  [/reassembly time exceeded/i, IcmpType.TIME_EXCEEDED, 1],
  [/time[ -]to[ -]live exceeded|ttl (?:exceeded|expired)|time exceeded/i, IcmpType.TIME_EXCEEDED, 0],
  [/redirect for host/i, IcmpType.REDIRECT, 1],
  [/redirect for network/i, IcmpType.REDIRECT, 0],
];
/** The same for IPv6 (RFC 4443, section 3). */
const ICMPV6_ERRORS: Coded = [
  [/port unreachable/i, Icmpv6Type.DESTINATION_UNREACHABLE, 4],
  [/address unreachable/i, Icmpv6Type.DESTINATION_UNREACHABLE, 3],
  [/administratively prohibited/i, Icmpv6Type.DESTINATION_UNREACHABLE, 1],
  [/no route to destination/i, Icmpv6Type.DESTINATION_UNREACHABLE, 0],
  [/packet too big/i, Icmpv6Type.PACKET_TOO_BIG, 0],
  [/fragment reassembly time/i, Icmpv6Type.TIME_EXCEEDED, 1],
  [/(?:time|hop limit) exceeded/i, Icmpv6Type.TIME_EXCEEDED, 0],
];

const IPV4_AND_ICMP = 28;
const IPV6_AND_ICMP = 48;
/** What Linux sends when nobody says otherwise. */
const ECHO_DATA = 56;
/** An IP header and eight bytes. */
const IPV4_QUOTE = 28;
const IPV6_QUOTE = 48;
/** Neighbour discovery must not have passed a router (RFC 4861, section 7.1). */
const FRESH_HOP_LIMIT = 255;
const LINK_MTU = 1280;
const MOST_REMEMBERED = 4096;

/** Of a router advertisement, behind the 8 bytes that all have, and of an option with an address or an MTU (RFC 4861, section 4). */
const ADVERTISEMENT_BODY = 8;
const SHORT_OPTION = 8;
const USUAL_HOP_LIMIT = 64;
const ETHERNET_MTU = 1500;

export class LoneRows {
  /** Of echoes without numbers: how many a pair has exchanged. */
  readonly #echoes = new Map<string, number>();
  /** Who asked for an address last. */
  readonly #askers = new Map<string, Ipv4Address>();

  /** @returns undefined where the words are too few */
  read(kind: "arp" | "icmp" | "icmpv6", words: LoneWords): LonePacket | undefined {
    switch (kind) {
      case "arp":
        return this.#arp(words);
      case "icmp":
        return tryParseIpv6(words.source) === undefined ? this.#icmp(words) : this.#icmpv6(words);
      case "icmpv6":
        return tryParseIpv4(words.source) === undefined ? this.#icmpv6(words) : undefined;
    }
  }

  #arp(words: LoneWords): ListedArp | undefined {
    const { info } = words;
    const sourceMac = words.sourceMac ?? macOf(words.source);
    const ends: ArpEnds = {
      common: { kind: "arp", frameLength: words.frameLength, sourceMac, senderMac: sourceMac },
      given: words.destinationMac ?? macOf(words.destination),
    };
    const self = ABOUT_ITSELF.exec(info);
    if (self !== null) return aboutItself(self, ends);
    const asked = WHO_HAS.exec(info);
    if (asked !== null) return this.#request(asked, words, ends);
    const answer = IS_AT.exec(info);
    return answer === null ? undefined : this.#reply(answer, words, ends);
  }

  #request(asked: RegExpExecArray, { info, source }: LoneWords, { common, given }: ArpEnds): ListedArp | undefined {
    const targetIp = tryParseIpv4(asked[1]!);
    if (targetIp === undefined) return undefined;
    const senderIp = /\(ARP Probe\)/i.test(info) ? 0 : tryParseIpv4(asked[2] ?? source);
    if (senderIp !== undefined) remember(this.#askers, asked[1]!, senderIp);
    const destinationMac = given ?? BROADCAST_MAC;
    return { ...common, opcode: ArpOpcode.REQUEST, senderIp, targetIp, targetMac: 0, destinationMac };
  }

  #reply(answer: RegExpExecArray, { destination }: LoneWords, { common, given }: ArpEnds): ListedArp | undefined {
    const senderIp = tryParseIpv4(answer[1]!);
    if (senderIp === undefined) return undefined;
    const senderMac = macOf(answer[2]!);
    return {
      ...common,
      opcode: ArpOpcode.REPLY,
      senderIp,
      senderMac,
      targetIp: tryParseIpv4(destination) ?? this.#askers.get(answer[1]!),
      targetMac: given,
      sourceMac: common.sourceMac ?? senderMac,
      destinationMac: given,
    };
  }

  #icmp(words: LoneWords): ListedIcmp | undefined {
    const { info, packetLength } = words;
    const dataLength = packetLength === undefined ? undefined : Math.max(0, packetLength - IPV4_AND_ICMP);
    const common = { kind: "icmp" as const, ...placeOf(words) };
    const error = ICMP_ERRORS.find(([pattern]) => pattern.test(info));
    if (error !== undefined) {
      const [, type, code] = error;
      return { ...common, type, code, dataLength: dataLength ?? IPV4_QUOTE, quotes: true };
    }
    const echo = this.#echo(words);
    if (echo === undefined) return undefined;
    const type = echo.isReply ? IcmpType.ECHO_REPLY : IcmpType.ECHO_REQUEST;
    const numbers = { identifier: echo.id, sequenceNumber: echo.sequence };
    return { ...common, type, code: 0, ...numbers, dataLength: dataLength ?? ECHO_DATA, quotes: false };
  }

  #icmpv6(words: LoneWords): ListedIcmpv6 | undefined {
    const { info, packetLength } = words;
    const rest = packetLength === undefined ? undefined : Math.max(0, packetLength - IPV6_AND_ICMP);
    const common = { kind: "icmpv6" as const, code: 0, quotes: false, ...placeOf(words) };
    const discovery = discoveryOf(info, packetLength);
    if (discovery !== undefined) return { ...common, ...discovery, dataLength: 0, timeToLive: FRESH_HOP_LIMIT };
    const error = ICMPV6_ERRORS.find(([pattern]) => pattern.test(info));
    if (error !== undefined) {
      const [, type, code] = error;
      const fields = type === Icmpv6Type.PACKET_TOO_BIG ? { mtu: LINK_MTU } : {};
      return { ...common, type, code, fields, dataLength: rest ?? IPV6_QUOTE, quotes: true };
    }
    const echo = this.#echo(words);
    if (echo === undefined) return undefined;
    const type = echo.isReply ? Icmpv6Type.ECHO_REPLY : Icmpv6Type.ECHO_REQUEST;
    const fields = { identifier: echo.id, sequenceNumber: echo.sequence };
    return { ...common, type, fields, dataLength: rest ?? ECHO_DATA };
  }

  /** A reply without numbers of its own answers the latest request. */
  #echo({ info, source, destination }: LoneWords): { isReply: boolean; id: number; sequence: number } | undefined {
    const match = ECHO.exec(info);
    if (match === null) return undefined;
    const isReply = /reply|response/i.test(match[1] ?? "");
    const pair = isReply ? `${destination} ${source}` : `${source} ${destination}`;
    const counted = this.#echoes.get(pair) ?? 0;
    const told = ECHO_SEQUENCE.exec(info)?.[1];
    const sequence = told === undefined ? Math.max(1, isReply ? counted : counted + 1) : Number(told);
    if (!isReply) remember(this.#echoes, pair, sequence);
    return { isReply, id: Number(ECHO_ID.exec(info)?.[1] ?? 1) & 0xffff, sequence: sequence & 0xffff };
  }
}

interface ArpEnds {
  readonly common: Pick<ListedArp, "kind" | "frameLength" | "sourceMac" | "senderMac">;
  /** The destination's hardware address. */
  readonly given: MacAddress | undefined;
}

/** Gratuitous ARP, and the announcement, which leaves the target's hardware address open (RFC 5227, section 1.1). */
function aboutItself(self: RegExpExecArray, { common, given }: ArpEnds): ListedArp | undefined {
  const address = tryParseIpv4(self[1]!);
  if (address === undefined) return undefined;
  return {
    ...common,
    opcode: self[2]?.toLowerCase() === "reply" ? ArpOpcode.REPLY : ArpOpcode.REQUEST,
    senderIp: address,
    targetIp: address,
    targetMac: /announcement/i.test(self[0]) ? 0 : BROADCAST_MAC,
    destinationMac: given ?? BROADCAST_MAC,
  };
}

function placeOf({ info, source, destination, sourceMac, destinationMac, timeToLive, frameLength }: LoneWords) {
  const hops = HOPS.exec(info)?.[1];
  const told = hops === undefined ? timeToLive : Number(hops);
  return {
    frameLength,
    sourceMac: sourceMac ?? macOf(source),
    destinationMac: destinationMac ?? groupMacOf(destination),
    timeToLive: told !== undefined && told >= 1 && told <= 255 ? told : undefined,
  };
}

/** Neighbour discovery (RFC 4861, section 4). */
function discoveryOf(info: string, packetLength = 0): Pick<ListedIcmpv6, "type" | "fields"> | undefined {
  const match = /(Neighbor|Neighbour|Router) (Solicitation|Advertisement)/i.exec(info);
  if (match === null) return undefined;
  const isSolicitation = /solicitation/i.test(match[2]!);
  const address = macOf(/(?:from|is at)\s+(\S+)/i.exec(info)?.[1] ?? "");
  const source: NeighborOption[] = address === undefined ? [] : [{ kind: "sourceLinkLayerAddress", address }];
  if (/router/i.test(match[1]!)) {
    if (isSolicitation) return { type: Icmpv6Type.ROUTER_SOLICITATION, fields: { options: source } };
    // What else the router has announced, the list does not say; the link's MTU is the least of it.
    const room = packetLength - IPV6_AND_ICMP - ADVERTISEMENT_BODY - source.length * SHORT_OPTION;
    const mtu: NeighborOption[] = room >= SHORT_OPTION ? [{ kind: "mtu", mtu: ETHERNET_MTU }] : [];
    return {
      type: Icmpv6Type.ROUTER_ADVERTISEMENT,
      fields: { curHopLimit: USUAL_HOP_LIMIT, options: [...source, ...mtu] },
    };
  }
  const targetAddress = info
    .split(/\s+/)
    .map((word) => tryParseIpv6(word))
    .find((found) => found !== undefined);
  if (targetAddress === undefined) return undefined;
  if (isSolicitation) return { type: Icmpv6Type.NEIGHBOR_SOLICITATION, fields: { targetAddress, options: source } };
  const said = /\(([^)]*)\)/.exec(info)?.[1] ?? "";
  const flag = (name: string, bit: number) => (said.includes(name) ? bit : 0);
  const { ROUTER, SOLICITED, OVERRIDE } = NeighborFlag;
  const neighborFlags = flag("rtr", ROUTER) + flag("sol", SOLICITED) + flag("ovr", OVERRIDE);
  const options: NeighborOption[] = address === undefined ? [] : [{ kind: "targetLinkLayerAddress", address }];
  return { type: Icmpv6Type.NEIGHBOR_ADVERTISEMENT, fields: { neighborFlags, targetAddress, options } };
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= MOST_REMEMBERED && !map.has(key)) map.clear();
  map.set(key, value);
}
