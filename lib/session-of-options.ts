/** The session that options ask for, and what belongs to it: loaded as far as it is needed, since each file takes its time to start. */
import { WirewrightError } from "./core/errors.ts";
import type { FrameSink } from "./core/frame-sink.ts";
import type { EncapsulatedCapture, EncapsulationOptions } from "./session/encapsulation/encapsulation-options.ts";
import type { Encapsulation, Tunnel } from "./session/encapsulation/outer-headers.ts";
import type { Host } from "./session/host.ts";
import { ConstantSession } from "./session/ideal/constant-session.ts";
import { loadParts } from "./session/ideal/loaded-parts.ts";
import type { Session, SessionOptions } from "./session/session.ts";
import type { Resolution } from "./traffic/resolution/resolution.ts";
import type { TrafficOptions } from "./traffic-options.ts";

const NOBODY_TO_ASK =
  "On the loopback adapter nobody asks for names or hardware addresses; leave out either that or the loopback adapter.";
const NO_NEIGHBOURS =
  "ARP and neighbour discovery need Ethernet frames; leave out either them or the other link layer.";

/** Headers around all packets, where any are asked for. */
export async function encapsulationOf(
  asked: EncapsulationOptions | undefined,
  options: EncapsulatedCapture,
): Promise<Encapsulation | undefined> {
  if (asked === undefined) return undefined;
  // Loaded when it is needed: each file takes its time to start.
  const { makeEncapsulation } = await import("./session/encapsulation/encapsulation-options.ts");
  return makeEncapsulation(asked, options);
}

/** @returns the session, and what has to be awaited before a packet of its own or a datagram is sent */
export async function makeSession(
  writer: FrameSink,
  options: SessionOptions & Pick<TrafficOptions, "network" | "onTransmission" | "seed">,
): Promise<{ session: Session; loadPacketWriters: () => Promise<void> }> {
  const { network, onTransmission, seed = 1 } = options;
  if (network === undefined) {
    const parts = await loadParts(writer.notes !== undefined, options.encapsulation !== undefined);
    return {
      session: new ConstantSession(writer, options, parts),
      loadPacketWriters: () => parts.loadPacketWriters(),
    };
  }
  // Loaded when it is needed: each file takes its time to start.
  const { NetworkSession } = await import("./session/network/network-session.ts");
  const { networkOf } = await import("./session/network/network-options.ts");
  const whole = networkOf(network, options.ticksPerSecond);
  const session = new NetworkSession(writer, options, { ...whole, seed, onTransmission });
  return { session, loadPacketWriters: async () => {} };
}

/** Who asks for names and hardware addresses, where anybody does. @throws WirewrightError BAD_OPTION where there is nobody to ask */
export async function makeResolution(
  { asksNeighbours = false, asksNames = false, loopback, map, seed = 1 }: TrafficOptions,
  session: Session,
  tunnel: Tunnel | undefined,
): Promise<{ resolution: Resolution | undefined; resolvers: readonly Host[] }> {
  if (!asksNeighbours && !asksNames) return { resolution: undefined, resolvers: [] };
  if (loopback) throw new WirewrightError("BAD_OPTION", NOBODY_TO_ASK);
  const isEthernet = session.link === "ethernet" || session.carriesArp;
  if (asksNeighbours && !isEthernet) throw new WirewrightError("BAD_OPTION", NO_NEIGHBOURS);
  // Loaded when it is needed: each file takes its time to start.
  const { makeResolvers } = await import("./traffic/resolution/lookup-table.ts");
  const { Resolution } = await import("./traffic/resolution/resolution.ts");
  const resolvers = asksNames ? makeResolvers(map, seed) : undefined;
  const resolution = new Resolution({ session, asksNeighbours, resolvers, tunnel, seed });
  return { resolution, resolvers: resolvers ?? [] };
}
