/** Readers of the flags that say what the packets of a capture are in: tags, labels and tunnels. */
import { InvalidArgumentError } from "commander";
import { type IpAddress, tryParseIp } from "../../lib/headers/address.ts";
import { LARGEST_NETWORK_IDENTIFIER } from "../../lib/session/encapsulation/encapsulation-limits.ts";
import type { TunnelOptions } from "../../lib/session/encapsulation/encapsulation-options.ts";

/** Reads whole numbers with commas between, `5` or `5,7`. */
export function numbersFlag(what: string, least: number, largest: number, most: number): (text: string) => number[] {
  return (text) => {
    const numbers = text.split(",").map((part) => (/^\d{1,9}$/.test(part.trim()) ? Number(part) : -1));
    if (numbers.length <= most && numbers.every((number) => number >= least && number <= largest)) return numbers;
    throw new InvalidArgumentError(
      `Give one ${what} from ${least} to ${largest}, or up to ${most} with commas between, outermost first.`,
    );
  };
}

/** `10.1.0.1,10.2.0.1`, or two addresses of IPv6. */
export function readGre(text: string): TunnelOptions {
  const [near, far, ...rest] = text.split(",").map((part) => tryParseIp(part.trim()));
  if (near !== undefined && far !== undefined && rest.length === 0) return { kind: "gre", near, far };
  throw new InvalidArgumentError("Give the addresses of both ends, such as 192.0.2.1,198.51.100.1.");
}

/** `10.1.0.1,10.2.0.1,5000`. */
export function readVxlan(text: string): TunnelOptions {
  const parts = text.split(",").map((part) => part.trim());
  const [near, far]: (IpAddress | undefined)[] = parts.slice(0, 2).map(tryParseIp);
  const networkIdentifier = /^\d{1,8}$/.test(parts[2] ?? "") ? Number(parts[2]) : -1;
  const isNumber = networkIdentifier >= 0 && networkIdentifier <= LARGEST_NETWORK_IDENTIFIER;
  if (near !== undefined && far !== undefined && isNumber && parts.length === 3) {
    return { kind: "vxlan", near, far, networkIdentifier };
  }
  throw new InvalidArgumentError(
    `Give the addresses of both ends and a network identifier from 0 to ${LARGEST_NETWORK_IDENTIFIER}, such as 192.0.2.1,198.51.100.1,5000.`,
  );
}
