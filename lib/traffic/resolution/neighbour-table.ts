/**
 * How hosts learn the hardware addresses of their neighbours before they send them the first packet: ARP (RFC 826), and
 * neighbour discovery with IPv6 (RFC 4861, section 7.2). Who is asked learns the address of who asks.
 */
import {
  BROADCAST_MAC,
  formatIp,
  formatMac,
  groupMac,
  type Ipv6Address,
  type MacAddress,
} from "../../headers/address.ts";
import { ArpOpcode } from "../../headers/arp.ts";
import { Icmpv6Type, NeighborFlag } from "../../headers/icmpv6.ts";
import { isUnicast } from "../../session/encapsulation/encapsulation-options.ts";
import type { FrameFields } from "../../session/encapsulation/frame-fields.ts";
import { Host } from "../../session/host.ts";
import type { GivenPacket, PacketLayers } from "../../session/packet-writer.ts";
import type { Session } from "../../session/session.ts";

/** ff02::1:ff00:0, and the last three bytes of the address that is asked for (RFC 4291, section 2.7.1). */
const SOLICITED_NODE: Ipv6Address = 0xff02_0000_0000_0000_0000_0001_ff00_0000n;
const SOLICITED_NODE_BITS = 24;
/** Of what has not passed a router (RFC 4861, section 7.1). */
const FRESH_HOP_LIMIT = 255;
/** Solicited, and that it overrides what was known (RFC 4861, section 4.4). */
const ADVERTISEMENT_FLAGS = NeighborFlag.SOLICITED | NeighborFlag.OVERRIDE;
const LOOPBACK_NETWORK = 127;

/** Two hosts of which one is about to send the other something. */
export interface Neighbours {
  readonly from: Host;
  readonly to: Host;
  readonly isFromServer: boolean;
  /** What the frames from the one to the other have. */
  readonly fields?: FrameFields | undefined;
  /** They are the ends of a tunnel, or there is none: the packets are not in it. */
  readonly isOnLink: boolean;
}

interface Acquaintance {
  /** When the first packet between the two is to be expected, as far as is known. */
  expected: number;
  isMade: boolean;
}

export class NeighbourTable {
  readonly #session: Session;
  /** By VLAN, and then by both hosts: either may have been the first. */
  readonly #known = new Map<number, Map<Host, Map<Host, Acquaintance>>>();
  /** Packets that were sent. */
  packets = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** A packet between the two is to be expected at `time`. */
  expect(from: Host, to: Host, fields: FrameFields | undefined, time: number): void {
    const known = this.#find(from, to, fields);
    known.expected = Math.min(known.expected, time);
  }

  /** They know each other by other means. */
  introduce(from: Host, to: Host, fields?: FrameFields): void {
    this.#find(from, to, fields).isMade = true;
  }

  /**
   * Lets the one ask for the hardware address of the other, unless it knows it.
   *
   * @param before when the first packet leaves that needs it
   * @param notBefore when the session has come to
   * @returns when the question is asked, or `before`
   */
  resolve(neighbours: Neighbours, before: number, notBefore: number): number {
    const { from, to, fields } = neighbours;
    if (from === to || !hasNeighbours(from) || !hasNeighbours(to)) return before;
    const known = this.#find(from, to, fields);
    if (known.isMade) return before;
    known.isMade = true;
    const { roundTripTime, reactionTime } = this.#session;
    const first = Math.min(before, Math.max(known.expected, notBefore));
    const asked = first - roundTripTime - reactionTime;
    const answered = asked + (neighbours.isFromServer ? reactionTime : roundTripTime);
    const answer = answerTo(neighbours);
    const ask = from.isIpv4 ? arpRequest : solicitation;
    const tell = from.isIpv4 ? arpReply : advertisement;
    this.#session.sendPacket(asked, packetOf(neighbours, ask(neighbours)));
    this.#session.sendPacket(answered, packetOf(answer, tell(answer)));
    this.packets += 2;
    return asked;
  }

