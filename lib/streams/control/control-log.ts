/**
 * What control messages say that belong to no conversation: ICMP, ARP and neighbour discovery. Every table has a limit, and
 * counts what it had no room for.
 */

import type { PacketPlace } from "../../core/time.ts";
import type { PacketOutline } from "../../dissect/outline.ts";
import { viewOf } from "../../dissect/packet-bounds.ts";
import type { MacAddress } from "../../headers/address.ts";
import { IpProtocol } from "../../headers/assigned-numbers.ts";
import { IcmpType, Icmpv6Type } from "../../headers/control-types.ts";
import { ETHERNET_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { ICMP_HEADER_LENGTH } from "../../headers/icmp.ts";
import { ChecksumStatus, LayerKind } from "../../headers/layer.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { StreamTracker } from "../stream-tracker.ts";
import type { Selectable } from "./bounded.ts";
import { type EchoExchange, EchoLog } from "./echoes.ts";
import { ErrorLog, type IcmpError, isError, RecentPackets } from "./icmp-errors.ts";
import { type IcmpPacket, readIcmp, timeToLiveOf } from "./icmp-packet.ts";
import { type NeighbourAddress, NeighbourLog, type NeighbourQuestion } from "./neighbours.ts";
import { LAST_HOP, type Route, RouteLog } from "./routes.ts";

/** What ICMP, ARP and neighbour discovery say in a capture. */
export interface ControlMessages {
  /** Runs of echo requests with their answers. */
  readonly echoes: readonly EchoExchange[];
  /** What traceroutes found. */
  readonly routes: readonly Route[];
  /** Errors and redirects of ICMP. */
  readonly errors: readonly IcmpError[];
  /** ICMP messages of other types: how many there are of each. */
  readonly others: readonly OtherMessages[];
  /** Who asked for the hardware address of whom. */
  readonly questions: readonly NeighbourQuestion[];
  /** Addresses, and who said that they are his. */
  readonly addresses: readonly NeighbourAddress[];
  /** Messages that there was no room for in a table. */
  readonly left: number;
}

/** Messages of one type of ICMP that nothing else here is about. */
export interface OtherMessages extends Selectable {
  /** 4 for ICMP, 6 for ICMPv6. */
  readonly version: 4 | 6;
  /** The type, 0 to 255. */
  readonly type: number;
  /** How many there are. */
  count: number;
  /** Frame of the first of them. */
  readonly firstFrame: number;
}

const { SYN, ACK, RST } = TcpFlag;

export class ControlLog {
  readonly #echoes = new EchoLog();
  readonly #errors = new ErrorLog();
  readonly #routes = new RouteLog();
  readonly #neighbours = new NeighbourLog();
  readonly #recent = new RecentPackets();
  readonly #others = new Map<string, OtherMessages>();
  /** What the packet added last is part of. */
  #touched: readonly (Selectable | undefined)[] = NOTHING;

  /** Takes the next packet, which the tracker has seen already. */
  add(o: PacketOutline, place: PacketPlace, tracker: StreamTracker): void {
    this.#touched = NOTHING;
    const { transport } = o;
    if (transport === LayerKind.TCP) {
      if ((o.flags & (SYN | RST)) !== 0 && o.isInStream) this.#addSegment(o, place);
    } else if (transport === LayerKind.UDP) {
      if (!o.isInStream) return;
      this.#recent.note(o, place.number, true);
      if (timeToLiveOf(o) <= LAST_HOP) this.#touched = [this.#routes.probe(o, "UDP", place.number, place)];
    } else if (transport !== 0) this.#addIcmp(o, place, tracker);
    else if (o.layerCount > 0 && o.kinds[o.layerCount - 1] === LayerKind.ARP) this.#addArp(o, place.number);
  }

  /** The packet added last is one that the report is about. */
  select(): void {
    for (const entry of this.#touched) if (entry !== undefined) entry.isSelected = true;
  }

  finish(): ControlMessages {
    const routes = this.#routes.finish();
    return {
      echoes: this.#echoes.finish(),
      routes,
      errors: this.#errors.finish(),
      others: [...this.#others.values()].filter(({ isSelected }) => isSelected),
      ...this.#neighbours.finish(),
      left: this.#echoes.refused + this.#errors.refused + this.#neighbours.refused,
    };
  }

  #addSegment(o: PacketOutline, place: PacketPlace): void {
    const { number } = place;
    if ((o.flags & (SYN | ACK)) === SYN) {
      this.#recent.note(o, number, false);
      if (timeToLiveOf(o) <= LAST_HOP) this.#touched = [this.#routes.probe(o, "TCP", number, place)];
    } else if (this.#routes.hasTcp) {
      this.#touched = [this.#routes.segment(o, (o.flags & RST) !== 0, number, place)];
    }
  }

  #addIcmp(o: PacketOutline, place: PacketPlace, tracker: StreamTracker): void {
    // What was damaged on its way says nothing.
    if (o.icmpChecksum === ChecksumStatus.BAD) return;
    const packet = readIcmp(o, place.number, place, tracker.quotedStreams[0]);
    if (packet === undefined) return;
    const { version, type } = packet;
    if (type === (version === 4 ? IcmpType.ECHO_REQUEST : Icmpv6Type.ECHO_REQUEST)) {
      this.#recent.note(o, place.number, false);
      const isShort = packet.timeToLive <= LAST_HOP && o.headerLength >= ICMP_HEADER_LENGTH;
      const route = isShort ? this.#routes.probe(o, "ICMP", place.number, place) : undefined;
      this.#touched = [this.#echoes.request(packet), route];
    } else if (type === (version === 4 ? IcmpType.ECHO_REPLY : Icmpv6Type.ECHO_REPLY)) {
      this.#touched = [this.#echoes.answer(packet), this.#routes.echoReply(packet)];
    } else if (isError(packet)) {
      const error = this.#errors.add(packet, this.#recent);
      const { quoted } = packet;
      const echo = quoted === undefined || !isIcmp(quoted.protocol) ? undefined : this.#echoes.error(quoted);
      this.#touched = [error, echo, error && this.#routes.error(packet, error)];
    } else if (version === 6 && isDiscovery(type)) {
      this.#touched = this.#neighbours.addDiscovery(o, place.number, networkOf(o), linkMacOf(o));
    } else this.#countOther(packet);
  }

  #addArp(o: PacketOutline, frame: number): void {
    const layer = o.layerCount - 1;
    this.#touched = this.#neighbours.addArp(viewOf(o, layer), o.starts[layer]!, o.ends[layer]!, frame, networkOf(o));
  }

  #countOther({ version, type, frame }: IcmpPacket): void {
    const key = `${version} ${type}`;
    const entry = this.#others.get(key) ?? { version, type, count: 0, firstFrame: frame, isSelected: false };
    this.#others.set(key, entry);
    entry.count++;
    this.#touched = [entry];
  }
}

const NOTHING: readonly undefined[] = [];

function isIcmp(protocol: number): boolean {
  return protocol === IpProtocol.ICMP || protocol === IpProtocol.IPV6_ICMP;
}

function isDiscovery(type: number): boolean {
  return type >= Icmpv6Type.ROUTER_ADVERTISEMENT && type <= Icmpv6Type.NEIGHBOR_ADVERTISEMENT;
}

/** Equal addresses in two VLANs are two addresses. */
function networkOf(o: PacketOutline): string {
  let network = "";
  for (let layer = 0; layer < o.layerCount; layer++) {
    if (o.kinds[layer] === LayerKind.VLAN) network += `${viewOf(o, layer).getUint16(o.starts[layer]!) & 0xfff}.`;
  }
  return network;
}

/** The sender of an Ethernet frame. */
function linkMacOf(o: PacketOutline): MacAddress | undefined {
  if (o.kinds[0] !== LayerKind.ETHERNET || o.ends[0]! - o.starts[0]! < ETHERNET_HEADER_LENGTH) return undefined;
  return o.view.getUint16(o.start + 6) * 2 ** 32 + o.view.getUint32(o.start + 8);
}
