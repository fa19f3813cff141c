/** What the addresses of an IP packet add to the checksums of what it carries: those that it goes between in the end. */
import { sumBytes } from "../core/checksum.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { endOfRoutingHeader, homeAddress } from "../headers/final-addresses.ts";
import { IPV4_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { endOfSourceRoute } from "../headers/ipv4-options.ts";
import { ipv6Offsets } from "../headers/ipv6.ts";
import { LayerKind } from "../headers/layer.ts";

const IPV6_ADDRESS_LENGTH = 16;

export function isIp(kind: number): boolean {
  return kind === LayerKind.IPV4 || kind === LayerKind.IPV6;
}

function isOptions(kind: number): boolean {
  return kind === LayerKind.HOP_BY_HOP || kind === LayerKind.DESTINATION_OPTIONS;
}

/** Whether other addresses than those of the header can count: a route, or that of a mobile node's home. */
export function canGoElsewhere({ kinds, starts, ends, layerCount }: PacketOutline, layer: number): boolean {
  if (kinds[layer] === LayerKind.IPV4) return ends[layer]! - starts[layer]! > IPV4_HEADER_LENGTH;
  for (let next = layer + 1; next < layerCount && !isIp(kinds[next]!); next++) {
    if (kinds[next] === LayerKind.ROUTING || isOptions(kinds[next]!)) return true;
  }
  return false;
}

/**
 * The sum of both addresses, in the packet as it was or as it was edited.
 *
 * @param layer index of an IP header that is there as a whole
 * @param bytes,view the memory of one of them
 * @param shift how far the packet lies behind the place that the outline knows
 */
export function finalAddressSum(
  outline: PacketOutline,
  layer: number,
  bytes: Uint8Array,
  view: DataView,
  shift: number,
): number {
  const start = outline.starts[layer]! + shift;
  if (outline.kinds[layer] === LayerKind.IPV4) {
    const route = endOfSourceRoute(bytes, start + IPV4_HEADER_LENGTH, outline.ends[layer]! + shift);
    const source = sumBytes(view, start + ipv4Offsets.source, start + ipv4Offsets.destination);
    const at = route || start + ipv4Offsets.destination;
    return sumBytes(view, at, at + 4, source);
  }
  const [source, destination] = finalIpv6Addresses(outline, layer, bytes, shift);
  return sumOf(source) + sumOf(destination);
}

function finalIpv6Addresses(
  { kinds, starts, ends, layerCount }: PacketOutline,
  layer: number,
  bytes: Uint8Array,
  shift: number,
): [source: Uint8Array, destination: Uint8Array] {
  const at = (offset: number) => {
    const from = starts[layer]! + shift + offset;
    return bytes.subarray(from, from + IPV6_ADDRESS_LENGTH);
  };
  let [source, destination] = [at(ipv6Offsets.source), at(ipv6Offsets.destination)];
  for (let next = layer + 1; next < layerCount && !isIp(kinds[next]!); next++) {
    const [start, length] = [starts[next]! + shift, ends[next]! - starts[next]!];
    if (kinds[next] === LayerKind.ROUTING) {
      // The addresses of the header itself are those that a compressed route is about.
      destination = endOfRoutingHeader(bytes, start, length, at(ipv6Offsets.destination)) ?? destination;
    } else if (isOptions(kinds[next]!)) {
      source = homeAddress(bytes, start, length) ?? source;
    }
  }
  return [source, destination];
}

function sumOf(address: Uint8Array): number {
  return sumBytes(new DataView(address.buffer, address.byteOffset, address.length), 0, address.length);
}
