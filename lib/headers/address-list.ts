/** Lists of addresses that a header ends with. */
import { viewOf } from "../core/bytes.ts";
import { badField } from "../core/errors.ts";
import { getIpv6, type Ipv4Address, type Ipv6Address, tryParseIpv4 } from "./address.ts";
import type { TailCodec } from "./fields.ts";
import { OptionData } from "./option-kinds.ts";

const IPV4_LENGTH = 4;
const IPV6_LENGTH = 16;

/** An IPv4 address, or the text of one. @throws PacketError BAD_FIELD for anything else */
export function ipv4Of(value: Ipv4Address | string, layer: string, at: number): Ipv4Address {
  const address = typeof value === "string" ? tryParseIpv4(value) : value;
  if (address !== undefined && address >>> 0 === address) return address;
  throw badField(layer, at, `${String(value)} is not an IPv4 address such as 10.0.0.1`);
}

/** As many IPv4 addresses as there is room for. */
export function ipv4List(layer: string): TailCodec<readonly (Ipv4Address | string)[], readonly Ipv4Address[]> {
  return {
    byteLength: (addresses) => addresses.length * IPV4_LENGTH,
    encode: (addresses, bytes, at) => {
      const data = new OptionData(bytes, layer);
      for (const [index, address] of addresses.entries()) data.setIpv4(at + index * IPV4_LENGTH, address, "an address");
    },
    decode: (bytes, at, end) => {
      const view = viewOf(bytes);
      const count = Math.floor((end - at) / IPV4_LENGTH);
      return Array.from({ length: count }, (_, index) => view.getUint32(at + index * IPV4_LENGTH));
    },
  };
}

/** As many IPv6 addresses as there is room for. */
export function ipv6List(layer: string): TailCodec<readonly (Ipv6Address | string)[], readonly Ipv6Address[]> {
  return {
    byteLength: (addresses) => addresses.length * IPV6_LENGTH,
    encode: (addresses, bytes, at) => {
      const data = new OptionData(bytes, layer);
      for (const [index, address] of addresses.entries()) data.setIpv6(at + index * IPV6_LENGTH, address, "an address");
    },
    decode: (bytes, at, end) => {
      const view = viewOf(bytes);
      const count = Math.floor((end - at) / IPV6_LENGTH);
      return Array.from({ length: count }, (_, index) => getIpv6(view, at + index * IPV6_LENGTH));
    },
  };
}
