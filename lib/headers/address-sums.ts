/**
 * What the addresses of an IP header add to the sums of what it carries: those where the packet comes from and goes to in the end
 * (RFC 791, section 3.1; RFC 8200, section 8.1). The fixed part of either header ends with source and destination.
 */
import { viewOf } from "../core/bytes.ts";
import { sumBytes } from "../core/checksum.ts";
import { type AddressSum, endOfRoutingHeader, homeAddress } from "./final-addresses.ts";
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH } from "./header-lengths.ts";
import { endOfSourceRoute } from "./ipv4-options.ts";

const IPV4_ADDRESS_LENGTH = 4;
const IPV6_ADDRESS_LENGTH = 16;
const ROUTING = "ipv6.routing";
const DESTINATION_OPTIONS = "ipv6.dstopts";

export const ipv4AddressSum: AddressSum = (bytes, at) => {
  const view = viewOf(bytes);
  const next = at + (bytes[at]! & 0xf) * 4;
  const start = at + IPV4_HEADER_LENGTH;
  const destination = start - IPV4_ADDRESS_LENGTH;
  const source = destination - IPV4_ADDRESS_LENGTH;
  if (next <= start) return sumBytes(view, source, start);
  const stop = endOfSourceRoute(bytes, start, next) || destination;
  return sumBytes(view, stop, stop + IPV4_ADDRESS_LENGTH, sumBytes(view, source, destination));
};

export const ipv6AddressSum: AddressSum = (bytes, headerAt, stack, network, index) => {
  const next = headerAt + IPV6_HEADER_LENGTH;
  const destinationAt = next - IPV6_ADDRESS_LENGTH;
  const sourceAt = destinationAt - IPV6_ADDRESS_LENGTH;
  if (index === network + 1) return sumBytes(viewOf(bytes), sourceAt, next);
  let source = bytes.subarray(sourceAt, destinationAt);
  let destination = bytes.subarray(destinationAt, next);
  for (let between = network + 1, at = next; between < index; between++) {
    const { header, length } = stack[between]!;
    if (header.name === ROUTING) destination = endOfRoutingHeader(bytes, at, length, destination) ?? destination;
    else if (header.name === DESTINATION_OPTIONS) source = homeAddress(bytes, at, length) ?? source;
    at += length;
  }
  return sumOf(source) + sumOf(destination);
};

function sumOf(address: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < address.length; at += 2) sum += (address[at]! << 8) | address[at + 1]!;
  return sum;
}
