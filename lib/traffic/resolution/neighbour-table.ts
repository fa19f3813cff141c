/**
 * How hosts learn the hardware addresses of their neighbours before they send them the first packet: ARP (RFC 826), and
 * neighbour discovery with IPv6 (RFC 4861, section 7.2). Who is asked learns the address of who asks.
 */
import { entryOf } from "../../core/maps.ts";
import {
  BROADCAST_MAC,
  formatIp,
  formatMac,
  groupMac,
  type Ipv6Address,
  type MacAddress,
} from "../../headers/address.ts";
import { ArpOpcode, Icmpv6Type, NeighborFlag } from "../../headers/control-types.ts";
import { isUnicast } from "../../session/encapsulation/encapsulation-limits.ts";
import type { FrameFields } from "../../session/encapsulation/frame-fields.ts";
import { Host } from "../../session/host.ts";
import type { GivenPacket, PacketLayers } from "../../session/packet-writer.ts";
import type { Session } from "../../session/session.ts";
import { FirstNeeds, Need } from "./first-needs.ts";

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
}

/** Two that know each other, or are to when the first packet between them leaves, for those who send it. */
class Acquaintance extends Need<Neighbours> {
  isMade = false;
}

/** Neighbours on one network: the link of the capture, or what a tunnel carries. */
export class NeighbourTable {
  readonly #session: Session;
  readonly #isOnLink: boolean;
  /** By VLAN, and then by both hosts: either may have been the first. */
  readonly #known = new Map<number, Map<Host, Map<Host, Acquaintance>>>();
  readonly #needs = new FirstNeeds<Neighbours, Acquaintance>();
  /** Packets that were sent. */
  packets = 0;

  /** @param isOnLink whether what is asked here is asked on the link itself, and in no tunnel */
  constructor(session: Session, isOnLink: boolean) {
    this.#session = session;
    this.#isOnLink = isOnLink;
  }

  /** They know each other by other means. */
  introduce(from: Host, to: Host, fields?: FrameFields): void {
    const known = this.#find(from, to, fields);
    if (known.why === undefined) known.isMade = true;
  }

  /**
   * A packet leaves at `time`, and needs the hardware address.
   *
   * @returns whether this packet is the first that does, as far as is known
   */
  need(neighbours: Neighbours, time: number): boolean {
    const { from, to, fields } = neighbours;
    if (from === to || !hasNeighbours(from) || !hasNeighbours(to)) return false;
    const known = this.#find(from, to, fields);
    return !known.isMade && this.#needs.add(known, neighbours, time);
  }

  /**
   * Asks for all that is needed before `until`, given that nothing needed before that will be asked for any more.
   *
   * @param asked told of each question: when it leaves, and what its frame has
   */
  settle(until: number, asked: (time: number, fields: FrameFields | undefined) => void): void {
    this.#needs.settle(until, (known, neighbours, time) => {
      known.isMade = true;
      asked(this.#ask(neighbours, time), neighbours.fields);
    });
  }

  /** @param before when the packet leaves that needs the answer @returns when the question leaves */
  #ask(neighbours: Neighbours, before: number): number {
    const { roundTripTime, reactionTime } = this.#session;
    const time = before - roundTripTime - reactionTime;
    // Without a round trip, the server's packet would leave when the answer does.
    const answered = neighbours.isFromServer ? Math.min(time + reactionTime, before - 1) : time + roundTripTime;
    const answer = answerTo(neighbours);
    const ask = neighbours.from.isIpv4 ? arpRequest : solicitation;
    const tell = neighbours.from.isIpv4 ? arpReply : advertisement;
    this.#session.sendPacket(time, packetOf(neighbours, ask(neighbours), this.#isOnLink));
    this.#session.sendPacket(answered, packetOf(answer, tell(answer), this.#isOnLink));
    this.packets += 2;
    return time;
  }

  #find(from: Host, to: Host, fields: FrameFields | undefined): Acquaintance {
    // In a tunnel, the tags are those of what is around it.
    const vlan = this.#isOnLink ? (fields?.vlan ?? 0) : 0;
    const ofVlan = entryOf(this.#known, vlan, () => new Map<Host, Map<Host, Acquaintance>>());
    const known = ofVlan.get(to)?.get(from);
    if (known !== undefined) return known;
    const ofHost = entryOf(ofVlan, from, () => new Map<Host, Acquaintance>());
    return entryOf(ofHost, to, () => new Acquaintance());
  }
}

/** Groups and the host itself are not asked for, and who has no address yet does not ask. */
function hasNeighbours({ address }: Host): boolean {
  const isLoopback = typeof address === "number" ? address >>> 24 === LOOPBACK_NETWORK : address === 1n;
  return isUnicast(address) && !isLoopback;
}

/** The same two, the other way round. */
function answerTo({ from, to, isFromServer, fields }: Neighbours): Neighbours {
  const { sourceMac, destinationMac, vlan } = fields ?? {};
  return {
    from: to,
    to: from,
    isFromServer: !isFromServer,
    fields: { sourceMac: destinationMac, destinationMac: sourceMac, vlan },
  };
}

interface Question {
  readonly layers: PacketLayers;
  readonly destinationMac: MacAddress;
  /** Where it is sent to, where that is not the other host. */
  readonly group?: Host;
  readonly comment: string;
}

function packetOf(neighbours: Neighbours, question: Question, isOnLink: boolean): GivenPacket {
  const { from, to, isFromServer, fields } = neighbours;
  const { layers, destinationMac, group, comment } = question;
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
