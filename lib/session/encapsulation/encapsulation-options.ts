/** What a person may ask to stand before the packets of a session, and what of it cannot be. */
import { WirewrightError } from "../../core/errors.ts";
import { SeededRandom } from "../../core/random.ts";
import { formatIp, type IpAddress, macFromIp } from "../../headers/address.ts";
import { LARGEST_VLAN } from "../../headers/assigned-numbers.ts";
import { Host } from "../host.ts";
import { isUnicast, LARGEST_LABEL, LARGEST_NETWORK_IDENTIFIER, LEAST_LABEL } from "./encapsulation-limits.ts";
import type { Encapsulation, LinkKind } from "./outer-headers.ts";

const MOST_TAGS = 2;

/** A tunnel between two machines, of which the first is on the side of the clients. */
export interface TunnelOptions {
  /** Generic Routing Encapsulation (RFC 2784), or VXLAN (RFC 7348). */
  readonly kind: "gre" | "vxlan";
  /** Address of the tunnel's end on the side of the clients. */
  readonly near: IpAddress;
  /** Address of the tunnel's end on the side of the servers. */
  readonly far: IpAddress;
  /** VXLAN network identifier, 0 to 2^24 - 1; of VXLAN alone. */
  readonly networkIdentifier?: number | undefined;
}

/** What stands between the link header and the packets of a session, as a person writes it. */
export interface EncapsulationOptions {
  /** VLAN identifiers, 1 to 4094, outermost first: at most two. */
  readonly vlan?: readonly number[] | undefined;
  /** MPLS labels, 16 to 2^20 - 1, outermost first. */
  readonly mpls?: readonly number[] | undefined;
  /** The tunnel that carries the packets. Default: none. */
  readonly tunnel?: TunnelOptions | undefined;
}

export interface EncapsulatedCapture {
  readonly link: LinkKind;
  /** Both ends of everything on 127.0.0.1. */
  readonly loopback?: boolean | undefined;
  /** Decides the first identifications of the packets of a tunnel. Default 1. */
  readonly seed?: number | undefined;
}

/** Keeps the numbers of a tunnel apart from those of the packets in it, which are what they are without one. */
const TUNNEL_SEED = 0x74_756e;

/**
 * What is asked for, with the machines that it needs.
 *
 * @throws WirewrightError BAD_OPTION for what cannot be, or not in such a capture
 */
export function makeEncapsulation(
  options: EncapsulationOptions | undefined,
  { link, loopback, seed = 1 }: EncapsulatedCapture,
): Encapsulation | undefined {
  if (options === undefined) return undefined;
  if (loopback)
    refuse(
      "On the loopback adapter there are no tags, labels or tunnels; leave out either them or the loopback adapter.",
    );
  check(options, link);
  const { vlan, mpls, tunnel } = options;
  if (tunnel === undefined) return { vlan, mpls };
  const random = new SeededRandom(seed ^ TUNNEL_SEED);
  const machine = (address: IpAddress) => new Host(formatIp(address), address, macFromIp(address), random.next());
  return { vlan, mpls, tunnel: { ...tunnel, near: machine(tunnel.near), far: machine(tunnel.far) } };
}

function check({ vlan = [], mpls = [], tunnel }: EncapsulationOptions, link: LinkKind): void {
  for (const identifier of vlan) checkNumber("VLAN number", identifier, 1, LARGEST_VLAN);
  for (const label of mpls) checkNumber("number of a label", label, LEAST_LABEL, LARGEST_LABEL);
  if (vlan.length > MOST_TAGS) refuse(`A frame has at most two VLAN tags, not ${vlan.length}; leave out the others.`);
  if (link !== "ethernet" && vlan.length > 0)
    refuse("Only Ethernet frames have VLAN tags; leave out either them or the other link layer.");
  if (link !== "ethernet" && mpls.length > 0)
    refuse("MPLS labels stand in Ethernet frames here; leave out either them or the other link layer.");
  if (tunnel !== undefined) checkTunnel(tunnel);
}

function checkTunnel({ kind, near, far, networkIdentifier = 0 }: TunnelOptions): void {
  const [one, other] = [near, far].map(formatIp);
  if (typeof near !== typeof far)
    refuse(`A tunnel from ${one} to ${other} cannot be; give both ends the same version of IP.`);
  if (near === far) refuse(`A tunnel from ${one} to itself cannot be; give it two different ends.`);
  const odd = [near, far].find((address) => !isUnicast(address));
  if (odd !== undefined) refuse(`${formatIp(odd)} is not the address of one machine; give a tunnel two ends that are.`);
  if (kind === "vxlan") checkNumber("VXLAN network identifier", networkIdentifier, 0, LARGEST_NETWORK_IDENTIFIER);
}

function checkNumber(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  refuse(`A ${what} of ${value} is not possible; give ${least} to ${most}.`);
}

function refuse(message: string): never {
  throw new WirewrightError("BAD_OPTION", message);
}