  #find(from: Host, to: Host, fields: FrameFields | undefined): Acquaintance {
    const ofVlan = entry(this.#known, fields?.vlan ?? 0, () => new Map<Host, Map<Host, Acquaintance>>());
    const known = ofVlan.get(to)?.get(from);
    if (known !== undefined) return known;
    const ofHost = entry(ofVlan, from, () => new Map<Host, Acquaintance>());
    return entry(ofHost, to, () => ({ expected: Number.POSITIVE_INFINITY, isMade: false }));
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Groups and the host itself are not asked for, and who has no address yet does not ask. */
function hasNeighbours({ address }: Host): boolean {
  const isLoopback = typeof address === "number" ? address >>> 24 === LOOPBACK_NETWORK : address === 1n;
  return isUnicast(address) && !isLoopback;
}

/** The same two, the other way round. */
function answerTo({ from, to, isFromServer, fields, isOnLink }: Neighbours): Neighbours {
  const { sourceMac, destinationMac, vlan } = fields ?? {};
  return {
    from: to,
    to: from,
    isFromServer: !isFromServer,
    fields: { sourceMac: destinationMac, destinationMac: sourceMac, vlan },
    isOnLink,
  };
}

interface Question {
  readonly layers: PacketLayers;
  readonly destinationMac: MacAddress;
  /** Where it is sent to, where that is not the other host. */
  readonly group?: Host;
  readonly comment: string;
}

function packetOf(neighbours: Neighbours, { layers, destinationMac, group, comment }: Question): GivenPacket {
  const { from, to, isFromServer, fields, isOnLink } = neighbours;
  return {
    from,
    to: group ?? to,
    layers,
    sourceMac: sourceOf(neighbours),
    destinationMac,
    vlan: fields?.vlan,
    timeToLive: FRESH_HOP_LIMIT,
    direction: isFromServer ? "inbound" : "outbound",
    isOnLink,
    comment,
  };
}

const sourceOf = ({ from, fields }: Neighbours): MacAddress => fields?.sourceMac ?? from.mac;
const destinationOf = ({ to, fields }: Neighbours): MacAddress => fields?.destinationMac ?? to.mac;

function arpRequest(neighbours: Neighbours): Question {
  const { from, to } = neighbours;
  return {
    layers: { arp: arpOf(neighbours, ArpOpcode.REQUEST, 0) },
    destinationMac: BROADCAST_MAC,
    comment: `ARP: ${from.name} asks who has ${formatIp(to.address)}`,
  };
}

function arpReply(neighbours: Neighbours): Question {
  return {
    layers: { arp: arpOf(neighbours, ArpOpcode.REPLY, destinationOf(neighbours)) },
    destinationMac: destinationOf(neighbours),
    comment: `ARP: ${formatIp(neighbours.from.address)} is at ${formatMac(sourceOf(neighbours))}`,
  };
}

function arpOf(neighbours: Neighbours, opcode: number, targetMac: MacAddress) {
  const [senderIp, targetIp] = [neighbours.from.address as number, neighbours.to.address as number];
  return { opcode, senderMac: sourceOf(neighbours), senderIp, targetMac, targetIp };
}

/** RFC 4861, section 4.3. */
function solicitation(neighbours: Neighbours): Question {
  const target = neighbours.to.address as Ipv6Address;
  const group = SOLICITED_NODE | BigInt.asUintN(SOLICITED_NODE_BITS, target);
  const mac = groupMac(group)!;
  return {
    layers: {
      icmpv6: {
        type: Icmpv6Type.NEIGHBOR_SOLICITATION,
        targetAddress: target,
        options: [{ kind: "sourceLinkLayerAddress", address: sourceOf(neighbours) }],
      },
    },
    destinationMac: mac,
    group: new Host("solicited-node group", group, mac, 0),
    comment: `neighbour discovery: ${neighbours.from.name} asks who has ${formatIp(target)}`,
  };
}

/** RFC 4861, section 4.4. */
function advertisement(neighbours: Neighbours): Question {
  const target = neighbours.from.address as Ipv6Address;
  const mac = sourceOf(neighbours);
  return {
    layers: {
      icmpv6: {
        type: Icmpv6Type.NEIGHBOR_ADVERTISEMENT,
        neighborFlags: ADVERTISEMENT_FLAGS,
        targetAddress: target,
        options: [{ kind: "targetLinkLayerAddress", address: mac }],
      },
    },
    destinationMac: destinationOf(neighbours),
    comment: `neighbour discovery: ${formatIp(target)} is at ${formatMac(mac)}`,
  };
}
