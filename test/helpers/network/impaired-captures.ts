/** Many captures of networks that are not ideal, with conversations between hosts of their own. */
import { bytesOf, MS, type NetworkParts, type NetworkRun, playedOver } from "./network-runs.ts";

/** What goes wrong, in the words of the flags. */
export const IMPAIRMENTS: Readonly<Record<string, NetworkParts>> = {
  loss: { both: { delay: 20 * MS, loss: 0.05 } },
  "loss without SACK": { both: { delay: 20 * MS, loss: 0.05 }, client: { sack: false }, server: { sack: false } },
  "heavy loss": { both: { delay: 5 * MS, loss: 0.2 } },
  bursts: {
    both: { delay: 30 * MS, lossBursts: { mean: 0.06, end: 0.3 } },
    client: { timestamps: true },
    server: { timestamps: true },
  },
  jitter: { both: { delay: 30 * MS, jitter: 10 * MS, jitterReorders: true } },
  reordering: { both: { delay: 20 * MS, reorder: 0.1 } },
  duplicates: { both: { delay: 20 * MS, duplicate: 0.1, loss: 0.02 } },
  corruption: { both: { delay: 20 * MS, corrupt: 0.08 } },
  queue: { both: { delay: 10 * MS }, toClient: { rate: 2_000_000, queue: 6 } },
  "small windows": {
    both: { delay: 10 * MS, loss: 0.03 },
    client: { receiveBuffer: 4000, readRate: 60_000 },
    server: { nagle: true },
  },
  "closed windows": { both: { delay: 10 * MS, loss: 0.02 }, client: { receiveBuffer: 3000, readPause: 2000 * MS } },
  "tail losses": { both: { delay: 20 * MS }, fates: lost("data", [14, 15]), client: { keepAlive: 1000 * MS } },
  "lost openings": { both: { delay: 20 * MS }, fates: lost("all", [1, 2, 5]) },
  "Reno with few in flight": {
    both: { delay: 40 * MS, loss: 0.04, jitter: 2 * MS },
    server: { congestion: "reno", initialWindow: 2 },
  },
  "everything at once": {
    both: { delay: 20 * MS, loss: 0.03, duplicate: 0.03, reorder: 0.03, corrupt: 0.03, jitter: 5 * MS },
    client: { ecn: true },
    server: { ecn: true },
  },
};

function lost(of: "all" | "data", numbers: readonly number[]): NonNullable<NetworkParts["fates"]> {
  const chosen = (side: "client" | "server") => ({ side, of, numbers: new Set(numbers) });
  return { lose: [chosen("server"), chosen("client")], duplicate: [], delay: [] };
}

/** One run, whose hosts nobody else has. */
export interface ImpairedCapture extends NetworkRun {
  readonly impairment: string;
  /** Addresses of its client and server. */
  readonly ends: readonly [client: string, server: string];
  /** All that is said: a request, its answer, and what the client says to that. */
  readonly said: Buffer;
}

/** @param index 0 to 65,535: decides the impairment, the seed and the hosts @param tap where the capture is taken */
export async function impairedCapture(index: number, tap: number): Promise<ImpairedCapture> {
  const names = Object.keys(IMPAIRMENTS);
  const impairment = names[index % names.length]!;
  const [client, server] = [1, 2].map((host) => `10.${index >>> 8}.${index & 255}.${host}`) as [string, string];
  const [request, answer, thanks] = [bytesOf(1, 120), bytesOf(2, 20_000 + (index % 7) * 1000), bytesOf(3, 1500)];
  const messages = [
    { from: client, to: server, message: request, time: 0 },
    { from: server, to: client, message: answer, time: 0.1 },
    { from: client, to: server, message: thanks, time: 2.5 },
  ];
  const run = await playedOver({ ...IMPAIRMENTS[impairment], tap }, messages, { seed: index, format: "pcap" });
  return { ...run, impairment, ends: [client, server], said: Buffer.concat([request, answer, thanks]) };
}
