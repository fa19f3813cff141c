/** What control messages say, read once from the packet that carries them. */

import type { Moment } from "../../core/time.ts";
import { type PacketOutline, readAddress } from "../../dissect/outline.ts";
import type { IpAddress } from "../../headers/address.ts";
import { getIpv6 } from "../../headers/address.ts";
import { IpProtocol } from "../../headers/assigned-numbers.ts";
import { IcmpType, Icmpv6Type } from "../../headers/control-types.ts";
import { ICMP_HEADER_LENGTH, icmpOffsets } from "../../headers/icmp.ts";
import { ipv4Offsets } from "../../headers/ipv4.ts";
import { ipv6Offsets } from "../../headers/ipv6.ts";
import { LayerKind } from "../../headers/layer.ts";
import { writable } from "../../headers/plain-values.ts";
import { tcpOffsets } from "../../headers/tcp.ts";
import { udpOffsets } from "../../headers/udp.ts";
import type { TcpStream, UdpStream } from "../tcp-stream.ts";

export interface IcmpPacket {
  readonly frame: number;
  readonly moment: Moment;
  readonly version: 4 | 6;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Time to live or hop limit. */
  readonly timeToLive: number;
  readonly type: number;
  readonly code: number;
  /** Of echo messages; of others, the two halves of what stands in their place. */
  readonly identifier: number;
  readonly sequence: number;
  readonly quoted: QuotedPacket | undefined;
  /** Of a redirect: the router to use instead, and for whom. */
  readonly gateway: IpAddress | undefined;
  readonly redirected: IpAddress | undefined;
}

/** The packet that an error is about, as far as it is quoted. */
export interface QuotedPacket {
  /** Version of its IP header. */
  readonly version: 4 | 6;
  /** Who sent it. */
  readonly source: IpAddress;
  /** Who it was for. */
  readonly destination: IpAddress;
  /** IP protocol number. */
  readonly protocol: number;
  /** Of IPv4, else 0. */
  readonly identification: number;
  /** Of TCP and UDP. */
  readonly sourcePort: number | undefined;
  /** Of TCP and UDP, 0 to 65535. */
  readonly destinationPort: number | undefined;
  /** Sequence number of TCP as it stands there; of ICMP, identifier and sequence number in one. */
  readonly number: number | undefined;
  /** The conversation that it belongs to. */
  readonly stream: TcpStream | UdpStream | undefined;
}

/** With the router and the destination. */
const REDIRECT_LENGTH = 40;

/** @returns undefined for a message too short to say anything */
export function readIcmp(
  o: PacketOutline,
  frame: number,
  moment: Moment,
  stream: TcpStream | UdpStream | undefined,
): IcmpPacket | undefined {
  const { transportView: view, transportAt: at } = o;
  const { source, destination } = o;
  if (o.headerLength < ICMP_HEADER_LENGTH || source === undefined || destination === undefined) return undefined;
  const version = o.ipVersion === 6 ? 6 : 4;
  const type = view.getUint8(at);
  const quoted = o.quotedLayer < o.layerCount ? readQuoted(o, stream) : undefined;
  return {
    frame,
    moment,
    version,
    source,
    destination,
    timeToLive: timeToLiveOf(o),
    type,
    code: view.getUint8(at + icmpOffsets.code),
    identifier: view.getUint16(at + icmpOffsets.identifier),
    sequence: view.getUint16(at + icmpOffsets.sequenceNumber + 2),
    quoted,
    ...redirectOf(o, version, type, quoted),
  };
}

function redirectOf(o: PacketOutline, version: 4 | 6, type: number, quoted: QuotedPacket | undefined) {
  const { transportView: view, transportAt: at } = o;
  if (version === 4 && type === IcmpType.REDIRECT)
    return { gateway: view.getUint32(at + icmpOffsets.gateway), redirected: quoted?.destination };
  const isLong = o.payloadEnd - at >= REDIRECT_LENGTH;
  if (version === 4 || type !== Icmpv6Type.REDIRECT || !isLong) return { gateway: undefined, redirected: undefined };
  return { gateway: getIpv6(view, at + 8), redirected: getIpv6(view, at + 24) };
}

export function timeToLiveOf(o: PacketOutline): number {
  return o.ipView.getUint8(o.ipAt + (o.ipVersion === 4 ? 8 : 7));
}

const PROTOCOLS: ReadonlyMap<number, number> = new Map([
  [LayerKind.TCP, IpProtocol.TCP],
  [LayerKind.UDP, IpProtocol.UDP],
  [LayerKind.ICMP, IpProtocol.ICMP],
  [LayerKind.ICMPV6, IpProtocol.IPV6_ICMP],
]);

function readQuoted(o: PacketOutline, stream: TcpStream | UdpStream | undefined): QuotedPacket {
  const { transportView: view } = o;
  const ipAt = o.starts[o.quotedLayer]!;
  const version = o.kinds[o.quotedLayer] === LayerKind.IPV6 ? 6 : 4;
  const next = o.quotedLayer + 1;
  const { sourceAt, destinationAt } = endsOfQuoted(o, version);
  const kind = next < o.layerCount ? o.kinds[next]! : 0;
  const at = o.starts[next]!;
  const length = next < o.layerCount ? o.ends[next]! - at : 0;
  const hasPorts = (kind === LayerKind.TCP || kind === LayerKind.UDP) && length >= 4;
  const isNumbered = kind !== LayerKind.UDP && kind !== 0 && length >= ICMP_HEADER_LENGTH;
  const quoted: QuotedPacket = {
    version,
    source: readAddress(view, sourceAt, version),
    destination: readAddress(view, destinationAt, version),
    protocol: PROTOCOLS.get(kind) ?? view.getUint8(ipAt + (version === 4 ? 9 : 6)),
    identification: version === 4 ? view.getUint16(ipAt + ipv4Offsets.identification) : 0,
    sourcePort: hasPorts ? view.getUint16(at) : undefined,
    destinationPort: hasPorts ? view.getUint16(at + udpOffsets.destinationPort) : undefined,
    number: isNumbered ? view.getUint32(at + tcpOffsets.sequenceNumber) : undefined,
    stream,
  };
  return writable(quoted, { source: "ip", destination: "ip" });
}

/** Where the addresses of the outermost quoted packet stand: it is the one that the error is about. */
function endsOfQuoted(o: PacketOutline, version: 4 | 6): { sourceAt: number; destinationAt: number } {
  const isTunnel = o.kinds.subarray(o.quotedLayer + 1, o.layerCount).some((kind) => IP_KINDS.has(kind));
  if (!isTunnel) return { sourceAt: o.quotedSourceAt, destinationAt: o.quotedDestinationAt };
  const at = o.starts[o.quotedLayer]!;
  const { source, destination } = version === 4 ? ipv4Offsets : ipv6Offsets;
  return { sourceAt: at + source, destinationAt: at + destination };
}

const IP_KINDS: ReadonlySet<number> = new Set([LayerKind.IPV4, LayerKind.IPV6]);
