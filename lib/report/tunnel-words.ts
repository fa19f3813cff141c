/** Which tunnels a conversation ran in, in words. */
import { formatIp } from "../headers/address.ts";
import type { Stream } from "../streams/tcp-stream.ts";
import type { StreamTunnel, TunnelHeader } from "../streams/tunnels.ts";
import { plural } from "./wording.ts";

/** "in VXLAN 42 between 10.0.0.1 and 10.0.0.2."; undefined for a conversation in none. */
export function tunnelText({ tunnels: found, packets }: Stream): string | undefined {
  if (found === undefined) return undefined;
  const { tunnels, otherPackets } = found;
  const [first] = tunnels;
  if (tunnels.length === 1 && first!.packets === packets) return `${wayOf(first!)}.`;
  const counted = tunnels.map((tunnel) => `${plural(tunnel.packets, "packet")} ${wayOf(tunnel)}`);
  const others = otherPackets === 0 ? [] : [`${plural(otherPackets, "packet")} in further tunnels`];
  const rest = packets - otherPackets - tunnels.reduce((sum, tunnel) => sum + tunnel.packets, 0);
  const bare = rest === 0 ? [] : [`${plural(rest, "packet")} in no tunnel`];
  return `${[...counted, ...others, ...bare].join("; ")}.`;
}

function wayOf({ headers }: StreamTunnel): string {
  return headers.map(headerText).join(", and within that ");
}

function headerText({ name, identifier, between }: TunnelHeader): string {
  const which = identifier === undefined ? name : `${name} ${identifier}`;
  return between === undefined ? `in ${which}` : `in ${which} between ${between.map(formatIp).join(" and ")}`;
}
