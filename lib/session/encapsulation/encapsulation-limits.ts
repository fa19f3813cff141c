/** What tags, labels and tunnels have room for. */
import type { IpAddress } from "../../headers/address.ts";

/** The labels below have meanings of their own (RFC 3032, section 2.1). */
export const LEAST_LABEL = 16;
export const LARGEST_LABEL: number = 2 ** 20 - 1;
export const LARGEST_NETWORK_IDENTIFIER: number = 2 ** 24 - 1;

/** Whether one machine has an address: it is no group's, not the broadcast address, and not the unspecified one. */
export function isUnicast(address: IpAddress): boolean {
  if (typeof address === "bigint") return address !== 0n && address >> 120n !== 0xffn;
  const first = address >>> 24;
  return first !== 0 && first < 224;
}
